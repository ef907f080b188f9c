package warehouse

import (
	"cmp"
	"strings"
)

// TableKind says what a name in a warehouse stands for.
type TableKind string

// The kinds that are told apart.
const (
	// BaseTable has rows of its own, or reads those of a file or another server.
	BaseTable TableKind = "table"
	// View is a query that is carried out whenever it is read.
	View TableKind = "view"
	// MaterialisedView is a query whose rows are kept, and may be older than what it reads.
	MaterialisedView TableKind = "materialised_view"
)

// Table is one thing that can be mirrored.
type Table struct {
	// Name is as users write it; see [JoinName].
	Name string    `json:"name"`
	Kind TableKind `json:"kind" enum:"table,view,materialised_view"`
}

// NewTable is a table of a schema. said is what the warehouse calls its kind, such as
// MATERIALIZED VIEW or the name of an engine.
func NewTable(schema, name, said string) Table {
	kind := BaseTable
	if said = strings.ToUpper(said); strings.Contains(said, "VIEW") {
		if kind = View; strings.Contains(said, "MATERIALIZED") {
			kind = MaterialisedView
		}
	}
	return Table{JoinName(schema, name), kind}
}

// ByName is the order of tables.
func ByName(a, b Table) int { return cmp.Compare(a.Name, b.Name) }
