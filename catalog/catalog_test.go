package catalog_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

const file = `
sources:
  shop: {type: duckdb, path: shop.duckdb}
  files: {type: duckdb, csv: {delimiter: "\t", quote: "", header: false, skip: 2, encoding: utf-8, null: "NULL"}}
  db: {type: postgres, host: db.example.com, user: eddy, password: "${PGPASSWORD}", state: local}
destinations:
  x:
    type: x_audience
    account_id: 18ce54d4x5t
    consumer_key: ${X_CONSUMER_KEY}
    consumer_secret: ${X_CONSUMER_SECRET}
    access_token: ${X_ACCESS_TOKEN}
    access_token_secret: ${X_ACCESS_TOKEN_SECRET}
    phone_formats: [e164, digits]
connections:
  vip:
    source: shop
    sql: |
      select *
      from customers where note <> '$${HOME}'
    destination: x
    audience: {create: {name: VIP, description: "Top customers"}}
    identifier: customer_id
    mapping: {phone_number: phone, email: mail, expires_at: {constant: "2027-12-31T00:00:00Z"}}
    schedule: {type: basic, every: 90m, start_at: "02:00"}
    settings: {guard: {max_removed_percent: 12.5}, snapshots_to_retain: 0, max_attempts: 3, max_shared: 100}
  all:
    source: db
    table: public.customers
    destination: x
    audience: {id: 1nmth}
    sync_mode: upsert
    identifier: id
    mapping: {email: email}
    schedule: {type: cron, expression: "0 */6 * * *", timezone: Europe/Berlin}
`

func env(name string) (string, bool) {
	value, ok := map[string]string{
		"PGPASSWORD": "pa${ss", "X_CONSUMER_KEY": "ck", "X_CONSUMER_SECRET": "cs", "X_ACCESS_TOKEN": "at", "X_ACCESS_TOKEN_SECRET": "ats",
		"DB_PASSWORD": "pa${ss",
	}[name]
	return value, ok
}

func none(string) (string, bool) { return "", false }

func open(tb testing.TB) *store.Store {
	tb.Helper()
	dir := tb.TempDir()
	keys, err := store.LoadKeys(dir, none)
	if err != nil {
		tb.Fatal(err)
	}
	st, err := store.Open(tb.Context(), store.Config{Dir: dir, Keys: keys})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := st.Close(); err != nil {
			tb.Error(err)
		}
	})
	return st
}

func apply(ctx context.Context, tb testing.TB, st *store.Store, text string, getenv func(string) (string, bool), prune bool) catalog.Plan {
	tb.Helper()
	p, err := catalog.PlanApply(ctx, st, "eddy.yaml", []byte(text), getenv, prune)
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.Apply(ctx, st, store.Actor{ID: "system"}); err != nil {
		tb.Fatal(err)
	}
	return p
}

func actions(p catalog.Plan) map[string]string {
	out := map[string]string{}
	for _, s := range p.Steps {
		out[string(s.Kind)+" "+s.Name] = s.Action
	}
	return out
}

// What a file means is what a server means by it, and so is the file that it gives back.
func TestAServerMeansWhatTheFileMeant(t *testing.T) {
	t.Parallel()
	st := open(t)
	want, err := config.Parse([]byte(file), "eddy.yaml", setup.Known(), env)
	if err != nil {
		t.Fatal(err)
	}
	apply(t.Context(), t, st, file, env, false)
	s, err := catalog.Load(t.Context(), st, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, s.File)

	exported, err := catalog.Export(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"pa${ss", "pa$${ss", ": ck", ": ats"} {
		if strings.Contains(string(exported), secret) {
			t.Errorf("the exported file holds the secret %q:\n%s", secret, exported)
		}
	}
	again, err := config.Parse(exported, "eddy.yaml", setup.Known(), env)
	if err != nil {
		t.Fatalf("%v\n%s", err, exported)
	}
	same(t, want, again)
	// Applied where it came from, it changes nothing, also when nobody knows the secrets.
	for name, action := range actions(apply(t.Context(), t, st, string(exported), none, true)) {
		if action != catalog.Unchanged {
			t.Errorf("%s: %s, want none", name, action)
		}
	}
}

func same(t *testing.T, want, got *config.File) {
	t.Helper()
	if d := cmp.Diff(want.Sources, got.Sources); d != "" {
		t.Errorf("sources: (-want +got)\n%s", d)
	}
	if d := cmp.Diff(want.Destinations, got.Destinations); d != "" {
		t.Errorf("destinations: (-want +got)\n%s", d)
	}
	if d := cmp.Diff(want.Connections, got.Connections); d != "" {
		t.Errorf("connections: (-want +got)\n%s", d)
	}
}

func TestApplyTellsWhatItChanges(t *testing.T) {
	t.Parallel()
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	changed := strings.NewReplacer("every: 90m", "every: 2h", "1nmth", "2nmth").Replace(file)
	changed = strings.Replace(changed, "  shop: {type: duckdb, path: shop.duckdb}\n", "  shop: {type: duckdb, path: shop.duckdb}\n  new: {type: duckdb}\n", 1)
	other := func(name string) (string, bool) {
		if name == "X_ACCESS_TOKEN" {
			return "another", true
		}
		return "", false
	}
	p, err := catalog.PlanApply(t.Context(), st, "eddy.yaml", []byte(changed), other, false)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"source shop": "none", "source files": "none", "source db": "none", "source new": "create", "destination x": "update", "connection vip": "update", "connection all": "update"}
	if d := cmp.Diff(want, actions(p)); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	text, err := json.Marshal(p.Steps)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "another") || !strings.Contains(string(text), `{"key":"access_token","before":"********","after":"********"}`) {
		t.Errorf("the diff shows a secret, or not that it changes: %s", text)
	}
	if !strings.Contains(string(text), `{"key":"schedule","before":{"type":"basic","every":"90m","start_at":"02:00"},"after":{"type":"basic","every":"2h","start_at":"02:00"}}`) {
		t.Errorf("the diff does not tell the schedule: %s", text)
	}
	if err := p.Apply(t.Context(), st, store.Actor{ID: "system"}); err != nil {
		t.Fatal(err)
	}
	o, err := st.Object(t.Context(), store.Destination, "x")
	if err != nil {
		t.Fatal(err)
	}
	if o.Secrets["access_token"] != "another" || o.Secrets["consumer_key"] != "ck" {
		t.Error("the secret that is known did not change, or one that is not known did")
	}
}

func TestPruneDeletesWhatTheFileLacks(t *testing.T) {
	t.Parallel()
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	less, _, _ := strings.Cut(file, "  all:\n")
	less = strings.Replace(less, "  db: {type: postgres, host: db.example.com, user: eddy, password: \"${PGPASSWORD}\", state: local}\n", "", 1)
	if got := actions(apply(t.Context(), t, st, less, env, false)); got["connection all"] != "" {
		t.Errorf("without prune, connection all: %s", got["connection all"])
	}
	got := actions(apply(t.Context(), t, st, less, env, true))
	if got["connection all"] != catalog.Remove || got["source db"] != catalog.Remove || got["connection vip"] != catalog.Unchanged {
		t.Errorf("with prune: %v", got)
	}
	if _, err := st.Object(t.Context(), store.Source, "db"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("source db is still there: %v", err)
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	for name, c := range map[string]struct{ text, want string }{
		"a variable that nobody knows":       {strings.Replace(file, "host: db.example.com", `host: "${HOST}"`, 1), "HOST is not set"},
		"a secret of a new object":           {strings.Replace(file, "  x:\n", "  y: {type: x_audience, account_id: a, consumer_key: \"${K}\", consumer_secret: a, access_token: a, access_token_secret: a}\n  x:\n", 1), "K is not set"},
		"a stored secret for another place":  {strings.Replace(file, "db.example.com", "evil.example.com", 1), "password: enter it again: host changed"},
		"an audience that is fed already":    {"connections:\n  vip2: {}\n", "source"},
		"what only prune would make correct": {strings.Replace(file, "  all:\n", "  every:\n", 1), "one audience is fed by exactly one connection"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := catalog.PlanApply(t.Context(), st, "eddy.yaml", []byte(c.text), none, false)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want it to say %q", err, c.want)
			}
		})
	}
}

func TestCheckPointsAtTheMistake(t *testing.T) {
	t.Parallel()
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	spec := `{"source":"shop","table":"t","destination":"x","audience":{"id":"9"},"identifier":"id","mapping":{"email":"e"},"settings":{"guard":{"max_removed_percent":101}}}`
	err := catalog.Check(t.Context(), st, catalog.Change{Object: store.Object{Kind: store.Connection, Name: "a.b", Spec: json.RawMessage(spec)}})
	problems, ok := errors.AsType[config.Problems](err)
	if !ok || len(problems) != 1 {
		t.Fatalf("got %v, want one problem", err)
	}
	if p, ok := catalog.Pointer(problems[0].Key, store.Connection, "a.b"); !ok || p != "/settings/guard/max_removed_percent" {
		t.Errorf("the problem points at %q (%v)", p, ok)
	}
	if err := catalog.Check(t.Context(), st); err != nil {
		t.Errorf("without a change: %v", err)
	}
	for key, want := range map[string]string{
		"connections.vip": "", "connections.vip.mapping.email": "/mapping/email", `connections.vip."a/b~"`: "/a~1b~0",
		"destinations.x.phone_formats[1]": "-", "connections.vip.list[12].x": "/list/12/x",
	} {
		got, ok := catalog.Pointer(key, store.Connection, "vip")
		if ok != (want != "-") || ok && got != want {
			t.Errorf("%s: got %q (%v), want %q", key, got, ok, want)
		}
	}
}

func TestSecretsStayApart(t *testing.T) {
	t.Parallel()
	spec := `{"type":"postgres","host":"a","password":"p","user":"u"}`
	open, secrets, err := catalog.Separate(store.Source, json.RawMessage(spec), store.Object{})
	if err != nil || string(open) != `{"type":"postgres","host":"a","user":"u"}` || secrets["password"] != "p" {
		t.Fatalf("got %s, %d secrets, %v", open, len(secrets), err)
	}
	old := store.Object{Kind: store.Source, Name: "db", Spec: open, Secrets: secrets}
	masked, err := catalog.Masked(old)
	if err != nil || string(masked) != `{"type":"postgres","host":"a","user":"u","password":"********"}` {
		t.Errorf("masked: %s, %v", masked, err)
	}
	_, kept, err := catalog.Separate(store.Source, masked, old)
	if err != nil || kept["password"] != "p" {
		t.Errorf("a masked secret was not kept: %v", err)
	}
	_, _, err = catalog.Separate(store.Source, json.RawMessage(strings.Replace(string(masked), `"a"`, `"b"`, 1)), old)
	if err == nil || !strings.Contains(err.Error(), "enter it again") {
		t.Errorf("a stored secret would be sent to another host: %v", err)
	}
	if _, _, err := catalog.Separate(store.Source, masked, store.Object{}); err == nil {
		t.Error("a mask without a stored secret was taken")
	}
	for _, bad := range []string{``, `[]`, `{`, `{"a":1,"a":2}`, `{"type":"postgres","password":{"a":1}}`, `{} {}`, strings.Repeat(`{"a":`, 99) + "1" + strings.Repeat("}", 99)} {
		if _, _, err := catalog.Separate(store.Source, json.RawMessage(bad), store.Object{}); err == nil {
			t.Errorf("%.30s was taken", bad)
		}
	}
}

// A stored secret goes only where it was given for: any option that could say where asks
// for it again, of whatever kind, and one that could not is changed freely.
func TestStoredSecretsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	type kind struct {
		of  store.Kind
		typ string
	}
	for _, k := range []kind{{store.Source, "postgres"}, {store.Source, "duckdb"}, {store.Destination, "x_audience"}} {
		options := catalog.Options(k.of, k.typ)
		if len(options) == 0 {
			t.Fatalf("%s has no options", k.typ)
		}
		spec, secrets := map[string]any{"type": k.typ}, store.Secrets{}
		for _, o := range options {
			if o.Secret {
				secrets[o.Name] = "kept"
			} else {
				spec[o.Name] = "before"
			}
		}
		open, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		old := store.Object{Kind: k.of, Name: "o", Spec: open, Secrets: secrets}
		for _, changed := range options {
			for _, to := range []string{"OTHER", ""} {
				now := maps.Clone(spec)
				for name := range secrets {
					now[name] = catalog.Mask
				}
				if now[changed.Name] = to; to == "" {
					delete(now, changed.Name)
				}
				text, err := json.Marshal(now)
				if err != nil {
					t.Fatal(err)
				}
				_, got, err := catalog.Separate(k.of, text, old)
				refused := err != nil && strings.Contains(err.Error(), "enter it again: "+changed.Name+" changed")
				if want := !changed.Plain && len(secrets) > 0; refused != want || !want && err != nil {
					t.Errorf("%s: %s becomes %q: %v, want a refusal: %v", k.typ, changed.Name, to, err, want)
				}
				for name, value := range got {
					if value != "kept" && name != changed.Name {
						t.Errorf("%s: %s becomes %q: %s is %q", k.typ, changed.Name, to, name, value)
					}
				}
			}
		}
	}
	// As a file, and where what is kept is a part of the URL.
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	for what, text := range map[string]string{
		"a URL beside a kept password": strings.Replace(file, "host: db.example.com", `url: "postgres://x/?host=evil.example.com&port=1", host: db.example.com`, 1),
		"a database":                   strings.Replace(file, "host: db.example.com", "database: other, host: db.example.com", 1),
	} {
		if _, err := catalog.PlanApply(t.Context(), st, "eddy.yaml", []byte(text), none, false); err == nil || !strings.Contains(err.Error(), "enter it again") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Any text survives the way into the store, out of it as a configuration, and out of it
// as a file.
func TestTextsSurvive(t *testing.T) {
	t.Parallel()
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	rapid.Check(t, func(t *rapid.T) {
		text := "select " + rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("${}$ '\"\\\n\t:#-[]&*!|>%@`~,")), rapid.RuneFrom([]rune("aäß水😀\u2028")))).Draw(t, "sql") + "x"
		spec, err := json.Marshal(map[string]any{
			"source": "shop", "destination": "x", "identifier": "id", "mapping": map[string]string{"email": "e"},
			"audience": map[string]any{"id": "9"}, "sql": text,
		})
		if err != nil {
			t.Fatal(err)
		}
		f, err := catalog.Preview(context.Background(), st, catalog.Change{Object: store.Object{Kind: store.Connection, Name: "drawn", Spec: spec}})
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if got := f.Connections["drawn"].Model.SQL; got != text {
			t.Fatalf("got %q, want %q", got, text)
		}
		if _, err := st.Put(context.Background(), store.Object{Kind: store.Connection, Name: "drawn", Spec: spec}, store.AnyVersion, store.Actor{}); err != nil {
			t.Fatal(err)
		}
		exported, err := catalog.Export(context.Background(), st)
		if err != nil {
			t.Fatal(err)
		}
		again, err := config.Parse(exported, "eddy.yaml", setup.Known(), env)
		if err != nil {
			t.Fatalf("%q: %v\n%s", text, err, exported)
		}
		if got := again.Connections["drawn"].Model.SQL; got != text {
			t.Fatalf("exported: got %q, want %q\n%s", got, text, exported)
		}
	})
}

func TestCacheFollowsTheStore(t *testing.T) {
	t.Parallel()
	st := open(t)
	c := catalog.NewCache(st, t.TempDir())
	first, err := c.Setup(t.Context())
	if err != nil || len(first.Connections) != 0 {
		t.Fatalf("a new server: %v", err)
	}
	apply(t.Context(), t, st, file, env, false)
	second, err := c.Setup(t.Context())
	if err != nil || second.Connections["vip"].SyncMode != eddy.Mirror {
		t.Fatalf("after a change: %v", err)
	}
	third, err := c.Setup(t.Context())
	if err != nil || third != second {
		t.Errorf("without a change it was read again: %v", err)
	}
}

// What this version refuses makes only what it is part of unusable, and keeps nobody from
// changing what is not part of it.
func TestWhatIsRefusedStandsAlone(t *testing.T) {
	t.Parallel()
	st := open(t)
	ctx := t.Context()
	apply(ctx, t, st, file, env, false)
	put := func(kind store.Kind, name, spec string) {
		t.Helper()
		o := store.Object{Kind: kind, Name: name, Spec: json.RawMessage(spec)}
		if _, err := st.Put(ctx, o, store.AnyVersion, store.Actor{ID: "system"}); err != nil {
			t.Fatal(err)
		}
	}
	load := func(unusable ...string) *setup.Setup {
		t.Helper()
		s, err := catalog.Load(ctx, st, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Unusable) != len(unusable) {
			t.Errorf("unusable: %v, want %v", s.Unusable, unusable)
		}
		for _, name := range unusable {
			kind, name, _ := strings.Cut(name, " ")
			if err := s.Usable(kind, name); eddy.ErrorCode(err) != eddy.CodeConfig {
				t.Errorf("%s %s: %v", kind, name, err)
			}
		}
		return s
	}
	put(store.Connection, "old", `{"source":"shop","table":"t","destination":"x","audience":{"id":"7"},"identifier":"id","mapping":{"email":"mail"},"sync_mode":"gone"}`)
	s := load("connection old")
	if len(s.Connections) != 2 || !strings.Contains(s.Unusable["connection old"], "sync_mode") {
		t.Errorf("left: %v, because %q", s.ConnectionNames, s.Unusable["connection old"])
	}
	ok := store.Object{Kind: store.Connection, Name: "new", Spec: json.RawMessage(`{"source":"shop","table":"t","destination":"x","audience":{"id":"8"},"identifier":"id","mapping":{"email":"mail"}}`)}
	if err := catalog.Check(ctx, st, catalog.Change{Object: ok}); err != nil {
		t.Errorf("a change beside it: %v", err)
	}
	bad := ok
	bad.Spec = json.RawMessage(`{"source":"shop"}`)
	if _, is := catalog.Problems(catalog.Check(ctx, st, catalog.Change{Object: bad})); !is {
		t.Error("a change with mistakes of its own is let through beside it")
	}
	// A source that cannot be used takes its connections along, and no others.
	put(store.Source, "db", `{"type":"gone"}`)
	s = load("connection old", "source db", "connection all")
	if len(s.Connections) != 1 || s.Connections["vip"].Name != "vip" {
		t.Errorf("left: %v", s.ConnectionNames)
	}
	mended := store.Object{Kind: store.Source, Name: "db", Spec: json.RawMessage(`{"type":"duckdb","path":"db.duckdb"}`)}
	if err := catalog.Check(ctx, st, catalog.Change{Object: mended}); err != nil {
		t.Errorf("a change that mends it: %v", err)
	}
}
