package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// strangers is a real server with people who each do what they like.
type strangers struct {
	t        *testing.T
	exe, dir string
	files    string // that models read
	masked   string // the token of somebody who may not see values
	url      string
	server   *exec.Cmd
}

func newStrangers(t *testing.T) *strangers {
	t.Helper()
	if testing.Short() {
		t.Skip("processes without the race detector's memory are limited")
	}
	dir := t.TempDir()
	w := &strangers{t: t, exe: linkProgram(t, dir), dir: filepath.Join(dir, "state"), files: t.TempDir()}
	var out *heard
	w.server, out = startServe(t, w.exe, w.dir, nil, "--model-memory", "1GiB", "--files", w.files)
	w.url = out.announced(t, `eddy serves (http://[0-9.:]+),`)
	return w
}

// person makes somebody who may write models, and gives their token.
func (w *strangers) person(name string) (token string) {
	w.t.Helper()
	for _, args := range [][]string{{"user", "add", "--role", "editor", "--raw-values", name + "@example.com"}, {"user", "token", name + "@example.com"}} {
		text, err := exec.Command(w.exe, append(args, "--state-dir", w.dir)...).Output()
		if err != nil {
			w.t.Fatalf("%v: %v", args, err)
		}
		token = strings.TrimSpace(string(text))
	}
	return token
}

// call asks for something, and gives the status and the answer; a status of 0 says that there
// was none.
func (w *strangers) call(ctx context.Context, token, method, path string, body any) (int, string) {
	text, err := json.Marshal(body)
	if err != nil {
		w.t.Error(err)
	}
	r, err := http.NewRequestWithContext(ctx, method, w.url+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		w.t.Error(err)
		return 0, ""
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer)
}

func (w *strangers) preview(token, sql string) (int, string) {
	return w.call(w.t.Context(), token, http.MethodPost, "/sources/shop/preview", map[string]any{"sql": sql})
}

func (w *strangers) source(token string) {
	w.t.Helper()
	if status, text := w.call(w.t.Context(), token, http.MethodPost, "/sources", map[string]any{"name": "shop", "spec": map[string]any{"type": "duckdb"}}); status != http.StatusCreated {
		w.t.Fatalf("make a source: %d %s", status, text)
	}
}

// children are the processes that the server started.
func (w *strangers) children() (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(w.server.Process.Pid) && fields[0] != "Z" {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			pids = append(pids, pid)
		}
	}
	return pids
}

// await waits until something is so.
func (w *strangers) await(what string, so func() bool) {
	w.t.Helper()
	late, look := time.After(time.Minute), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-late:
			w.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// resident is the server's memory now (VmRSS) or at most so far (VmHWM), in MiB.
func (w *strangers) resident(which string) int {
	w.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.server.Process.Pid))
	m := regexp.MustCompile(which + `:\s+(\d+) kB`).FindSubmatch(text)
	if err != nil || m == nil {
		w.t.Fatalf("the server has ended: %v", err)
	}
	kib, _ := strconv.Atoi(string(m[1]))
	return kib >> 10
}

// greedy are models that end the process in which DuckDB works on them, or take all of its
// memory, and what is told of each.
func greedy() map[string]struct{ sql, told string } {
	columns := make([]string, 50_000)
	for i := range columns {
		columns[i] = fmt.Sprintf("%[1]d AS c%[1]d", i)
	}
	// A short text has as many.
	copies := "WITH t AS (SELECT " + strings.Join(columns[:1_000], ", ") + ") SELECT * FROM t AS a0"
	for i := range 50 {
		copies += fmt.Sprintf(", t AS b%d", i)
	}
	constants := make([]string, 150_000)
	for i := range constants {
		constants[i] = strconv.Itoa(i)
	}
	const memory = `(?i)out of memory|ended before it was done`
	return map[string]struct{ sql, told string }{
		"a list":        {"SELECT repeat([1], 250000000) AS c", memory},
		"a text":        {"SELECT repeat('a', 4000000000) AS c", memory},
		"a number":      {"SELECT printf('%1000000000d', 1) AS c", memory},
		"many parts":    {"SELECT 1 AS c" + strings.Repeat(" UNION SELECT 1", 20_000), memory},
		"many columns":  {"SELECT " + strings.Join(columns, ", "), "50,000 columns; at most 1,000"},
		"many copies":   {copies, "51,000 columns; at most 1,000"},
		"many values":   {"SELECT 7 IN (" + strings.Join(constants, ",") + ") AS c", memory},
		"an aggregate":  {"SELECT list(range) AS c FROM range(100000000)", memory},
		"a deep nest":   {"SELECT " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000) + " AS c", "(?i)memory|depth|nested"},
		"a wide struct": {"SELECT struct_pack(a := repeat([1], 20000000), b := repeat('x', 900000000)) AS c", memory},
	}
}

// TestOnePersonsModelStopsNobodyElse: whatever a model does to the process that works on it
// is an error of whoever asked. Somebody else's preview beside it is answered, and the server
// takes little more memory than before.
func TestOnePersonsModelStopsNobodyElse(t *testing.T) {
	w := newStrangers(t)
	eve, bob := w.person("eve"), w.person("bob")
	w.source(eve)
	if status, text := w.preview(bob, "SELECT 1 AS one"); status != http.StatusOK {
		t.Fatalf("a preview: %d %s", status, text)
	}
	idle := w.resident("VmRSS")
	for name, g := range greedy() {
		var both sync.WaitGroup
		both.Go(func() {
			began := time.Now()
			status, text := w.preview(eve, g.sql)
			if status != http.StatusBadGateway || !regexp.MustCompile(g.told).MatchString(text) {
				t.Errorf("%s: %d %s", name, status, text)
			}
			t.Logf("%s: %.1f s, %s", name, time.Since(began).Seconds(), text)
		})
		both.Go(func() {
			if status, text := w.preview(bob, "SELECT 'b' AS mine"); status != http.StatusOK || !strings.Contains(text, `[["b"]]`) {
				t.Errorf("beside %s: %d %s", name, status, text)
			}
		})
		both.Wait()
	}
	if most := w.resident("VmHWM"); most > idle+150 {
		t.Errorf("the server took %d MiB, %d MiB idle", most, idle)
	}
}

// endless is a model that takes longer than anybody waits.
const endless = "SELECT count(*) AS n FROM range(10000000) AS a, range(10000000) AS b WHERE a.range % 7 = b.range % 11"

// TestChildrenEnd: a child ends when nobody waits for its answer, when the server dies, and
// its own death is an error that says so.
func TestChildrenEnd(t *testing.T) {
	w := newStrangers(t)
	eve := w.person("eve")
	w.source(eve)
	ask := func(ctx context.Context) <-chan string {
		told := make(chan string, 1)
		go func() {
			status, text := w.call(ctx, eve, http.MethodPost, "/sources/shop/preview", map[string]any{"sql": endless})
			told <- fmt.Sprint(status, " ", text)
		}()
		w.await("a child", func() bool { return len(w.children()) == 1 })
		return told
	}
	told := ask(t.Context())
	kill(t, w.children()[0])
	if text := <-told; !strings.HasPrefix(text, "502") || !strings.Contains(text, "the process that worked on this model ended before it was done: signal: killed") {
		t.Errorf("a child that was killed: %s", text)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	told = ask(ctx)
	giveUp()
	<-told
	w.await("the end of a child whose request was given up", func() bool { return len(w.children()) == 0 })

	told = ask(t.Context())
	child := w.children()[0]
	kill(t, w.server.Process.Pid)
	<-told
	w.await("the end of a child whose server died", func() bool {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child))
		return err != nil || strings.Contains(string(text), ") Z ")
	})
}

// TestTheVeilHoldsThroughTheChild: what a warehouse says of columns, and the veil goes by,
// comes back from the process that asked it.
func TestTheVeilHoldsThroughTheChild(t *testing.T) {
	w := newStrangers(t)
	w.source(w.person("eve"))
	for _, args := range [][]string{{"user", "add", "--role", "editor", "mask@example.com"}, {"user", "token", "mask@example.com"}} {
		text, err := exec.Command(w.exe, append(args, "--state-dir", w.dir)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		w.masked = strings.TrimSpace(string(text))
	}
	for sql, want := range map[string]string{
		"SELECT 'ada' || i || '@x.example' AS v FROM range(40) AS r(i)": `[{"name":"v","type":"VARCHAR"}]`,
		"SELECT COLUMNS(c -> true) FROM (SELECT 1 AS one)":              `[{"name":"one","type":"INTEGER"}]`,
	} {
		status, text := w.preview(w.masked, sql)
		if want != "" && (status != http.StatusOK || !strings.Contains(text, `"columns":`+want)) || strings.Contains(text, "seen") || strings.Contains(text, "lovelace") {
			t.Errorf("%s: %d %s", sql, status, text)
		}
	}
	people := filepath.Join(w.files, "people.csv")
	if err := os.WriteFile(people, []byte("id,email\n1,lovelace@x.example\n2,hopper@x.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, text := w.preview(w.masked, "SELECT * FROM read_csv('"+people+"', skip = 1, header = true)"); status != http.StatusOK || strings.Contains(text, "lovelace") || !strings.Contains(text, `"column 2"`) {
		t.Errorf("a file that is read from its second line: %d %s", status, text)
	}
}

// spilling is a model that does not fit in a child's memory.
const spilling = "SELECT m, count(*) AS n FROM (SELECT md5(i::VARCHAR) AS m FROM range(100000000) AS r(i)) GROUP BY m ORDER BY n DESC, m"

// TestChildrenLeaveNothingOnTheDisk: what did not fit in the memory of a child goes when it is
// killed, and when its server was, with the next one. It lies in the state folder.
func TestChildrenLeaveNothingOnTheDisk(t *testing.T) {
	w := newStrangers(t)
	eve := w.person("eve")
	w.source(eve)
	spilt := func() int {
		files, err := filepath.Glob(filepath.Join(w.dir, "scratch", "server-*", "child-*", "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	ctx, giveUp := context.WithCancel(t.Context())
	ask := func(ctx context.Context) <-chan bool {
		told := make(chan bool)
		go func() {
			_, _ = w.call(ctx, eve, http.MethodPost, "/sources/shop/preview", map[string]any{"sql": spilling})
			close(told)
		}()
		w.await("a child that spills", func() bool { return spilt() > 0 })
		return told
	}
	told := ask(ctx)
	giveUp()
	<-told
	w.await("the end of what a child spilled whose request was given up", func() bool { return spilt() == 0 })
	told = ask(t.Context())
	kill(t, w.server.Process.Pid)
	<-told
	if spilt() == 0 {
		t.Fatal("a killed server cleans up")
	}
	var out *heard
	w.server, out = startServe(t, w.exe, w.dir, nil)
	w.url = out.announced(t, `eddy serves (http://[0-9.:]+),`)
	if status, text := w.preview(eve, "SELECT 1 AS one"); status != http.StatusOK || spilt() > 0 {
		t.Errorf("the next server: %d %s, %d files are left", status, text, spilt())
	}
	if _, err := os.Stat(".tmp"); err == nil {
		t.Error("something was put where the server was started")
	}
}

func kill(t *testing.T, pid int) {
	t.Helper()
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
}
