package jobs

import (
	"context"
	"errors"
	"fmt"
	gosync "sync"
	"time"

	"github.com/eddy-retl/eddy/store"
)

// tick keeps the house. Its steps do not hang together: one that fails leaves the others
// alone, and all may run twice at the same time without harm.
func (m *Manager) tick(ctx context.Context, _ tickArgs) error {
	began := time.Now()
	var errs []error
	step := func(name string, do func(context.Context) error) {
		if err := do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	step("give runs that nobody works to a worker", m.adopt)
	step("start what is due", calendar{m}.due)
	if m.chores.begin(&m.chores.alerts, m.timing.Alerts) {
		step("look for alerts", alerting{m}.watch)
	}
	if m.chores.begin(&m.chores.prune, time.Hour) {
		step("clear away what is old", m.prune)
	}
	err := errors.Join(errs...)
	if err != nil {
		m.logger.ErrorContext(ctx, "tick", "error", err)
	}
	if hook := m.cfg.Hooks.Ticked; hook != nil {
		hook(time.Since(began), err)
	}
	// It was logged, and the next tick tries again.
	return nil
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

// adopt gives a new job to each run whose worker is silent, and to each that waits
// without a job, because its server gave it back or its job died with a worker.
func (m *Manager) adopt(ctx context.Context) error {
	orphans, err := m.store.Orphans(ctx, time.Time{})
	if err != nil {
		return err
	}
	queued, err := m.store.Runs(ctx, store.RunFilter{State: store.Queued})
	if err != nil {
		return err
	}
	if len(orphans)+len(queued) == 0 {
		return nil
	}
	waiting, err := m.waiting(ctx)
	if err != nil {
		return err
	}
	for _, run := range append(orphans, queued...) {
		if waiting[run.RunID] {
			continue
		}
		if err := m.again(ctx, run); err != nil {
			return err
		}
		if run.Attempt > 0 {
			m.logger.WarnContext(ctx, "run taken up again", "run", run.RunID, "connection", run.Connection, "attempts", run.Attempt, "owner", run.Owner)
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
	_, sessions := m.store.PruneSessions(ctx)
	return errors.Join(runs, sizes, audit, sessions)
}
