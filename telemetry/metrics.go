package telemetry

import (
	"net/http"
	"runtime"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
)

// Metrics counts what a server does. The counters are those of this process; what
// several servers share is read from the store when it is asked for, see [Metrics.Watch].
type Metrics struct {
	registry *prometheus.Registry

	runs, rows, invalid, operations, outcomes *prometheus.CounterVec
	runSeconds, phaseSeconds                  *prometheus.HistogramVec

	warehouseMetrics
	destinationMetrics

	served        *prometheus.CounterVec
	servedSeconds *prometheus.HistogramVec
}

// warehouseMetrics are of what runs used of their warehouses.
type warehouseMetrics struct{ statements, scanned, worked *prometheus.CounterVec }

// destinationMetrics are of the requests to a destination.
type destinationMetrics struct {
	requests, sentBytes     *prometheus.CounterVec
	requestSeconds, waiting *prometheus.HistogramVec
	rateLimit, rateLeft     *prometheus.GaugeVec
}

// NewMetrics makes the metrics of one process.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "eddy_build_info", Help: "1, with the version as a label."}, []string{"version", "go"})
	build.WithLabelValues(version, runtime.Version()).Set(1)
	m.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.runMetrics()
	m.requestMetrics()
	m.serverMetrics()
	return m
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) seconds(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(h)
	return h
}

// long are the buckets of what may take hours, short of what should take moments.
func long() []float64 { return []float64{.1, .5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600} }

func short() []float64 { return []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30, 60} }

func (m *Metrics) runMetrics() {
	m.runs = m.counter("eddy_runs_total", "Runs that ended, by status.", "connection", "status")
	m.rows = m.counter("eddy_rows_total", "Rows of the models that were read.", "connection")
	m.invalid = m.counter("eddy_invalid_rows_total", "Rows that could not be sent.", "connection")
	m.operations = m.counter("eddy_operations_total", "Changes, by kind.", "connection", "operation")
	m.outcomes = m.counter("eddy_outcomes_total", "What became of the changes.", "connection", "outcome")
	m.statements = m.counter("eddy_warehouse_statements_total", "Statements sent to warehouses, where that is a server.", "connection")
	m.scanned = m.counter("eddy_warehouse_scanned_bytes_total", "Bytes that they read or that are paid for, where the warehouse tells.", "connection")
	m.worked = m.counter("eddy_warehouse_seconds_total", "Seconds that the warehouse worked on them, where it tells.", "connection")
	m.runSeconds = m.seconds("eddy_run_seconds", "How long runs took.", long(), "status")
	m.phaseSeconds = m.seconds("eddy_phase_seconds", "How long the phases of runs took.", long(), "phase")
}

func (m *Metrics) requestMetrics() {
	m.requests = m.counter("eddy_destination_requests_total", "Requests to destinations, by answer; status 0 means that none came.", "destination", "method", "endpoint", "status")
	m.sentBytes = m.counter("eddy_destination_sent_bytes_total", "Bytes of the bodies sent to destinations.", "destination")
	m.requestSeconds = m.seconds("eddy_destination_request_seconds", "From sending a request to the end of its answer.", short(), "destination", "method", "endpoint")
	m.waiting = m.seconds("eddy_destination_wait_seconds", "What a request waited for rate limits and between attempts.", long(), "destination")
	m.rateLimit = m.gauge("eddy_destination_rate_limit", "Requests that the rate limit's window allows, as the destination last told.", "destination", "method", "endpoint")
	m.rateLeft = m.gauge("eddy_destination_rate_remaining", "Requests left in the rate limit's window, as the destination last told.", "destination", "method", "endpoint")
}

func (m *Metrics) serverMetrics() {
	m.served = m.counter("eddy_http_requests_total", "Requests that this server answered.", "method", "route", "status")
	m.servedSeconds = m.seconds("eddy_http_request_seconds", "How long this server took to answer. Streams of events are left out.", short(), "method", "route")
}

// RunEnded counts a run that ended.
func (m *Metrics) RunEnded(r eddy.Run, phases map[string]float64) {
	m.runs.WithLabelValues(r.Connection, string(r.Status)).Inc()
	if r.FinishedAt != nil && !r.StartedAt.IsZero() {
		m.runSeconds.WithLabelValues(string(r.Status)).Observe(r.FinishedAt.Sub(r.StartedAt).Seconds())
	}
	for phase, seconds := range phases {
		m.phaseSeconds.WithLabelValues(phase).Observe(seconds)
	}
	n := r.Counts
	m.rows.WithLabelValues(r.Connection).Add(float64(n.Rows))
	m.invalid.WithLabelValues(r.Connection).Add(float64(n.Invalid))
	if u := r.Usage; u != nil {
		m.statements.WithLabelValues(r.Connection).Add(float64(u.Statements))
		m.scanned.WithLabelValues(r.Connection).Add(float64(u.BytesScanned))
		m.worked.WithLabelValues(r.Connection).Add(u.Seconds)
	}
	add := func(c *prometheus.CounterVec, counts map[string]int64) {
		for name, count := range counts {
			c.WithLabelValues(r.Connection, name).Add(float64(count))
		}
	}
	add(m.outcomes, map[string]int64{"delivered": n.Delivered, "rejected": n.Rejected, "failed": n.Failed})
	if r.Status == eddy.NeedsApproval { // its changes were only counted
		return
	}
	add(m.operations, map[string]int64{
		"insert": n.Insert, "update": n.Update, "delete": n.Delete, "renew": n.Renew, "reassert": n.Reassert,
	})
}

// Request counts a request to a destination. It may be called by several goroutines.
func (m *Metrics) Request(name string, r destination.Request) {
	m.requests.WithLabelValues(name, r.Method, r.Endpoint, strconv.Itoa(r.Status)).Inc()
	m.sentBytes.WithLabelValues(name).Add(float64(r.Bytes))
	m.requestSeconds.WithLabelValues(name, r.Method, r.Endpoint).Observe(r.Duration.Seconds())
	m.waiting.WithLabelValues(name).Observe(r.Wait.Seconds())
	if r.Limit > 0 {
		m.rateLimit.WithLabelValues(name, r.Method, r.Endpoint).Set(float64(r.Limit))
		m.rateLeft.WithLabelValues(name, r.Method, r.Endpoint).Set(float64(r.Remaining))
	}
}

// Handler answers Prometheus.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError})
}
