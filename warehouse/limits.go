package warehouse

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
)

// What a model may be, whatever its source. What is beyond can bring down who parses, plans
// or shows it, and no audience needs it.
const (
	// MaxSQL is the length of a model's SQL in bytes.
	MaxSQL = 1 << 20
	// MaxColumns is how many columns a model has at most.
	MaxColumns = 1_000
)

// Describe gives a model's columns, in order. Everybody who reads a model asks here first: a
// model that is too large is refused before anything is read, its SQL before the source sees
// it. Errors are the source's own, or an [eddy.Error] with CodeSource.
func Describe(ctx context.Context, src Source, m eddy.Model) ([]Column, error) {
	if len(m.SQL) > MaxSQL {
		return nil, &eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("the model's SQL is %s bytes long; at most %s are taken", eddy.Thousands(int64(len(m.SQL))), eddy.Thousands(MaxSQL)),
			Mend: "Make a view or a table of it in the warehouse, and name that.",
		}
	}
	columns, err := src.Columns(ctx, m)
	if err == nil && len(columns) > MaxColumns {
		return nil, &eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("the model has %s; at most %s are taken", eddy.Plural(int64(len(columns)), "column"), eddy.Thousands(MaxColumns)),
			Mend: "Select the identifier and the columns that are mapped.",
		}
	}
	if m.SQL != "" {
		err = located(err)
	}
	return columns, err
}
