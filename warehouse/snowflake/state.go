package snowflake

import (
	"context"
	"errors"

	"github.com/eddy-retl/eddy/warehouse"
)

// CheckState has the server describe what a ledger asks for, and makes nothing. What it refuses
// only when it is carried out, the first run finds.
func (s *source) CheckState(ctx context.Context, schema string) error {
	e := s.engine(schema)
	defer func() { _ = e.close() }()
	there, err := e.there(ctx)
	if err != nil {
		return e.cannot(err, "database "+warehouse.Quote(e.database)+" cannot be used for the state")
	}
	if !there {
		return nil // nobody can be asked whether it may be made
	}
	if _, err := e.describe(ctx, warehouse.Comment(ctx)+"CREATE TABLE "+e.Schema()+`."EDDY_CHECK" AS SELECT '' AS RECORD_ID`); err != nil {
		return e.cannot(err, "tables cannot be made in schema "+e.Schema())
	}
	return nil
}

// Existing opens a schema in which state was left; nil when there is none. It makes nothing.
func (s *source) Existing(ctx context.Context, schema string) (warehouse.Engine, error) {
	e := s.engine(schema)
	_, err := e.describe(ctx, warehouse.Comment(ctx)+"SELECT 1 FROM "+e.Schema()+".RUNS")
	switch numberOf(err) {
	case isMissing, noObject, mayNot:
		// A role that may not read the state never kept any there.
		return nil, e.Close()
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}
