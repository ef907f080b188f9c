package warehouse

import (
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Quoter is the ability of a source whose SQL writes a name other than [Quote] does.
type Quoter interface {
	// Quote writes an identifier so that any text is taken as one name.
	Quote(name string) string
}

// QuoteFor writes an identifier as a source's SQL has it.
func QuoteFor(src Source, name string) string {
	if q, ok := src.(Quoter); ok {
		return q.Quote(name)
	}
	return Quote(name)
}

// Cutter is the ability of a source whose SQL has other comments and texts than [Standard].
type Cutter interface {
	Syntax() *Syntax
}

// Exacter is the ability of a source whose SQL takes different texts for equal, as collations do.
type Exacter interface {
	// Exact is an expression whose values are equal where those of a text column, which is
	// quoted, are the same.
	Exact(column string) string
}

// ExactFor is an expression of a source's SQL whose values are equal where those of a column are
// the same record id.
func ExactFor(src Source, c Column) string {
	name := QuoteFor(src, c.Name)
	if e, ok := src.(Exacter); ok && c.Class == Text {
		return e.Exact(name)
	}
	return name
}

// First is a model of the first rows of another, as many as limit, which its source happens
// to give.
func First(src Source, m eddy.Model, limit int) eddy.Model {
	return eddy.Model{SQL: fmt.Sprintf("SELECT * FROM %s AS first_rows LIMIT %d", From(src, m), limit)}
}

// From is a model as a statement of its source reads from it. The model was checked alone
// before.
func From(src Source, m eddy.Model) string {
	if m.Table == "" {
		x := Standard()
		if c, ok := src.(Cutter); ok {
			x = c.Syntax()
		}
		return "(" + x.Statement(m.SQL) + "\n)"
	}
	parts := SplitName(m.Table)
	for i, p := range parts {
		parts[i] = QuoteFor(src, p)
	}
	return strings.Join(parts, ".")
}
