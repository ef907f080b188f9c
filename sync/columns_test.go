package sync_test

import (
	"context"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

// TestChangedColumnsAreTold: what became of the model's columns since the last run is told
// before anything is sent, once, by a plan too; a mapped column that is gone stops the run
// with the likeliest successor.
func TestChangedColumnsAreTold(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL)")
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}}
		if run := w.sync(); len(run.Warnings) != 0 {
			t.Errorf("the first run warns: %+v", run.Warnings)
		}
		w.exec("ALTER TABLE customers DROP COLUMN phone", "ALTER TABLE customers ADD COLUMN tier integer", "ALTER TABLE customers ALTER COLUMN expires TYPE date")
		told := func(what string, warnings []eddy.Warning) {
			t.Helper()
			if len(warnings) != 1 || warnings[0].Count != 3 {
				t.Fatalf("%s: %+v", what, warnings)
			}
			for _, part := range []string{"new: tier (", "gone: phone (", "of another type: expires from "} {
				if !strings.Contains(warnings[0].Reason, part) {
					t.Errorf("%s does not say %q: %s", what, part, warnings[0].Reason)
				}
			}
		}
		plan, err := sync.Look(context.Background(), w.job())
		if err != nil {
			t.Fatal(err)
		}
		told("the plan", plan.Warnings)
		before := ""
		run := w.sync(func(j *sync.Job) {
			j.Progress = func(p sync.Progress) {
				if p.Note != "" && p.Requests == 0 {
					before = p.Note
				}
			}
		})
		told("the run", run.Warnings)
		if before != run.Warnings[0].Reason {
			t.Errorf("before anything is sent it is told %q", before)
		}
		if run := w.sync(); len(run.Warnings) != 0 {
			t.Errorf("it is told again: %+v", run.Warnings)
		}
		w.exec("ALTER TABLE customers RENAME COLUMN email TO email_address")
		job := w.job()
		defer job.Source.Close()
		_, err = sync.Run(context.Background(), job)
		if err == nil || !strings.Contains(err.Error(), `has no column "email"`) || !strings.Contains(err.Error(), `Did it become "email_address"?`) {
			t.Errorf("a mapped column is gone: %v", err)
		}
		w.want("email=a@x.com")
	})
}
