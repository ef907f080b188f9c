package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	gosync "sync"
	"time"

	"golang.org/x/net/netutil"

	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/child"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/jobs"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/telemetry"
)

// server is one process of eddy serve.
type server struct {
	serving

	m       *Main
	log     *slog.Logger
	hidden  *telemetry.Redactor
	metrics *telemetry.Metrics
	tracer  *telemetry.Tracer
	store   *store.Store
	catalog *catalog.Cache
	manager *jobs.Manager
	health  *health
	// reach is how what people configured is reached. What the operator set, such as the
	// store's database, goes its own way.
	reach dial.Guard
	// children work on models, in processes of their own.
	children *child.Processes
	// closing ends streams of events when the server is about to stop.
	closing chan struct{}

	mu     gosync.Mutex
	loaded *setup.Setup // whose secrets are hidden in logs
	heard  *setup.Setup // loaded, with an ear for its requests
}

// How long a server that was told to stop waits: for requests under way, and for runs to
// settle what they sent.
const (
	answerGrace = 15 * time.Second
	settleGrace = 2 * time.Minute
)

// runServer runs a server until the context ends.
func (m *Main) runServer(ctx context.Context, o serving) (err error) {
	s := &server{serving: o, m: m, hidden: &telemetry.Redactor{}, metrics: telemetry.NewMetrics(version()), closing: make(chan struct{})}
	memory, err := o.memory.settle(child.MachineMemory())
	if err != nil {
		return err
	}
	if s.reach, err = o.guard(o.listening); err != nil {
		return err
	}
	s.children = child.New(os.Args[0], os.Environ(), memory, s.reach)
	s.log = telemetry.NewLogger(m.Stderr, o.logFormat == "json", s.hidden)
	listener, scheme, err := o.listening.open()
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	if s.tracer, err = telemetry.NewTracer(ctx, o.otlp, version(), m.Getenv); err != nil {
		return err
	}
	if s.store, err = o.place.open(ctx, m.Getenv); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.store.Close()) }()
	if err := s.begin(ctx); err != nil {
		return err
	}
	handler, err := s.handler(ctx)
	if err != nil {
		return err
	}
	if err := s.announce(ctx, scheme+"://"+visible(listener.Addr())); err != nil {
		return err
	}
	return s.run(ctx, listener, handler)
}

// open opens the store.
func (p place) open(ctx context.Context, getenv func(string) (string, bool)) (*store.Store, error) {
	keys, err := store.LoadKeys(p.stateDir, getenv)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Config{Dir: p.stateDir, DatabaseURL: p.databaseURL, Keys: keys})
}

// begin opens the jobs, and works them unless this process only answers the API.
func (s *server) begin(ctx context.Context) error {
	id, err := jobs.ServerID(s.stateDir)
	if err != nil {
		return err
	}
	s.health = &health{ping: s.store.Ping, room: roomOf(s.stateDir)}
	s.catalog = catalog.NewCache(s.store, s.stateDir, s.files())
	s.metrics.Watch(s.standings, time.Now)
	s.manager, err = jobs.New(ctx, jobs.Config{
		Store: s.store, Catalog: s.setup, StateDir: s.stateDir, ServerID: id, Enqueue: s.role == roleAPI, Workers: s.workers,
		Room: s.health.room, Sender: alert.Sender{Dialer: s.reach}, Logger: s.log, Hooks: s.hooks(), Work: s.children.Do,
		// On SQLite nobody tells of new jobs: an idle server does little but ask for them.
		Timing: jobs.Timing{Poll: time.Second},
	})
	return err
}

// What those who have not said who they are can hold: so many connections, each with so
// many bytes of headers. Bodies are bounded by package api.
const (
	mostConnections = 2_000
	headerBytes     = 32 << 10
)

// run works and answers until the context ends, then stops in good order: no new
// requests, no new jobs, runs settle what they sent.
func (s *server) run(ctx context.Context, l net.Listener, h http.Handler) error {
	if err := s.manager.Start(ctx); err != nil {
		return err
	}
	srv := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: headerBytes,
		ErrorLog: log.New(discarding{s.log}, "", 0),
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(netutil.LimitListener(l, mostConnections)) }()
	var failed error
	select {
	case err := <-done:
		failed = fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return errors.Join(failed, s.stop(ctx, srv))
}

func (s *server) stop(ctx context.Context, srv *http.Server) error {
	s.log.InfoContext(ctx, "stopping: requests are answered and runs settle; a second signal stops at once")
	s.health.leaving.Store(true)
	close(s.closing)
	ctx = context.WithoutCancel(ctx)
	settle, cancel := context.WithTimeout(ctx, settleGrace)
	defer cancel()
	// While runs settle, those who watch over the process see that it is not ready.
	worked := s.manager.Stop(settle)
	answer, cancel := context.WithTimeout(ctx, answerGrace)
	defer cancel()
	err := errors.Join(worked, srv.Shutdown(answer), s.tracer.Stop(answer))
	if err == nil {
		s.log.InfoContext(ctx, "stopped")
	}
	return err
}

// discarding takes what net/http has to say: mostly of strangers who hang up.
type discarding struct{ log *slog.Logger }

// Write logs a line as a matter of detail.
func (d discarding) Write(line []byte) (int, error) {
	d.log.Debug(string(line))
	return len(line), nil
}
