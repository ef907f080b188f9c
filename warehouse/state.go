package warehouse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/eddy-retl/eddy"
)

// The states of a row of held.
const (
	stateHeld     = "held"     // the audience holds it; a record's only version in the audience
	stateDoubt    = "doubt"    // the audience may hold it (promise 7)
	stateLeft     = "left"     // held, no longer wanted, and upsert does not remove it
	stateInvalid  = "invalid"  // not held: these values cannot be sent; remembered so that they are not tried each run
	stateRejected = "rejected" // not held: the destination refused these values
)

// The operations of a snapshot beside those of the root package.
const (
	opInvalid = "invalid" // in the model, cannot be sent
	opExpired = "expired" // in the model, past its own expires_at
	opResting = "resting" // in the model, refused too often; waits until its row changes
	opForget  = "forget"  // not in the model and not held: what is remembered of it goes
)

// Config says whose state it is and where it lies.
type Config struct {
	// Session is where the state lies; State closes it.
	Session Session
	// Connection is the connection's name.
	Connection string
	// Fields are the destination's fields.
	Fields []eddy.Field
	// Digests says that held keeps digests instead of mapped values (state local).
	Digests bool
	// Key keys the fingerprints of rows; state local only.
	Key []byte
	// Dry reads held and writes only temporary tables: for plans.
	Dry bool
	// Anew lets held begin empty although the connection ran before: a person said so.
	Anew bool
}

// State is one connection's state and the set work on it, in one engine. A run calls
// its methods in the order of the flow; they are not safe for concurrent use, except
// Report beside Changes.
type State struct {
	Config
	s       Session
	side    Session
	d       *Dialect
	slug    string
	run     string
	release func(context.Context)
	// heldRows is the number of rows in held when the run compared.
	heldRows int64
	// madeHeld says that this run made held, so that nothing but Eddy knows it yet.
	madeHeld bool
	// states counts them by state; groups counts the snapshot's rows.
	states map[string]int64
	groups []group
	// lapsing and reasons count the versions of held that lapse soon, and that have a reason.
	lapsing, reasons int64
	// dryHeld is held as a plan reads it.
	dryHeld string
	// fresh says that the run compares with a temporary held, in which nobody is.
	fresh bool
	// inPlace says that the numbered stage holds the model, in so many rows.
	inPlace      bool
	numberedRows int64
	// preparedHeld are the settings that held's rows were prepared with, and delta says
	// that eddy_delta tells all that the snapshot changes; allNew, that every row is an insert.
	preparedHeld  map[int64]bool
	delta, allNew bool
	// counted says that groups tell of the snapshot as it stands.
	counted bool
	// goneDigest and gonePlain say of which kinds a field's values in eddy_removals are.
	goneDigest, gonePlain map[int]bool
	// indexed says that ranges of the snapshot can be read.
	indexed bool
	// pageLength is how long the texts of the page read last were: of the next one they will
	// be about as long.
	pageLength int
	// resting counts the records whose removal rests.
	resting int64
	// removals is the number of versions in eddy_removals.
	removals int64
	compared CompareOptions
	// counted are the invalid rows that never reach the snapshot.
	staged Staged
	// places is more than the place of any row in the stage.
	places int64
	// ranges of changes that were reported, by phase.
	ranges map[Phase]*ranges
	// missed says whether any change was reported as not delivered.
	missed atomic.Bool
	// unrecorded says that an outcome could not be put on record.
	unrecorded atomic.Bool
}

// Open readies the tables of a connection's state, making Eddy's schema where the
// role may, and takes the connection's lock: another run fails with CodeConflict
// (promise 8). With Dry it does neither.
func Open(ctx context.Context, cfg Config) (*State, error) {
	st := &State{
		Config: cfg, s: cfg.Session, d: cfg.Session.Dialect(), slug: Slug(cfg.Connection),
		ranges: map[Phase]*ranges{Removing: {}, Adding: {}},
	}
	if cfg.Dry {
		return st, st.ensureDry(ctx)
	}
	// The lock is held on the side session: a model's SQL runs on the other one, and
	// could call what releases locks.
	side, err := st.s.Side(ctx)
	if err != nil {
		return nil, err
	}
	st.side = side
	if err = st.lock(ctx); err == nil {
		err = st.ensure(ctx)
	}
	if err != nil {
		st.unlock(context.WithoutCancel(ctx))
		return nil, errors.Join(err, side.Close())
	}
	return st, nil
}

// Close releases the lock and both sessions.
func (st *State) Close() error {
	if st.release != nil {
		st.unlock(context.Background())
	}
	var err error
	if st.side != nil {
		err = st.side.Close()
	}
	if e := st.s.Close(); e != nil {
		err = e
	}
	return err
}

func (st *State) lock(ctx context.Context) error {
	l, ok := st.side.(Locker)
	if !ok {
		return nil
	}
	release, got, err := l.TryLock(ctx, st.s.Schema()+"/"+st.Connection)
	if err != nil {
		return fmt.Errorf("lock connection %s: %w", st.Connection, err)
	}
	if !got {
		return &eddy.Error{
			Code: eddy.CodeConflict,
			What: fmt.Sprintf("connection %s: another run of it is in progress", st.Connection),
			Mend: "Wait for it to end, or stop it; two runs of one connection never overlap.",
		}
	}
	st.release = release
	return nil
}

func (st *State) unlock(ctx context.Context) {
	if st.release != nil {
		st.release(ctx)
		st.release = nil
	}
}

// table qualifies one of Eddy's own tables.
func (st *State) table(name string) string { return st.s.Schema() + "." + Quote(name) }

func (st *State) held() string {
	if st.Dry {
		return st.dryHeld
	}
	if st.fresh {
		return "eddy_fresh"
	}
	return st.table("held_" + st.slug)
}

func (st *State) snapshot() string {
	if st.Dry {
		return "eddy_snapshot"
	}
	return st.table(st.snapshotName(st.run))
}

func (st *State) snapshotName(run string) string { return "snapshot_" + st.slug + "_" + run }

// identityFields are the fields that match people, with their place among Fields.
func (st *State) identityFields() []place {
	var out []place
	for i, f := range st.Fields {
		if f.Identity {
			out = append(out, place{i, f})
		}
	}
	return out
}

type place struct {
	i int
	eddy.Field
}

// list joins one piece of SQL for each field.
func (st *State) list(sep string, piece func(f eddy.Field) string) string {
	parts := make([]string, len(st.Fields))
	for i, f := range st.Fields {
		parts[i] = piece(f)
	}
	return strings.Join(parts, sep)
}

// columns lists the fields' columns, each with a prefix such as "h.".
func (st *State) columns(prefix string) string {
	return st.list(", ", func(f eddy.Field) string { return prefix + Quote(f.Name) })
}

// count runs a statement whose result is one number.
func (st *State) count(ctx context.Context, sql string) (int64, error) {
	var n int64
	err := st.s.Query(ctx, sql, func(row [][]byte) error {
		n = number(row[0])
		return nil
	})
	return n, err
}

func (st *State) exec(ctx context.Context, sql string, args ...any) error {
	_, err := st.s.Exec(ctx, sql, args...)
	return err
}

// execAll runs statements one after the other; the empty ones are left out.
func (st *State) execAll(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if sql == "" {
			continue
		}
		if err := st.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// inTx runs fn in one transaction of the main session.
func (st *State) inTx(ctx context.Context, fn func() error) error { return inTx(ctx, st.s, fn) }

func inTx(ctx context.Context, s Session, fn func() error) error {
	if _, err := s.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		// DuckDB carries out a COMMIT that is cancelled meanwhile, and says that it was cancelled.
		// Who takes that for not committed has forgotten what held says (promise 8).
		_, err = s.Exec(context.WithoutCancel(ctx), "COMMIT")
	}
	if err != nil {
		// A cancelled context must not leave the transaction open.
		_, _ = s.Exec(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return err
}

func number(b []byte) int64 {
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
