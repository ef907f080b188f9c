package warehouse_test

import (
	"context"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// wide is a source whose models have so many columns; nothing else of it is asked for.
type wide struct {
	warehouse.Source
	columns int
}

// Columns are as many as the source is told to have.
func (w wide) Columns(context.Context, eddy.Model) ([]warehouse.Column, error) {
	return make([]warehouse.Column, w.columns), nil
}

// TestModelsAreBounded: a model that is too large is refused whatever its source, and one at
// the limit is not.
func TestModelsAreBounded(t *testing.T) {
	t.Parallel()
	sql := func(n int) eddy.Model { return eddy.Model{SQL: strings.Repeat("x", n)} }
	for name, c := range map[string]struct {
		columns int
		model   eddy.Model
		refused string
	}{
		"at the limits":    {warehouse.MaxColumns, sql(warehouse.MaxSQL), ""},
		"too many columns": {warehouse.MaxColumns + 1, sql(1), "the model has 1,001 columns; at most 1,000"},
		"too long":         {1, sql(warehouse.MaxSQL + 1), "the model's SQL is 1,048,577 bytes long"},
	} {
		_, err := warehouse.Describe(t.Context(), wide{columns: c.columns}, c.model)
		switch {
		case c.refused == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused) || eddy.ErrorCode(err) != eddy.CodeSource):
			t.Errorf("%s: %v, want %q", name, err, c.refused)
		}
	}
}
