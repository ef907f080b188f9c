package jobs

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// after is a schedule that waits for others.
func after(names ...string) map[string]any {
	return map[string]any{"schedule": map[string]any{"type": "after", "after": names}}
}

// wantRuns compares a connection's runs.
func (w *world) wantRuns(connection string, want ...string) {
	w.Helper()
	if diff := cmp.Diff(want, w.runs(connection)); diff != "" {
		w.Errorf("runs of %s (-want +got)\n%s", connection, diff)
	}
}

// TestAfter: what runs after another begins when that has ended well, and a chain goes on to its end.
func TestAfter(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip")
		audience := w.connect("lapsed", after("vip"))
		w.connect("buyers", after("lapsed"))
		s := w.start(func(c *Config) { c.Timing.Tick = patience }) // which is not what begins it
		w.want(w.run(s, "vip"), eddy.Succeeded, 1)
		w.until("all have run", func() bool {
			runs := w.runs("buyers")
			return len(runs) == 1 && runs[0] == "after lapsed succeeded"
		})
		w.wantRuns("vip", "manual succeeded")
		w.wantRuns("lapsed", "after vip succeeded")
		w.holds(audience, 2)
	})
}

// TestAfterOthers goes through endings, tick by tick, on two servers.
func TestAfterOthers(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip")
		w.connect("lapsed")
		audience := w.connect("all", after("vip", "lapsed"))
		servers := []*server{planner(w), planner(w)}
		ends := func(connection string, status eddy.Status) {
			t.Helper()
			_, err := servers[0].Runs().Start(w.Context(), store.NewRun{Connection: connection, Trigger: "manual"})
			w.must(err)
			w.end(connection, status)
		}
		tick := func(want ...string) {
			w.Helper()
			for _, s := range servers {
				w.must(calendar{s.Manager}.starts(w.Context()))
				w.must(calendar{s.Manager}.due(w.Context()))
			}
			w.wantRuns("all", want...)
		}
		ends("vip", eddy.StatusFailed)
		ends("vip", eddy.NeedsApproval)
		ends("vip", eddy.Cancelled)
		tick()
		// The server that the run ended on died before it could begin the next.
		ends("vip", eddy.CompletedWithErrors)
		tick("after vip queued")
		tick("after vip queued")
		ends("lapsed", eddy.Succeeded)
		tick("after vip queued") // which reads the model after both

		// What runs already runs once more, however often the others end meanwhile.
		runs, err := w.st.Runs(w.Context(), store.RunFilter{Connection: "all"})
		w.must(err)
		_, err = w.st.Claim(w.Context(), runs[0].RunID, "worker")
		w.must(err)
		ends("vip", eddy.Succeeded)
		tick("after vip running")
		ends("lapsed", eddy.Succeeded)
		tick("after vip running")
		w.must(w.st.Finish(w.Context(), runs[0].RunID, "worker", eddy.Run{Status: eddy.StatusFailed}, nil))
		tick("after vip failed", "after lapsed queued")
		w.end("all", eddy.Succeeded)
		tick("after vip failed", "after lapsed succeeded")

		// What is paused makes up for nothing, and what waits for others now has nothing to wait for.
		before := w.runs("all")
		ends("vip", eddy.Succeeded)
		w.must(w.st.SetPaused(w.Context(), "all", true, store.Actor{ID: "system"}))
		ends("vip", eddy.Succeeded)
		tick(before...)
		w.must(w.st.SetPaused(w.Context(), "all", false, store.Actor{ID: "system"}))
		tick(before...)
		ends("vip", eddy.Succeeded)
		w.put(store.Connection, "all", map[string]any{
			"source": "shop", "table": "customers", "destination": "x", "audience": map[string]any{"id": audience},
			"identifier": "id", "mapping": map[string]any{"email": "email"}, "schedule": map[string]any{"after": "lapsed"},
		}, nil)
		tick(before...)
		ends("vip", eddy.Succeeded)
		tick(before...)
		ends("lapsed", eddy.Succeeded)
		tick(append(before, "after lapsed queued")...)
	})
}

// TestAfterOnTwoServers: a run ends while two servers look, and one of them dies; one run follows.
func TestAfterOnTwoServers(t *testing.T) {
	w := newWorld(t, "postgres")
	w.connect("vip")
	w.connect("next", after("vip"))
	runs := make(chan context.Context, 10)
	soon := func(c *Config) { c.Timing.Lease = 4 * time.Second }
	a := w.start(watched(runs), soon)
	w.gate.close()
	r, err := a.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
	w.must(err)
	w.arrives()
	w.start(func(c *Config) { c.ServerID = "there" }, soon)
	// It sends, and then can neither tell how it ended nor begin what follows.
	run := <-runs
	go w.gate.dropAt(run)
	w.kill(a)
	<-run.Done()
	w.gate.open()
	w.want(w.ended(r.RunID), eddy.Succeeded, 2)
	w.until("the next has run", func() bool {
		list := w.runs("next")
		return len(list) > 0 && list[0] == "after vip succeeded"
	})
	w.wantRuns("next", "after vip succeeded")
}
