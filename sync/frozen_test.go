package sync_test

import (
	"slices"
	"testing"

	"github.com/eddy-retl/eddy"
)

// A record whose rows contradict each other is left as it is, and that is: a member
// (promise 9), also in upsert, whose snapshots are made of the model's rows only.
func TestFrozenRecordDoesNotLapse(t *testing.T) {
	for _, mode := range []eddy.SyncMode{eddy.Mirror, eddy.Upsert} {
		t.Run(string(mode), func(t *testing.T) {
			worlds(t, func(_ *testing.T, w *world) {
				w.conn.SyncMode = mode
				w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (3, 'c@x.com', NULL, NULL)")
				w.sync()
				w.exec("INSERT INTO customers VALUES (1, 'b@x.com', NULL, NULL)")
				for range 5 {
					w.pass(190)
					w.sync()
					w.want("email=a@x.com", "phone_number=+14155550101", "email=c@x.com")
				}
			})
		})
	}
}

// In upsert too, a record shares an identity with one whose own time is up, at which X
// drops it; that rows contradict each other must not keep it from being sent again.
func TestFrozenRecordOfUpsertOutlivesAnExpiryThatAnotherRecordBrought(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.SyncMode = eddy.Upsert
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "expires"}}
		w.exec("INSERT INTO customers VALUES (2, 'a@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL), (4, 'd@x.com', NULL, " + w.days(20) + ")")
		w.sync()
		w.exec("INSERT INTO customers VALUES (1, 'A@x.com', NULL, " + w.days(20) + "), (2, 'b@x.com', NULL, NULL), (4, 'e@x.com', NULL, NULL)")
		w.sync()
		w.pass(30)
		w.sync()
		w.want("email=a@x.com", "email=c@x.com")
		if run := w.sync(); run.Counts.Operations() != 0 {
			t.Errorf("what lapsed is seen to once: %+v", run.Counts)
		}
	})
}

// What is frozen was prepared with the settings of then, and stays what it was.
func TestFrozenRecordKeepsItsIdentitiesWhenTheSettingsChange(t *testing.T) {
	worlds(t, func(_ *testing.T, w *world) {
		w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '0171 5550101', NULL), (2, 'A@x.com', '0171 5550101', NULL)")
		w.dest["default_region"] = "DE"
		w.sync()
		was := w.sandbox.Members(w.audience)
		w.exec("INSERT INTO customers VALUES (1, 'b@x.com', NULL, NULL)")
		w.dest["hash"] = "false"
		w.sync()
		for range 3 {
			w.pass(190)
			w.sync()
		}
		w.same(was)
	})
}

// Upsert removes no record; one that changed is changed in the audience as well. Back in a
// mirror, those without a row leave, and a record whose rows contradict each other stays as
// it was held last.
func TestUpsertCarriesChangesThroughAndRemovesNoRecord(t *testing.T) {
	worlds(t, func(_ *testing.T, w *world) {
		w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.conn.SyncMode = eddy.Upsert
		w.exec("UPDATE customers SET email = 'new@x.com', phone = '+14155550102' WHERE id = 1")
		w.exec("DELETE FROM customers WHERE id = 2")
		w.sync()
		w.want("email=new@x.com", "phone_number=+14155550102", "email=b@x.com", "email=c@x.com")
		w.conn.SyncMode = eddy.Mirror
		w.exec("INSERT INTO customers VALUES (1, 'other@x.com', NULL, NULL)")
		w.sync()
		w.want("email=new@x.com", "phone_number=+14155550102", "email=c@x.com")
	})
}

// What a frozen record holds of a field that is no longer mapped keeps its neighbour's from
// leaving (promise 2).
func TestFrozenRecordKeepsAnIdentityThatItsNeighbourGivesUp(t *testing.T) {
	worlds(t, func(_ *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, NULL, '+14155550101', NULL), (2, 'b@x.com', '+14155550101', NULL)")
		w.sync()
		w.exec("INSERT INTO customers VALUES (1, 'c@x.com', NULL, NULL)")
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}}
		w.sync()
		w.want("phone_number=+14155550101", "email=b@x.com")
	})
}

// The time that a frozen record was held for is kept: it is not renewed before, and then
// it leaves.
func TestFrozenRecordLeavesAtItsOwnTime(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}, {Field: "expires_at", Column: "expires"}}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, " + w.days(20) + "), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL)")
		w.sync()
		w.exec("INSERT INTO customers VALUES (1, 'a2@x.com', NULL, NULL)")
		if run := w.sync(); run.Counts.Operations() != 0 {
			t.Errorf("before its time: %+v", run.Counts)
		}
		w.pass(30)
		if run := w.sync(); run.Counts.Delete != 1 {
			t.Errorf("after its time: %+v", run.Counts)
		}
		w.want("email=b@x.com", "email=c@x.com")
		if run := w.sync(); run.Counts.Operations() != 0 {
			t.Errorf("once it has left: %+v", run.Counts)
		}
	})
}

// same checks that the audience is what it was.
func (w *world) same(was []string) {
	w.t.Helper()
	if got := w.sandbox.Members(w.audience); !slices.Equal(got, was) {
		w.t.Errorf("the audience was %v and became %v", was, got)
	}
}
