package sync_test

import (
	"context"
	"slices"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// slow tells something while it is read.
type slow struct{ warehouse.Source }

func (s slow) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	warehouse.Warn(ctx, eddy.Warning{Reason: "it came slowly", Count: 1})
	return s.Source.Stage(ctx, into, table, sel, m)
}

// Whoever watches is told what was read, compared and sent, of how many; never more than
// there is, and all of it in the end.
func TestProgressAddsUp(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL), (4, 'd@x.com', NULL, NULL)")
		w.sync()
		w.exec("UPDATE customers SET email = 'bb@x.com' WHERE id = 2")
		w.exec("DELETE FROM customers WHERE id = 1")
		w.exec("INSERT INTO customers VALUES (5, 'e@x.com', NULL, NULL)")
		var all []sync.Progress
		run := w.sync(func(j *sync.Job) {
			j.Progress = func(p sync.Progress) { all = append(all, p) }
		})
		sent, known := int64(0), false
		for _, p := range all {
			if p.Sent < sent || p.Done > p.Total || p.ToSend > 0 && p.Sent > p.ToSend {
				t.Errorf("after %d: %+v", sent, p)
			}
			if known = known || p.ToSend > 0; p.Step == "stage" && known {
				t.Errorf("before anything is compared: %+v", p)
			}
			sent = p.Sent
		}
		last := all[len(all)-1]
		// One is added, one removed, and one is both: it was changed.
		if last.Rows != 4 || last.Compared != 4 || last.Sent != 4 || last.ToSend != 4 {
			t.Errorf("at the end: %+v, of %+v", last, run.Counts)
		}
	})
}

// What a warehouse has to tell while it is read is told by the plan and by the run.
func TestWhatAWarehouseTells(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL)")
		job := w.job()
		defer job.Source.Close()
		job.Source = slow{job.Source}
		plan, err := sync.Look(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		run, err := sync.Run(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		for what, told := range map[string][]eddy.Warning{"the plan": plan.Warnings, "the run": run.Warnings} {
			if !slices.ContainsFunc(told, func(w eddy.Warning) bool { return w.Reason == "it came slowly" }) {
				t.Errorf("%s says %v", what, told)
			}
		}
	})
}
