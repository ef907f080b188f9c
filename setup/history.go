package setup

import (
	"context"
	"errors"
	"os"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// History opens a connection's ledger for reading; nil when it never ran. The function
// that it returns closes what was opened, and is never nil.
func (s *Setup) History(ctx context.Context, c eddy.Connection) (warehouse.Engine, func() error, error) {
	nothing := func() error { return nil }
	if s.Local(c) {
		if _, err := os.Stat(s.StatePath(c)); errors.Is(err, os.ErrNotExist) {
			return nil, nothing, nil
		}
		e, err := duckdb.Engine{Path: s.StatePath(c), ReadOnly: true}.Open(ctx)
		if err != nil {
			return nil, nothing, err
		}
		return e, e.Close, nil
	}
	src, err := s.OpenSource(ctx, c.Source)
	if err != nil {
		return nil, nothing, err
	}
	e, err := s.Existing(ctx, c, src)
	if err != nil || e == nil {
		return nil, src.Close, err
	}
	return e, func() error { return errors.Join(e.Close(), src.Close()) }, nil
}

// Existing opens the ledgers in a warehouse without making anything; nil when there is none.
func (s *Setup) Existing(ctx context.Context, c eddy.Connection, src warehouse.Source) (warehouse.Engine, error) {
	schema := s.Sources[c.Source].Schema
	if e, ok := src.(warehouse.Existing); ok {
		return e.Existing(ctx, schema)
	}
	return src.Engine(ctx, schema)
}
