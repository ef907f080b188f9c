package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// deaths are the points of a run at which the program is killed: each step, each side of
// each event. The runs of a group follow one another, so that a run dies while it ends
// what the one before it left; that is what sweep, and the first closed, are about.
func deaths() [][]point {
	return [][]point{
		{{"CREATE", 1, true}, {"history", 1, true}, {"opened", 1, false}}, // tables are made, a run begins
		{{"opened", 1, true}, {"closed", 1, false}, {"closed", 1, true}},
		{{"STAGE", 1, false}, {"STAGE", 1, true}, {"compare", 1, false}, {"compare", 1, true}, {"sweep", 1, true}},
		{{"find who shares", 1, true}, {"LOAD", 1, false}, {"LOAD", 1, true}, {"sweep", 1, true}},
		{{"sealed", 1, false}, {"sealed", 1, true}, {"report", 1, true}, {"log", 1, true}, {"settled", 1, true}},
		{{"read remove", 1, true}, {"read add", 1, true}, {"answered", 1, false}, {"answered", 1, true}},
		{{"log", 1, false}, {"log", 1, true}, {"settled", 1, false}, {"settled", 1, true}},
		{{"fold", 1, false}, {"fold", 1, true}, {"base", 1, false}, {"base", 1, true}},
		{{"snapshot", 1, true}, {"prune", 1, false}, {"prune", 1, true}},
		{{"CLOSE", 1, false}, {"CLOSE", 1, true}}, // all is done, and the program still there
	}
}

// uploads are the points at which X kills the program: with an upload before it is carried
// out, and after that, while the answer is on its way. The first removes, the second adds.
func uploads() [][]upload {
	return [][]upload{{{1, false}, {1, true}}, {{2, true}, {2, false}}}
}

// places are where the state of the crash tests lies.
func places() []string { return []string{"files", "postgres", "postgres local"} }

// TestKilledRunsEndExact kills the program with SIGKILL at each point of a run, up to three
// times in a row, with rows coming and going in between: the next run that is left alone
// makes the audience exactly the model's people (promise 8).
func TestKilledRunsEndExact(t *testing.T) {
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, place)
			c.edit()
			c.exact("nothing") // so that there is somebody to remove
			for _, group := range deaths() {
				for _, at := range group {
					c.edit()
					c.dies(at)
				}
				c.edit()
				c.exact(fmt.Sprint(group))
			}
			for _, group := range uploads() {
				for _, at := range group {
					c.edit()
					c.upload(at)
				}
				c.edit()
				c.exact(fmt.Sprintf("uploads %v", group))
			}
		})
	}
}

// TestKilledAtEachStatement is the same for every statement of a run, before and after
// it. It takes minutes, and runs where EDDY_CRASH=all.
func TestKilledAtEachStatement(t *testing.T) {
	if os.Getenv("EDDY_CRASH") != "all" {
		t.Skip("TestKilledRunsEndExact kills at each kind of statement; each one of all takes an hour: EDDY_CRASH=all, which make torture sets")
	}
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, place)
			c.edit()
			c.exact("nothing")
			for n, killed := 1, true; killed; n++ {
				for _, after := range []bool{false, true} {
					at := point{nth: n, after: after}
					c.edit()
					killed = c.run(at)
					c.edit()
					c.exact(at.String())
				}
				t.Logf("statement %d: killed %v", n, killed)
			}
		})
	}
}

// TestKilledAtAnyTime kills the program at random times, several times in a row, for a few
// seconds; EDDY_CRASH_SECONDS makes it longer.
func TestKilledAtAnyTime(t *testing.T) {
	seconds := 3
	if s := os.Getenv("EDDY_CRASH_SECONDS"); s != "" {
		var err error
		if seconds, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, place)
			c.edit()
			began := time.Now()
			c.exact("nothing")
			whole := time.Since(began)
			kills, dead := 0, 0
			for end := time.Now().Add(time.Duration(seconds) * time.Second); dead == 0 || time.Now().Before(end); {
				for range 1 + rand.IntN(3) {
					c.edit()
					kills++
					if c.random(time.Duration(rand.Int64N(int64(whole)))) {
						dead++
					}
				}
				c.edit()
				c.exact("random times")
			}
			t.Logf("%d runs, %d of them killed before they ended", kills, dead)
		})
	}
}

// TestKilledWhileTheAudienceIsMade kills the program around the request that makes an
// audience: it is made once, found again, and filled (promise 8).
func TestKilledWhileTheAudienceIsMade(t *testing.T) {
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			c := newCrash(t, place)
			c.connection = "made"
			c.edit()
			c.dies(point{"audience", 1, false}) // the intent is not on record
			c.dies(point{"audience", 1, true})  // it is
			c.create(false)
			c.create(true)
			c.dies(point{"audience", 1, false}) // its id is not on record
			c.dies(point{"audience", 1, true})
			c.edit()
			c.exactIn("creating the audience", func() string {
				var made []string
				for _, r := range c.box.Requests() {
					if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/custom_audiences") && r.Status/100 == 2 {
						made = append(made, r.Path)
					}
				}
				if len(made) != 1 {
					t.Errorf("%d audiences were made, want one", len(made))
				}
				return "1nmti" // the second of the sandbox
			})
		})
	}
}

// upload is a point at which X kills the program: the nth upload, applied or not.
type upload struct {
	nth     int
	applied bool
}

// crash is a world in which the program is killed.
type crash struct {
	t          *testing.T
	dir        string
	exe, dying string
	place      string
	connection string
	round      int
	rows       map[int]string
	store      func()
	box        *sandbox.Server
	audience   string
	// onRequest hears of each call that changes something, before and after it is carried
	// out, and says whether the program was killed.
	onRequest atomic.Pointer[func(path string, applied bool) bool]
}

func newCrash(t *testing.T, place string) *crash {
	c := &crash{t: t, dir: t.TempDir(), place: place, connection: "vip", rows: map[int]string{}}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c.exe, c.dying = filepath.Join(c.dir, "eddy"), filepath.Join(c.dir, "mortal")
	if err := errors.Join(os.Symlink(self, c.exe), os.Symlink(self, c.dying)); err != nil {
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
	table := map[bool]string{true: "c.csv", false: "c"}[place == "files"]
	c.write("eddy.yaml", fmt.Sprintf(crashConfig, source, srv.URL, table, c.audience, table))
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
    settings: {snapshots_to_retain: 1, guard: {max_removed_percent: 100, allow_empty: true}}
  made:
    source: s
    table: %s
    destination: x
    audience: {create: {name: Made}}
    identifier: id
    mapping: {email: email}
`

func (c *crash) write(name, text string) {
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// serve is X, which may kill the program. A killed program gets no answer.
func (c *crash) serve(w http.ResponseWriter, r *http.Request) {
	ask := c.onRequest.Load()
	if ask == nil || r.Method != http.MethodPost {
		c.box.ServeHTTP(w, r)
		return
	}
	if (*ask)(r.URL.Path, false) {
		panic(http.ErrAbortHandler)
	}
	answer := httptest.NewRecorder()
	c.box.ServeHTTP(answer, r)
	if (*ask)(r.URL.Path, true) {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// edit changes rows: some come, some go, some change, and some share an e-mail.
func (c *crash) edit() {
	c.round++
	for i := range 60 {
		switch k := (i*7 + c.round*13) % 90; (i + c.round) % 4 {
		case 0:
			delete(c.rows, k)
		case 1:
			c.rows[k] = fmt.Sprintf("shared%d@x.com", k%9)
		default:
			c.rows[k] = fmt.Sprintf("user%d-%d@x.com", k, c.round)
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

// command is a run of the program.
func (c *crash) command(exe string, flags ...string) *exec.Cmd {
	return exec.Command(exe, append([]string{"sync", "-f", filepath.Join(c.dir, "eddy.yaml"), c.connection}, flags...)...)
}

// killed waits for a program and says whether SIGKILL ended it. Any other end must be a
// success.
func (c *crash) killed(cmd *exec.Cmd, said *bytes.Buffer) bool {
	c.t.Helper()
	err := cmd.Wait()
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && s.Signaled() && s.Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		c.t.Fatalf("a run that was not killed: %v\n%s", err, said)
	}
	return false
}

// run runs the program with a death ahead, and says whether it died.
func (c *crash) run(at point) bool {
	c.t.Helper()
	cmd := c.command(c.dying)
	cmd.Env = append(os.Environ(), "EDDY_DIES="+at.String())
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	return c.killed(cmd, &said)
}

// dies runs the program until it dies at a point, which it must reach.
func (c *crash) dies(at point) {
	c.t.Helper()
	if !c.run(at) {
		c.t.Errorf("a run never came to the point %q", at)
	}
}

// random kills the program after a time, and says whether it was still there.
func (c *crash) random(after time.Duration) bool {
	c.t.Helper()
	cmd := c.command(c.exe)
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	defer time.AfterFunc(after, func() { _ = cmd.Process.Kill() }).Stop()
	return c.killed(cmd, &said)
}

// upload kills the program with an upload.
func (c *crash) upload(at upload) {
	c.t.Helper()
	c.called("/users", at)
}

// create kills the program with the request that makes an audience.
func (c *crash) create(applied bool) {
	c.t.Helper()
	c.called("/custom_audiences", upload{1, applied})
}

func (c *crash) called(path string, at upload) {
	c.t.Helper()
	cmd := c.command(c.exe)
	var said bytes.Buffer
	cmd.Stderr = &said
	var seen atomic.Int32
	started := make(chan struct{})
	ask := func(asked string, applied bool) bool {
		<-started
		if !strings.HasSuffix(asked, path) || applied != at.applied || int(seen.Add(1)) != at.nth {
			return false
		}
		_ = cmd.Process.Kill()
		return true
	}
	c.onRequest.Store(&ask)
	defer c.onRequest.Store(nil)
	err := cmd.Start()
	close(started)
	if err != nil {
		c.t.Fatal(err)
	}
	if !c.killed(cmd, &said) {
		c.t.Errorf("a run never made the call %s %+v", path, at)
	}
}

// exact runs the program to its end and compares the audience with the rows.
func (c *crash) exact(point string) {
	c.t.Helper()
	c.exactIn(point, func() string { return c.audience })
}

func (c *crash) exactIn(point string, audience func() string) {
	c.t.Helper()
	out, err := c.command(c.exe, "--json").Output()
	if err != nil || !strings.Contains(string(out), `"status":"succeeded"`) {
		c.t.Fatalf("after a kill at %q: %v\n%s", point, err, out)
	}
	want := map[string]bool{}
	for _, v := range c.rows {
		sum := sha256.Sum256([]byte(v))
		want["email:"+hex.EncodeToString(sum[:])] = true
	}
	got := c.box.Members(audience())
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		c.t.Fatalf("after a kill at %q the audience holds %d identities, want %d", point, len(got), len(want))
	}
}
