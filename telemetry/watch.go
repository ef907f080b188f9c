package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// watchTimeout bounds what one answer to Prometheus may wait for the store.
const watchTimeout = 5 * time.Second

// Standing is how a connection does.
type Standing struct {
	Connection string
	Paused     bool
	// LastSuccess is zero when nothing ever succeeded.
	LastSuccess time.Time
	OpenAlerts  int
	// Active is queued or running while the connection has a run that was asked for at
	// RequestedAt, else empty.
	Active      string
	RequestedAt time.Time
}

// watcher reads from the store how connections do, whenever it is asked.
type watcher struct {
	standings func(context.Context) ([]Standing, error)
	now       func() time.Time

	up, queue, age, success, paused, alerts *prometheus.Desc
}

// Watch adds what is read from the store: the queue, the age of runs under way, and how
// fresh each connection is. All servers of one store tell the same.
func (m *Metrics) Watch(standings func(context.Context) ([]Standing, error), now func() time.Time) {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, labels, nil)
	}
	m.registry.MustRegister(&watcher{
		standings: standings, now: now,
		up:      desc("eddy_store_up", "1 when the store answered, else 0."),
		queue:   desc("eddy_runs_active", "Runs that wait for a worker (queued) or are under way (running).", "state"),
		age:     desc("eddy_run_age_seconds", "How long ago the run under way was asked for.", "connection", "state"),
		success: desc("eddy_last_success_timestamp_seconds", "When a run of the connection last succeeded; 0 when none ever did.", "connection"),
		paused:  desc("eddy_connection_paused", "1 when the connection's schedule is paused.", "connection"),
		alerts:  desc("eddy_open_alerts", "Alerts of the connection that have not recovered.", "connection"),
	})
}

// Describe sends what there is to collect.
func (w *watcher) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{w.up, w.queue, w.age, w.success, w.paused, w.alerts} {
		out <- d
	}
}

// Collect asks the store. When it does not answer, that is what is told.
func (w *watcher) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), watchTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	all, err := w.standings(ctx)
	if err != nil {
		gauge(w.up, 0)
		return
	}
	gauge(w.up, 1)
	states := map[string]int{"queued": 0, "running": 0}
	for _, c := range all {
		success := 0.0
		if !c.LastSuccess.IsZero() {
			success = float64(c.LastSuccess.UnixMilli()) / 1000
		}
		gauge(w.success, success, c.Connection)
		gauge(w.paused, truth(c.Paused), c.Connection)
		gauge(w.alerts, float64(c.OpenAlerts), c.Connection)
		if c.Active != "" {
			states[c.Active]++
			gauge(w.age, w.now().Sub(c.RequestedAt).Seconds(), c.Connection, c.Active)
		}
	}
	for state, n := range states {
		gauge(w.queue, float64(n), state)
	}
}

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
