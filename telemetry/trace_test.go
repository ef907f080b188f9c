package telemetry_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/telemetry"
)

// receiver is an OpenTelemetry collector that keeps what it gets.
type receiver struct {
	mu    sync.Mutex
	spans []*tracepb.Span
	paths []string
}

// ServeHTTP takes one export.
func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var export collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(body, &export); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.paths = append(c.paths, r.URL.Path)
	for _, rs := range export.GetResourceSpans() {
		for _, s := range rs.GetScopeSpans() {
			c.spans = append(c.spans, s.GetSpans()...)
		}
	}
}

func unknown(string) (string, bool) { return "", false }

func TestPhasesOfARunAreTraced(t *testing.T) {
	t.Parallel()
	c := &receiver{}
	srv := httptest.NewServer(c)
	t.Cleanup(srv.Close)
	tracer, err := telemetry.NewTracer(t.Context(), srv.URL, "v1", unknown)
	if err != nil {
		t.Fatal(err)
	}
	ctx, run := tracer.Run(t.Context(), "vip", "r1", "manual", 1)
	if carried, ok := telemetry.TraceOf(ctx); !ok || carried != run {
		t.Error("the context does not carry the trace")
	}
	for _, phase := range []string{"stage", "compare", "add", "add", "settle"} {
		run.Phase(phase)
	}
	seconds := run.End(eddy.Run{Status: eddy.StatusFailed, Counts: eddy.Counts{Rows: 7}, Errors: []eddy.RunError{{Reason: "no record of this may leave"}}})
	if err := tracer.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, timed := seconds["add"]; !timed || len(seconds) != 4 {
		t.Errorf("phases were timed as %v", seconds)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var root *tracepb.Span
	var phases []string
	for _, s := range c.spans {
		if s.GetName() == "run" {
			root = s
			continue
		}
		phases = append(phases, s.GetName())
	}
	if diff := cmp.Diff([]string{"stage", "compare", "add", "settle"}, phases); diff != "" {
		t.Errorf("phases: %s", diff)
	}
	if root == nil || root.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR || !slices.Contains(c.paths, "/v1/traces") {
		t.Fatalf("the run's own span is missing or not failed: %v, sent to %v", root, c.paths)
	}
	got := map[string]string{}
	for _, a := range root.GetAttributes() {
		got[a.GetKey()] = a.GetValue().GetStringValue()
	}
	if got["eddy.connection"] != "vip" || got["eddy.run_id"] != "r1" || got["eddy.status"] != "failed" {
		t.Errorf("attributes of the run: %v", got)
	}
}

func TestWithoutAnEndpointNothingIsTraced(t *testing.T) {
	t.Parallel()
	tracer, err := telemetry.NewTracer(t.Context(), "", "v1", unknown)
	if err != nil {
		t.Fatal(err)
	}
	ctx, run := tracer.Run(t.Context(), "vip", "r1", "manual", 1)
	run.Phase("stage")
	run.End(eddy.Run{})
	if err := tracer.Stop(ctx); err != nil {
		t.Fatal(err)
	}
}
