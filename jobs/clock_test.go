package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
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

// TestAJumpTakesNoRunAway: a run at work stays with its worker, whatever the clock does meanwhile.
func TestAJumpTakesNoRunAway(t *testing.T) {
	worlds(t, func(w *world) {
		ticked := make(chan struct{}, 1000)
		s := w.start(func(c *Config) {
			c.Timing.Lease, c.Timing.Beat = 10*time.Second, 5*time.Second
			c.Hooks.Ticked = func(time.Duration, error) { ticked <- struct{}{} }
		})
		for name, by := range map[string]time.Duration{"on": time.Hour, "back": -time.Hour} {
			audience := w.connect(name)
			w.gate.close()
			r, err := s.Runs().Start(w.Context(), store.NewRun{Connection: name, Trigger: "manual"})
			w.must(err)
			w.arrives()
			w.jump(by)
			for len(ticked) > 0 {
				<-ticked
			}
			for range 3 {
				<-ticked
			}
			w.gate.open()
			w.want(w.ended(r.RunID), eddy.Succeeded, 1)
			w.holds(audience, 2)
		}
	})
}

// TestADeadWorkersRunIsTakenUp: also where the clock was set back an hour while nobody was
// there. The worker that died led the others.
func TestADeadWorkersRunIsTakenUp(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		w.gate.close()
		runs := make(chan context.Context, 10)
		dead := w.start(watched(runs), func(c *Config) { c.Timing.Lease = 4 * time.Second })
		r, err := dead.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		w.arrives()
		w.kill(dead)
		w.jump(-time.Hour)
		w.start(func(c *Config) { c.Timing.Lease = 4 * time.Second })
		go w.gate.dropAt(<-runs)
		w.arrives() // of the second attempt
		w.gate.open()
		run := w.ended(r.RunID)
		w.want(run, eddy.Succeeded, max(2, run.Attempt))
		w.holds(audience, 2)
	})
}

// TestWaitingRunsBegin: a run that waited when the clock was set back does not wait until it
// is as late again.
func TestWaitingRunsBegin(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		asks := w.server(func(c *Config) { c.Enqueue, c.ServerID = true, "" })
		r, err := asks.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		w.jump(-time.Hour)
		w.start()
		w.want(w.ended(r.RunID), eddy.Succeeded, 1)
		w.holds(audience, 2)
	})
}

// jump lets the clock jump: all times on record, Eddy's and River's, are as much later or
// earlier by it.
func (w *world) jump(by time.Duration) {
	w.Helper()
	db := w.open().DB()
	moves := w.moves(db, by)
	if len(moves) < 20 {
		w.Fatalf("%d columns hold times: these are not all", len(moves))
	}
	for _, move := range moves {
		_, err := db.ExecContext(w.Context(), move)
		w.must(err)
	}
}

// moves are the statements that move the times of each column.
func (w *world) moves(db *sql.DB, by time.Duration) (out []string) {
	w.Helper()
	columns := `SELECT table_name, column_name, data_type FROM information_schema.columns
		WHERE table_schema = current_schema() AND data_type IN ('bigint', 'timestamp with time zone')`
	if !w.st.IsPostgres() {
		columns = `SELECT t.name, c.name, lower(c.type) FROM sqlite_master t, pragma_table_info(t.name) c
			WHERE t.type = 'table' AND lower(c.type) IN ('bigint', 'timestamp')`
	}
	rows, err := db.QueryContext(w.Context(), columns)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var table, column, kind string
		w.must(rows.Scan(&table, &column, &kind))
		eddys := strings.HasPrefix(table, "eddy_")
		switch {
		case eddys && kind == "bigint":
			const year2001 = 1e15 // in microseconds: numbers below are no times
			out = append(out, fmt.Sprintf("UPDATE %s SET %s = %s - (%d) WHERE %s > %d", table, column, column, by.Microseconds(), column, int64(year2001)))
		case !eddys && kind == "timestamp":
			out = append(out, fmt.Sprintf("UPDATE %s SET %s = datetime(%s, 'subsec', '%d seconds') WHERE %s IS NOT NULL", table, column, column, -int(by.Seconds()), column))
		case !eddys && kind != "bigint":
			out = append(out, fmt.Sprintf("UPDATE %s SET %s = %s + interval '%d seconds' WHERE %s IS NOT NULL", table, column, column, -int(by.Seconds()), column))
		}
	}
	w.must(rows.Err())
	return out
}
