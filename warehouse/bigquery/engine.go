package bigquery

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	client "cloud.google.com/go/bigquery"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// engine is a dataset as a ledger's place. BigQuery has no sessions: statements are jobs, which
// run beside each other, and a lock is a claim that is renewed.
type engine struct {
	source *source
	*session
	project, dataset string
	claims           *warehouse.Claims
	loads            loads
}

// hidden is the schema's name where a source names none. Datasets that begin with an underscore
// are in no list of BigQuery's, so that it is another.
const hidden, shown = "_eddy", "eddy_"

// place takes the name of Eddy's schema apart: project.dataset, or a dataset of the source's own
// project.
func (s *source) place(schema string) (project, dataset string) {
	if parts := warehouse.SplitName(schema); len(parts) == 2 && parts[0] != "" && parts[1] != "" {
		return parts[0], parts[1]
	}
	if schema == hidden {
		schema = shown
	}
	return s.project, schema
}

// Engine opens a dataset for a ledger, and makes it where the account may.
func (s *source) Engine(ctx context.Context, schema string) (warehouse.Engine, error) {
	if schema == "" {
		return nil, eddy.Errorf(eddy.CodeInternal, "BigQuery has no tables of a session's own: a look without a schema is local")
	}
	e := s.engine(schema)
	if err := e.ensureDataset(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// engine makes one, and calls nothing. It shares the source's connections.
func (s *source) engine(schema string) *engine {
	e := &engine{source: s}
	e.project, e.dataset = s.place(schema)
	own := *s.session
	own.defaults.DefaultProjectID, own.defaults.DefaultDatasetID = e.project, e.dataset
	e.session = &own
	// Renewals load nothing that a run has not ended.
	e.claims = warehouse.NewClaims(&engine{source: s, session: e.session, project: e.project, dataset: e.dataset}, cmp.Or(s.claim, claimLife))
	return e
}

// claimLife is how long a claim lives. Each third of it costs the table of claims one of the 1,500
// changes that it takes a day.
const claimLife = 5 * time.Minute

// Dialect is GoogleSQL's.
func (e *engine) Dialect() *warehouse.Dialect { return dialect(e.Schema()) }

// Schema is Eddy's own dataset, quoted, with its project.
func (e *engine) Schema() string { return quote(e.project) + "." + quote(e.dataset) }

// there describes the dataset; nil where there is none, or the account may not see it.
func (e *engine) there(ctx context.Context) (*client.DatasetMetadata, error) {
	m, err := e.client.DatasetInProject(e.project, e.dataset).Metadata(ctx)
	if why := reason(err); why == "notFound" || why == "404" {
		return nil, nil //nolint:nilnil // there is none
	}
	return m, explain(ctx, err, true)
}

// ensureDataset makes Eddy's dataset. To ask first keeps clear of the quota of such changes, and
// accounts without the right to make one from being refused.
func (e *engine) ensureDataset(ctx context.Context) error {
	m, err := e.there(ctx)
	if err != nil || m != nil {
		return err
	}
	where, err := e.source.location(ctx)
	if err != nil {
		return err
	}
	err = e.client.DatasetInProject(e.project, e.dataset).Create(ctx, &client.DatasetMetadata{
		Location: where, Description: "What Eddy remembers of audiences.", Labels: map[string]string{"app": "eddy"},
	})
	if err == nil {
		return nil
	}
	if m, failed := e.there(ctx); failed == nil && m != nil {
		return nil // another run made it in the same moment
	}
	return e.cannot(explain(ctx, err, true), "dataset "+e.Schema()+" is missing and cannot be made")
}

// cannot says why a ledger cannot live here, and what can be done.
func (e *engine) cannot(err error, what string) error {
	if reason(err) == "" {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: "source " + e.source.name + ": " + what, Err: err,
		Mend: "Make the dataset, in the location of what models read, and grant the account roles/bigquery.dataEditor on it. Or set state: local on the source: then Eddy only reads.",
	}
}

// Query streams one statement's result as texts.
func (e *engine) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	if err := e.flush(ctx); err != nil {
		return err
	}
	return e.own(e.query(ctx, sql, each))
}

// own gives the advice that fits where a table of Eddy's own is gone, and not one that a model
// names.
func (e *engine) own(err error) error {
	if out, ok := errors.AsType[*eddy.Error](err); ok && reason(err) == "notFound" && strings.Contains(err.Error(), e.dataset+".") {
		out.Mend = "Somebody dropped a table of Eddy's own while it ran; run again: what can be made anew is, and what was sent is settled then."
	}
	return err
}

// table is a table of a name that [quote] wrote.
func (e *engine) table(name string) *client.Table {
	parts := unquoted(name)
	if len(parts) == 1 {
		parts = []string{e.project, e.dataset, parts[0]}
	}
	return e.client.DatasetInProject(parts[0], parts[1]).Table(parts[2])
}

// unquoted takes a name apart, each part of which [quote] wrote, or is a plain word.
func unquoted(name string) (parts []string) {
	var part strings.Builder
	quoted := false
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '`':
			quoted = !quoted
		case c == '.' && !quoted:
			parts = append(parts, part.String())
			part.Reset()
		default:
			if c == '\\' && quoted {
				i++
			}
			part.WriteByte(name[i])
		}
	}
	return append(parts, part.String())
}

// Lock claims a name.
func (e *engine) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Lock(ctx, name)
}

// Mark marks a name as in use: a look's tables are tables like others here, and outlive it.
func (e *engine) Mark(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Mark(ctx, name)
}

// Marked lists the names that are in use.
func (e *engine) Marked(ctx context.Context) ([]string, error) { return e.claims.Marked(ctx) }

// Close lets go what the engine has locked; its connections are the source's.
func (e *engine) Close() error {
	e.claims.Close()
	return nil
}
