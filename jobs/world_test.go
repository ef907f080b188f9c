package jobs

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// patience is how long a test waits for what must come.
const patience = 90 * time.Second

// world is a store, a warehouse with a table, and a sandbox that can be made to hold
// its breath.
type world struct {
	*testing.T

	dir     string // of the state
	files   string // of the warehouse: no model reads the state's
	cfg     store.Config
	st      *store.Store
	sandbox *sandbox.Server
	gate    *gate
	exec    func(sql string, args ...any)
	// source is the warehouse in PostgreSQL, where there is one.
	source store.Object
	clock  *clock
}

// worlds runs a test on both stores: on SQLite with a DuckDB file, whose state is local,
// and on PostgreSQL with a warehouse in PostgreSQL.
func worlds(t *testing.T, test func(*world)) {
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(newWorld(t, kind))
		})
	}
}

func newWorld(t *testing.T, kind string) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir(), files: t.TempDir(), clock: &clock{}}
	keys, err := store.LoadKeys(w.dir, func(string) (string, bool) { return "", false })
	w.must(err)
	w.cfg = store.Config{Dir: w.dir, Keys: keys}
	if kind == "postgres" {
		w.cfg.DatabaseURL = warehousetest.Postgres(t)
	}
	w.st = w.open()
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	w.sandbox = sandbox.New(cfg)
	w.gate = newGate(w.sandbox)
	srv := httptest.NewServer(w.gate)
	t.Cleanup(srv.Close)
	t.Cleanup(w.gate.open) // or nobody could stop
	w.put(store.Destination, "x", map[string]any{"type": "x_audience", "account_id": "18ce54d4x5t", "api_url": srv.URL},
		store.Secrets{"consumer_key": "ck", "consumer_secret": "cs", "access_token": "at", "access_token_secret": "ats"})
	if kind == "postgres" {
		w.postgres()
	} else {
		w.duckdb("shop")
	}
	w.exec("CREATE TABLE customers (id bigint, email text)")
	w.exec("INSERT INTO customers VALUES (1, 'a@x.com'), (2, 'b@x.com')")
	return w
}

func (w *world) open() *store.Store {
	w.Helper()
	st, err := store.Open(w.Context(), w.cfg)
	w.must(err)
	w.Cleanup(func() { st.Close() })
	return st
}

func (w *world) postgres() {
	url := warehousetest.Postgres(w)
	db, err := sql.Open("pgx", url)
	w.must(err)
	w.Cleanup(func() { db.Close() })
	w.exec = func(q string, args ...any) {
		w.Helper()
		_, err := db.Exec(q, args...)
		w.must(err)
	}
	w.source = w.put(store.Source, "shop", map[string]any{"type": "postgres"}, store.Secrets{"url": url})
}

// duckdb makes a source of a file; each statement opens and closes it.
func (w *world) duckdb(name string) {
	path := filepath.Join(w.files, name+".duckdb")
	w.exec = func(q string, args ...any) {
		w.Helper()
		db, err := sql.Open("duckdb", path)
		w.must(err)
		defer db.Close()
		_, err = db.Exec(q, args...)
		w.must(err)
	}
	w.put(store.Source, name, map[string]any{"type": "duckdb", "path": path}, nil)
}

func (w *world) put(kind store.Kind, name string, spec map[string]any, secrets store.Secrets) store.Object {
	w.Helper()
	text, err := json.Marshal(spec)
	w.must(err)
	o, err := w.st.Put(w.Context(), store.Object{Kind: kind, Name: name, Spec: text, Secrets: secrets}, store.AnyVersion, store.Actor{ID: "system"})
	w.must(err)
	return o
}

// connect makes a connection with an audience of its own, whose id it gives.
func (w *world) connect(name string, more ...map[string]any) string {
	w.Helper()
	id, err := w.sandbox.NewAudience("18ce54d4x5t", name)
	w.must(err)
	spec := map[string]any{
		"source": "shop", "table": "customers", "destination": "x", "audience": map[string]any{"id": id},
		"identifier": "id", "mapping": map[string]any{"email": "email"},
	}
	for _, m := range more {
		maps.Copy(spec, m)
	}
	w.put(store.Connection, name, spec, nil)
	return id
}

// server is one server with a handle of its own on the store.
type server struct {
	*Manager

	st   *store.Store
	once gosync.Once
}

// swift is what tests wait for rather than for minutes. The lease is long enough for a
// machine that has much else to do.
func swift() Timing {
	return Timing{
		Lease: 15 * time.Second, Beat: 300 * time.Millisecond, Progress: 50 * time.Millisecond, Tick: time.Second, Poll: 100 * time.Millisecond,
		Pause: 200 * time.Millisecond, Alerts: time.Hour,
	}
}

// server makes a server and does not start it.
func (w *world) server(change ...func(*Config)) *server {
	w.Helper()
	s := &server{st: w.open()}
	cfg := Config{
		Store: s.st, StateDir: w.dir, ServerID: "here", Sender: alert.Sender{Dialer: dial.Anywhere()}, Timing: swift(), Now: w.clock.now,
		Logger: slog.New(quiet{slog.NewTextHandler(w.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})}),
	}
	cache := catalog.NewCache(s.st, w.dir, setup.Files{Opened: []string{w.files}})
	cfg.Catalog = func(ctx context.Context) (*setup.Setup, error) {
		loaded, err := cache.Setup(ctx)
		if err != nil {
			return nil, err
		}
		hasty := *loaded
		hasty.Dialer = dial.Anywhere()
		hasty.OpenKind = func(d eddy.Destination) (destination.Destination, error) {
			// A request that the gate holds is given up soon after its run is stopped.
			return xaudience.OpenPatient(d, xaudience.Patience{Grace: 500 * time.Millisecond, Pauses: []time.Duration{0}})
		}
		return &hasty, nil
	}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	s.Manager, err = New(w.Context(), cfg)
	w.must(err)
	return s
}

// watched is an option of a server that hands over the context of each run.
func watched(runs chan context.Context) func(*Config) {
	return func(c *Config) {
		c.Hooks.Begin = func(ctx context.Context, _ store.Run) (context.Context, func(eddy.Run, error)) {
			runs <- ctx
			return ctx, func(eddy.Run, error) {}
		}
	}
}

// start makes a server and starts it; it stops with the test.
func (w *world) start(change ...func(*Config)) *server {
	w.Helper()
	s := w.server(change...)
	w.must(s.Start(w.Context()))
	w.Cleanup(func() {
		w.gate.open()
		s.once.Do(func() { w.stop(s) })
	})
	return s
}

func (w *world) stop(s *server) {
	w.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.Stop(ctx); err != nil {
		w.Errorf("stop: %v", err)
	}
}

// kill takes the store away from a server, as a network that breaks does: it can neither
// tell that it lives nor how its run ended. The rest of it is stopped with the test.
func (w *world) kill(s *server) {
	w.Helper()
	s.once.Do(func() {
		w.must(s.st.Close())
		w.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			_ = s.Stop(ctx) // it cannot say goodbye any more
		})
	})
}

// run asks for a run and waits for its end.
func (w *world) run(s *server, connection string) store.Run {
	w.Helper()
	r, err := s.Runs().Start(w.Context(), store.NewRun{Connection: connection, Trigger: "manual"})
	w.must(err)
	return w.ended(r.RunID)
}

// ended waits for the end of a run.
func (w *world) ended(id string) (run store.Run) {
	w.Helper()
	w.until("run "+id+" ends", func() bool {
		var err error
		run, err = w.st.Run(w.Context(), id)
		w.must(err)
		return run.State.Ended()
	})
	return run
}

// arrives waits until the destination is asked for something.
func (w *world) arrives() {
	w.Helper()
	select {
	case <-w.gate.arrived:
	case <-time.After(patience):
		w.Fatalf("waited %s in vain for a request", patience)
	}
}

// until waits for something that others do.
func (w *world) until(what string, met func() bool) {
	w.Helper()
	look := time.NewTicker(30 * time.Millisecond)
	defer look.Stop()
	for end := time.After(patience); !met(); {
		select {
		case <-look.C:
		case <-end:
			w.Fatalf("waited %s in vain: %s", patience, what)
		}
	}
}

// want checks how a run ended.
func (w *world) want(r store.Run, status eddy.Status, attempt int) {
	w.Helper()
	if r.Status != status || r.Attempt != attempt {
		w.Errorf("run %s: %s after %d attempts (%+v %s), want %s after %d", r.RunID, r.Status, r.Attempt, r.Errors, r.Message, status, attempt)
	}
}

// holds checks how many people are in an audience.
func (w *world) holds(audience string, n int) {
	w.Helper()
	if got := w.sandbox.Members(audience); len(got) != n {
		w.Errorf("the audience holds %d identities, want %d", len(got), n)
	}
}

// runs lists a connection's runs in a few words, oldest first.
func (w *world) runs(connection string) (out []string) {
	w.Helper()
	list, err := w.st.Runs(w.Context(), store.RunFilter{Connection: connection})
	w.must(err)
	for _, r := range slices.Backward(list) {
		text := fmt.Sprintf("%s %s", r.Trigger, r.State)
		if !r.ScheduledFor.IsZero() {
			text += r.ScheduledFor.Format(" 02 15:04")
		}
		out = append(out, text)
	}
	return out
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// quiet leaves out what River says of a store that was taken away, many times a second.
type quiet struct{ slog.Handler }

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler {
	if slices.ContainsFunc(attrs, func(a slog.Attr) bool { return a.Key == "part" }) {
		return slog.DiscardHandler
	}
	return quiet{q.Handler.WithAttrs(attrs)}
}

// gate is in front of the sandbox. While it is shut, requests that change members wait.
type gate struct {
	next    http.Handler
	arrived chan struct{}
	drop    chan struct{} // each drops one request that waits

	mu   gosync.Mutex
	shut chan struct{} // nil where open; closed to let requests in
}

func newGate(next http.Handler) *gate {
	return &gate{next: next, arrived: make(chan struct{}, 100), drop: make(chan struct{})}
}

func (g *gate) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if shut := g.closed(); shut != nil && strings.HasSuffix(r.URL.Path, "/users") {
		body, _ := io.ReadAll(r.Body) // or nobody would notice a client that goes away
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.arrived <- struct{}{}
		select {
		case <-shut:
		case <-g.drop:
			panic(http.ErrAbortHandler)
		case <-r.Context().Done():
			return
		}
	}
	g.next.ServeHTTP(rw, r)
}

// closed is the channel that requests wait for; nil where the gate is open.
func (g *gate) closed() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// dropAt drops the request that waits once the run that sent it is cut short: a run
// waits for answers on their way. Where the gate opens before, there is none to drop.
func (g *gate) dropAt(run context.Context) {
	shut := g.closed()
	<-run.Done()
	select {
	case g.drop <- struct{}{}:
	case <-shut:
	}
}

// clock is the time, moved.
type clock struct {
	mu     gosync.Mutex
	offset time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.offset)
}

// set moves the clock to a time.
func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset = time.Until(at)
}
