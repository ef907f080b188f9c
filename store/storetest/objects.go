package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

func objectChecks() []check {
	return []check{
		{"objects come back", "an object is given as it was put, secrets too, with a version that grows only when something changed", checkObjects},
		{"versions", "a change that was made on top of another version than the caller saw is refused, and so is making what is there", checkVersions},
		{"racing changes", "of all who change one version at once, one is told yes; the others lose nothing silently", checkRacingPuts},
		{"checked before", "a change that was checked before another server's is refused, and one checked after it is not", checkMoved},
		{"pages", "a list by pages has each name once, in the order of bytes on every database", checkPages},
		{"references", "a connection's source and destination are there, whoever deletes or applies what, at the same time too", checkReferences},
		{"in use", "what is used or runs is not deleted, and the error says who uses it", checkInUse},
		{"lists", "a list of people uses its source, and is an object like others", checkLists},
		{"uploads", "what is uploaded to a list is kept once, is a change of it, and goes with it", checkUploads},
		{"lists wait", "a change of a list waits for the next good run of each connection that ever ran", checkWaiting},
		{"apply", "an apply makes all of its changes or none", checkApply},
		{"bad objects", "what could not be read back is refused with what is wrong", checkBadObjects},
		{"pause", "a pause outlasts edits, and a deleted connection comes back without its past", checkPause},
		{"audit", "each change leaves one line that says who changed what, and no secret; a refused change leaves none", checkAudit},
		{"secrets stay", "no secret stands in the database, a log, an error or JSON", checkSecretsStay},
	}
}

func source() store.Object {
	return store.Object{Kind: store.Source, Name: "shop", Spec: json.RawMessage(`{"type":"postgres","host":"db"}`), Secrets: store.Secrets{"password": "hunter2"}}
}

func dest() store.Object {
	return store.Object{Kind: store.Destination, Name: "x", Spec: json.RawMessage(`{"type":"x_audience","account_id":"18ce54d4x5t"}`), Secrets: store.Secrets{"consumer_secret": "cs"}}
}

func connection(name string) store.Object {
	return store.Object{Kind: store.Connection, Name: name, Spec: json.RawMessage(`{"source":"shop","destination":"x","table":"customers"}`)}
}

// checkMoved: what was checked before somebody else's change is not stored after it.
func checkMoved(w *world) {
	ctx := w.Context()
	w.fill("vip")
	seen, err := w.s.Revision(ctx)
	w.must(err)
	o, err := w.s.Object(ctx, store.Connection, "vip")
	w.must(err)
	o.Spec = json.RawMessage(strings.Replace(string(o.Spec), "{", `{"identifier":"other",`, 1))
	o.Name = "second"
	w.must(second(w.s.Put(ctx, o, store.CreateOnly, anna(), seen)))
	o.Name = "third"
	if _, err := w.s.Put(ctx, o, store.CreateOnly, anna(), seen); !errors.Is(err, store.ErrMoved) {
		w.Errorf("put on top of another's change: %v", err)
	}
	if err := w.s.Apply(ctx, []store.Object{o}, nil, anna(), seen); !errors.Is(err, store.ErrMoved) {
		w.Errorf("applied on top of another's change: %v", err)
	}
	w.gone("refused", second(w.s.Object(ctx, store.Connection, "third")))
	w.must(w.s.Apply(ctx, []store.Object{o}, nil, anna(), seen+1))
}

// fill makes a source, a destination and connections.
func (w *world) fill(connections ...string) {
	w.Helper()
	puts := []store.Object{source(), dest()}
	for _, c := range connections {
		puts = append(puts, connection(c))
	}
	w.must(w.s.Apply(w.Context(), puts, nil, anna()))
}

func same(t *testing.T, got, want store.Object) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(store.Object{}, "CreatedAt", "UpdatedAt"), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func checkObjects(w *world) {
	want := source()
	want.Spec = json.RawMessage(`{ "type": "postgres", "host": "db" }`)
	got, err := w.s.Put(w.Context(), want, store.CreateOnly, anna())
	w.must(err)
	want = source()
	want.Version = 1
	same(w.T, got, want)
	if got, err = w.s.Object(w.Context(), store.Source, "shop"); err != nil {
		w.Fatal(err)
	}
	same(w.T, got, want)
	if _, err := w.s.Put(w.Context(), source(), store.CreateOnly, anna()); !errors.Is(err, store.ErrConflict) {
		w.Errorf("made twice: %v", err)
	}
	before, err := w.s.Revision(w.Context())
	w.must(err)
	if got, err = w.s.Put(w.Context(), source(), 1, anna()); err != nil || got.Version != 1 {
		w.Errorf("nothing changed: version %d, %v", got.Version, err)
	}
	if after, err := w.s.Revision(w.Context()); err != nil || after != before {
		w.Errorf("nothing changed: revision %d after %d, %v", after, before, err)
	}
	changed := source()
	changed.Secrets["password"] = "other"
	if got, err = w.s.Put(w.Context(), changed, 1, anna()); err != nil || got.Version != 2 || got.Secrets["password"] != "other" {
		w.Errorf("a new password: version %d, %v", got.Version, err)
	}
	if after, err := w.s.Revision(w.Context()); err != nil || after <= before {
		w.Errorf("a new password: revision %d after %d, %v", after, before, err)
	}
}

func checkVersions(w *world) {
	ctx := w.Context()
	w.must(second(w.s.Put(ctx, source(), store.AnyVersion, anna())))
	changed := source()
	changed.Spec = json.RawMessage(`{"type":"postgres","host":"other"}`)
	for _, seen := range []int64{store.CreateOnly, 2, 7} {
		if _, err := w.s.Put(ctx, changed, seen, anna()); !errors.Is(err, store.ErrConflict) {
			w.Errorf("on top of version %d of 1: %v", seen, err)
		}
		if seen == store.CreateOnly {
			continue
		}
		if err := w.s.Delete(ctx, store.Source, "shop", seen, anna()); !errors.Is(err, store.ErrConflict) {
			w.Errorf("delete version %d of 1: %v", seen, err)
		}
	}
	absent := source()
	absent.Name = "absent"
	w.gone("change of what is not there", second(w.s.Put(ctx, absent, 1, anna())))
	w.gone("delete of what is not there", w.s.Delete(ctx, store.Source, "absent", store.AnyVersion, anna()))
	w.gone("what is not there", second(w.s.Object(ctx, store.Source, "absent")))
	w.gone("another kind by that name", second(w.s.Object(ctx, store.Destination, "shop")))
	got, err := w.s.Put(ctx, changed, 1, anna())
	if err != nil || got.Version != 2 || !got.UpdatedAt.After(got.CreatedAt) {
		w.Errorf("on top of what was seen: %+v %v", got.Version, err)
	}
	w.must(w.s.Delete(ctx, store.Source, "shop", 2, anna()))
	w.must(second(w.s.Put(ctx, source(), store.CreateOnly, anna())))
}

func checkRacingPuts(w *world) {
	ctx := w.Context()
	w.must(second(w.s.Put(ctx, source(), store.CreateOnly, anna())))
	servers := []*store.Store{w.s, w.open()}
	const each = 6
	won := make([]int, 2)
	var wg sync.WaitGroup
	for i, s := range servers {
		wg.Go(func() {
			for n := range each {
				for done := false; !done; {
					o, err := s.Object(ctx, store.Source, "shop")
					if err != nil {
						w.Error(err)
						return
					}
					var spec struct{ Seen []string }
					_ = json.Unmarshal(o.Spec, &spec)
					spec.Seen = append(spec.Seen, fmt.Sprintf("%d.%d", i, n))
					o.Spec, _ = json.Marshal(spec)
					switch _, err = s.Put(ctx, o, o.Version, anna()); {
					case err == nil:
						won[i]++
						done = true
					case !errors.Is(err, store.ErrConflict):
						w.Error(err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	o, err := w.s.Object(ctx, store.Source, "shop")
	w.must(err)
	var spec struct{ Seen []string }
	w.must(json.Unmarshal(o.Spec, &spec))
	slices.Sort(spec.Seen)
	if len(slices.Compact(spec.Seen)) != 2*each || o.Version != 1+2*each || won[0] != each || won[1] != each {
		w.Errorf("%d changes were told yes, version %d has %q", won, o.Version, spec.Seen)
	}
}

func checkPages(w *world) {
	ctx := w.Context()
	names := []string{"Z", "a", "b c", "eins", "zwei", "äpfel", "日本"}
	for _, n := range []string{"zwei", "äpfel", "a", "日本", "Z", "b c", "eins"} {
		o := source()
		o.Name, o.Secrets = n, store.Secrets{"password": "of " + n}
		w.must(second(w.s.Put(ctx, o, store.CreateOnly, anna())))
	}
	var got []string
	for after := ""; ; {
		page, err := w.s.Objects(ctx, store.Source, after, 3)
		w.must(err)
		for _, o := range page {
			got = append(got, o.Name)
			if after = o.Name; o.Secrets["password"] != "of "+o.Name {
				w.Errorf("%s has another's secrets", o.Name)
			}
		}
		if len(page) < 3 {
			break
		}
	}
	if !slices.Equal(got, names) {
		w.Errorf("pages: %q, want %q", got, names)
	}
	if whole, err := w.s.Objects(ctx, store.Source, "", 0); err != nil || len(whole) != len(names) {
		w.Errorf("all: %d, %v", len(whole), err)
	}
}

func checkReferences(w *world) {
	ctx := w.Context()
	_, err := w.s.Put(ctx, connection("vip"), store.CreateOnly, anna())
	w.code("a connection of nothing", err, eddy.CodeConfig, `connection vip: there is no destination "x"; connection vip: there is no source "shop"`)
	w.must(second(w.s.Put(ctx, dest(), store.CreateOnly, anna())))
	// A connection is made while another server deletes its source: one of them is refused.
	other := w.open()
	for i := range 6 {
		w.must(second(w.s.Put(ctx, source(), store.AnyVersion, anna())))
		var made, deleted error
		var wg sync.WaitGroup
		wg.Go(func() { made = second(w.s.Put(ctx, connection("vip"), store.CreateOnly, anna())) })
		wg.Go(func() { deleted = other.Delete(ctx, store.Source, "shop", store.AnyVersion, anna()) })
		wg.Wait()
		if (made == nil) == (deleted == nil) {
			w.Fatalf("%d: make: %v; delete: %v; want one to be refused", i, made, deleted)
		}
		if made == nil {
			w.must(w.s.Delete(ctx, store.Connection, "vip", store.AnyVersion, anna()))
		}
	}
}

func checkInUse(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed")
	w.code("a source", w.s.Delete(ctx, store.Source, "shop", store.AnyVersion, anna()), eddy.CodeConflict, "source shop is used by connections lapsed, vip")
	w.must(w.s.Delete(ctx, store.Connection, "lapsed", store.AnyVersion, anna()))
	w.code("a destination", w.s.Delete(ctx, store.Destination, "x", 1, anna()), eddy.CodeConflict, "destination x is used by connection vip\n")
	r, err := w.s.Enqueue(ctx, store.NewRun{Connection: "vip"}, nil)
	w.must(err)
	w.code("queued", w.s.Delete(ctx, store.Connection, "vip", store.AnyVersion, anna()), eddy.CodeConflict, "run "+r.RunID+", which is queued")
	w.must(second(w.s.Claim(ctx, r.RunID, "w")))
	w.code("running", w.s.Apply(ctx, nil, []store.Ref{{Kind: store.Connection, Name: "vip"}}, anna()), eddy.CodeConflict, "which is running")
	w.must(w.s.Finish(ctx, r.RunID, "w", eddy.Run{Status: eddy.Succeeded}, nil))
	w.must(w.s.Delete(ctx, store.Connection, "vip", store.AnyVersion, anna()))
	if left, err := w.s.Run(ctx, r.RunID); err != nil || left.Connection != "vip" {
		w.Errorf("its history: %v %v", left.Connection, err)
	}
	w.gone("start of a deleted connection", second(w.s.Enqueue(ctx, store.NewRun{Connection: "vip"}, nil)))
	w.must(w.s.Delete(ctx, store.Source, "shop", store.AnyVersion, anna()))
}

// checkLists: a list of people is an object like others, and its source is in use.
func checkLists(w *world) {
	ctx := w.Context()
	list := store.Object{Kind: store.Suppression, Name: "optout", Spec: json.RawMessage(`{"source":"shop","table":"out"}`)}
	_, err := w.s.Put(ctx, list, store.CreateOnly, anna())
	w.code("a list of nothing", err, eddy.CodeConfig, `suppression optout: there is no source "shop"`)
	w.fill("vip")
	before, err := w.s.Revision(ctx)
	w.must(err)
	w.must(second(w.s.Put(ctx, list, store.CreateOnly, anna())))
	if after, err := w.s.Revision(ctx); err != nil || after == before {
		w.Errorf("a list that is made leaves the revision at %d: %v", after, err)
	}
	w.code("a source", w.s.Delete(ctx, store.Source, "shop", store.AnyVersion, anna()), eddy.CodeConflict, "source shop is used by connection vip and suppression optout")
	w.must(w.s.Delete(ctx, store.Connection, "vip", store.AnyVersion, anna()))
	w.code("a source", w.s.Apply(ctx, nil, []store.Ref{{Kind: store.Source, Name: "shop"}}, anna()), eddy.CodeConfig, `suppression optout: there is no source "shop"`)
	w.must(w.s.Delete(ctx, store.Suppression, "optout", 1, anna()))
	w.must(w.s.Delete(ctx, store.Source, "shop", store.AnyVersion, anna()))
}

func checkApply(w *world) {
	ctx := w.Context()
	w.fill("vip")
	before := w.dump()
	moved := connection("vip")
	moved.Spec = json.RawMessage(`{"source":"lake","destination":"x"}`)
	lake := source()
	lake.Name = "lake"
	bad := lake
	bad.Spec = json.RawMessage(`[]`)
	shop := store.Ref{Kind: store.Source, Name: "shop"}
	for what, err := range map[string]error{
		"a bad object at the end": w.s.Apply(ctx, []store.Object{moved, bad}, nil, anna()),
		"a connection of nothing": w.s.Apply(ctx, []store.Object{moved}, []store.Ref{shop}, anna()),
		"a source that is in use": w.s.Apply(ctx, []store.Object{lake}, []store.Ref{shop}, anna()),
	} {
		if err == nil {
			w.Errorf("%s was applied", what)
		}
	}
	if after := w.dump(); after != before {
		w.Errorf("refused changes left something:\n%s", cmp.Diff(before, after))
	}
	// What is put may use what is put behind it; what is not there is deleted already.
	w.must(w.s.Apply(ctx, []store.Object{moved, lake}, []store.Ref{shop, {Kind: store.Source, Name: "never there"}}, anna()))
	w.gone("the deleted source", second(w.s.Object(ctx, store.Source, "shop")))
	got, err := w.s.Object(ctx, store.Connection, "vip")
	w.must(err)
	moved.Version = 2
	same(w.T, got, moved)
}

func checkBadObjects(w *world) {
	for what, c := range map[string]struct {
		o    store.Object
		want string
	}{
		"no kind":    {store.Object{Name: "a", Spec: json.RawMessage(`{}`)}, "kinds are source, destination, connection and suppression"},
		"no name":    {store.Object{Kind: store.Source, Name: " ", Spec: json.RawMessage(`{}`)}, "name is empty"},
		"zero byte":  {store.Object{Kind: store.Source, Name: "a\x00b", Spec: json.RawMessage(`{}`)}, "control character"},
		"no spec":    {store.Object{Kind: store.Source, Name: "a"}, "not a JSON object"},
		"a list":     {store.Object{Kind: store.Source, Name: "a", Spec: json.RawMessage(`[1]`)}, "not a JSON object"},
		"null":       {store.Object{Kind: store.Source, Name: "a", Spec: json.RawMessage(`null`)}, "not a JSON object"},
		"cut off":    {store.Object{Kind: store.Source, Name: "a", Spec: json.RawMessage(`{"a":`)}, "not a JSON object"},
		"bad source": {store.Object{Kind: store.Connection, Name: "a", Spec: json.RawMessage(`{"source":7}`)}, "must be names"},
	} {
		_, err := w.s.Put(w.Context(), c.o, store.AnyVersion, anna())
		w.code(what, err, eddy.CodeUsage, c.want)
	}
}

func checkPause(w *world) {
	ctx := w.Context()
	w.fill("vip")
	w.must(w.s.SetPaused(ctx, "vip", true, anna()))
	w.must(w.s.SetPaused(ctx, "vip", true, anna()))
	o := connection("vip")
	o.Spec = json.RawMessage(`{"source":"shop","destination":"x","table":"others"}`)
	got, err := w.s.Put(ctx, o, 2, anna())
	if err != nil || !got.Paused || got.Version != 3 {
		w.Errorf("an edit of a paused connection: paused %v, version %d, %v", got.Paused, got.Version, err)
	}
	w.gone("pause of nothing", w.s.SetPaused(ctx, "absent", true, anna()))
	due := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	w.must(w.s.SetTick(ctx, "vip", due))
	w.must(w.s.SetTick(ctx, "vip", due.Add(time.Hour)))
	w.must(w.s.SetHome(ctx, "vip", "state folder 1"))
	if ticks, err := w.s.Ticks(ctx); err != nil || !ticks["vip"].Equal(due.Add(time.Hour)) {
		w.Errorf("ticks: %v %v", ticks, err)
	}
	w.must(w.s.Delete(ctx, store.Connection, "vip", 3, anna()))
	got, err = w.s.Put(ctx, connection("vip"), store.CreateOnly, anna())
	if err != nil || got.Paused {
		w.Errorf("made again: %+v %v", got, err)
	}
	if ticks, err := w.s.Ticks(ctx); err != nil || len(ticks) != 0 {
		w.Errorf("it has missed runs of its past: %v %v", ticks, err)
	}
	if home, err := w.s.Home(ctx, "vip"); err != nil || home != "state folder 1" {
		w.Errorf("where its state lies was forgotten: %q %v", home, err)
	}
	if home, err := w.s.Home(ctx, "absent"); err != nil || home != "" {
		w.Errorf("home of nothing: %q %v", home, err)
	}
}

func checkAudit(w *world) {
	ctx := w.Context()
	w.fill("vip")
	changed := source()
	changed.Spec = json.RawMessage(`{"type":"postgres","port":5433}`)
	changed.Secrets = store.Secrets{"password": "changed", "url": "added"}
	w.must(second(w.s.Put(ctx, changed, 1, anna())))
	w.must(w.s.SetPaused(ctx, "vip", true, anna()))
	if err := w.s.Delete(ctx, store.Source, "shop", 2, anna()); err == nil {
		w.Error("deleted what is in use")
	}
	w.must(w.s.Delete(ctx, store.Connection, "vip", 2, anna()))
	w.must(w.s.Note(ctx, store.Audit{Actor: anna(), Action: "preview", Kind: "source", Name: "shop"}))
	log, err := w.s.AuditLog(ctx, 0, 0)
	w.must(err)
	var got []string
	for _, a := range log {
		if a.Actor != anna() || a.At.IsZero() {
			w.Errorf("who and when: %+v", a)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s", a.ID, a.Action, a.Kind, a.Name))
	}
	want := []string{"7 preview source shop", "6 delete connection vip", "5 pause connection vip", "4 update source shop", "3 create connection vip", "2 create destination x", "1 create source shop"}
	if d := cmp.Diff(want, got); d != "" {
		w.Errorf("the log: -want +got:\n%s", d)
	}
	if d := string(log[3].Detail); d != `{"changed":{"host":{"old":"db"},"port":{"new":5433}},"secrets":["password","url"]}` {
		w.Errorf("the change: %s", d)
	}
	page, err := w.s.AuditLog(ctx, 5, 2)
	if err != nil || len(page) != 2 || page[0].ID != 4 || page[1].ID != 3 {
		w.Errorf("a page: %v %v", page, err)
	}
	if n, err := w.s.PruneAudit(ctx, time.Now().Add(time.Minute)); err != nil || n != 7 {
		w.Errorf("pruned %d, %v", n, err)
	}
}

func checkSecretsStay(w *world) {
	ctx := w.Context()
	const secret = "correct-horse"
	o := source()
	o.Secrets = store.Secrets{"password": secret}
	o, err := w.s.Put(ctx, o, store.CreateOnly, anna())
	w.must(err)
	r, err := w.s.PutAlertRule(ctx, store.AlertRule{Channel: json.RawMessage(`{"type":"webhook"}`), Secrets: store.Secrets{"url": secret}}, store.CreateOnly, anna())
	w.must(err)
	if r.Secrets["url"] != secret || o.Secrets["password"] != secret {
		w.Error("the secrets do not come back")
	}
	w.nowhere(secret, "secrets")
	var b bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("all", "object", o, "pointer", &o, "list", []store.Object{o}, "secrets", o.Secrets, "rule", r)
	slog.New(slog.NewTextHandler(&b, nil)).Info("all", "object", o, "pointer", &o, "list", []store.Object{o}, "secrets", o.Secrets, "rule", r)
	fmt.Fprintf(&b, "%v %+v %#v %s %v %+v %#v", o, o, o, o, r, r, r)
	for _, v := range []any{o, r, struct{ S store.Secrets }{o.Secrets}} {
		text, err := json.Marshal(v)
		fmt.Fprint(&b, string(text), err)
	}
	if strings.Contains(b.String(), secret) {
		w.Errorf("printed:\n%s", b.String())
	}
	// A sealed value that was moved to another place does not open there.
	w.must(second(w.s.Put(ctx, dest(), store.CreateOnly, anna())))
	w.exec("UPDATE eddy_secrets SET sealed = (SELECT sealed FROM eddy_secrets WHERE name = 'password') WHERE name = 'consumer_secret'")
	_, err = w.s.Object(ctx, store.Destination, "x")
	w.code("moved", err, eddy.CodeConfig, "the secret consumer_secret of destination x is damaged")
	w.exec("UPDATE eddy_secrets SET sealed = 'rubbish'")
	_, err = w.s.Objects(ctx, store.Source, "", 0)
	w.code("overwritten", err, eddy.CodeConfig, "the secret password of source shop is damaged")
}
