package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestKilledRunsEndExact kills the program without warning at each step of a run, with
// rows coming and going before and after: the next run leaves exactly the model's people
// in the audience (promise 8).
func TestKilledRunsEndExact(t *testing.T) {
	for _, place := range []string{"files", "postgres", "postgres local"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, place)
			for round, point := range []string{"reading the model", "comparing", "on record", "removing", "request", "applied", "adding", "request", "applied", "settling"} {
				c.edit(round)
				c.kill(point, 1+round%2)
				c.edit(round + 100)
				c.exact(point)
			}
		})
	}
}

// crash is a world in which the program is killed.
type crash struct {
	t        *testing.T
	dir      string
	exe      string
	place    string
	rows     map[int]string
	store    func()
	box      *sandbox.Server
	audience string
	// onRequest hears of each upload, before and after it is applied, and says whether the
	// program was killed.
	onRequest atomic.Pointer[func(applied bool) bool]
}

func newCrash(t *testing.T, place string) *crash {
	c := &crash{t: t, dir: t.TempDir(), place: place, rows: map[int]string{}}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c.exe = filepath.Join(c.dir, "eddy")
	if err := os.Symlink(self, c.exe); err != nil {
		t.Fatal(err)
	}
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	c.box = sandbox.New(cfg)
	srv := httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(srv.Close)
	if c.audience, err = c.box.NewAudience(cfg.Account, "VIP"); err != nil {
		t.Fatal(err)
	}
	source := "type: duckdb"
	c.store = c.storeFile
	if place != "files" {
		url := warehousetest.Postgres(t)
		source = "type: postgres\n    url: " + url
		if place == "postgres local" {
			source += "\n    state: local"
		}
		c.store = func() { c.storeTable(url) }
	}
	c.write("eddy.yaml", fmt.Sprintf(crashConfig, source, srv.URL, map[bool]string{true: "c.csv", false: "c"}[place == "files"], c.audience))
	return c
}

const crashConfig = `sources:
  s:
    %s
destinations:
  x: {type: x_audience, account_id: 18ce54d4x5t, consumer_key: ck, consumer_secret: cs, access_token: at, access_token_secret: ats, api_url: "%s"}
connections:
  vip:
    source: s
    table: %s
    destination: x
    audience: {id: %s}
    identifier: id
    mapping: {email: email}
    settings: {guard: {max_removed_percent: 100, allow_empty: true}}
`

func (c *crash) write(name, text string) {
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

func (c *crash) serve(w http.ResponseWriter, r *http.Request) {
	ask := c.onRequest.Load()
	if ask == nil || !strings.HasSuffix(r.URL.Path, "/users") {
		c.box.ServeHTTP(w, r)
		return
	}
	if (*ask)(false) {
		return
	}
	answer := httptest.NewRecorder()
	c.box.ServeHTTP(answer, r)
	if (*ask)(true) {
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// edit changes rows: some come, some go, some change, and some share an e-mail.
func (c *crash) edit(round int) {
	for i := range 60 {
		switch k := (i*7 + round*13) % 90; (i + round) % 4 {
		case 0:
			delete(c.rows, k)
		case 1:
			c.rows[k] = fmt.Sprintf("shared%d@x.com", k%9)
		default:
			c.rows[k] = fmt.Sprintf("user%d-%d@x.com", k, round)
		}
	}
	c.store()
}

func (c *crash) storeFile() {
	var b strings.Builder
	b.WriteString("id,email\n")
	for k, v := range c.rows {
		fmt.Fprintf(&b, "%d,%s\n", k, v)
	}
	c.write("c.csv", b.String())
}

func (c *crash) storeTable(url string) {
	var b strings.Builder
	b.WriteString("DROP TABLE IF EXISTS c; CREATE TABLE c (id text PRIMARY KEY, email text)")
	for k, v := range c.rows {
		fmt.Fprintf(&b, "; INSERT INTO c VALUES ('%d', '%s')", k, v)
	}
	ctx := c.t.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, b.String()); err != nil {
		c.t.Fatal(err)
	}
}

// kill runs the program and kills it when it tells of a step, or with the nth request
// before or after that is applied. A run without that point just ends.
func (c *crash) kill(point string, nth int) {
	cmd := exec.Command(c.exe, "sync", "-f", filepath.Join(c.dir, "eddy.yaml"))
	said, err := cmd.StderrPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	var seen atomic.Int32
	if point == "request" || point == "applied" {
		ask := func(applied bool) bool {
			if applied != (point == "applied") || int(seen.Add(1)) != nth {
				return false
			}
			_ = cmd.Process.Kill()
			return true
		}
		c.onRequest.Store(&ask)
		defer c.onRequest.Store(nil)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if strings.Contains(lines.Text(), point) {
			_ = cmd.Process.Kill()
		}
	}
	_ = cmd.Wait()
}

// exact runs the program to its end and compares the audience with the rows.
func (c *crash) exact(point string) {
	out, err := exec.Command(c.exe, "sync", "-f", filepath.Join(c.dir, "eddy.yaml"), "--json").Output()
	if err != nil || !strings.Contains(string(out), `"status":"succeeded"`) {
		c.t.Fatalf("after a kill at %q: %v\n%s", point, err, out)
	}
	want := map[string]bool{}
	for _, v := range c.rows {
		sum := sha256.Sum256([]byte(v))
		want["email:"+hex.EncodeToString(sum[:])] = true
	}
	got := c.box.Members(c.audience)
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		c.t.Fatalf("after a kill at %q the audience holds %d identities, want %d", point, len(got), len(want))
	}
}
