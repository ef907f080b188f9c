package storetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// digests are those of texts, as e-mail addresses.
func digests(texts ...string) eddy.Digests {
	var out []byte
	for _, text := range texts {
		d := sha256.Sum256([]byte(text))
		out = append(out, d[:]...)
	}
	return eddy.Digests{"email": out}
}

func uploadedList(name string) store.Object {
	return store.Object{Kind: store.Suppression, Name: name, Spec: json.RawMessage(`{"upload":{}}`)}
}

func checkUploads(w *world) {
	ctx := w.Context()
	w.must(second(w.s.Put(ctx, uploadedList("optout"), store.CreateOnly, anna())))
	up := func(replace bool, version int64, texts ...string) store.Object {
		w.Helper()
		o, err := w.s.Upload(ctx, store.Upload{List: "optout", Digests: digests(texts...), Replace: replace}, version, anna())
		w.must(err)
		return o
	}
	holds := func(what string, n int) eddy.Digests {
		w.Helper()
		got, err := w.s.Digests(ctx, "optout")
		w.must(err)
		counts, err := w.s.Uploads(ctx)
		w.must(err)
		if got.Len() != n || counts["optout"] != int64(n) {
			w.Errorf("%s: %d digests, counted as %d, want %d", what, got.Len(), counts["optout"], n)
		}
		return got
	}
	before, err := w.s.Revision(ctx)
	w.must(err)
	up(false, 1, "b", "a", "b")
	o := up(false, 2, "a", "c")
	got := holds("added", 3)
	if after, err := w.s.Revision(ctx); err != nil || after == before || o.Version != 3 {
		w.Errorf("two uploads: version %d, revision %d to %d: %v", o.Version, before, after, err)
	}
	for d := range digests("a", "b", "c").Each("email") {
		if !bytes.Contains(got["email"], d) {
			w.Errorf("%x is missing", d)
		}
	}
	_, err = w.s.Upload(ctx, store.Upload{List: "optout", Digests: digests("d")}, 2, anna())
	w.conflict("an old version", err)
	list := store.Object{Kind: store.Suppression, Name: "optout", Spec: json.RawMessage(`{"source":"shop","table":"out"}`)}
	_, err = w.s.Put(ctx, list, store.AnyVersion, anna())
	w.code("another kind of list", err, eddy.CodeConflict, "which it would lose")
	list.Spec = json.RawMessage(`{"source":"shop","table":"out","upload":null}`)
	_, err = w.s.Put(ctx, list, store.AnyVersion, anna())
	w.code("another kind of list that says so", err, eddy.CodeConflict, "which it would lose")
	many := eddy.Digests{"email": make([]byte, 0, 32*(store.MostDigests+1))}
	for i := range store.MostDigests + 1 {
		many["email"] = append(many["email"], make([]byte, 28)...)
		many["email"] = append(many["email"], byte(i>>24), byte(i>>16), byte(i>>8), byte(i))
	}
	_, err = w.s.Upload(ctx, store.Upload{List: "optout", Digests: many, Replace: true}, store.AnyVersion, anna())
	w.code("too many", err, eddy.CodeUsage, "1,000,000 are the most")
	holds("refused", 3)
	up(true, 3, "d")
	holds("replaced", 1)
	up(true, 4)
	holds("cleared", 0)
	up(true, 5, "e")
	w.must(w.s.Delete(ctx, store.Suppression, "optout", 6, anna()))
	w.must(second(w.s.Put(ctx, uploadedList("optout"), store.CreateOnly, anna())))
	holds("made again", 0)
	log, err := w.s.AuditLog(ctx, 0, 100)
	w.must(err)
	var said []string
	for _, a := range log {
		said = append(said, a.Action)
	}
	if got := strings.Join(said, " "); got != "create delete upload clear upload upload upload create" {
		w.Errorf("the audit log: %s", got)
	}
}

func checkWaiting(w *world) {
	ctx := w.Context()
	w.fill("lapsed", "vip")
	w.must(second(w.s.Put(ctx, uploadedList("optout"), store.CreateOnly, anna())))
	waiting := func(what string, want bool) store.Waiting {
		w.Helper()
		all, err := w.s.Waiting(ctx)
		w.must(err)
		if len(all) != 2 || all[0].Connection != "lapsed" || !all[0].Since.IsZero() || !all[0].Done.IsZero() {
			w.Fatalf("%s: %+v", what, all)
		}
		if all[1].Since.IsZero() == want {
			w.Errorf("%s: %+v", what, all[1])
		}
		return all[1]
	}
	run := func(status eddy.Status, left int64, errs ...eddy.RunError) {
		w.Helper()
		r, err := w.s.Enqueue(ctx, store.NewRun{Connection: "vip"}, nil)
		w.must(err)
		w.must(second(w.s.Claim(ctx, r.RunID, "w")))
		w.must(w.s.Finish(ctx, r.RunID, "w", eddy.Run{Status: status, Errors: errs, Counts: eddy.Counts{LeftOut: eddy.LeftOut{Unremoved: left}}}, nil))
	}
	upload := func(text string) {
		w.Helper()
		w.must(second(w.s.Upload(ctx, store.Upload{List: "optout", Digests: digests(text)}, store.AnyVersion, anna())))
	}
	waiting("it never ran", false)
	run(eddy.Succeeded, 0)
	waiting("it ran since", false)
	upload("a")
	first := waiting("changed", true)
	upload("b")
	run(eddy.StatusFailed, 0)
	if again := waiting("a run failed", true); !again.Since.Equal(first.Since) || !again.Done.Equal(first.Done) {
		w.Errorf("the oldest change is %v, and was %v", again, first)
	}
	run(eddy.CompletedWithErrors, 1)
	waiting("somebody was not removed", true)
	run(eddy.NeedsApproval, 0, eddy.RunError{Reason: "another audience"})
	waiting("it asked before it read the lists", true)
	run(eddy.NeedsApproval, 0, eddy.RunError{Reason: "the guard held the others", Removal: &eddy.Removal{}})
	done := waiting("carried out", false)
	if !done.Done.After(first.Since) {
		w.Errorf("done at %v, after the change of %v", done.Done, first.Since)
	}
	upload("c")
	w.must(second(w.s.PruneRuns(ctx, time.Now().Add(time.Hour))))
	if again := waiting("the runs are forgotten", true); !again.Done.Equal(done.Done) || !again.Begun.Equal(done.Begun) {
		w.Errorf("forgotten: %+v, and was %+v", again, done)
	}
	w.must(w.s.Delete(ctx, store.Suppression, "optout", store.AnyVersion, anna()))
	waiting("the list is gone", false)
}
