package databricks

import (
	"context"

	"github.com/eddy-retl/eddy/warehouse"
)

// CheckState looks whether the catalog can be used. A statement that makes a table cannot be
// described here, so that the first run finds whether one may be made.
func (s *source) CheckState(ctx context.Context, schema string) error {
	e := s.engine(schema)
	if _, err := e.there(ctx); err != nil {
		return e.cannot(err, "catalog "+quote(e.catalog)+" cannot be used for the state")
	}
	return nil
}

// Existing opens a schema in which state was left; nil when there is none. It makes nothing.
func (s *source) Existing(ctx context.Context, schema string) (warehouse.Engine, error) {
	e := s.engine(schema)
	err := e.query(ctx, warehouse.Comment(ctx)+"SELECT 1 FROM "+e.Schema()+".runs LIMIT 0", func([][]byte) error { return nil })
	switch {
	case err == nil:
		return e, nil
	case refusal(err) != other:
		// A user that may not read the state never kept any there.
		return nil, e.Close()
	default:
		return nil, err
	}
}
