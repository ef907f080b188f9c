package ledger

import (
	"strings"

	"github.com/eddy-retl/eddy/warehouse"
)

// names makes the names of a ledger's tables. Each run's are its own.
type names struct {
	schema, slug string
	// dry says that every table is a scratch table.
	dry, temporary bool
	// brought is a look's own run, whose base is a scratch table.
	brought string
}

// kinds of tables that a run makes.
const (
	kindChanges    = "changes"
	kindExceptions = "exceptions"
	kindBase       = "base"
	kindStage      = "stage"
	kindTimes      = "times"
	kindAgain      = "again"
	kindSnapshot   = "snapshot"
)

// table qualifies a run's table.
func (n names) table(kind, run string) string {
	if n.dry {
		return n.scratch(kind, run)
	}
	return n.schema + "." + warehouse.Quote(kind+"_"+n.slug+"_"+run)
}

// scratch qualifies a table that lives for as long as the run does.
func (n names) scratch(kind, run string) string {
	if n.temporary || n.schema == "" {
		return warehouse.Quote("eddy_" + kind)
	}
	return n.schema + "." + warehouse.Quote(kind+"_"+n.slug+"_"+run)
}

// shared qualifies a table that all connections share.
func (n names) shared(name string) string { return n.schema + "." + name }

// kept qualifies a table that an earlier run left; a look reads those as well.
func (n names) kept(kind, run string) string {
	if kind == kindBase && n.brought != "" && n.brought == run {
		return n.scratch(kind, run)
	}
	return n.schema + "." + warehouse.Quote(kind+"_"+n.slug+"_"+run)
}

func join(list []string) string { return strings.Join(list, ", ") }
