package sync_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
)

// Who shares an identity with a removed row is asserted again after the removal, in the next
// run if this one does not come to it (promise 2).
func TestSharedIdentityThatARunTookAwayComesBackWithTheNext(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'A@X.com ', '+14155550102', NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id = 1; UPDATE customers SET phone = '+14155550103' WHERE id = 2")
		w.sandbox.Fault(sandbox.Fault{On: "users", Skip: 1, Status: 500, Count: 100})
		job := w.job()
		defer job.Source.Close()
		if run, err := sync.Run(t.Context(), job); err != nil || run.Status != eddy.CompletedWithErrors || run.Counts.Failed != 1 {
			t.Errorf("%v %+v", err, run)
		}
		w.sandbox.ClearFaults()
		if run := w.sync(); run.Status != eddy.Succeeded {
			t.Errorf("the next run: %+v", run)
		}
		w.want("email=a@x.com", "phone_number=+14155550103", "email=c@x.com")
	})
}

// Who is kept without a row, and whom X once refused to take again, was in and stays in: when a
// neighbour leaves they are asserted again like anybody (promise 2).
func TestKeptRecordWhoseReassertionWasRefusedStaysWhenItsNeighbourLeaves(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.SyncMode = eddy.Upsert
		w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'a@x.com', '+14155550101', NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id = 2; UPDATE customers SET email = 'nobody', phone = NULL WHERE id = 1")
		w.sandbox.Fault(sandbox.Fault{On: "users", Status: 400})
		job := w.job()
		defer job.Source.Close()
		if run, err := sync.Run(t.Context(), job); err != nil || run.Counts.Reassert != 1 || run.Counts.Rejected == 0 {
			t.Errorf("refused: %v %+v", err, run)
		}
		w.sandbox.ClearFaults()
		if run := w.sync(); run.Counts.Delete != 1 || run.Counts.Reassert != 1 {
			t.Errorf("%+v", run.Counts)
		}
		w.want("email=a@x.com", "phone_number=+14155550101")
	})
}

// A model that has every row twice is a model with each of them once, and who stays is told
// from who leaves: with one number for both, X could lose whom the last one alone holds.
func TestNeighboursOfRowsThatComeTwiceAreAssertedAgain(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		const staying = 40
		w.exec(fmt.Sprintf("INSERT INTO customers SELECT i, 'a@x.com', '+1415555' || (1000 + i), NULL FROM generate_series(0, %d) AS s(i)", staying))
		w.sync()
		w.exec("DELETE FROM customers WHERE id = 0")
		w.conn.Model = eddy.Model{SQL: "SELECT * FROM customers UNION ALL SELECT * FROM customers"}
		if run := w.sync(); run.Counts.Delete != 1 || run.Counts.Reassert != staying {
			t.Errorf("%+v", run.Counts)
		}
	})
}

// times are forms of one moment that only Eddy can read.
func times(at time.Time) map[string]string {
	east := at.In(time.FixedZone("", 2*3600))
	return map[string]string{
		"offset": east.Format("2006-01-02T15:04:05-07:00"), "space": at.Format("2006-01-02 15:04:05+00"),
		"fraction": at.Format("2006-01-02T15:04:05.123Z"), "date": at.Format(time.DateOnly),
	}
}

// A time that stands in a column of texts passes like any other, and a record that shares
// an identity must not lapse with it (promises 1 and 2).
func TestSharedIdentityOutlivesAnExpiryThatWasAText(t *testing.T) {
	for form := range times(time.Now()) {
		t.Run(form, func(t *testing.T) {
			worlds(t, func(t *testing.T, w *world) {
				w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "phone"}}
				if w.place != "duckdb" {
					w.exec("ALTER TABLE customers ADD PRIMARY KEY (id)") // such a table is read in a way of its own
				}
				w.exec("INSERT INTO customers VALUES (2, 'a@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
				w.sync()
				w.exec("INSERT INTO customers VALUES (1, 'A@x.com', '" + times(w.now.AddDate(0, 0, 20))[form] + "', NULL)")
				w.sync()
				w.pass(30)
				w.sync()
				w.want("email=a@x.com", "email=c@x.com")
				if run := w.sync(); run.Counts.Operations() != 0 {
					t.Errorf("what lapsed is seen to once: %+v", run.Counts)
				}
			})
		})
	}
}

// Who leaves is not kept for the sake of a row whose time is over before it came.
func TestIdentityLeavesThoughARowThatExpiredCarriesIt(t *testing.T) {
	for form := range times(time.Now()) {
		t.Run(form, func(t *testing.T) {
			worlds(t, func(t *testing.T, w *world) {
				w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "phone"}}
				w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
				w.sync()
				w.exec("DELETE FROM customers WHERE id = 1; INSERT INTO customers VALUES (2, 'A@x.com', '" + times(w.now.AddDate(0, 0, -5))[form] + "', NULL)")
				if run := w.sync(); run.Status != eddy.Succeeded {
					t.Errorf("%+v", run)
				}
				w.want("email=c@x.com")
			})
		})
	}
}
