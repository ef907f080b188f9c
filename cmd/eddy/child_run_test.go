package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/sandbox"
)

// runners is a real server that runs connections with local state, each with an audience of
// the sandbox, whose changes a gate may hold up.
type runners struct {
	*strangers

	x   *cluster // has the sandbox alone
	eve string
}

func newRunners(t *testing.T) *runners {
	t.Helper()
	if testing.Short() {
		t.Skip("processes without the race detector's memory are limited")
	}
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	dir := t.TempDir()
	r := &runners{
		strangers: &strangers{t: t, exe: linkProgram(t, dir), dir: filepath.Join(dir, "state")},
		x:         &cluster{t: t, box: sandbox.New(cfg)},
	}
	x := httptest.NewServer(http.HandlerFunc(r.x.serveX))
	t.Cleanup(x.Close)
	t.Cleanup(r.x.release)
	r.serve()
	r.eve = r.person("eve")
	r.source(r.eve)
	r.make("destinations", "x", map[string]any{
		"type": "x_audience", "account_id": "18ce54d4x5t", "consumer_key": "ck", "consumer_secret": "cs", "access_token": "at", "access_token_secret": "ats", "api_url": x.URL,
	})
	return r
}

// serve starts the server, or starts it again.
func (r *runners) serve() {
	var out *heard
	r.server, out = startServe(r.t, r.exe, r.dir, nil, "--model-memory", "1GiB", "--run-memory", "1GiB", "--files", filepath.Dir(r.dir))
	r.url = out.announced(r.t, `eddy serves (http://[0-9.:]+),`)
}

func (r *runners) make(kind, name string, spec map[string]any) {
	r.t.Helper()
	if status, text := r.ask(http.MethodPost, "/"+kind, map[string]any{"name": name, "spec": spec}); status != http.StatusCreated {
		r.t.Fatalf("make %s: %d %s", name, status, text)
	}
}

func (r *runners) ask(method, path string, body any) (int, string) {
	return r.call(r.t.Context(), r.eve, method, path, body)
}

// connection makes one of a model with the columns id and email, and its audience.
func (r *runners) connection(name, sql string) (audience string) {
	r.t.Helper()
	audience, err := r.x.box.NewAudience("18ce54d4x5t", name)
	if err != nil {
		r.t.Fatal(err)
	}
	r.make("connections", name, map[string]any{
		"source": "shop", "sql": sql, "destination": "x", "audience": map[string]any{"id": audience}, "identifier": "id", "mapping": map[string]any{"email": "email"},
	})
	return audience
}

// report is what the API says of a run.
type report struct {
	RunID  string `json:"run_id"`
	Status string `json:"status"`
	Errors []struct {
		Reason string `json:"reason"`
		Mend   string `json:"mend"`
	} `json:"errors"`
}

func (r *runners) start(connection string, full bool) string {
	r.t.Helper()
	status, text := r.ask(http.MethodPost, "/connections/"+connection+"/runs", map[string]any{"full": full})
	var run report
	if err := json.Unmarshal([]byte(text), &run); err != nil || status >= 300 {
		r.t.Fatalf("start %s: %d %s", connection, status, text)
	}
	return run.RunID
}

func (r *runners) ended(id string) (run report) {
	r.t.Helper()
	r.await("the end of run "+id, func() bool {
		_, text := r.ask(http.MethodGet, "/runs/"+id, nil)
		run = report{}
		return json.Unmarshal([]byte(text), &run) == nil && run.Status != "queued" && run.Status != "running"
	})
	return run
}

const ada, adaAndBob = "SELECT 1 AS id, 'ada@x.com' AS email", "SELECT 1 AS id, 'ada@x.com' AS email UNION ALL SELECT 2, 'bob@x.com'"

// TestARunsModelStopsNobodyElse: what a model does to the process of its run is an error of
// that run. Another run that goes on meanwhile is not touched, and neither is the server.
func TestARunsModelStopsNobodyElse(t *testing.T) {
	r := newRunners(t)
	audience := r.connection("good", ada)
	held := r.x.hold()
	good := r.start("good", false)
	r.await("a request", func() bool { return held.Load() > 0 })
	idle := r.resident("VmRSS")
	n := 0
	for name, g := range greedy() {
		if len(g.sql) > 500_000 || !strings.Contains(g.sql, " AS c") || strings.Contains(g.told, "columns") {
			continue // it is more than a configuration may hold, or has no column c
		}
		n++
		connection := fmt.Sprintf("greedy%d", n)
		r.connection(connection, "SELECT 1 AS id, CAST(c AS TEXT) AS email FROM ("+g.sql+")")
		run := r.ended(r.start(connection, false))
		if len(run.Errors) == 0 || run.Status != "failed" || !regexp.MustCompile(g.told+`|deep`).MatchString(run.Errors[0].Reason+run.Errors[0].Mend) {
			t.Errorf("%s: %+v", name, run)
		}
		t.Logf("%s: %+v", name, run.Errors)
	}
	if most := r.resident("VmHWM"); most > idle+150 {
		t.Errorf("the server took %d MiB, %d MiB idle", most, idle)
	}
	r.x.release()
	if run := r.ended(good); run.Status != "succeeded" || len(r.x.box.Members(audience)) != 1 {
		t.Errorf("the run beside them: %+v, members %v", run, r.x.box.Members(audience))
	}
}

// TestProcessesOfRunsEnd: a run whose process dies has failed, and says so; one that is
// cancelled settles what it sent; one whose server stops is given back and goes on. The next
// run leads to the exact audience each time.
func TestProcessesOfRunsEnd(t *testing.T) {
	r := newRunners(t)
	audience := r.connection("vip", adaAndBob)
	stopped := func(stop func(id string)) string {
		held := r.x.hold()
		before := held.Load()
		id := r.start("vip", true)
		r.await("a request", func() bool { return held.Load() > before })
		stop(id)
		return id
	}
	id := stopped(func(string) { kill(t, r.children()[0]) })
	run := r.ended(id)
	if run.Status != "failed" || len(run.Errors) != 1 || !strings.Contains(run.Errors[0].Reason, "the process of this run ended before it was done: signal: killed") ||
		!strings.Contains(run.Errors[0].Mend, "the next run goes on from there") {
		t.Errorf("a run whose process was killed: %+v", run)
	}
	id = stopped(func(id string) {
		if status, text := r.ask(http.MethodPost, "/runs/"+id+"/cancel", nil); status >= 300 {
			t.Errorf("cancel: %d %s", status, text)
		}
	})
	if run := r.ended(id); run.Status != "cancelled" {
		t.Errorf("a run that was cancelled: %+v", run)
	}
	id = stopped(func(string) {
		if err := r.server.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		r.x.release()
	})
	if err := r.server.Wait(); err != nil {
		t.Errorf("stop the server: %v", err)
	}
	r.serve()
	if run := r.ended(id); run.Status != "succeeded" || len(r.x.box.Members(audience)) != 2 {
		t.Errorf("a run whose server stopped: %+v, members %v", run, r.x.box.Members(audience))
	}

	// The server dies, and the process of its run with it: nothing more is sent.
	r.connection("second", ada)
	held := r.x.hold()
	before := held.Load()
	r.start("second", false)
	r.await("a request", func() bool { return held.Load() > before })
	process := r.children()[0]
	kill(t, r.server.Process.Pid)
	r.await("the end of a run whose server died", func() bool { return exec.Command("kill", "-0", fmt.Sprint(process)).Run() != nil })
}

// TestLocalStateIsARunsAlone: while a run has local state, who looks into it is told so, and
// models can be looked at; afterwards the looks are answered. A look never fails a run.
func TestLocalStateIsARunsAlone(t *testing.T) {
	r := newRunners(t)
	r.connection("vip", adaAndBob)
	first := r.start("vip", false)
	if run := r.ended(first); run.Status != "succeeded" {
		t.Fatalf("the first run: %+v", run)
	}
	looks := map[string]func(ctx context.Context) (int, string){
		"a plan": func(ctx context.Context) (int, string) {
			return r.call(ctx, r.eve, http.MethodPost, "/connections/vip/plan", map[string]any{})
		},
		"records": func(ctx context.Context) (int, string) {
			return r.call(ctx, r.eve, http.MethodGet, "/runs/"+first+"/records?status=all", nil)
		},
		"a download": func(ctx context.Context) (int, string) {
			return r.call(ctx, r.eve, http.MethodGet, "/runs/"+first+"/records.csv?status=all", nil)
		},
		"statements": func(ctx context.Context) (int, string) {
			return r.call(ctx, r.eve, http.MethodGet, "/runs/"+first+"?statements=true", nil)
		},
	}
	held := r.x.hold()
	before := held.Load()
	second := r.start("vip", true)
	r.await("a request", func() bool { return held.Load() > before })
	for name, look := range looks {
		if status, text := look(t.Context()); status != http.StatusConflict || !strings.Contains(text, "a run of this connection is in progress") || !strings.Contains(text, "Look again when it has ended") {
			t.Errorf("%s during a run: %d %s", name, status, text)
		}
	}
	if status, text := r.preview(r.eve, ada); status != http.StatusOK {
		t.Errorf("a preview during a run: %d %s", status, text)
	}
	r.x.release()
	if run := r.ended(second); run.Status != "succeeded" {
		t.Errorf("the run: %+v", run)
	}
	for name, look := range looks {
		status, text := look(t.Context())
		if status != http.StatusOK {
			t.Errorf("%s after the run: %d %s", name, status, text)
		}
		if name != "a plan" && name != "statements" && strings.Count(text, "insert") != 2 || name == "statements" && !strings.Contains(text, `"step":"compare"`) {
			t.Errorf("%s after the run: %s", name, text)
		}
	}
}
