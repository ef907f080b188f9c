package setup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/where"
)

// What somebody is shown of a model at most. One value may be gigabytes, and an answer is in
// memory whole.
const (
	// shownCell is how many bytes of one value are shown.
	shownCell = 8 << 10
	// shownAll is how many bytes of all of them are, which cuts the values of wide models
	// further.
	shownAll = 8 << 20
	// cutMark stands where a value was cut.
	cutMark = "… [cut]"
)

// cut is a value as it is shown, with at most so many bytes of it.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + cutMark
}

// Sample is a few rows of a model, as texts; nil is null.
type Sample struct {
	Columns []warehouse.Column
	// Properties are what conditions can ask each column as.
	Properties [][]eddy.Property
	Rows       [][]*string
}

// Sample reads the first rows of a model that a source happens to give. They pass through
// a temporary table in memory and are kept nowhere (promise 10). Columns named in times are
// written as a run would write them: RFC 3339 in UTC.
func (s *Setup) Sample(ctx context.Context, source string, m eddy.Model, limit int, times ...string) (out Sample, err error) {
	err = s.reading(ctx, source, m, func(src warehouse.Source, m eddy.Model, columns []warehouse.Column) error {
		out.Columns = columns
		for _, c := range columns {
			out.Properties = append(out.Properties, where.Properties(src, c))
		}
		out.Rows, err = rows(ctx, src, columns, warehouse.First(src, m, limit), func(c warehouse.Column) bool { return slices.Contains(times, c.Name) })
		return err
	})
	return out, err
}

// reading opens a source for work with a model of it, as the source reads it.
func (s *Setup) reading(ctx context.Context, source string, m eddy.Model, work func(warehouse.Source, eddy.Model, []warehouse.Column) error) error {
	src, err := s.OpenSource(ctx, source)
	if err != nil {
		return err
	}
	// The model is checked alone before it becomes part of a statement.
	m, columns, err := where.Describe(ctx, src, m)
	if err == nil {
		err = work(src, m, columns)
	}
	return errors.Join(err, src.Close())
}

// rows reads all rows of a model as texts, long ones cut. isTime says which columns are written
// as times.
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
	staged, err := src.Stage(ctx, e, "sample", selected, m)
	if err != nil {
		return nil, err
	}
	most := int(min(shownCell, shownAll/max(staged.Rows*int64(len(names)), 1)))
	for i, name := range names {
		// Cut before it is copied: of a character, a byte at least is kept. The sample may
		// have a column in another type than the model was told to have.
		names[i] = fmt.Sprintf("CASE WHEN strlen(%[1]s) > %[2]d THEN left(%[1]s, %[2]d + 1) ELSE %[1]s END", "CAST("+name+" AS VARCHAR)", most)
	}
	return out, e.Query(ctx, "SELECT "+strings.Join(names, ", ")+" FROM sample", func(row [][]byte) error {
		texts := make([]*string, len(row))
		for i, v := range row {
			if v != nil {
				text := cut(string(v), most)
				texts[i] = &text
			}
		}
		out = append(out, texts)
		return nil
	})
}
