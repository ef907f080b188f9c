package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/store"
)

func versionChecks() []check {
	return []check{
		{"history", "each change of a connection leaves what it was made of, with who and when; what changes nothing or is refused leaves nothing", checkHistory},
		{"history is whole", "of changes that race each one has its version, and no version is there twice", checkRacingHistory},
		{"history is no past life", "a connection that is made again under a name has nothing of the one before", checkHistoryEnds},
		{"history is bounded", "the newest thousand versions of a connection are kept, whatever makes them", checkBoundedHistory},
		{"old history", "what a connection has not been for long is deleted; what it was at that time stays", checkOldHistory},
	}
}

// told are versions in short, newest first.
func told(versions []store.Version) (out []string) {
	for _, v := range versions {
		paused := ""
		if v.Paused {
			paused = " paused"
		}
		out = append(out, fmt.Sprintf("%d %s by %s%s", v.Version, v.Spec, v.By.Name, paused))
	}
	return out
}

func (w *world) history(connection string, want ...string) []store.Version {
	w.Helper()
	got, err := w.s.Versions(w.Context(), connection, 0, 0)
	w.must(err)
	if d := cmp.Diff(want, told(got)); d != "" {
		w.Errorf("history of %s: -want +got:\n%s", connection, d)
	}
	return got
}

// model is a connection of a table.
func model(name, table string) store.Object {
	o := connection(name)
	o.Spec = json.RawMessage(strings.Replace(string(o.Spec), "customers", table, 1))
	return o
}

func checkHistory(w *world) {
	ctx := w.Context()
	w.fill("vip", "other")
	bert := store.Actor{ID: "u2", Name: "Bert", Via: "token laptop"}
	began := time.Now().Add(-time.Second)
	w.must(second(w.s.Put(ctx, model("vip", "others"), 1, bert)))
	w.must(second(w.s.Put(ctx, model("vip", "others"), 2, anna())))
	if _, err := w.s.Put(ctx, model("vip", "third"), 1, anna()); !errors.Is(err, store.ErrConflict) {
		w.Errorf("on top of an old version: %v", err)
	}
	w.must(w.s.SetPaused(ctx, "vip", true, anna()))
	w.must(w.s.SetPaused(ctx, "vip", true, bert))
	lost := model("vip", "fourth")
	lost.Spec = json.RawMessage(`{"source":"nowhere","destination":"x"}`)
	if _, err := w.s.Put(ctx, lost, store.AnyVersion, anna()); err == nil {
		w.Error("a connection of nothing was stored")
	}
	w.must(w.s.Apply(ctx, []store.Object{model("vip", "customers")}, nil, bert))
	first, others := string(connection("vip").Spec), string(model("vip", "others").Spec)
	got := w.history("vip", "4 "+first+" by Bert paused", "3 "+others+" by Anna paused", "2 "+others+" by Bert", "1 "+first+" by Anna")
	if got[2].By != bert || got[2].At.Before(began) || got[2].At.After(time.Now().Add(time.Second)) {
		w.Errorf("who and when: %+v", got[2])
	}
	o, err := w.s.Object(ctx, store.Connection, "vip")
	if err != nil || o.Version != got[0].Version || !o.UpdatedAt.Equal(got[0].At) {
		w.Errorf("the newest is not the present: %+v, %v", o, err)
	}
	w.history("other", "1 "+first+" by Anna")
	page, err := w.s.Versions(ctx, "vip", 4, 2)
	if err != nil || len(page) != 2 || page[0].Version != 3 || page[1].Version != 2 {
		w.Errorf("a page: %v, %v", told(page), err)
	}
	w.history("shop")
}

func checkRacingHistory(w *world) {
	ctx := w.Context()
	w.fill("vip")
	const each = 5
	var wg sync.WaitGroup
	for i, s := range []*store.Store{w.s, w.open()} {
		wg.Go(func() { change(ctx, w, s, i, each) })
	}
	wg.Wait()
	versions, err := w.s.Versions(ctx, "vip", 0, 0)
	w.must(err)
	seen := map[string]bool{}
	for i, v := range versions {
		if seen[string(v.Spec)] = true; v.Version != int64(len(versions)-i) {
			w.Errorf("version %d is in the place of %d", v.Version, len(versions)-i)
		}
	}
	if len(versions) != 1+2*each || len(seen) != len(versions) {
		w.Errorf("%d versions of %d contents, want %d", len(versions), len(seen), 1+2*each)
	}
}

// change makes changes of a connection that nobody else makes.
func change(ctx context.Context, w *world, s *store.Store, server, times int) {
	for n := range times {
		if _, err := s.Put(ctx, model("vip", fmt.Sprintf("t%d_%d", server, n)), store.AnyVersion, anna()); err != nil {
			w.Error(err)
		}
	}
}

func checkHistoryEnds(w *world) {
	ctx := w.Context()
	w.fill("vip", "other")
	w.must(second(w.s.Put(ctx, model("vip", "others"), 1, anna())))
	w.must(w.s.Delete(ctx, store.Connection, "vip", 2, anna()))
	w.history("vip")
	w.must(second(w.s.Put(ctx, model("vip", "new"), store.CreateOnly, anna())))
	w.history("vip", "1 "+string(model("vip", "new").Spec)+" by Anna")
	w.must(w.s.Apply(ctx, nil, []store.Ref{{Kind: store.Connection, Name: "vip"}}, anna()))
	w.history("vip")
	w.history("other", "1 "+string(connection("other").Spec)+" by Anna")
}

func checkBoundedHistory(w *world) {
	ctx := w.Context()
	w.fill("vip", "other")
	for n, table := range []string{"b", "c"} {
		w.must(second(w.s.Put(ctx, model("vip", table), int64(n)+1, anna())))
	}
	// As if it had been saved 998 times since, without what that left.
	w.exec("UPDATE eddy_objects SET version = 1001 WHERE kind = 'connection' AND name = 'vip'")
	w.must(w.s.SetPaused(ctx, "vip", true, anna()))
	c := string(model("vip", "c").Spec) + " by Anna"
	w.history("vip", "1002 "+c+" paused", "3 "+c)
	w.must(second(w.s.Put(ctx, model("vip", "d"), 1002, anna())))
	w.history("vip", "1003 "+string(model("vip", "d").Spec)+" by Anna paused", "1002 "+c+" paused")
	w.history("other", "1 "+string(connection("other").Spec)+" by Anna")
}

func checkOldHistory(w *world) {
	ctx := w.Context()
	w.fill("vip", "other")
	for n, table := range []string{"b", "c", "d"} {
		w.must(second(w.s.Put(ctx, model("vip", table), int64(n)+1, anna())))
	}
	now := time.Now()
	for version, days := range map[int]int{1: 900, 2: 800, 3: 500, 4: 1} {
		w.exec(fmt.Sprintf("UPDATE eddy_versions SET at = %d WHERE connection = 'vip' AND version = %d", now.AddDate(0, 0, -days).UnixMicro(), version))
	}
	w.exec(fmt.Sprintf("UPDATE eddy_versions SET at = %d WHERE connection = 'other'", now.AddDate(0, 0, -900).UnixMicro()))
	if n, err := w.s.PruneVersions(ctx, now.AddDate(0, 0, -400)); err != nil || n != 2 {
		w.Errorf("deleted %d versions, %v; want the two that were replaced 400 days ago", n, err)
	}
	w.history("vip", "4 "+string(model("vip", "d").Spec)+" by Anna", "3 "+string(model("vip", "c").Spec)+" by Anna")
	w.history("other", "1 "+string(connection("other").Spec)+" by Anna")
}
