package where

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// The columns of the model of [Values].
const (
	ValueColumn = "eddy_value"
	RowsColumn  = "eddy_rows"
)

// longestValue is how many bytes a value may have that is told: no name of an audience has more.
const longestValue = 4 * eddy.MaxAudienceName

// Values is a model of the values that a column has, as texts, and of how many rows have each, for
// as many values as most. Null stands for all rows without a value, and a text without anything in
// it for all whose value is longer than any name of an audience.
func Values(ctx context.Context, src warehouse.Source, m eddy.Model, column string, most int) (eddy.Model, error) {
	w, s, from, text, err := parted(ctx, src, m, column)
	if err != nil {
		return eddy.Model{}, err
	}
	return eddy.Model{SQL: fmt.Sprintf(`SELECT MAX(eddy_text) AS %s, COUNT(*) AS %s
FROM (
  SELECT CASE WHEN TRIM(%[3]s) = '' THEN NULL WHEN LENGTH(%[3]s) > %[4]d THEN '' ELSE %[3]s END AS eddy_text
  FROM %[5]s AS %[6]s
) v
GROUP BY %[7]s
LIMIT %[8]d`, ValueColumn, RowsColumn, text, longestValue, from, s.alias, w.exact("eddy_text"), most)}, nil
}

// Valued is the model of the rows of another whose column has a value, letter by letter.
func Valued(ctx context.Context, src warehouse.Source, m eddy.Model, column, value string) (eddy.Model, error) {
	w, s, from, text, err := parted(ctx, src, m, column)
	if err != nil {
		return eddy.Model{}, err
	}
	is := w.texts(text, &eddy.Test{Op: eddy.Is, Values: []string{value}})
	return eddy.Model{SQL: "SELECT " + s.alias + ".*\nFROM " + from + " AS " + s.alias + "\nWHERE " + is}, nil
}

// NoRows is a model of the columns of another, without rows.
func NoRows(ctx context.Context, src warehouse.Source, m eddy.Model, column string) (eddy.Model, error) {
	_, s, from, _, err := parted(ctx, src, m, column)
	return eddy.Model{SQL: "SELECT " + s.alias + ".*\nFROM " + from + " AS " + s.alias + "\nWHERE 1 = 0"}, err
}

// parted describes a model, and gives how a statement reads from it and the column as a text.
func parted(ctx context.Context, src warehouse.Source, m eddy.Model, column string) (w *writer, s scope, from, text string, err error) {
	m, columns, err := Describe(ctx, src, m)
	if err != nil {
		return nil, s, "", "", err
	}
	if w, err = newWriter(ctx, src); err != nil {
		return nil, s, "", "", err
	}
	s = w.scoped(m.Table, columns)
	c, err := s.pick(column, "split_by")
	if err != nil {
		return nil, s, "", "", err
	}
	from = warehouse.From(src, m)
	if m.Table != "" && w.Table != nil {
		from = w.Table(m.Table)
	}
	return w, s, from, w.text(s.name(w, c), c), nil
}
