package jobs

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// TestRun follows one run from the request to its end.
func TestRun(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		var mu gosync.Mutex
		var steps, ends []string
		s := w.start(func(c *Config) {
			c.Hooks.Begin = func(ctx context.Context, r store.Run) (context.Context, func(eddy.Run, error)) {
				return ctx, func(run eddy.Run, err error) {
					mu.Lock()
					defer mu.Unlock()
					ends = append(ends, fmt.Sprint(r.Connection, " ", run.Status, " ", err))
				}
			}
			c.Hooks.Progress = func(_ context.Context, _ store.Run, p sync.Progress) {
				mu.Lock()
				defer mu.Unlock()
				steps = append(steps, p.Step)
			}
		})
		w.gate.close()
		asked, err := s.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "api", RequestedBy: "anna"})
		w.must(err)
		w.arrives()
		w.until("the progress is on record", func() bool {
			r, err := w.st.Run(w.Context(), asked.RunID)
			w.must(err)
			return r.State == store.Running && len(r.Progress) > 0
		})
		_, err = s.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "api"})
		if active, ok := errors.AsType[*store.ActiveError](err); !ok || active.RunID != asked.RunID {
			t.Errorf("a second run: %v", err)
		}
		w.gate.open()
		run := w.ended(asked.RunID)
		w.want(run, eddy.Succeeded, 1)
		w.holds(audience, 2)
		if !slices.Equal(run.SyncRunIDs, []string{run.RunID}) || run.AudienceID != audience || run.Counts.Delivered != 2 || run.Trigger != "api" || run.RequestedBy != "anna" {
			t.Errorf("run %+v", run)
		}
		for _, phase := range []string{"stage", "compare", "settle"} {
			if _, ok := run.Phases[phase]; !ok {
				t.Errorf("no time of phase %s: %v", phase, run.Phases)
			}
		}
		w.until("the hooks have heard", func() bool {
			mu.Lock()
			defer mu.Unlock()
			return slices.Equal(ends, []string{"vip succeeded <nil>"}) && slices.Contains(steps, "stage")
		})
		home, err := w.st.Home(w.Context(), "vip")
		w.must(err)
		if want := map[bool]string{true: "", false: "here"}[w.st.IsPostgres()]; home != want {
			t.Errorf("home %q, want %q", home, want)
		}
	})
}

// TestCancel cancels a run that waits, which nobody takes up later, and one that is at work.
func TestCancel(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		w.connect("rest")
		asks := w.server(func(c *Config) { c.Enqueue, c.ServerID = true, "" })
		w.must(asks.Start(w.Context()))
		waits, err := asks.Runs().Start(w.Context(), store.NewRun{Connection: "rest", Trigger: "manual"})
		w.must(err)
		got, err := asks.Runs().Cancel(w.Context(), waits.RunID, store.Actor{ID: "u1", Name: "Anna"})
		w.must(err)
		w.want(got, eddy.Cancelled, 0)

		runs := make(chan context.Context, 10)
		s := w.start(watched(runs))
		w.gate.close()
		r, err := asks.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		w.arrives()
		_, err = asks.Runs().Cancel(w.Context(), r.RunID, store.Actor{ID: "u1"})
		w.must(err)
		go w.gate.dropAt(<-runs)
		w.want(w.ended(r.RunID), eddy.Cancelled, 1)
		w.gate.open()
		w.want(w.run(s, "vip"), eddy.Succeeded, 1)
		w.holds(audience, 2)
		if got := w.runs("rest"); !slices.Equal(got, []string{"manual cancelled"}) {
			t.Errorf("runs %v", got)
		}
		if _, err := s.Runs().Cancel(w.Context(), r.RunID, store.Actor{}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("a run that has ended: %v", err)
		}
	})
}

// TestDeadWorker takes the store away from a worker in the middle of a run: another takes
// the run up, and leads it to the exact mirror (promise 8).
func TestDeadWorker(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		w.gate.close()
		runs := make(chan context.Context, 10)
		soon := func(c *Config) { c.Timing.Lease = 4 * time.Second }
		dead := w.start(watched(runs), soon)
		r, err := dead.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		w.arrives()
		w.kill(dead)
		w.exec("DELETE FROM customers WHERE id = 2")
		w.start()
		go w.gate.dropAt(<-runs) // it stops by itself when its lease is over
		w.arrives()              // of the second attempt
		w.gate.open()
		run := w.ended(r.RunID)
		// A slow machine may need one more.
		w.want(run, eddy.Succeeded, max(2, run.Attempt))
		w.oneID(run)
		w.holds(audience, 1)
	})
}

// TestStop: a server that stops gives its run back, and the next goes on with it.
func TestStop(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		w.gate.close()
		runs := make(chan context.Context, 10)
		first := w.start(watched(runs))
		r, err := first.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		w.arrives()
		go w.gate.dropAt(<-runs)
		first.once.Do(func() { w.stop(first) })
		if r, err = w.st.Run(w.Context(), r.RunID); err != nil || r.State != store.Queued {
			t.Fatalf("run %+v, %v", r, err)
		}
		w.gate.open()
		w.start()
		run := w.ended(r.RunID)
		w.want(run, eddy.Succeeded, 2)
		w.holds(audience, 2)
		// What the first attempt was to do is what the run did, and it came to what the second did.
		if c := run.Counts; c.Insert != 2 || c.Operations() != 2 || c.Delivered != 2 || c.Failed != 0 || c.Unchanged != 0 || c.Requests < 2 {
			t.Errorf("counts %+v", c)
		}
		w.oneID(run)
	})
}

// oneID checks that a run of vip with several attempts, the only one, is one run of its ledger
// and of the sync log, by its own id.
func (w *world) oneID(run store.Run) {
	w.Helper()
	s, err := catalog.Load(w.Context(), w.st, w.dir, setup.Files{Opened: []string{w.files}})
	w.must(err)
	s.Dialer = dial.Anywhere()
	e, done, err := s.History(w.Context(), s.Connections["vip"])
	w.must(err)
	defer func() { w.must(done()) }()
	runs, err := ledger.Runs(w.Context(), e, "vip", 10)
	w.must(err)
	if len(runs) != 1 || runs[0].RunID != run.RunID || runs[0].Status != eddy.Succeeded || !slices.Equal(run.SyncRunIDs, []string{run.RunID}) {
		w.Errorf("run %s, in the sync log %v, is in the ledger\n%+v", run.RunID, run.SyncRunIDs, runs)
	}
	lines := 0
	w.must(ledger.Logs(w.Context(), e, "vip", ledger.LogFilter{}, func(l eddy.LogEntry) error {
		if lines++; l.SyncRunID != run.RunID {
			w.Errorf("run %s has the line %+v", run.RunID, l)
		}
		return nil
	}))
	statements, err := ledger.StatementsOf(w.Context(), e, "vip", run.RunID)
	w.must(err)
	if lines < 3 || len(statements) == 0 {
		w.Errorf("%d lines of both attempts in the sync log, %d statements", lines, len(statements))
	}
}

// TestChangesWhileItRuns: a run goes on as it began; the next goes by what is new.
func TestChangesWhileItRuns(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		w.gate.close()
		s := w.start()
		r, err := s.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		w.arrives()
		w.put(store.Connection, "vip", map[string]any{
			"source": "shop", "sql": "SELECT id, email FROM customers WHERE id = 1", "destination": "x", "audience": map[string]any{"id": audience},
			"identifier": "id", "mapping": map[string]any{"email": "email"},
		}, nil)
		w.must(w.st.SetPaused(w.Context(), "vip", true, store.Actor{ID: "system"}))
		if err := w.st.Delete(w.Context(), store.Connection, "vip", store.AnyVersion, store.Actor{ID: "system"}); eddy.ErrorCode(err) != eddy.CodeConflict {
			t.Errorf("deleted while it runs: %v", err)
		}
		w.gate.open()
		w.want(w.ended(r.RunID), eddy.Succeeded, 1)
		w.holds(audience, 2)
		w.want(w.run(s, "vip"), eddy.Succeeded, 1) // what is paused is its schedule
		w.holds(audience, 1)
	})
}

// TestFaults: whatever goes wrong before the flow begins is told as a failed run.
func TestFaults(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.connect("vip")
	panics := true
	s := w.start(func(c *Config) {
		read := c.Catalog
		c.Catalog = func(ctx context.Context) (*setup.Setup, error) {
			if panics {
				panic("a@x.com")
			}
			return read(ctx)
		}
		c.Timing.Tick = time.Hour // ticks read the configuration as well
	})
	run := w.run(s, "vip")
	w.want(run, eddy.StatusFailed, 1)
	if diff := cmp.Diff([]eddy.RunError{{Reason: "a fault of Eddy's own ended the run", Count: 1, SampleIDs: []string{}, Mend: "Please report it with the server's log.", About: eddy.AboutRun}}, run.Errors); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestHome: a connection whose state is local runs only where the state is.
func TestHome(t *testing.T) {
	w := newWorld(t, "postgres")
	shop := w.exec
	w.duckdb("files")
	w.exec("CREATE TABLE customers AS SELECT 1 AS id, 'a@x.com' AS email")
	audience := w.connect("vip", map[string]any{"source": "files"})
	other := w.connect("pg")
	here := w.start()
	w.want(w.run(here, "vip"), eddy.Succeeded, 1)
	here.once.Do(func() { w.stop(here) })

	there := w.start(func(c *Config) { c.ServerID = "there" })
	waits, err := there.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
	w.must(err)
	shop("DELETE FROM customers WHERE id = 2")
	w.want(w.run(there, "pg"), eddy.Succeeded, 1)
	w.holds(other, 1)
	if r, err := w.st.Run(w.Context(), waits.RunID); err != nil || r.State != store.Queued {
		t.Fatalf("run %+v, %v", r, err)
	}
	w.start()
	w.want(w.ended(waits.RunID), eddy.Succeeded, 1)
	w.holds(audience, 1)
}

// TestHomeIsForgotten: a connection whose state moved into the warehouse runs anywhere.
func TestHomeIsForgotten(t *testing.T) {
	w := newWorld(t, "postgres")
	url := w.source.Secrets
	w.put(store.Source, "shop", map[string]any{"type": "postgres", "state": "local"}, url)
	audience := w.connect("vip")
	home := func(want string) {
		t.Helper()
		if got, err := w.st.Home(w.Context(), "vip"); err != nil || got != want {
			t.Errorf("home %q, %v; want %q", got, err, want)
		}
	}
	here := w.start()
	w.want(w.run(here, "vip"), eddy.Succeeded, 1)
	home("here")
	w.put(store.Source, "shop", map[string]any{"type": "postgres", "state": "warehouse"}, url)
	w.exec("DELETE FROM customers WHERE id = 2")
	w.want(w.run(here, "vip"), eddy.Succeeded, 1) // it carries the state along
	home("")
	w.holds(audience, 1)
	here.once.Do(func() { w.stop(here) })
	there := w.start(func(c *Config) { c.ServerID, c.StateDir = "there", t.TempDir() })
	w.want(w.run(there, "vip"), eddy.Succeeded, 1)
	w.holds(audience, 1)
}

// TestGivenUp: a run that ended ten workers does not get an eleventh.
func TestGivenUp(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		asks := w.server(func(c *Config) { c.Enqueue, c.ServerID = true, "" })
		r, err := asks.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		for range maxAttempts {
			owner := rand.Text()
			_, err := w.st.Claim(w.Context(), r.RunID, owner)
			w.must(err)
			w.must(w.st.Release(w.Context(), r.RunID, owner))
		}
		s := w.start()
		run := w.ended(r.RunID)
		w.want(run, eddy.StatusFailed, maxAttempts+1)
		if len(run.Errors) != 1 || !strings.HasPrefix(run.Errors[0].Reason, "given up after 10 attempts") || run.Errors[0].Mend == "" {
			t.Errorf("errors %+v", run.Errors)
		}
		w.holds(audience, 0)
		w.want(w.run(s, "vip"), eddy.Succeeded, 1)
		w.holds(audience, 2)
	})
}

// TestTooLong: a run that takes longer than it may is stopped, and settles what it sent.
func TestTooLong(t *testing.T) {
	worlds(t, func(w *world) {
		audience := w.connect("vip")
		w.gate.close()
		s := w.start(func(c *Config) { c.Timing.Longest = 2 * time.Second })
		r, err := s.Runs().Start(w.Context(), store.NewRun{Connection: "vip", Trigger: "manual"})
		w.must(err)
		run := w.ended(r.RunID)
		w.want(run, eddy.StatusFailed, 1)
		if len(run.Errors) == 0 || run.Errors[0].Reason != "the run took longer than 2s and was stopped" || run.Errors[0].Mend == "" ||
			slices.ContainsFunc(run.Errors, func(e eddy.RunError) bool { return strings.Contains(e.Reason, "deadline") }) {
			t.Errorf("errors %+v", run.Errors)
		}
		w.gate.open()
		s.once.Do(func() { w.stop(s) })
		w.want(w.run(w.start(), "vip"), eddy.Succeeded, 1)
		w.holds(audience, 2)
	})
}

// TestShare: two servers on one PostgreSQL work many runs, each once; when one dies, the
// other goes on with all of them, and with the ticks.
func TestShare(t *testing.T) {
	w := newWorld(t, "postgres")
	audiences := map[string]string{}
	for i := range 8 {
		name := fmt.Sprintf("c%d", i)
		audiences[name] = w.connect(name, map[string]any{"schedule": map[string]any{"type": "basic", "every": "1d"}})
	}
	a := w.start(func(c *Config) { c.Workers, c.Name = 2, "a" })
	w.start(func(c *Config) { c.Workers, c.Name = 2, "b" })
	var ids []string
	for name := range audiences {
		r, err := a.Runs().Start(w.Context(), store.NewRun{Connection: name, Trigger: "manual"})
		w.must(err)
		ids = append(ids, r.RunID)
	}
	for _, id := range ids {
		w.want(w.ended(id), eddy.Succeeded, 1)
	}
	for _, audience := range audiences {
		w.holds(audience, 2)
	}
	for _, r := range w.sandbox.Requests() {
		if r.Status/100 != 2 {
			t.Errorf("request %+v", r)
		}
	}
	w.exec("INSERT INTO customers VALUES (3, 'c@x.com')")
	w.kill(a)
	w.clock.set(time.Now().Add(25 * time.Hour))
	for name, audience := range audiences {
		w.until(name+" runs as its schedule says", func() bool {
			runs := w.runs(name)
			return len(runs) == 2 && len(runs[1]) > len("schedule succeeded") && runs[1][:len("schedule succeeded")] == "schedule succeeded"
		})
		w.holds(audience, 3)
	}
}

// TestServerID: a folder keeps its id.
func TestServerID(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	id, err := ServerID(dir)
	if err != nil || !serverIDs.MatchString(id) {
		t.Fatalf("%q, %v", id, err)
	}
	if again, err := ServerID(dir); err != nil || again != id {
		t.Errorf("%q, then %q, %v", id, again, err)
	}
	if other, err := ServerID(t.TempDir()); err != nil || other == id {
		t.Errorf("two folders have the id %q, %v", other, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "server-id"), []byte("not; an id"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ServerID(dir); eddy.ErrorCode(err) != eddy.CodeConfig {
		t.Errorf("a damaged id: %v", err)
	}
}

// TestRunsAreFairBetweenPeople: somebody who asks for a run while many of somebody else's wait
// has it before most of those.
func TestRunsAreFairBetweenPeople(t *testing.T) {
	worlds(t, func(w *world) {
		s := w.server(func(c *Config) { c.Workers = 1 })
		ask := func(connection, by string) string {
			run, err := s.Runs().Start(w.Context(), store.NewRun{Connection: connection, Trigger: "manual", RequestedBy: by})
			w.must(err)
			return run.RunID
		}
		var many []string
		for i := range 10 {
			name := fmt.Sprintf("many%d", i)
			w.connect(name)
			many = append(many, ask(name, "anna"))
		}
		w.connect("one")
		last := ask("one", "ben")
		w.must(s.Start(w.Context()))
		w.Cleanup(func() { w.stop(s) })
		one := w.ended(last)
		before := 0
		for _, id := range many {
			if run := w.ended(id); run.StartedAt.Before(one.StartedAt) {
				before++
			}
		}
		if before > crowd {
			w.Errorf("%d of another person's %d runs went first; at most %d do", before, len(many), crowd)
		}
	})
}
