package sync_test

import (
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
)

// pass lets days go by, for Eddy and for X.
func (w *world) pass(days int) {
	next := w.now.AddDate(0, 0, days)
	w.sandbox.Advance(next.Sub(w.now))
	w.now = next
}

// days is a moment some days from now, as SQL.
func (w *world) days(n int) string { return "'" + w.now.AddDate(0, 0, n).Format(time.DateTime) + "'" }

// X keeps one expiry for an identity, the one that was sent last. A record that shares an
// identity must not lose it when another one's time for it is up (promises 1 and 2).
func TestSharedIdentityOutlivesAnExpiryThatAnotherRecordBrought(t *testing.T) {
	for name, change := range map[string]string{
		"time passes":      "",
		"it gave it up":    "UPDATE customers SET email = 'z@x.com' WHERE id = 1",
		"it was removed":   "DELETE FROM customers WHERE id = 1",
		"it became nobody": "UPDATE customers SET email = 'nobody' WHERE id = 1",
	} {
		t.Run(name, func(t *testing.T) {
			worlds(t, func(_ *testing.T, w *world) {
				w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "expires"}}
				w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100}
				w.exec("INSERT INTO customers VALUES (2, 'a@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
				w.sync()
				w.exec("INSERT INTO customers VALUES (1, 'A@x.com', NULL, " + w.days(20) + ")")
				w.sync()
				if change != "" {
					w.exec(change)
					w.sync()
				}
				w.pass(30)
				w.sync()
				w.want("email=a@x.com", "email=c@x.com")
			})
		})
	}
}

func TestUpsertKeepsAnIdentityWhoseOtherRecordExpired(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.SyncMode = eddy.Upsert
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "expires"}}
		w.exec("INSERT INTO customers VALUES (2, 'a@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.exec("INSERT INTO customers VALUES (1, 'A@x.com', NULL, " + w.days(20) + ")")
		w.sync()
		w.pass(30)
		w.sync()
		w.want("email=a@x.com", "email=c@x.com")
		if run := w.sync(); run.Counts.Operations() != 0 {
			t.Errorf("what lapsed is seen to once: %+v", run.Counts)
		}
	})
}

// A time that cannot be honoured makes a row nobody, and who is held leaves with the run
// that reads it (promise 1).
func TestRowWhoseTimesBecameUnusableLeaves(t *testing.T) {
	for _, field := range []string{"effective_at", "expires_at"} {
		t.Run(field, func(t *testing.T) {
			worlds(t, func(_ *testing.T, w *world) {
				w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: field, Column: "phone"}}
				w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '2031-01-01', NULL), (2, 'b@x.com', NULL, NULL)")
				w.sync()
				w.exec("UPDATE customers SET phone = 'next year' WHERE id = 1")
				w.sync()
				w.want("email=b@x.com")
			})
		})
	}
}

// A time is a time also in a column of texts, where only Eddy can read it.
func TestRowThatExpiredBeforeItCameIsNotSent(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "phone"}}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '2020-01-01', NULL), (2, 'b@x.com', NULL, NULL)")
		if run := w.sync(); run.Counts.Insert != 1 {
			t.Errorf("%+v", run.Counts)
		}
		w.want("email=b@x.com")
	})
}
