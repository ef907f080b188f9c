// Package ledger is what Eddy remembers of an audience, and the set work on it: it
// stages a model, compares it with what the audience holds, hands out the changes, and
// takes down what became of them.
//
// A run is a few tables that are written once, and what the audience holds is a pure
// function of them. Nothing is updated in place and no step needs a transaction of more
// than one statement; a run that died needs no repair, it is read as what it is. So a
// ledger can live in any engine in which a statement that succeeded is durable and seen
// by the next one ([warehouse.Engine]).
//
// # The tables
//
// A version is what a record looked like when it was, or would be, sent: the record's
// id, a text for each destination field, the number of the settings it was prepared
// with, until when the audience keeps it (null: it cannot be in the audience), and its
// state. A record has several versions while something is unsettled.
//
//	held      in the audience, and the record's only version
//	beside    in the audience, beside a version that the destination refuses to remove
//	doubt     may be in, and is what the record wanted last
//	leaving   may be in, and is not wanted
//	rejected  refused by the destination, so many times
//	invalid   cannot be sent
//
// A run makes at most these tables; their names end with the connection and the run:
//
//	changes     the versions of those records only that need something. Its side says
//	            what: + wanted and not in yet; = wanted, (possibly) in, and sent again;
//	            - (possibly) in and not wanted; . of note, and left as it is
//	exceptions  records whose change was not a clean yes; made with the first of them
//	base        all versions after the run, put together; now and then
//
// The table runs has one row for each event of a run. A table counts only once an event
// names it:
//
//	opened    a run began
//	audience  the connection feeds this audience, or is about to make it
//	sealed    changes are complete; from here on requests may go out
//	answered  every request about records of these buckets was answered; exceptions
//	          are written before
//	settled   the sync log has the run's lines
//	base      the versions up to here are in this table
//	closed    the run is over; status, counts, and the ledger's state in short
//
// # Who is on a list
//
// A record has an identity of a suppression list by its row, by what it would keep, or by a
// version that it was sent with before. In the first two cases it wants nothing. In each, what
// leaves of it never rests: however often the removal was refused it is - again, for as long
// as it may be in the audience and the list has it.
//
// A run that is held for a person is sealed all the same with the changes of these records, and
// with those asserted again that share an identity with what leaves of them. It names no others,
// so that these are held as before: also one whose row is gone. A version in doubt is not among
// the sharers: nobody knows whether it was in, and the run that goes on sends it.
//
// # What is held
//
// Held is the newest base with each later sealed run folded in, the oldest first. A run
// says all about the records that it names: of a delivered record + and = are held and -
// is gone; of a rejected one + cannot be in, = still may, and - is gone; where the bucket
// was not answered for, or the record failed, - is leaving and the rest is in doubt. A
// run that was not sealed counts as nothing, and its tables are litter that the next run
// drops. sql/held.sql is this paragraph.
package ledger

import (
	"context"
	"errors"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Config says whose ledger it is and where it lives.
type Config struct {
	// Engine is where the ledger lives; Close closes it.
	Engine warehouse.Engine
	// Connection is the connection's name.
	Connection string
	// Fields are the destination's fields.
	Fields []eddy.Field
	// Digests says that versions are kept as digests, which the engine makes by calling
	// [FieldFunction] and [Fingerprint].
	Digests bool
	// Dry reads the ledger and makes scratch tables only: for plans.
	Dry bool
	// Anew lets the ledger begin empty although its tables are gone: a person said so.
	Anew bool
	// Watch hears of every statement once it ended; may be nil.
	Watch func(eddy.Statement)
}

// Ledger is one connection's ledger.
type Ledger struct{ *history }

// Open opens a connection's ledger and takes its lock: another run fails with
// CodeConflict (promise 8). With Dry it takes no lock and makes nothing.
func Open(ctx context.Context, cfg Config) (_ *Ledger, err error) {
	e, d := cfg.Engine, cfg.Engine.Dialect()
	w := &writer{d: d, form: raw(), fields: cfg.Fields}
	if cfg.Digests {
		w.form = digests()
	}
	s := &statements{e: e, d: d, connection: cfg.Connection, heard: cfg.Watch}
	t := &tables{statements: s, schema: e.Schema(), slug: warehouse.Slug(cfg.Connection), dry: cfg.Dry || e.Schema() == "", there: map[string]table{}}
	l := &Ledger{&history{tables: t, writer: w, anew: cfg.Anew}}
	if !cfg.Dry {
		if err := s.lock(ctx); err != nil {
			return nil, err
		}
		defer func() {
			if err != nil {
				s.unlock(ctx)
			}
		}()
		if err := EnsureShared(ctx, e); err != nil {
			return nil, err
		}
	}
	return l, l.read(ctx)
}

// Close releases the lock and closes the engine. What a look made goes with its session, or
// is dropped here.
func (l *Ledger) Close() (err error) {
	if l.dry && !l.d.Temporary {
		err = l.drop(context.Background(), "drop", func(t table) bool { return t.run != l.run })
	}
	l.unlock(context.Background())
	return errors.Join(err, l.e.Close())
}
