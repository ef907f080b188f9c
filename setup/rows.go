package setup

import (
	"context"
	"fmt"
	"strconv"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Counted is how many rows a model has.
type Counted struct {
	// SQL is the model in its source's own language; empty for a table without conditions.
	SQL  string
	Rows int64
}

// countRows counts the rows of a model. The warehouse counts; nothing but the number leaves it.
func countRows(ctx context.Context, s *Setup, source string, m eddy.Model) (out Counted, err error) {
	err = s.reading(ctx, source, m, func(src warehouse.Source, m eddy.Model, _ []warehouse.Column) error {
		out.SQL = m.SQL
		count := eddy.Model{SQL: "SELECT count(*) AS n FROM " + warehouse.From(src, m) + " AS counted"}
		columns, err := warehouse.Describe(ctx, src, count)
		if err != nil {
			return err
		}
		got, err := rows(ctx, src, columns, count, func(warehouse.Column) bool { return false })
		if err == nil && (len(got) != 1 || len(got[0]) != 1 || got[0][0] == nil) {
			err = fmt.Errorf("count rows: got %d", len(got))
		}
		if err != nil {
			return err
		}
		out.Rows, err = strconv.ParseInt(*got[0][0], 10, 64)
		return err
	})
	return out, err
}
