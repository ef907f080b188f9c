package databricks

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dbsql"
	"github.com/eddy-retl/eddy/warehouse"
)

// session runs statements that see names from one schema. It is no session of the server's: each
// statement has one of its own.
type session struct {
	client  *dbsql.Client
	catalog string
	schema  string
	// patience is how long a statement may take; 0 is for ever.
	patience time.Duration
}

// longPending is how long a statement waits before a person is told: by then a warehouse that runs
// would have begun with it.
const longPending = 5 * time.Second

// run runs a statement to its end. What Spark takes for a variable is refused: the value of one,
// such as a setting of the server's, would stand there. Texts of Eddy's own have none (literal).
func (s *session) run(ctx context.Context, text string, parameters ...dbsql.Parameter) (*dbsql.Result, error) {
	if strings.Contains(text, "${") {
		return nil, &eddy.Error{Code: eddy.CodeSource, What: "Databricks: a statement would have ${ in it, and the server may put the value of a variable there", Mend: "Write a text that has it as '$' || '{...'; a name that has it cannot be used: give it another one in a view."}
	}
	warehouse.Used(ctx, 0, 0)
	bounded, stop := context.WithCancel(ctx)
	if s.patience > 0 {
		bounded, stop = context.WithTimeout(ctx, s.patience)
	}
	defer stop()
	var pending bool
	tell, begun := warehouse.Waiting(ctx), time.Now()
	observe := func(_ string, state dbsql.State) {
		pending = state == dbsql.Pending
		if pending && tell != nil && time.Since(begun) > longPending {
			tell("waiting for the SQL warehouse to start, which takes seconds to minutes")
			tell = nil
		}
	}
	r, err := s.client.Run(bounded, dbsql.Statement{
		SQL: text, Parameters: parameters, Catalog: s.catalog, Schema: s.schema, Tags: []dbsql.Tag{{Key: "app", Value: "eddy"}}, Observe: observe,
	})
	if err != nil && ctx.Err() == nil && bounded.Err() != nil && pending {
		return nil, &eddy.Error{Code: eddy.CodeSource, What: "Databricks: the SQL warehouse had not begun with the statement after " + s.patience.String() + ", and it was canceled", Mend: "See whether the warehouse starts, and whether it is full; or raise statement_timeout of the source."}
	}
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		return nil, &eddy.Error{Code: eddy.CodeSource, What: "Databricks: the statement took longer than " + s.patience.String() + " and was canceled", Mend: "Raise statement_timeout of the source, or make the model cheaper."}
	}
	return r, explain(ctx, err)
}

// Tables are written optimistically: of two statements that write one at the same time, one may be
// told of a conflict, and has written nothing then. It is sent again, so often, and each time later.
const (
	conflictTries = 12
	conflictFirst = 50 * time.Millisecond
	conflictLast  = 2 * time.Second
)

// exec runs a statement that writes, and says how many rows it wrote where the server tells.
func (s *session) exec(ctx context.Context, text string, parameters ...dbsql.Parameter) (n int64, told bool, err error) {
	var r *dbsql.Result
	for tried, pause := 1, conflictFirst; ; tried, pause = tried+1, min(2*pause, conflictLast) {
		r, err = s.run(ctx, text, parameters...)
		if err == nil {
			break
		}
		if tried == conflictTries || !conflicts(err) {
			return 0, false, err
		}
		select {
		case <-ctx.Done():
			return 0, false, ctx.Err()
		case <-time.After(pause/2 + rand.N(pause/2)):
		}
	}
	at := slices.IndexFunc(r.Columns, func(c dbsql.Column) bool { return c.Name == "num_affected_rows" })
	if at < 0 {
		return 0, false, nil
	}
	err = r.Rows(ctx, func(row [][]byte) error {
		told = true
		_, err := fmt.Sscan(string(row[at]), &n)
		return err
	})
	return n, told, explain(ctx, err)
}

// query streams a result as texts; nil is NULL. A row is valid during the call only.
func (s *session) query(ctx context.Context, text string, each func(row [][]byte) error) error {
	r, err := s.run(ctx, text)
	if err != nil {
		return err
	}
	var own error
	err = r.Rows(ctx, func(row [][]byte) error {
		own = each(row)
		return own
	})
	if own != nil {
		return own
	}
	return explain(ctx, err)
}
