package dbsql

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// State is where a statement is.
type State string

// The states of a statement; the last four are final. Pending ones wait for the warehouse, which
// may be starting.
const (
	Pending   State = "PENDING"
	Running   State = "RUNNING"
	Succeeded State = "SUCCEEDED"
	Failed    State = "FAILED"
	Canceled  State = "CANCELED"
	Closed    State = "CLOSED"
)

func (s State) final() bool { return s != Pending && s != Running }

// Statement is one statement and its parameters.
type Statement struct {
	SQL string
	// Catalog and Schema are those of names without one, in place of the client's.
	Catalog, Schema string
	Parameters      []Parameter
	Tags            []Tag
	// Observe is told whenever its state was asked for, and by whoever runs it; nil for nobody.
	Observe func(id string, state State)
}

// Parameter is the value of a marker :name in a statement.
type Parameter struct {
	Name string `json:"name"`
	// Value is nil for NULL.
	Value *string `json:"value"`
	// Type is a type of SQL to which the value is cast; empty for STRING.
	Type string `json:"type,omitempty"`
}

// Tag is shown with the statement in the history of queries.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// submission is a statement as the API takes it.
type submission struct {
	Warehouse   string      `json:"warehouse_id"`
	Statement   string      `json:"statement"`
	Catalog     string      `json:"catalog,omitempty"`
	Schema      string      `json:"schema,omitempty"`
	Parameters  []Parameter `json:"parameters,omitempty"`
	Tags        []Tag       `json:"query_tags,omitempty"`
	Format      string      `json:"format"`
	Disposition string      `json:"disposition"`
	Wait        string      `json:"wait_timeout"`
}

// answer is what the API says of a statement.
type answer struct {
	ID     string `json:"statement_id"`
	Status struct {
		State    State  `json:"state"`
		SQLState string `json:"sql_state"`
		Error    struct {
			Code    string `json:"error_code"`
			Message string `json:"message"`
		} `json:"error"`
	} `json:"status"`
	Manifest manifest `json:"manifest"`
	Result   chunk    `json:"result"`
}

// pollAtMost is the longest pause between two questions for a statement's state.
const pollAtMost = 2 * time.Second

// Run sends a statement and waits for its end. Where the context ends before, the statement is
// canceled, and Run waits for its end once more, for a while: the error is then the context's.
func (c *Client) Run(ctx context.Context, s Statement) (*Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a, err := c.submit(ctx, s)
	if err != nil {
		return nil, err
	}
	for pause := 20 * time.Millisecond; ; pause = min(pause*3/2, pollAtMost) {
		if s.Observe != nil {
			s.Observe(a.ID, a.Status.State)
		}
		if a.Status.State.final() {
			return c.ended(a)
		}
		if rest(ctx, pause) != nil {
			return nil, errors.Join(ctx.Err(), c.cancel(ctx, a.ID))
		}
		next, err := c.state(ctx, a.ID)
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), c.cancel(ctx, a.ID))
		}
		if err != nil {
			// It runs on, and nobody reads it.
			return nil, errors.Join(err, c.cancel(ctx, a.ID))
		}
		a = next
	}
}

// submit sends a statement, and is not cut off by a context that ends: without an id nothing could
// be canceled.
func (c *Client) submit(ctx context.Context, s Statement) (*answer, error) {
	m := submission{
		Warehouse: c.config.Warehouse, Statement: s.SQL, Parameters: s.Parameters, Tags: s.Tags, Wait: "0s",
		Catalog: s.Catalog, Schema: s.Schema, Format: "ARROW_STREAM", Disposition: "EXTERNAL_LINKS",
	}
	if m.Catalog == "" {
		m.Catalog = c.config.Catalog
	}
	if m.Schema == "" && s.Catalog == "" {
		m.Schema = c.config.Schema
	}
	if c.config.Inline {
		m.Format, m.Disposition = "JSON_ARRAY", "INLINE"
	}
	k := call{method: http.MethodPost, path: statements, in: m}
	var a answer
	bounded, stop := context.WithTimeout(context.WithoutCancel(ctx), 2*c.config.Patience)
	defer stop()
	err := c.do(bounded, k, &a)
	if err == nil && a.ID == "" {
		err = fmt.Errorf("databricks: %s did not answer in the API's form: a statement has no id", c.host.Host)
	}
	return &a, err
}

const statements = "/api/2.0/sql/statements"

// state asks how a statement is.
func (c *Client) state(ctx context.Context, id string) (*answer, error) {
	a := &answer{}
	err := c.do(ctx, call{method: http.MethodGet, path: statements + "/" + url.PathEscape(id), harmless: true}, a)
	if err == nil && a.ID != id {
		err = fmt.Errorf("databricks: asked for statement %s, %s answered for another", id, c.host.Host)
	}
	return a, err
}

// ended gives the result of a statement that has ended.
func (c *Client) ended(a *answer) (*Result, error) {
	if a.Status.State != Succeeded {
		e := a.Status
		return nil, &Error{Statement: a.ID, State: e.State, Code: e.Error.Code, SQLState: e.SQLState, Message: e.Error.Message}
	}
	if a.Manifest.Truncated {
		return nil, incomplete(a.ID, "it is larger than the API hands out, and was cut off")
	}
	return &Result{ID: a.ID, Columns: a.Manifest.Schema.Columns, Count: a.Manifest.Rows, client: c, manifest: a.Manifest, first: a.Result}, nil
}

// stopsWithin is how long a statement may take to end once it was canceled.
const stopsWithin = 30 * time.Second

// cancel stops a statement and waits until it has ended, however it did; nil says that it has.
func (c *Client) cancel(ctx context.Context, id string) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), stopsWithin)
	defer stop()
	err := c.do(ctx, call{method: http.MethodPost, path: statements + "/" + url.PathEscape(id) + "/cancel", in: struct{}{}, harmless: true}, nil)
	for pause := 50 * time.Millisecond; ; pause = min(pause*3/2, pollAtMost) {
		a, failed := c.state(ctx, id)
		switch {
		case failed == nil && a.Status.State.final():
			return nil
		case failed != nil:
			return errors.Join(fmt.Errorf("databricks: statement %s may still run: it could not be canceled", id), err, failed)
		}
		if rest(ctx, pause) != nil {
			return errors.Join(fmt.Errorf("databricks: statement %s may still run: it was canceled %s ago", id, stopsWithin), err)
		}
	}
}
