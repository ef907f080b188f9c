// Package sync is the flow: it takes a connection's model, what its audience holds and
// a destination, and leads them to one another. [Run] reads like the picture in the
// root package: stage, compare, share, guard, deliver, settle, prune.
package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// Job is what a run works with.
type Job struct {
	Connection eddy.Connection
	Source     warehouse.Source
	// State opens a session where the connection's state lies.
	State func(ctx context.Context) (warehouse.Session, error)
	// Elsewhere opens the other place where the state may lie, or gives nil: when its
	// newest run is newer than this place's, what is held is taken over. May be nil.
	Elsewhere func(ctx context.Context) (warehouse.Session, error)
	// Digests says that the state keeps digests (state local); Key then keys its fingerprints.
	Digests     bool
	Key         []byte
	Destination destination.Destination
	// Account names the destination's account, to tell audiences of two accounts apart.
	Account string
	// Claim refuses an audience that another connection of the same state folder feeds,
	// and with take notes that this one feeds it; nil skips it.
	Claim func(account, audience string, take bool) error
	// Full sends every row again; Approve lets a guarded run go on.
	Full, Approve bool
	// RunID is the id that the run is to have, at most 20 small letters and digits. Empty,
	// or older than the connection's last run, makes another: ids tell what is newer.
	RunID string
	// Trigger says who started the run, such as "manual".
	Trigger string
	// Owner names the process, for people who look for it.
	Owner string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Progress hears how far the run is; nil hears nothing. Calls are not concurrent.
	Progress func(Progress)
}

// Progress is how far a run is.
type Progress struct {
	// Step is the step that begins or goes on: begin, stage, compare, ahead, remove, add,
	// settle, prune.
	Step string
	// Rows are the model's rows staged.
	Rows int64
	// Done of Total changes of the step are settled.
	Done, Total     int64
	Requests, Bytes int64
	// Note is something a person should know, such as a recovered run; usually empty.
	Note string
}

// settleTimeout bounds the work that must be done even when the run is cancelled.
const settleTimeout = 10 * time.Minute

// defaultLifetime is how long X keeps a member that was given no expiry: 13 months
// (X Ads API documentation, Custom Audience Users).
const defaultLifetimeMonths = 13

// Run executes a connection once. The run it returns is complete also when err is not
// nil; err says what stopped it. A guard that holds the run is not an error, nor is what
// fails once the run is settled: the audience is what the run says by then, and among the
// run's errors is one that says what is left to tidy.
func Run(ctx context.Context, job Job) (eddy.Run, error) {
	f := newFlow(job)
	err := f.execute(ctx)
	f.conclude(ctx, err)
	if f.st == nil {
		return f.run, err
	}
	closed := f.st.Close()
	if closed != nil && err == nil && f.settled {
		f.untidy("the state could not be closed", closed)
		closed = nil
	}
	return f.run, errors.Join(err, closed)
}

// execute is the flow.
func (f *flow) execute(ctx context.Context) error {
	if err := f.open(ctx, false); err != nil {
		return err
	}
	if err := f.begin(ctx); err != nil {
		return err
	}
	audience, err := f.findAudience(ctx)
	if err != nil {
		return err
	}
	if err := f.stage(ctx); err != nil {
		return err
	}
	if err := f.compare(ctx); err != nil {
		return err
	}
	if err := f.share(ctx); err != nil {
		return err
	}
	if held := f.guard(); held != "" && !f.job.Approve {
		f.hold(held)
		return nil
	}
	if f.run.AudienceID, err = audience(ctx); err != nil {
		return err
	}
	return f.deliverAndSettle(ctx)
}

// deliverAndSettle sends what is to be sent. From the moment that held says what may be
// sent, outcomes are settled whatever happens; a run cut short settles what it knows.
func (f *flow) deliverAndSettle(ctx context.Context) error {
	f.tell("ahead")
	if err := f.st.Ahead(ctx); err != nil {
		return fmt.Errorf("write ahead: %w", err)
	}
	sent := f.deliver(ctx)
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := f.settle(clean, sent); err != nil {
		return errors.Join(sent, err)
	}
	if sent != nil {
		return sent
	}
	f.tell("prune")
	s := f.job.Connection.Settings
	if err := f.st.Prune(clean, s.SnapshotsToRetain, f.now.AddDate(0, 0, -s.SyncLogRetentionDays)); err != nil {
		f.untidy("old snapshots and log rows could not all be removed, which the next run does", err)
		// On record too, if that is possible; the run's end is there already.
		_ = f.st.End(clean, &f.run)
	}
	return nil
}

// untidy tells of what failed after the run was settled. It changes no outcome: nothing is
// to be delivered again.
func (f *flow) untidy(what string, err error) {
	f.run.Errors = append(f.run.Errors, eddy.RunError{Reason: what + ": " + firstLine(err), Count: 1, SampleIDs: []string{}})
}

// conclude gives the run its end, and puts it on record where Settle has not.
func (f *flow) conclude(ctx context.Context, err error) {
	if err != nil && !f.settled {
		f.run.Status = eddy.StatusFailed
		switch {
		case ctx.Err() != nil:
			f.run.Status = eddy.Cancelled
		case eddy.ErrorCode(err) == eddy.CodeApproval:
			f.run.Status = eddy.NeedsApproval
		}
		f.run.Errors = append([]eddy.RunError{{Reason: reasonOf(ctx, err), Count: 1, SampleIDs: []string{}}}, f.run.Errors...)
	}
	if f.settled {
		return
	}
	f.advise(f.run.Errors, err)
	f.finish()
	if f.begun && !f.ahead {
		clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		// The run failed already; if its end cannot be put on record, the next one recovers it.
		_ = f.st.End(clean, &f.run)
	}
}

func reasonOf(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return "cancelled"
	}
	return firstLine(err)
}

func (f *flow) finish() {
	at := f.clock().UTC()
	if at.Before(f.now) {
		at = f.now // the clock was set back meanwhile
	}
	f.run.FinishedAt = &at
}
