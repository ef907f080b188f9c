package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/jobs"
	"github.com/eddy-retl/eddy/store"
)

// FuzzEveryRoute sends bodies, queries, headers and path values to every operation of the
// document, as anybody and as each role. What comes back is never a fault of the server's
// own, is what the document promises, and leaves no memory behind.
func FuzzEveryRoute(f *testing.F) {
	doc := readDocument(f)
	for i, op := range doc.operations {
		for role := range fuzzRoles {
			for _, s := range doc.seeds(op) {
				f.Add(uint8(i), uint8(role), s.path, s.query, s.header, s.body) //nolint:gosec // a few
			}
		}
	}
	// Nothing leaves the machine: names are not looked up, and only loopback is called.
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("names are not looked up here")
	}}
	lives := &fuzzLives{F: f, doc: doc}
	f.Cleanup(lives.end)
	f.Fuzz(func(t *testing.T, op, role uint8, path, query, header string, body []byte) {
		lives.next(t)
		lives.ask(t, doc.operations[int(op)%len(doc.operations)], int(role)%fuzzRoles, seed{path, query, header, body})
	})
}

// fuzzRoles are anybody, tokens of a viewer, an editor, an administrator and one who may see raw values, and
// that one in person.
const fuzzRoles = inPerson + 1

// inPerson is the role of an administrator who has logged in.
const inPerson = 5

const (
	// worldTurns is how many requests a world takes: what was made in it goes with it.
	worldTurns = 400
	// fuzzGrowth is by how much the process may grow from the end of its first world on.
	fuzzGrowth = 256 << 20
	// fuzzPatience is longer than any handler takes its time.
	fuzzPatience = 100 * time.Second
)

// seed is what one request is made of. In texts, upper-case words such as RUN stand for
// what a world has under another name each time.
type seed struct {
	path, query, header string
	body                []byte
}

// fuzzLives are the worlds that a process fuzzes, one after the other.
type fuzzLives struct {
	*testing.F

	doc     *fuzzDocument
	turns   int
	worlds  int
	idle    uint64
	world   *world
	end1    func()
	words   *strings.Replacer
	clients []*api.Client
	kept    []string // who must stay, or nobody could log in
	changed int64
}

// fuzzTB is a test that outlives the request which it is used in: a world's.
type fuzzTB struct {
	testing.TB

	ctx      context.Context //nolint:containedctx // what testing.TB does
	cleanups []func()
}

func (*fuzzTB) Helper()                    {}
func (b *fuzzTB) Context() context.Context { return b.ctx }
func (b *fuzzTB) Cleanup(fn func())        { b.cleanups = append(b.cleanups, fn) }
func (*fuzzTB) Errorf(string, ...any)      {} // a run whose source was taken away
func (*fuzzTB) Fatal(args ...any)          { panic(fmt.Sprint(args...)) }
func (*fuzzTB) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf(format, args...))
}

func (b *fuzzTB) TempDir() string {
	dir, err := os.MkdirTemp("", "eddy-fuzz-")
	if err != nil {
		panic(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// next sees to it that there is a world with everything in it.
func (l *fuzzLives) next(t *testing.T) {
	t.Helper()
	if l.world != nil && l.turns < worldTurns {
		l.turns++
		l.mend()
		return
	}
	l.end()
	if l.worlds++; l.worlds > 1 {
		l.weigh(t)
	}
	ctx, cancel := context.WithCancel(context.Background())
	tb := &fuzzTB{TB: l.F, ctx: ctx}
	l.end1 = func() {
		cancel()
		for _, fn := range slices.Backward(tb.cleanups) {
			fn()
		}
	}
	loopback, err := dial.Allow("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	l.world = makeWorld(tb, "", func(c *api.Config) {
		c.Dialer, c.CheckAlert = onlyLoopback{loopback}, jobs.CheckAlert
		// Each request comes from somewhere else, and time flies, or the limits of log-ins would
		// answer them all.
		var asked atomic.Int64
		c.Proxies = api.Loopback()
		c.Now = func() time.Time { return time.Now().Add(time.Duration(asked.Add(1)) * 3 * time.Second) }
	}, false)
	l.world.tell = func(context.Context, store.AlertRule) error { return nil }
	l.turns, l.changed = 0, 0
	l.furnish()
}

// end closes the world that there is.
func (l *fuzzLives) end() {
	if l.end1 != nil {
		l.end1()
	}
	l.end1, l.world = nil, nil
}

// onlyLoopback calls loopback and nothing else, public addresses included.
type onlyLoopback struct{ dial.Guard }

// DialContext refuses what is not loopback, which only texts can say that are addresses.
func (d onlyLoopback) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, &dial.Refused{Address: address, Kind: "not of this test", Allow: "nothing"}
	}
	return d.Guard.DialContext(ctx, network, address)
}

// furnish fills a world, and learns what its things are called.
func (l *fuzzLives) furnish() {
	w := l.world
	w.shop(3)
	run := w.ended(api.Start{})
	var token api.Token
	w.call(w.raw, "POST", "/api/v1/tokens", map[string]any{"name": "spare", "role": "viewer"}, &token)
	var spare api.User
	w.call(w.inPerson("admin-raw@example.com"), "POST", "/api/v1/users", map[string]any{"email": "spare@example.com", "role": "viewer", "password": password}, &spare)
	var rule api.Alert
	w.call(w.raw, "POST", "/api/v1/alerts", map[string]any{"name": "team", "events": []string{"run_failed"}, "channel": map[string]any{"type": "webhook", "url": w.boxURL}}, &rule)
	l.words = strings.NewReplacer("RUN", run.RunID, "TOKEN", token.ID, "USER", spare.ID, "ALERT", rule.ID, "AUDIENCE", w.audience, "SANDBOX", w.boxURL, "FILES", w.files)
	l.clients = []*api.Client{{URL: w.url}, w.viewer, w.editor, w.admin, w.raw, {URL: w.url}}
	l.kept = nil
	for _, list := range []string{"users", "tokens"} {
		var page api.Page[struct{ ID string }]
		w.call(w.raw, "GET", "/api/v1/"+list, nil, &page)
		for _, one := range page.Items {
			if one.ID != spare.ID && one.ID != token.ID {
				l.kept = append(l.kept, one.ID)
			}
		}
	}
}

// mend puts back what requests took away.
func (l *fuzzLives) mend() {
	w := l.world
	revision, err := w.st.Revision(w.Context())
	w.must(err)
	if revision == l.changed {
		return
	}
	for kind, spec := range map[string]any{
		"sources": map[string]any{"type": "duckdb", "path": w.files + "/shop.duckdb"}, "destinations": w.destination(), "connections": w.connection(),
	} {
		name := map[string]string{"sources": "shop", "destinations": "x", "connections": "vip"}[kind]
		if code, _ := w.text(w.raw, "GET", "/api/v1/"+kind+"/"+name, ""); code != http.StatusOK {
			text, err := json.Marshal(map[string]any{"name": name, "spec": spec})
			w.must(err)
			// What others made of the rest may stand in its way until this world is over.
			if code, _ := w.text(w.raw, "POST", "/api/v1/"+kind, string(text)); code != http.StatusCreated {
				l.turns = worldTurns
			}
		}
	}
	l.changed, err = w.st.Revision(w.Context())
	w.must(err)
}

// weigh measures what the process holds when no world is there.
func (l *fuzzLives) weigh(t *testing.T) {
	t.Helper()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections() //nolint:forcetypeassert // the library's own
	runtime.GC()
	debug.FreeOSMemory()
	held := resident()
	if l.worlds == 2 {
		l.idle = held
	}
	if held > l.idle+fuzzGrowth {
		t.Errorf("after %d worlds the process holds %d MiB, %d after the first", l.worlds-1, held>>20, l.idle>>20)
	}
}

// resident is how many bytes of memory the process has; 0 where the system does not tell.
func resident() uint64 {
	text, _ := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseUint(fields[1], 10, 64)
	return pages * uint64(os.Getpagesize()) //nolint:gosec // positive
}

// ask makes one request and judges its answer.
func (l *fuzzLives) ask(t *testing.T, op operation, role int, s seed) {
	t.Helper()
	value := l.words.Replace(s.path)
	if slices.Contains(l.kept, value) && op.method != http.MethodGet {
		return
	}
	body := []byte(l.words.Replace(string(s.body)))
	ctx, cancel := context.WithTimeout(t.Context(), fuzzPatience)
	if op.id == "watch-run" {
		ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
	}
	defer cancel()
	at := strings.NewReplacer("{name}", url.PathEscape(value), "{id}", url.PathEscape(value), "{sync}", url.PathEscape(value)).Replace(op.path)
	if strings.Contains(op.path, "{name}/") && strings.Contains(op.path[strings.Index(op.path, "}"):], "{") {
		at = strings.NewReplacer("{name}", map[string]string{"destinations": "x"}[op.tag()]+map[string]string{"retl-connections": "vip"}[op.tag()], "{id}", url.PathEscape(value), "{sync}", url.PathEscape(value)).Replace(op.path)
	}
	r, err := http.NewRequestWithContext(ctx, op.method, l.world.url+at, bytes.NewReader(body))
	if err != nil {
		return
	}
	r.URL.RawQuery = strings.Map(printable, l.words.Replace(s.query))
	if client := l.clients[role]; client.Token != "" {
		r.Header.Set("Authorization", "Bearer "+client.Token)
	}
	header := strings.Map(printable, s.header)
	r.Header.Set("If-Match", header)
	r.Header.Set("Idempotency-Key", header)
	r.Header.Set("Cookie", "eddy_session="+header)
	if role == inPerson {
		r.Header.Set("Cookie", "eddy_session="+l.session(ctx))
	}
	r.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", l.worlds%256, l.turns%256))
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	switch {
	case op.id == "watch-run" && errors.Is(err, context.DeadlineExceeded):
		return
	case err != nil:
		t.Fatalf("%s %s: no answer: %v\n%s", op.method, r.URL, err, body)
	}
	answer, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil && op.id != "watch-run" {
		t.Fatalf("%s %s: half an answer: %v\n%s", op.method, r.URL, err, body)
	}
	l.judge(t, r, res, answer, body)
}

// session logs an administrator in, whatever became of the sessions before.
func (l *fuzzLives) session(ctx context.Context) string {
	u, err := l.world.st.UserByEmail(ctx, "admin-raw@example.com")
	l.world.must(err)
	secret, err := l.world.st.NewSession(ctx, u, time.Hour)
	l.world.must(err)
	return secret
}

// printable keeps what can stand in the first lines of a request.
func printable(r rune) rune {
	if r <= ' ' || r == '#' || r >= 127 {
		return -1
	}
	return r
}

// judge holds an answer against what every answer keeps.
func (l *fuzzLives) judge(t *testing.T, r *http.Request, res *http.Response, answer, body []byte) {
	t.Helper()
	where := fmt.Sprintf("%s %s: %d %.2000s\n%s", r.Method, r.URL, res.StatusCode, answer, body)
	if len(answer) > 8<<20 {
		t.Errorf("an answer of %d bytes: %.1000s", len(answer), where)
	}
	if bytes.Contains(answer, []byte(secretToken)) {
		t.Errorf("a secret is told: %s", where)
	}
	switch {
	case res.StatusCode/100 == 3:
		return // a path with dots in it
	case res.StatusCode >= 400:
		var p api.Problem
		if err := json.Unmarshal(answer, &p); err != nil || res.Header.Get("Content-Type") != "application/problem+json" || p.Status != res.StatusCode || p.Detail == "" {
			t.Errorf("no problem: %v, %s", err, where)
		}
		// These are the faults of others: a warehouse or a destination.
		others := slices.Contains([]string{"source", "destination", "timeout"}, p.Code) && (p.Status == http.StatusBadGateway || p.Status == http.StatusGatewayTimeout)
		if res.StatusCode >= 500 && !others {
			t.Errorf("a fault of the server's own: %s\n%s", where, l.lastOfLog())
		}
		return
	case !strings.Contains(res.Header.Get("Content-Type"), "json") || !strings.HasPrefix(r.URL.Path, "/api/v1/"):
		return
	}
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	res.Body = io.NopCloser(bytes.NewReader(answer))
	ok, errs := c.ValidateHttpResponse(r, res)
	for _, e := range errs {
		if !ok && !strings.Contains(e.Message, "Path") {
			t.Errorf("what the document does not have: %s: %s %v\n%s", e.Message, e.Reason, e.SchemaValidationErrors, where)
		}
	}
}

// lastOfLog is what the server said last.
func (l *fuzzLives) lastOfLog() string {
	text := l.world.log.String()
	return text[max(0, len(text)-4000):]
}

// tag is the part of the path that says what an operation is about.
func (o operation) tag() string {
	parts := strings.Split(o.path, "/")
	if parts[1] == "v2" {
		return parts[2]
	}
	return parts[3]
}

// fuzzDocument is the OpenAPI document, as far as seeds are made of it.
type fuzzDocument struct {
	operations []operation
	paths      map[string]map[string]fuzzOperation
	schemas    map[string]fuzzSchema
}

type fuzzOperation struct {
	Parameters []struct {
		Name, In string
		Schema   fuzzSchema
	}
	RequestBody struct {
		Content map[string]struct{ Schema fuzzSchema }
	}
}

type fuzzSchema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Enum                 []any
	Const                any
	Examples             []any
	Default              any
	Format               string
	Minimum              *float64
	MinLength            int
	Properties           map[string]fuzzSchema
	Required             []string
	Items                *fuzzSchema
	OneOf, AnyOf         []fuzzSchema
	AdditionalProperties any
}

func readDocument(tb testing.TB) *fuzzDocument {
	tb.Helper()
	data, err := api.Document()
	if err != nil {
		tb.Fatal(err)
	}
	var doc struct {
		Paths      map[string]map[string]fuzzOperation
		Components struct{ Schemas map[string]fuzzSchema }
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		tb.Fatal(err)
	}
	out := &fuzzDocument{paths: doc.Paths, schemas: doc.Components.Schemas}
	for _, op := range operations(tb) {
		if doc.Paths[op.path] != nil {
			out.operations = append(out.operations, op)
		}
	}
	slices.SortFunc(out.operations, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return out
}

// fuzzShapes say which keys a body has: all, what must be, and what leads far, with a table
// or with SQL.
func fuzzShapes() []func(key string, required bool) bool {
	far := func(other string) func(string, bool) bool {
		return func(key string, required bool) bool {
			_, leads := known()[key]
			return required || leads && key != other
		}
	}
	return []func(string, bool) bool{
		func(string, bool) bool { return true },
		func(_ string, required bool) bool { return required },
		far("sql"), far("table"),
	}
}

// seeds are requests that the document describes.
func (d *fuzzDocument) seeds(op operation) []seed {
	declared := d.paths[op.path][strings.ToLower(op.method)]
	path := map[string]string{
		"alerts": "ALERT", "connections": "vip", "destinations": "x", "sources": "shop", "runs": "RUN", "tokens": "TOKEN", "users": "USER", "retl-connections": "vip",
	}[op.tag()]
	if strings.HasSuffix(op.path, "/audiences/{id}") {
		path = "AUDIENCE"
	}
	if strings.HasSuffix(op.path, "{sync}") {
		path = "RUN"
	}
	query := url.Values{}
	for _, p := range declared.Parameters {
		if p.In == "query" {
			query.Set(p.Name, fmt.Sprint(d.example(p.Name, p.Schema, 0, fuzzShapes()[0])))
		}
	}
	query.Del("cursor")
	out := []seed{{path: path, query: query.Encode(), header: "*"}, {path: "nobody", query: "limit=1", header: "1"}}
	for _, media := range declared.RequestBody.Content {
		shapes := []fuzzSchema{media.Schema}
		if one := d.follow(media.Schema); len(one.OneOf)+len(one.AnyOf) > 0 {
			shapes = append(one.OneOf, one.AnyOf...)
		}
		for _, shape := range shapes {
			for _, has := range fuzzShapes() {
				body, err := json.Marshal(d.example("", shape, 0, has))
				if err == nil {
					out = append(out, seed{path, "", "*", body})
				}
			}
		}
	}
	return out
}

func (d *fuzzDocument) follow(s fuzzSchema) fuzzSchema {
	for s.Ref != "" {
		s = d.schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]]
	}
	return s
}

// known are values that lead far, by the names that the document gives them.
func known() map[string]any {
	return map[string]any{
		"source": "shop", "destination": "x", "connection": "vip", "table": "customers", "identifier": "id", "column": "id", "field": "email", "value": rawEmail,
		"email": "somebody@example.com", "password": password, "current": password, "url": "SANDBOX", "api_url": "SANDBOX", "path": "FILES/shop.duckdb",
		"account_id": "18ce54d4x5t", "consumer_key": "ck", "consumer_secret": "cs", "access_token": secretToken, "access_token_secret": "ats",
		"mapping": map[string]any{"email": "email"}, "audience": map[string]any{"id": "AUDIENCE"}, "events": []string{"run_failed"},
		"channel": map[string]any{"type": "webhook", "url": "SANDBOX"}, "config": "sources:\n  shop: {type: duckdb, path: FILES/shop.duckdb}\n",
		"cron": "0 6 * * *", "every": "6h", "timezone": "Europe/Berlin", "role": "viewer", "sql": "SELECT id, email, [1, 2] AS l, {'a': 1} AS s FROM customers",
		"record": "1", "expires_at": "2030-01-01T00:00:00Z", "host": "127.0.0.1", "port": 1,
	}
}

// example is a value of a shape.
func (d *fuzzDocument) example(name string, s fuzzSchema, depth int, has func(key string, required bool) bool) any {
	s = d.follow(s)
	if v, ok := known()[name]; ok {
		return v
	}
	switch {
	case depth > 6:
		return nil
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.OneOf) > 0:
		return d.example("", s.OneOf[0], depth+1, has)
	case len(s.AnyOf) > 0:
		return d.example("", s.AnyOf[0], depth+1, has)
	case s.Properties != nil:
		out := map[string]any{}
		for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
			if has(key, slices.Contains(s.Required, key)) {
				out[key] = d.example(key, s.Properties[key], depth+1, has)
			}
		}
		return out
	case s.Items != nil:
		return []any{d.example("", *s.Items, depth+1, has)}
	}
	types, _ := json.Marshal(s.Type)
	switch text := string(types); {
	case strings.Contains(text, "integer"), strings.Contains(text, "number"):
		if s.Minimum != nil {
			return *s.Minimum
		}
		return 1
	case strings.Contains(text, "boolean"):
		return true
	case strings.Contains(text, "object"):
		return map[string]any{}
	case s.Format == "date-time":
		return "2026-01-01T00:00:00Z"
	default:
		return strings.Repeat("n", max(1, s.MinLength))
	}
}
