package sync_test

import (
	"context"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// telling is a warehouse that says how much it would read: so many bytes for each column.
type telling struct {
	warehouse.Source

	bytes  int64
	staged bool
}

func (s *telling) Estimate(_ context.Context, _ eddy.Model, sel []warehouse.Selected) (int64, error) {
	return s.bytes * int64(len(sel)), nil
}

func (s *telling) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	s.staged = true
	return s.Source.Stage(ctx, into, table, sel, m)
}

// With max_bytes a run for which the warehouse would read more is refused before it reads anything;
// a plan tells how much it would read.
func TestRunIsRefusedThatWouldReadTooMuch(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL)")
		w.conn.Settings.MaxBytes = 3000 // an id and two identities
		job := w.job()
		defer job.Source.Close()
		source := &telling{Source: job.Source, bytes: 1000}
		job.Source = source
		plan, err := sync.Look(t.Context(), job)
		if err != nil || plan.EstimatedBytes == nil || *plan.EstimatedBytes != 3000 {
			t.Errorf("the plan: %v %v", plan.EstimatedBytes, err)
		}
		if _, err := sync.Run(t.Context(), job); err != nil {
			t.Errorf("what is allowed: %v", err)
		}
		w.exec("INSERT INTO customers VALUES (2, 'b@x.com', NULL, NULL)")
		source.bytes, source.staged = 1001, false
		run, err := sync.Run(t.Context(), job)
		if eddy.ErrorCode(err) != eddy.CodeSource || run.Status != eddy.StatusFailed || !strings.Contains(err.Error(), "would read 3,003 bytes for the model; max_bytes is 3,000\n") || source.staged {
			t.Errorf("too much: %v %+v, read: %v", err, run, source.staged)
		}
		w.want("email=a@x.com", "phone_number=+14155550101")
		job.Source = source.Source
		if _, err := sync.Run(t.Context(), job); eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), "Leave max_bytes out") {
			t.Errorf("a warehouse that cannot tell: %v", err)
		}
	})
}
