package sync

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	gosync "sync"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/where"
)

// flow is one run, or one look at what a run would do.
type flow struct {
	job   Job
	clock func() time.Time
	now   time.Time
	run   eddy.Run

	l        *ledger.Ledger
	fields   []eddy.Field
	prepare  preparers
	model    ledger.Model
	problems *problems
	work

	telling
	reached reached
	dry     bool
	// parted says that the other place of the ledger knows of parts of the connection.
	parted bool
}

// work is what the run found, and is to do.
type work struct {
	// changes are what the run is to do, and leaves what would leave.
	changes *ledger.Changes
	staged  *ledger.Staged
	leaves  leaving
	// listed are how many values each suppression list has; nil until all were read.
	listed map[string]int64
	// held says that the guard holds the run, but for who is on a list.
	held bool
}

// reached says how far a run has come: what is to be done if it ends there differs.
type reached int

const (
	// opened: nothing of it is on record.
	opened reached = iota
	// begun: what it made counts as nothing.
	begun
	// sealing: its changes are on record, or may be; the next run settles what this one does not.
	sealing
	// settled: what fails now changes no outcome.
	settled
)

// telling tells those who watch a run how far it is, and remembers its statements.
type telling struct {
	hear       func(Progress)
	progress   Progress
	mu         gosync.Mutex // statements are told by whoever reads and by whoever sends
	statements []eddy.Statement
	// used is what the run has used of the warehouse, and estimated what that said it would read
	// for the model; nil where it does not tell.
	used      warehouse.Meter
	estimated *int64
}

func (t *telling) tell(step string) {
	t.progress.Step = step
	if t.hear != nil {
		t.hear(t.progress)
	}
}

// note tells a person something beside the progress.
func (t *telling) note(text string) {
	t.progress.Note = text
	t.tell("begin")
	t.progress.Note = ""
}

// watch takes in a statement. Repeats, such as the thousand times that exceptions are put on
// record, are one.
func (t *telling) watch(s eddy.Statement) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.statements); n > 0 && t.statements[n-1].Step == s.Step {
		last := &t.statements[n-1]
		last.Rows, last.Seconds = last.Rows+s.Rows, last.Seconds+s.Seconds
		return
	}
	t.statements = append(t.statements, s)
}

func newFlow(job Job) *flow {
	f := &flow{job: job, clock: job.Now, fields: job.Destination.Fields(), problems: newProblems(), telling: telling{hear: job.Progress}}
	if f.clock == nil {
		f.clock = time.Now
	}
	f.now = f.clock().UTC()
	f.run = eddy.Run{
		RunID: cmp.Or(job.RunID, newRunID(f.now, "")), Connection: job.Connection.Name, Status: eddy.Running, Trigger: job.Trigger,
		StartedAt: f.now, AudienceID: job.Connection.Audience.ID, Errors: []eddy.RunError{}, Warnings: []eddy.Warning{},
	}
	return f
}

// runIDTime is how a run's id begins.
const runIDTime = "20060102150405"

// newRunID makes an id that sorts by time, behind the given one, and fits into a table
// name. What is newer must be told by ids also when the clock was set back, and when two
// runs begin in the same second: which snapshots are old, and which place's held is true.
func newRunID(now time.Time, after string) string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789"
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	if last, err := time.Parse(runIDTime, after[:min(len(runIDTime), len(after))]); err == nil && now.Before(last.Add(time.Second)) {
		now = last.Add(time.Second)
	}
	return now.UTC().Format(runIDTime) + string(b[:])
}

// runIDs are the ids that fit into the name of a snapshot's table.
var runIDs = regexp.MustCompile(`^[a-z0-9]{1,20}$`)

// open opens the ledger and works out what is mapped from where.
func (f *flow) open(ctx context.Context, dry bool) (err error) {
	if !runIDs.MatchString(f.run.RunID) {
		return eddy.Errorf(eddy.CodeInternal, "%q cannot be the id of a run: it would not fit into the name of a table", f.run.RunID)
	}
	now, err := f.job.Destination.Preparer("")
	if err != nil {
		return err
	}
	f.prepare = preparers{now: now, digests: f.job.Digests, fields: f.fields, made: map[int]destination.Preparer{}, mu: new(gosync.RWMutex), of: f.job.Destination.Preparer}
	if f.model, err = f.resolve(ctx); err != nil {
		return err
	}
	return f.openLedger(ctx, dry)
}

func (f *flow) openLedger(ctx context.Context, dry bool) error {
	engine, err := f.job.State(ctx)
	if err != nil {
		return err
	}
	if fns, ok := engine.(warehouse.Functions); ok && f.job.Digests {
		if err := f.register(fns); err != nil {
			return errors.Join(err, engine.Close())
		}
	}
	l, err := ledger.Open(ctx, ledger.Config{
		Engine: engine, Connection: f.job.Connection.Name, Fields: f.fields, Digests: f.job.Digests, Dry: dry, Anew: f.job.Approve,
		Watch: f.watch,
	})
	if err != nil {
		return errors.Join(err, engine.Close())
	}
	f.l, f.dry = l, dry
	return nil
}

func (f *flow) begin(ctx context.Context) (err error) {
	other, err := carrier{f}.lookElsewhere(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.close()) }()
	f.parted = parted(other.l, f.run.Connection)
	ours, _ := f.l.LastRun()
	// A server's run keeps its id, also when it is taken up again or another ran meanwhile: the
	// ledger tells attempts apart by ids of their own, which only grow.
	attempt := f.run.RunID
	if last := max(ours, other.last); f.job.RunID <= last {
		attempt = newRunID(f.now, last)
	}
	if f.job.RunID == "" {
		f.run.RunID = attempt
	}
	died, err := f.l.Begin(ctx, attempt, f.run, f.job.Owner, f.job.Connection.Settings.RetainSyncLogs, func(ctx context.Context) error {
		if other.last <= ours {
			return nil
		}
		return carrier{f}.carry(ctx, other)
	})
	if err != nil {
		return err
	}
	if !f.dry {
		f.reached = begun
	}
	if died != "" {
		f.note("run " + died + " died before it ended; what it left is settled now")
	}
	f.prepare.settings = f.l.Settings()
	f.watchColumns()
	return nil
}

// resolve finds the model's columns that the connection uses.
func (f *flow) resolve(ctx context.Context) (ledger.Model, error) {
	c := f.job.Connection
	model, columns, err := where.Describe(ctx, f.job.Source, c.Model)
	if err != nil {
		return ledger.Model{}, err
	}
	m := ledger.Model{Model: model, Columns: describe(columns), Settings: f.prepare.now.Settings(), Holdout: c.Holdout}
	id, err := pick(columns, c.Identifier, "identifier")
	if err != nil {
		return m, fmt.Errorf("connection %s: %w", c.Name, err)
	}
	m.Identifier = *id
	if c.Split != nil {
		if _, err := pick(columns, c.Split.Column, "split_by"); err != nil {
			return m, fmt.Errorf("connection %s: %w", c.Name, err)
		}
	}
	for _, fm := range c.Mapping {
		s := warehouse.Selected{As: fm.Field, Time: slices.ContainsFunc(f.fields, func(x eddy.Field) bool { return x.Name == fm.Field && !x.Identity })}
		if fm.Constant != nil {
			s.Constant = f.constant(fm)
		} else if s.Column, err = pick(columns, fm.Column, "mapping."+fm.Field); err != nil {
			return m, fmt.Errorf("connection %s: %w", c.Name, err)
		}
		m.Mapped = append(m.Mapped, s)
	}
	return m, nil
}

// constant is a constant's text; a time is written as the state writes times, so that
// SQL can compare it.
func (f *flow) constant(fm eddy.FieldMapping) string {
	for i, x := range f.fields {
		if x.Name == fm.Field && !x.Identity {
			if text, ok := prepareField(f.prepare.now, len(f.fields), i, false, *fm.Constant, new(fieldPrepared)); ok {
				return text
			}
		}
	}
	return *fm.Constant
}

// stage reads the model (promise 3).
func (f *flow) stage(ctx context.Context) (*ledger.Staged, error) {
	f.tell("stage")
	if err := (costing{f}).afford(ctx); err != nil {
		return nil, err
	}
	var p fieldPrepared
	watched := warehouse.WithReading(ctx, func(rows int64) {
		f.progress.Rows = rows
		f.tell("stage")
	})
	staged, err := f.l.Stage(watched, f.job.Source, f.model, func(field int, text string) (string, bool) {
		iso, some := prepareField(f.prepare.now, len(f.fields), field, false, text, &p)
		return iso, !some || !strings.HasPrefix(iso, ledger.Dropped) && !strings.HasPrefix(iso, ledger.LeftOut)
	})
	if err != nil {
		return nil, err
	}
	f.staged = staged
	f.run.Counts.Rows, f.run.Counts.HeldOut = staged.Rows, staged.HeldOut
	f.progress.Rows = staged.Rows
	return staged, nil
}

// compare makes the changes.
func (f *flow) compare(ctx context.Context, staged *ledger.Staged, feed ledger.Feed) (*ledger.Changes, error) {
	if err := (suppressing{f}).find(ctx, staged, feed); err != nil {
		return nil, err
	}
	f.tell("compare")
	s := f.job.Connection.Settings
	attempts := s.MaxAttempts
	if !s.RetryFailedRecords {
		attempts = 1
	}
	changes, err := staged.Compare(ctx, ledger.CompareOptions{
		Mode: f.job.Connection.SyncMode, Full: f.job.Full, Now: f.now, Feed: feed, MaxAttempts: attempts,
		RenewBefore: f.now.AddDate(0, 0, s.RenewBeforeDays), Lapses: f.job.Destination.Limits().Lapses(f.now),
	})
	if err != nil {
		return nil, err
	}
	f.changes = changes
	f.progress.Compared = staged.Records
	return changes, nil
}

// account fills the run's counts and errors from what the ledger tells of its changes, and
// from the rows that no run can use.
func (f *flow) account(lines []ledger.Line) {
	rows := f.run.Counts
	f.run.Counts = eddy.Counts{Rows: rows.Rows, LeftOut: rows.LeftOut, Requests: rows.Requests, Bytes: rows.Bytes}
	f.run.Errors = []eddy.RunError{}
	ledger.Tally(&f.run, lines)
	f.run.Counts.Unchanged += f.staged.Unchanged(lines)
	for _, x := range []struct {
		reason string
		rows   int64
		ids    []string
	}{{ledger.ReasonNullID, f.staged.NullIDs, nil}, {ledger.ReasonConflict, f.staged.ConflictRows, f.staged.ConflictIDs}} {
		if x.rows > 0 {
			f.run.Counts.Invalid += x.rows
			f.run.Errors = append(f.run.Errors, eddy.RunError{Reason: x.reason, Count: x.rows, SampleIDs: append([]string{}, x.ids...)})
		}
	}
	f.run.Errors = append(f.run.Errors, f.problems.list()...)
	ledger.SortErrors(f.run.Errors)
}
