package sync_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// A clock that jumps forward and back confuses neither which run is the newest, nor which
// snapshots are old, nor who is in the audience (promises 1 and 8).
func TestClockThatJumpsKeepsRunsInOrder(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Settings.SnapshotsToRetain = 2
		w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
		w.conn.Mapping = append(w.conn.Mapping, eddy.FieldMapping{Field: "expires_at", Column: "expires"})
		start := w.now
		until := start.AddDate(0, 0, 100).Format("2006-01-02 15:04:05")
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, '" + until + "')")
		var ids, changed []string
		for i, jump := range []struct {
			to     time.Duration
			people []string
		}{
			{0, []string{"email=a@x.com", "email=b@x.com"}},
			{400 * 24 * time.Hour, []string{"email=a@x.com"}},
			{-30 * 24 * time.Hour, []string{"email=a@x.com", "email=b@x.com"}},
			{-30 * 24 * time.Hour, []string{"email=a@x.com", "email=b@x.com"}},
			{time.Second, []string{"email=a@x.com", "email=b@x.com"}},
			{-50 * 365 * 24 * time.Hour, []string{"email=a@x.com", "email=b@x.com"}},
			{time.Minute, []string{"email=a@x.com", "email=b@x.com"}},
		} {
			w.now = start.Add(jump.to)
			run := w.sync()
			if run.Status != eddy.Succeeded {
				t.Errorf("jump %d: %+v", i, run)
			}
			w.want(jump.people...)
			ids = append(ids, run.RunID)
			if run.Counts.Operations() > 0 {
				changed = append(changed, run.RunID)
			}
			newest := slices.Clone(changed[max(0, len(changed)-2):])
			if got := w.snapshots(); !slices.Equal(got, newest) {
				t.Errorf("jump %d: snapshots of %v, want %v", i, got, newest)
			}
		}
		if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
			t.Errorf("runs are not in order: %v", ids)
		}
		slices.Reverse(ids)
		if got := w.runs(); !slices.Equal(got, ids) {
			t.Errorf("runs are listed as %v, want %v", got, ids)
		}
	})
}

// inState opens the state for a question.
func (w *world) inState(ask func(warehouse.Engine) error) {
	w.t.Helper()
	job := w.job()
	defer job.Source.Close()
	s, err := job.State(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	if err := ask(s); err != nil {
		w.t.Fatal(err)
	}
}

// snapshots lists the runs after which the audience can be seen again, the oldest first.
func (w *world) snapshots() (runs []string) {
	w.t.Helper()
	w.inState(func(s warehouse.Engine) error {
		l, err := ledger.Open(context.Background(), ledger.Config{Engine: s, Connection: w.conn.Name, Fields: xaudience.Kind().Fields, Digests: w.local, Dry: true})
		if err != nil {
			return err
		}
		var views map[string]string
		runs, views = l.Pictures()
		for _, run := range runs {
			err = errors.Join(err, s.Query(context.Background(), "SELECT count(*) FROM "+views[run], func([][]byte) error { return nil }))
		}
		return err
	})
	return runs
}

// runs lists the runs on record, the newest first.
func (w *world) runs() (ids []string) {
	w.t.Helper()
	for _, r := range w.past() {
		ids = append(ids, r.RunID)
	}
	return ids
}

// past are the runs on record, the newest first.
func (w *world) past() (runs []eddy.Run) {
	w.t.Helper()
	w.inState(func(s warehouse.Engine) (err error) {
		runs, err = ledger.Runs(context.Background(), s, w.conn.Name, 100)
		return err
	})
	return runs
}

// What a run with a clock far ahead wrote down must not keep members from being renewed:
// X counts from when it was really sent (promise 9).
func TestRunWithAClockAheadLetsNobodyLapse(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL)")
		right := w.now
		w.now = right.AddDate(5, 0, 0)
		w.sync()
		w.now = right
		if run := w.sync(); run.Counts.Renew != 2 {
			t.Errorf("the first run with the right clock: %+v", run)
		}
		if run := w.sync(); run.Counts.Unchanged != 2 {
			t.Errorf("the second one: %+v", run)
		}
		for _, days := range []int{300, 66, 20, 8, 2, 30} {
			w.pass(days)
			w.sync()
			w.want("email=a@x.com", "email=b@x.com")
		}
	})
}

// A state that was moved is taken over once, also when its last run there had a clock
// ahead: what is stale must not be taken for the truth again (promise 1).
func TestStateThatMovedIsTakenOverOnceWhateverTheClock(t *testing.T) {
	w := newWorld(t, "postgres")
	w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
	w.conn.Settings.Guard.MaxRemovedPercent = 100
	w.moves = true
	right := w.now
	for i, ahead := range []time.Duration{1000 * time.Hour, 0, -time.Hour} {
		w.now = right.Add(ahead)
		w.sync()
		w.local = !w.local
		for j, email := range []string{"new", "newer"} {
			w.now = right.Add(time.Duration(j) * time.Second)
			w.exec("UPDATE customers SET email = '" + email + "' || '" + string(rune('a'+i)) + "@x.com' WHERE id = 2")
			if run := w.sync(); run.Status != eddy.Succeeded {
				t.Errorf("%+v", run)
			}
			w.want("email=a@x.com", "email="+email+string(rune('a'+i))+"@x.com", "email=c@x.com")
		}
		if run := w.sync(); run.Counts.Unchanged != 3 {
			t.Errorf("after move %d nothing changed: %+v", i+1, run)
		}
	}
}
