package sync

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// flow is one run, or one look at what a run would do.
type flow struct {
	job   Job
	clock func() time.Time
	now   time.Time
	run   eddy.Run

	st       *warehouse.State
	fields   []eddy.Field
	preparer destination.Preparer
	model    warehouse.Model
	prepared int64
	summary  warehouse.Summary
	removals int64
	problems *problems

	dry                   bool
	begun, ahead, settled bool
	progress              Progress
}

func newFlow(job Job) *flow {
	f := &flow{job: job, clock: job.Now, fields: job.Destination.Fields(), problems: newProblems()}
	if f.clock == nil {
		f.clock = time.Now
	}
	f.now = f.clock().UTC()
	f.run = eddy.Run{
		RunID: cmp.Or(job.RunID, newRunID(f.now, "")), Connection: job.Connection.Name, Status: eddy.Running, Trigger: job.Trigger,
		StartedAt: f.now, AudienceID: job.Connection.Audience.ID, Errors: []eddy.RunError{},
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

func (f *flow) tell(step string) {
	f.progress.Step = step
	if f.job.Progress != nil {
		f.job.Progress(f.progress)
	}
}

// open opens the state and works out what is mapped from where.
func (f *flow) open(ctx context.Context, dry bool) (err error) {
	f.dry = dry
	if !runIDs.MatchString(f.run.RunID) {
		return eddy.Errorf(eddy.CodeInternal, "%q cannot be the id of a run: it would not fit into the name of a table", f.run.RunID)
	}
	if f.preparer, err = f.job.Destination.Preparer(""); err != nil {
		return err
	}
	if f.model, err = f.resolve(ctx); err != nil {
		return err
	}
	session, err := f.job.State(ctx)
	if err != nil {
		return err
	}
	if fns, ok := session.(warehouse.Functions); ok && f.job.Digests {
		if err := register(fns, f.fields, f.preparer); err != nil {
			return err
		}
	}
	st, err := warehouse.Open(ctx, warehouse.Config{
		Session: session, Connection: f.job.Connection.Name, Fields: f.fields,
		Digests: f.job.Digests, Key: f.job.Key, Dry: dry, Anew: f.job.Approve,
	})
	if err != nil {
		_ = session.Close()
		return err
	}
	f.st = st
	return nil
}

func (f *flow) begin(ctx context.Context) (err error) {
	other, err := f.lookElsewhere(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, other.close()) }()
	ours, err := f.st.LastRun(ctx)
	if err != nil {
		return err
	}
	// A server's id is kept where it is newer than what ran before.
	if last := max(ours, other.last); f.job.RunID <= last {
		f.run.RunID = newRunID(f.now, last)
	}
	died, err := f.st.Begin(ctx, f.run, f.job.Owner, func(ctx context.Context) error {
		if other.last <= ours {
			return nil
		}
		return f.carry(ctx, other)
	})
	if err != nil {
		return err
	}
	f.begun = true
	if died != "" {
		f.note("run " + died + " died before it ended; what it left is settled now")
	}
	return nil
}

// note tells a person something beside the progress.
func (f *flow) note(text string) {
	f.progress.Note = text
	f.tell("begin")
	f.progress.Note = ""
}

// resolve finds the model's columns that the connection uses.
func (f *flow) resolve(ctx context.Context) (warehouse.Model, error) {
	c := f.job.Connection
	columns, err := f.job.Source.Columns(ctx, c.Model)
	if err != nil {
		return warehouse.Model{}, err
	}
	m := warehouse.Model{Model: c.Model, Settings: f.preparer.Settings()}
	id, err := pick(columns, c.Identifier, "identifier")
	if err != nil {
		return m, fmt.Errorf("connection %s: %w", c.Name, err)
	}
	m.Identifier = *id
	for _, fm := range c.Mapping {
		s := warehouse.Selected{As: fm.Field, Time: f.isTime(fm.Field)}
		if fm.Constant != nil {
			s.Constant = f.constant(fm)
		} else if s.Column, err = pick(columns, fm.Column, "mapping."+fm.Field); err != nil {
			return m, fmt.Errorf("connection %s: %w", c.Name, err)
		}
		m.Mapped = append(m.Mapped, s)
	}
	return m, nil
}

func (f *flow) isTime(field string) bool {
	for _, x := range f.fields {
		if x.Name == field {
			return !x.Identity
		}
	}
	return false
}

// constant is a constant's text; a time is written as the state writes times, so that
// SQL can compare it.
func (f *flow) constant(fm eddy.FieldMapping) string {
	if !f.isTime(fm.Field) {
		return *fm.Constant
	}
	for i, x := range f.fields {
		if x.Name == fm.Field {
			if text, ok := prepareField(f.preparer, len(f.fields), i, false, *fm.Constant, new(fieldPrepared)); ok {
				return text
			}
		}
	}
	return *fm.Constant
}

// stage reads the model (promise 3).
func (f *flow) stage(ctx context.Context) error {
	f.tell("stage")
	staged, err := f.st.Stage(ctx, f.job.Source, f.model)
	if err != nil {
		return err
	}
	var p fieldPrepared
	err = f.st.ReadTimes(ctx, f.model, func(field int, text string) (string, bool) {
		iso, some := prepareField(f.preparer, len(f.fields), field, false, text, &p)
		return iso, !some || !strings.HasPrefix(iso, warehouse.Dropped)
	})
	if err != nil {
		return err
	}
	f.run.Counts.Rows = staged.Rows
	f.progress.Rows = staged.Rows
	return nil
}

// compare makes the snapshot.
func (f *flow) compare(ctx context.Context) (err error) {
	f.tell("compare")
	mapped := make([]string, len(f.model.Mapped))
	for i, m := range f.model.Mapped {
		mapped[i] = m.As
	}
	if f.prepared, err = f.st.PreparedWith(ctx, f.preparer.Settings(), mapped...); err != nil {
		return err
	}
	s := f.job.Connection.Settings
	attempts := s.MaxAttempts
	if !s.RetryFailedRecords {
		attempts = 1
	}
	return f.st.Compare(ctx, warehouse.CompareOptions{
		Mode: f.job.Connection.SyncMode, Full: f.job.Full, Model: f.model, Prepared: f.prepared, Now: f.now,
		RenewBefore: f.now.AddDate(0, 0, s.RenewBeforeDays), Lapses: f.now.AddDate(0, defaultLifetimeMonths, 0), MaxAttempts: attempts,
	})
}

// guard says why the run must wait for a person, or nothing (promise 4).
func (f *flow) guard() string {
	g, s := f.job.Connection.Settings.Guard, f.summary
	if f.job.Connection.SyncMode == eddy.Upsert || s.Held == 0 || s.Leaving == 0 {
		return ""
	}
	if f.remaining() == 0 && !g.AllowEmpty {
		return fmt.Sprintf("the run would empty the audience: it would remove all %d held records", s.Leaving)
	}
	percent := 100 * float64(s.Leaving) / float64(s.Held)
	if percent > g.MaxRemovedPercent && (f.remaining() > 0 || !g.AllowEmpty) {
		return fmt.Sprintf("the run would remove %d of %d held records (%.1f %%, allowed are %g %%)", s.Leaving, s.Held, percent, g.MaxRemovedPercent)
	}
	return ""
}

// remaining counts the records that the audience would hold because of the model.
func (f *flow) remaining() (n int64) {
	for _, op := range []eddy.Operation{eddy.Insert, eddy.Update, eddy.Renew, eddy.Reassert, eddy.Unchanged} {
		n += f.summary.Operations[string(op)]
	}
	return n
}

// hold ends the run before its first request.
func (f *flow) hold(why string) {
	f.run.Status = eddy.NeedsApproval
	f.counts(f.summary.Operations)
	f.run.Errors = append(f.run.Errors, eddy.RunError{Reason: why, Count: f.summary.Leaving, SampleIDs: []string{}})
	f.run.Errors = append(f.run.Errors, f.summary.Invalid...)
}

// counts takes the operations of a snapshot into the run's counts.
func (f *flow) counts(ops map[string]int64) {
	c := &f.run.Counts
	c.Insert, c.Update, c.Renew, c.Reassert = ops["insert"], ops["update"], ops["renew"], ops["reassert"]
	c.Delete = 0
	if f.job.Connection.SyncMode != eddy.Upsert {
		c.Delete = ops["delete"]
	}
	c.Invalid = 0
	for _, e := range f.summary.Invalid {
		c.Invalid += e.Count
	}
	c.Unchanged = ops["unchanged"] + ops["expired"]
}
