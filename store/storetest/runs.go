package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

func runChecks() []check {
	return []check{
		{"a run's life", "queued, claimed, finished: each step shows in the run, and the report comes back as it was given", checkRunLife},
		{"one run", "of all who start one connection at once, on any server, one is told yes and the others which run it is (promise 8)", checkOneRun},
		{"index", "the database itself refuses a second run that is queued or running (promise 8)", checkIndex},
		{"start with a job", "a run and its durable job are there together or not at all, whatever stops the start", checkJob},
		{"idempotency", "the same key within a day gives the same run, also when it has ended; a day later it starts another", checkIdempotency},
		{"racing claims", "of all workers who claim a run at once, one gets it", checkRacingClaims},
		{"taking back", "a run whose worker was silent is taken back and goes to whoever claims it, as a new attempt; the one before can neither beat nor end it any more (promise 8); one whose worker has beaten is not", checkTakeBack},
		{"release", "a worker that stops gives its run back to the queue, and only its own", checkRelease},
		{"cancel", "a queued run is cancelled at once, one that runs by its worker or the next one; one that has ended is not", checkCancel},
		{"skipped", "a skipped run is on record once for each time that it was due, and in nobody's way", checkSkipped},
		{"rejected", "only the newest run of a connection is rejected, once; who said why is with the run and in the audit log", checkRejected},
		{"list of runs", "pages and filters give each run once, newest first", checkRunList},
		{"pruning", "old runs go, those under way stay, and the last success is remembered without its run", checkPruning},
		{"last success", "a run that left records out counts as a success of the connection; one that failed does not", checkLastSuccess},
	}
}

func checkRunLife(w *world) {
	w.fill("vip")
	ctx := w.Context()
	r, err := w.s.Enqueue(ctx, store.NewRun{Connection: "vip", Trigger: "manual", RequestedBy: "Anna"}, nil)
	w.must(err)
	if r.State != store.Queued || r.RequestedAt.IsZero() || !r.StartedAt.IsZero() {
		w.Errorf("queued: %+v", r)
	}
	r, err = w.s.Claim(ctx, r.RunID, "worker 1")
	w.must(err)
	if r.State != store.Running || r.Attempt != 1 || !slices.Equal(r.SyncRunIDs, []string{r.RunID}) || r.StartedAt.IsZero() {
		w.Errorf("claimed: %+v", r)
	}
	if cancel, err := w.s.Beat(ctx, r.RunID, "worker 1", []byte(`{"step":"add"}`)); err != nil || cancel {
		w.Errorf("beat: %v %v", cancel, err)
	}
	report := eddy.Run{Status: eddy.Succeeded, AudienceID: "1nmth", Counts: eddy.Counts{Rows: 7, Insert: 7, Delivered: 7}, Usage: &eddy.Usage{Statements: 9, BytesScanned: 1 << 40, Seconds: 0.5}}
	w.must(w.s.Finish(ctx, r.RunID, "worker 1", report, map[string]float64{"stage": 0.5}))
	r, err = w.s.Run(ctx, r.RunID)
	w.must(err)
	if r.State != "succeeded" || r.Counts != report.Counts || r.Usage == nil || *r.Usage != *report.Usage || r.AudienceID != "1nmth" || r.Phases["stage"] != 0.5 || r.FinishedAt == nil || string(r.Progress) != `{"step":"add"}` {
		w.Errorf("finished: %+v", r)
	}
	if at, ok, err := w.s.LastSuccess(ctx, "vip"); err != nil || !ok || !at.Equal(*r.FinishedAt) {
		w.Errorf("last success: %v %v %v", at, ok, err)
	}
	if _, err := w.s.Claim(ctx, r.RunID, "worker 2"); !errors.Is(err, store.ErrConflict) {
		w.Errorf("claimed what has ended: %v", err)
	}
}

// start asks for a run.
func (w *world) start(connection string) store.Run {
	w.Helper()
	r, err := w.s.Enqueue(w.Context(), store.NewRun{Connection: connection, Trigger: "manual"}, nil)
	w.must(err)
	return r
}

// claim takes a run.
func (w *world) claim(runID, owner string) store.Run {
	w.Helper()
	r, err := w.s.Claim(w.Context(), runID, owner)
	w.must(err)
	return r
}

// end ends a run with a status.
func (w *world) end(runID, owner string, status eddy.Status) {
	w.Helper()
	w.must(w.s.Finish(w.Context(), runID, owner, eddy.Run{Status: status}, nil))
}

func (w *world) conflict(what string, err error) {
	w.Helper()
	if !errors.Is(err, store.ErrConflict) {
		w.Errorf("%s: %v, want a conflict", what, err)
	}
}

func checkOneRun(w *world) {
	w.fill("vip", "lapsed")
	servers := []*store.Store{w.s, w.open(), w.open()}
	runs, errs := make([]store.Run, 12), make([]error, 12)
	var wg sync.WaitGroup
	for i := range runs {
		wg.Go(func() { runs[i], errs[i] = servers[i%3].Enqueue(w.Context(), store.NewRun{Connection: "vip"}, nil) })
	}
	wg.Wait()
	winner := slices.IndexFunc(errs, func(err error) bool { return err == nil })
	if winner < 0 {
		w.Fatalf("nobody started it: %v", errs)
	}
	for i, err := range errs {
		if i == winner {
			continue
		}
		active, ok := errors.AsType[*store.ActiveError](err)
		if !ok || active.RunID != runs[winner].RunID || active.State != store.Queued || !errors.Is(err, store.ErrConflict) || runs[i].RunID != "" {
			w.Errorf("start %d: run %q, %v; run %s is queued", i, runs[i].RunID, err, runs[winner].RunID)
		}
	}
	w.start("lapsed") // another connection is another matter
	id := runs[winner].RunID
	w.claim(id, "w")
	w.conflict("while it runs", second(w.s.Enqueue(w.Context(), store.NewRun{Connection: "vip"}, nil)))
	w.end(id, "w", eddy.StatusFailed)
	w.start("vip")
	w.gone("a connection that is not there", second(w.s.Enqueue(w.Context(), store.NewRun{Connection: "absent"}, nil)))
}

func checkIndex(w *world) {
	w.fill("vip")
	id := w.start("vip").RunID
	w.must(w.s.Skip(w.Context(), store.NewRun{Connection: "vip"}, "overlap"))
	_, err := w.s.DB().ExecContext(w.Context(), "UPDATE eddy_runs SET state = 'running' WHERE connection = 'vip' AND state = 'skipped'")
	if err == nil || !strings.Contains(strings.ToLower(err.Error()), "unique") {
		w.Errorf("two runs of one connection: %v", err)
	}
	w.claim(id, "w")
}

func checkJob(w *world) {
	ctx := w.Context()
	w.fill("vip")
	w.exec("CREATE TABLE jobs (run TEXT)")
	insert := func(tx store.Tx, runID string) (err error) {
		if w.s.IsPostgres() {
			_, err = tx.Pgx.Exec(ctx, "INSERT INTO jobs VALUES ($1)", runID)
		} else {
			_, err = tx.SQL.ExecContext(ctx, "INSERT INTO jobs VALUES (?)", runID)
		}
		return err
	}
	broken := errors.New("no room for jobs")
	_, err := w.s.Enqueue(ctx, store.NewRun{Connection: "vip"}, func(tx store.Tx, runID string) error {
		return errors.Join(insert(tx, runID), broken)
	})
	if !errors.Is(err, broken) {
		w.Errorf("a job that could not be added: %v", err)
	}
	if runs, err := w.s.Runs(ctx, store.RunFilter{}); err != nil || len(runs) != 0 || len(w.rows("SELECT run FROM jobs")) != 0 {
		w.Errorf("left: %v, %v, %v", runs, w.rows("SELECT run FROM jobs"), err)
	}
	stopped, stop := context.WithCancel(ctx)
	_, err = w.s.Enqueue(stopped, store.NewRun{Connection: "vip"}, func(tx store.Tx, runID string) error {
		defer stop()
		return insert(tx, runID)
	})
	if err == nil {
		w.Error("a start whose caller went away was committed")
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = w.s.Enqueue(ctx, store.NewRun{Connection: "vip"}, func(tx store.Tx, runID string) error {
			panic(insert(tx, runID))
		})
		w.Error("a panic was swallowed")
	}()
	r, err := w.s.Enqueue(ctx, store.NewRun{Connection: "vip"}, insert)
	w.must(err)
	if jobs := fmt.Sprint(w.rows("SELECT run FROM jobs")); jobs != "[["+r.RunID+"]]" {
		w.Errorf("jobs %s of run %s", jobs, r.RunID)
	}
}

func checkIdempotency(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed")
	with := func(connection, key string) (store.Run, error) {
		return w.s.Enqueue(ctx, store.NewRun{Connection: connection, IdempotencyKey: key}, nil)
	}
	first, err := with("vip", "k1")
	w.must(err)
	if r, err := w.s.Asked(ctx, "vip", "k1"); err != nil || r.RunID != first.RunID {
		w.Errorf("asked for with the key: %s, %v", r.RunID, err)
	}
	w.gone("another connection's key", second(w.s.Asked(ctx, "lapsed", "k1")))
	w.gone("no key", second(w.s.Asked(ctx, "vip", "")))
	again, err := w.s.Enqueue(ctx, store.NewRun{Connection: "vip", IdempotencyKey: "k1"}, func(store.Tx, string) error { return errors.New("a second job") })
	if err != nil || again.RunID != first.RunID {
		w.Errorf("again: run %s of %s, %v", again.RunID, first.RunID, err)
	}
	w.conflict("another key", second(with("vip", "k2")))
	other, err := with("lapsed", "k1")
	if err != nil || other.RunID == first.RunID {
		w.Errorf("the key of another connection: %v", err)
	}
	w.claim(first.RunID, "w")
	w.end(first.RunID, "w", eddy.Succeeded)
	if again, err = with("vip", "k1"); err != nil || again.RunID != first.RunID || again.State != "succeeded" {
		w.Errorf("after its end: run %s %s of %s, %v", again.RunID, again.State, first.RunID, err)
	}
	w.exec("UPDATE eddy_runs SET requested_at = requested_at - 86400000000")
	if again, err = with("vip", "k1"); err != nil || again.RunID == first.RunID {
		w.Errorf("a day later: %v", err)
	}
}

func checkRacingClaims(w *world) {
	w.fill("vip")
	servers := []*store.Store{w.s, w.open(), w.open()}
	for round := range 3 {
		id := w.start("vip").RunID
		errs := make([]error, 9)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = servers[i%3].Claim(w.Context(), id, fmt.Sprint("worker ", i)) })
		}
		wg.Wait()
		owner := ""
		for i, err := range errs {
			if err == nil && owner == "" {
				owner = fmt.Sprint("worker ", i)
			} else {
				w.conflict(fmt.Sprint("worker ", i), err)
			}
		}
		r, err := w.s.Run(w.Context(), id)
		if err != nil || r.Owner != owner || r.Attempt != 1 {
			w.Fatalf("round %d: %s was told yes, the run belongs to %q, attempt %d, %v", round, owner, r.Owner, r.Attempt, err)
		}
		w.end(id, owner, eddy.Succeeded)
	}
}

func checkTakeBack(w *world) {
	ctx := w.Context()
	w.fill("vip")
	id := w.start("vip").RunID
	claimed := w.claim(id, "first")
	w.conflict("while it is at work", second(w.s.Claim(ctx, id, "second")))
	w.must(second(w.s.Beat(ctx, id, "first", []byte(`{"step":"add"}`))))
	w.conflict("taken back from a worker that has beaten", w.s.TakeBack(ctx, claimed))
	seen, err := w.s.Run(ctx, id)
	if err != nil || string(seen.Progress) != `{"step":"add"}` || seen.Owner != "first" {
		w.Errorf("after the beat: %+v %v", seen, err)
	}
	w.must(w.s.TakeBack(ctx, seen))
	w.conflict("taken back twice", w.s.TakeBack(ctx, seen))
	w.conflict("a start beside it", second(w.s.Enqueue(ctx, store.NewRun{Connection: "vip"}, nil)))
	r := w.claim(id, "second")
	if r.Attempt != 2 || !slices.Equal(r.SyncRunIDs, []string{id}) || r.Progress != nil || r.Owner != "second" {
		w.Errorf("taken over: attempt %d, sync runs %q of run %s, progress %s", r.Attempt, r.SyncRunIDs, id, r.Progress)
	}
	w.conflict("the first one's beat", second(w.s.Beat(ctx, id, "first", nil)))
	w.conflict("the first one's end", w.s.Finish(ctx, id, "first", eddy.Run{Status: eddy.StatusFailed}, nil))
	w.conflict("taken back from the second for the first one's silence", w.s.TakeBack(ctx, seen))
	w.conflict("the first one's release", w.s.Release(ctx, id, "first"))
	w.end(id, "second", eddy.Succeeded)
	if done, err := w.s.Run(ctx, id); err != nil || done.State != "succeeded" || !slices.Equal(done.SyncRunIDs, []string{id}) || !done.StartedAt.Equal(r.StartedAt) {
		w.Errorf("at the end: %+v %v", done, err)
	}
	w.conflict("a beat after the end", second(w.s.Beat(ctx, id, "second", nil)))
	w.conflict("an end after the end", w.s.Finish(ctx, id, "second", eddy.Run{Status: eddy.StatusFailed}, nil))
	w.gone("claim of nothing", second(w.s.Claim(ctx, "absent", "w")))
	absent := store.Run{}
	absent.RunID = "absent"
	w.gone("nothing taken back", w.s.TakeBack(ctx, absent))
	w.gone("beat of nothing", second(w.s.Beat(ctx, "absent", "w", nil)))
	w.gone("end of nothing", w.s.Finish(ctx, "absent", "w", eddy.Run{Status: eddy.Succeeded}, nil))
	if err := w.s.Finish(ctx, id, "second", eddy.Run{Status: eddy.Running}, nil); err == nil || !strings.Contains(err.Error(), "has not ended") {
		w.Errorf("an end that is none: %v", err)
	}
}

func checkRelease(w *world) {
	w.fill("vip")
	id := w.start("vip").RunID
	w.claim(id, "w")
	w.must(w.s.Release(w.Context(), id, "w"))
	r, err := w.s.Run(w.Context(), id)
	if err != nil || r.State != store.Queued || r.Owner != "" {
		w.Errorf("given back: %s %q %v", r.State, r.Owner, err)
	}
	w.conflict("given back twice", w.s.Release(w.Context(), id, "w"))
	w.conflict("a start beside it", second(w.s.Enqueue(w.Context(), store.NewRun{Connection: "vip"}, nil)))
	second := w.claim(id, "w2")
	if second.Attempt != 2 || !slices.Equal(second.SyncRunIDs, []string{id}) {
		w.Errorf("claimed again: %+v", second)
	}
}

func checkCancel(w *world) {
	ctx := w.Context()
	w.fill("vip")
	id := w.start("vip").RunID
	r, err := w.s.RequestCancel(ctx, id, anna())
	if err != nil || r.State != "cancelled" || r.FinishedAt == nil || r.Message != "cancelled before it began, by Anna" {
		w.Errorf("queued: %+v %v", r, err)
	}
	w.conflict("twice", second(w.s.RequestCancel(ctx, id, anna())))
	w.conflict("claim", second(w.s.Claim(ctx, id, "w")))
	w.gone("nothing", second(w.s.RequestCancel(ctx, "absent", anna())))

	id = w.start("vip").RunID
	w.claim(id, "w")
	if r, err = w.s.RequestCancel(ctx, id, anna()); err != nil || r.State != store.Running || !r.CancelRequested || r.FinishedAt != nil {
		w.Errorf("running: %+v %v", r, err)
	}
	if cancel, err := w.s.Beat(ctx, id, "w", nil); err != nil || !cancel {
		w.Errorf("the worker hears %v, %v", cancel, err)
	}
	seen, err := w.s.Run(ctx, id)
	w.must(err)
	w.must(w.s.TakeBack(ctx, seen))
	r = w.claim(id, "next")
	if !r.CancelRequested {
		w.Error("the next worker does not hear of it")
	}
	w.end(id, "next", eddy.Cancelled)
	log, err := w.s.AuditLog(ctx, 0, 2)
	w.must(err)
	for _, a := range log {
		if a.Action != "cancel" || a.Actor != anna() || string(a.Detail) != `{"connection":"vip"}` {
			w.Errorf("audit: %+v", a)
		}
	}
}

// checkRejected: a person says no to what is there now, once, and why is kept.
func checkRejected(w *world) {
	ctx := w.Context()
	w.fill("vip", "other")
	held := func(connection string) string {
		id := w.start(connection).RunID
		w.claim(id, "w")
		w.end(id, "w", eddy.NeedsApproval)
		return id
	}
	old, other := held("vip"), held("other")
	newest := held("vip")
	w.must(w.s.Skip(ctx, store.NewRun{Connection: "vip"}, "overlap"))
	w.conflict("an old one", second(w.s.Reject(ctx, old, "", anna())))
	w.gone("nothing", second(w.s.Reject(ctx, "absent", "", anna())))
	r, err := w.s.Reject(ctx, newest, "the export was cut", anna())
	if err != nil || r.State != store.RunState(eddy.Cancelled) || r.Message != "rejected, by Anna: the export was cut" {
		w.Errorf("with a reason: %+v %v", r, err)
	}
	w.conflict("twice", second(w.s.Reject(ctx, newest, "", anna())))
	if r, err = w.s.Reject(ctx, other, "", anna()); err != nil || r.Message != "rejected, by Anna" {
		w.Errorf("without a reason: %+v %v", r, err)
	}
	log, err := w.s.AuditLog(ctx, 0, 3)
	w.must(err)
	if string(log[0].Detail) != `{"connection":"other"}` || string(log[1].Detail) != `{"connection":"vip","note":"the export was cut"}` || log[1].Name != newest || log[2].Action == "reject" {
		w.Errorf("audit: %+v", log)
	}
	for run, want := range map[string]string{old: newest, newest: "", other: ""} {
		r, err := w.s.Run(ctx, run)
		w.must(err)
		if newer, err := w.s.NewerRun(ctx, r); err != nil || newer != want {
			w.Errorf("newer than %s: %q %v, want %q", run, newer, err, want)
		}
	}
}

func checkSkipped(w *world) {
	ctx := w.Context()
	w.fill("vip")
	due := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	w.must(w.s.Skip(ctx, store.NewRun{Connection: "vip", Trigger: "schedule", ScheduledFor: due}, "the run before is not done"))
	w.must(w.open().Skip(ctx, store.NewRun{Connection: "vip", Trigger: "schedule", ScheduledFor: due}, "as another server saw at the same time"))
	w.start("vip")
	w.must(w.s.Skip(ctx, store.NewRun{Connection: "vip", Trigger: "schedule", ScheduledFor: due.Add(time.Hour)}, "and again"))
	runs, err := w.s.Runs(ctx, store.RunFilter{State: store.Skipped})
	w.must(err)
	if len(runs) != 2 || runs[1].Message != "the run before is not done" || !runs[1].ScheduledFor.Equal(due) || runs[1].FinishedAt == nil || !runs[1].StartedAt.IsZero() {
		w.Errorf("on record: %+v", runs)
	}
	w.conflict("claim", second(w.s.Claim(ctx, runs[0].RunID, "w")))
}

func checkRunList(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed")
	var want []string
	for i := range 7 {
		name := []string{"vip", "lapsed"}[i%2]
		id := w.start(name).RunID
		w.claim(id, "w")
		w.end(id, "w", []eddy.Status{eddy.Succeeded, eddy.StatusFailed}[i%2])
		want = append([]string{id}, want...)
	}
	w.exec("UPDATE eddy_runs SET requested_at = 1000000 * (requested_at / 1000000)") // several at one moment
	ids := func(f store.RunFilter) (out []string) {
		runs, err := w.s.Runs(ctx, f)
		w.must(err)
		for _, r := range runs {
			out = append(out, r.RunID)
		}
		return out
	}
	whole := ids(store.RunFilter{})
	slices.Sort(want)
	if sorted := slices.Sorted(slices.Values(whole)); !slices.Equal(sorted, want) {
		w.Errorf("all: %v, want %v", sorted, want)
	}
	var paged []string
	for f := (store.RunFilter{Limit: 2}); ; {
		page := ids(f)
		paged = append(paged, page...)
		if len(page) < 2 {
			break
		}
		f.Before = page[1]
	}
	if !slices.Equal(paged, whole) {
		w.Errorf("pages: %v, want %v", paged, whole)
	}
	if n := len(ids(store.RunFilter{Connection: "vip"})); n != 4 {
		w.Errorf("%d runs of vip, want 4", n)
	}
	if n := len(ids(store.RunFilter{Connection: "lapsed", State: "succeeded"})); n != 0 {
		w.Errorf("%d successes of lapsed, want 0", n)
	}
	good := slices.DeleteFunc(slices.Clone(whole[1:]), func(id string) bool {
		r, err := w.s.Run(ctx, id)
		return err != nil || r.Connection != "vip"
	})
	if got := ids(store.RunFilter{Good: true, Before: whole[0]}); !slices.Equal(got, good) || len(good) < 3 {
		w.Errorf("good runs before the newest: %v, want %v", got, good)
	}
	now := time.Now()
	for what, f := range map[string]store.RunFilter{"later": {Since: now.Add(time.Hour)}, "earlier": {Until: now.Add(-time.Hour)}} {
		if n := len(ids(f)); n != 0 {
			w.Errorf("%d runs %s", n, what)
		}
	}
	if n := len(ids(store.RunFilter{Since: now.Add(-time.Hour), Until: now.Add(time.Hour)})); n != 7 {
		w.Errorf("%d runs around now, want 7", n)
	}
	w.gone("a page behind nothing", second(w.s.Runs(ctx, store.RunFilter{Before: "absent"})))
}

func checkPruning(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed")
	old := w.start("vip").RunID
	w.claim(old, "w")
	w.end(old, "w", eddy.Succeeded)
	queued := w.start("lapsed").RunID
	w.exec("UPDATE eddy_runs SET requested_at = requested_at - 3600000000, finished_at = CASE finished_at WHEN 0 THEN 0 ELSE finished_at - 3600000000 END")
	fresh := w.start("vip").RunID
	w.claim(fresh, "w")
	w.end(fresh, "w", eddy.StatusFailed)
	if n, err := w.s.PruneRuns(ctx, time.Now().Add(-time.Minute)); err != nil || n != 1 {
		w.Errorf("pruned %d, %v", n, err)
	}
	w.gone("the old one", second(w.s.Run(ctx, old)))
	for _, id := range []string{queued, fresh} {
		w.must(second(w.s.Run(ctx, id)))
	}
	if _, ok, err := w.s.LastSuccess(ctx, "vip"); err != nil || !ok {
		w.Errorf("the success was forgotten: %v", err)
	}
}

func checkLastSuccess(w *world) {
	ctx := w.Context()
	w.fill("vip")
	at := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		status eddy.Status
		want   time.Time
	}{
		{eddy.StatusFailed, time.Time{}},
		{eddy.NeedsApproval, time.Time{}},
		{eddy.Succeeded, at.Add(2 * time.Hour)},
		{eddy.Cancelled, at.Add(2 * time.Hour)},
		{eddy.CompletedWithErrors, at.Add(4 * time.Hour)},
	} {
		id := w.start("vip").RunID
		w.claim(id, "w")
		w.must(w.s.Finish(ctx, id, "w", eddy.Run{Status: c.status, FinishedAt: &at}, nil))
		if got, ok, err := w.s.LastSuccess(ctx, "vip"); err != nil || !got.Equal(c.want) || ok == c.want.IsZero() {
			w.Errorf("after %s: %v %v %v, want %v", c.status, got, ok, err, c.want)
		}
		at = at.Add(time.Hour)
	}
}
