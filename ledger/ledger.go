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
	"fmt"
	"text/template"
	"time"

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
type Ledger struct {
	cfg   Config
	e     warehouse.Engine
	d     *warehouse.Dialect
	form  form
	names names
	lease warehouse.Lease

	past  past
	feeds []Feed
	// templates are the statements, made with the first of them.
	templates *template.Template
	// made are the tables that may be there and that no event names yet, each with the kind
	// and the run that its name is made of.
	made map[string]madeTable
	// run is the run that is under way; its statements name it.
	run string
}

// Open opens a connection's ledger and takes its lock: another run fails with
// CodeConflict (promise 8). With Dry it takes no lock and makes nothing.
func Open(ctx context.Context, cfg Config) (*Ledger, error) {
	l := &Ledger{cfg: cfg, e: cfg.Engine, d: cfg.Engine.Dialect(), made: map[string]madeTable{}}
	l.names = names{schema: l.e.Schema(), slug: warehouse.Slug(cfg.Connection), dry: cfg.Dry || l.e.Schema() == "", temporary: l.d.Temporary}
	l.form = raw()
	if cfg.Digests {
		l.form = digests()
	}
	if !cfg.Dry {
		lease, err := l.e.Lock(ctx, l.e.Schema()+"/"+cfg.Connection)
		if err != nil {
			return nil, l.conflict(err)
		}
		l.lease = lease
		if err := EnsureShared(ctx, l.e); err != nil {
			l.lease.Release(context.WithoutCancel(ctx))
			return nil, err
		}
	}
	if err := l.readPast(ctx); err != nil {
		if l.lease != nil {
			l.lease.Release(context.WithoutCancel(ctx))
		}
		return nil, err
	}
	return l, nil
}

// conflict says of which connection another run is in progress.
func (l *Ledger) conflict(err error) error {
	if eddy.ErrorCode(err) != eddy.CodeConflict {
		return fmt.Errorf("lock connection %s: %w", l.cfg.Connection, err)
	}
	return &eddy.Error{
		Code: eddy.CodeConflict,
		What: fmt.Sprintf("connection %s: another run of it is in progress", l.cfg.Connection),
		Mend: "Wait for it to end, or stop it; two runs of one connection never overlap.",
	}
}

// Close releases the lock and closes the engine.
func (l *Ledger) Close() error {
	if l.lease != nil {
		l.lease.Release(context.Background())
		l.lease = nil
	}
	return l.e.Close()
}

// exec runs one of the ledger's statements.
func (l *Ledger) exec(ctx context.Context, step, sql string) (int64, error) {
	began := time.Now()
	n, err := l.e.Exec(ctx, l.comment(step)+sql)
	l.watch(step, began, n)
	return n, err
}

// query runs one of the ledger's queries.
func (l *Ledger) query(ctx context.Context, step, sql string, each func(row [][]byte) error) error {
	began, n := time.Now(), int64(0)
	err := l.e.Query(ctx, l.comment(step)+sql, func(row [][]byte) error {
		n++
		return each(row)
	})
	l.watch(step, began, n)
	return err
}

// one runs a query that gives one row.
func (l *Ledger) one(ctx context.Context, step, sql string, into func(row [][]byte)) error {
	return l.query(ctx, step, sql, func(row [][]byte) error {
		into(row)
		return nil
	})
}

func (l *Ledger) watch(step string, began time.Time, rows int64) {
	if l.cfg.Watch != nil {
		l.cfg.Watch(eddy.Statement{Step: step, Rows: rows, Seconds: time.Since(began).Seconds()})
	}
}

// drop drops tables, which may be gone already.
func (l *Ledger) drop(ctx context.Context, step string, kind string, tables ...string) error {
	if len(tables) == 0 {
		return nil
	}
	if !l.d.DropMany {
		var errs []error
		for _, t := range tables {
			_, err := l.exec(ctx, step, "DROP "+kind+" IF EXISTS "+t)
			if err == nil {
				delete(l.made, t)
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
	_, err := l.exec(ctx, step, "DROP "+kind+" IF EXISTS "+join(tables))
	if err == nil {
		for _, t := range tables {
			delete(l.made, t)
		}
	}
	return err
}

// ours refuses to go on with a run when its lock may be another's by now.
func (l *Ledger) ours() error {
	if l.lease == nil || l.lease.Err() == nil {
		return nil
	}
	return l.lost(l.lease.Err())
}

// lost is the error of a run that another one took for dead.
func (l *Ledger) lost(cause error) error {
	return &eddy.Error{
		Code: eddy.CodeConflict,
		What: fmt.Sprintf("connection %s: the lock of this run was lost, and another run may have begun since", l.cfg.Connection),
		Mend: "Look why the server ends sessions (idle_session_timeout, a pooler, a person); the next run settles what this one left.",
		Err:  cause,
	}
}
