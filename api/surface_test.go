package api_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/cookiejar"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestTheWholeSurface lives the life of a server over HTTP, from its first administrator on,
// on each kind of store. At the end every operation of the document has done what it is
// for: one that is added and not lived through here fails.
func TestTheWholeSurface(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			url := ""
			if kind == "postgres" {
				url = warehousetest.Postgres(t)
			}
			page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
			l := newLife(makeWorld(t, url, func(c *api.Config) {
				c.RiverUI = page
				c.AskSize = func(ctx context.Context, connection string) (store.Size, error) {
					sizes, err := c.Store.Sizes(ctx, connection, time.Time{}, 1)
					return sizes[0], err
				}
			}, true))
			l.begins()
			l.people()
			l.shop(5)
			l.objects()
			l.looks()
			l.audiences()
			l.runs()
			l.rudder()
			l.alerts()
			l.webhooks()
			l.ends()
			for _, op := range operations(t) {
				// Log-ins elsewhere have a provider to talk to, and tests of their own on both stores.
				// Files are uploaded to a server that has its store to itself.
				alone := url != "" && strings.HasSuffix(op.id, "-file")
				if !l.answered[op.id] && !alone && !strings.HasPrefix(op.id, "oidc-") {
					t.Errorf("%s (%s %s) was not answered", op.id, op.method, op.path)
				}
			}
		})
	}
}

// life is a server that is lived through; it notes which operations did their work.
type life struct {
	*world

	// boss is in front of a browser; the world's clients hold tokens that boss made.
	boss *api.Client
	ops  *http.ServeMux

	mu       gosync.Mutex
	answered map[string]bool
}

func newLife(w *world) *life {
	l := &life{world: w, ops: http.NewServeMux(), answered: map[string]bool{}}
	for _, op := range operations(w.TB) {
		l.ops.Handle(op.method+" "+op.path, named(op.id))
	}
	jar, err := cookiejar.New(nil)
	w.must(err)
	l.boss = &api.Client{URL: w.url, HTTP: &http.Client{Transport: l, Jar: jar}}
	return l
}

// named is a handler that is only looked up.
type named string

func (named) ServeHTTP(http.ResponseWriter, *http.Request) {}

// RoundTrip makes a call, judges its answer by the document, and notes what worked.
func (l *life) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := keeping{l.TB}.RoundTrip(r)
	if err != nil || resp.StatusCode/100 != 2 {
		return resp, err
	}
	if h, _ := l.ops.Handler(r); h != nil {
		if id, ok := h.(named); ok {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.answered[string(id)] = true
		}
	}
	return resp, nil
}

// do makes a call with the right of an administrator's token.
func (l *life) do(method, path string, body, out any) {
	l.Helper()
	l.call(l.admin, method, path, body, out)
}

// change makes a call about the version that is there, whatever it is.
func (l *life) change(method, path string, body any) {
	l.Helper()
	l.must(l.admin.Do(l.Context(), api.Call{Method: method, Path: path, Body: body, Header: http.Header{"If-Match": {"*"}}}, nil))
}

// opened reads an answer that is no JSON.
func (l *life) opened(path, want string) {
	l.Helper()
	if code, text := l.text(l.admin, "GET", path, ""); code != http.StatusOK || !strings.Contains(text, want) {
		l.Errorf("%s: %d %.300s, want %q", path, code, text, want)
	}
}

func (l *life) begins() {
	secret, _, err := l.st.SetupToken(l.Context())
	l.must(err)
	var setup api.Setup
	l.call(l.boss, "GET", "/api/v1/setup", nil, &setup)
	l.call(l.boss, "POST", "/api/v1/setup", map[string]any{"token": secret, "email": "boss@example.com", "name": "Boss", "password": password}, nil)
	l.call(l.boss, "DELETE", "/api/v1/session", nil, nil)
	l.call(l.boss, "POST", "/api/v1/session", map[string]any{"email": "boss@example.com", "password": password}, nil)
	l.call(l.boss, "PUT", "/api/v1/me/password", map[string]any{"current": password, "password": "another good password"}, nil)
	var session api.Session
	l.call(l.boss, "GET", "/api/v1/session", nil, &session)
	var me api.Me
	l.call(l.boss, "GET", "/api/v1/me", nil, &me)
	if !setup.Needed || session.Me == nil || me.Role != store.Admin || !me.RawValues {
		l.Errorf("the first administrator: %+v, %+v, %+v", setup, session, me)
	}
	var token api.Token
	l.call(l.boss, "POST", "/api/v1/tokens", map[string]any{"name": "life", "role": "admin", "raw_values": true}, &token)
	l.admin = &api.Client{URL: l.url, Token: token.Secret, HTTP: &http.Client{Transport: l}}
	l.editor = l.admin
	l.opened("/api/v1/openapi.json", "openapi")
	l.opened("/river/", "")
}

func (l *life) people() {
	var u api.User
	l.call(l.boss, "POST", "/api/v1/users", map[string]any{"email": "eve@example.com", "role": "viewer", "password": password}, &u)
	l.call(l.boss, "PATCH", "/api/v1/users/"+u.ID, map[string]any{"role": "editor"}, nil)
	l.do("GET", "/api/v1/users/"+u.ID, nil, &u)
	var users api.Page[api.User]
	l.do("GET", "/api/v1/users", nil, &users)
	l.call(l.boss, "DELETE", "/api/v1/users/"+u.ID, nil, nil)
	var token api.Token
	l.do("POST", "/api/v1/tokens", map[string]any{"name": "short", "role": "viewer"}, &token)
	l.do("DELETE", "/api/v1/tokens/"+token.ID, nil, nil)
	var tokens api.Page[api.Token]
	l.do("GET", "/api/v1/tokens", nil, &tokens)
	var log api.Page[api.Audit]
	l.do("GET", "/api/v1/audit", nil, &log)
	if u.Role != store.Editor || len(users.Items) != 2 || len(tokens.Items) != 1 || log.Items[0].Action != "delete" || log.Items[0].Kind != "token" {
		l.Errorf("people: %+v, %+v, %+v; the audit log ends with %+v", u, users, tokens, log.Items[0])
	}
}

func (l *life) objects() {
	l.do("GET", "/api/v1/kinds", nil, nil)
	l.put("suppressions", "optout", map[string]any{"source": "shop", "sql": "SELECT 'nobody@example.com' AS mail", "mapping": map[string]any{"email": "mail"}})
	for kind, name := range map[string]string{"sources": "shop", "destinations": "x", "connections": "vip", "suppressions": "optout"} {
		var page api.Page[api.Object]
		l.do("GET", "/api/v1/"+kind, nil, &page)
		var o api.Object
		l.do("GET", "/api/v1/"+kind+"/"+name, nil, &o)
		l.change("PUT", "/api/v1/"+kind+"/"+name, map[string]any{"spec": o.Spec})
		if len(page.Items) != 1 || page.Items[0].Name != name || o.Name != name {
			l.Errorf("%s: %+v, %+v", kind, page, o)
		}
	}
	l.put("suppressions", "uploaded", map[string]any{"upload": map[string]any{}})
	const identities = "/api/v1/suppressions/uploaded/identities"
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		if code, text := l.text(l.admin, method, identities, "nobody@example.com"); code/100 != 2 {
			l.Errorf("%s: %d %s", method, code, text)
		}
	}
	for _, call := range []string{"POST ", "POST /difference", "PUT "} {
		method, path, _ := strings.Cut(call, " ")
		if code, text := l.text(l.admin, method, filePath+path+"?file=people.csv", csvOf(1)); code/100 != 2 && !l.st.IsPostgres() {
			l.Errorf("%s: %d %s", call, code, text)
		}
	}
	var out api.OptOuts
	l.do("GET", "/api/v1/opt-outs", nil, &out)
	if len(out.Lists) != 2 || len(out.Connections) != 1 {
		l.Errorf("the lists: %+v", out)
	}
	var paused, resumed api.Object
	l.do("POST", "/api/v1/connections/vip/pause", nil, &paused)
	l.do("POST", "/api/v1/connections/vip/resume", nil, &resumed)
	if !paused.Paused || resumed.Paused {
		l.Errorf("paused: %v, resumed: %v", paused.Paused, !resumed.Paused)
	}
	var history api.Page[api.ConnectionVersion]
	l.do("GET", "/api/v1/connections/vip/versions", nil, &history)
	var first api.WholeVersion
	l.do("GET", "/api/v1/connections/vip/versions/1", nil, &first)
	if len(history.Items) != 3 || history.Items[0].Version != resumed.Version || !first.First || len(first.Spec) == 0 {
		l.Errorf("the history: %+v; the first version: %+v", history, first)
	}
}

func (l *life) looks() {
	const source = "/api/v1/sources/shop"
	var steps api.Steps
	for _, path := range []string{source, "/api/v1/destinations/x", "/api/v1/connections/vip"} {
		if l.do("POST", path+"/test", nil, &steps); !steps.OK {
			l.Errorf("the test of %s: %+v", path, steps)
		}
	}
	var tables api.Page[warehouse.Table]
	l.do("GET", source+"/tables", nil, &tables)
	var columns api.Columns
	l.do("POST", source+"/columns", api.Query{Model: api.Model{Table: "customers"}}, &columns)
	var rows api.Rows
	l.do("POST", source+"/preview", api.Query{Model: api.Model{Table: "customers"}}, &rows)
	l.do("POST", source+"/identifier", api.Candidate{Model: api.Model{Table: "customers"}, Column: "id"}, nil)
	l.do("POST", source+"/values", api.Candidate{Model: api.Model{Table: "customers"}, Column: "id"}, nil)
	l.do("POST", source+"/count", api.ModelToCount{Model: api.Model{Table: "customers"}}, nil)
	l.do("POST", source+"/suggestions", map[string]any{"table": "customers", "destination": "x"}, nil)
	var payload api.Payload
	l.do("POST", "/api/v1/connections/vip/payload", nil, &payload)
	if len(tables.Items) != 1 || len(columns.Columns) != 3 || len(rows.Rows) != 5 || len(payload.Rows) == 0 || columns.Masked {
		l.Errorf("the source: %+v, %+v, %+v, %+v", tables, columns, rows, payload)
	}
	var seen api.Sightings
	l.do("POST", "/api/v1/lookup", api.Lookup{By: "email", Value: "user1@example.com"}, &seen)
	if len(seen.Items) != 1 || seen.Items[0].Answer == nil || seen.Items[0].Answer.Standing != "out" {
		l.Errorf("the lookup: %+v", seen)
	}
	var events bytes.Buffer
	l.must(l.admin.Events(l.Context(), "vip", true, &events))
	if n := strings.Count(events.String(), "\n"); n != 5 || !strings.HasPrefix(events.String(), `{"type":"record","action":"insert"`) {
		l.Errorf("%d record events: %s", n, &events)
	}
	schedule := map[string]any{"type": "basic", "every": "6h"}
	var verdict api.Verdict
	l.do("POST", "/api/v1/schedules/preview", schedule, &verdict)
	l.do("POST", "/api/v1/connections/vip/check", map[string]any{"spec": l.connection(map[string]any{"schedule": schedule})}, nil)
	if len(verdict.NextRuns) != 5 {
		l.Errorf("the schedule: %+v", verdict)
	}
}

func (l *life) audiences() {
	const root = "/api/v1/destinations/x/audiences"
	var a struct{ ID, Name string }
	l.do("POST", root, api.NewAudience{Name: "New"}, &a)
	l.do("PATCH", root+"/"+a.ID, api.AudienceName{Name: "Renamed"}, nil)
	l.do("GET", root+"/"+a.ID, nil, &a)
	l.do("GET", root, nil, nil)
	l.do("DELETE", root+"/"+a.ID, nil, nil)
	if a.Name != "Renamed" {
		l.Errorf("the audience: %+v", a)
	}
}

func (l *life) runs() {
	const connection = "/api/v1/connections/vip"
	l.do("POST", connection+"/plan", nil, nil)
	first := l.ended(api.Start{})
	l.do("GET", "/api/v1/runs/"+first.RunID, nil, &first)
	l.do("GET", "/api/v1/runs/"+first.RunID+"/records?status=all", nil, nil)
	l.opened("/api/v1/runs/"+first.RunID+"/records.csv?status=all", "insert,delivered")
	l.do("POST", connection+"/why", api.Question{Field: "email", Value: "user1@example.com"}, nil)

	l.duck("DELETE FROM customers")
	l.do("POST", "/api/v1/runs/"+l.ended(api.Start{}).RunID+"/reject", nil, nil)
	held := l.ended(api.Start{})
	var approved, cancelled api.Run
	l.do("POST", "/api/v1/runs/"+held.RunID+"/approve", nil, &approved)
	approved, err := l.editor.Watch(l.Context(), approved.RunID, func(api.Run) {})
	l.must(err)
	hold := make(chan struct{})
	l.runner.hold = hold
	l.do("POST", connection+"/runs", nil, &cancelled)
	l.do("POST", "/api/v1/runs/"+cancelled.RunID+"/cancel", nil, nil)
	close(hold)
	cancelled, err = l.editor.Watch(l.Context(), cancelled.RunID, func(api.Run) {})
	l.must(err)
	l.runner.hold = nil
	for i, want := range []string{"succeeded", "needs_approval", "succeeded", "cancelled"} {
		if got := []api.Run{first, held, approved, cancelled}[i]; string(got.Status) != want {
			l.Errorf("run %d ended %s, want %s: %+v", i, got.Status, want, got.Errors)
		}
	}
	var page api.Page[api.Run]
	l.do("GET", "/api/v1/runs?connection=vip", nil, &page)
	if len(page.Items) != 5 {
		l.Errorf("%d runs", len(page.Items))
	}
	n := int64(1470)
	l.must(l.st.AddSize(l.Context(), store.Size{Connection: "vip", AudienceID: l.audience, At: time.Now(), Size: &n}))
	for _, path := range []string{connection + "/sizes", connection + "/parts", connection + "/days", "/api/v1/days", "/api/v1/health"} {
		l.do("GET", path, nil, nil)
	}
	l.do("POST", connection+"/sizes", nil, nil)
	l.do("GET", "/api/v1/destinations/x/audiences/"+l.audience+"/use", nil, nil)
}

func (l *life) rudder() {
	const root = "/v2/retl-connections/vip"
	hold := make(chan struct{})
	l.runner.hold = hold
	var started api.RudderStarted
	l.do("POST", root+"/start", nil, &started)
	l.do("POST", root+"/stop", nil, nil)
	close(hold)
	_, err := l.editor.Watch(l.Context(), started.SyncID, func(api.Run) {})
	l.must(err)
	l.runner.hold = nil
	var sync api.RudderSync
	l.do("GET", root+"/syncs/"+started.SyncID, nil, &sync)
	l.do("GET", root+"/syncs", nil, nil)
	if sync.Status != "failed" || !strings.HasPrefix(sync.Error, "cancelled") {
		l.Errorf("the sync that was stopped: %+v", sync)
	}
}

func (l *life) alerts() {
	rule := map[string]any{
		"name": "team", "events": []string{"run_failed"}, "channel": map[string]any{"type": "webhook", "url": "https://hooks.example"},
	}
	l.tell = func(context.Context, store.AlertRule) error { return nil }
	var a api.Alert
	l.do("POST", "/api/v1/alerts", rule, &a)
	one := "/api/v1/alerts/" + a.ID
	l.change("PUT", one, rule)
	l.do("GET", one, nil, &a)
	l.do("GET", "/api/v1/alerts", nil, nil)
	l.do("POST", one+"/test", nil, nil)
	l.change("DELETE", one, nil)
	if a.Version != 2 {
		l.Errorf("the rule: %+v", a)
	}
}

func (l *life) webhooks() {
	const all = "/api/v1/webhooks"
	var made api.WebhookWithSecret
	l.do("POST", all, map[string]any{"name": "dbt", "kind": "airbyte"}, &made)
	l.do("POST", all+"/dbt/secret", map[string]any{}, &made)
	l.do("GET", all, nil, nil)
	var heard api.HookAnswer
	stranger := &api.Client{URL: l.url, HTTP: &http.Client{Transport: l}}
	l.call(stranger, "POST", made.Path+"?key="+made.Secret, map[string]any{"data": map[string]any{"jobId": 1, "success": true}}, &heard)
	l.do("DELETE", all+"/dbt", nil, nil)
	if len(heard.Started) != 0 || !strings.Contains(heard.Detail, "no connection waits") {
		l.Errorf("the webhook: %+v", heard)
	}
}

func (l *life) ends() {
	l.opened("/api/v1/config", "connections:")
	text, err := l.admin.Export(l.Context())
	l.must(err)
	applied, err := l.admin.Apply(l.Context(), text, func(string) (string, bool) { return "", false }, false, false)
	l.must(err)
	for _, step := range applied.Steps {
		if step.Action != "none" {
			l.Errorf("what was exported changes %+v", step)
		}
	}
	for _, path := range []string{"suppressions/uploaded", "suppressions/optout", "connections/vip", "destinations/x", "sources/shop"} {
		l.change("DELETE", "/api/v1/"+path, nil)
	}
}
