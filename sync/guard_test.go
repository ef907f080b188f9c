package sync_test

import (
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

// Times in the past can be a mistake in the model like any other (promise 4). Members
// whose time was up anyway are gone already, and nobody is asked about them.
func TestGuardHoldsRowsThatAllSayThatTheyExpired(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "expires"}}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, " + w.days(20) + "), (2, 'b@x.com', NULL, " + w.days(40) + "), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.pass(30)
		if run := w.sync(); run.Status != eddy.Succeeded {
			t.Errorf("one lapsed by itself: %+v", run)
		}
		w.want("email=b@x.com", "email=c@x.com")
		w.exec("UPDATE customers SET expires = " + w.days(-5))
		if run := w.sync(); run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 {
			t.Errorf("all rows say that they expired: %+v", run)
		}
		w.want("email=b@x.com", "email=c@x.com")
		w.sync(func(j *sync.Job) { j.Approve = true })
		w.want()
	})
}

// However much a run may remove, to remove everybody is another question.
func TestGuardHoldsARunThatWouldEmptyTheAudience(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers")
		if run := w.sync(); run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 {
			t.Errorf("%+v", run)
		}
		w.want("email=a@x.com", "email=b@x.com")
		w.conn.Settings.Guard.AllowEmpty = true
		w.sync()
		w.want()
	})
}

// Rows can become nobody instead of going away, and a guard that counts only those that
// went away is none (promise 4).
func TestGuardCountsRowsThatBecameNobody(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		for _, change := range []string{"UPDATE customers SET email = 'n/a' WHERE id < 3", "UPDATE customers SET email = 'n/a'"} {
			w.exec(change)
			if run := w.sync(); run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 {
				t.Errorf("%s: %+v", change, run)
			}
			w.want("email=a@x.com", "email=b@x.com", "email=c@x.com")
		}
	})
}

// Rows that go away and take nobody with them are no runaway change.
func TestGuardLetsRepeatsOfOthersGo(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'A@x.com', NULL, NULL), (3, ' a@X.com', NULL, NULL), (4, 'b@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id < 3 OR id = 4; INSERT INTO customers VALUES (5, 'B@x.com', NULL, NULL)")
		if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Delete != 3 {
			t.Errorf("%+v", run)
		}
		w.want("email=a@x.com", "email=b@x.com")
	})
}
