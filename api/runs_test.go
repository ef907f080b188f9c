package api_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/store"
)

func TestRunsStartAndEnd(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		ctx := t.Context()
		w.shop(20)
		plan, err := w.editor.Plan(ctx, "vip", false)
		w.must(err)
		if plan.Counts.Insert != 20 || plan.Held != 0 {
			t.Errorf("the plan: %+v", plan.Counts)
		}
		// One that is not stored yet is planned as well, and nothing is kept of it.
		draft := map[string]any{"spec": w.connection(map[string]any{"audience": map[string]any{"create": map[string]any{"name": "Draft"}}})}
		w.call(w.editor, "POST", "/api/v1/connections/draft/plan", draft, &plan)
		if plan.Counts.Insert != 20 || plan.Held != 0 {
			t.Errorf("the plan of a draft: %+v", plan.Counts)
		}
		w.refused(w.editor, api.Call{Method: "GET", Path: "/api/v1/connections/draft"}, http.StatusNotFound)
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/draft/plan"}, http.StatusNotFound)
		draft["spec"].(map[string]any)["identifier"] = "nothing"
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/draft/plan", Body: draft}, http.StatusUnprocessableEntity)
		r, err := w.editor.Start(ctx, "vip", api.Start{}, "key-1")
		w.must(err)
		if r.Connection != "vip" || r.RequestedBy != "editor@example.com" || r.Trigger != "manual" {
			t.Errorf("started %+v", r)
		}
		again, err := w.editor.Start(ctx, "vip", api.Start{}, "key-1")
		w.must(err)
		if again.RunID != r.RunID {
			t.Errorf("the same key started another run: %s, %s", r.RunID, again.RunID)
		}
		r, err = w.viewer.Watch(ctx, r.RunID, func(api.Run) {})
		w.must(err)
		if r.Status != status(eddy.Succeeded) || r.Counts.Delivered != 20 || r.FinishedAt == nil || r.AudienceID != w.audience {
			t.Errorf("ended %+v", r)
		}
		if r := w.ended(api.Start{Full: true}); !r.Full || r.Counts.Delivered != 20 {
			t.Errorf("a full run: %+v", r)
		}
		var pages []string
		for run, err := range api.All[api.Run](ctx, w.viewer, "/api/v1/runs", map[string][]string{"limit": {"1"}, "connection": {"vip"}}) {
			w.must(err)
			pages = append(pages, run.RunID)
		}
		if len(pages) != 2 || pages[1] != r.RunID {
			t.Errorf("pages of runs: %v", pages)
		}
		var page api.Page[api.Run]
		w.call(w.viewer, "GET", "/api/v1/runs?status=failed", nil, &page)
		if len(page.Items) != 0 {
			t.Errorf("failed runs: %+v", page.Items)
		}
		w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/runs/nothing"}, http.StatusNotFound)
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/nothing/runs"}, http.StatusNotFound)
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/runs/" + r.RunID + "/cancel"}, http.StatusConflict)
		var h api.Health
		w.call(w.viewer, "GET", "/api/v1/health", nil, &h)
		if h.Summary.Healthy != 1 || h.Connections[0].LastRun == nil || h.Connections[0].LastSuccess == nil {
			t.Errorf("health: %+v", h)
		}
	})
}

// A stream tells what happens while it happens.
func TestEventsStream(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(5)
		w.runner.hold = make(chan struct{})
		r, err := w.editor.Start(t.Context(), "vip", api.Start{}, "")
		w.must(err)
		resp, err := w.viewer.Send(t.Context(), api.Call{Method: "GET", Path: "/api/v1/runs/" + r.RunID + "/events"})
		w.must(err)
		defer resp.Body.Close()
		if ct := resp.Header.Get("Content-Type"); ct != "text/event-stream" {
			t.Errorf("Content-Type %s", ct)
		}
		var seen []string
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var run api.Run
			w.must(json.Unmarshal([]byte(data), &run))
			seen = append(seen, string(run.Status))
			// The run goes on only after the stream has told that it is under way.
			if run.Status == store.Running && run.Progress != nil && run.Progress.Step == "stage" && w.runner.hold != nil {
				close(w.runner.hold)
				w.runner.hold = nil
			}
		}
		if len(seen) < 2 || !slices.Contains(seen, "running") || seen[len(seen)-1] != "succeeded" {
			t.Errorf("the stream told %v", seen)
		}
	})
}

func TestAServerThatStopsEndsItsStreams(t *testing.T) {
	t.Parallel()
	closing := make(chan struct{})
	w := newWorld(t, "", func(c *api.Config) { c.Closing = closing })
	w.shop(1)
	r, err := w.st.Enqueue(t.Context(), store.NewRun{Connection: "vip"}, nil)
	w.must(err)
	resp, err := w.viewer.Send(t.Context(), api.Call{Method: "GET", Path: "/api/v1/runs/" + r.RunID + "/events"})
	w.must(err)
	defer resp.Body.Close()
	close(closing)
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); { // ends, or the test never does
	}
	_, err = w.st.RequestCancel(t.Context(), r.RunID, store.Actor{})
	w.must(err)
}

func TestOneRunAtATimeAndCancel(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(5)
		hold := make(chan struct{})
		w.runner.hold = hold
		r, err := w.editor.Start(t.Context(), "vip", api.Start{}, "")
		w.must(err)
		p := w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/vip/runs"}, http.StatusConflict)
		if p.Code != "active" || p.RunID != r.RunID {
			t.Errorf("the run in the way is not named: %+v", p)
		}
		w.refused(w.editor, api.Call{Method: "DELETE", Path: "/api/v1/connections/vip", Header: http.Header{"If-Match": {"*"}}}, http.StatusConflict)
		r, err = w.editor.Cancel(t.Context(), r.RunID)
		w.must(err)
		close(hold)
		r, err = w.editor.Watch(t.Context(), r.RunID, func(api.Run) {})
		w.must(err)
		if r.Status != status(eddy.Cancelled) {
			t.Errorf("it ended %s", r.Status)
		}
	})
}

func TestTheGuardWaitsForAPerson(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(20)
		w.ended(api.Start{})
		w.duck("DELETE FROM customers")
		held := w.ended(api.Start{})
		if held.Status != status(eddy.NeedsApproval) {
			t.Fatalf("an empty model ended %s", held.Status)
		}
		w.refused(w.viewer, api.Call{Method: "POST", Path: "/api/v1/runs/" + held.RunID + "/approve"}, http.StatusForbidden)
		next, err := w.editor.Approve(t.Context(), held.RunID)
		w.must(err)
		next, err = w.editor.Watch(t.Context(), next.RunID, func(api.Run) {})
		w.must(err)
		if next.Status != status(eddy.Succeeded) || next.Counts.Delete != 20 || !next.Approve || next.Trigger != "approval" {
			t.Errorf("approved: %+v", next)
		}
		// What was approved is what was shown then, not what is there by now.
		p := w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/runs/" + held.RunID + "/approve"}, http.StatusConflict)
		if !strings.Contains(p.Detail, next.RunID) {
			t.Errorf("got %v", p)
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/runs/" + next.RunID + "/approve"}, http.StatusConflict)
	})
}

// An approval covers what the held run showed, also where the model went on shrinking since,
// and a run that was rejected cannot be approved.
func TestAnApprovalCoversWhatTheRunShowed(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(40)
		w.ended(api.Start{})
		w.duck("DELETE FROM customers WHERE id > 15")
		held := w.ended(api.Start{})
		if held.Status != status(eddy.NeedsApproval) || held.Errors[0].Removal == nil || held.Errors[0].Removal.People != 24 {
			t.Fatalf("more than half: %+v", held)
		}
		var who []string
		for rec, err := range api.All[api.Record](t.Context(), w.viewer, "/api/v1/runs/"+held.RunID+"/records", url.Values{"status": {"held"}}) {
			w.must(err)
			who = append(who, rec.RecordID)
		}
		if len(who) != 24 || slices.Contains(who, "1") {
			t.Errorf("would leave: %v", who)
		}
		w.duck("DELETE FROM customers WHERE id > 5")
		next, err := w.editor.Approve(t.Context(), held.RunID)
		w.must(err)
		next, err = w.editor.Watch(t.Context(), next.RunID, func(api.Run) {})
		w.must(err)
		if next.Status != status(eddy.NeedsApproval) || !strings.Contains(next.Errors[0].Reason, ", which was approved, showed 48 of 79 identities and 24 of 40 people") {
			t.Errorf("ten more leave: %s %+v", next.Status, next.Errors)
		}
		w.refused(w.viewer, api.Call{Method: "POST", Path: "/api/v1/runs/" + next.RunID + "/reject"}, http.StatusForbidden)
		dropped, err := w.editor.Reject(t.Context(), next.RunID)
		w.must(err)
		if dropped.Status != status(eddy.Cancelled) || !strings.HasPrefix(dropped.Message, "rejected, by ") {
			t.Errorf("rejected: %+v", dropped)
		}
		for _, verb := range []string{"approve", "reject"} {
			w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/runs/" + next.RunID + "/" + verb}, http.StatusConflict)
		}
		p := w.refused(w.editor, w.start(api.Start{ApproveRun: held.RunID}), http.StatusConflict)
		if p.Code != "approval" || !strings.Contains(p.Detail, next.RunID) || p.Mend == "" {
			t.Errorf("an old run: %+v", p)
		}
		if run := w.ended(api.Start{ApproveRemovals: 68}); run.Status != status(eddy.Succeeded) || run.Counts.Delete != 34 {
			t.Errorf("as many as a script allows: %+v", run)
		}
	})
}

// Who decides about a held run says why, and nobody decides about one that is not the newest.
func TestADecisionIsAboutWhatIsThereNow(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(20)
		w.ended(api.Start{})
		w.duck("DELETE FROM customers")
		old, held := w.ended(api.Start{}), w.ended(api.Start{})
		decide := func(id, verb, note string) api.Call {
			return api.Call{Method: "POST", Path: "/api/v1/runs/" + id + "/" + verb, Body: map[string]any{"note": note}}
		}
		for _, verb := range []string{"approve", "reject"} {
			if p := w.refused(w.editor, decide(old.RunID, verb, ""), http.StatusConflict); p.Code != "approval" || !strings.Contains(p.Detail, held.RunID) {
				t.Errorf("%s an old one: %+v", verb, p)
			}
			w.refused(w.editor, decide(held.RunID, verb, strings.Repeat("a", 501)), http.StatusUnprocessableEntity)
			w.refused(w.viewer, decide(held.RunID, verb, "me too"), http.StatusForbidden)
		}
		var rejected, approved api.Run
		w.must(w.editor.Do(t.Context(), decide(held.RunID, "reject", " the export was cut \n"), &rejected))
		if rejected.Status != status(eddy.Cancelled) || rejected.Message != "rejected, by editor@example.com: the export was cut" {
			t.Errorf("rejected: %s %q", rejected.Status, rejected.Message)
		}
		held = w.ended(api.Start{})
		w.must(w.editor.Do(t.Context(), decide(held.RunID, "approve", "the list moved"), &approved))
		approved, err := w.editor.Watch(t.Context(), approved.RunID, func(api.Run) {})
		w.must(err)
		if approved.Status != status(eddy.Succeeded) || approved.Message != "approved: the list moved" {
			t.Errorf("approved: %s %q", approved.Status, approved.Message)
		}
		var log api.Page[api.Audit]
		w.call(w.admin, "GET", "/api/v1/audit?limit=3", nil, &log)
		if d := string(log.Items[0].Detail); d != `{"connection":"vip","held":"`+held.RunID+`","note":"the list moved"}` {
			t.Errorf("the audit log of the approval: %s", d)
		}
		if d := string(log.Items[2].Detail); log.Items[2].Action != "reject" || d != `{"connection":"vip","note":"the export was cut"}` {
			t.Errorf("the audit log of the rejection: %+v", log.Items[2])
		}
	})
}

// The list of who would leave is searched by the warehouse, as a page and as a file.
func TestWhoWouldLeaveIsSearched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(30)
	w.ended(api.Start{})
	w.duck("DELETE FROM customers WHERE id > 5")
	held := w.ended(api.Start{})
	records := "/api/v1/runs/" + held.RunID + "/records"
	for query, want := range map[string]int{
		"status=held": 24, "status=held&q=1": 11, "status=held&q=29": 1, "status=held&q=%25": 0, "status=held&q=%27": 0,
		"status=held&reason=would+lose+identities":                         0,
		"status=held&reason=would+leave:+none+of+its+identities+stays&q=2": 11,
	} {
		var page api.Page[api.Record]
		w.call(w.viewer, "GET", records+"?"+query, nil, &page)
		code, text := w.text(w.viewer, "GET", records+".csv?"+query, "")
		if lines := strings.Count(text, "\n") - 1; len(page.Items) != want || code != http.StatusOK || lines != want {
			t.Errorf("%s: %d records, %d in the file (%d), want %d", query, len(page.Items), lines, code, want)
		}
	}
	w.refused(w.viewer, api.Call{Method: "GET", Path: records + "?q=" + strings.Repeat("a", 201)}, http.StatusUnprocessableEntity)
}

func TestRecordsOfARun(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(10)
		w.duck("ALTER TABLE customers ALTER id TYPE text; INSERT INTO customers VALUES ('=HYPERLINK(1)', 'none', NULL), ('-1', '', NULL), ('plain', NULL, NULL)")
		r := w.ended(api.Start{})
		if r.Status != status(eddy.CompletedWithErrors) {
			t.Fatalf("ended %s: %v", r.Status, r.Errors)
		}
		var ids []string
		for rec, err := range api.All[api.Record](t.Context(), w.viewer, "/api/v1/runs/"+r.RunID+"/records", map[string][]string{"limit": {"1"}}) {
			w.must(err)
			ids = append(ids, rec.RecordID)
			if rec.Status != "invalid" || rec.Reason == "" {
				t.Errorf("got %+v", rec)
			}
		}
		slices.Sort(ids)
		if !slices.Equal(ids, []string{"-1", "=HYPERLINK(1)", "plain"}) {
			t.Errorf("failed records: %v", ids)
		}
		n := 0
		for _, err := range w.viewer.Records(t.Context(), r.RunID, "all") {
			w.must(err)
			n++
		}
		if n != 13 {
			t.Errorf("%d records in all, want 13", n)
		}
		var one api.Page[api.Record]
		w.call(w.viewer, "GET", "/api/v1/runs/"+r.RunID+"/records?status=delivered&record=3", nil, &one)
		if len(one.Items) != 1 || one.Items[0].RecordID != "3" {
			t.Errorf("one record: %+v", one.Items)
		}
		resp, err := w.viewer.Send(t.Context(), api.Call{Method: "GET", Path: "/api/v1/runs/" + r.RunID + "/records.csv"})
		w.must(err)
		defer resp.Body.Close()
		rows, err := csv.NewReader(resp.Body).ReadAll()
		w.must(err)
		cells := map[string]bool{}
		for _, row := range rows {
			cells[row[0]] = true
		}
		if len(rows) != 4 || !cells["'=HYPERLINK(1)"] || !cells["'-1"] || !cells["plain"] || rows[0][0] != "record_id" {
			t.Errorf("CSV: %q", rows)
		}
	})
}

func TestStateThatLiesElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(3)
	r := w.ended(api.Start{})
	w.must(w.st.SetHome(t.Context(), "vip", "another"))
	for _, call := range []api.Call{{Method: "GET", Path: "/api/v1/runs/" + r.RunID + "/records"}, {Method: "POST", Path: "/api/v1/connections/vip/plan"}} {
		if p := w.refused(w.editor, call, http.StatusConflict); p.Code != "elsewhere" {
			t.Errorf("got %+v", p)
		}
	}
}

func TestSizesOfAnAudience(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		now := time.Now().UTC().Truncate(time.Second)
		for i := range 3 {
			n := int64(1000 * i)
			w.must(w.st.AddSize(t.Context(), store.Size{Connection: "vip", AudienceID: w.audience, At: now.Add(time.Duration(i) * time.Hour), Size: &n}))
		}
		var sizes []int64
		for z, err := range api.All[api.Size](t.Context(), w.viewer, "/api/v1/connections/vip/sizes", map[string][]string{"limit": {"1"}}) {
			w.must(err)
			sizes = append(sizes, *z.Size)
		}
		if !slices.Equal(sizes, []int64{2000, 1000, 0}) {
			t.Errorf("sizes: %v", sizes)
		}
	})
}

// Whoever asks for a size gets what the server that asked was told; who may not is refused.
func TestASizeIsAskedForNow(t *testing.T) {
	t.Parallel()
	size := int64(120)
	var asked []string
	w := newWorld(t, "", func(c *api.Config) {
		c.AskSize = func(_ context.Context, connection string) (store.Size, error) {
			asked = append(asked, connection)
			if connection == "new" {
				return store.Size{}, &eddy.Error{Code: eddy.CodeConflict, What: "connection new has no audience yet", Mend: "Run it."}
			}
			return store.Size{Connection: connection, AudienceID: "1nmth", At: time.Now(), Size: &size, Targetable: true}, nil
		}
	})
	w.shop(1)
	w.put("connections", "new", w.connection(map[string]any{"audience": map[string]any{"create": map[string]any{"name": "new"}}}))
	var z api.Size
	w.call(w.editor, "POST", "/api/v1/connections/vip/sizes", nil, &z)
	if z.AudienceID != "1nmth" || z.Size == nil || *z.Size != size || !z.Targetable {
		t.Errorf("got %+v", z)
	}
	w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/nothing/sizes"}, http.StatusNotFound)
	if p := w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections/new/sizes"}, http.StatusConflict); p.Mend == "" {
		t.Errorf("no advice: %+v", p)
	}
	if !slices.Equal(asked, []string{"vip", "new"}) {
		t.Errorf("asked for %v", asked)
	}
	without := newWorld(t, "", nil)
	without.shop(1)
	without.refused(without.editor, api.Call{Method: "POST", Path: "/api/v1/connections/vip/sizes"}, http.StatusNotFound)
}

// Whoever asks X for much at once waits for a turn, and nobody is waited for without end.
func TestWhoAsksXTakesTurns(t *testing.T) {
	t.Parallel()
	begun, end := make(chan time.Duration, 10), make(chan struct{})
	w := newWorld(t, "", func(c *api.Config) {
		c.AskSize = func(ctx context.Context, connection string) (store.Size, error) {
			deadline, _ := ctx.Deadline()
			begun <- time.Until(deadline)
			<-end
			return store.Size{Connection: connection, AudienceID: "1nmth", At: time.Now()}, nil
		}
	})
	w.shop(1)
	ask := api.Call{Method: "POST", Path: "/api/v1/connections/vip/sizes"}
	var asking sync.WaitGroup
	for range 3 {
		asking.Go(func() {
			if err := w.editor.Do(t.Context(), ask, nil); err != nil {
				t.Error(err)
			}
		})
		if left := <-begun; left <= 0 || left > time.Minute {
			t.Errorf("asked with %s left, want a minute at most", left)
		}
	}
	use := api.Call{Method: "GET", Path: "/api/v1/destinations/x/audiences/" + w.audience + "/use"}
	for _, call := range []api.Call{ask, use} {
		w.refused(w.editor, call, http.StatusTooManyRequests)
	}
	w.call(w.viewer, use.Method, use.Path, nil, nil) // there is room for others
	close(end)
	asking.Wait()
	w.call(w.editor, use.Method, use.Path, nil, nil)
}

func TestTheUseOfAnAudienceIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	w.must(w.box.Target(w.audience, sandbox.Campaign{ID: "c1", Name: "Summer", LineItems: []sandbox.LineItem{{ID: "l1", Name: "Feed", Servable: true}}}))
	w.must(w.box.Share(w.audience, "abc", true))
	var use destination.AudienceUse
	w.call(w.viewer, "GET", "/api/v1/destinations/x/audiences/"+w.audience+"/use", nil, &use)
	if !use.Mine || len(use.Campaigns) != 1 || !use.Campaigns[0].LineItems[0].Servable || len(use.SharedWith) != 1 || use.SharedWith[0].Account != "abc" {
		t.Errorf("got %+v", use)
	}
	w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/destinations/x/audiences/zzz/use"}, http.StatusBadGateway)
	w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/destinations/y/audiences/zzz/use"}, http.StatusNotFound)
}

// The calls of rudder-airflow-provider and dagster-rudderstack.
func TestRudderStackClients(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(5)
		const root = "/v2/retl-connections/vip"
		w.runner.hold = make(chan struct{})
		var started api.RudderStarted
		w.call(w.editor, "POST", root+"/start", map[string]any{}, &started)
		var sync api.RudderSync
		w.call(w.editor, "GET", root+"/syncs/"+started.SyncID, nil, &sync)
		if sync.Status != "running" || sync.FinishedAt != nil {
			t.Errorf("under way: %+v", sync)
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: root + "/start", Body: map[string]string{"syncType": "full"}}, http.StatusConflict)
		close(w.runner.hold)
		_, err := w.editor.Watch(t.Context(), started.SyncID, func(api.Run) {})
		w.must(err)
		w.runner.hold = nil
		w.call(w.editor, "GET", root+"/syncs/"+started.SyncID, nil, &sync)
		if sync.Status != "succeeded" || sync.Metrics.Succeeded.Total != 5 || sync.Metrics.Changed.Total != 5 || sync.Metrics.Total != 5 || sync.FinishedAt == nil {
			t.Errorf("ended: %+v", sync)
		}
		w.duck("DELETE FROM customers")
		w.call(w.editor, "POST", root+"/start", map[string]string{"syncType": "incremental"}, &started)
		_, err = w.editor.Watch(t.Context(), started.SyncID, func(api.Run) {})
		w.must(err)
		w.call(w.editor, "GET", root+"/syncs/"+started.SyncID, nil, &sync)
		if sync.Status != "failed" || !strings.HasPrefix(sync.Error, "needs approval") {
			t.Errorf("held by the guard: %+v", sync)
		}
		syncs := func(path string) (list api.RudderSyncs) {
			w.call(w.editor, "GET", path, nil, &list)
			return list
		}
		list := syncs(root + "/syncs?per_page=1&page=1")
		if list.Paging.Total != 2 || len(list.Syncs) != 1 || list.Paging.Next == "" {
			t.Errorf("page 1: %+v", list)
		}
		list = syncs(list.Paging.Next)
		if len(list.Syncs) != 1 || list.Syncs[0].Status != "succeeded" || list.Paging.Next != "" {
			t.Errorf("page 2: %+v", list)
		}
		// A filter holds on the pages after the first as well.
		hour := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
		list = syncs(root + "/syncs?per_page=1&started_after=" + hour)
		if next, err := url.Parse(list.Paging.Next); err != nil || next.Query().Get("started_after") != hour || list.Paging.Total != 2 {
			t.Errorf("since an hour ago: %+v, %v", list.Paging, err)
		}
		if list = syncs(root + "/syncs?started_before=" + hour); list.Paging.Total != 0 {
			t.Errorf("before an hour ago: %+v", list)
		}
		w.call(w.editor, "POST", root+"/stop", nil, nil)
		for _, path := range []string{"/v2/retl-connections/nothing/stop", "/v2/retl-connections", "/v2/retl-connections/vip/begin"} {
			w.refused(w.editor, api.Call{Method: "POST", Path: path}, http.StatusNotFound)
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: "/v2/retl-connections/nothing/start", Body: map[string]any{}}, http.StatusNotFound)
		hold := make(chan struct{})
		w.runner.hold = hold
		w.call(w.editor, "POST", root+"/start", nil, &started)
		w.call(w.editor, "POST", root+"/stop", nil, nil)
		close(hold)
		r, err := w.editor.Watch(context.WithoutCancel(t.Context()), started.SyncID, func(api.Run) {})
		w.must(err)
		if r.Status != status(eddy.Cancelled) {
			t.Errorf("stopped: %s", r.Status)
		}
	})
}
