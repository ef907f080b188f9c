package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
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

// What a run removes counts whatever the operation: rows that all come to name one identity
// are updates, and empty an audience as deletes do (promise 4).
func TestGuardCountsWhoLeavesWhateverTheOperation(t *testing.T) {
	const people = 6
	for name, c := range map[string]struct {
		change string
		want   eddy.Removal // none where the run goes on
	}{
		"all name a new one":       {"UPDATE customers SET email = 'same@x.com'", eddy.Removal{Identities: 6, HeldIdentities: 6, People: 5, HeldPeople: 6}},
		"all name another new one": {"UPDATE customers SET email = 'n' || email", eddy.Removal{Identities: 6, HeldIdentities: 6, HeldPeople: 6}},
		"half name another":        {"UPDATE customers SET email = 'n' || email WHERE id <= 3", eddy.Removal{}},
		"they swap":                {"UPDATE customers SET email = 'p' || (7 - id) || '@x.com'", eddy.Removal{}},
		"some go, some change": {
			"DELETE FROM customers WHERE id <= 2; UPDATE customers SET email = 'n/a' WHERE id = 3; UPDATE customers SET email = 'n' || email WHERE id = 4",
			eddy.Removal{Identities: 4, HeldIdentities: 6, People: 3, HeldPeople: 6},
		},
		"all become nobody, with others who are nobody": {
			"UPDATE customers SET email = 'n/a'; INSERT INTO customers VALUES (7, 'nobody', NULL, NULL)",
			eddy.Removal{Identities: 6, HeldIdentities: 6, People: 6, HeldPeople: 6, Empties: true},
		},
		"all gain one and keep theirs":   {"UPDATE customers SET email = email || ',n' || email", eddy.Removal{}},
		"all give way to rows of theirs": {"UPDATE customers SET id = id + 10", eddy.Removal{}},
	} {
		t.Run(name, func(t *testing.T) {
			worlds(t, func(t *testing.T, w *world) {
				for id := 1; id <= people; id++ {
					w.exec(fmt.Sprintf("INSERT INTO customers VALUES (%d, 'p%[1]d@x.com', NULL, NULL)", id))
				}
				w.sync()
				w.exec(c.change)
				plan := w.look()
				run := w.sync()
				if c.want == (eddy.Removal{}) {
					if run.Status == eddy.NeedsApproval || plan.Guard != "" {
						t.Errorf("held: %+v, %+v", run, plan)
					}
					return
				}
				if run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 || *run.Errors[0].Removal != c.want {
					t.Errorf("%s with %+v", run.Status, run.Errors)
				}
				if plan.Removal != c.want || plan.Guard != run.Errors[0].Reason || !strings.Contains(plan.Guard, c.want.String()) {
					t.Errorf("the plan says %q: %+v", plan.Guard, plan.Removal)
				}
			})
		})
	}
}

// An identity that several records share is one: who has another row that stays does not
// leave with it, and a family that shares an address is more than one person (promise 4).
func TestGuardCountsSharedIdentitiesOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com,f@x.com', NULL, NULL), (2, 'b@x.com,f@x.com', NULL, NULL), (3, 'F@x.com', NULL, NULL), (4, 'f@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id IN (1, 2)")
		run := w.sync()
		if want := (eddy.Removal{Identities: 2, HeldIdentities: 3, HeldPeople: 4}); run.Status != eddy.NeedsApproval || *run.Errors[0].Removal != want {
			t.Errorf("f@x.com stays: %s, %+v", run.Status, run.Errors)
		}
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL)", "DELETE FROM customers WHERE id IN (3, 4)")
		run = w.sync()
		if want := (eddy.Removal{Identities: 2, HeldIdentities: 3, People: 3, HeldPeople: 4}); run.Status != eddy.NeedsApproval || *run.Errors[0].Removal != want {
			t.Errorf("f@x.com leaves with three people: %s, %+v", run.Status, run.Errors)
		}
		w.want("email=a@x.com", "email=b@x.com", "email=f@x.com")
	})
}

// An approval covers what was shown: a run that would remove more by now is held again, and
// says what has changed (promise 4).
func TestAnApprovalCoversWhatWasShown(t *testing.T) {
	fill := func(w *world) {
		for id := 1; id <= 40; id++ {
			w.exec(fmt.Sprintf("INSERT INTO customers VALUES (%d, 'p%[1]d@x.com', NULL, NULL)", id))
		}
		w.sync()
		w.exec("DELETE FROM customers WHERE id > 19")
	}
	approve := func(run string, n int64) func(*sync.Job) {
		return func(j *sync.Job) { j.Wish = sync.Wish{Approve: true, ApproveRun: run, ApproveRemovals: n} }
	}
	held := func(t *testing.T, w *world, what string, change func(*sync.Job), part string) eddy.Run {
		t.Helper()
		run := w.sync(change)
		if run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 || !strings.Contains(run.Errors[0].Reason, part) {
			t.Errorf("%s: %s, %+v", what, run.Status, run.Errors)
		}
		return run
	}
	nobody := func(*sync.Job) {}
	worlds(t, func(t *testing.T, w *world) {
		fill(w)
		held(t, w, "nothing was shown yet", approve("", 0), "no run waited that could be approved")
		first := held(t, w, "21 leave", nobody, "remove 21 of 40 identities and 21 of 40 people")
		held(t, w, "some other run is approved", approve("20000101000000abcd", 0), "run 20000101000000abcd, which was approved, does not wait")
		held(t, w, "a script allows fewer", approve("", 20), "approved are 20")
		w.exec("DELETE FROM customers WHERE id > 16") // 24: a tenth more would be 23
		second := held(t, w, "three more leave by now", approve(first.RunID, 0), "run "+first.RunID+", which was approved, showed 21 of 40 identities and 21 of 40 people, and 10 % more are allowed")
		w.exec("DELETE FROM customers")
		held(t, w, "all leave by now", approve(second.RunID, 0), "would empty the audience")
		held(t, w, "a script never allows all", approve("", 40), "never all")
		w.exec("INSERT INTO customers SELECT id, email, phone, expires FROM (SELECT 1 AS id, 'p1@x.com' AS email, NULL AS phone, CAST(NULL AS timestamp) AS expires) one")
		w.conn.Settings.Guard.ApproveSlackPercent = 70
		if run := w.sync(approve(second.RunID, 0)); run.Status != eddy.Succeeded || run.Counts.Delete != 39 {
			t.Errorf("39 are within 24 and 70 percent more: %s, %+v", run.Status, run.Errors)
		}
		w.want("email=p1@x.com")
		w.exec("UPDATE customers SET email = 'n' || email")
		held(t, w, "an approval was for one run", approve(second.RunID, 0), "does not wait for approval")
		if run := w.sync(approve("", 1)); run.Status != eddy.Succeeded {
			t.Errorf("a script allows one: %s, %+v", run.Status, run.Errors)
		}
	})
}

// A run that was held keeps the list of who would leave, by record id, and can be dropped.
func TestAHeldRunKeepsItsListUntilItIsRejected(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', NULL, NULL), (2, 'b@x.com', NULL, NULL), (3, 'b@x.com,c@x.com', NULL, NULL), (4, 'd@x.com', NULL, NULL), (5, 'B@x.com', NULL, NULL)")
		w.sync()
		w.exec("DELETE FROM customers WHERE id IN (1, 2, 3); UPDATE customers SET email = 'n/a' WHERE id = 4")
		older, run := w.sync(), w.sync()
		var got []string
		for _, e := range w.logged(run.RunID, ledger.HeldBack) {
			got = append(got, e.PrimaryKey+" "+e.Operation+" "+e.ErrorReason)
		}
		slices.Sort(got)
		want := []string{"1 delete would leave: none of its identities stays", "3 update would lose identities", "4 delete would leave: none of its identities stays"}
		if run.Status != eddy.NeedsApproval || !slices.Equal(got, want) {
			t.Errorf("%s, %q, want %q", run.Status, got, want)
		}
		job := w.job()
		defer job.Source.Close()
		for _, id := range []string{run.RunID, ""} {
			dropped, err := sync.Reject(t.Context(), job, id)
			if first := id != ""; first != (err == nil && dropped == run.RunID) || !first && eddy.ErrorCode(err) != eddy.CodeConflict {
				t.Errorf("reject %q: %q, %v", id, dropped, err)
			}
		}
		// Nor, in its place, the run before it, which showed the same.
		for _, id := range []string{"", older.RunID, run.RunID} {
			if again := w.sync(func(j *sync.Job) { j.Approve, j.ApproveRun = true, id }); again.Status != eddy.NeedsApproval {
				t.Errorf("a run that was rejected is approved by %q: %+v", id, again)
			}
		}
		w.inState(func(e warehouse.Engine) error {
			runs, err := ledger.Runs(t.Context(), e, w.conn.Name, 4)
			if err == nil && (runs[0].Status != eddy.NeedsApproval || runs[3].Status != eddy.Cancelled) {
				t.Errorf("the history says %s and %s", runs[0].Status, runs[3].Status)
			}
			return err
		})
	})
}
