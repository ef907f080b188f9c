package jobs

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	gosync "sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// told is what a receiver of alerts heard, in a few words.
func told(w *world, rule store.AlertRule) (heard <-chan string) {
	w.Helper()
	got := make(chan string, 100)
	var tried atomic.Bool
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !tried.Swap(true) { // the first attempt of all fails: it is tried again
			rw.WriteHeader(503)
			return
		}
		var m alert.Message
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &m); err != nil {
			w.Error(err)
		}
		got <- fmt.Sprintf("%s %s %s %d: %s", m.Connection, m.Event, m.Turn, m.Count, m.Detail)
	}))
	w.Cleanup(srv.Close)
	rule.Name, rule.Channel, rule.Secrets = "test", json.RawMessage(`{"type":"webhook"}`), store.Secrets{"url": srv.URL, "secret": "hush"}
	_, err := w.st.PutAlertRule(w.Context(), rule, store.CreateOnly, store.Actor{ID: "system"})
	w.must(err)
	return got
}

func all() []string {
	var out []string
	for _, e := range alert.Events() {
		out = append(out, string(e))
	}
	return out
}

// hears waits for a message.
func (w *world) hears(heard <-chan string, want string) {
	w.Helper()
	select {
	case got := <-heard:
		if got != want {
			w.Fatalf("heard %q, want %q", got, want)
		}
	case <-time.After(patience):
		w.Fatalf("waited %s in vain: %s", patience, want)
	}
}

// size notes how large an audience is. A server that finds it at its start does not ask,
// whenever it gets to it: what it would hear of the size and of the credentials does not
// come between a test's own words.
func (w *world) size(connection, audience string, n int64) {
	w.Helper()
	w.must(w.st.AddSize(w.Context(), store.Size{Connection: connection, AudienceID: audience, At: w.clock.now(), Size: &n}))
}

// TestAlertsOfRuns: a run that fails is told once, and once when it is over.
func TestAlertsOfRuns(t *testing.T) {
	worlds(t, func(w *world) {
		w.size("vip", w.connect("vip"), 100)
		w.size("rest", w.connect("rest"), 100)
		heard := told(w, store.AlertRule{Connection: "vip", Events: all()})
		s := w.start()
		w.exec("ALTER TABLE customers RENAME TO gone")
		failed := w.run(s, "vip")
		w.want(failed, eddy.StatusFailed, 1)
		w.want(w.run(s, "vip"), eddy.StatusFailed, 1)
		w.want(w.run(s, "rest"), eddy.StatusFailed, 1) // which is not asked for
		w.hears(heard, "vip run_failed begins 1: "+failed.Errors[0].Reason)
		w.exec("ALTER TABLE gone RENAME TO customers")
		w.want(w.run(s, "vip"), eddy.Succeeded, 1)
		w.hears(heard, "vip run_failed recovered 2: ")

		w.exec("DELETE FROM customers")
		held := w.run(s, "vip")
		w.want(held, eddy.NeedsApproval, 1)
		w.hears(heard, "vip approval_needed begins 1: "+held.Errors[0].Reason)
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com'), (2, 'b@x.com'), (3, 'nobody')")
		w.want(w.run(s, "vip"), eddy.CompletedWithErrors, 1)
		two := map[string]bool{<-heard: true, <-heard: true}
		if !two["vip approval_needed recovered 1: "] || !two["vip records_failed begins 1: 1 record was left out: 1 invalid, 0 rejected, 0 failed"] {
			t.Errorf("heard %v", two)
		}
		w.put(store.Destination, "x", map[string]any{"type": "x_audience", "account_id": "18ce54d4x5t", "api_url": w.destination()},
			store.Secrets{"consumer_key": "ck", "consumer_secret": "cs", "access_token": "at", "access_token_secret": "WRONG"})
		refused := w.run(s, "vip")
		w.want(refused, eddy.StatusFailed, 1)
		two = map[string]bool{<-heard: true, <-heard: true}
		if reason := refused.Errors[0].Reason; !two["vip run_failed begins 1: "+reason] || !two["vip credentials_refused begins 1: "+reason] {
			t.Errorf("heard %v", two)
		}
		if len(heard) > 0 {
			t.Errorf("heard more: %s", <-heard)
		}
	})
}

// TestARunThatTheWatchFoundFirstCountsOnce: a server looks at the ends of runs by itself,
// too, and may do so before the run has told of its own.
func TestARunThatTheWatchFoundFirstCountsOnce(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip")
		told(w, store.AlertRule{Connection: "vip", Events: []string{string(alert.RunFailed)}})
		rules, err := w.st.AlertRules(w.Context())
		w.must(err)
		s := planner(w)
		end := time.Now().UTC()
		for i, step := range []struct {
			since       time.Time
			cases, want int
		}{{end, 0, 1}, {end, 1, 1}, {end.Add(time.Minute), 1, 2}, {end.Add(time.Minute), 0, 2}} {
			w.must(alerting{s.Manager}.fold(w.Context(), rules[0], found{connection: "vip", event: alert.RunFailed, on: true, since: step.since, cases: step.cases}))
			state, err := w.st.AlertState(w.Context(), rules[0].ID, "vip", string(alert.RunFailed))
			w.must(err)
			if state.Count != step.want {
				t.Errorf("step %d: counted %d, want %d", i, state.Count, step.want)
			}
		}
	})
}

// TestOnlyOneOfManyTellsABeginning: servers that find the same thing at the same time, and
// a reminder that comes after the end, tell nothing twice.
func TestOnlyOneOfManyTellsABeginning(t *testing.T) {
	worlds(t, func(w *world) {
		w.connect("vip")
		heard := told(w, store.AlertRule{Connection: "vip", Events: []string{string(alert.RunFailed)}})
		rules, err := w.st.AlertRules(w.Context())
		w.must(err)
		s := w.start()
		fold := func(f found) {
			f.connection, f.event = "vip", alert.RunFailed
			if err := (alerting{s.Manager}).fold(w.Context(), rules[0], f); err != nil {
				w.Error(err)
			}
		}
		end := time.Now().UTC()
		var all gosync.WaitGroup
		for i := range 8 {
			all.Go(func() { fold(found{on: true, since: end.Add(-time.Duration(i) * time.Second), cases: 1}) })
		}
		all.Wait()
		state, err := w.st.AlertState(w.Context(), rules[0].ID, "vip", string(alert.RunFailed))
		w.must(err)
		if state.Count != 8 || !state.Open {
			t.Errorf("eight cases are %+v", state)
		}
		w.hears(heard, "vip run_failed begins 1: ")
		fold(found{})
		fold(found{on: true, since: state.Since}) // the reminder of one that found it open still
		w.hears(heard, "vip run_failed recovered 8: ")
		if state, err = w.st.AlertState(w.Context(), rules[0].ID, "vip", string(alert.RunFailed)); err != nil || state.Open || len(heard) > 0 {
			t.Errorf("afterwards: %+v %v, %d more messages", state, err, len(heard))
		}
	})
}

// destination is where the sandbox listens.
func (w *world) destination() string {
	o, err := w.st.Object(w.Context(), store.Destination, "x")
	w.must(err)
	var spec struct {
		URL string `json:"api_url"`
	}
	w.must(json.Unmarshal(o.Spec, &spec))
	return spec.URL
}

// TestAlertsOfTime: what no run tells of, and reminders.
func TestAlertsOfTime(t *testing.T) {
	w := newWorld(t, "sqlite")
	audience := w.connect("vip")
	heard := told(w, store.AlertRule{Events: all(), Threshold: store.Threshold{StaleHours: 6, MinAudience: 50}})
	size := func(n int64) { w.size("vip", audience, n) }
	size(70)
	ticked := make(chan error, 1)
	s := w.start(func(c *Config) {
		c.Timing.Tick, c.Timing.Sizes = 24*time.Hour, 365*24*time.Hour
		c.Hooks.Ticked = func(_ time.Duration, err error) { ticked <- err }
	})
	w.must(<-ticked) // the rest of the ticks are the test's
	watch := func(after time.Duration) {
		t.Helper()
		w.clock.set(time.Now().Add(after))
		w.must(alerting{s.Manager}.watch(w.Context()))
		w.must(alerting{s.Manager}.watch(w.Context())) // which finds the same and tells nothing
	}
	watch(5 * time.Hour)
	watch(7 * time.Hour)
	w.hears(heard, "vip stale begins 1: no run has succeeded yet")
	size(49)
	watch(8 * time.Hour)
	w.hears(heard, fmt.Sprintf("vip audience_small begins 1: X knows 49 people of audience %s; at least 50 are needed", audience))
	watch(31*time.Hour + time.Minute)
	w.hears(heard, "vip stale continues 1: no run has succeeded yet")
	w.must(w.st.SetPaused(w.Context(), "vip", true, store.Actor{ID: "system"}))
	size(50)
	watch(31*time.Hour + 2*time.Minute)
	two := map[string]bool{<-heard: true, <-heard: true}
	if !two["vip stale recovered 1: no run has succeeded yet"] || !two[fmt.Sprintf("vip audience_small recovered 1: X knows 50 people of audience %s; at least 50 are needed", audience)] {
		t.Errorf("heard %v", two)
	}
	open, err := w.st.OpenAlerts(w.Context())
	w.must(err)
	if len(open) > 0 || len(heard) > 0 {
		t.Errorf("open %+v, %d more messages", open, len(heard))
	}
}

// TestLeftOut reads thresholds.
func TestLeftOut(t *testing.T) {
	counts := eddy.Counts{Insert: 90, Invalid: 10, Rejected: 5, Failed: 5} // 20 of 100
	for _, c := range []struct {
		t    store.Threshold
		many bool
	}{
		{store.Threshold{}, true},
		{store.Threshold{FailedRecords: 19}, true},
		{store.Threshold{FailedRecords: 20}, false},
		{store.Threshold{FailedPercent: 19.9}, true},
		{store.Threshold{FailedPercent: 20}, false},
		{store.Threshold{FailedRecords: 1000, FailedPercent: 10}, true},
		{store.Threshold{FailedRecords: 1000, FailedPercent: 50}, false},
	} {
		if left, many := leftOut(counts, c.t); left != 20 || many != c.many {
			t.Errorf("%+v: %d, %v", c.t, left, many)
		}
	}
	if left, many := leftOut(eddy.Counts{}, store.Threshold{}); left != 0 || many {
		t.Errorf("nothing: %d, %v", left, many)
	}
}

// TestQuietHours goes through a night: what began and was over within is not told, what
// still is so is told once when it ends, and so is the end of what was told before.
func TestQuietHours(t *testing.T) {
	w := newWorld(t, "sqlite")
	evening := time.Date(2027, 3, 27, 20, 59, 0, 0, time.UTC) // the clocks go forward in this night
	w.clock.set(evening.Add(9 * time.Hour))                   // so that the size is new throughout
	w.size("vip", w.connect("vip"), 100)
	w.clock.set(evening)
	heard := told(w, store.AlertRule{
		Events: []string{string(alert.RunFailed), string(alert.RecordsFailed), string(alert.CredentialsRefused)},
		Quiet:  store.QuietHours{From: "22:00", To: "07:00", Timezone: "Europe/Berlin"},
	})
	ticked := make(chan error, 1)
	s := w.start(func(c *Config) {
		c.Timing.Tick = 24 * time.Hour
		c.Hooks.Ticked = func(_ time.Duration, err error) { ticked <- err }
	})
	w.must(<-ticked) // the rest of the ticks are the test's
	after := func(minutes int, found ...found) {
		t.Helper()
		w.clock.set(evening.Add(time.Duration(minutes) * time.Minute))
		for _, f := range found {
			f.connection, f.since = "vip", w.clock.now()
			w.must(alerting{s.Manager}.observe(w.Context(), f))
		}
		w.must(alerting{s.Manager}.watch(w.Context()))
		w.must(alerting{s.Manager}.watch(w.Context())) // which finds nothing more
	}
	after(0, found{event: alert.CredentialsRefused, on: true, detail: "no"})
	w.hears(heard, "vip credentials_refused begins 1: no")
	after(61, found{event: alert.RunFailed, on: true, cases: 1}, found{event: alert.RecordsFailed, on: true, cases: 1})
	after(121, found{event: alert.RunFailed, on: true, cases: 1}, found{event: alert.RecordsFailed})
	after(181, found{event: alert.CredentialsRefused})
	after(480) // 06:59, as the night was an hour shorter
	if len(heard) > 0 {
		t.Errorf("heard in the night: %s", <-heard)
	}
	after(481)
	two := map[string]bool{<-heard: true, <-heard: true}
	if !two["vip run_failed begins 2: "] || !two["vip credentials_refused recovered 1: "] {
		t.Errorf("heard %v", two)
	}
	after(491, found{event: alert.RunFailed})
	w.hears(heard, "vip run_failed recovered 2: ")
	if open, err := w.st.OpenAlerts(w.Context()); err != nil || len(open) > 0 || len(heard) > 0 {
		t.Errorf("open %+v %v, %d more messages", open, err, len(heard))
	}
}

// TestQuietHoursAreChecked: a rule whose quiet hours nobody could go by is refused.
func TestQuietHoursAreChecked(t *testing.T) {
	rule := store.AlertRule{Events: all(), Channel: json.RawMessage(`{"type":"webhook","url":"https://example.com"}`)}
	if err := CheckAlert(rule); err != nil {
		t.Error(err)
	}
	rule.Quiet = store.QuietHours{From: "22:00", To: "25:00"}
	if err := CheckAlert(rule); eddy.ErrorCode(err) != eddy.CodeUsage {
		t.Errorf("25:00: %v", err)
	}
}

// TestWhatBeganInQuietHoursIsToldWithItsReason: in the morning nothing finds again that the
// credentials were refused, and why and in which run is told all the same.
func TestWhatBeganInQuietHoursIsToldWithItsReason(t *testing.T) {
	worlds(t, func(w *world) {
		w.size("vip", w.connect("vip"), 100)
		heard := told(w, store.AlertRule{Events: []string{string(alert.CredentialsRefused)}, Quiet: store.QuietHours{From: "22:00", To: "07:00"}})
		runs := make(chan string, 100)
		ticked := make(chan error, 1)
		s := w.start(func(c *Config) {
			c.Timing.Tick, c.Timing.Sizes = 24*time.Hour, 365*24*time.Hour
			c.Hooks.Ticked = func(_ time.Duration, err error) { ticked <- err }
			c.Hooks.Told = func(m alert.Message, err error) {
				if err == nil {
					runs <- m.RunID
				}
			}
		})
		w.must(<-ticked) // the rest of the ticks are the test's
		m := alerting{s.Manager}
		evening := time.Date(2027, 6, 1, 23, 0, 0, 0, time.UTC)
		refused := found{connection: "vip", event: alert.CredentialsRefused, on: true, detail: "no", runID: "r1"}
		at := func(after time.Duration, more ...found) {
			w.Helper()
			w.clock.set(evening.Add(after))
			for _, f := range more {
				w.must(m.observe(w.Context(), f))
			}
			w.must(m.watch(w.Context()))
		}
		hears := func(want, run string) {
			w.Helper()
			w.hears(heard, want)
			w.hears(runs, run)
		}
		at(0, refused)
		at(8*time.Hour + time.Minute)
		hears("vip credentials_refused begins 1: no", "r1")
		at(33 * time.Hour)
		hears("vip credentials_refused continues 1: no", "r1")
		at(34*time.Hour, found{connection: "vip", event: alert.CredentialsRefused})
		hears("vip credentials_refused recovered 1: ", "")
		refused.detail, refused.runID = "other", "r2"
		at(48*time.Hour, refused)
		at(56*time.Hour + time.Minute)
		hears("vip credentials_refused begins 1: other", "r2")
	})
}
