package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	gosync "sync"
	"time"

	"github.com/eddy-retl/eddy/store"
)

// ticks keeps the house until the context ends. Every server does, by its own monotonic
// clock: jobs of the queue that come by the clock of the wall, and from one server alone,
// stay away for an hour when it is set back by one.
func (m *Manager) ticks(ctx context.Context) {
	next := time.NewTicker(m.timing.Tick)
	defer next.Stop()
	for {
		call, done := context.WithTimeout(ctx, time.Minute)
		m.tick(call)
		done()
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
	}
}

// tick keeps the house once. Its steps do not hang together: one that fails leaves the
// others alone, and all may run at the same time on several servers without harm.
func (m *Manager) tick(ctx context.Context) {
	began := time.Now()
	var errs []error
	step := func(name string, do func(context.Context) error) {
		if err := m.surviving(ctx, do); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	step("give runs that nobody works to a worker", m.adopt)
	step("start what is due", calendar{m}.due)
	step("start what waited for something", calendar{m}.starts)
	if m.chores.begin(&m.chores.alerts, m.timing.Alerts) {
		step("look for alerts", alerting{m}.watch)
	}
	if m.chores.begin(&m.chores.prune, time.Hour) {
		step("clear away what is old", m.prune)
	}
	err := errors.Join(errs...)
	if errors.Is(ctx.Err(), context.Canceled) {
		return // the server stops
	}
	if err != nil { // the next tick tries again
		m.logger.ErrorContext(ctx, "tick", "error", err)
	}
	if hook := m.cfg.Hooks.Ticked; hook != nil {
		hook(time.Since(began), err)
	}
}

// surviving does a step, and makes an error of a panic.
func (m *Manager) surviving(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			// The value of a panic may hold anything (promise 10); the stack is code alone.
			m.logger.ErrorContext(ctx, "tick panicked", "stack", string(debug.Stack()))
			err = errors.New("a fault of Eddy's own")
		}
	}()
	return do(ctx)
}

// chores remembers when this server last did what is not for every tick.
type chores struct {
	mu            gosync.Mutex
	alerts, prune time.Time
}

// begin says whether a chore is due, and that it is begun.
func (c *chores) begin(last *time.Time, every time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(*last) >= every {
		*last = now
		return true
	}
	return false
}

// watch remembers of each run at work how often its worker had beaten when this server
// looked, and since when that is so.
type watch struct {
	mu   gosync.Mutex
	seen map[string]sight
}

type sight struct {
	beats int64
	since time.Time // with the monotonic clock, which never jumps
}

// silent chooses from the runs at work those whose worker this server saw silent for longer
// than a lease. began is when it began to read them.
func (w *watch) silent(running []store.Run, began time.Time, lease time.Duration) (out []store.Run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]sight{}
	for _, r := range running {
		s, ok := w.seen[r.RunID]
		if !ok || s.beats != r.Beats {
			s = sight{r.Beats, time.Now()}
		}
		seen[r.RunID] = s
		if began.Sub(s.since) > lease {
			out = append(out, r)
		}
	}
	w.seen = seen
	return out
}

// adopt takes runs back whose worker is silent, and gives a new job to each that waits
// without one, because it was taken or given back or its job died with a worker.
func (m *Manager) adopt(ctx context.Context) error {
	began := time.Now()
	running, err := m.store.Runs(ctx, store.RunFilter{State: store.Running})
	if err != nil {
		return err
	}
	for _, run := range m.watch.silent(running, began, m.timing.Lease) {
		err := m.store.TakeBack(ctx, run)
		if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
			continue // it has beaten, or another server was faster
		}
		if err != nil {
			return err
		}
		m.logger.WarnContext(ctx, "run taken back", "run", run.RunID, "connection", run.Connection, "attempts", run.Attempt, "owner", run.Owner)
	}
	queued, err := m.store.Runs(ctx, store.RunFilter{State: store.Queued})
	if err != nil || len(queued) == 0 {
		return err
	}
	waiting, err := m.queue.waiting(ctx)
	if err != nil {
		return err
	}
	for _, run := range queued {
		if waiting[run.RunID] {
			continue
		}
		if err := m.again(ctx, run); err != nil {
			return err
		}
	}
	return nil
}

// prune clears away what is old. River clears away its own jobs.
func (m *Manager) prune(ctx context.Context) error {
	now := m.now()
	_, runs := m.store.PruneRuns(ctx, now.Add(-m.timing.KeepRuns))
	_, sizes := m.store.PruneSizes(ctx, now.Add(-m.timing.KeepSizes))
	_, audit := m.store.PruneAudit(ctx, now.Add(-m.timing.KeepAudit))
	_, versions := m.store.PruneVersions(ctx, now.Add(-m.timing.KeepAudit))
	_, heard := m.store.PruneDeliveries(ctx, now.Add(-m.timing.KeepAudit))
	_, sessions := m.store.PruneSessions(ctx)
	return errors.Join(runs, sizes, audit, versions, heard, sessions)
}
