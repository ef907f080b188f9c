package jobs

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// TestClocksThatJump: an hour on and back again, and an hour back and on again, each around
// the time when a run is due. It begins once, and so does the next day's.
func TestClocksThatJump(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip", daily())
		const two = 2 * time.Hour
		day := time.Now().UTC().Add(-two).AddDate(0, 0, 1).Truncate(24 * time.Hour)
		s := planner(w)
		var want []string
		// tick looks at the schedules at a time of a day; begins is whether a run is due there.
		tick := func(days int, hour time.Duration, begins bool) {
			t.Helper()
			w.clock.set(day.AddDate(0, 0, days).Add(hour))
			w.must(calendar{s.Manager}.due(w.Context()))
			if begins {
				w.end("vip", eddy.Succeeded)
				want = append(want, "schedule succeeded "+day.AddDate(0, 0, days).Add(two).Format("02 15:04"))
			}
			if diff := cmp.Diff(want, w.runs("vip")); diff != "" {
				t.Fatalf("day %d, %s (-want +got)\n%s", days, hour, diff)
			}
		}
		for _, restarted := range []bool{false, true} {
			first := len(want)
			tick(first, 90*time.Minute, false)
			tick(first, 150*time.Minute, true) // an hour on
			if restarted {
				s = planner(w)
			}
			tick(first, 91*time.Minute, false) // and back
			tick(first, two+time.Second, false)
			tick(first, 3*time.Hour, false)

			tick(first+1, two-time.Second, false)
			tick(first+1, two+10*time.Minute, true)
			tick(first+1, 70*time.Minute, false) // an hour back
			if restarted {
				s = planner(w)
			}
			tick(first+1, two+time.Second, false)
			tick(first+1, 3*time.Hour, false) // and on
		}
		tick(4, two+time.Second, true)
	})
}

// TestNoRoomNoRun: while the state folder takes nothing more no run begins, neither by
// schedule nor by hand, and what was due begins when there is room again.
func TestNoRoomNoRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	w.connect("vip", daily())
	full := &store.FullError{Dir: w.dir, Err: errors.New("no space left on device")}
	var room error = full
	s := w.server(func(c *Config) {
		c.Enqueue = true
		c.Room = func() error { return room }
	})
	two := time.Now().UTC().AddDate(0, 0, 1).Truncate(24 * time.Hour).Add(2 * time.Hour)
	w.clock.set(two.Add(time.Minute))
	if err := (calendar{s.Manager}).due(w.Context()); !errors.Is(err, full) {
		t.Errorf("by schedule: %v", err)
	}
	if _, err := s.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"}); !errors.Is(err, full) {
		t.Errorf("by hand: %v", err)
	}
	if runs := w.runs("vip"); len(runs) != 0 {
		t.Errorf("these began: %v", runs)
	}
	room = nil
	w.must(calendar{s.Manager}.due(w.Context()))
	if diff := cmp.Diff([]string{"schedule queued " + two.Format("02 15:04")}, w.runs("vip")); diff != "" {
		t.Error(diff)
	}
}
