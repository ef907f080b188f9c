package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// Sample is a few rows of a model, as texts; nil is null.
type Sample struct {
	Columns []warehouse.Column
	Rows    [][]*string
}

// Sample reads the first rows of a model that a source happens to give. They pass through
// a temporary table in memory and are kept nowhere (promise 10). Columns named in times are
// written as a run would write them: RFC 3339 in UTC.
func (s *Setup) Sample(ctx context.Context, source string, m eddy.Model, limit int, times ...string) (out Sample, err error) {
	src, err := s.OpenSource(ctx, source)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	// The model is checked alone before it becomes part of a statement.
	if out.Columns, err = src.Columns(ctx, m); err != nil {
		return out, err
	}
	ses, err := duckdb.Engine{}.Open(ctx)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, ses.Close()) }()
	var selected []warehouse.Selected
	var names []string
	for i := range out.Columns {
		c := &out.Columns[i]
		as := fmt.Sprintf("c%d", i)
		time := false
		for _, t := range times {
			time = time || t == c.Name
		}
		selected = append(selected, warehouse.Selected{As: as, Column: c, Time: time})
		names = append(names, as)
	}
	if _, err := ses.Exec(ctx, "CREATE TEMP TABLE sample ("+strings.Join(names, " VARCHAR, ")+" VARCHAR)"); err != nil {
		return out, err
	}
	if err := src.Stage(ctx, ses, "sample", selected, first(m, limit)); err != nil {
		return out, err
	}
	return out, ses.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM sample", func(row [][]byte) error {
		texts := make([]*string, len(row))
		for i, v := range row {
			if v != nil {
				text := string(v)
				texts[i] = &text
			}
		}
		out.Rows = append(out.Rows, texts)
		return nil
	})
}

// first is a model of the first rows of another.
func first(m eddy.Model, limit int) eddy.Model {
	from := warehouse.QuoteName(m.Table)
	if m.Table == "" {
		from = "(" + warehouse.Statement(m.SQL) + "\n)"
	}
	return eddy.Model{SQL: fmt.Sprintf("SELECT * FROM %s AS sample LIMIT %d", from, limit)}
}
