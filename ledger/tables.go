package ledger

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// kinds of tables that a run makes.
const (
	kindChanges    = "changes"
	kindExceptions = "exceptions"
	kindBase       = "base"
	kindStage      = "stage"
	kindTimes      = "times"
	kindOut        = "heldout" // of another place, while it is taken over
	kindList       = "list"
	kindSuppressed = "suppressed"
	kindSnapshot   = "snapshot" // a view
)

// looked begins the kind of a table in Eddy's schema that a look made: no run counts it as its
// connection's. What of the kind follows is short, so that names are not longer than a run's.
const (
	looked    = "look"
	lookedEnd = 5
)

func lookedKind(kind string) string { return looked + kind[:min(len(kind), lookedEnd)] }

// table is a table, or view, that a run made, or a look.
type table struct{ kind, run string }

func (t table) looked() bool { return strings.HasPrefix(t.kind, looked) }

// tables are those that a connection's runs made: their names, and which are there.
type tables struct {
	*statements
	schema, slug string
	// dry says that every table is a scratch table.
	dry bool
	// brought is a look's own run, whose base is a scratch table.
	brought string
	// there are the tables of this connection that the catalog lists, and those that were made
	// since, by their qualified names.
	there map[string]table
}

// name qualifies a run's table. Each run's are its own.
func (t *tables) name(kind, run string) string {
	if kind == kindBase && run == t.brought {
		return t.scratch(kind, run)
	}
	return t.schema + "." + t.d.Quote(kind+"_"+t.slug+"_"+run)
}

// scratch qualifies a table that lives for as long as the run does, or the look.
func (t *tables) scratch(kind, run string) string {
	if t.d.Temporary || t.schema == "" {
		return t.d.Quote("eddy_" + kind)
	}
	if t.dry {
		kind = lookedKind(kind)
	}
	return t.schema + "." + t.d.Quote(kind+"_"+t.slug+"_"+run)
}

// shared qualifies a table that all connections share.
func (t *tables) shared(name string) string { return t.schema + "." + name }

// making names a table that the run is about to make. A look's are scratch tables.
func (t *tables) making(kind, run string) string {
	name := t.name(kind, run)
	if t.dry || kind == kindStage || kind == kindTimes || kind == kindOut || kind == kindList || kind == kindSuppressed {
		name = t.scratch(kind, run)
	}
	if t.inSchema(name) {
		t.there[name] = table{kind, run}
	}
	return name
}

// inSchema says that a table is in Eddy's own schema, and so outlives the session.
func (t *tables) inSchema(name string) bool { return strings.HasPrefix(name, t.shared("")) }

// found takes in a name of the catalog: it may be a table of this connection.
func (t *tables) found(name string) {
	kind, run, ok := strings.Cut(name, "_"+t.slug+"_")
	if ok && ownKind.MatchString(kind) && !strings.Contains(run, "_") {
		t.there[t.name(kind, run)] = table{kind, run}
	}
}

var ownKind = regexp.MustCompile("^(" + strings.Join([]string{kindChanges, kindExceptions, kindBase, kindStage, kindTimes, kindOut, kindList, kindSuppressed, kindSnapshot}, "|") + "|" + looked + "[a-z]+)$")

// drop drops the tables that are there and not kept, the views first: an engine may refuse
// to drop what a view reads.
func (t *tables) drop(ctx context.Context, step string, kept func(table) bool) error {
	var views, rest []string
	for _, name := range slices.Sorted(maps.Keys(t.there)) {
		switch own := t.there[name]; {
		case kept(own):
		case own.kind == kindSnapshot:
			views = append(views, name)
		default:
			rest = append(rest, name)
		}
	}
	return errors.Join(t.dropAll(ctx, step, "VIEW", views), t.dropAll(ctx, step, "TABLE", rest))
}

// dropAll drops tables, which may be gone already.
func (t *tables) dropAll(ctx context.Context, step, kind string, names []string) error {
	each := slices.Chunk(names, 1)
	if t.d.DropMany && len(names) > 0 {
		each = slices.Chunk(names, len(names))
	}
	var errs []error
	for some := range each {
		_, err := t.exec(ctx, step, "DROP "+kind+" IF EXISTS "+join(some))
		if err == nil {
			maps.DeleteFunc(t.there, func(name string, _ table) bool { return slices.Contains(some, name) })
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func join(list []string) string { return strings.Join(list, ", ") }

// remake makes a run's table. A look may look again, in the same session.
func (t *tables) remake(ctx context.Context, step, name, sql string) (int64, error) {
	if t.dry {
		if err := t.dropAll(ctx, step, "TABLE", []string{name}); err != nil {
			return 0, err
		}
	}
	return t.exec(ctx, step, sql)
}

// create begins the statement that makes a table of the run.
func (t *tables) create() string {
	if t.dry {
		return t.d.Scratch()
	}
	return "CREATE TABLE "
}
