package sync_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
)

// poisoned is how many rows a poison test has, and how many of them X refuses: a small
// number that shows the same, or all of them with EDDY_POISON=full.
func poisoned() (n, k int) {
	if os.Getenv("EDDY_POISON") == "full" {
		return 100_000, 100
	}
	return 20_000, 50
}

// poison makes the sandbox refuse the e-mails of k of the n rows, spread over all pages.
func (w *world) poison(n, k int, shape sandbox.Shape) (bad []string) {
	var list []string
	for i := range k {
		id := 1 + (i*n)/k + (i*7919)%(n/k)
		bad = append(bad, fmt.Sprint(id))
		list = append(list, "email:"+hexDigest(fmt.Sprintf("user%d@example.com", id)))
	}
	w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: list, Shape: shape})
	return bad
}

// A few records that X refuses among many cost a bounded number of requests; everybody
// else arrives, and the sync log says why they did not (promise 6).
func TestPoisonedRecordsHurtThemselvesAlone(t *testing.T) {
	n, k := poisoned()
	for _, v := range []struct {
		name  string
		shape sandbox.Shape
		// alone gives each row an expiry of its own, and so an operation of its own, which X
		// can name.
		alone bool
		limit int
	}{
		{name: "X names nothing", shape: sandbox.ShapeErrors, limit: int(2 * float64(k) * math.Log2(float64(n)/float64(k)))},
		{name: "X names operations", shape: sandbox.ShapeOperations, alone: true, limit: (n + 2499) / 2500},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "duckdb")
			expires := "NULL"
			if v.alone {
				expires = "timestamp '2098-01-01' + to_seconds(i)"
				w.conn.Mapping = append(w.conn.Mapping, eddy.FieldMapping{Field: "expires_at", Column: "expires"})
			}
			w.exec(fmt.Sprintf("INSERT INTO customers SELECT i, 'user' || i || '@example.com', NULL, %s FROM generate_series(1, %d) AS g(i)", expires, n))
			plain := w.look().Counts.Requests
			bad := w.poison(n, k, v.shape)
			run := w.sync()
			if c := run.Counts; run.Status != eddy.CompletedWithErrors || int(c.Rejected) != k || int(c.Delivered) != n-k || c.Failed != 0 {
				t.Errorf("%+v", run)
			}
			extra := int(run.Counts.Requests - plain)
			t.Logf("%d bad of %d: %d requests more than the %d without them, at most %d", k, n, extra, plain, v.limit)
			if extra > v.limit || extra < 1 {
				t.Errorf("%d requests more than the %d without bad records, want at most %d", extra, plain, v.limit)
			}
			if got := len(w.sandbox.Members(w.audience)); got != n-k {
				t.Errorf("%d members, want %d", got, n-k)
			}
			slices.Sort(bad)
			if got := w.refused(run.RunID); !slices.Equal(got, bad) {
				t.Errorf("the sync log has %v refused, want %v", got, bad)
			}
		})
	}
}

// look is what a run would do.
func (w *world) look() sync.Plan {
	w.t.Helper()
	job := w.job()
	defer job.Source.Close()
	p, err := sync.Look(context.Background(), job)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// logged reads a run's rows of the sync log that have the given status.
func (w *world) logged(run, status string) (out []eddy.LogEntry) {
	w.t.Helper()
	job := w.job()
	defer job.Source.Close()
	session, err := job.State(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	defer session.Close()
	err = ledger.Logs(context.Background(), session, w.conn.Name, ledger.LogFilter{Run: run, Status: status}, func(e eddy.LogEntry) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// refused lists the records that a run's sync log has as refused, each with X's reason.
func (w *world) refused(run string) (ids []string) {
	w.t.Helper()
	for _, e := range w.logged(run, "rejected") {
		if !strings.HasPrefix(e.ErrorReason, "X: ") {
			w.t.Errorf("record %s was refused because of %q", e.PrimaryKey, e.ErrorReason)
		}
		ids = append(ids, e.PrimaryKey)
	}
	slices.Sort(ids)
	return ids
}

// A record that X refuses again and again is sent in so many runs as the connection's
// settings say. Then it rests, and the run says so, until its row changes (promise 6).
func TestRefusedRecordsRestUntilTheirRowChanges(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'bad1@x.com', NULL, NULL)")
		var poison []string
		for i := range 3 {
			poison = append(poison, "email:"+hexDigest(fmt.Sprintf("bad%d@x.com", i+1)))
		}
		w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: poison})
		w.rests(t, "by default", 5)
		w.conn.Settings.MaxAttempts = 2
		w.exec("UPDATE customers SET email = 'bad2@x.com' WHERE id = 2")
		w.rests(t, "max_attempts: 2", 2)
		w.conn.Settings.RetryFailedRecords = false
		w.exec("UPDATE customers SET email = 'bad3@x.com' WHERE id = 2")
		w.rests(t, "retry_failed_records: false", 1)
		w.want("email=a@x.com")
		w.exec("UPDATE customers SET email = 'good@x.com' WHERE id = 2")
		if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Insert != 1 {
			t.Errorf("the row changed to a good one: %+v", run)
		}
		w.want("email=a@x.com", "email=good@x.com")
	})
}

// rests runs until the one bad record must rest, and once more.
func (w *world) rests(t *testing.T, name string, attempts int) {
	t.Helper()
	for i := range attempts {
		if run := w.sync(); run.Counts.Rejected != 1 || run.Counts.Invalid != 0 || run.Status != eddy.CompletedWithErrors {
			t.Errorf("%s, attempt %d of %d: %+v", name, i+1, attempts, run)
		}
	}
	for range 2 {
		run := w.sync()
		if c := run.Counts; c.Requests != 0 || c.Operations() != 0 || c.Invalid != 1 || run.Status != eddy.CompletedWithErrors {
			t.Errorf("%s: after %d attempts it should rest: %+v", name, attempts, run)
		}
		want := fmt.Sprintf("rests until its row changes (refusals: %d): X: ", attempts)
		if len(run.Errors) != 1 || run.Errors[0].Count != 1 || !strings.HasPrefix(run.Errors[0].Reason, want) {
			t.Errorf("%s: the run says %+v, want %q", name, run.Errors, want)
		}
		if log := w.logged(run.RunID, "invalid"); len(log) != 1 || log[0].PrimaryKey != "2" || !strings.HasPrefix(log[0].ErrorReason, want) {
			t.Errorf("%s: the sync log says %+v, want %q", name, log, want)
		}
	}
}

// A member whose renewal X refuses is not sent in every run for ever either. It is wanted,
// and stays for as long as X keeps it.
func TestRefusedRenewalsRest(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Settings.MaxAttempts = 3
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL)")
		w.sync()
		w.pass(370)
		w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: []string{"email:" + hexDigest("b@x.com")}})
		if run := w.sync(); run.Counts.Renew != 2 || run.Counts.Rejected != 1 || run.Counts.Delivered != 1 {
			t.Errorf("the renewal: %+v", run)
		}
		for range 2 {
			w.pass(1)
			if run := w.sync(); run.Counts.Rejected != 1 {
				t.Errorf("sent again: %+v", run)
			}
		}
		w.pass(1)
		if run := w.sync(); run.Counts.Requests != 0 || run.Counts.Invalid != 1 {
			t.Errorf("it should rest: %+v", run)
		}
		w.want("email=a@x.com", "email=b@x.com")
		w.pass(30)
		w.want("email=a@x.com")
		w.sandbox.ClearFaults()
		w.exec("DELETE FROM customers WHERE id = 2")
		if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Delete != 1 {
			t.Errorf("the row is gone: %+v", run)
		}
		w.want("email=a@x.com")
	})
}

// TestRefusedRemovalsRest: somebody whom X refuses to remove stays in the audience. The
// removal is sent in so many runs, then it rests, and each run says so instead of being
// green. It is tried again when the row comes back and changes, and by a full run.
func TestRefusedRemovalsRest(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Settings.MaxAttempts = 2
		w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: []string{"email:" + hexDigest("b@x.com"), "email:" + hexDigest("c@x.com")}})
		w.exec("DELETE FROM customers WHERE id = 2", "UPDATE customers SET email = 'c2@x.com' WHERE id = 3")
		w.restsRemoved(t, "gone and changed", 2, "2", "3")
		w.want("email=a@x.com", "email=b@x.com", "email=c@x.com", "email=c2@x.com")
		w.pass(370)
		if run := w.sync(); run.Counts.Renew != 2 || run.Counts.Delivered != 2 || run.Counts.Invalid != 2 {
			t.Errorf("a renewal beside what rests: %+v", run)
		}
		if run := w.sync(); run.Counts.Operations() != 0 || run.Counts.Invalid != 2 {
			t.Errorf("after the renewal: %+v", run)
		}
		w.exec("UPDATE customers SET email = 'c3@x.com' WHERE id = 3")
		if run := w.sync(); run.Counts.Update != 1 || run.Counts.Rejected != 1 {
			t.Errorf("the row changed: %+v", run)
		}
		if run := w.sync(func(j *sync.Job) { j.Full = true }); run.Counts.Rejected != 2 {
			t.Errorf("a full run: %+v", run)
		}
		w.sandbox.ClearFaults()
		if run := w.sync(func(j *sync.Job) { j.Full = true }); run.Status != eddy.Succeeded || run.Counts.Delete != 1 {
			t.Errorf("a full run that X takes: %+v", run)
		}
		w.want("email=a@x.com", "email=c3@x.com")
		if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Operations() != 0 {
			t.Errorf("the run after it: %+v", run)
		}
	})
}

// restsRemoved runs until the removals of these records must rest, and twice more.
func (w *world) restsRemoved(t *testing.T, name string, attempts int, records ...string) {
	t.Helper()
	n := int64(len(records))
	for i := range attempts {
		if run := w.sync(); run.Counts.Rejected != n || run.Counts.Invalid != 0 || run.Status != eddy.CompletedWithErrors {
			t.Errorf("%s, attempt %d of %d: %+v", name, i+1, attempts, run)
		}
	}
	for range 2 {
		run := w.sync()
		if c := run.Counts; c.Requests != 0 || c.Operations() != 0 || c.Invalid != n || run.Status != eddy.CompletedWithErrors {
			t.Errorf("%s: after %d attempts they should rest: %+v", name, attempts, run)
		}
		want := fmt.Sprintf("its removal rests until its row changes (refusals: %d): X: ", attempts)
		if len(run.Errors) != 1 || run.Errors[0].Count != n || !strings.HasPrefix(run.Errors[0].Reason, want) {
			t.Errorf("%s: the run says %+v, want %q", name, run.Errors, want)
		}
		var logged []string
		for _, e := range w.logged(run.RunID, "invalid") {
			if e.Operation == string(eddy.Delete) && strings.HasPrefix(e.ErrorReason, want) {
				logged = append(logged, e.PrimaryKey)
			}
		}
		if slices.Sort(logged); !slices.Equal(logged, records) {
			t.Errorf("%s: the sync log names %v, want %v", name, logged, records)
		}
	}
}
