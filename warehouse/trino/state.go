package trino

import (
	"context"
	"errors"

	"github.com/eddy-retl/eddy/warehouse"
)

// CheckState has the server plan what a ledger asks for, and makes nothing. What a catalog's own
// store refuses only when it is asked, the first run finds.
func (s *source) CheckState(ctx context.Context, schema string) error {
	e, err := s.engine(schema)
	if err != nil {
		return err
	}
	defer func() { _ = e.close() }()
	there, err := e.there(ctx)
	if err != nil {
		return e.cannot(err, "catalog "+warehouse.Quote(e.catalog)+" cannot be used for the state")
	}
	// Without the schema nobody can be asked whether it may be made; but whether tables can.
	if err := e.query(ctx, warehouse.Comment(ctx)+"EXPLAIN CREATE TABLE "+e.Schema()+".eddy_check AS SELECT CAST('' AS varchar) AS record_id", func([][]byte) error { return nil }); err != nil {
		if !there && (kind(err) == "SCHEMA_NOT_FOUND" || kind(err) == "NOT_FOUND") {
			return nil
		}
		return e.cannot(err, "tables cannot be made in schema "+e.Schema())
	}
	return nil
}

// Existing opens a schema in which state was left; nil when there is none. It makes nothing.
func (s *source) Existing(ctx context.Context, schema string) (warehouse.Engine, error) {
	e, err := s.engine(schema)
	if err != nil {
		return nil, err
	}
	err = e.Query(ctx, warehouse.Comment(ctx)+"SELECT 1 FROM "+e.Schema()+".runs LIMIT 0", func([][]byte) error { return nil })
	switch kind(err) {
	case "":
		if err == nil {
			return e, nil
		}
	case "CATALOG_NOT_FOUND", "SCHEMA_NOT_FOUND", "TABLE_NOT_FOUND", "PERMISSION_DENIED":
		// A user that may not read the state never kept any there.
		return nil, e.Close()
	}
	return nil, errors.Join(err, e.Close())
}
