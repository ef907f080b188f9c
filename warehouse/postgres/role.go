package postgres

import (
	"context"
	_ "embed"

	"github.com/eddy-retl/eddy/warehouse"
)

//go:embed role.sql
var roleStatement string

// CheckRole says what the role may do beside reading: what a model cannot do then is what
// this package refuses, and not what the database does.
func (s *source) CheckRole(ctx context.Context, schema string) (more []string, err error) {
	if schema != "" {
		schema = warehouse.Quote(schema)
	}
	err = query(ctx, s.conn, warehouse.Comment(ctx)+roleStatement, func(row [][]byte) error {
		more = append(more, string(row[0]))
		return nil
	}, schema)
	return more, err
}
