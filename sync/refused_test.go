package sync_test

import (
	"slices"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

// A run that left rows out is never green: not when it refuses them, not while they stay as
// they are and nothing is to be done, and not when it sends everything again. It is once they
// are gone or mended.
func TestRunsThatLeaveRowsOutAreNotGreen(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'nobody', NULL, NULL), (3, NULL, NULL, NULL)")
		if plan := w.look(); plan.Counts.Insert != 1 || len(plan.Samples) != 1 || plan.Samples[0].RecordID != "1" {
			t.Errorf("before the first run: %+v", plan)
		}
		for i, full := range []bool{false, false, true, false} {
			run := w.sync(func(j *sync.Job) { j.Full = full })
			if run.Status != eddy.CompletedWithErrors || run.Counts.Invalid != 2 || len(run.Errors) != 2 {
				t.Errorf("run %d: %s, %+v, %+v", i+1, run.Status, run.Counts, run.Errors)
			}
			if plan := w.look(); plan.Counts.Invalid != 2 || len(plan.Errors) != 2 || len(plan.Samples) != 0 {
				t.Errorf("plan %d: %+v", i+1, plan)
			}
		}
		w.exec("UPDATE customers SET email = 'b@x.com' WHERE id = 2", "DELETE FROM customers WHERE id = 3")
		if run := w.sync(); run.Status != eddy.Succeeded || len(run.Errors) != 0 {
			t.Errorf("mended: %s, %+v", run.Status, run.Errors)
		}
	})
}

// A value that is refused is counted with its reason by the plan and by the run that takes its
// row in, also where the others of the row are what the audience has already, so that nothing
// is sent. The row itself was not refused.
func TestRefusedValuesAreCounted(t *testing.T) {
	worlds(t, func(_ *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "phone_number", Column: "phone"}}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', '1.41556E10', NULL), (3, 'c@x.com', NULL, NULL)")
		const rounded, local = "phone_number: the number was rounded, as in 1.41556E10", "email: domain without a dot"
		w.tells(map[string]int64{rounded: 1}, 1)
		w.exec("UPDATE customers SET email = 'a@x.com,a@localhost' WHERE id = 1", "UPDATE customers SET phone = '1.41556E10' WHERE id = 3")
		w.tells(map[string]int64{rounded: 1, local: 1}, 0)
	})
}

// tells checks that the plan, and the run after it, count these reasons, that no row was left
// out, and how many requests went out.
func (w *world) tells(want map[string]int64, requests int64) {
	w.t.Helper()
	plan, run := w.look(), w.sync()
	if run.Status != eddy.Succeeded || run.Counts.Invalid != 0 || run.Counts.Requests != requests {
		w.t.Errorf("%s, %+v; want %d requests", run.Status, run.Counts, requests)
	}
	for who, errors := range map[string][]eddy.RunError{"plan": plan.Errors, "run": run.Errors} {
		for reason, n := range want {
			if !slices.ContainsFunc(errors, func(e eddy.RunError) bool { return e.Reason == reason && e.Count == n && len(e.SampleIDs) == int(n) }) {
				w.t.Errorf("the %s does not count %d x %s: %+v", who, n, reason, errors)
			}
		}
		if len(errors) != len(want) {
			w.t.Errorf("the %s says %+v, want %v", who, errors, want)
		}
	}
}
