package warehouse

import (
	"fmt"

	"github.com/eddy-retl/eddy"
)

// First is a model of the first rows of another, as many as limit, which its source happens
// to give.
func First(m eddy.Model, limit int) eddy.Model {
	return eddy.Model{SQL: fmt.Sprintf("SELECT * FROM %s AS sample LIMIT %d", From(m), limit)}
}

// From is a model as a statement reads from it. The model was checked alone before.
func From(m eddy.Model) string {
	if m.Table != "" {
		return QuoteName(m.Table)
	}
	return "(" + Statement(m.SQL) + "\n)"
}
