package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

func startChecks() []check {
	return []check{
		{"starts after another", "a run that ends well asks for those that run after it, in the same transaction; one that is held, fails or is cancelled does not", checkAfter},
		{"one run of a start", "of all servers that find a start, one makes the run; whatever stops it leaves the start as it was", checkOneStart},
		{"names like numbers", "a name that looks like a number or a yes is one, however it stands in the JSON", checkOddNames},
		{"a start waits", "while a run is under way the start stays, and one that waits to begin will do for it", checkStartWaits},
		{"webhooks", "what a webhook hears starts what waits for it, once, also when all servers hear it at once; a webhook that connections wait for is kept", checkWebhooks},
		{"a start is in nobody's way", "what is paused or deleted is not to start; what others run after is kept, and what is not there nobody runs after", checkStartEnds},
	}
}

// following is a connection that runs after others.
func following(name string, after any) store.Object {
	o := connection(name)
	text, err := json.Marshal(after)
	if err != nil {
		panic(err)
	}
	o.Spec = json.RawMessage(fmt.Sprintf(`{"source":"shop","destination":"x","schedule":{"type":"after","after":%s}}`, text))
	return o
}

// starts lists what is to start in a few words.
func (w *world) starts() string {
	w.Helper()
	list, err := w.s.Starts(w.Context())
	w.must(err)
	var out []string
	for _, s := range list {
		if s.At.IsZero() {
			w.Errorf("no time: %+v", s)
		}
		out = append(out, s.Connection+" "+s.Trigger)
	}
	return strings.Join(out, ", ")
}

// ends makes a run of a connection that ends in some way.
func (w *world) ends(connection string, status eddy.Status) {
	w.Helper()
	r := w.start(connection)
	w.claim(r.RunID, "w "+r.RunID)
	w.end(r.RunID, "w "+r.RunID, status)
}

func (w *world) wantStarts(what, want string) {
	w.Helper()
	if got := w.starts(); got != want {
		w.Errorf("%s: %q is to start, want %q", what, got, want)
	}
}

func noJob(store.Tx, string) error { return nil }

func checkAfter(w *world) {
	w.fill("vip", "lapsed")
	w.must(w.s.Apply(w.Context(), []store.Object{following("buyers", "vip"), following("all", []string{"vip", "lapsed"})}, nil, anna()))
	for _, status := range []eddy.Status{eddy.StatusFailed, eddy.Cancelled, eddy.NeedsApproval} {
		w.ends("vip", status)
		w.wantStarts(string(status), "")
	}
	w.ends("lapsed", eddy.CompletedWithErrors)
	w.wantStarts("one of two", "all after lapsed")
	w.ends("vip", eddy.Succeeded)
	w.wantStarts("the other", "all after vip, buyers after vip")
	r := w.start("vip")
	w.claim(r.RunID, "a")
	w.conflict("not its worker", w.s.Finish(w.Context(), r.RunID, "b", eddy.Run{Status: eddy.Succeeded}, nil))
	all, err := w.s.Starts(w.Context())
	w.must(err)
	for _, start := range all {
		older := start
		older.At = start.At.Add(-time.Microsecond)
		w.must(w.s.DropStart(w.Context(), older))
	}
	w.wantStarts("what was judged is older", "all after vip, buyers after vip")
	for _, start := range all {
		w.must(w.s.DropStart(w.Context(), start))
	}
	w.wantStarts("dropped, and not asked for by who lost the run", "")
}

func checkOneStart(w *world) {
	w.fill("vip")
	w.must(w.s.Apply(w.Context(), []store.Object{following("next", "vip")}, nil, anna()))
	w.ends("vip", eddy.Succeeded)
	n := store.NewRun{Connection: "next", Trigger: store.AfterTrigger("vip"), RequestedBy: "schedule"}
	if r, err := w.s.EnqueueStart(w.Context(), n, func(store.Tx, string) error { return errors.New("the job cannot be made") }); err == nil || r != nil {
		w.Errorf("without a job: %v %v", r, err)
	}
	w.wantStarts("after a failed attempt", "next after vip")
	servers := []*store.Store{w.s, w.open(), w.open()}
	runs, errs := make([]*store.Run, 12), make([]error, 12)
	var wg sync.WaitGroup
	for i := range runs {
		wg.Go(func() { runs[i], errs[i] = servers[i%3].EnqueueStart(w.Context(), n, noJob) })
	}
	wg.Wait()
	made := 0
	for i := range runs {
		w.must(errs[i])
		if r := runs[i]; r != nil {
			made++
			if r.Trigger != "after vip" || r.State != store.Queued || r.Connection != "next" {
				w.Errorf("run %+v", r)
			}
		}
	}
	if made != 1 {
		w.Errorf("%d runs", made)
	}
	w.wantStarts("afterwards", "")
}

// checkOddNames: a name that looks like a number is one, however it stands in the JSON.
func checkOddNames(w *world) {
	w.fill("1", "true")
	for i, after := range []any{1, true, []any{1, "true"}} {
		name := fmt.Sprintf("next %d", i)
		w.must(w.s.Apply(w.Context(), []store.Object{following(name, after)}, nil, anna()))
	}
	w.ends("1", eddy.Succeeded)
	w.wantStarts("after a number", "next 0 after 1, next 2 after 1")
	w.ends("true", eddy.Succeeded)
	w.wantStarts("after a yes", "next 0 after 1, next 1 after true, next 2 after true")
	if err := w.s.Delete(w.Context(), store.Connection, "1", store.AnyVersion, anna()); eddy.ErrorCode(err) != eddy.CodeConflict {
		w.Errorf("what others run after is deleted: %v", err)
	}
	_, err := w.s.CreateWebhook(w.Context(), store.Webhook{Name: "42", Kind: "other"}, "", anna())
	w.must(err)
	waits := connection("waits")
	waits.Spec = json.RawMessage(`{"source":"shop","destination":"x","schedule":{"webhook":42}}`)
	w.must(w.s.Apply(w.Context(), []store.Object{waits}, nil, anna()))
	if err := w.s.DeleteWebhook(w.Context(), "42", anna()); eddy.ErrorCode(err) != eddy.CodeConflict {
		w.Errorf("what a connection waits for is deleted: %v", err)
	}
}

func checkStartWaits(w *world) {
	w.fill("vip")
	w.must(w.s.Apply(w.Context(), []store.Object{following("next", "vip")}, nil, anna()))
	n := store.NewRun{Connection: "next", Trigger: store.AfterTrigger("vip")}
	waits := w.start("next")
	w.ends("vip", eddy.Succeeded)
	if r, err := w.s.EnqueueStart(w.Context(), n, noJob); r != nil || err != nil {
		w.Errorf("beside one that waits: %v %v", r, err)
	}
	w.wantStarts("one that waits will do", "")
	w.claim(waits.RunID, "w")
	w.ends("vip", eddy.Succeeded)
	w.ends("vip", eddy.Succeeded)
	_, err := w.s.EnqueueStart(w.Context(), n, noJob)
	if active, ok := errors.AsType[*store.ActiveError](err); !ok || active.RunID != waits.RunID {
		w.Errorf("beside one that runs: %v", err)
	}
	// One that was given back may have read the model before.
	w.must(w.s.Release(w.Context(), waits.RunID, "w"))
	w.conflict("beside one that was given back", second(w.s.EnqueueStart(w.Context(), n, noJob)))
	w.wantStarts("while one is under way", "next after vip")
	w.claim(waits.RunID, "w2")
	w.end(waits.RunID, "w2", eddy.StatusFailed)
	if r, err := w.s.EnqueueStart(w.Context(), n, noJob); r == nil || err != nil {
		w.Errorf("once it has ended: %v %v", r, err)
	}
	w.wantStarts("in the end", "")
}

func checkStartEnds(w *world) {
	w.fill("vip")
	next := following("next", "vip")
	if _, err := w.s.Put(w.Context(), following("odd", "vipp"), store.CreateOnly, anna()); eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), `connection odd: there is no connection "vipp"`) {
		w.Errorf("after what is not there: %v", err)
	}
	w.must(w.s.Apply(w.Context(), []store.Object{next}, nil, anna()))
	if err := w.s.Delete(w.Context(), store.Connection, "vip", store.AnyVersion, anna()); eddy.ErrorCode(err) != eddy.CodeConflict || !strings.Contains(err.Error(), "after connection vip runs connection next") {
		w.Errorf("what others run after is deleted: %v", err)
	}
	w.must(w.s.SetPaused(w.Context(), "next", true, anna()))
	w.ends("vip", eddy.Succeeded)
	w.wantStarts("paused", "")
	w.must(w.s.SetPaused(w.Context(), "next", false, anna()))
	w.ends("vip", eddy.Succeeded)
	w.wantStarts("resumed", "next after vip")
	w.must(w.s.Delete(w.Context(), store.Connection, "next", store.AnyVersion, anna()))
	w.wantStarts("deleted", "")
	w.must(w.s.Apply(w.Context(), []store.Object{next}, nil, anna()))
	w.wantStarts("made again", "")
	w.must(w.s.Apply(w.Context(), nil, []store.Ref{{Kind: store.Connection, Name: "vip"}, {Kind: store.Connection, Name: "next"}}, anna()))
}

func checkWebhooks(w *world) {
	w.fill("vip")
	waits := connection("waits")
	waits.Spec = json.RawMessage(`{"source":"shop","destination":"x","schedule":{"webhook":"dbt"}}`)
	if err := w.s.Apply(w.Context(), []store.Object{waits}, nil, anna()); eddy.ErrorCode(err) != eddy.CodeConfig {
		w.Errorf("for a webhook that is not there: %v", err)
	}
	made, err := w.s.CreateWebhook(w.Context(), store.Webhook{Name: "dbt", Kind: "other"}, "", anna())
	w.must(err)
	w.conflict("a second of the name", second(w.s.CreateWebhook(w.Context(), store.Webhook{Name: "dbt"}, "", anna())))
	if h, secret, err := w.open().Webhook(w.Context(), "dbt"); err != nil || secret != made || len(secret) < 40 || h.Kind != "other" {
		w.Errorf("read: %+v %v", h, err)
	}
	if _, _, err := w.s.Webhook(w.Context(), "dbtt"); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("none: %v", err)
	}
	w.must(w.s.Apply(w.Context(), []store.Object{waits}, nil, anna()))
	// What cannot be noted was not heard: the sender is to send it again.
	if _, err := w.s.Hear(w.Context(), "dbt", store.Heard{ID: "a\x00b", Starts: true}); err == nil || errors.Is(err, store.ErrHeard) {
		w.Errorf("an id that no database takes: %v", err)
	}
	servers := []*store.Store{w.s, w.open(), w.open()}
	errs := make([]error, 9)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = servers[i%3].Hear(w.Context(), "dbt", store.Heard{ID: "7", Text: "done", Starts: true})
		})
	}
	wg.Wait()
	first := 0
	for _, err := range errs {
		if err == nil {
			first++
		} else if !errors.Is(err, store.ErrHeard) {
			w.Errorf("heard again: %v", err)
		}
	}
	if first != 1 {
		w.Errorf("it started something %d times", first)
	}
	w.wantStarts("once", "waits webhook dbt")
	if err := w.s.DeleteWebhook(w.Context(), "dbt", anna()); eddy.ErrorCode(err) != eddy.CodeConflict || !strings.Contains(err.Error(), "webhook dbt starts connection waits") {
		w.Errorf("while one waits for it: %v", err)
	}
	w.must(w.s.Delete(w.Context(), store.Connection, "waits", store.AnyVersion, anna()))
	w.must(w.s.DeleteWebhook(w.Context(), "dbt", anna()))
	if err := w.s.DeleteWebhook(w.Context(), "dbt", anna()); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("twice: %v", err)
	}
}
