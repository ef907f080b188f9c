package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
	"github.com/eddy-retl/eddy/web"
)

// TestBrowser drives the web page in a real browser: the tests in web/browser, against real
// servers, a real PostgreSQL and the sandbox. EDDY_BROWSER=wizard runs the files whose names
// have that in them.
func TestBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser walks the page for minutes; go test without -short, and make test, do it")
	}
	for _, program := range []string{"npm", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			lack(t, program+": scripts/setup.sh test")
		}
	}
	if _, err := os.Stat("../../web/node_modules"); err != nil || !web.Built() {
		lack(t, "the built page: make page")
	}
	w := newBrowserWorld(t)
	args := []string{"run", "--silent", "browser"}
	if only := os.Getenv("EDDY_BROWSER"); only != "" {
		args = append(args, "--", only)
	}
	cmd := exec.CommandContext(t.Context(), "npm", args...)
	cmd.Dir = "../../web"
	cmd.Env = append(os.Environ(), "EDDY_BROWSER_WORLD="+w.url, "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the browser's tests: %v\n%s\nPictures of pages that failed are in web/browser/failed.", err, out)
	}
	t.Logf("%s", out)
}

// lack skips a test on a developer's machine and fails it on CI, where a test that quietly
// does not run would be taken for one that passed.
func lack(t *testing.T, mend string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("missing here: %s", mend)
	}
	t.Skipf("to run this test: %s", mend)
}

// browserWorld is what the browser's tests have around them. They talk to it over HTTP: it
// tells where the others are, starts servers, and runs SQL in the warehouse.
type browserWorld struct {
	t        *testing.T
	dir, exe string
	pool     *pgxpool.Pool
	url      string
	places   browserPlaces

	mu      sync.Mutex
	servers int
}

// browserPlaces are addresses that do not change during the tests.
type browserPlaces struct {
	Sandbox  string            `json:"sandbox"`
	Postgres map[string]string `json:"postgres"`
}

// browserServer is a server that was just started and has nobody in it yet.
type browserServer struct {
	URL string `json:"url"`
	// Token makes the first administrator.
	Token string `json:"token"`
}

func newBrowserWorld(t *testing.T) *browserWorld {
	t.Helper()
	cfg := sandbox.Default()
	cfg.Limits.Off = true   // many audiences in one account wait for X's limits otherwise
	cfg.ProcessingDelay = 0 // X's hours
	box := httptest.NewServer(sandbox.New(cfg))
	t.Cleanup(box.Close)
	database := warehousetest.Postgres(t)
	pool, err := pgxpool.New(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	w := &browserWorld{t: t, dir: t.TempDir(), pool: pool, places: browserPlaces{Sandbox: box.URL, Postgres: map[string]string{
		"host": u.Hostname(), "port": u.Port(), "database": u.Path[1:], "user": u.User.Username(), "password": password, "sslmode": "disable",
	}}}
	w.exe = linkProgram(t, w.dir)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", w.tell)
	mux.HandleFunc("POST /servers", w.serve)
	mux.HandleFunc("POST /sql", w.sql)
	control := httptest.NewServer(mux)
	t.Cleanup(control.Close)
	w.url = control.URL
	return w
}

func (w *browserWorld) tell(rw http.ResponseWriter, _ *http.Request) { w.write(rw, w.places) }

func (w *browserWorld) write(rw http.ResponseWriter, v any) {
	rw.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(rw).Encode(v); err != nil {
		w.t.Errorf("answer the browser's tests: %v", err)
	}
}

// serve starts a server with a store of its own.
func (w *browserWorld) serve(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.servers++
	_, out := startServe(w.t, w.exe, filepath.Join(w.dir, "server"+strconv.Itoa(w.servers)), nil)
	w.write(rw, browserServer{
		URL:   out.announced(w.t, `eddy serves (http://[0-9.:]+),`),
		Token: out.announced(w.t, `/setup#token=([^\s,]+)`),
	})
}

// sql runs the statements of the body.
func (w *browserWorld) sql(rw http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(r.Body)
	if err == nil {
		_, err = w.pool.Exec(r.Context(), string(text), pgx.QueryExecModeSimpleProtocol)
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
	}
}
