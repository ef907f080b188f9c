package jobs

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// defaultLate is how late a run may be where a rule does not say.
const defaultLate = 30 * time.Minute

// schedules are the plans of all connections by name, if a rule asks whether runs are late.
func (m alerting) schedules(ctx context.Context, rules []store.AlertRule) (map[string]plan, error) {
	out := map[string]plan{}
	if !asked(rules, alert.RunLate) {
		return out, nil
	}
	m.plans.mu.Lock()
	defer m.plans.mu.Unlock()
	if err := calendar(m).readPlans(ctx); err != nil {
		return nil, err
	}
	for _, p := range m.plans.list {
		out[p.connection] = p
	}
	return out, nil
}

// lateness says for each rule whether a scheduled run is late.
func (m alerting) lateness(ctx context.Context, rules []store.AlertRule, p plan, h store.ConnectionHealth) (func(store.Threshold) found, error) {
	var length time.Duration
	if a := h.Active; a != nil && !a.ScheduledFor.IsZero() && asked(rules, alert.RunLate) {
		runs, err := m.goodRuns(ctx, *a)
		if err != nil {
			return nil, err
		}
		if usually, ok := usualLength(runs); ok {
			length = usually
		}
	}
	return func(t store.Threshold) found { return late(p, h, length, t, m.now()) }, nil
}

// late says whether the run that was due last has not begun in time, or has not ended in
// time: length is how long it takes as a rule, 0 while nobody knows. A run that was skipped
// since one before it went on counts as that one. What is paused is not waited for, nor what
// was due before the connection was made or changed; but a change is no run: what was late
// before it is so until one begins or the next is due.
func late(p plan, h store.ConnectionHealth, length time.Duration, t store.Threshold, now time.Time) found {
	after := cmp.Or(time.Duration(t.LateMinutes*float64(time.Minute)), defaultLate)
	f := found{connection: h.Connection, event: alert.RunLate}
	if p.paused || p.Manual() {
		return f
	}
	a := h.Active
	if due, ok := p.Latest(p.created, now.Add(-after)); ok && !begun(h, due) {
		if !due.After(p.updated) {
			f.asIs = true
			return f
		}
		f.on, f.since, f.detail = true, due.Add(after), fmt.Sprintf("the run that was due %s has not begun", clockText(due))
		if a != nil {
			f.runID = a.RunID
			f.detail += fmt.Sprintf(": run %s is %s", a.RunID, a.State)
		}
		return f
	}
	if a == nil || a.State != store.Running || a.ScheduledFor.IsZero() || length == 0 {
		return f
	}
	if end := a.ScheduledFor.Add(length + after); now.After(end) {
		f.on, f.since, f.runID = true, end, a.RunID
		f.detail = fmt.Sprintf("the run that was due %s has not ended: it takes %s as a rule", clockText(a.ScheduledFor), length.Round(time.Second))
	}
	return f
}

// begun says that a run began, or was at work and ended, at or after a time that one was due.
func begun(h store.ConnectionHealth, due time.Time) bool {
	if a := h.Active; a != nil && a.State == store.Running && (!a.ScheduledFor.Before(due) || !a.StartedAt.Before(due)) {
		return true
	}
	last := h.LastRun
	return last != nil && (!last.ScheduledFor.Before(due) || !finished(*last).Before(due))
}

// clockText is a time as messages have it.
func clockText(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }
