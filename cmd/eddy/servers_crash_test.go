package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestServersSurviveKills runs three worker processes and an API on one PostgreSQL. While
// rows change and runs are asked for, workers are killed at random and started again. At
// the end every audience is exact, and every run ended once (promise 8).
//
// It takes 20 seconds of kills; EDDY_TEST_KILLS=2m makes it two minutes.
func TestServersSurviveKills(t *testing.T) {
	c := newCluster(t, 30)
	for range 3 {
		c.startWorker()
	}
	length := 20 * time.Second
	if testing.Short() {
		length = 5 * time.Second
	}
	if text := os.Getenv("EDDY_TEST_KILLS"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatalf("EDDY_TEST_KILLS: %v", err)
		}
	}
	c.storm(length)
	c.settle()
	c.everyRunEndedOnce()
	c.exact()
}

// TestKilledRunIsTakenOver kills the worker that has a run in the middle of it, while
// another is there: that one finishes it within a minute, under the same id.
func TestKilledRunIsTakenOver(t *testing.T) {
	c := newCluster(t, 1)
	first := c.startWorker()
	held := c.hold()
	run, err := c.client.Start(t.Context(), "c0", api.Start{}, "")
	if err != nil {
		t.Fatal(err)
	}
	c.await(time.Minute, "a request of the first attempt", func() bool { return held.Load() > 0 })
	c.startWorker() // comes while the other has the run
	_ = first.Process.Kill()
	killed := time.Now()
	c.release()
	c.await(time.Minute, "the run on the other worker", func() bool {
		run, err = c.client.Run(t.Context(), run.RunID)
		return err == nil && run.FinishedAt != nil
	})
	t.Logf("taken over and finished %s after the kill", time.Since(killed).Round(time.Second))
	if run.Status != "succeeded" || run.Attempt != 2 {
		t.Errorf("the run ended %s on attempt %d; want succeeded on the second", run.Status, run.Attempt)
	}
	c.exact()
}

// cluster is several processes on one PostgreSQL, which is the store and the warehouse.
type cluster struct {
	t         *testing.T
	exe, dir  string
	url       string
	pool      *pgxpool.Pool
	box       *sandbox.Server
	gate      atomic.Pointer[chan struct{}] // requests to change members wait here while there is one
	waiting   atomic.Int32
	audiences []string
	client    *api.Client
	workers   []*exec.Cmd

	mu    sync.Mutex
	asked []string // run ids
}

func newCluster(t *testing.T, connections int) *cluster {
	t.Helper()
	cfg := sandbox.Default()
	cfg.Limits.Off = true // thirty audiences in one account wait for X's limits otherwise
	c := &cluster{t: t, dir: t.TempDir(), url: warehousetest.Postgres(t), box: sandbox.New(cfg)}
	c.exe = linkProgram(t, c.dir)
	var err error
	if c.pool, err = pgxpool.New(t.Context(), c.url); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.pool.Close)
	x := httptest.NewServer(http.HandlerFunc(c.serveX))
	t.Cleanup(x.Close)
	t.Cleanup(c.release)
	file := c.file(connections, x.URL)
	address := c.startAPI()
	if _, err := c.client.Apply(t.Context(), []byte(file), func(string) (string, bool) { return "", false }, false, false); err != nil {
		t.Fatalf("apply to %s: %v", address, err)
	}
	return c
}

// serveX is the sandbox behind the gate.
func (c *cluster) serveX(w http.ResponseWriter, r *http.Request) {
	if gate := c.gate.Load(); gate != nil && strings.HasSuffix(r.URL.Path, "/users") {
		c.waiting.Add(1)
		select {
		case <-*gate:
		case <-r.Context().Done():
			return
		}
	}
	c.box.ServeHTTP(w, r)
}

// hold keeps requests to change members from now on, and counts them.
func (c *cluster) hold() *atomic.Int32 {
	c.release()
	gate := make(chan struct{})
	c.gate.Store(&gate)
	return &c.waiting
}

func (c *cluster) release() {
	if gate := c.gate.Swap(nil); gate != nil {
		close(*gate)
	}
}

// file is a configuration with small tables, and makes the tables and audiences.
func (c *cluster) file(connections int, x string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `sources: {s: {type: postgres, url: %q}}
destinations:
  x: {type: x_audience, account_id: 18ce54d4x5t, consumer_key: ck, consumer_secret: cs, access_token: at, access_token_secret: ats, api_url: %q}
connections:
`, c.url, x)
	for i := range connections {
		id, err := c.box.NewAudience("18ce54d4x5t", fmt.Sprintf("A%d", i))
		if err != nil {
			c.t.Fatal(err)
		}
		c.audiences = append(c.audiences, id)
		c.exec(fmt.Sprintf("CREATE TABLE t%[1]d (id int PRIMARY KEY, email text); INSERT INTO t%[1]d SELECT i, 'u%[1]d-' || i || '@x.com' FROM generate_series(1, 40) i", i))
		fmt.Fprintf(&b, "  c%[1]d: {source: s, table: public.t%[1]d, destination: x, audience: {id: %[2]s}, identifier: id, mapping: {email: email}, settings: {guard: {max_removed_percent: 100, allow_empty: true}}}\n", i, id)
	}
	return b.String()
}

func (c *cluster) exec(sql string) {
	if _, err := c.pool.Exec(c.t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		c.t.Fatal(err)
	}
}

// start starts a process, each with a state folder of its own and the same key.
func (c *cluster) start(name string, args ...string) (*exec.Cmd, *heard) {
	env := []string{"EDDY_DATABASE_URL=" + c.url, "EDDY_SECRET_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
	return startServe(c.t, c.exe, filepath.Join(c.dir, name), env, args...)
}

// startServe starts eddy serve on a free port; what it says is shown when the test fails.
func startServe(t *testing.T, exe, stateDir string, env []string, args ...string) (*exec.Cmd, *heard) {
	t.Helper()
	cmd := exec.Command(exe, append([]string{"serve", "--listen", "127.0.0.1:0", "--state-dir", stateDir}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	out := &heard{more: make(chan struct{})}
	said := &heard{more: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = out, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if text, _ := said.now(); t.Failed() {
			t.Logf("%s said:\n%s", filepath.Base(stateDir), tail(text, 4000))
		}
	})
	return cmd, out
}

// linkProgram makes this very program start as eddy; see TestMain.
func linkProgram(t *testing.T, dir string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "eddy")
	if err := os.Symlink(exe, link); err != nil {
		t.Fatalf("cannot link the program: %v", err)
	}
	return link
}

// announced waits until a process says something, and gives the first group of what it matches.
func (h *heard) announced(t *testing.T, pattern string) string {
	t.Helper()
	said := regexp.MustCompile(pattern)
	late := time.After(time.Minute)
	for {
		text, more := h.now()
		if m := said.FindStringSubmatch(text); m != nil {
			return m[1]
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("waited a minute in vain for %q in:\n%s", pattern, text)
		}
	}
}

func tail(text string, n int) string { return text[max(0, len(text)-n):] }

// clusterPassword is everybody's of a cluster.
const clusterPassword = "correct horse battery"

// startAPI starts the process that answers, with a person and a token.
func (c *cluster) startAPI() string {
	_, out := c.start("api", "--role", "api")
	address := out.announced(c.t, `eddy serves (http://[0-9.:]+),`)
	run := func(args ...string) string {
		cmd := exec.Command(c.exe, append(args, "--state-dir", filepath.Join(c.dir, "api"))...)
		cmd.Env = append(os.Environ(), "EDDY_DATABASE_URL="+c.url, "EDDY_SECRET_KEY=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
		var said bytes.Buffer
		cmd.Stdin, cmd.Stderr = strings.NewReader(clusterPassword), &said
		text, err := cmd.Output()
		if err != nil {
			c.t.Fatalf("%v: %v\n%s", args, err, said.String())
		}
		return strings.TrimSpace(string(text))
	}
	run("user", "add", "--role", "admin", "--password-stdin", "ada@example.com")
	c.client = &api.Client{URL: address, Token: run("user", "token", "ada@example.com"), HTTP: &http.Client{}}
	return address
}

func (c *cluster) startWorker() *exec.Cmd {
	cmd, out := c.start(fmt.Sprintf("worker%d", len(c.workers)), "--role", "worker", "--workers", "4")
	c.await(time.Minute, "a worker", func() bool {
		text, _ := out.now()
		return strings.Contains(text, "eddy works")
	})
	c.workers = append(c.workers, cmd)
	return cmd
}

// await waits until something is so, and looks every now and then.
func (c *cluster) await(most time.Duration, what string, so func() bool) {
	c.t.Helper()
	late := time.After(most)
	for look := time.NewTicker(50 * time.Millisecond); ; {
		if so() {
			look.Stop()
			return
		}
		select {
		case <-look.C:
		case <-late:
			c.t.Fatalf("waited %s in vain for %s", most, what)
		}
	}
}

// storm changes rows, asks for runs, and kills and restarts workers, side by side.
func (c *cluster) storm(length time.Duration) {
	ctx, cancel := context.WithTimeout(c.t.Context(), length)
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() { c.every(ctx, 20*time.Millisecond, c.edit) })
	wait.Go(func() { c.every(ctx, 50*time.Millisecond, func() { c.ask(rand.IntN(len(c.audiences))) }) })
	kills := 0
	c.every(ctx, 700*time.Millisecond, func() {
		i := rand.IntN(3) + len(c.workers) - 3 // the newest three are alive
		_ = c.workers[i].Process.Kill()
		_ = c.workers[i].Wait()
		c.workers = append(c.workers[:i], c.workers[i+1:]...)
		c.startWorker()
		kills++
	})
	wait.Wait()
	c.t.Logf("%d kills, %d runs", kills, len(c.asked))
	if kills < 5 || len(c.asked) < 10 {
		c.t.Errorf("%d kills and %d runs are too few to show anything", kills, len(c.asked))
	}
}

func (*cluster) every(ctx context.Context, pause time.Duration, do func()) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			do()
		}
	}
}

// edit changes some rows of one table: some come, some go, some share an e-mail.
func (c *cluster) edit() {
	i, k := rand.IntN(len(c.audiences)), rand.IntN(60)
	sql := fmt.Sprintf("INSERT INTO t%[1]d VALUES (%[2]d, 'n%[3]d@x.com') ON CONFLICT (id) DO UPDATE SET email = excluded.email", i, k, rand.IntN(500))
	if rand.IntN(3) == 0 {
		sql = fmt.Sprintf("DELETE FROM t%d WHERE id = %d", i, k)
	}
	if _, err := c.pool.Exec(c.t.Context(), sql); err != nil {
		c.t.Errorf("edit: %v", err)
	}
}

// ask asks for a run of one connection; that it has one already is an answer, too. It waits
// for the answer also when the storm is over: a run whose number nobody heard would be one
// too many in the count.
func (c *cluster) ask(i int) {
	run, err := c.client.Start(c.t.Context(), fmt.Sprintf("c%d", i), api.Start{}, "")
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked = append(c.asked, run.RunID)
		return
	}
	if p, ok := err.(*api.Problem); !ok || p.Code != "active" { //nolint:errorlint // the client's own type
		c.t.Errorf("start: %v", err)
	}
}

// settle waits until nothing is under way, and then runs every connection once more.
func (c *cluster) settle() {
	c.drain()
	for i := range c.audiences {
		c.ask(i)
	}
	c.drain()
}

func (c *cluster) drain() {
	c.await(3*time.Minute, "the end of all runs", func() bool {
		var active int
		err := c.pool.QueryRow(c.t.Context(), "SELECT count(*) FROM eddy_runs WHERE state IN ('queued', 'running')").Scan(&active)
		return err == nil && active == 0
	})
}

// everyRunEndedOnce looks for runs that were lost or made twice: each that was asked for
// ended, in the store once and in the warehouse's log once as well.
func (c *cluster) everyRunEndedOnce() {
	known := map[string]api.Run{}
	for r, err := range c.client.Runs(c.t.Context(), "") {
		if err != nil {
			c.t.Fatal(err)
		}
		if _, twice := known[r.RunID]; twice {
			c.t.Errorf("run %s is listed twice", r.RunID)
		}
		known[r.RunID] = r
	}
	again := 0
	for _, id := range c.asked {
		r, ok := known[id]
		if !ok || r.FinishedAt == nil || r.Status != "succeeded" {
			c.t.Errorf("run %s of %s ended %q on attempt %d; want succeeded: %v", id, r.Connection, r.Status, r.Attempt, r.Errors)
		}
		if r.Attempt > 1 {
			again++
		}
	}
	if len(known) != len(c.asked) {
		c.t.Errorf("%d runs were asked for, %d are known", len(c.asked), len(known))
	}
	c.t.Logf("%d of %d runs were taken over", again, len(known))
	var ended, twice int
	err := c.pool.QueryRow(c.t.Context(), `SELECT count(*) FILTER (WHERE detail::json->'run'->>'status' = 'succeeded'), count(*) - count(DISTINCT run_id) FROM _eddy.runs WHERE event = 'closed'`).Scan(&ended, &twice)
	if err != nil {
		c.t.Fatal(err)
	}
	if twice != 0 || ended < len(known) {
		c.t.Errorf("the warehouse knows %d runs that succeeded and %d twice; the servers know %d", ended, twice, len(known))
	}
}

// exact compares every audience with its table (promise 1).
func (c *cluster) exact() {
	for i, id := range c.audiences {
		rows, err := c.pool.Query(c.t.Context(), fmt.Sprintf("SELECT DISTINCT email FROM t%d", i))
		if err != nil {
			c.t.Fatal(err)
		}
		emails, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			c.t.Fatal(err)
		}
		want := make([]string, 0, len(emails))
		for _, e := range emails {
			sum := sha256.Sum256([]byte(e))
			want = append(want, "email:"+hex.EncodeToString(sum[:]))
		}
		got := c.box.Members(id)
		slices.Sort(want)
		if slices.Sort(got); !slices.Equal(got, want) {
			c.t.Errorf("audience %d holds %d identities, its table %d, and they are not the same", i, len(got), len(want))
		}
	}
}
