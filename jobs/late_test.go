package jobs

import (
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/schedule"
	"github.com/eddy-retl/eddy/store"
)

// TestLate goes through a day whose run is due at two.
func TestLate(t *testing.T) {
	day := time.Date(2026, 8, 14, 0, 0, 0, 0, time.UTC)
	at := func(hour, minute int) time.Time {
		return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	made, err := schedule.New(eddy.Schedule{Type: eddy.Basic, Every: 24 * time.Hour, StartAt: "02:00"})
	if err != nil {
		t.Fatal(err)
	}
	daily := plan{connection: "vip", Plan: made, created: day.AddDate(0, 0, -9)}
	changed := func(change func(*plan)) plan {
		p := daily
		change(&p)
		return p
	}
	run := func(id string, state store.RunState, due, began, ended time.Time) *store.Run {
		r := &store.Run{Run: eddy.Run{RunID: id, StartedAt: began}, State: state, ScheduledFor: due}
		if !ended.IsZero() {
			r.FinishedAt = &ended
		}
		return r
	}
	var none time.Time
	yesterday := run("y", "succeeded", at(-22, 0), at(-22, 0), at(-21, 0))
	const length = 40 * time.Minute
	notBegun := "the run that was due 2026-08-14 02:00 UTC has not begun"
	for name, c := range map[string]struct {
		plan         plan
		last, active *store.Run
		length       time.Duration
		minutes      float64
		now          time.Time
		want         string
		since        time.Time
		asIs         bool
	}{
		"it has half an hour":            {plan: daily, last: yesterday, now: at(2, 29)},
		"after that it is late":          {plan: daily, last: yesterday, now: at(2, 30), want: notBegun, since: at(2, 30)},
		"also when none ever ran":        {plan: daily, now: at(2, 31), want: notBegun, since: at(2, 30)},
		"the rule's own minutes":         {plan: daily, last: yesterday, minutes: 90, now: at(3, 29)},
		"and after them":                 {plan: daily, last: yesterday, minutes: 90, now: at(3, 31), want: notBegun, since: at(3, 30)},
		"one that waits":                 {plan: daily, last: yesterday, active: run("q", store.Queued, at(2, 0), none, none), now: at(3, 0), want: notBegun + ": run q is queued", since: at(2, 30)},
		"one that began late has begun":  {plan: daily, last: yesterday, active: run("r", store.Running, at(2, 0), at(2, 40), none), now: at(2, 41)},
		"one that ended, however":        {plan: daily, last: run("f", "failed", at(2, 0), at(2, 0), at(2, 1)), now: at(9, 0)},
		"one by hand will do":            {plan: daily, last: run("m", "succeeded", none, at(2, 10), at(2, 20)), now: at(9, 0)},
		"one by hand before it will not": {plan: daily, last: run("m", "succeeded", none, at(1, 10), at(1, 20)), now: at(9, 0), want: notBegun, since: at(2, 30)},
		"one that was in its way ended":  {plan: daily, last: run("m", "succeeded", none, at(1, 50), at(2, 5)), now: at(9, 0)},
		"one that is in its way": {
			plan: daily, last: yesterday, active: run("m", store.Running, none, at(1, 50), none), now: at(2, 45), want: notBegun + ": run m is running", since: at(2, 30),
		},
		"at work as long as usual":      {plan: daily, last: yesterday, active: run("r", store.Running, at(2, 0), at(2, 1), none), length: length, now: at(3, 10)},
		"at work for longer than usual": {plan: daily, last: yesterday, active: run("r", store.Running, at(2, 0), at(2, 1), none), length: length, now: at(3, 11), want: "the run that was due 2026-08-14 02:00 UTC has not ended: it takes 40m0s as a rule", since: at(3, 10)},
		"nobody knows how long it takes": {
			plan: daily, last: yesterday, active: run("r", store.Running, at(2, 0), at(2, 1), none), now: at(9, 0),
		},
		"what is paused":         {plan: changed(func(p *plan) { p.paused = true }), last: yesterday, now: at(9, 0)},
		"what has no schedule":   {plan: changed(func(p *plan) { p.Plan = schedule.Plan{} }), last: yesterday, now: at(9, 0)},
		"what was made later":    {plan: changed(func(p *plan) { p.created = at(2, 1) }), now: at(9, 0)},
		"what was changed later": {plan: changed(func(p *plan) { p.updated = at(2, 1) }), last: yesterday, now: at(9, 0), asIs: true},
		"what began and was changed later": {
			plan: changed(func(p *plan) { p.updated = at(2, 50) }), last: yesterday, active: run("r", store.Running, at(2, 0), at(2, 40), none), now: at(9, 0),
		},
		"what was changed before": {plan: changed(func(p *plan) { p.updated = at(1, 59) }), last: yesterday, now: at(9, 0), want: notBegun, since: at(2, 30)},
	} {
		f := late(c.plan, store.ConnectionHealth{Connection: "vip", LastRun: c.last, Active: c.active}, c.length, store.Threshold{LateMinutes: c.minutes}, c.now)
		if f.asIs != c.asIs || f.on != (c.want != "") || f.detail != c.want || !f.since.Equal(c.since) || f.event != alert.RunLate || f.connection != "vip" {
			t.Errorf("%s: %+v, want %q since %s", name, f, c.want, c.since)
		}
	}
}

// TestALateRunIsToldOnce: the watch finds that nobody begins what is due, tells it once,
// and once when it has begun.
func TestALateRunIsToldOnce(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.size("vip", w.connect("vip", daily()), 100)
	heard := told(w, store.AlertRule{Events: []string{string(alert.RunLate)}, Threshold: store.Threshold{LateMinutes: 15}})
	ticked := make(chan error, 1)
	s := w.start(func(c *Config) {
		c.Timing.Tick = 24 * time.Hour
		c.Hooks.Ticked = func(_ time.Duration, err error) { ticked <- err }
	})
	w.must(<-ticked) // the rest of the ticks are the test's
	due := time.Now().UTC().Add(-2*time.Hour).AddDate(0, 0, 1).Truncate(24 * time.Hour).Add(2 * time.Hour)
	watch := func(at time.Time) {
		t.Helper()
		w.clock.set(at)
		w.must(alerting{s.Manager}.watch(w.Context()))
		w.must(alerting{s.Manager}.watch(w.Context())) // which finds the same and tells nothing
	}
	watch(due.Add(14 * time.Minute))
	watch(due.Add(16 * time.Minute))
	w.hears(heard, "vip run_late begins 1: the run that was due "+due.Format("2006-01-02 15:04 UTC")+" has not begun")
	w.must(calendar{s.Manager}.due(w.Context()))
	runs, err := w.st.Runs(w.Context(), store.RunFilter{Connection: "vip"})
	w.must(err)
	w.want(w.ended(runs[0].RunID), eddy.Succeeded, 1)
	watch(due.Add(18 * time.Minute))
	w.hears(heard, "vip run_late recovered 1: ")
	if len(heard) > 0 {
		t.Errorf("heard more: %s", <-heard)
	}
}

// TestALateRunIsStillLateAfterAChange: an alert that stands is not over because somebody edits the connection.
func TestALateRunIsStillLateAfterAChange(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.connect("vip", daily())
	told(w, store.AlertRule{Events: []string{string(alert.RunLate)}})
	rules, err := w.st.AlertRules(w.Context())
	w.must(err)
	m := alerting{w.server().Manager}
	now := w.clock.now()
	made, err := schedule.New(eddy.Schedule{Type: eddy.Basic, Every: time.Hour, StartAt: "00:00"})
	w.must(err)
	p := plan{connection: "vip", Plan: made, created: now.Add(-9 * time.Hour)}
	for i, c := range []struct {
		updated time.Time
		last    *store.Run
		open    bool
	}{
		{open: true}, {updated: now, open: true}, {updated: now, last: &store.Run{ScheduledFor: now}, open: false}, {updated: now, open: false},
	} {
		p.updated = c.updated
		w.must(m.fold(w.Context(), rules[0], late(p, store.ConnectionHealth{Connection: "vip", LastRun: c.last}, 0, store.Threshold{}, now)))
		s, err := w.st.AlertState(w.Context(), rules[0].ID, "vip", string(alert.RunLate))
		w.must(err)
		if s.Open != c.open || s.Told != c.open {
			t.Errorf("step %d: %+v, want open %v", i, s, c.open)
		}
	}
}
