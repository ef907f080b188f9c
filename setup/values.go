package setup

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/where"
)

// Valued is a value of a column, and how many rows have it.
type Valued struct {
	Value string
	Rows  int64
}

// Parting says how a column would part the rows of a model: which values it has, the most frequent
// first, and how many rows are in none, since no audience can be named after what they have.
type Parting struct {
	Values []Valued
	Left   int64
	// More says that there are more values than may have audiences.
	More bool
}

// ValuesLook asks for the values of a column of a model. The source counts.
type ValuesLook struct {
	Source string
	Model  eddy.Model
	Split  eddy.Split
	// Found is the answer.
	Found Parting
}

// About is the source.
func (l *ValuesLook) About() About { return About{Source: l.Source} }

// Do lists.
func (l *ValuesLook) Do(ctx context.Context, s *Setup) error {
	return s.reading(ctx, l.Source, l.Model, func(src warehouse.Source, m eddy.Model, _ []warehouse.Column) error {
		const spare = 3 // one value more, the rows without any, and those whose value is too long
		values, err := where.Values(ctx, src, m, l.Split.Column, l.Split.MaxAudiences+spare)
		if err != nil {
			return err
		}
		columns, err := warehouse.Describe(ctx, src, values)
		if err != nil {
			return err
		}
		got, err := rows(ctx, src, columns, values, func(warehouse.Column) bool { return false })
		if err != nil {
			return err
		}
		return l.take(got)
	})
}

func (l *ValuesLook) take(got [][]*string) error {
	for _, row := range got {
		if len(row) != 2 || row[1] == nil {
			return fmt.Errorf("list the values of a column: got %d columns", len(row))
		}
		n, err := strconv.ParseInt(*row[1], 10, 64)
		if err != nil {
			return fmt.Errorf("list the values of a column: %w", err)
		}
		if row[0] == nil || l.Split.Refuses(l.Split.Placeholder(), *row[0]) != "" {
			l.Found.Left += n
			continue
		}
		l.Found.Values = append(l.Found.Values, Valued{*row[0], n})
	}
	slices.SortFunc(l.Found.Values, func(a, b Valued) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Value, b.Value)) })
	if l.Found.More = len(l.Found.Values) > l.Split.MaxAudiences; l.Found.More {
		l.Found.Values = l.Found.Values[:l.Split.MaxAudiences]
	}
	return nil
}
