package catalog_test

import (
	"context"
	"encoding/json"
	pemlib "encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/connectors"
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
    holdout: {percent: 12.5, salt: spring}
    schedule: {type: basic, every: 90m, start_at: "02:00"}
    settings: {guard: {max_removed_percent: 12.5}, snapshots_to_retain: 0, max_attempts: 3, max_shared: 100, max_bytes: 1000000}
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
	const all = file + `  late: {source: db, table: t, destination: x, audience: {id: l}, identifier: id, mapping: {email: email}, schedule: {after: vip}}
  last: {source: db, table: t, destination: x, audience: {id: m}, identifier: id, mapping: {email: email}, schedule: {after: [vip, all]}}
suppress:
  bounced: {source: db, sql: "select address from bounced", mapping: {email: address}}
  optout: {source: db, table: crm.out, mapping: {email: mail, phone_number: tel}}
`
	want, err := config.Parse([]byte(all), "eddy.yaml", setup.Known(), env)
	if err != nil {
		t.Fatal(err)
	}
	apply(t.Context(), t, st, all, env, false)
	s, err := catalog.Load(t.Context(), st, t.TempDir(), setup.Files{})
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
	if d := cmp.Diff(want.Sources, got.Sources, cmpopts.IgnoreFields(eddy.Source{}, "Served")); d != "" {
		t.Errorf("sources: (-want +got)\n%s", d)
	}
	if d := cmp.Diff(want.Destinations, got.Destinations); d != "" {
		t.Errorf("destinations: (-want +got)\n%s", d)
	}
	if d := cmp.Diff(want.Connections, got.Connections); d != "" {
		t.Errorf("connections: (-want +got)\n%s", d)
	}
	if d := cmp.Diff(want.Suppress, got.Suppress); d != "" {
		t.Errorf("lists: (-want +got)\n%s", d)
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

// TestAFileMayNameWhatTheServerHas: a connection alone is a file, and what is pruned cannot be named.
func TestAFileMayNameWhatTheServerHas(t *testing.T) {
	t.Parallel()
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	const alone = `connections:
  gold: {source: shop, table: t, destination: x, audience: {id: 77}, identifier: id, mapping: {email: e}}
`
	if got := actions(apply(t.Context(), t, st, alone, none, false)); len(got) != 1 || got["connection gold"] != catalog.Create {
		t.Errorf("a connection alone: %v", got)
	}
	for name, c := range map[string]struct {
		text, want string
		prune      bool
	}{
		"pruned":          {alone, `"shop" is not a source of this file`, true},
		"no source":       {strings.Replace(alone, "source: shop", "source: shpo", 1), `"shpo" is not a source of this file or of the server; did you mean "shop"?`, false},
		"fed already":     {strings.Replace(strings.Replace(alone, "gold", "silver", 1), "77", "1nmth", 1), "one audience is fed by exactly one connection", false},
		"no field of x":   {strings.Replace(alone, "email: e", "e_mail: e", 1), "e_mail", false},
		"no such source":  {strings.Replace(alone, "source: shop", "source: zzz", 1), "there are", false},
		"fed by the file": {alone + strings.Replace(strings.SplitN(alone, "\n", 2)[1], "gold", "silver", 1), "feeds this audience already", false},
	} {
		if _, err := catalog.PlanApply(t.Context(), st, "eddy.yaml", []byte(c.text), none, c.prune); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want it to say %q", name, err, c.want)
		}
	}
}

// TestNoTwoSecretsHaveOneVariable: names that differ in what no variable can have do not meet.
func TestNoTwoSecretsHaveOneVariable(t *testing.T) {
	t.Parallel()
	st := open(t)
	var b strings.Builder
	b.WriteString("sources:\n")
	names := []string{"shop", "crm", "Shop", "a-b", "a_b", "a.b", "лавка", "касса", "shop_2"}
	for _, name := range names {
		fmt.Fprintf(&b, "  %q: {type: postgres, host: h, user: u, password: %q}\n", name, "secret of "+name)
	}
	apply(t.Context(), t, st, b.String(), none, false)
	exported, err := catalog.Export(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	variables := regexp.MustCompile(`\$\{(\w+)\}`).FindAllString(string(exported), -1)
	slices.Sort(variables)
	if len(slices.Compact(slices.Clone(variables))) != len(names) || !slices.Contains(variables, "${CRM_PASSWORD}") || !slices.Contains(variables, "${SHOP_PASSWORD}") {
		t.Errorf("%d secrets have the variables %q", len(names), variables)
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

// Every option of every kind says what it is to secrets, and a kind that has a whole can take
// it apart.
func TestEveryOptionIsDeclared(t *testing.T) {
	t.Parallel()
	type kind struct {
		typ     string
		options []eddy.Option
		place   func(map[string]string) (map[string]string, error)
		apart   func(map[string]string) (map[string]string, error)
	}
	var all []kind
	for _, k := range connectors.Warehouses() {
		all = append(all, kind{k.Type, k.Options, k.Place, k.Apart})
	}
	for _, k := range connectors.Destinations() {
		all = append(all, kind{k.Type, k.Options, k.Place, nil})
	}
	for _, k := range all {
		parts := map[eddy.OptionPart]int{}
		for _, o := range k.options {
			parts[o.Part]++
			switch group, _ := o.Group(); {
			case o.Part != eddy.PlacePart && o.Part != eddy.SecretPart && o.Part != eddy.WholePart && o.Part != eddy.PlainPart:
				t.Errorf("%s: %s is not declared: its Part is %q", k.typ, o.Name, o.Part)
			case group != "" && (o.Required || o.Part == eddy.WholePart):
				t.Errorf("%s: %s is of a group, in which nothing is required, and nothing says several at once", k.typ, o.Name)
			}
		}
		if parts[eddy.SecretPart] > 0 && parts[eddy.PlacePart] == 0 {
			t.Errorf("%s has secrets, and no option says where they go", k.typ)
		}
		if (parts[eddy.WholePart] > 0) != (k.apart != nil) {
			t.Errorf("%s: an option that says several at once needs Apart, and Apart needs one", k.typ)
		}
	}
}

// TestSecretsOfAGroup: the key of an SSH host, which is an option of a group, is sealed, masked
// and named in exports as every secret is, and is to be entered again when the source leads
// elsewhere.
func TestSecretsOfAGroup(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"postgres", "redshift", "mysql"} {
		t.Run(typ, func(t *testing.T) { secretsOfAGroup(t, typ) })
	}
}

func secretsOfAGroup(t *testing.T, typ string) {
	t.Helper()
	spec := `{"type":"` + typ + `","host":"db","user":"u","database":"d","password":"hunter2","ssh":{"host":"bastion","user":"eddy","key":"KEY","host_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHFZPZ6xUAvZ8r7jHWjEUhHe3k7WWVUKFBCBjq1cUKWh"}}`
	o := stored(t, store.Source, spec)
	if o.Secrets["ssh.key"] != "KEY" || o.Secrets["password"] != "hunter2" || len(o.Secrets) != 2 || strings.Contains(string(o.Spec), "KEY") {
		t.Fatalf("stored as %s and %d secrets", o.Spec, len(o.Secrets))
	}
	masked, err := catalog.Masked(o)
	if err != nil || strings.Contains(string(masked), "KEY") || !strings.Contains(string(masked), `"key":"********"`) {
		t.Errorf("masked: %s, %v", masked, err)
	}
	again, secrets, err := catalog.Separate(store.Source, masked, o)
	if err != nil || secrets["ssh.key"] != "KEY" || string(again) != string(o.Spec) {
		t.Errorf("a mask that is sent back gives %s: %v", again, err)
	}
	for before, after := range map[string]string{`"host":"db"`: `"host":"elsewhere"`, `"host":"bastion"`: `"host":"elsewhere"`, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHFZPZ6x": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHFZPZ6y", `"user":"eddy"`: `"user":"root"`} {
		_, _, err := catalog.Separate(store.Source, json.RawMessage(strings.Replace(string(masked), before, after, 1)), o)
		if err == nil || !strings.Contains(err.Error(), "ssh.key") || !strings.Contains(err.Error(), "enter it again") {
			t.Errorf("%s: a stored key goes elsewhere: %v", after, err)
		}
	}
	complete, err := catalog.Complete(o)
	if err != nil || !strings.Contains(string(complete), `"key":"KEY"`) {
		t.Errorf("complete: %s, %v", complete, err)
	}
	st := open(t)
	text := "sources:\n  shop: {type: " + typ + ", host: db, user: u, database: d, password: hunter2, ssh: {host: bastion, user: eddy, key: \"line\\nSECRETLINE\"}}\n"
	apply(t.Context(), t, st, text, none, false)
	exported, err := catalog.Export(t.Context(), st)
	if err != nil || strings.Contains(string(exported), "SECRETLINE") || !strings.Contains(string(exported), "${SHOP_SSH_KEY}") {
		t.Errorf("exported: %v\n%s", err, exported)
	}
	for name, action := range actions(apply(t.Context(), t, st, string(exported), none, true)) {
		if action != catalog.Unchanged {
			t.Errorf("%s: %s, want none", name, action)
		}
	}
}

// stored is an object as a server stores it.
func stored(tb testing.TB, kind store.Kind, spec string) store.Object {
	tb.Helper()
	open, secrets, err := catalog.Separate(kind, json.RawMessage(spec), store.Object{})
	if err != nil {
		tb.Fatalf("%s: %v", spec, err)
	}
	return store.Object{Kind: kind, Name: "o", Spec: open, Secrets: secrets}
}

// A stored secret goes only where it was given for: any option that could say where asks
// for it again, one that means the same place does not, and one that could not is changed
// freely.
func TestStoredSecretsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	pem := filepath.Join(t.TempDir(), "root.pem")
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	if err := os.WriteFile(pem, pemlib.EncodeToMemory(&pemlib.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	const x = `"type":"x_audience","account_id":"a","consumer_key":"kept","consumer_secret":"kept","access_token":"kept","access_token_secret":"kept"`
	const masked = `"consumer_key":"********","consumer_secret":"********","access_token":"********","access_token_secret":"********"`
	for _, c := range []struct {
		kind     store.Kind
		old, now string
		changed  string // the option that asks; empty where the secret is kept
	}{
		{store.Source, `"host":"a","user":"u"`, `"host":"a","user":"u","port":5432`, ""},
		{store.Source, `"host":"a","user":"u"`, `"user":"u","host":"A","database":"u"`, ""},
		{store.Source, `"host":"a","user":"u"`, `"host":"a","user":"u","sslmode":"prefer"`, ""},
		{store.Source, `"host":"a","user":"u"`, `"host":"a:5432","user":"u"`, ""},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@a/?port=5432"`, ""},
		{store.Source, `"host":"a","user":"u"`, `"url":"user=u host=a port='5432'"`, ""},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@other/","host":"a"`, ""},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@other/?host=other","host":"a"`, ""},
		{store.Source, `"host":"a","user":"u","state":"local"`, `"host":"a","user":"u","schema":"s"`, ""},
		{store.Source, `"host":"a","user":"u","parameters":"connect_timeout=1 search_path=x"`, `"host":"a","user":"u","parameters":"search_path='x'   connect_timeout = 1"`, ""},
		{store.Source, `"host":"/run/a","user":"u"`, `"host":"/run/a","user":"u","sslmode":"disable"`, ""},
		{store.Source, `"host":"a,b","user":"u","port":1`, `"host":"a:1,b:1","user":"u"`, ""},

		{store.Source, `"host":"a","user":"u"`, `"host":"b","user":"u"`, "host"},
		{store.Source, `"host":"a","user":"u"`, `"host":"a,b","user":"u"`, "host"},
		{store.Source, `"host":"a","user":"u"`, `"host":"/a","user":"u"`, "host"},
		{store.Source, `"host":"a","user":"u"`, `"host":"a:1","user":"u"`, "port"},
		{store.Source, `"host":"a","user":"u"`, `"host":"a","user":"u","port":1`, "port"},
		{store.Source, `"host":"a","user":"u"`, `"host":"a","user":"v","database":"u"`, "user"},
		{store.Source, `"host":"a","user":"u"`, `"host":"a","user":"u","database":"d"`, "database"},
		{store.Source, `"host":"a","user":"u"`, `"host":"a","user":"u","sslmode":"disable"`, "sslmode"},
		{store.Source, `"host":"a","user":"u","sslmode":"verify-full"`, `"host":"a","user":"u"`, "sslmode"},
		{store.Source, `"host":"a","user":"u"`, `"host":"a","user":"u","parameters":"options='-c role=x'"`, "parameters"},
		{store.Source, `"host":"a","user":"u","sslmode":"verify-full"`, `"host":"a","user":"u","sslmode":"verify-full","parameters":"sslrootcert=` + pem + `"`, "parameters"},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://x/?host=b&port=1&user=u"`, "host"},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@%62/"`, "host"},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@a/?%68ost=b"`, "host"},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@a,b:1/"`, "host"},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@a/?sslmode=require&ssl=true&sslmode=disable"`, "sslmode"},
		{store.Source, `"host":"a","user":"u"`, `"url":"postgres://u@a/?user=v"`, "database"},

		{store.Destination, ``, `"api_url":"https://ads-api.x.com"`, ""},
		{store.Destination, ``, `"api_url":"https://ADS-API.x.com:443/"`, ""},
		{store.Destination, ``, `"hash":false,"default_region":"US"`, ""},
		{store.Destination, ``, `"api_url":"http://ads-api.x.com"`, "api_url"},
		{store.Destination, ``, `"api_url":"https://ads-api.x.com:444"`, "api_url"},
		{store.Destination, ``, `"api_url":"https://ads-api.x.com.evil"`, "api_url"},
		{store.Destination, ``, `"api_url":"https://ads-api.x.com/proxy"`, "api_url"},
		{store.Destination, `"api_url":"http://a"`, ``, "api_url"},
		{store.Destination, ``, `"account_id":"b"`, "account_id"},
	} {
		old, now := `{"type":"postgres","password":"kept",`+c.old+`}`, `{"type":"postgres","password":"********",`+c.now+`}`
		if c.kind == store.Destination {
			old, now = strings.ReplaceAll(`{`+x+`,`+c.old+`}`, ",}", "}"), strings.ReplaceAll(`{"type":"x_audience","account_id":"a",`+masked+`,`+c.now+`}`, ",}", "}")
			if c.changed == "account_id" {
				now = strings.Replace(now, `"account_id":"a",`, "", 1)
			}
		}
		_, got, err := catalog.Separate(c.kind, json.RawMessage(now), stored(t, c.kind, old))
		switch {
		case c.changed == "" && err != nil:
			t.Errorf("%s after %s: %v", c.now, c.old, err)
		case c.changed != "" && (err == nil || !strings.Contains(err.Error(), "enter it again: "+c.changed+" changed")):
			t.Errorf("%s after %s: %v, want it to say that %s changed", c.now, c.old, err, c.changed)
		}
		for name, value := range got {
			if value != "kept" {
				t.Errorf("%s: %s is %q", c.now, name, value)
			}
		}
	}
	for _, refused := range []string{
		`"url":"postgres://u@a/?hostaddr=1.2.3.4"`, `"url":"postgres://u@a/?service=x"`, `"host":"a","user":"u","parameters":"service=x servicefile=/etc/x"`,
		`"host":"a","user":"u","parameters":"passfile=/etc/x"`, `"host":"a","user":"u","parameters":"sslkey=/etc/x sslcert=/etc/y"`, `"url":"postgres://u@a/?sslpassword=x"`,
		`"url":"postgres://u@a/?sslrootcert=%2Fdev%2Fzero"`, `"host":"a","user":"u","parameters":"host=b"`, `"host":"a","user":"u","parameters":"dbname=b"`,
		`"host":"a","user":"u","parameters":"x='"`, `"url":"postgres://u@/"`, `"url":"postgres://a/"`, `"url":"********"`, `"url":"postgres://u@a/?p%61ssfile=x"`,
	} {
		for _, password := range []string{catalog.Mask, "new"} {
			open, _, err := catalog.Separate(store.Source, json.RawMessage(`{"type":"postgres","password":"`+password+`",`+refused+`}`), stored(t, store.Source, `{"type":"postgres","host":"a","user":"u","password":"kept"}`))
			if err == nil {
				err = catalog.Leads(store.Source, open)
			}
			if err == nil {
				t.Errorf("%s is taken", refused)
			}
		}
	}
	// As a file.
	st := open(t)
	apply(t.Context(), t, st, file, env, false)
	for what, text := range map[string]string{
		"a URL beside a kept password": strings.Replace(file, "host: db.example.com", `url: "postgres://x/?host=evil.example.com&port=1"`, 1),
		"a database":                   strings.Replace(file, "host: db.example.com", "database: other, host: db.example.com", 1),
	} {
		if _, err := catalog.PlanApply(t.Context(), st, "eddy.yaml", []byte(text), none, false); err == nil || !strings.Contains(err.Error(), "enter it again") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A URL is taken apart when it is stored: people see where a source is, and the password
// alone is sealed.
func TestAURLIsTakenApart(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`"url":"postgres://u:p%40ss@H:1/d?sslmode=disable&connect_timeout=3"`: `{"type":"postgres","host":"H","port":1,"database":"d","user":"u","sslmode":"disable","parameters":"connect_timeout='3'"}`,
		`"url":"postgres://u:p%40ss@h/d","host":"f","state":"local"`:          `{"type":"postgres","host":"f","state":"local","database":"d","user":"u"}`,
		`"url":"host=h user=u password='p@ss' x='a\\'b c'"`:                   `{"type":"postgres","host":"h","user":"u","parameters":"x='a\\'b c'"}`,
		`"url":"postgres://u:p%40ss@a:1,[::1]:2/d"`:                           `{"type":"postgres","host":"a:1,[::1]:2","database":"d","user":"u"}`,
		`"url":"postgres://u:p%40ss@a:7,b:7/d"`:                               `{"type":"postgres","host":"a,b","port":7,"database":"d","user":"u"}`,
		`"url":"postgres://u:p%40ss@%2Frun%2Fpg/d"`:                           `{"type":"postgres","host":"/run/pg","database":"d","user":"u"}`,
		`"url":"postgres://u@h/d","password":"p@ss"`:                          `{"type":"postgres","host":"h","database":"d","user":"u"}`,
		`"url":"","host":"h","user":"u","password":"p@ss"`:                    `{"type":"postgres","host":"h","user":"u"}`,
	} {
		o := stored(t, store.Source, `{"type":"postgres",`+given+`}`)
		if string(o.Spec) != want || len(o.Secrets) != 1 || o.Secrets["password"] != "p@ss" {
			t.Errorf("%s became %s with %d secrets, want %s", given, o.Spec, len(o.Secrets), want)
		}
	}
}

// What an older version stored with its URL as one secret works, reads and is changed as if
// it had been taken apart.
func TestAStoredURLIsTakenApartWhenItIsRead(t *testing.T) {
	t.Parallel()
	st := open(t)
	ctx := t.Context()
	old := store.Object{Kind: store.Source, Name: "pg", Spec: json.RawMessage(`{"type":"postgres","schema":"s"}`), Secrets: store.Secrets{"url": "postgres://u:p@h:1/d"}}
	if _, err := st.Put(ctx, old, store.AnyVersion, store.Actor{ID: "system"}); err != nil {
		t.Fatal(err)
	}
	masked, err := catalog.Masked(old)
	if want := `{"type":"postgres","schema":"s","host":"h","port":1,"database":"d","user":"u","password":"********"}`; err != nil || string(masked) != want {
		t.Fatalf("%s, %v, want %s", masked, err, want)
	}
	if _, secrets, err := catalog.Separate(store.Source, masked, old); err != nil || secrets["password"] != "p" || len(secrets) != 1 {
		t.Errorf("sent back as it was shown: %v", err)
	}
	if _, _, err := catalog.Separate(store.Source, json.RawMessage(strings.Replace(string(masked), `"h"`, `"other"`, 1)), old); err == nil || !strings.Contains(err.Error(), "host changed") {
		t.Errorf("another host: %v", err)
	}
	if _, _, err := catalog.Separate(store.Source, json.RawMessage(`{"type":"postgres","url":"********","host":"other"}`), old); err == nil {
		t.Error("the masked URL is taken")
	}
	s, err := catalog.Load(ctx, st, t.TempDir(), setup.Files{})
	if err != nil {
		t.Fatal(err)
	}
	if o := s.Sources["pg"].Options; o["host"] != "h" || o["password"] != "p" || o["url"] != "" || !s.Sources["pg"].Served {
		t.Errorf("it is read as %v", slices.Sorted(maps.Keys(o)))
	}
	text, err := catalog.Export(ctx, st)
	if err != nil || !strings.Contains(string(text), "host: h") || !strings.Contains(string(text), "${PG_PASSWORD}") || strings.Contains(string(text), "url") {
		t.Errorf("exported as %s, %v", text, err)
	}
}

// A file with a URL goes on working: as it is, without the variable of its password, and
// without that of the whole, which stays as it is stored.
func TestAFileWithAURL(t *testing.T) {
	t.Parallel()
	st := open(t)
	know := func(pairs ...string) func(string) (string, bool) {
		return func(name string) (string, bool) {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1], true
				}
			}
			return "", false
		}
	}
	const whole = `sources: {pg: {type: postgres, url: "${PG}"}}`
	const parts = `sources: {pg: {type: postgres, url: "postgres://u:${PW}@h:1/d"}}`
	apply(t.Context(), t, st, whole, know("PG", "postgres://u:p@h:1/d"), false)
	for _, c := range []struct {
		text   string
		know   func(string) (string, bool)
		action string // or what it says
	}{
		{whole, know("PG", "postgres://u:p@h:1/d"), catalog.Unchanged},
		{whole, know(), catalog.Unchanged},
		{parts, know("PW", "p"), catalog.Unchanged},
		{parts, know(), catalog.Unchanged},
		{whole, know("PG", "host=h port=1 user=u dbname=d password=p"), catalog.Unchanged},
		{strings.Replace(whole, `"${PG}"`, `"${PG}", database: d`, 1), know(), catalog.Unchanged},
		{strings.Replace(whole, `"${PG}"`, `"${PG}", state: local`, 1), know(), catalog.Update},
		{whole, know("PG", "postgres://u:other@h:1/d"), catalog.Update},
		{whole, know("PG", "postgres://u:p@other:1/d"), catalog.Update},
		{strings.Replace(whole, `"${PG}"`, `"${PG}", database: other`, 1), know(), "database changed"},
		{strings.Replace(whole, `"${PG}"`, `"${PG}", host: evil`, 1), know(), "host changed"},
		{strings.Replace(parts, `@h`, `@evil`, 1), know(), "host changed"},
		{strings.Replace(parts, `@h`, `@${H}`, 1), know("PW", "p"), "H is not set"},
		{strings.Replace(parts, `/d`, `/d?host=evil`, 1), know(), "host changed"},
		{strings.Replace(whole, `pg:`, `new:`, 1), know(), "PG is not set"},
		{whole, know("PG", "not a URL"), "url is not a PostgreSQL connection string"},
	} {
		p, err := catalog.PlanApply(t.Context(), st, "eddy.yaml", []byte(c.text), c.know, false)
		switch {
		case err != nil && !strings.Contains(err.Error(), c.action):
			t.Errorf("%s: %v, want %s", c.text, err, c.action)
		case err == nil && p.Steps[0].Action != c.action:
			t.Errorf("%s: %s %s, want %s", c.text, p.Steps[0].Action, p.Steps[0].Changed, c.action)
		}
	}
	exported, err := catalog.Export(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	for name, action := range actions(apply(t.Context(), t, st, string(exported), none, true)) {
		if action != catalog.Unchanged {
			t.Errorf("the exported file: %s: %s", name, action)
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
	c := catalog.NewCache(st, t.TempDir(), setup.Files{})
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
		s, err := catalog.Load(ctx, st, t.TempDir(), setup.Files{})
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
