package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestServerTellsNoRawValue plants marks in a model and in secrets, and has a server do all
// that a server does, well and badly. Then it looks for them in every answer, event, log
// line, metric, trace and alert, in the server's store and in every file (promise 10).
func TestServerTellsNoRawValue(t *testing.T) {
	for _, place := range []string{"csv", "postgres"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			o := &office{vault: newVault(t, place), told: &said{}}
			_, _, fill := o.source()
			fill(people())
			o.open()
			o.asks()
			o.works(fill)
			o.asks() // now that there is something to tell of
			o.close()
			o.settle("after the server")
			o.search()
		})
	}
}

// office is a vault with a server in it.
type office struct {
	*vault

	server   *exec.Cmd
	out, err *heard
	database string
	// clerk may do everything but see values; boss may see them, too.
	clerk, boss *api.Client
	// told is all that came out of the server: answers, alerts and traces.
	told *said
}

// said collects what many say at once.
type said struct {
	mu    sync.Mutex
	parts []part
}

type part struct {
	what string
	text []byte
}

func (s *said) add(what string, text []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, part{what, bytes.Clone(text)})
}

// has says whether somebody said a word.
func (s *said) has(what, word string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.parts {
		if strings.HasPrefix(p.what, what) && bytes.Contains(p.text, []byte(word)) {
			return true
		}
	}
	return false
}

// recording keeps every answer, for a client.
type recording struct{ told *said }

// RoundTrip makes a call and keeps what was answered. Streams are kept as they come.
func (r recording) RoundTrip(q *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("the answer to %s %s (%d)", q.Method, q.URL.Path, resp.StatusCode)
	head := &bytes.Buffer{}
	_ = resp.Header.Write(head) // a buffer takes everything
	r.told.add("headers of "+what, head.Bytes())
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.TeeReader(resp.Body, teller{r.told, what}), resp.Body}
	return resp, nil
}

type teller struct {
	told *said
	what string
}

// Write keeps a piece.
func (t teller) Write(p []byte) (int, error) {
	t.told.add(t.what, p)
	return len(p), nil
}

// hears is a web server that keeps what is sent to it.
func (o *office) hears(what string) string {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.told.add(what, body)
		w.WriteHeader(http.StatusOK)
	}))
	o.t.Cleanup(srv.Close)
	return srv.URL
}

// eddy is the program in the office.
func (o *office) eddy(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(o.t.Context(), o.exe, append(args, "--state-dir", filepath.Join(o.work, "server"))...)
	cmd.Dir = o.work
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + o.tmp, "HOME=" + o.home}
	if o.database != "" {
		cmd.Env = append(cmd.Env, "EDDY_DATABASE_URL="+o.database)
	}
	return cmd
}

// open starts the server and brings the configuration into it.
func (o *office) open() {
	if o.place == "postgres" {
		o.database = warehousetest.Postgres(o.t)
	}
	o.server = o.eddy("serve", "--listen", "127.0.0.1:0", "--files", o.data, "--otlp-endpoint", o.hears("a trace"))
	o.out, o.err = &heard{more: make(chan struct{})}, &heard{more: make(chan struct{})}
	o.server.Stdout, o.server.Stderr = o.out, o.err
	o.must(o.server.Start())
	o.t.Cleanup(func() {
		_ = o.server.Process.Kill()
		_ = o.server.Wait()
	})
	var url string
	o.await("the server", func() bool {
		text, _ := o.out.now()
		if m := regexp.MustCompile(`eddy serves (http://[0-9.:]+),`).FindStringSubmatch(text); m != nil {
			url = m[1]
		}
		return url != ""
	})
	run := func(args ...string) string {
		text, err := o.eddy(args...).Output()
		o.must(err)
		return strings.TrimSpace(string(text))
	}
	client := func(name string, flags ...string) *api.Client {
		run(append([]string{"user", "add", "--role", "admin", name + "@example.com"}, flags...)...)
		return &api.Client{URL: url, Token: run("user", "token", name+"@example.com"), HTTP: &http.Client{Transport: recording{o.told}}}
	}
	o.clerk = client("clerk")
	o.boss = client("boss", "--raw-values")
	o.boss.HTTP = nil // what it is shown is for its eyes
	text, err := os.ReadFile(filepath.Join(o.data, "eddy.yaml"))
	o.must(err)
	// The query of this one has a mark in its text, which is configuration.
	text = regexp.MustCompile(`(?m)^  large: .*\n`).ReplaceAll(text, nil)
	env := func(name string) (string, bool) {
		value, ok := map[string]string{"CS": "c" + markSecret, "ATS": "a" + markSecret}[name]
		return value, ok
	}
	_, err = o.clerk.Apply(o.t.Context(), text, env, false, false)
	o.must(err)
	rule := map[string]any{
		"name": "all", "events": []string{"run_failed", "records_failed", "approval_needed", "credentials_refused"}, "channel": map[string]any{"type": "webhook"},
		"secrets": map[string]any{"url": o.hears("an alert") + "/" + markSecret, "secret": markSecret},
	}
	o.must(o.clerk.Do(o.t.Context(), api.Call{Method: "POST", Path: "/api/v1/alerts", Body: rule}, nil))
}

func (o *office) await(what string, so func() bool) {
	o.t.Helper()
	late := time.After(time.Minute)
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-late:
			o.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// call makes a call whose answer may be a problem; it is kept whatever it is.
func (o *office) call(method, path string, body any) {
	resp, err := o.clerk.Send(o.t.Context(), api.Call{Method: method, Path: path, Body: body})
	if err != nil {
		return // the problem was read and kept
	}
	_, err = io.Copy(io.Discard, resp.Body)
	o.must(err)
	o.must(resp.Body.Close())
}

// asks makes every kind of call, with questions that hold marks among them: who asks knows
// them, and nobody else is to learn them.
func (o *office) asks() {
	_, table, _ := o.source()
	name := strings.TrimPrefix(table, "table: ")
	model := map[string]any{"table": name}
	failing := map[string]any{"sql": o.broken()}
	for _, c := range []string{"vip", "hashed", "refused", "broken"} {
		one := "/api/v1/connections/" + c
		for _, what := range []string{"", "/sizes", "/days"} {
			o.call("GET", one+what, nil)
		}
		o.call("POST", one+"/plan", nil)
		o.call("POST", one+"/payload", nil)
		o.call("POST", one+"/why", map[string]any{"record_id": "1"})
		o.call("GET", "/v2/retl-connections/"+c+"/syncs", nil)
	}
	for _, q := range []map[string]any{model, failing, {"sql": "SELECT '" + markText + "' || nothing FROM nowhere"}} {
		for _, what := range []string{"columns", "preview"} {
			o.call("POST", "/api/v1/sources/s/"+what, q)
		}
		o.call("POST", "/api/v1/sources/s/identifier", plus(q, "column", "email"))
		o.call("POST", "/api/v1/sources/s/suggestions", plus(q, "destination", "x"))
	}
	for _, path := range []string{
		"/api/v1/sources", "/api/v1/sources/s", "/api/v1/sources/s/tables", "/api/v1/destinations", "/api/v1/destinations/wrong", "/api/v1/connections",
		"/api/v1/destinations/x/audiences", "/api/v1/destinations/wrong/audiences", "/api/v1/runs", "/api/v1/health", "/api/v1/days", "/api/v1/alerts",
		"/api/v1/config", "/api/v1/audit", "/api/v1/users", "/api/v1/tokens", "/api/v1/me", "/metrics", "/readyz", "/river/api/jobs?limit=100&state=completed",
	} {
		o.call("GET", path, nil)
	}
	for _, path := range []string{"/api/v1/sources/s/test", "/api/v1/destinations/x/test", "/api/v1/destinations/wrong/test"} {
		o.call("POST", path, nil)
	}
	// What people type into forms by mistake.
	o.call("POST", "/api/v1/destinations", map[string]any{"name": "oops", "spec": map[string]any{"type": "x_audience", "consumer_secret": []string{markSecret}}})
	o.call("POST", "/api/v1/connections/vip/check", map[string]any{"spec": map[string]any{"source": "s", "destination": "x", "consumer_secret": markSecret}})
	o.call("POST", "/api/v1/session", map[string]any{"email": "clerk@example.com", "password": markSecret})
}

func plus(q map[string]any, key string, value any) map[string]any {
	out := maps.Clone(q)
	out[key] = value
	return out
}

// works runs every connection, in good days and bad ones.
func (o *office) works(fill func([][]string)) {
	run := func(connection string, want string, how api.Start) {
		o.t.Helper()
		r, err := o.clerk.Start(o.t.Context(), connection, how, "")
		o.must(err)
		ctx, cancel := context.WithTimeout(o.t.Context(), 2*time.Minute)
		defer cancel()
		r, err = o.clerk.Watch(ctx, r.RunID, func(api.Run) {})
		o.must(err)
		if string(r.Status) != want {
			o.t.Errorf("%s ended %s, want %s: %+v", connection, r.Status, want, r.Errors)
		}
		for _, what := range []string{"/records", "/records?status=all", "/records.csv?status=all"} {
			o.call("GET", "/api/v1/runs/"+r.RunID+what, nil)
		}
	}
	run("vip", "completed_with_errors", api.Start{})
	run("hashed", "completed_with_errors", api.Start{})
	run("refused", "failed", api.Start{})
	run("broken", "failed", api.Start{})
	fill(changed())
	for _, answer := range o.answers() {
		o.bend(once(answer))
		run("vip", "completed_with_errors", api.Start{Full: true})
		o.bend(nil)
	}
	fill(people()[:1])
	run("vip", "needs_approval", api.Start{})
	run("vip", "succeeded", api.Start{Approve: true})
	o.await("an alert of each kind", func() bool {
		return o.told.has("an alert", "run_failed") && o.told.has("an alert", "approval_needed") && o.told.has("an alert", "credentials_refused")
	})
	// Who may see values sees them, and the server keeps none of what it showed.
	var rows api.Rows
	_, table, _ := o.source()
	o.must(o.boss.Do(o.t.Context(), api.Call{Method: "POST", Path: "/api/v1/sources/s/preview", Body: map[string]any{"table": strings.TrimPrefix(table, "table: ")}}, &rows))
	data, err := json.Marshal(rows)
	o.must(err)
	if len(find(data, formsOf(markText))) == 0 {
		o.t.Errorf("whoever may see values sees none: %s", data)
	}
	o.must(o.boss.Do(o.t.Context(), api.Call{Method: "POST", Path: "/api/v1/connections/vip/why", Body: api.Question{Field: "email", Value: mail(1)}}, nil))
}

// close stops the server in good order: traces are sent, logs are whole.
func (o *office) close() {
	o.must(o.server.Process.Signal(os.Interrupt))
	_ = o.server.Wait() // what matters is what it said
}

// search looks through all that the server said and keeps.
func (o *office) search() {
	marks := formsOf(append(personal(), markPartner)...)
	if !o.told.has("a trace", "vip") {
		o.t.Error("no trace of a run came")
	}
	for _, p := range o.told.parts {
		for _, f := range find(p.text, marks) {
			o.t.Errorf("%s has %s:\n%.1000s", p.what, f, p.text)
		}
	}
	out, _ := o.out.now()
	log, _ := o.err.now()
	o.clean("standard output", []byte(out))
	o.clean("the log", []byte(log))
	if strings.Count(log, "run ended") < 8 {
		o.t.Errorf("the log tells of too few runs to show anything:\n%s", log)
	}
	if o.database == "" {
		return // settle has looked through the files, and the store is one
	}
	conn, err := pgx.Connect(o.t.Context(), o.database)
	o.must(err)
	defer func() { _ = conn.Close(o.t.Context()) }()
	rows, err := conn.Query(o.t.Context(), "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')")
	o.must(err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	o.must(err)
	if len(names) < 15 {
		o.t.Errorf("the store has only the tables %v", names)
	}
	for _, name := range names {
		var text string
		o.must(conn.QueryRow(o.t.Context(), "SELECT coalesce(string_agg(t::text, E'\n'), '') FROM "+name+" t").Scan(&text))
		for _, f := range find([]byte(text), marks) {
			o.t.Errorf("the store's table %s has %s", name, f)
		}
	}
}
