package jobs

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	gosync "sync"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/schedule"
	"github.com/eddy-retl/eddy/store"
)

// trigger is what runs that a schedule starts are called.
const trigger = "schedule"

// plan is a connection's schedule as it is now.
type plan struct {
	connection string
	schedule.Plan

	spec    eddy.Schedule
	paused  bool
	created time.Time
	updated time.Time
}

// plans are the schedules of all connections, and what this server knew of them before.
type plans struct {
	mu       gosync.Mutex
	known    bool
	revision int64
	list     []plan
	// seen is each schedule as the last tick on this server found it.
	seen map[string]plan
}

// calendar is the part of the work that begins runs when their time has come.
type calendar struct{ *Manager }

// due starts the runs that are due. A run is due once: also when several were missed
// while no server was up, and also when two ticks find it at the same time.
func (m calendar) due(ctx context.Context) error {
	m.plans.mu.Lock()
	defer m.plans.mu.Unlock()
	if err := m.readPlans(ctx); err != nil {
		return err
	}
	ticks, err := m.store.Ticks(ctx)
	if err != nil {
		return err
	}
	now := m.now()
	var errs []error
	for _, p := range m.plans.list {
		if err := m.dueOf(ctx, p, ticks[p.connection], now); err != nil {
			errs = append(errs, fmt.Errorf("connection %s: %w", p.connection, err))
			continue
		}
		m.plans.seen[p.connection] = p
	}
	return errors.Join(errs...)
}

// readPlans reads the schedules when something has changed.
func (m calendar) readPlans(ctx context.Context) error {
	revision, err := m.store.Revision(ctx)
	if err != nil || m.plans.known && revision == m.plans.revision {
		return err
	}
	objects, err := m.store.Objects(ctx, store.Connection, "", 0)
	if err != nil {
		return err
	}
	s, err := m.cfg.Catalog(ctx)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	var list []plan
	for _, o := range objects {
		c, ok := s.Connections[o.Name]
		if !ok {
			continue // it came between the two looks, and is there for the next
		}
		made, err := schedule.New(c.Schedule)
		if err != nil {
			return fmt.Errorf("connection %s: %w", o.Name, err)
		}
		list = append(list, plan{o.Name, made, c.Schedule, o.Paused, o.CreatedAt, o.UpdatedAt})
	}
	if m.plans.seen == nil {
		m.plans.seen = map[string]plan{}
	}
	m.plans.list, m.plans.revision, m.plans.known = list, revision, true
	return nil
}

// idle is how long a connection goes without a mark. A mark says that all that was due
// until then was seen to; with a fresh one, a schedule that is changed while nobody looks
// has little to make up for.
const idle = time.Hour

// dueOf starts a connection's run if it is due. handled is the time until which all was
// seen to.
func (m calendar) dueOf(ctx context.Context, p plan, handled, now time.Time) error {
	if handled.Before(p.created) {
		handled = p.created // before it was there, it missed nothing
	}
	before, known := m.plans.seen[p.connection]
	if changed := known && !reflect.DeepEqual(before.spec, p.spec); changed && p.updated.After(handled) {
		// What the old schedule asked for until the change is still due; the new one counts from there.
		if at, ok := before.Latest(handled, p.updated); ok {
			return m.begin(ctx, p, at)
		}
		handled = p.updated
		if err := m.store.SetTick(ctx, p.connection, handled); err != nil {
			return err
		}
	}
	at, ok := p.Latest(handled, now)
	if !ok {
		if now.Sub(handled) < idle {
			return nil
		}
		return m.store.SetTick(ctx, p.connection, now)
	}
	return m.begin(ctx, p, at)
}

// begin starts the run that was due at a time. What is paused stays paused, and makes up
// for nothing when it goes on.
func (m calendar) begin(ctx context.Context, p plan, at time.Time) error {
	if !p.paused {
		n := store.NewRun{
			Connection: p.connection, Trigger: trigger, RequestedBy: trigger, ScheduledFor: at,
			// Two ticks at the same time ask for the same run.
			IdempotencyKey: trigger + " " + at.UTC().Format(time.RFC3339),
		}
		_, err := m.enqueue(ctx, n)
		active, overlaps := errors.AsType[*store.ActiveError](err)
		switch {
		case overlaps:
			n.IdempotencyKey = "" // which is for the run that begins
			m.logger.InfoContext(ctx, "run skipped", "connection", n.Connection, "active", active.RunID)
			err = m.store.Skip(ctx, n, fmt.Sprintf("skipped: run %s was still %s", active.RunID, active.State))
		case errors.Is(err, store.ErrNotFound):
			return nil // it was deleted just now
		}
		if err != nil {
			return err
		}
	}
	return m.store.SetTick(ctx, p.connection, at)
}
