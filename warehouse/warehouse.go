// Package warehouse is the two contracts that a warehouse fulfils. A [Source] is where
// models are read; every warehouse is one. An [Engine] is where a ledger can live: the
// tables in which Eddy remembers what an audience holds, and the set work on them.
// Which statements a ledger needs is package ledger's concern; how an engine spells
// them is a [Dialect], which is data.
package warehouse

import (
	"cmp"
	"context"
	"fmt"
	"iter"

	"github.com/eddy-retl/eddy"
)

// Kind is one kind of warehouse, as configuration names it.
type Kind struct {
	Type string
	// Help says in a line what it is, for whoever chooses among kinds.
	Help    string
	Options []eddy.Option
	// Place gives what options mean as a place: those of eddy.PlacePart by name, alike where
	// they lead to the same place as the same role. nil compares them as texts.
	Place func(options map[string]string) (map[string]string, error)
	// Apart gives what options amount to without those of eddy.WholePart; nil where there are
	// none. Both work as on a server: nothing of the machine takes part.
	Apart func(options map[string]string) (map[string]string, error)
	// LocalOnly kinds always keep their ledger in the state folder.
	LocalOnly bool
	// Uploaded kinds are made of files that somebody uploads to a server, and of no options that a
	// person enters.
	Uploaded bool
	// LocalLooks kinds have no tables of a session's own: what a look before the first run works
	// with lies in the embedded engine's memory.
	LocalLooks bool
	// Awake says what runs that follow each other quickly cost, where a warehouse is paid for while
	// it is awake; empty where it is not.
	Awake string
	// Open connects to the warehouse of a source.
	Open func(ctx context.Context, src eddy.Source) (Source, error)
}

// Source is an open warehouse that models are read from. An implementation follows
// these rules:
//
//  1. A user's SQL is one SELECT, checked on its own before it is put into a
//     statement, and run so that it cannot write, attach, or read what the source
//     does not grant.
//  2. Errors say what, where and how to mend it, as [eddy.Error] with CodeSource.
//  3. Stage reads one moment of the model: what commits meanwhile is not seen, and a
//     model that fails half way leaves an error, never a part (promise 3).
type Source interface {
	// Columns describes a model's columns, in order.
	Columns(ctx context.Context, m eddy.Model) ([]Column, error)
	// Stage makes a scratch table of the engine, which has none of that name, and fills it
	// with the model's rows as texts: one column for each that is selected. The engine is
	// one that this source opened, or for state local the embedded one.
	Stage(ctx context.Context, into Engine, table string, sel []Selected, m eddy.Model) (Stage, error)
	// Engine opens the warehouse for a ledger, and makes the schema if it is missing. With
	// an empty schema it makes none, for a look that stores nothing. Sources whose ledger is
	// always local fail, and so do those that look locally without a schema.
	Engine(ctx context.Context, schema string) (Engine, error)
	Close() error
}

// Stage is a model that was staged.
type Stage struct {
	// Rows is how many there are.
	Rows int64
	// Unique says that the source knows, without reading, that the column which was selected
	// first has no nulls and no repeats.
	Unique bool
}

// Column is one column of a model.
type Column struct {
	Name string `json:"name"`
	// Type is the engine's own name of the type.
	Type  string `json:"type"`
	Class Class  `json:"class"`
	// Made says that an expression of the model's SQL may have made the values, and Loose that
	// the name may be made of values, as PIVOT makes names, or a file that is read from its
	// third line.
	Made  bool `json:"made"`
	Loose bool `json:"loose"`
}

// Class says how a column's values become text.
type Class uint8

// The classes of column types.
const (
	Plain     Class = iota // the engine's own text form
	Text                   // text already
	Date                   // a day, as midnight UTC
	Timestamp              // a time without zone, taken as UTC
	TimestampTZ
	List // several values, joined by commas
	// Decimal is numbers with a scale, Single and Double are floats of 24 and of 53 bits. A
	// whole number of these types reads as its digits, as an integer column would give it:
	// it is the same phone number and the same record id. One that its float may not hold
	// exactly reads as [eddy.Rounded] and the engine's own text, so that nobody takes it for
	// a whole number, and two of them stay two record ids.
	Decimal
	Single
	Double
)

// Numeric says that values of the class are numbers that may have a fraction.
func (c Class) Numeric() bool { return c == Decimal || c == Single || c == Double }

// Exact is the least whole number that a float of the class cannot tell from the next one;
// 0 for other classes.
func (c Class) Exact() int64 {
	switch c {
	case Single:
		return 1 << 24
	case Double:
		return 1 << 53
	default:
		return 0
	}
}

// Selected is one column of a staging table: As, filled from a model's column or,
// when Column is nil, from a constant.
type Selected struct {
	As       string
	Column   *Column
	Constant string
	// Time columns are written as RFC 3339 UTC with whole seconds.
	Time bool
}

// Engine is an open place where ledgers live. All that it must hold is this: a statement
// that returned success is durable and seen by the next one; a statement that failed, or
// was never heard of again, may have left anything behind, or leave it later. No
// transaction of more than one statement is asked for, and no UPDATE, MERGE or ALTER.
//
// One statement runs at a time, but that Exec and Load may be called while Query hands out
// rows, unless they touch scratch tables: what a run learns while its changes are read, it
// puts on record at once. They return before the rows end, whatever the reader waits for.
// A Query is not begun while another one hands out rows.
type Engine interface {
	Dialect() *Dialect
	// Schema is the quoted prefix of Eddy's own tables, without the last dot; empty when
	// the engine was opened for a look, in which every table is a scratch table.
	Schema() string
	// Exec runs a statement and says how many rows it wrote.
	Exec(ctx context.Context, sql string) (int64, error)
	// Query streams a result as texts; nil is NULL. A row is valid during the call only.
	Query(ctx context.Context, sql string, each func(row [][]byte) error) error
	// Load adds rows of the given columns; values are nil, string or int64. They are durable
	// at the latest when a later Exec has succeeded.
	Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error
	// Lock keeps every other run, also on other machines, from a name; an error of
	// CodeConflict says that another one has it (promise 8).
	Lock(ctx context.Context, name string) (Lease, error)
	Close() error
}

// Lease is a lock that is held for as long as Err gives nil. Its holder asks before each
// thing that only the holder may do, and stops when the answer is an error: another run
// may have begun.
type Lease interface {
	Err() error
	// Release lets the name go. It is safe to call after Err gave an error.
	Release(ctx context.Context)
}

// Pruner is the ability of a lease whose lock is rows of a table to delete those that are long
// over.
type Pruner interface {
	Prune(ctx context.Context) error
}

// Marks is the ability of an engine to have names marked as in use. One whose looks make
// tables that outlive them has it.
type Marks interface {
	// Mark marks a name for as long as the lease lives; several may mark the same.
	Mark(ctx context.Context, name string) (Lease, error)
	// Marked lists the names that are marked.
	Marked(ctx context.Context) ([]string, error)
}

// Argument is a text that SQL hands to a Go function; Null says that it is NULL.
type Argument struct {
	Text string
	Null bool
}

// Functions is the ability of an engine to call Go from SQL.
type Functions interface {
	// Register makes fn callable as name, with any number of texts; ok false gives NULL. fn
	// must be safe for concurrent use, and keep nothing of its arguments.
	Register(name string, fn func(args []Argument) (result string, ok bool)) error
}

// Tables is the ability of a source to list what can be mirrored, and to say what are tables
// and what views.
type Tables interface {
	ListTables(ctx context.Context) ([]Table, error)
}

// Estimator is the ability of a source to say, without reading, how many bytes the warehouse would
// read, or have paid for, to read a model's columns.
type Estimator interface {
	Estimate(ctx context.Context, m eddy.Model, sel []Selected) (bytes int64, err error)
}

// ReadChecker is the ability of a source to say, without reading, whether its role may
// read what a model reads. Sources where describing a model tells need not have it.
type ReadChecker interface {
	CheckRead(ctx context.Context, m eddy.Model, sel []Selected) error
}

// StateChecker is the ability of a source to say whether its role may keep ledgers in a
// schema, which may not exist yet. It makes nothing.
type StateChecker interface {
	CheckState(ctx context.Context, schema string) error
}

// RoleChecker is the ability of a source to say what its role may do beside reading, other than
// in Eddy's own schema, which is empty where the state is elsewhere: "is a superuser".
type RoleChecker interface {
	CheckRole(ctx context.Context, schema string) ([]string, error)
}

// Existing is the ability of a source to open the schema in which it already keeps
// ledgers, without making it; a nil engine says that there is none.
type Existing interface {
	Existing(ctx context.Context, schema string) (Engine, error)
}

// Dialect is what differs between engines that speak SQL, as data. The letters %s stand
// for expressions that are put in.
type Dialect struct {
	Types
	Writing
	Hashing
	// Temporary says that scratch tables are the session's own and have no schema.
	Temporary bool
	// Views says that the engine has views that a user can query, and Beside what the schema is
	// called in them, where that is not [Engine.Schema].
	Views  bool
	Beside string
	// DropMany says that DROP TABLE takes several names.
	DropMany bool
	// With is how WITH queries are carried out.
	With With
	// Tables is a FROM item of the names of all tables and views of the schema %s, a text
	// literal of [Engine.Schema]; a role's rights do not matter.
	Tables string
	// Sample stands behind a table in FROM: some %[1]g percent of its rows, or some %[2]d of
	// them, from all over it whatever their order.
	Sample string
	// Bytes compares the text %s byte by byte, whatever the collation; empty where nothing
	// else is done.
	Bytes string
	// Same says that %[1]s and %[2]s are equal, or both NULL.
	Same string
	// Values is a FROM item: the rows of %[1]s, named %[2]s, each once for each value v of the
	// comma-separated text %[3]s.
	Values string
	// Canonical holds an expression of the text %s for each canonical form.
	Canonical map[eddy.Canonical]string
	// Digest says that the text %s, of 64 characters, is a SHA-256 digest in hexadecimal digits.
	Digest string
}

// Writing is how names, texts and queries are written where that is not the standard's way.
type Writing struct {
	// QuoteName and QuoteText write any name and any text so that it is taken as one.
	QuoteName, QuoteText func(string) string
	// Union stands between two queries of which each row comes once.
	Union string
	// Expires has scratch tables that are tables like others told apart, which the engine drops
	// some day where nobody else does.
	Expires bool
	// BothSides has a full join told nothing but what an equality of both sides says.
	BothSides bool
}

// Hashing is how texts are hashed.
type Hashing struct {
	// Bucket is the bucket of the record id %s: a whole number from 0 to [Buckets] - 1. It need be
	// the same in one engine only.
	Bucket string
	// MD5 is the MD5 hash of the UTF-8 bytes of the text %s, in lower-case hexadecimal digits: the
	// same in every engine, and in Go.
	MD5 string
}

// Types are type names; a Timestamp knows its zone.
type Types struct {
	Text, Bigint, Timestamp string
	// Moment is the Timestamp that a text %s of RFC 3339 names; empty where a cast makes one.
	Moment string
	// Later is %[2]d seconds after the moment %[1]s; empty where intervals are added to it.
	Later string
	// Clock is the time of a statement; empty is CURRENT_TIMESTAMP.
	Clock string
}

// MomentOf is the moment that a literal of RFC 3339 names.
func (t *Types) MomentOf(literal string) string {
	if t.Moment == "" {
		return "CAST(" + literal + " AS " + t.Timestamp + ")"
	}
	return fmt.Sprintf(t.Moment, literal)
}

// After is some seconds after a moment, or before it where they are negative.
func (t *Types) After(moment string, seconds int64) string {
	if t.Later != "" {
		return fmt.Sprintf(t.Later, moment, seconds)
	}
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return fmt.Sprintf("%s %s INTERVAL '%d' SECOND", moment, sign, seconds)
}

// With is what stands behind AS in a WITH query, with a space behind it. Once has a query
// that is read twice carried out once, and Inlined has one become part of the statement;
// empty where that is so anyway, or cannot be said.
type With struct{ Once, Inlined string }

// Buckets is how many parts the changes of a run are told apart in: a part is known to
// be delivered as a whole, or is in doubt as a whole.
const Buckets = 1024

// Literal writes a text as a literal of the engine.
func (d *Dialect) Literal(s string) string {
	if d.QuoteText != nil {
		return d.QuoteText(s)
	}
	return QuoteText(s)
}

// Quote writes a name so that any text is taken as one.
func (d *Dialect) Quote(name string) string {
	if d.QuoteName != nil {
		return d.QuoteName(name)
	}
	return Quote(name)
}

// Now is the time of a statement, by the engine's clock.
func (d *Dialect) Now() string { return cmp.Or(d.Clock, "CURRENT_TIMESTAMP") }

// Scratch begins the statement that makes a table which is not to last.
func (d *Dialect) Scratch() string {
	if d.Temporary || d.Expires {
		return "CREATE TEMPORARY TABLE "
	}
	return "CREATE TABLE "
}
