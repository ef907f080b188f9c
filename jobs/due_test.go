package jobs

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// daily is a schedule that runs at two o'clock.
func daily() map[string]any {
	return map[string]any{"schedule": map[string]any{"type": "basic", "every": "1d", "start_at": "02:00"}}
}

// planner is a server on whose schedules a test looks tick by tick: it works nothing.
func planner(w *world) *server { return w.server(func(c *Config) { c.Enqueue = true }) }

// end ends the run that a connection has, as a worker would.
func (w *world) end(connection string, status eddy.Status) {
	w.Helper()
	runs, err := w.st.Runs(w.Context(), store.RunFilter{Connection: connection, State: store.Queued})
	w.must(err)
	for _, r := range runs {
		_, err := w.st.Claim(w.Context(), r.RunID, "test")
		w.must(err)
		w.must(w.st.Finish(w.Context(), r.RunID, "test", eddy.Run{Status: status}, nil))
	}
}

// TestSchedules goes through days, tick by tick.
func TestSchedules(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip", daily())
		s := planner(w)
		const two = 2 * time.Hour
		// The day of the first run after the connection was made, whatever the time is now.
		day := time.Now().UTC().Add(-two).AddDate(0, 0, 1).Truncate(24 * time.Hour)
		at := func(days int, hour time.Duration) string { return day.AddDate(0, 0, days).Add(hour).Format("02 15:04") }
		tick := func(when time.Time, s *server, want ...string) {
			t.Helper()
			w.clock.set(when)
			w.must(calendar{s.Manager}.due(w.Context()))
			if diff := cmp.Diff(want, w.runs("vip")); diff != "" {
				t.Fatalf("at %s (-want +got)\n%s", when.Format("02 15:04"), diff)
			}
		}
		tick(day.Add(two-time.Second), s)
		first := "schedule queued " + at(0, two)
		tick(day.Add(two+time.Second), s, first)
		tick(day.Add(two+6*time.Second), s, first) // once
		tick(day.Add(two+7*time.Second), planner(w), first)

		// What is due while a run is under way is skipped and recorded, once.
		skipped := "schedule skipped " + at(1, two)
		tick(day.Add(26*time.Hour+time.Second), s, first, skipped)
		w.must(w.st.SetTick(w.Context(), "vip", day.Add(two))) // as if the server had died before it could
		tick(day.Add(26*time.Hour+6*time.Second), s, first, skipped)
		w.end("vip", eddy.Succeeded)
		first = "schedule succeeded " + at(0, two)
		tick(day.Add(27*time.Hour), s, first, skipped)

		// No server for three days: one run makes up for it.
		madeUp := "schedule queued " + at(4, two)
		tick(day.AddDate(0, 0, 4).Add(12*time.Hour), planner(w), first, skipped, madeUp)
		tick(day.AddDate(0, 0, 4).Add(13*time.Hour), s, first, skipped, madeUp)
		w.end("vip", eddy.Succeeded)
		madeUp = "schedule succeeded " + at(4, two)

		// What is paused stays paused, and makes up for nothing later.
		w.must(w.st.SetPaused(w.Context(), "vip", true, store.Actor{ID: "system"}))
		tick(day.AddDate(0, 0, 5).Add(two), s, first, skipped, madeUp)
		w.must(w.st.SetPaused(w.Context(), "vip", false, store.Actor{ID: "system"}))
		tick(day.AddDate(0, 0, 5).Add(3*time.Hour), s, first, skipped, madeUp)
		tick(day.AddDate(0, 0, 6).Add(two), s, first, skipped, madeUp, "schedule queued "+at(6, two))
	})
}

// TestEditedSchedules: a change of the schedule counts from when it was made.
func TestEditedSchedules(t *testing.T) {
	w := newWorld(t, "sqlite")
	audience := w.connect("vip", daily())
	edit := func(schedule map[string]any) {
		w.put(store.Connection, "vip", map[string]any{
			"source": "shop", "table": "customers", "destination": "x", "audience": map[string]any{"id": audience},
			"identifier": "id", "mapping": map[string]any{"email": "email"}, "schedule": schedule,
		}, nil)
	}
	s := planner(w)
	// The store's clock is the real one: the change is made now.
	now := time.Now().UTC()
	w.must(w.st.SetTick(w.Context(), "vip", now.Add(-50*time.Minute)))
	w.clock.set(now)
	w.must(calendar{s.Manager}.due(w.Context()))
	edit(map[string]any{"type": "basic", "every": "10m"})
	w.clock.set(now.Add(time.Second))
	w.must(calendar{s.Manager}.due(w.Context()))
	for _, run := range w.runs("vip") {
		// Only the old schedule may have been due, at two o'clock.
		if !slices.Contains([]string{"schedule queued " + now.Format("02") + " 02:00"}, run) {
			t.Errorf("a run that the new schedule never asked for: %s", run)
		}
	}
	w.end("vip", eddy.Succeeded)
	before := len(w.runs("vip"))
	w.clock.set(now.Add(11 * time.Minute))
	w.must(calendar{s.Manager}.due(w.Context()))
	if runs := w.runs("vip"); len(runs) != before+1 {
		t.Errorf("the new schedule does not run: %v", runs)
	}
	w.end("vip", eddy.Succeeded)
	edit(map[string]any{"type": "manual"})
	w.clock.set(now.Add(3 * time.Hour))
	w.must(calendar{s.Manager}.due(w.Context()))
	if runs := w.runs("vip"); len(runs) != before+1 {
		t.Errorf("a manual connection runs: %v", runs)
	}
}

// TestTickByItself: a started server ticks, and clears away what is old.
func TestTickByItself(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip", daily())
		old := planner(w)
		r, err := old.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		_, err = old.Runs().Cancel(w.Context(), r.RunID, store.Actor{})
		w.must(err)
		ticks := make(chan error, 100)
		w.clock.set(time.Now().Add(100 * 24 * time.Hour))
		w.start(func(c *Config) {
			c.Hooks.Ticked = func(_ time.Duration, err error) { ticks <- err }
		})
		for range 2 {
			w.must(<-ticks)
		}
		w.until("what is due has run, and what is old is gone", func() bool {
			runs, err := w.st.Runs(w.Context(), store.RunFilter{Connection: "vip"})
			w.must(err)
			return len(runs) == 1 && runs[0].Trigger == trigger && runs[0].State == store.RunState(eddy.Succeeded)
		})
	})
}

// TestSizes: the size of an audience is read now and then.
func TestSizes(t *testing.T) {
	w := newWorld(t, "sqlite")
	audience := w.connect("vip")
	s := planner(w)
	read := func(want int) {
		t.Helper()
		w.must((sizing{s.Manager}).sizes(w.Context(), sizesArgs{}))
		sizes, err := w.st.Sizes(w.Context(), "vip", time.Time{}, 0)
		w.must(err)
		if len(sizes) != want || sizes[0].AudienceID != audience || sizes[0].Targetable {
			t.Errorf("sizes %+v, want %d", sizes, want)
		}
	}
	read(1)
	read(1)
	w.clock.set(time.Now().Add(31 * time.Minute))
	read(2)
	z, err := s.AskSize(w.Context(), "vip")
	if w.must(err); z.AudienceID != audience {
		t.Errorf("got %+v", z)
	}
	read(2) // it was asked this very moment
	w.clock.set(time.Now().Add(31*time.Minute + 6*time.Second))
	_, err = s.AskSize(w.Context(), "vip")
	w.must(err)
	read(3)
	ended, cancel := context.WithCancel(w.Context())
	cancel()
	if err := (sizing{s.Manager}).sizes(ended, sizesArgs{}); err == nil {
		t.Error("it goes on after its end")
	}
}

// TestSizeRightAfterTheFirstRun: nobody waits half an hour for the id and the state.
func TestSizeRightAfterTheFirstRun(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip", map[string]any{"audience": map[string]any{"create": map[string]any{"name": "new"}}})
		s := w.start(func(c *Config) { c.Timing.Sizes = time.Hour })
		_, err := s.AskSize(w.Context(), "vip")
		if eddy.ErrorCode(err) != eddy.CodeConflict || !strings.Contains(err.Error(), "no audience yet") {
			t.Errorf("before there is an audience: %v", err)
		}
		run := w.run(s, "vip")
		w.until("the size is there", func() bool {
			sizes, err := w.st.Sizes(w.Context(), "vip", time.Time{}, 0)
			w.must(err)
			return len(sizes) == 1 && sizes[0].AudienceID == run.AudienceID && run.AudienceID != ""
		})
		if _, err := s.AskSize(w.Context(), "nobody"); err == nil {
			t.Error("a connection that is not there was asked for")
		}
	})
}
