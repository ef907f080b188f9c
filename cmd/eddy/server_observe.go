package main

import (
	"context"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/jobs"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/telemetry"
)

// setup is the configuration as it stands. Whenever it has changed, logs learn what to
// hide.
func (s *server) setup(ctx context.Context) (*setup.Setup, error) {
	loaded, err := s.catalog.Setup(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded != loaded {
		heard := *loaded
		heard.Dialer = s.reach
		heard.Hear = func(n setup.News) {
			if r := n.Request; r != nil {
				s.metrics.Request(r.Destination, r.Request)
			}
		}
		s.loaded, s.heard = loaded, &heard
		s.hidden.Hide(secretsOf(loaded)...)
	}
	return s.heard, nil
}

// secretsOf lists the values of all options that are declared secret.
func secretsOf(s *setup.Setup) (secrets []string) {
	known := setup.Known()
	add := func(declared []eddy.Option, values map[string]string) {
		for _, o := range declared {
			if o.Secret() && values[o.Name] != "" {
				secrets = append(secrets, values[o.Name])
			}
		}
	}
	for _, src := range s.Sources {
		add(known.Sources[src.Type].Options, src.Options)
	}
	for _, d := range s.Destinations {
		add(known.Destinations[d.Type].Options, d.Options)
	}
	return secrets
}

// hooks let metrics and traces hear of runs.
func (s *server) hooks() jobs.Hooks {
	return jobs.Hooks{
		Begin: func(ctx context.Context, r store.Run) (context.Context, func(eddy.Run, error)) {
			ctx, trace := s.tracer.Run(ctx, r.Connection, r.RunID, r.Trigger, r.Attempt)
			return ctx, func(run eddy.Run, _ error) {
				phases := trace.End(run)
				if run.Status != "" { // else it was given back, and ends on another server
					s.metrics.RunEnded(run, phases)
				}
			}
		},
		Progress: func(ctx context.Context, _ store.Run, p sync.Progress) {
			if trace, ok := telemetry.TraceOf(ctx); ok {
				trace.Phase(p.Step)
			}
		},
	}
}

// standings tells metrics how connections do.
func (s *server) standings(ctx context.Context) ([]telemetry.Standing, error) {
	all, err := s.store.Health(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]telemetry.Standing, 0, len(all))
	for _, h := range all {
		one := telemetry.Standing{Connection: h.Connection, Paused: h.Paused, LastSuccess: h.LastSuccess, OpenAlerts: h.OpenAlerts}
		if h.Active != nil {
			one.Active, one.RequestedAt = string(h.Active.State), h.Active.RequestedAt
		}
		out = append(out, one)
	}
	return out, nil
}
