package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	gosync "sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// Why an attempt is cut short.
var (
	errCancelled = errors.New("somebody cancelled the run")
	errStopping  = errors.New("the server stops")
	errLost      = errors.New("the run was taken back")
)

// attempt is one worker's try at a run.
type attempt struct {
	m      *Manager
	run    store.Run
	owner  string
	cancel context.CancelCauseFunc
	logger *slog.Logger
	wake   chan struct{}
	clock  phases

	mu   gosync.Mutex
	news *sync.Progress
}

// work makes the run that a job is for, unless somebody else does or it has ended.
func (m *Manager) work(ctx context.Context, args runArgs) error {
	run, err := m.store.Run(ctx, args.RunID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || run.State.Ended() {
		return err
	}
	home, err := m.store.Home(ctx, run.Connection)
	if err != nil {
		return err
	}
	if home != "" && home != m.cfg.ServerID {
		// Its state was found to lie elsewhere after the job was made.
		_, err := m.queue.Insert(ctx, args, &river.InsertOpts{Queue: queueLocal + home})
		return err
	}
	owner := m.cfg.Name + " " + rand.Text()
	run, err = m.store.Claim(ctx, args.RunID, owner)
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	a := &attempt{
		m: m, run: run, owner: owner, wake: make(chan struct{}, 1),
		logger: m.logger.With("run", run.RunID, "connection", run.Connection, "attempt", run.Attempt),
	}
	a.execute(ctx)
	return nil
}

// enter puts the attempt on the list of those at work; one that comes while the server
// stops is cut short at once.
func (a *attempt) enter() (leave func()) {
	a.m.mu.Lock()
	defer a.m.mu.Unlock()
	a.m.attempts[a.run.RunID] = a
	if a.m.stopping {
		a.cancel(errStopping)
	}
	return func() {
		a.m.mu.Lock()
		defer a.m.mu.Unlock()
		if a.m.attempts[a.run.RunID] == a {
			delete(a.m.attempts, a.run.RunID)
		}
	}
}

// execute makes the run and puts its end on record, or gives the run back.
func (a *attempt) execute(ctx context.Context) {
	ctx, a.cancel = context.WithCancelCause(ctx)
	defer a.cancel(nil)
	defer a.enter()()
	beats, stop := context.WithCancel(context.WithoutCancel(ctx))
	var beating gosync.WaitGroup
	beating.Go(func() { a.beat(beats) })
	defer beating.Wait()
	defer stop() // after the end is on record, so that the lease lasts until then

	work, end := ctx, func(eddy.Run, error) {}
	if begin := a.m.cfg.Hooks.Begin; begin != nil {
		work, end = begin(ctx, a.run)
	}
	a.logger.InfoContext(ctx, "run begins", "trigger", a.run.Trigger)
	run, err := a.recovering(work)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errLost):
		a.logger.WarnContext(ctx, "run stopped: its lease is over, and another worker may have it")
		run.Status = ""
	case errors.Is(cause, errStopping) && (run.Status == eddy.Cancelled || run.Status == eddy.StatusFailed):
		a.release(ctx)
		run.Status = ""
	default:
		run.Counts = a.together(ctx, run)
		a.finish(ctx, run, err)
	}
	end(run, err)
}

// together are the counts of all attempts at the run: what was delivered before the
// server stopped counts as well.
func (a *attempt) together(ctx context.Context, run eddy.Run) eddy.Counts {
	if a.run.Attempt < 2 || run.Status == eddy.NeedsApproval {
		return run.Counts
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	counts, err := a.counted(clean, run)
	if err != nil {
		a.logger.WarnContext(ctx, "what earlier attempts did cannot be counted", "error", err)
		return run.Counts
	}
	return counts
}

func (a *attempt) counted(ctx context.Context, last eddy.Run) (_ eddy.Counts, err error) {
	s, err := a.m.cfg.Catalog(ctx)
	if err != nil {
		return last.Counts, err
	}
	c, ok := s.Connections[a.run.Connection]
	if !ok {
		return last.Counts, nil
	}
	l := &setup.CountLook{Connection: c.Name, Runs: a.run.SyncRunIDs, Last: last}
	err = a.m.cfg.Work(ctx, s, l)
	return l.Found, err
}

// release gives the run back, for a server that stays to go on with.
func (a *attempt) release(ctx context.Context) {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.m.timing.Lease)
	defer cancel()
	if err := a.m.store.Release(clean, a.run.RunID, a.owner); err != nil {
		a.logger.WarnContext(ctx, "run not given back; its lease will end", "error", err)
		return
	}
	a.logger.InfoContext(ctx, "run given back: the server stops")
}

// recovering makes the run, and a report of a panic.
func (a *attempt) recovering(ctx context.Context) (run eddy.Run, err error) {
	began := time.Now().UTC()
	defer func() {
		if p := recover(); p != nil {
			// The value of a panic may hold anything (promise 10); the stack is code alone.
			a.logger.ErrorContext(ctx, "run panicked", "stack", string(debug.Stack()))
			err = &eddy.Error{Code: eddy.CodeInternal, What: "a fault of Eddy's own ended the run", Mend: "Please report it with the server's log."}
			run = a.report(began, eddy.StatusFailed, err)
		}
	}()
	switch {
	case a.run.CancelRequested:
		return a.report(began, eddy.Cancelled, errCancelled), errCancelled
	case a.run.Attempt > maxAttempts:
		err := &eddy.Error{
			Code: eddy.CodeInternal, What: fmt.Sprintf("given up after %d attempts: each time the worker died or its server stopped", maxAttempts),
			Mend: "The servers' logs and the memory of their machines may tell why. What was sent is not lost: the next run takes it up.",
		}
		return a.report(began, eddy.StatusFailed, err), err
	}
	run, err = a.sync(ctx)
	if run.Status == "" { // it failed before it was a run
		run = a.report(began, eddy.StatusFailed, err)
		if ctx.Err() != nil {
			run.Status = eddy.Cancelled
		}
	}
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) && (run.Status == eddy.Cancelled || run.Status == eddy.StatusFailed) {
		cut := err
		err = &eddy.Error{
			Code: eddy.CodeInternal, What: fmt.Sprintf("the run took longer than %s and was stopped", a.m.timing.Longest),
			Mend: "What was sent is settled, and the next run goes on from there. If the model is that large, run it on a machine of its own, or split it.",
		}
		// How the flow tells that its context ended says nothing beside this.
		rest := slices.DeleteFunc(run.Errors, func(e eddy.RunError) bool {
			return len(e.SampleIDs) == 0 && (e.Reason == "cancelled" || cut != nil && e.Reason == firstLine(cut.Error()))
		})
		run.Status, run.Errors = eddy.StatusFailed, append(a.report(began, eddy.StatusFailed, err).Errors, rest...)
	}
	return run, err
}

// report is that of a run which did not come to its flow.
func (a *attempt) report(began time.Time, status eddy.Status, err error) eddy.Run {
	reason, mend, _ := strings.Cut(err.Error(), "\n")
	end := time.Now().UTC()
	return eddy.Run{
		RunID: a.run.RunID, Connection: a.run.Connection, Status: status, Trigger: a.run.Trigger, StartedAt: began, FinishedAt: &end,
		Errors: []eddy.RunError{{Reason: reason, Count: 1, SampleIDs: []string{}, Mend: strings.TrimSpace(mend), About: eddy.AboutRun, Edit: eddy.EditOf(err)}},
	}
}

// sync makes the run. Where a dead worker still holds the warehouse's lock, it waits.
func (a *attempt) sync(ctx context.Context) (eddy.Run, error) {
	for until := time.Now().Add(a.m.timing.Locked); ; {
		run, err := a.once(ctx)
		if a.run.Attempt == 1 || eddy.ErrorCode(err) != eddy.CodeConflict || ctx.Err() != nil || time.Now().After(until) {
			return run, err
		}
		a.logger.InfoContext(ctx, "run waits: the worker before may still be at it")
		select {
		case <-ctx.Done():
			return run, err
		case <-time.After(a.m.timing.Pause):
		}
	}
}

// once makes the run once, as the configuration is now.
func (a *attempt) once(ctx context.Context) (eddy.Run, error) {
	s, err := a.m.cfg.Catalog(ctx)
	if err != nil {
		return eddy.Run{}, fmt.Errorf("read the configuration: %w", err)
	}
	if err := s.Usable("connection", a.run.Connection); err != nil {
		return eddy.Run{}, err
	}
	c, ok := s.Connections[a.run.Connection]
	if !ok {
		return eddy.Run{}, s.Unknown("connection", a.run.Connection, s.ConnectionNames)
	}
	if s.Local(c) {
		if err := a.m.store.SetHome(ctx, c.Name, a.m.cfg.ServerID); err != nil {
			return eddy.Run{}, err
		}
	}
	r := &setup.Run{
		Connection: c.Name, RunID: a.run.RunID, Trigger: a.run.Trigger, Owner: a.owner,
		Wish: sync.Wish{Full: a.run.Full, Approve: a.run.Approve, ApproveRun: a.run.ApproveRun, ApproveRemovals: a.run.ApproveRemovals},
	}
	err = a.m.cfg.Work(ctx, a.listening(ctx, s), r)
	if err == nil && !s.Local(c) && r.Report.Status != eddy.NeedsApproval {
		// Its state is in the warehouse now, where every server can reach it.
		if home, _ := a.m.store.Home(ctx, c.Name); home != "" {
			err = a.m.store.SetHome(ctx, c.Name, "")
		}
	}
	return r.Report, err
}

// listening is the configuration with an ear for how far the run is.
func (a *attempt) listening(ctx context.Context, s *setup.Setup) *setup.Setup {
	out := *s
	out.Hear = func(n setup.News) {
		if n.Progress != nil {
			a.hear(ctx, *n.Progress)
		}
		if s.Hear != nil {
			s.Hear(n)
		}
	}
	return &out
}

// finish puts the end on record, and tells alerts. A store that cannot be reached is
// tried again until the lease is lost; then the next attempt finds everything done.
func (a *attempt) finish(ctx context.Context, run eddy.Run, cause error) {
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer cancel()
	for {
		err := a.m.store.Finish(clean, a.run.RunID, a.owner, run, a.clock.seconds())
		if err == nil {
			break
		}
		if errors.Is(err, store.ErrConflict) || clean.Err() != nil {
			a.logger.WarnContext(ctx, "end of run not recorded: another worker has it", "error", err)
			return
		}
		select {
		case <-clean.Done():
		case <-time.After(a.m.timing.Progress):
		}
	}
	level := slog.LevelInfo
	if run.Status == eddy.StatusFailed {
		level = slog.LevelError
	}
	c := run.Counts
	attrs := []any{"status", run.Status, "rows", c.Rows, "delivered", c.Delivered, "rejected", c.Rejected, "failed", c.Failed, "requests", c.Requests}
	if cause != nil {
		attrs = append(attrs, "error", cause)
	}
	a.logger.Log(ctx, level, "run ended", attrs...)
	if err := (calendar{a.m}).starts(clean); err != nil { // which the next tick does as well
		a.logger.WarnContext(ctx, "what runs after it is started later", "error", err)
	}
	if err := (alerting{a.m}).runEnded(clean, a.run, run, cause); err != nil {
		a.logger.ErrorContext(ctx, "alerts not told", "error", err)
	}
	if err := (sizing{a.m}).firsts(clean, run); err != nil {
		a.logger.WarnContext(ctx, "the audience's size is asked for later", "error", err)
	}
}
