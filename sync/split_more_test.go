package sync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// TestOptOutsOfAHeldPartAreTold: the run says that they left, and what was sent for them.
func TestOptOutsOfAHeldPartAreTold(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.list([2]string{"listed@x.com", "+14155550199"})
		w.settle(slices.Concat(at("DE", 1, 2, 3, 4, 5, 6), at("FR", 7, 8, 9)))
		w.sync(suppressed)
		w.now = w.now.Add(time.Minute)
		w.list([2]string{"p1@x.com", "+14155550199"}, [2]string{"p7@x.com", ""})
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 7, 8, 9)))
		run := w.sync(suppressed)
		c, de, fr := run.Counts, of(run, "DE").Counts, of(run, "FR").Counts
		if run.Status != eddy.NeedsApproval || !run.CarriedOut() || c.OptedOut != 2 || de.OptedOut != 1 || fr.OptedOut != 1 {
			t.Errorf("%+v", run)
		}
		if de.Requests == 0 || c.Requests != de.Requests+fr.Requests || c.Bytes != de.Bytes+fr.Bytes || c.Delivered+c.Rejected+c.Failed != c.Operations() {
			t.Errorf("the whole %+v, DE %+v, FR %+v", c, de, fr)
		}
	})
}

// attempt is a run that may be stopped, a minute after the last.
func (w *world) attempt(change ...func(*sync.Job)) (eddy.Run, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	job := w.job()
	defer job.Source.Close()
	for _, c := range change {
		c(&job)
	}
	return sync.Run(context.Background(), job)
}

func approve(j *sync.Job) { j.Approve = true }

// stops checks that a run waits because people would be left behind.
func (w *world) stops(words string, change ...func(*sync.Job)) {
	w.t.Helper()
	run, err := w.attempt(change...)
	if run.Status != eddy.NeedsApproval || err == nil || !strings.Contains(err.Error(), words) || run.Counts.Requests > 0 {
		w.t.Errorf("%+v: %v", run, err)
	}
}

// ends checks that a run ends well.
func (w *world) ends(change ...func(*sync.Job)) eddy.Run {
	w.t.Helper()
	run, err := w.attempt(change...)
	if run.Status != eddy.Succeeded || err != nil {
		w.t.Errorf("%+v: %v", run, err)
	}
	return run
}

// showsStop checks that plans, tests and the pending changes say why a run would wait.
func (w *world) showsStop(words string) {
	w.t.Helper()
	job := w.job()
	defer job.Source.Close()
	_, planned := sync.Look(context.Background(), job)
	told := map[string]error{"plan": planned, "records": sync.Records(context.Background(), job, func(eddy.Record) error { return nil }), "check": nil}
	for _, step := range sync.Preflight(context.Background(), job) {
		if step.Err != nil {
			told["check"] = step.Err
		}
	}
	for what, err := range told {
		if eddy.ErrorCode(err) != eddy.CodeApproval || !strings.Contains(err.Error(), words) {
			w.t.Errorf("%s: %v", what, err)
		}
	}
}

// TestWhatIsLeftIsAskedAboutOnce: a person's word that people may stay in the audiences that were fed
// before holds for every run after; and a connection that is as it was before goes on with them.
func TestWhatIsLeftIsAskedAboutOnce(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		split, several := w.conn.Split, w.conn.Audience
		one := eddy.Audience{Create: &eddy.NewAudience{Name: "VIP all"}}
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3)))
		first := w.sync()

		w.conn.Split, w.conn.Audience = nil, one
		w.stops("it kept 2 audiences")
		w.showsStop("it kept 2 audiences")
		w.ends(approve)
		w.settle(slices.Concat(at("DE", 1, 2, 4), at("FR", 3)))
		if run := w.ends(); run.Counts.Insert != 1 {
			t.Errorf("one audience, a second time: %+v", run)
		}
		w.holds(first, "DE", at("", 1, 2)...)

		w.conn.Split, w.conn.Audience = split, several
		w.stops("(4 records held) and now names split_by")
		w.showsStop("(4 records held) and now names split_by")
		again := w.ends(approve)
		w.settle(slices.Concat(at("DE", 1, 2, 4, 5), at("FR", 3)))
		if run := w.ends(); of(run, "DE").AudienceID != of(first, "DE").AudienceID || of(run, "DE").Counts.Insert != 1 || of(again, "DE").Counts.Insert != 1 {
			t.Errorf("split, a second time: %+v", run)
		}
		w.holds(first, "DE", at("", 1, 2, 4, 5)...)

		w.conn.Split, w.conn.Audience = nil, one
		w.stops("it kept 2 audiences, one for each value of a column (5 records held)")
	})
}

// forgets drops the tables that have what the audience of a value holds.
func (w *world) forgets(value string) {
	w.t.Helper()
	w.inState(func(s warehouse.Engine) error {
		var names []string
		err := s.Query(context.Background(), "SELECT name FROM "+fmt.Sprintf(s.Dialect().Tables, s.Dialect().Literal(s.Schema()))+" t", func(row [][]byte) error {
			if name := string(row[0]); strings.Contains(name, "vip_"+strings.ToLower(value)) {
				names = append(names, name)
			}
			return nil
		})
		if len(names) == 0 {
			w.t.Fatal("no table has the value in its name")
		}
		for _, kind := range []string{"VIEW", "TABLE"} { // views stand on tables
			for _, name := range names {
				_, _ = s.Exec(context.Background(), "DROP "+kind+" "+s.Schema()+"."+warehouse.Quote(name)) // or it is of the other kind
			}
		}
		return err
	})
}

// TestAPartThatIsLostIsToldInAPlan: what the others would do is told all the same.
func TestAPartThatIsLostIsToldInAPlan(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3)))
		w.sync()
		w.forgets("FR")
		w.settle(slices.Concat(at("DE", 1, 2, 4), at("FR", 3)))
		job := w.job()
		defer job.Source.Close()
		plan, err := sync.Look(t.Context(), job)
		if err != nil || len(plan.Parts) != 2 || plan.Counts.Insert != 1 || plan.Parts[0].Counts.Insert != 1 || !strings.Contains(plan.Parts[1].Guard, "is gone") {
			t.Fatalf("%v: %+v", err, plan)
		}
		if e := plan.Errors[0]; len(plan.Errors) != 1 || !strings.HasPrefix(e.Reason, "VIP FR: ") || !strings.Contains(e.Reason, "is gone") || e.Mend == "" || e.About != eddy.AboutRun {
			t.Errorf("%+v", plan.Errors)
		}
		w.forgets("DE")
		if _, err := sync.Look(t.Context(), job); eddy.ErrorCode(err) != eddy.CodeApproval || !strings.Contains(err.Error(), "audience VIP ") {
			t.Errorf("no part can be planned: %v", err)
		}
	})
}

// TestADeletedAudienceWhoseValueIsGoneEndsWell: nobody is in it, and none is made; it is looked for no
// more, and where the value comes back a person is asked, because X lets no name be used again.
func TestADeletedAudienceWhoseValueIsGoneEndsWell(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3)))
		first := w.sync()
		w.settle(at("FR", 3))
		if run, err := w.attempt(); err != nil || of(run, "DE").Status != eddy.NeedsApproval {
			t.Errorf("%v: %+v", err, run)
		}
		w.deleted(first, "DE")
		run := w.ends()
		if p := of(run, "DE"); !p.Gone || p.Status != eddy.Succeeded || p.Counts.Requests > 0 || p.AudienceID != "" {
			t.Errorf("%+v", p)
		}
		job := w.job()
		defer job.Source.Close()
		if plan, err := sync.Look(t.Context(), job); err != nil || plan.Guard != "" || plan.Counts.Delete > 0 || plan.Held != 1 {
			t.Errorf("%v: %+v", err, plan)
		}
		for _, step := range sync.Preflight(t.Context(), job) {
			if step.Err != nil || strings.Contains(step.Detail, "VIP DE") {
				t.Errorf("%+v", step)
			}
		}
		w.inSplitState("DELETE FROM %s.sync_log")
		if run := w.ends(); len(run.Parts) != 1 {
			t.Errorf("it is still looked for: %+v", run)
		}
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3)))
		if back, err := w.attempt(); of(back, "DE").Status != eddy.NeedsApproval || !strings.Contains(of(back, "DE").Reason, "was deleted on X") {
			t.Errorf("%v: %+v", err, back)
		}
	})
}

// deleted deletes the audience of a value on X, beside Eddy.
func (w *world) deleted(run eddy.Run, value string) {
	w.t.Helper()
	job := w.job()
	defer job.Source.Close()
	x, ok := job.Destination.(interface {
		DeleteAudience(ctx context.Context, id string) error
	})
	if !ok {
		w.t.Fatal("the destination deletes no audiences")
	}
	if err := x.DeleteAudience(context.Background(), of(run, value).AudienceID); err != nil {
		w.t.Fatal(err)
	}
}

// TestARunIsRejectedOfWhatTheGuardHeld: another part waits because its audience was deleted, and that
// is nothing to reject; nor did it take out who is on a list.
func TestARunIsRejectedOfWhatTheGuardHeld(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.list([2]string{"listed@x.com", "+14155550199"})
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3), at("IT", 4), at("NL", 5)))
		first := w.sync(suppressed)
		w.settle(slices.Concat(at("FR", 3), at("NL", 5)))
		w.deleted(first, "FR")
		held, err := w.attempt(suppressed)
		if held.Status != eddy.NeedsApproval || of(held, "FR").Removal != nil || of(held, "DE").Removal == nil || held.CarriedOut() {
			t.Errorf("%v: %+v", err, held)
		}
		job := w.job()
		defer job.Source.Close()
		if run, err := sync.Reject(t.Context(), job, held.RunID); run != held.RunID || err != nil {
			t.Errorf("%s: %v", run, err)
		}
		for _, id := range []string{held.RunID, ""} {
			if _, err := sync.Reject(t.Context(), job, id); eddy.ErrorCode(err) != eddy.CodeConflict {
				t.Errorf("a second time: %v", err)
			}
		}
		run, _ := w.attempt(suppressed, func(j *sync.Job) { j.Approve, j.ApproveRun = true, held.RunID })
		for _, value := range []string{"DE", "IT"} {
			if p := of(run, value); p.Status != eddy.NeedsApproval || p.Counts.Requests > 0 {
				t.Errorf("%s was rejected, and approved: %+v", value, p)
			}
		}
	})
}

// TestWhatIsLeftInTheOtherPlaceIsAskedAbout: the state moves by the same change that has a connection
// keep other audiences, so that only the other place knows of those before.
func TestWhatIsLeftInTheOtherPlaceIsAskedAbout(t *testing.T) {
	t.Parallel()
	for _, local := range []bool{false, true} {
		w := newWorld(t, "postgres")
		w.moves, w.local = true, local
		w.split()
		split, several := w.conn.Split, w.conn.Audience
		one := eddy.Audience{Create: &eddy.NewAudience{Name: "VIP all"}}
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3)))
		w.sync()

		w.local, w.conn.Split, w.conn.Audience = !local, nil, one
		w.stops("it kept 2 audiences, one for each value of a column (3 records held)")
		w.showsStop("it kept 2 audiences")
		w.ends(approve)
		w.ends()

		w.local, w.conn.Split, w.conn.Audience = local, split, several
		w.stops("(3 records held) and now names split_by")
		w.showsStop("(3 records held) and now names split_by")
		w.ends(approve)
		w.ends()

		w.local, w.conn.Split, w.conn.Audience = !local, nil, one
		w.stops("it kept 2 audiences")
	}
}
