package telemetry

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/eddy-retl/eddy"
)

// Tracer makes a trace of each run: one span for the run, and one below it for each
// phase. Without a place to send them to it does nothing.
type Tracer struct {
	tracer trace.Tracer
	stop   func(context.Context) error
}

// NewTracer sends traces to an OTLP endpoint over HTTP, such as http://localhost:4318.
// Without one it looks for the standard variables, OTEL_EXPORTER_OTLP_ENDPOINT and
// OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, and without those it makes no traces.
func NewTracer(ctx context.Context, endpoint, version string, getenv func(string) (string, bool)) (*Tracer, error) {
	opts, wanted := exporterOptions(endpoint, getenv)
	if !wanted {
		return &Tracer{tracer: noop.NewTracerProvider().Tracer("eddy"), stop: func(context.Context) error { return nil }}, nil
	}
	exporter, err := otlptracehttp.New(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	about, err := resource.Merge(resource.Default(), resource.NewSchemaless(
		attribute.String("service.name", "eddy"), attribute.String("service.version", version),
	))
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	return &Tracer{tracer: provider.Tracer("github.com/eddy-retl/eddy"), stop: provider.Shutdown}, nil
}

// exporterOptions says where to, and whether at all. The exporter itself reads the
// standard variables.
func exporterOptions(endpoint string, getenv func(string) (string, bool)) ([]otlptracehttp.Option, bool) {
	if endpoint != "" {
		return []otlptracehttp.Option{otlptracehttp.WithEndpointURL(strings.TrimRight(endpoint, "/") + "/v1/traces")}, true
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if v, ok := getenv(name); ok && v != "" {
			return nil, true
		}
	}
	return nil, false
}

// Stop sends what is left.
func (t *Tracer) Stop(ctx context.Context) error { return t.stop(ctx) }

// RunTrace is the trace of one run. It may be used by several goroutines.
type RunTrace struct {
	ctx    context.Context //nolint:containedctx // the parent of the spans of phases
	tracer trace.Tracer
	run    trace.Span

	mu      sync.Mutex
	phase   trace.Span
	name    string
	began   time.Time
	seconds map[string]float64
}

type traceKey struct{}

// Run begins the trace of a run; the context carries it on.
func (t *Tracer) Run(ctx context.Context, connection, runID, trigger string, attempt int) (context.Context, *RunTrace) {
	ctx, span := t.tracer.Start(ctx, "run", trace.WithNewRoot(), trace.WithAttributes( //nolint:spancheck // End ends it
		attribute.String("eddy.connection", connection), attribute.String("eddy.run_id", runID),
		attribute.String("eddy.trigger", trigger), attribute.Int("eddy.attempt", attempt),
	))
	r := &RunTrace{ctx: ctx, tracer: t.tracer, run: span, seconds: map[string]float64{}}
	return context.WithValue(ctx, traceKey{}, r), r //nolint:spancheck // End ends it
}

// TraceOf finds the trace that a context carries.
func TraceOf(ctx context.Context) (*RunTrace, bool) {
	r, ok := ctx.Value(traceKey{}).(*RunTrace)
	return r, ok
}

// Phase ends the phase before and begins this one; a phase that goes on goes on.
func (r *RunTrace) Phase(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name == r.name {
		return
	}
	r.endPhase()
	_, r.phase = r.tracer.Start(r.ctx, name) //nolint:spancheck // endPhase ends it
	r.name, r.began = name, time.Now()
}

func (r *RunTrace) endPhase() {
	if r.phase != nil {
		r.phase.End()
		r.seconds[r.name] += time.Since(r.began).Seconds()
	}
	r.phase, r.name = nil, ""
}

// End ends the trace with what became of the run, and gives the seconds of each phase.
// Reasons are left out: they are in the run's report, and a trace goes to others.
func (r *RunTrace) End(run eddy.Run) map[string]float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endPhase()
	n := run.Counts
	r.run.SetAttributes(
		attribute.String("eddy.status", string(run.Status)), attribute.Int64("eddy.rows", n.Rows), attribute.Int64("eddy.operations", n.Operations()),
		attribute.Int64("eddy.delivered", n.Delivered), attribute.Int64("eddy.rejected", n.Rejected), attribute.Int64("eddy.failed", n.Failed),
		attribute.Int64("eddy.requests", n.Requests), attribute.Int64("eddy.bytes", n.Bytes),
	)
	if run.Status == eddy.StatusFailed {
		r.run.SetStatus(codes.Error, string(run.Status))
	}
	r.run.End()
	return r.seconds
}
