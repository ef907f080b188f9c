package databricks

import (
	"context"
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

// run runs a statement to its end.
func (s *session) run(ctx context.Context, text string) (*dbsql.Result, error) {
	warehouse.Used(ctx, 0, 0)
	bounded, stop := context.WithCancel(ctx)
	if s.patience > 0 {
		bounded, stop = context.WithTimeout(ctx, s.patience)
	}
	defer stop()
	r, err := s.client.Run(bounded, dbsql.Statement{
		SQL: text, Catalog: s.catalog, Schema: s.schema, Tags: []dbsql.Tag{{Key: "app", Value: "eddy"}},
	})
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		return nil, &eddy.Error{Code: eddy.CodeSource, What: "Databricks: the statement took longer than " + s.patience.String() + " and was canceled", Mend: "Raise statement_timeout of the source, or make the model cheaper."}
	}
	return r, explain(ctx, err)
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
