package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	gosync "sync"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

func watchChecks() []check {
	return []check{
		{"alert rules", "a rule comes back as it was put, and is changed only on top of the version that was seen", checkRules},
		{"alert states", "what was told is remembered by rule, connection and event, and goes with its rule or its connection", checkAlertStates},
		{"alert endings", "what was told to a channel that has incidents is kept, with the channel's secrets, when the rule, its channel or the connection goes", checkAlertEndings},
		{"sizes", "sizes come back newest first; unknown is not zero", checkSizes},
		{"health", "health shows each connection once, with its newest run that ended and the one under way", checkHealth},
		{"days", "runs are summed up by the day in UTC on which they were asked for, by state, for one connection or all", checkDays},
	}
}

func checkDays(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed")
	end := func(connection string, status eddy.Status, c eddy.Counts) {
		id := w.start(connection).RunID
		w.claim(id, "w")
		run := eddy.Run{Status: status, StartedAt: time.Now(), Counts: c}
		at := time.Now()
		run.FinishedAt = &at
		w.must(w.s.Finish(ctx, id, "w", run, nil))
	}
	end("vip", eddy.Succeeded, eddy.Counts{Rows: 10, Insert: 4, Delivered: 4, Requests: 1, Bytes: 9_000_000_000})
	end("vip", eddy.StatusFailed, eddy.Counts{Rows: 10, Delete: 3, Failed: 3, Requests: 1, Bytes: 1})
	// What a run that waits would remove is not removed.
	end("vip", eddy.NeedsApproval, eddy.Counts{Rows: 2, Delete: 8})
	end("lapsed", eddy.Succeeded, eddy.Counts{Rows: 7})
	w.must(w.s.Skip(ctx, store.NewRun{Connection: "vip"}, "overlap"))
	w.exec("UPDATE eddy_runs SET requested_at = requested_at - 86400000000 * 3 WHERE connection = 'vip' AND state = 'failed'")
	const day = 24 * time.Hour
	today := time.Now().UTC().Truncate(day)
	vip := []store.Day{
		{Day: today.Add(-3 * day), Runs: map[store.RunState]int64{"failed": 1}, Counts: eddy.Counts{Rows: 10, Delete: 3, Failed: 3, Requests: 1, Bytes: 1}},
		{Day: today, Runs: map[store.RunState]int64{"succeeded": 1, "needs_approval": 1, "skipped": 1}, Counts: eddy.Counts{Rows: 12, Insert: 4, Delivered: 4, Requests: 1, Bytes: 9_000_000_000}},
	}
	everything := []store.Day{vip[0], {Day: today, Runs: map[store.RunState]int64{"succeeded": 2, "needs_approval": 1, "skipped": 1}, Counts: vip[1].Counts}}
	everything[1].Counts.Rows = 19
	for what, c := range map[string]struct {
		connection string
		since      time.Time
		want       []store.Day
	}{
		"one connection": {"vip", time.Time{}, vip}, "all": {"", time.Time{}, everything}, "since": {"vip", today, vip[1:]}, "none": {"nothing", time.Time{}, []store.Day{}},
	} {
		got, err := w.s.Days(ctx, c.connection, c.since)
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			w.Errorf("%s: %v %s", what, err, d)
		}
	}
}

func rule() store.AlertRule {
	return store.AlertRule{
		Name: "to the team", Connection: "vip", Events: []string{"failed", "stale"}, Channel: json.RawMessage(`{"type":"webhook"}`),
		Secrets: store.Secrets{"url": "https://hooks.example.com/s3cret"}, Threshold: store.Threshold{FailedRecords: 10, StaleHours: 6.5},
		Quiet: store.QuietHours{From: "22:00", To: "07:00", Timezone: "Europe/Berlin", Days: []string{"sat", "sun"}},
	}
}

func checkRules(w *world) {
	ctx := w.Context()
	r, err := w.s.PutAlertRule(ctx, rule(), store.AnyVersion, anna())
	w.must(err)
	want := rule()
	want.ID, want.Version = r.ID, 1
	if d := cmp.Diff(want, r); d != "" || r.ID == "" {
		w.Errorf("made: %s", d)
	}
	r.Disabled, r.Secrets = true, store.Secrets{"url": "https://hooks.example.com/0ther"}
	w.conflict("on top of version 2 of 1", second(w.s.PutAlertRule(ctx, r, 2, anna())))
	changed, err := w.s.PutAlertRule(ctx, r, 1, anna())
	r.Version = 2
	if d := cmp.Diff(r, changed); err != nil || d != "" {
		w.Errorf("changed: %v %s", err, d)
	}
	if rules, err := w.s.AlertRules(ctx); err != nil || cmp.Diff([]store.AlertRule{r}, rules) != "" {
		w.Errorf("list: %v %v", rules, err)
	}
	bad := rule()
	bad.Channel = nil
	_, err = w.s.PutAlertRule(ctx, bad, store.AnyVersion, anna())
	w.code("no channel", err, eddy.CodeUsage, "channel is not a JSON object")
	w.must(w.s.DeleteAlertRule(ctx, r.ID, anna()))
	w.gone("deleted", second(w.s.AlertRule(ctx, r.ID)))
	w.gone("deleted twice", w.s.DeleteAlertRule(ctx, r.ID, anna()))
	log, err := w.s.AuditLog(ctx, 0, 0)
	w.must(err)
	var actions []string
	for _, a := range log {
		actions = append(actions, a.Action)
	}
	if !slices.Equal(actions, []string{"delete", "update", "create"}) {
		w.Errorf("audit: %v", actions)
	}
	if d := string(log[1].Detail); d != `{"changed":{"disabled":{"old":false,"new":true}},"secrets":["url"]}` {
		w.Errorf("the change: %s", d)
	}
	if left := w.rows("SELECT * FROM eddy_secrets"); len(left) != 0 {
		w.Errorf("secrets of a deleted rule: %v", left)
	}
}

// told notes what was told, whatever was told before.
func (w *world) told(a store.AlertState) error {
	return w.s.FoldAlert(w.Context(), a, func(store.Tx, store.AlertState) (store.AlertState, error) { return a, nil })
}

func checkAlertStates(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed")
	r, err := w.s.PutAlertRule(ctx, rule(), store.AnyVersion, anna())
	w.must(err)
	w.gone("nothing was told", second(w.s.AlertState(ctx, r.ID, "vip", "failed")))
	at := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	failed := store.AlertState{RuleID: r.ID, Connection: "vip", Event: "failed", Since: at.Add(time.Minute), LastSent: at.Add(time.Minute), Count: 1, Open: true, Detail: "no", RunID: "r1"}
	stale := store.AlertState{RuleID: r.ID, Connection: "lapsed", Event: "stale", Since: at, LastSent: at, Count: 3, Told: true}
	w.must(w.told(failed))
	w.must(w.told(stale))
	failed.Count = 2
	w.must(w.told(failed))
	if got, err := w.s.AlertState(ctx, r.ID, "vip", "failed"); err != nil || got != failed {
		w.Errorf("told: %+v %v", got, err)
	}
	if open, err := w.s.OpenAlerts(ctx); err != nil || !slices.Equal(open, []store.AlertState{stale, failed}) {
		w.Errorf("open: %+v %v", open, err)
	}
	full := errors.New("full")
	if err := w.s.FoldAlert(ctx, failed, func(store.Tx, store.AlertState) (store.AlertState, error) { return store.AlertState{Count: 7}, full }); !errors.Is(err, full) {
		w.Errorf("what could not be folded: %v", err)
	}
	var all gosync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := w.s.FoldAlert(ctx, failed, func(_ store.Tx, old store.AlertState) (store.AlertState, error) {
				old.Count++
				return old, nil
			}); err != nil {
				w.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := w.s.AlertState(ctx, r.ID, "vip", "failed"); err != nil || got.Count != 10 {
		w.Errorf("2 and 8 more at the same time: %+v %v", got, err)
	}
	failed.Open = false
	w.must(w.told(failed))
	w.must(w.s.Delete(ctx, store.Connection, "lapsed", store.AnyVersion, anna()))
	if open, err := w.s.OpenAlerts(ctx); err != nil || len(open) != 0 {
		w.Errorf("recovered, and deleted: %+v %v", open, err)
	}
	w.must(w.s.DeleteAlertRule(ctx, r.ID, anna()))
	w.gone("told by a deleted rule", second(w.s.AlertState(ctx, r.ID, "vip", "failed")))
	w.gone("a state of no rule", w.told(failed))
}

func checkAlertEndings(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed")
	r := rule()
	r.Channel, r.Secrets = json.RawMessage(`{"type":"pagerduty"}`), store.Secrets{"routing_key": "first"}
	r, err := w.s.PutAlertRule(ctx, r, store.AnyVersion, anna())
	w.must(err)
	at := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	tell := func(connection string) store.AlertState {
		a := store.AlertState{RuleID: r.ID, Connection: connection, Event: "failed", Since: at, LastSent: at, Count: 2, Open: true, Told: true}
		w.must(w.told(a))
		return a
	}
	ended := func(what string, key string, a store.AlertState) {
		all, err := w.s.AlertEndings(ctx)
		w.must(err)
		if len(all) != 1 {
			w.Errorf("%s: %d endings", what, len(all))
		}
		for id, e := range all {
			if one, err := w.s.AlertEnding(ctx, id); err != nil || one.State != a || one.Rule.Secrets["routing_key"] != key || e.State != a {
				w.Errorf("%s: %+v %v", what, one.State, err)
			}
			w.must(w.s.DropAlertEnding(ctx, id))
			w.gone("dropped", second(w.s.AlertEnding(ctx, id)))
		}
	}
	a := tell("vip")
	r.Secrets = store.Secrets{"routing_key": "second"}
	r, err = w.s.PutAlertRule(ctx, r, store.AnyVersion, anna())
	w.must(err)
	ended("another key", "first", a)
	w.gone("told by another key", second(w.s.AlertState(ctx, r.ID, "vip", "failed")))
	a = tell("lapsed")
	w.must(w.s.Delete(ctx, store.Connection, "lapsed", store.AnyVersion, anna()))
	ended("no connection", "second", a)
	a = tell("vip")
	w.must(w.s.DeleteAlertRule(ctx, r.ID, anna()))
	ended("no rule", "second", a)
}

func checkSizes(w *world) {
	ctx := w.Context()
	at := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	n := int64(1200)
	first := store.Size{Connection: "vip", AudienceID: "a1", At: at, Reasons: []string{"TOO_SMALL"}}
	later := store.Size{Connection: "vip", AudienceID: "a1", At: at.Add(time.Hour), Size: &n, Targetable: true, Reasons: []string{}}
	for _, z := range []store.Size{later, first, first, {Connection: "lapsed", AudienceID: "a2", At: at}} {
		w.must(w.s.AddSize(ctx, z))
	}
	for what, c := range map[string]struct {
		since time.Time
		limit int
		want  []store.Size
	}{
		"all":   {time.Time{}, 0, []store.Size{later, first}},
		"since": {at.Add(time.Minute), 0, []store.Size{later}},
		"one":   {time.Time{}, 1, []store.Size{later}},
	} {
		got, err := w.s.Sizes(ctx, "vip", c.since, c.limit)
		if d := cmp.Diff(c.want, got); err != nil || d != "" {
			w.Errorf("%s: %v %s", what, err, d)
		}
	}
	if n, err := w.s.PruneSizes(ctx, at.Add(time.Minute)); err != nil || n != 2 {
		w.Errorf("pruned %d, %v", n, err)
	}
}

func checkHealth(w *world) {
	ctx := w.Context()
	w.fill("vip", "lapsed", "new")
	for _, status := range []eddy.Status{eddy.Succeeded, eddy.StatusFailed} {
		id := w.start("vip").RunID
		w.claim(id, "w")
		w.end(id, "w", status)
	}
	active := w.start("vip").RunID
	w.must(w.s.Skip(ctx, store.NewRun{Connection: "vip"}, "overlap"))
	gone := w.start("lapsed").RunID
	w.claim(gone, "w")
	w.end(gone, "w", eddy.Succeeded)
	w.must(w.s.Delete(ctx, store.Connection, "lapsed", store.AnyVersion, anna()))
	w.must(w.s.SetPaused(ctx, "new", true, anna()))
	r, err := w.s.PutAlertRule(ctx, rule(), store.AnyVersion, anna())
	w.must(err)
	w.must(w.told(store.AlertState{RuleID: r.ID, Connection: "vip", Event: "failed", Open: true}))
	w.must(w.told(store.AlertState{RuleID: r.ID, Connection: "vip", Event: "stale"}))
	n := int64(1200)
	for i, size := range []*int64{nil, &n} {
		w.must(w.s.AddSize(ctx, store.Size{Connection: "vip", AudienceID: "a1", At: time.Date(2026, 11, 1, i, 0, 0, 0, time.UTC), Size: size}))
	}
	w.must(w.s.AddSize(ctx, store.Size{Connection: "gone", AudienceID: "a2", At: time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)}))
	got, err := w.s.Health(ctx)
	w.must(err)
	if len(got) != 2 || got[0].Connection != "new" || got[1].Connection != "vip" {
		w.Fatalf("health: %+v", got)
	}
	if h := got[0]; !h.Paused || h.LastRun != nil || h.Active != nil || !h.LastSuccess.IsZero() || h.OpenAlerts != 0 || h.Size != nil {
		w.Errorf("new: %+v", h)
	}
	h := got[1]
	if h.Paused || h.LastRun == nil || h.LastRun.State != "failed" || h.Active == nil || h.Active.RunID != active || h.LastSuccess.IsZero() || h.OpenAlerts != 1 {
		w.Errorf("vip: %+v", h)
	}
	if h.Size == nil || h.Size.Size == nil || *h.Size.Size != n {
		w.Errorf("the newest size: %+v", h.Size)
	}
}
