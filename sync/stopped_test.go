package sync_test

import (
	"context"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// stopping is the local engine that a run is stopped at, in the middle of a statement. The
// engine carries it out, most often, and its driver says that it was cancelled.
type stopping struct {
	warehouse.Engine
	warehouse.Functions
	// at is which statement that is, counted down.
	at   int
	stop context.CancelFunc
}

func (s *stopping) Exec(ctx context.Context, sql string) (int64, error) {
	n, err := s.Engine.Exec(ctx, sql)
	if err != nil {
		return n, err
	}
	if s.at--; s.at == 0 {
		s.stop()
	}
	return n, ctx.Err()
}

// A statement that a run is stopped at was carried out, or was not, and neither may be taken
// for the other: who stands in held and was never sent would be lost (promise 8).
func TestRunStoppedInTheMiddleOfAStatementLosesNobody(t *testing.T) {
	for at, stopped := 1, true; stopped; at++ {
		w := newWorld(t, "postgres local")
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL)")
		w.sync()
		w.exec("UPDATE customers SET email = 'new@x.com' WHERE id = 1; INSERT INTO customers VALUES (3, 'c@x.com', NULL, NULL)")
		job := w.job()
		ctx, stop := context.WithCancel(t.Context())
		open := job.State
		job.State = func(ctx context.Context) (warehouse.Engine, error) {
			s, err := open(ctx)
			if err != nil {
				return nil, err
			}
			return &stopping{Engine: s, Functions: s.(warehouse.Functions), at: at, stop: stop}, nil
		}
		run, err := sync.Run(ctx, job)
		stopped = ctx.Err() != nil
		stop()
		_ = job.Source.Close()
		t.Logf("stopped at statement %d: %v, the run %s, %v", at, stopped, run.Status, err)
		if next := w.sync(); next.Status != eddy.Succeeded {
			t.Errorf("the next run: %+v", next)
		}
		w.want("email=new@x.com", "email=b@x.com", "email=c@x.com")
	}
}
