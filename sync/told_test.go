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
