package bigquery

import (
	"context"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Claiming has a source's engines lock with claims of some life.
func Claiming(src warehouse.Source, life time.Duration) { src.(*source).claim = life }

// Read hands out a model's rows as Stage reads them.
func Read(ctx context.Context, src warehouse.Source, sel []warehouse.Selected, m eddy.Model, each func([][]byte) error) error {
	s := src.(*source)
	return s.query(ctx, s.read(ctx, sel, m), each)
}

// Statement is the SQL of a model as it stands in a larger statement.
func Statement(sql string) string { return syntax().Statement(sql) }

// Temporary is what a scratch table is made with.
const Temporary = temporary

// Asked is what BigQuery is asked for a statement of a ledger.
func Asked(sql string) string {
	a, ok, err := adds(sql)
	switch {
	case err != nil:
		return "is refused"
	case ok:
		return a.table + " <- " + a.query
	default:
		return lasting(sql)
	}
}

// Query hands out the rows of a statement.
func Query(ctx context.Context, src warehouse.Source, sql string, each func([][]byte) error) error {
	return src.(*source).query(ctx, sql, each)
}

// SmallFirst makes a large result of each that has more than one row.
func SmallFirst(src warehouse.Source) { src.(*source).first = 1 }
