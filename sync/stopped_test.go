package sync_test

import (
	"context"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// stopping is a session of the local engine that a run is stopped at, in the middle of a
// COMMIT. DuckDB carries such a COMMIT out, most often, and its driver says that it was
// cancelled.
type stopping struct {
	warehouse.Session
	warehouse.Functions
	// at is which COMMIT that is, counted down.
	at   int
	stop context.CancelFunc
}

func (s *stopping) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	n, err := s.Session.Exec(ctx, sql, args...)
	if sql != "COMMIT" || err != nil {
		return n, err
	}
	if s.at--; s.at == 0 {
		s.stop()
	}
	return n, ctx.Err()
}

// A run that is stopped while it commits has committed, or has not, and must not take the
// one for the other: who stands in held and was never sent would be lost (promise 8).
func TestRunStoppedInTheMiddleOfACommitLosesNobody(t *testing.T) {
	for at, stopped := 1, true; stopped; at++ {
		w := newWorld(t, "postgres local")
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL)")
		w.sync()
		w.exec("UPDATE customers SET email = 'new@x.com' WHERE id = 1; INSERT INTO customers VALUES (3, 'c@x.com', NULL, NULL)")
		job := w.job()
		ctx, stop := context.WithCancel(t.Context())
		open := job.State
		job.State = func(ctx context.Context) (warehouse.Session, error) {
			s, err := open(ctx)
			if err != nil {
				return nil, err
			}
			return &stopping{Session: s, Functions: s.(warehouse.Functions), at: at, stop: stop}, nil
		}
		run, err := sync.Run(ctx, job)
		stopped = ctx.Err() != nil
		stop()
		_ = job.Source.Close()
		t.Logf("stopped at COMMIT %d: %v, the run %s, %v", at, stopped, run.Status, err)
		if next := w.sync(); next.Status != eddy.Succeeded {
			t.Errorf("the next run: %+v", next)
		}
		w.want("email=new@x.com", "email=b@x.com", "email=c@x.com")
	}
}
