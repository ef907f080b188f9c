package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// sync is one whole run of Eddy with the default settings.
func (t task) sync(ctx context.Context) (s sample, err error) {
	src, err := t.open(ctx)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	job, err := t.job(src)
	if err != nil {
		return s, err
	}
	steps := &stopwatch{seconds: map[string]float64{}}
	job.Progress = func(p sync.Progress) { steps.turn(p.Step) }
	var seen *tracer
	if t.Trace {
		seen = &tracer{began: time.Now()}
		seen.trace(&job)
	}
	run, err := sync.Run(ctx, job)
	if err != nil {
		return s, err
	}
	steps.turn("close")
	if run.Status != eddy.Succeeded {
		return s, fmt.Errorf("the run ended %s: %+v", run.Status, run.Errors)
	}
	c := run.Counts
	s = sample{Phases: steps.seconds, Rows: c.Rows, Operations: c.Delivered, Requests: c.Requests, Bytes: c.Bytes}
	if seen != nil {
		s.Statements = seen.statements
	}
	return s, nil
}

// open opens the table's warehouse as a configuration would.
func (t task) open(ctx context.Context) (warehouse.Source, error) {
	kind, ok := connectors.Warehouse(t.Source.Type)
	if !ok {
		return nil, fmt.Errorf("no such type: %s", t.Source.Type)
	}
	src := t.Source
	src.Name, src.Dialer = "shop", dial.Anywhere()
	if src.Type == duckEngine {
		src.Dir, src.Opened = t.Place, []string{t.Place}
	}
	return kind.Open(ctx, src)
}

// job is a connection of the table to the sandbox's audience.
func (t task) job(src warehouse.Source) (sync.Job, error) {
	cfg := sandbox.Default()
	dest, err := xaudience.Kind().Open(eddy.Destination{Dialer: dial.Anywhere(), Name: "x", Type: "x_audience", Options: map[string]string{
		"account_id": cfg.Account, "consumer_key": cfg.ConsumerKey, "consumer_secret": cfg.ConsumerSecret,
		"access_token": cfg.AccessToken, "access_token_secret": cfg.AccessTokenSecret,
		"hash": "true", "default_region": "US", "phone_formats": "e164", "api_url": t.API,
	}})
	if err != nil {
		return sync.Job{}, err
	}
	local := t.Source.State == eddy.Local
	conn := eddy.Connection{
		Name: "bench", Model: eddy.Model{Table: "customers"}, Audience: eddy.Audience{ID: t.Audience}, SyncMode: eddy.Mirror, Identifier: "id",
		Mapping: eddy.Mapping{{Field: "email", Column: "email"}}, Settings: eddy.DefaultSettings(),
	}
	if t.Data == phoneData {
		conn.Mapping = append(conn.Mapping, eddy.FieldMapping{Field: "phone_number", Column: "phone"})
	}
	return sync.Job{
		Connection: conn, Source: src, Destination: dest, Account: cfg.Account, Trigger: "manual",
		Local: sync.Local{Digests: local, Key: []byte("0123456789abcdef")},
		State: func(ctx context.Context) (warehouse.Engine, error) {
			if !local {
				return src.Engine(ctx, t.Source.Schema)
			}
			e, err := duckdb.Engine{Path: filepath.Join(t.Place, duckState, "bench.duckdb"), MemoryLimit: t.Memory}.Open(ctx)
			if err == nil && t.DuckDB != "" {
				_, err = e.Exec(ctx, t.DuckDB)
			}
			return e, err
		},
	}, nil
}

// stopwatch adds up the time of each step.
type stopwatch struct {
	step    string
	since   time.Time
	seconds map[string]float64
}

// turn ends the step before and begins, or goes on with, the next.
func (w *stopwatch) turn(step string) {
	now := time.Now()
	if w.step != "" {
		w.seconds[w.step] += now.Sub(w.since).Seconds()
	}
	w.step, w.since = step, now
}
