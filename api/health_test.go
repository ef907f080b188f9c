package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// One call tells all that a list of many connections shows.
func TestHealthOfManyConnections(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(10)
		r := w.ended(api.Start{})
		for i := range 30 {
			w.put("connections", fmt.Sprintf("more-%02d", i), w.connection(map[string]any{
				"audience": map[string]any{"create": map[string]any{"name": fmt.Sprint("audience ", i)}}, "schedule": map[string]any{"type": "basic", "every": "6h"},
			}))
		}
		w.must(w.st.SetPaused(t.Context(), "more-07", true, store.Actor{ID: "system"}))
		n := int64(4711)
		w.must(w.st.AddSize(t.Context(), store.Size{Connection: "vip", AudienceID: w.audience, At: time.Now(), Size: &n, Targetable: true}))
		page := func(q url.Values) api.Health {
			var h api.Health
			w.must(w.viewer.Do(t.Context(), api.Call{Method: "GET", Path: "/api/v1/health", Query: q}, &h))
			if h.Summary != (api.HealthSummary{Healthy: 1, New: 29, Paused: 1}) {
				t.Errorf("summary: %+v", h.Summary)
			}
			return h
		}
		var names []string
		q := url.Values{"limit": {"20"}}
		for {
			h := page(q)
			for _, c := range h.Connections {
				names = append(names, c.Connection)
			}
			if h.NextCursor == "" {
				break
			}
			q.Set("cursor", h.NextCursor)
		}
		if len(names) != 31 || names[0] != "more-00" || names[30] != "vip" {
			t.Errorf("paged: %v", names)
		}
		h := page(url.Values{"q": {"VIP"}, "source": {"shop"}, "destination": {"x"}, "state": {"healthy"}})
		if len(h.Connections) != 1 {
			t.Fatalf("found %+v", h.Connections)
		}
		vip := h.Connections[0]
		if vip.LastRun == nil || vip.LastRun.RunID != r.RunID || vip.AudienceID != w.audience || vip.Size == nil || *vip.Size.Size != n || vip.NextRun != nil || vip.Schedule != "manual" || vip.Source != "shop" {
			t.Errorf("vip: %+v", vip)
		}
		h = page(url.Values{"q": {"more-0"}, "state": {"new"}})
		if len(h.Connections) != 9 || h.Connections[0].NextRun == nil || h.Connections[0].Schedule != "every 6h UTC" {
			t.Errorf("new ones: %+v", h.Connections)
		}
		if h = page(url.Values{"state": {"paused"}}); len(h.Connections) != 1 || h.Connections[0].NextRun != nil {
			t.Errorf("paused: %+v", h.Connections)
		}
		w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/health?state=strange"}, http.StatusUnprocessableEntity)
	})
}

func TestRunsByDay(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(10)
		w.ended(api.Start{})
		w.duck("DELETE FROM customers WHERE id = 1")
		w.ended(api.Start{})
		var d api.Days
		w.call(w.viewer, "GET", "/api/v1/connections/vip/days", nil, &d)
		if len(d.Days) != 30 || d.Days[0].Runs != 0 {
			t.Fatalf("got %d days from %+v", len(d.Days), d.Days[0])
		}
		var sum api.Day // the runs may stand on two days
		for _, day := range d.Days {
			sum.Runs, sum.Succeeded, sum.Rows, sum.Inserted, sum.Removed, sum.Delivered, sum.Requests = sum.Runs+day.Runs, sum.Succeeded+day.Succeeded,
				sum.Rows+day.Rows, sum.Inserted+day.Inserted, sum.Removed+day.Removed, sum.Delivered+day.Delivered, sum.Requests+day.Requests
		}
		if sum != (api.Day{Runs: 2, Succeeded: 2, Rows: 19, Inserted: 10, Removed: 1, Delivered: 11, Requests: 2}) {
			t.Errorf("sums: %+v", sum)
		}
		since := time.Now().UTC().AddDate(0, 0, -2).Format(time.RFC3339)
		w.call(w.viewer, "GET", "/api/v1/days?since="+since, nil, &d)
		if len(d.Days) < 3 || len(d.Days) > 4 || d.Days[0].Day != since[:10] {
			t.Errorf("since %s: %+v", since, d.Days)
		}
		w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/days?since=2001-01-01T00:00:00Z"}, http.StatusUnprocessableEntity)
		w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/connections/nothing/days"}, http.StatusNotFound)
	})
}

func TestReasonsSayHowToMendThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(3)
	w.duck("INSERT INTO customers VALUES (50, 'no address', NULL), (51, NULL, NULL), (52, 'a@b.example', '0301234')")
	r := w.ended(api.Start{})
	if r.Status != status(eddy.CompletedWithErrors) || len(r.Errors) != 3 {
		t.Fatalf("got %+v", r)
	}
	for _, e := range r.Errors {
		if e.Mend == "" || e.Count != 1 || len(e.SampleIDs) != 1 {
			t.Errorf("%+v", e)
		}
		if strings.Contains(e.Reason, "no country code") && !strings.Contains(e.Mend, "default_region") {
			t.Errorf("%+v", e)
		}
	}
	w.duck("DROP TABLE customers")
	if r = w.ended(api.Start{}); r.Status != status(eddy.StatusFailed) || len(r.Errors) != 1 || r.Errors[0].Mend == "" {
		t.Errorf("got %+v", r)
	}
}

func TestNextTimesOfASchedule(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", func(c *api.Config) {
		c.Now = func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	})
	const path = "/api/v1/schedules/preview"
	var v api.Verdict
	w.call(w.viewer, "POST", path, api.Schedule{Type: "basic", Every: "1h", StartAt: "00:30"}, &v)
	if len(v.NextRuns) != 5 || !v.NextRuns[0].Equal(time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)) || len(v.Warnings) != 1 {
		t.Errorf("got %+v", v)
	}
	w.call(w.viewer, "POST", path, api.Schedule{Type: "cron", Expression: "0 9 * * *", Timezone: "Europe/Berlin"}, &v)
	if len(v.NextRuns) != 5 || !v.NextRuns[0].Equal(time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)) || len(v.Warnings) != 0 {
		t.Errorf("got %+v", v)
	}
	w.call(w.viewer, "POST", path, api.Schedule{Type: "manual"}, &v)
	if len(v.NextRuns) != 0 {
		t.Errorf("got %+v", v)
	}
	for pointer, s := range map[string]api.Schedule{
		"/expression": {Type: "cron", Expression: "0 0 31 2 *"}, "/every": {Type: "basic", Every: "often"}, "/timezone": {Type: "cron", Expression: "@daily", Timezone: "Nowhere"},
	} {
		if p := w.refused(w.viewer, api.Call{Method: "POST", Path: path, Body: s}, http.StatusUnprocessableEntity); p.Errors[0].Pointer != pointer || p.Errors[0].Detail == "" {
			t.Errorf("%+v: %+v", s, p)
		}
	}
}

func TestTryingAnAlert(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		// The sender is another package's; here it is what the server is given.
		var asked store.AlertRule
		fails := errors.New("the webhook answered with status 404")
		w.tell = func(_ context.Context, r store.AlertRule) error {
			if asked = r; r.Name == "lost" {
				return fails
			}
			return nil
		}
		var a api.Alert
		var got api.Tested
		rule := map[string]any{"name": "team", "events": []string{"run_failed"}, "channel": map[string]any{"type": "webhook"}, "secrets": map[string]any{"url": "https://hooks.example.com/s3cret"}, "disabled": true}
		w.call(w.editor, "POST", "/api/v1/alerts", rule, &a)
		w.call(w.editor, "POST", "/api/v1/alerts/"+a.ID+"/test", nil, &got)
		if !got.OK || asked.Secrets["url"] != "https://hooks.example.com/s3cret" {
			t.Errorf("got %+v, sent by %+v", got, asked)
		}
		rule["name"] = "lost"
		w.call(w.editor, "POST", "/api/v1/alerts", rule, &a)
		w.call(w.editor, "POST", "/api/v1/alerts/"+a.ID+"/test", nil, &got)
		if got.OK || got.Detail != fails.Error() {
			t.Errorf("got %+v", got)
		}
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/alerts/nothing/test"}, http.StatusNotFound)
	})
}
