package sync_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
)

// TestAHeldRunTakesOutWhoIsListed: of a run that the guard holds nothing is sent but the removals of
// those who are on a list, and who shares an identity with them stays, also where the run would remove
// them. What waits for approval is as it would be without them.
func TestAHeldRunTakesOutWhoIsListed(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rows := bulk(20)
		for _, i := range []int{0, 1, 10} { // of a family of three one is listed, one stays, one has no row any more
			rows[i].phone = "+14155550100"
		}
		w.fill(rows)
		w.list([2]string{"listed@x.com", "+14155550199"})
		w.sync(suppressed)
		w.fill(rows[:5])
		step := func(change ...func(*sync.Job)) eddy.Run {
			w.now = w.now.Add(time.Minute)
			w.sandbox.Advance(time.Minute)
			return w.sync(append(change, suppressed)...)
		}
		before := step()
		shown := *before.Errors[0].Removal
		if before.Status != eddy.NeedsApproval || before.Counts.Requests != 0 || shown.People != 14 {
			t.Fatalf("nobody is listed: %+v", before)
		}
		w.list([2]string{"bulk0@x.com", "+14155550199"})
		job := w.job()
		suppressed(&job)
		plan, err := sync.Look(t.Context(), job)
		if err != nil || plan.Guard == "" || plan.Counts.OptedOut != 1 || plan.Removal.People != 14 {
			t.Errorf("the plan: %v, %+v", err, plan)
		}
		if err := job.Source.Close(); err != nil {
			t.Error(err)
		}
		run := step()
		if got := *run.Errors[0].Removal; run.Status != eddy.NeedsApproval || got.People != 14 || got.Identities != shown.Identities || !run.CarriedOut() {
			t.Errorf("held: %+v, shown was %+v", run, shown)
		}
		if c := run.Counts; c.OptedOut != 1 || c.Unremoved != 0 || c.Delivered != 3 || c.Failed+c.Rejected != 0 || c.Delete != 16 {
			t.Errorf("held: %+v", c)
		}
		if wrong := w.exact(rows[1:]); wrong != "" {
			t.Error(wrong)
		}
		if listed := w.logged(run.RunID, ledger.HeldBack); len(listed) != 15 {
			t.Errorf("the list of who would leave: %+v", listed)
		}
		if again := step(); again.Status != eddy.NeedsApproval || again.Counts.Requests != 0 || again.Counts.OptedOut != 0 || again.Errors[0].Removal.People != 14 {
			t.Errorf("held again: %+v", again)
		}
		if approved := step(func(j *sync.Job) { j.Approve, j.ApproveRun = true, before.RunID }); approved.Status != eddy.Succeeded || approved.Counts.Delete != 15 {
			t.Errorf("approved: %+v", approved)
		}
		if wrong := w.exact(rows[1:5]); wrong != "" {
			t.Error(wrong)
		}
	})
}

// TestAHeldRunThatCannotTakeOut: says so, and the next one does; also where the process died over it.
func TestAHeldRunThatCannotTakeOut(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rows := bulk(20)
		w.fill(rows)
		w.list([2]string{"listed@x.com", "+14155550199"})
		w.sync(suppressed)
		w.fill(rows[:5])
		w.list([2]string{"bulk0@x.com", ""}, [2]string{"bulk12@x.com", "+14155550199"})
		run := func(step string) (eddy.Run, error) {
			w.now = w.now.Add(time.Minute)
			w.sandbox.Advance(time.Minute)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			job := w.job()
			defer job.Source.Close()
			suppressed(&job)
			job.Progress = func(p sync.Progress) {
				if p.Step == step {
					stop()
				}
			}
			return sync.Run(ctx, job)
		}
		w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: []string{"email:" + hexDigest("bulk0@x.com")}, Shape: sandbox.ShapeOperations})
		got, err := run("")
		if c := got.Counts; err != nil || got.Status != eddy.NeedsApproval || c.OptedOut != 1 || c.Unremoved != 1 || c.Rejected != 1 || got.CarriedOut() {
			t.Errorf("X refuses one: %v, %+v", err, got)
		}
		for _, step := range []string{"seal", "remove", "settle"} {
			if got, err := run(step); err == nil && got.Status != eddy.NeedsApproval || step != "settle" && got.Status != eddy.Cancelled {
				t.Errorf("stopped at %s: %v, %+v", step, err, got)
			}
		}
		w.sandbox.ClearFaults()
		if got, err := run(""); err != nil || got.Status != eddy.NeedsApproval || !got.CarriedOut() {
			t.Errorf("X is well again: %v, %+v", err, got)
		}
		if wrong := w.exact(slices.Delete(slices.Clone(rows), 12, 13)[1:]); wrong != "" {
			t.Error(wrong)
		}
	})
}

// TestAHeldRunForgetsNoOldVersion: X refused to take row 2's old address out, and its new one. That it
// shares a telephone with somebody who is taken out of a held run does not make the old one forgotten.
func TestAHeldRunForgetsNoOldVersion(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		one := person{id: "1", email: "one@x.com", phone: "+14155550100"}
		rows := func(two person) []person { return append(bulk(30), one, two) }
		before, after := rows(person{id: "2", email: "old@x.com", phone: "+14155550101"}), rows(person{id: "2", email: "new@x.com", phone: one.phone})
		step := func() eddy.Run {
			w.now = w.now.Add(time.Minute)
			w.sandbox.Advance(time.Minute)
			job := w.job()
			defer job.Source.Close()
			suppressed(&job)
			run, _ := sync.Run(t.Context(), job)
			return run
		}
		w.list([2]string{"listed@x.com", "+14155550199"})
		w.fill(before)
		step()
		w.fill(after)
		w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Reset: true})
		step()
		w.busy.Wait()
		w.sandbox.ClearFaults()
		w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: []string{"email:" + hexDigest("old@x.com"), "email:" + hexDigest("new@x.com")}, Shape: sandbox.ShapeOperations})
		step()
		w.sandbox.ClearFaults()
		w.list([2]string{one.email, "+14155550199"})
		w.fill(append(slices.Clone(after[:3]), after[30:]...))
		if run := step(); run.Status != eddy.NeedsApproval || run.Counts.OptedOut != 1 {
			t.Fatalf("held: %+v", run)
		}
		w.fill(after)
		if run := step(); run.Status != eddy.Succeeded {
			t.Errorf("well again: %+v", run)
		}
		if wrong := w.exact(slices.Delete(slices.Clone(after), 30, 31)); wrong != "" {
			t.Error(wrong)
		}
	})
}

// TestNobodyListedStaysIn: whatever rows and lists become, and whatever failed before, nobody who is on
// a list is in the audience after a run that ended, held or not, and in no request but a Delete. A
// run that is held changes nothing else.
func TestNobodyListedStaysIn(t *testing.T) {
	t.Parallel()
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, place)
			added, dir, n := w.overhear(t), memoryDir(t), 0
			rapid.Check(t, sparing(4, func(rt *rapid.T) {
				n++
				w.dir = filepath.Join(dir, fmt.Sprint(n))
				if err := os.Mkdir(w.dir, 0o700); err != nil {
					t.Fatal(err)
				}
				defer os.RemoveAll(w.dir)
				w.t = rt
				w.wipe()
				w.sandbox.Reset()
				w.audience, _ = w.sandbox.NewAudience("18ce54d4x5t", "VIP")
				w.conn.Audience.ID = w.audience
				w.table(w.simple()...)
				_ = added()
				newOptOuts(w, rt).tell(added)
			}))
		})
	}
}

// optOuts is a story of rows and lists that come and go.
type optOuts struct {
	*story
	rows, in map[string]person
	// listed are the identities that the list has.
	listed map[string]bool
	// known says that in is what the audience holds.
	known bool
}

func newOptOuts(w *world, rt *rapid.T) *optOuts {
	return &optOuts{story: &story{w: w, rt: rt}, rows: map[string]person{}, in: map[string]person{}, known: true}
}

func (o *optOuts) tell(added func() []string) {
	for range 3 + o.one("runs", 4) {
		o.edit()
		o.w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: choose(o.story, "guard", []float64{0, 20, 100})}
		o.w.conn.Settings.RetryFailedRecords = o.one("retry", 2) == 0
		o.w.sandbox.ClearFaults()
		faulty := o.one("fault", 4) == 3
		if faulty {
			o.w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Count: 1 + o.one("count", 3), Status: 503, When: choose(o.story, "when", []sandbox.When{sandbox.Before, sandbox.After})})
		}
		o.w.now = o.w.now.Add(time.Minute)
		o.w.sandbox.Advance(time.Minute)
		job := o.w.job()
		suppressed(&job)
		run, err := sync.Run(context.Background(), job)
		job.Source.Close()
		o.check(run, err, faulty)
		for _, users := range added() {
			for id := range o.listed {
				if _, digest, _ := strings.Cut(id, ":"); strings.Contains(users, digest) {
					o.rt.Fatalf("%s is on the list and was sent: %s", named([]string{id}), users)
				}
			}
		}
	}
}

// edit changes some rows, and the list.
func (o *optOuts) edit() {
	for range o.one("edits", 6) {
		id := fmt.Sprint(1 + o.one("id", 6))
		if o.one("leaves", 3) == 0 {
			delete(o.rows, id)
		} else {
			o.rows[id] = person{id: id, email: o.email(), phone: o.phone()}
		}
	}
	o.rows["99"] = person{id: "99", email: "always@x.com"}
	v := view{hash: true, forms: "e164"}
	texts := [][2]string{{"listed@x.com", "+14155550199"}}
	o.listed = map[string]bool{}
	for range o.one("listed", 3) {
		x := [2]string{o.pick("mail", emails()...), o.pick("tel", phones()...)}
		texts = append(texts, x)
		for _, id := range append(v.identities("email", x[0]), v.identities("phone_number", x[1])...) {
			o.listed[id] = true
		}
	}
	o.w.fill(o.all(o.rows))
	o.w.list(texts...)
}

func (o *optOuts) all(rows map[string]person) (out []person) {
	for id := range 100 {
		if p, ok := rows[fmt.Sprint(id)]; ok {
			out = append(out, p)
		}
	}
	return out
}

// isListed says that a record has an identity of the list.
func (o *optOuts) isListed(p person) bool {
	return slices.ContainsFunc(identities([]person{p}), func(id string) bool { return o.listed[id] })
}

func (o *optOuts) check(run eddy.Run, err error, faulty bool) {
	switch run.Status {
	case eddy.Succeeded, eddy.CompletedWithErrors:
		o.in, o.known = map[string]person{}, !faulty
		for id, p := range o.rows {
			if !o.isListed(p) {
				o.in[id] = p
			}
		}
	case eddy.NeedsApproval:
		o.known = o.known && !faulty
		for id, was := range o.in {
			is, stays := o.rows[id]
			switch {
			case o.isListed(is), o.isListed(was) && !stays:
				delete(o.in, id)
			case o.isListed(was):
				o.in[id] = is
			}
		}
	default:
		o.known = false
	}
	if run.Status != eddy.StatusFailed && err != nil || run.Status == eddy.StatusFailed && !faulty {
		o.rt.Fatalf("%v: %+v", err, run)
	}
	if faulty {
		return
	}
	for _, id := range o.w.sandbox.Members(o.w.audience) {
		if o.listed[id] {
			o.rt.Fatalf("%s is on the list, and in the audience after a run that ended %s", named([]string{id}), run.Status)
		}
	}
	if wrong := o.w.exact(o.all(o.in)); o.known && wrong != "" {
		o.rt.Fatalf("%s: %s\nrows %v", run.Status, wrong, o.rows)
	}
	if run.Counts.Unremoved != 0 {
		o.rt.Fatalf("%+v", run)
	}
}
