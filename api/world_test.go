package api_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	gosync "sync"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// world is a server with a store, a warehouse, a sandbox and people.
type world struct {
	testing.TB

	st       *store.Store
	dir      string // of the state
	files    string // of the warehouse: no model reads the state's
	url      string
	box      *sandbox.Server
	boxURL   string
	audience string
	runner   *runner
	config   api.Config
	// tell takes the test messages of alerts; a test may set it.
	tell func(context.Context, store.AlertRule) error
	// secret and raw values that must not be told.
	log *logged
	// tokens of people by role; "raw" is an administrator who may see raw values.
	viewer, editor, admin, raw *api.Client
}

// both runs a test on each kind of store.
func both(t *testing.T, test func(w *world)) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			url := ""
			if kind == "postgres" {
				url = warehousetest.Postgres(t)
			}
			test(newWorld(t, url, nil))
		})
	}
}

const (
	secretToken = "s3cr3t-access-token"
	rawEmail    = "ada.lovelace@analytical.example"
)

func newWorld(t *testing.T, database string, change func(*api.Config)) *world {
	t.Helper()
	return makeWorld(t, database, change, false)
}

// emptyWorld is a server that has just been set up: it has no people.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	return makeWorld(t, "", nil, true)
}

func makeWorld(t testing.TB, database string, change func(*api.Config), bare bool) *world {
	t.Helper()
	w := &world{TB: t, dir: t.TempDir(), files: t.TempDir(), log: &logged{}}
	keys, err := store.LoadKeys(w.dir, func(string) (string, bool) { return "", false })
	w.must(err)
	w.st, err = store.Open(t.Context(), store.Config{Dir: w.dir, DatabaseURL: database, Keys: keys})
	w.must(err)
	w.runner = &runner{w: w, over: make(chan struct{})}
	w.config = api.Config{Store: w.st, Runner: w.runner, StateDir: w.dir, Files: setup.Files{Opened: []string{w.files}}, Dialer: dial.Anywhere(), Version: "test", Logger: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	w.config.TestAlert = func(ctx context.Context, r store.AlertRule) error { return w.tell(ctx, r) }
	if change != nil {
		change(&w.config)
	}
	t.Cleanup(func() {
		close(w.runner.over)
		w.runner.wait.Wait()
		if err := w.st.Close(); err != nil {
			t.Error(err)
		}
	})
	handler, err := api.New(w.config)
	w.must(err)
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	w.url = srv.URL
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	cfg.AccessToken = secretToken
	w.box = sandbox.New(cfg)
	box := httptest.NewServer(w.box)
	t.Cleanup(box.Close)
	w.boxURL = box.URL
	w.audience, err = w.box.NewAudience(cfg.Account, "VIP")
	w.must(err)
	if bare {
		return w
	}
	w.viewer, w.editor = w.person(store.Viewer, false), w.person(store.Editor, false)
	w.admin, w.raw = w.person(store.Admin, false), w.person(store.Admin, true)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// person makes a user with a token that may do all that the user may.
func (w *world) person(role store.Role, raw bool) *api.Client {
	w.Helper()
	name := string(role)
	if raw {
		name += "-raw"
	}
	u, err := w.st.PutUser(w.Context(), store.User{Email: name + "@example.com", Role: role, RawValues: raw, PasswordHash: api.HashPassword(password)}, store.Actor{ID: "system"})
	w.must(err)
	secret, _, err := w.st.NewToken(w.Context(), store.Token{UserID: u.ID, Name: "test", Role: role, RawValues: raw}, store.Actor{ID: "system"})
	w.must(err)
	return &api.Client{URL: w.url, Token: secret, HTTP: &http.Client{Transport: keeping{w.TB}}}
}

const password = "correct horse battery"

// shop makes a DuckDB warehouse, and puts it, the sandbox and a connection into the server.
func (w *world) shop(rows int) {
	w.Helper()
	w.duck("CREATE TABLE customers AS SELECT i AS id, 'user' || i || '@example.com' AS email, '+4930123456' || (10 + i %% 90) AS phone FROM range(1, %d) t(i)", rows)
	w.duck("INSERT INTO customers VALUES (0, '%s', NULL)", rawEmail)
	w.put("sources", "shop", map[string]any{"type": "duckdb", "path": filepath.Join(w.files, "shop.duckdb")})
	w.put("destinations", "x", w.destination())
	w.put("connections", "vip", w.connection())
}

func (w *world) duck(format string, args ...any) {
	w.Helper()
	db, err := sql.Open("duckdb", filepath.Join(w.files, "shop.duckdb"))
	w.must(err)
	_, err = db.Exec(fmt.Sprintf(format, args...))
	w.must(errors.Join(err, db.Close()))
}

func (w *world) destination() map[string]any {
	return map[string]any{
		"type": "x_audience", "account_id": "18ce54d4x5t", "consumer_key": "ck", "consumer_secret": "cs",
		"access_token": secretToken, "access_token_secret": "ats", "api_url": w.boxURL,
	}
}

func (w *world) connection(changes ...map[string]any) map[string]any {
	c := map[string]any{
		"source": "shop", "table": "customers", "destination": "x", "audience": map[string]any{"id": w.audience},
		"identifier": "id", "mapping": map[string]any{"email": "email", "phone_number": "phone"},
	}
	for _, change := range changes {
		maps.Copy(c, change)
	}
	return c
}

// put makes or changes an object.
func (w *world) put(kind, name string, spec any) api.Object {
	w.Helper()
	var out api.Object
	err := w.admin.Do(w.Context(), api.Call{Method: "POST", Path: api.Path("api", "v1", kind), Body: map[string]any{"name": name, "spec": spec}}, &out)
	if p, ok := errors.AsType[*api.Problem](err); ok && p.Code == "exists" {
		err = w.admin.Do(w.Context(), api.Call{Method: "PUT", Path: api.Path("api", "v1", kind, name), Header: http.Header{"If-Match": {"*"}}, Body: map[string]any{"spec": spec}}, &out)
	}
	w.must(err)
	return out
}

// call makes a call that must work.
func (w *world) call(c *api.Client, method, path string, body, out any) {
	w.Helper()
	if err := c.Do(w.Context(), api.Call{Method: method, Path: path, Body: body}, out); err != nil {
		w.Fatalf("%s %s: %v", method, path, err)
	}
}

// refused makes a call that must fail, with a status.
func (w *world) refused(c *api.Client, call api.Call, status int) *api.Problem {
	w.Helper()
	err := c.Do(w.Context(), call, nil)
	p, ok := errors.AsType[*api.Problem](err)
	if !ok || p.Status != status {
		w.Fatalf("%s %s: got %v, want status %d", call.Method, call.Path, err, status)
	}
	if p.Title == "" || p.Detail == "" {
		w.Errorf("%s %s: the problem has no title or detail: %+v", call.Method, call.Path, p)
	}
	return p
}

// refusal makes a POST that must fail, whatever its status.
func (w *world) refusal(c *api.Client, path string, body any) *api.Problem {
	w.Helper()
	err := c.Do(w.Context(), api.Call{Method: "POST", Path: path, Body: body}, nil)
	p, ok := errors.AsType[*api.Problem](err)
	if !ok {
		w.Fatalf("POST %s: got %v, want a problem", path, err)
	}
	return p
}

// ended runs a connection and waits for its end.
func (w *world) ended(how api.Start) api.Run {
	w.Helper()
	r, err := w.editor.Start(w.Context(), "vip", how, "")
	w.must(err)
	r, err = w.editor.Watch(w.Context(), r.RunID, func(api.Run) {})
	w.must(err)
	return r
}

// browser is a person with cookies.
func (w *world) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	w.must(err)
	return &http.Client{Jar: jar}
}

// text makes a call and gives the whole answer, whatever its status.
func (w *world) text(c *api.Client, method, path, body string) (int, string) {
	w.Helper()
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, strings.NewReader(body))
	w.must(err)
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	r.Header.Set("If-Match", "*")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(r)
	w.must(err)
	data, err := io.ReadAll(resp.Body)
	w.must(errors.Join(err, resp.Body.Close()))
	return resp.StatusCode, string(data)
}

// logged is what the server logs.
type logged struct {
	mu   gosync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// runner runs runs at once, in this process: the flow and the store are real, only the
// queue is missing.
type runner struct {
	w    *world
	wait gosync.WaitGroup
	// hold, when set, keeps runs from ending until it is closed.
	hold chan struct{}
	// over is closed when the test has ended.
	over chan struct{}
}

func (r *runner) Start(ctx context.Context, n store.NewRun) (store.Run, error) {
	run, err := r.w.st.Enqueue(ctx, n, nil)
	if err != nil || run.State != store.Queued {
		return run, err
	}
	hold := r.hold
	r.wait.Go(func() {
		if err := r.run(context.WithoutCancel(ctx), run, hold); err != nil {
			r.w.Errorf("run %s: %v", run.RunID, err)
		}
	})
	return run, nil
}

func (r *runner) Cancel(ctx context.Context, id string, by store.Actor) (store.Run, error) {
	return r.w.st.RequestCancel(ctx, id, by)
}

func (r *runner) run(ctx context.Context, run store.Run, hold chan struct{}) error {
	run, err := r.w.st.Claim(ctx, run.RunID, "test "+run.RunID)
	if errors.Is(err, store.ErrConflict) {
		return nil // cancelled before it began
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	set, err := catalog.Load(ctx, r.w.st, r.w.dir, r.w.config.Files)
	if err != nil {
		return err
	}
	set.Dialer = r.w.config.Dialer
	job, err := set.Job(ctx, set.Connections[run.Connection], false)
	if err != nil {
		return err
	}
	defer func() { _ = job.Source.Close() }()
	job.RunID, job.Trigger, job.Wish = run.RunID, run.Trigger, sync.Wish{Full: run.Full, Approve: run.Approve, ApproveRun: run.ApproveRun, ApproveRemovals: run.ApproveRemovals}
	beat := func(p sync.Progress) {
		data, _ := json.Marshal(p)
		stop, err := r.w.st.Beat(context.WithoutCancel(ctx), run.RunID, run.Owner, data)
		if err != nil || stop {
			cancel()
		}
	}
	job.Progress = beat
	if hold != nil {
		beat(sync.Progress{Step: "stage", Rows: 1})
		select {
		case <-hold:
		case <-r.over: // the test has failed
		}
		beat(sync.Progress{Step: "stage", Rows: 2})
	}
	done, _ := sync.Run(ctx, job)
	return r.w.st.Finish(context.WithoutCancel(ctx), run.RunID, run.Owner, done, map[string]float64{"all": 1})
}

// status is a run's state as the API tells it.
func status(s eddy.Status) store.RunState { return store.RunState(s) }
