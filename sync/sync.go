// Package sync is the flow: it takes a connection's model, what its audience holds and
// a destination, and leads them to one another. [Run] reads like the picture in the
// root package: stage, compare, share, guard, seal, deliver, settle.
package sync

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// Job is what a run works with.
type Job struct {
	Connection eddy.Connection
	Source     warehouse.Source
	// Suppress are the lists of people who are in no audience.
	Suppress []List
	// State opens the engine where the connection's ledger lives.
	State func(ctx context.Context) (warehouse.Engine, error)
	// Elsewhere opens the other place where the ledger may live, or gives nil: when its
	// newest run is newer than this place's, what is held is taken over. May be nil.
	Elsewhere func(ctx context.Context) (warehouse.Engine, error)
	Local
	Destination destination.Destination
	// Account names the destination's account, to tell audiences of two accounts apart.
	Account string
	Apart
	Wish
	// RunID is the id that the run is to have, at most 20 small letters and digits; also one
	// that died, or was stopped, has it again. Empty makes one.
	RunID string
	// Trigger says who started the run, such as "manual".
	Trigger string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Progress hears how far the run is; nil hears nothing. Calls are not concurrent.
	Progress func(Progress)
	// gone says that the connection is a part of another, and that no row has its value any more.
	gone bool
}

// Apart keeps connections, and runs of one, out of each other's way.
type Apart struct {
	// Claim refuses an audience that another connection of the same state folder feeds,
	// and with take notes that this one feeds it; nil skips it.
	Claim func(connection, account, audience string, take bool) error
	// Alone keeps other runs from a connection that has several ledgers while it runs; nil skips it,
	// and then the lock of each ledger keeps runs apart.
	Alone func(ctx context.Context) (free func(), err error)
	// Owner names the process, for people who look for it.
	Owner string
}

// Local is what a job needs whose ledger is in the embedded engine.
type Local struct {
	// Digests says that the ledger keeps digests (state local); Key then keys its fingerprints.
	Digests bool
	Key     []byte
	// Scratch opens an engine in memory, into which lists are read then.
	Scratch func(ctx context.Context) (warehouse.Engine, error)
}

// Wish is what a person asks of one run: Full sends every row again, Approve lets a guarded
// run go on as far as a person was shown what it does.
type Wish struct {
	Full, Approve bool
	// ApproveRun names the run that showed it; empty is the newest that was held.
	ApproveRun string
	// ApproveRemovals, if not 0, is in its place how many identities, and people, may leave.
	ApproveRemovals int64
}

// Progress is how far a run is.
type Progress struct {
	// Step is the step that begins or goes on: begin, stage, suppress, compare, share, seal, remove,
	// add, settle, prune.
	Step string
	// Rows are the model's rows staged, Compared its records that were compared with what is held.
	Rows, Compared int64
	// Done of Total changes of the step are settled.
	Done, Total int64
	// Sent of ToSend changes of all steps are settled; ToSend is 0 until the run knows them.
	Sent, ToSend    int64
	Requests, Bytes int64
	// Audience is that of several that the run is at; empty where there is one.
	Audience string
	// Note is something a person should know, such as a recovered run; usually empty.
	Note string
}

// settleTimeout bounds the work that must be done even when the run is cancelled.
const settleTimeout = 10 * time.Minute

// Run executes a connection once. The run it returns is complete also when err is not
// nil; err says what stopped it. A guard that holds the run is not an error, nor is what
// fails once the run is settled: the audience is what the run says by then, and among the
// run's errors is one that says what is left to tidy.
func Run(ctx context.Context, job Job) (eddy.Run, error) {
	if job.split() {
		return runSplit(ctx, job)
	}
	f := newFlow(job)
	ctx = warehouse.WithMeter(ctx, &f.used)
	err := f.execute(ctx)
	f.conclude(ctx, err)
	if f.l == nil {
		return f.run, err
	}
	closed := f.l.Close()
	if closed != nil && err == nil && f.reached == settled {
		f.untidy("the ledger could not be closed", closed)
		closed = nil
	}
	return f.run, errors.Join(err, closed)
}

// execute is the flow. What a step makes is what the next one needs.
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
	// Whether that is too far is the destination's to say; so far it answers.
	if clock, _ := clockOf(f.job.Destination); clock.Err != nil {
		f.note(firstLine(clock.Err))
	}
	staged, err := f.stage(ctx)
	if err != nil {
		return err
	}
	if err := (counting{f}).refuse(ctx, ""); err != nil {
		return err
	}
	changes, err := f.compare(ctx, staged, audience.feed)
	if err != nil {
		return err
	}
	if !changes.Any() {
		return f.nothingToDo(ctx, staged, audience)
	}
	leaving := sharing{f}
	if err := leaving.find(ctx); err != nil {
		return err
	}
	if held, err := leaving.guard(ctx); err != nil {
		return err
	} else if held != "" {
		if err := leaving.hold(ctx, held); err != nil || len(f.leaves.listed) == 0 {
			return err
		}
		if err := leaving.optOuts(ctx); err != nil {
			return err
		}
	}
	sealed, err := audience.seal(ctx)
	if err != nil {
		return err
	}
	return f.deliverAndSettle(ctx, sealed)
}

// nothingToDo ends a run that has no changes: nothing is sent. An audience that is to be
// made is made all the same.
func (f *flow) nothingToDo(ctx context.Context, staged *ledger.Staged, audience *audience) error {
	if err := audience.take(ctx); err != nil {
		return err
	}
	if err := staged.HoldOut(ctx, f.now); err != nil {
		return err
	}
	f.account(nil)
	f.finish()
	f.run.Status = f.status(nil)
	if f.job.Connection.Settings.RetainSyncLogs {
		if err := staged.LogModel(ctx, f.now, *f.run.FinishedAt); err != nil {
			return err
		}
	}
	f.advise(f.run.Errors, nil)
	return nil
}

// deliverAndSettle sends what is to be sent. From the moment that the changes are sealed,
// outcomes are settled whatever happens; a run cut short settles what it knows.
func (f *flow) deliverAndSettle(ctx context.Context, sealed *ledger.Sealed) error {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	sent := f.deliver(ctx, clean, sealed)
	done, err := f.settle(clean, sealed, sent)
	if err != nil {
		return errors.Join(sent, err)
	}
	if sent != nil {
		return sent
	}
	f.tell("prune")
	s := f.job.Connection.Settings
	if err := done.Tidy(clean, ledger.Retention{Snapshots: s.SnapshotsToRetain}); err != nil {
		f.untidy("what no retained snapshot needs could not all be removed, which the next run does", err)
	}
	return nil
}

// untidy tells of what failed after the run was settled. It changes no outcome: nothing is
// to be delivered again.
func (f *flow) untidy(what string, err error) {
	_, mend, _ := strings.Cut(err.Error(), "\n")
	mend, _, _ = strings.Cut(strings.TrimSpace(mend), "\n")
	f.run.Errors = append(f.run.Errors, eddy.RunError{Reason: what + ": " + firstLine(err), Mend: mend, Count: 1, SampleIDs: []string{}})
}

// conclude gives the run its end, and puts that on record.
func (f *flow) conclude(ctx context.Context, err error) {
	if err != nil && f.reached != settled {
		f.run.Status = eddy.StatusFailed
		switch {
		case ctx.Err() != nil:
			f.run.Status = eddy.Cancelled
		case eddy.ErrorCode(err) == eddy.CodeApproval:
			f.run.Status = eddy.NeedsApproval
		}
		f.run.Errors = append([]eddy.RunError{{Reason: reasonOf(ctx, err), Count: 1, SampleIDs: []string{}}}, f.run.Errors...)
	}
	f.run.Warnings = append(f.run.Warnings, f.used.Warnings()...)
	if f.reached != settled {
		f.advise(f.run.Errors, err)
	}
	if f.run.FinishedAt == nil {
		f.finish()
	}
	f.run.Usage = f.used.Usage()
	if f.reached == opened || f.reached == sealing {
		return // the next run reads from the ledger what this one came to
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := f.end(clean, err == nil); err != nil && f.reached == settled {
		f.untidy("the run's end could not be put on record, which the next run does", err)
	}
}

// end drops what the run made and did not seal, and puts its end on record.
func (f *flow) end(ctx context.Context, well bool) error {
	var err error
	if f.changes != nil && f.reached == begun {
		err = f.changes.Abandon(ctx)
	}
	s := f.job.Connection.Settings
	if e := f.l.PruneLog(ctx, f.now, f.now.AddDate(0, 0, -s.SyncLogRetentionDays)); e != nil && well {
		f.untidy("old lines of the sync log could not be deleted, which the next run does", e)
	}
	f.run.Usage = f.used.Usage()
	if f.listed != nil {
		f.l.SetListed(f.listed, f.run.Status == eddy.Succeeded || f.run.Status == eddy.CompletedWithErrors)
	}
	return errors.Join(err, f.l.End(ctx, f.run, f.statements))
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
