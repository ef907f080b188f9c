package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	err = s.reading(ctx, source, m, func(src warehouse.Source, columns []warehouse.Column) error {
		out.Columns = columns
		out.Rows, err = rows(ctx, src, columns, warehouse.First(m, limit), func(c warehouse.Column) bool { return slices.Contains(times, c.Name) })
		return err
	})
	return out, err
}

// reading opens a source for work with a model of it.
func (s *Setup) reading(ctx context.Context, source string, m eddy.Model, work func(warehouse.Source, []warehouse.Column) error) error {
	src, err := s.OpenSource(ctx, source)
	if err != nil {
		return err
	}
	// The model is checked alone before it becomes part of a statement.
	columns, err := src.Columns(ctx, m)
	if err == nil {
		err = work(src, columns)
	}
	return errors.Join(err, src.Close())
}

// rows reads all rows of a model as texts. isTime says which columns are written as times.
func rows(ctx context.Context, src warehouse.Source, columns []warehouse.Column, m eddy.Model, isTime func(warehouse.Column) bool) (out [][]*string, err error) {
	e, err := duckdb.Engine{}.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	var selected []warehouse.Selected
	var names []string
	for i := range columns {
		as := fmt.Sprintf("c%d", i)
		selected = append(selected, warehouse.Selected{As: as, Column: &columns[i], Time: isTime(columns[i])})
		names = append(names, as)
	}
	if _, err := src.Stage(ctx, e, "sample", selected, m); err != nil {
		return nil, err
	}
	return out, e.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM sample", func(row [][]byte) error {
		texts := make([]*string, len(row))
		for i, v := range row {
			if v != nil {
				text := string(v)
				texts[i] = &text
			}
		}
		out = append(out, texts)
		return nil
	})
}
