package sync_test

import (
	"context"
	"errors"
	"fmt"
	gosync "sync"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sync"
)

// A server that ends the session which holds a run's lock, for being idle for example, lets
// another run begin beside it. The first one must not send by what it saw before, nor settle
// what the other one does (promise 8).
func TestRunThatLostItsLockLeavesTheAudienceToTheNextOne(t *testing.T) {
	for _, step := range []string{"compare", "seal", "settle"} {
		t.Run(step, func(t *testing.T) {
			w := newWorld(t, "postgres")
			w.conn.Settings.Guard.MaxRemovedPercent = 100
			w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
			w.sync()
			w.exec("UPDATE customers SET email = 'new@x.com' WHERE id = 1; DELETE FROM customers WHERE id = 2")
			job := w.job()
			atStep(step, func(context.CancelFunc) {
				w.exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
				w.exec("UPDATE customers SET email = 'newer@x.com' WHERE id = 1; INSERT INTO customers VALUES (2, 'B@x.com', NULL, NULL)")
				if run := w.sync(); run.Status != eddy.Succeeded {
					t.Errorf("the other run: %+v", run)
				}
				w.want("email=newer@x.com", "email=b@x.com", "email=c@x.com")
			})(&job, nil)
			run, err := sync.Run(t.Context(), job)
			_ = job.Source.Close()
			if eddy.ErrorCode(err) != eddy.CodeConflict || run.Status != eddy.StatusFailed {
				t.Errorf("the run that lost its lock: %v %+v", err, run)
			}
			if step != "settle" { // nobody would ever drop changes that are not on record
				w.exec("DO $$ BEGIN IF to_regclass('_eddy.changes_vip_" + run.RunID + "') IS NOT NULL THEN RAISE 'the changes are left'; END IF; END $$")
			}
			w.want("email=newer@x.com", "email=b@x.com", "email=c@x.com")
			if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Operations() != 0 {
				t.Errorf("the next run: %+v", run)
			}
		})
	}
}

// State that is moved while a run goes on at its old place is not taken over from under that
// run (promise 8).
func TestStateIsNotTakenOverFromARunInProgress(t *testing.T) {
	for _, local := range []bool{false, true} {
		t.Run(fmt.Sprintf("from local %v", local), func(t *testing.T) {
			w := newWorld(t, "postgres")
			w.local, w.moves = local, true
			w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
			w.sync()
			w.exec("DELETE FROM customers WHERE id = 1; INSERT INTO customers VALUES (4, 'd@x.com', NULL, NULL)")
			job := w.job()
			atStep("add", func(context.CancelFunc) {
				w.local = !local
				other := w.job()
				defer other.Source.Close()
				run, err := sync.Run(t.Context(), other)
				if eddy.ErrorCode(err) != eddy.CodeConflict || run.Counts.Requests > 0 {
					t.Errorf("a run beside another one: %v %+v", err, run)
				}
			})(&job, nil)
			run, err := sync.Run(t.Context(), job)
			_ = job.Source.Close()
			if err != nil || run.Status != eddy.Succeeded {
				t.Errorf("the run in progress: %v %+v", err, run)
			}
			w.exec("DELETE FROM customers WHERE id = 2")
			w.sync()
			w.want("email=c@x.com", "email=d@x.com")
		})
	}
}

// Connections that run for the first time in the same moment make the tables that they
// share, and do not trip over each other.
func TestFirstRunsAtOnce(t *testing.T) {
	w := newWorld(t, "postgres")
	const connections = 8
	errs := make([]error, connections)
	var wg gosync.WaitGroup
	for i := range connections {
		wg.Go(func() {
			job := w.job()
			defer job.Source.Close()
			e, err := job.State(t.Context())
			if err != nil {
				errs[i] = err
				return
			}
			l, err := ledger.Open(t.Context(), ledger.Config{Engine: e, Connection: fmt.Sprint("connection ", i), Fields: job.Destination.Fields()})
			if err != nil {
				errs[i] = errors.Join(err, e.Close())
				return
			}
			errs[i] = l.Close()
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
}
