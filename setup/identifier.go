package setup

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Uniqueness says how well a column names the records of a model.
type Uniqueness struct {
	// Rows are all rows of the model, Nulls those without a value in the column.
	Rows, Nulls int64
	// Duplicates are the values that more than one row has, Repeated the rows that have one
	// of these.
	Duplicates, Repeated int64
}

// Identifier counts how well a column names the records of a model. The warehouse counts;
// nothing but the counts leaves it. It is false when the model has no such column.
func (s *Setup) Identifier(ctx context.Context, source string, m eddy.Model, column string) (u Uniqueness, found bool, err error) {
	err = s.reading(ctx, source, m, func(src warehouse.Source, m eddy.Model, columns []warehouse.Column) error {
		i := slices.IndexFunc(columns, func(c warehouse.Column) bool { return c.Name == column })
		if found = i >= 0; !found {
			return nil
		}
		counts := eddy.Model{SQL: fmt.Sprintf(`SELECT sum(n) AS total, sum(CASE WHEN id IS NULL THEN n ELSE 0 END) AS nulls,
	sum(CASE WHEN id IS NOT NULL AND n > 1 THEN 1 ELSE 0 END) AS duplicates, sum(CASE WHEN id IS NOT NULL AND n > 1 THEN n ELSE 0 END) AS repeated
FROM (SELECT %[1]s AS id, count(*) AS n FROM %[2]s AS model GROUP BY %[1]s) AS counted`, warehouse.ExactFor(src, columns[i]), warehouse.From(src, m))}
		counted, err := warehouse.Describe(ctx, src, counts)
		if err != nil {
			return err
		}
		got, err := rows(ctx, src, counted, counts, func(warehouse.Column) bool { return false })
		if err != nil {
			return err
		}
		return u.read(got)
	})
	return u, found, err
}

// read takes the counts of one row; those of an empty model are null.
func (u *Uniqueness) read(rows [][]*string) error {
	into := []*int64{&u.Rows, &u.Nulls, &u.Duplicates, &u.Repeated}
	if len(rows) != 1 || len(rows[0]) != len(into) {
		return fmt.Errorf("count a column: got %d rows", len(rows))
	}
	for i, text := range rows[0] {
		if text == nil {
			continue
		}
		n, err := strconv.ParseInt(*text, 10, 64)
		if err != nil {
			return fmt.Errorf("count a column: %w", err)
		}
		*into[i] = n
	}
	return nil
}
