package telemetry_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/telemetry"
)

// scrape is what Prometheus gets, over real HTTP.
func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	srv := httptest.NewServer(m.Handler())
	defer srv.Close()
	return fetch(t, srv.URL)
}

func fetch(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// has wants lines in what Prometheus gets.
func has(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("the metrics lack %q", line)
		}
	}
}

func TestRunsAndRequestsAreCounted(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("v1.2.3")
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ended := began.Add(2 * time.Second)
	run := eddy.Run{
		Connection: "vip", Status: eddy.CompletedWithErrors, StartedAt: began, FinishedAt: &ended,
		Counts: eddy.Counts{Rows: 10, Invalid: 1, Insert: 4, Update: 3, Delete: 2, Delivered: 8, Rejected: 1},
		Usage:  &eddy.Usage{Statements: 40, BytesScanned: 1000, Seconds: 1.5},
	}
	m.RunEnded(run, map[string]float64{"stage": 0.2})
	run.Status = eddy.NeedsApproval
	m.RunEnded(run, nil)
	m.Request("x", destination.Request{Method: "POST", Endpoint: "accounts/:account_id", Status: 200, Duration: time.Second, Bytes: 7, Limit: 1500, Remaining: 1499})
	text := scrape(t, m)
	has(t, text,
		`eddy_runs_total{connection="vip",status="completed_with_errors"} 1`,
		`eddy_runs_total{connection="vip",status="needs_approval"} 1`,
		`eddy_rows_total{connection="vip"} 20`,
		`eddy_operations_total{connection="vip",operation="insert"} 4`, // those of the held run were not sent
		`eddy_outcomes_total{connection="vip",outcome="rejected"} 2`,
		`eddy_phase_seconds_count{phase="stage"} 1`,
		`eddy_warehouse_statements_total{connection="vip"} 80`,
		`eddy_warehouse_scanned_bytes_total{connection="vip"} 2000`,
		`eddy_warehouse_seconds_total{connection="vip"} 3`,
		`eddy_run_seconds_sum{status="completed_with_errors"} 2`,
		`eddy_destination_requests_total{destination="x",endpoint="accounts/:account_id",method="POST",status="200"} 1`,
		`eddy_destination_rate_remaining{destination="x",endpoint="accounts/:account_id",method="POST"} 1499`,
		`eddy_destination_sent_bytes_total{destination="x"} 7`,
	)
	if !strings.Contains(text, `eddy_build_info{go="go1.`) || !strings.Contains(text, `version="v1.2.3"} 1`) {
		t.Error("the metrics lack the version")
	}
}

func TestConnectionsAreReadWhenAsked(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	broken := errors.New("no answer")
	var err error
	m := telemetry.NewMetrics("v")
	m.Watch(func(context.Context) ([]telemetry.Standing, error) {
		return []telemetry.Standing{
			{Connection: "vip", LastSuccess: time.Unix(100, 0), Active: "running", RequestedAt: now.Add(-time.Minute), OpenAlerts: 2},
			{Connection: "news", Paused: true},
		}, err
	}, func() time.Time { return now })
	has(t, scrape(t, m),
		`eddy_store_up 1`, `eddy_runs_active{state="running"} 1`, `eddy_runs_active{state="queued"} 0`,
		`eddy_run_age_seconds{connection="vip",state="running"} 60`,
		`eddy_last_success_timestamp_seconds{connection="vip"} 100`, `eddy_last_success_timestamp_seconds{connection="news"} 0`,
		`eddy_connection_paused{connection="news"} 1`, `eddy_open_alerts{connection="vip"} 2`,
	)
	err = broken
	text := scrape(t, m)
	has(t, text, `eddy_store_up 0`)
	if strings.Contains(text, "eddy_runs_active{") {
		t.Error("a store that does not answer must not look like an empty queue")
	}
}

// TestServedKeepsLabelsFew asks for what strangers ask servers for: no path and no
// method of theirs may become a label.
func TestServedKeepsLabelsFew(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("v")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/runs/{id}", func(w http.ResponseWriter, r *http.Request) {
		if r.PathValue("id") == "gone" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "data: 1\n\n")
		w.(http.Flusher).Flush()
	})
	srv := httptest.NewServer(m.Served(mux))
	t.Cleanup(srv.Close)
	for _, path := range []string{"/api/v1/runs/1", "/api/v1/runs/2", "/api/v1/runs/gone", "/ada@example.com", "/events"} {
		fetch(t, srv.URL+path)
	}
	text := scrape(t, m)
	has(t, text,
		`eddy_http_requests_total{method="GET",route="GET /api/v1/runs/{id}",status="200"} 2`,
		`eddy_http_requests_total{method="GET",route="GET /api/v1/runs/{id}",status="404"} 1`,
		`eddy_http_requests_total{method="GET",route="/",status="404"} 1`,
		`eddy_http_request_seconds_count{method="GET",route="GET /api/v1/runs/{id}"} 3`,
	)
	if strings.Contains(text, "ada@") || strings.Contains(text, `eddy_http_request_seconds_count{method="GET",route="GET /events"`) {
		t.Error("a path became a label, or a stream of events was timed")
	}
}
