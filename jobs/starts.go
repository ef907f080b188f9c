package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eddy-retl/eddy/store"
)

// starts begins the runs of what is to start because something happened. Each stays on record until
// its run is: any server finds what another has left behind.
func (m calendar) starts(ctx context.Context) error {
	starts, err := m.store.Starts(ctx)
	if err != nil || len(starts) == 0 {
		return err
	}
	// Read after the starts: each schedule is as it was when its start was noted, or newer.
	plans, err := m.current(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, s := range starts {
		i := slices.IndexFunc(plans, func(p plan) bool { return p.connection == s.Connection })
		if i < 0 {
			continue // it cannot be used as it is; a deleted one has no start
		}
		if err := m.start(ctx, plans[i], s); err != nil {
			errs = append(errs, fmt.Errorf("connection %s: %w", s.Connection, err))
		}
	}
	return errors.Join(errs...)
}

// Begin begins what is to start now, before the next tick would.
func (m *Manager) Begin(ctx context.Context) error { return calendar{m}.starts(ctx) }

// current are the schedules as they are now.
func (m calendar) current(ctx context.Context) ([]plan, error) {
	m.plans.mu.Lock()
	defer m.plans.mu.Unlock()
	err := m.readPlans(ctx)
	return m.plans.list, err
}

// start begins one run. What was paused or waits for something else by now is not wanted any more;
// what runs already runs once more when it has ended.
func (m calendar) start(ctx context.Context, p plan, s store.Start) error {
	if p.paused || !p.waitsFor(s.Trigger) {
		return m.store.DropStart(ctx, s)
	}
	n := store.NewRun{Connection: s.Connection, Trigger: s.Trigger, RequestedBy: trigger}
	insert, err := m.job(ctx, n)
	if err != nil {
		return err
	}
	_, err = m.store.EnqueueStart(ctx, n, insert)
	if _, busy := errors.AsType[*store.ActiveError](err); busy || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// waitsFor says whether the schedule asks for a run because of what happened.
func (p plan) waitsFor(trigger string) bool {
	return p.spec.Webhook != "" && store.WebhookTrigger(p.spec.Webhook) == trigger ||
		slices.ContainsFunc(p.spec.After, func(name string) bool { return store.AfterTrigger(name) == trigger })
}
