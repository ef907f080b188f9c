package jobs

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// ran puts a run on record that ended, and left so many whom it was to take out.
func (w *world) ran(connection string, unremoved int64) {
	w.Helper()
	r, err := w.st.Enqueue(w.Context(), store.NewRun{Connection: connection}, nil)
	w.must(err)
	_, err = w.st.Claim(w.Context(), r.RunID, "test")
	w.must(err)
	w.must(w.st.Finish(w.Context(), r.RunID, "test", eddy.Run{Status: eddy.Succeeded, Counts: eddy.Counts{LeftOut: eddy.LeftOut{Unremoved: unremoved}}}, nil))
}

// list stores a list of people who are in no audience.
func (w *world) list(name, spec string) {
	w.Helper()
	_, err := w.st.Put(w.Context(), store.Object{Kind: store.Suppression, Name: name, Spec: []byte(spec)}, store.CreateOnly, store.Actor{Name: "test"})
	w.must(err)
}

// TestALateOptOutIsToldOnce: somebody who was put on a list waits for a run that takes them out. One
// that could not is not meant.
func TestALateOptOutIsToldOnce(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.size("vip", w.connect("vip", nil), 100)
	heard := told(w, store.AlertRule{Events: []string{string(alert.OptOutLate)}, Threshold: store.Threshold{OptOutHours: 36}})
	ticked := make(chan error, 1)
	s := w.start(func(c *Config) {
		c.Timing.Tick = 24 * time.Hour
		c.Hooks.Ticked = func(_ time.Duration, err error) { ticked <- err }
	})
	w.must(<-ticked) // the rest of the ticks are the test's
	watch := func(at time.Time) {
		t.Helper()
		w.clock.set(at)
		w.must(alerting{s.Manager}.watch(w.Context()))
		w.must(alerting{s.Manager}.watch(w.Context())) // which finds the same and tells nothing
	}
	w.ran("vip", 0)
	w.list("optout", `{"upload": {}}`)
	digest := sha256.Sum256([]byte("ann@example.com"))
	_, err := w.st.Upload(w.Context(), store.Upload{List: "optout", Digests: eddy.Digests{"email": digest[:]}}, store.AnyVersion, store.Actor{Name: "test"})
	w.must(err)
	waiting, err := w.st.Waiting(w.Context())
	w.must(err)
	since := waiting[0].Since
	watch(since.Add(35 * time.Hour))
	watch(since.Add(37 * time.Hour))
	w.hears(heard, "vip opt_out_late begins 1: no run since "+since.UTC().Format("2006-01-02 15:04 UTC")+" has taken out whoever is on a suppression list")
	w.ran("vip", 1)
	watch(since.Add(37*time.Hour + time.Minute))
	w.ran("vip", 0)
	watch(since.Add(37*time.Hour + 2*time.Minute))
	w.hears(heard, "vip opt_out_late recovered 1: ")
	if len(heard) > 0 {
		t.Errorf("heard more: %s", <-heard)
	}
}

// TestAListInASourceNeedsARunEachDay: who comes to it comes unseen.
func TestAListInASourceNeedsARunEachDay(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.connect("vip", nil)
	rules := []store.AlertRule{{Events: []string{string(alert.OptOutLate)}}}
	m := alerting{w.server().Manager}
	oldest := func() time.Time {
		t.Helper()
		all, err := m.optOuts(w.Context(), rules)
		w.must(err)
		return all["vip"]
	}
	w.list("optout", `{"source": "shop", "table": "optout", "mapping": {"email": "mail"}}`)
	if at := oldest(); !at.IsZero() {
		t.Errorf("nobody was sent, and opt-outs wait since %s", at)
	}
	w.ran("vip", 1)
	begun := oldest()
	if begun.IsZero() {
		t.Error("a run began, and nobody may wait")
	}
	w.ran("vip", 0)
	done := oldest()
	if !done.After(begun) {
		t.Errorf("they were carried out, and may wait since %s, not after %s", done, begun)
	}
	for after, want := range map[time.Duration]bool{23 * time.Hour: false, 25 * time.Hour: true} {
		w.clock.set(done.Add(after))
		if f := m.optOutLate("vip", done, store.Threshold{}); f.on != want {
			t.Errorf("after %s: %+v", after, f)
		}
	}
}
