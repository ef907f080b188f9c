// Package warehouse is the set work of the flow: it stages a model, compares it with
// what the audience holds, hands out the changes in pages, and settles their outcomes.
// There is one SQL implementation of it, [State]; an engine adds a [Dialect] (data),
// a [Session] (driver) and a [Source] (where models are read).
package warehouse

import (
	"context"
	"iter"

	"github.com/eddy-retl/eddy"
)

// Kind is one kind of warehouse, as configuration names it.
type Kind struct {
	Type    string
	Options []eddy.Option
	// LocalOnly kinds always keep their state in the state folder.
	LocalOnly bool
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
	// Stage fills a temporary table with the model's rows as texts. into is on a session
	// of this source, or for state local on one of the embedded engine.
	Stage(ctx context.Context, into Session, table string, sel []Selected, m eddy.Model) error
	// Session opens a session on the warehouse for the state, and makes the schema if it
	// is missing. With an empty schema it makes none, for a look that stores nothing.
	// Sources whose state is always local fail.
	Session(ctx context.Context, schema string) (Session, error)
	Close() error
}

// Column is one column of a model.
type Column struct {
	Name string `json:"name"`
	// Type is the engine's own name of the type.
	Type  string `json:"type"`
	Class Class  `json:"-"`
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
)

// Selected is one column of a staging table: As, filled from a model's column or,
// when Column is nil, from a constant.
type Selected struct {
	As       string
	Column   *Column
	Constant string
	// Time columns are written as RFC 3339 UTC with whole seconds.
	Time bool
}

// Session is one session on the engine where state lies. It runs one statement at a
// time. Statements take parameters as $1, $2.
type Session interface {
	Dialect() *Dialect
	// Schema is the quoted prefix of Eddy's own tables, without the last dot.
	Schema() string
	// Exec runs a statement and says how many rows it touched.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
	// Query streams a result as texts; nil is NULL. A row is valid during the call only.
	Query(ctx context.Context, sql string, each func(row [][]byte) error, args ...any) error
	// Insert adds rows of the given columns; values are nil, string, int64 or bool.
	Insert(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error
	// Side opens a second session on the same engine, for work beside a running statement.
	// Its last moments may be lost if the engine dies, but nothing that a later commit of
	// the first session followed.
	Side(ctx context.Context) (Session, error)
	Close() error
}

// Locker is the ability of a session to keep other sessions, also on other machines,
// from a name until it is released or the session ends.
type Locker interface {
	// TryLock takes the lock or says that another session has it.
	TryLock(ctx context.Context, name string) (release func(context.Context), ok bool, err error)
}

// Functions is the ability of a session to call Go from SQL: text in, text out; NULL
// stays NULL, and ok false gives NULL.
type Functions interface {
	// Register makes fn callable as name; fn must be safe for concurrent use.
	Register(name string, fn func(text string) (result string, ok bool)) error
}

// Tables is the ability of a source to list what can be mirrored.
type Tables interface {
	ListTables(ctx context.Context) ([]string, error)
}

// UniqueChecker is the ability of a source to know without reading that a table's
// column has no nulls and no repeats.
type UniqueChecker interface {
	IsUnique(ctx context.Context, m eddy.Model, column string) (bool, error)
}

// ReadChecker is the ability of a source to say, without reading, whether its role may
// read what a model reads. Sources where describing a model tells need not have it.
type ReadChecker interface {
	CheckRead(ctx context.Context, m eddy.Model, sel []Selected) error
}

// PlainReader is the ability of a source to have a model read straight into a table of
// Eddy's: a plain table that into can see, whose rows are known to have an identifier
// without nulls and repeats, and whose reading runs nobody's code.
type PlainReader interface {
	// PlainSelect is the SELECT of the columns; empty where the model is anything else.
	// The first column is the identifier.
	PlainSelect(ctx context.Context, into Session, m eddy.Model, sel []Selected) (string, error)
}

// Dialect is what differs between engines that speak SQL, as data.
type Dialect struct {
	Name string
	// Unlogged makes a table that need not survive a crash of the engine.
	Unlogged string
	// Values is a FROM item that splits the comma-separated text %s into rows of v(v).
	Values string
	// Canonical holds an expression of the text %s for each canonical form.
	Canonical map[eddy.Canonical]string
	// Text, Bigint are type names.
	Text, Bigint string
	// PageSpan is how many numbers of seq one page of changes spans.
	PageSpan int64
	// RangeIndex makes ranges of a physically ordered column cheap: table, column; empty when not needed.
	RangeIndex string
	// RangeBegin and RangeEnd stand around statements that read by range; may be empty.
	RangeBegin, RangeEnd string
	// ScanBegin and ScanEnd stand around a statement that looks through a large table with
	// costly conditions for a few rows; may be empty.
	ScanBegin, ScanEnd string
	// InPlace says that a column with a default is added to a table without writing its rows.
	InPlace bool
	// Analyze tells the planner about a new table; empty when not needed.
	Analyze string
	// MakeAlone lets one transaction at a time make tables that connections share; empty
	// where one process has the state to itself.
	MakeAlone string
	// RowKey is the fingerprint of the texts %s, separated by commas, as if they were one, and
	// RowKeyType its type; state local only.
	RowKey, RowKeyType string
	// Number numbers the rows of the stage s and of held h, without gaps or with, as seq of
	// the snapshot: an expression over both sides of their join.
	Number string
}
