package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
)

// design is the example of DESIGN section 5, word for word.
const design = `sources:
  shop:
    type: duckdb            # duckdb, postgres, mysql, redshift, snowflake, bigquery, databricks, clickhouse, trino
    path: shop.duckdb       # duckdb: a file, read only; leave it out for models over CSV, Excel, Parquet and JSON files. The others take url: or their own fields
    schema: _eddy           # Eddy's own schema in a warehouse; this is the default
    state: local            # duckdb: always local. Others: warehouse (default) or local
destinations:
  x:
    type: x_audience
    account_id: 18ce54d4x5t
    consumer_key: ${X_CONSUMER_KEY}
    consumer_secret: ${X_CONSUMER_SECRET}
    access_token: ${X_ACCESS_TOKEN}
    access_token_secret: ${X_ACCESS_TOKEN_SECRET}
    hash: true              # default
    default_region: US      # for phone numbers without a country code
    api_url: https://ads-api.x.com
connections:
  vip:
    source: shop
    table: main.customers   # or  sql: "select ..."
    destination: x
    audience: {id: 1nmth}   # or  {create: {name: VIP, description: "Top customers"}}
    sync_mode: mirror       # or upsert (adds and updates, never removes)
    identifier: customer_id
    mapping: {email: email, phone_number: phone, expires_at: {constant: "2027-12-31T00:00:00Z"}}
    schedule: {type: manual}   # or {type: basic, every: 6h, start_at: "02:00"} or {type: cron, expression: "0 */6 * * *"}; in UTC
    settings:
      retain_sync_logs: true
      sync_log_retention_days: 30
      snapshots_to_retain: 5
      retry_failed_records: true
      guard: {max_removed_percent: 50, allow_empty: false}
      renew_before_days: 30
`

// designFile is what the example means.
func designFile() *config.File {
	until := "2027-12-31T00:00:00Z"
	return &config.File{
		Path: "conf/eddy.yaml", Dir: "conf",
		Sources: map[string]eddy.Source{"shop": {
			Name: "shop", Type: "duckdb", Schema: "_eddy", State: eddy.Local, Dir: "conf",
			Options: map[string]string{"path": "shop.duckdb"},
		}},
		Destinations: map[string]eddy.Destination{"x": {
			Name: "x", Type: "x_audience",
			Options: map[string]string{
				"account_id": "18ce54d4x5t", "consumer_key": secretValue, "consumer_secret": secretValue,
				"access_token": secretValue, "access_token_secret": secretValue, "hash": "true",
				"default_region": "US", "phone_formats": "e164", "api_url": "https://ads-api.x.com",
			},
		}},
		Connections: map[string]eddy.Connection{"vip": {
			Name: "vip", Source: "shop", Model: eddy.Model{Table: "main.customers"}, Destination: "x",
			Audience: eddy.Audience{ID: "1nmth"}, SyncMode: eddy.Mirror, Identifier: "customer_id",
			Mapping: eddy.Mapping{
				{Field: "email", Column: "email"},
				{Field: "phone_number", Column: "phone"},
				{Field: "expires_at", Constant: &until},
			},
			Schedule: eddy.Schedule{Type: eddy.Manual}, Settings: eddy.DefaultSettings(),
		}},
		SourceNames: []string{"shop"}, DestinationNames: []string{"x"}, ConnectionNames: []string{"vip"},
	}
}

// TestDesign reads the example of the contract, as it is and in the ways that editors save it.
func TestDesign(t *testing.T) {
	for name, text := range map[string]string{
		"plain":           design,
		"byte order mark": "\ufeff" + design,
		"CRLF":            strings.ReplaceAll(design, "\n", "\r\n"),
		"CR":              strings.ReplaceAll(design, "\n", "\r"),
		"no last newline": strings.TrimSuffix(design, "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.Parse([]byte(text), "conf/eddy.yaml", known(), environ)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(designFile(), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// following is a connection that runs after others.
func following(name string, after ...string) eddy.Connection {
	return eddy.Connection{
		Name: name, Source: "pg", Model: eddy.Model{Table: "t"}, Destination: "x", Audience: eddy.Audience{ID: name}, SyncMode: eddy.Mirror, Identifier: "id",
		Mapping: eddy.Mapping{{Field: "email", Column: "e"}}, Schedule: eddy.Schedule{Type: eddy.Following, After: after}, Settings: eddy.DefaultSettings(),
	}
}

// TestDefaults reads the least that a connection can say.
func TestDefaults(t *testing.T) {
	const least = `
sources: {pg: {type: postgres, url: "postgres://${SHOP}@host/$${db}"}}
destinations: {x: {type: x_audience, account_id: 1e3, consumer_key: a, consumer_secret: a, access_token: a, access_token_secret: a, hash: "FALSE", phone_formats: [digits, e164]}}
connections:
  z: {source: pg, sql: "select $1, '${TEN}'", destination: x, audience: {create: {name: 2027, description: x}}, identifier: id, mapping: {handle: {column: h}, expires_at: {constant: 2027-12-31 00:00:00}, email: {constant: 5}}}
  a: {source: pg, table: t, destination: x, audience: {id: 007}, sync_mode: upsert, identifier: id, mapping: {email: e}, schedule: {type: basic, every: 1d, start_at: 02:00, timezone: Europe/Berlin}, settings: {guard: {max_removed_percent: 12.5}, snapshots_to_retain: 0}}
  b: {source: pg, table: t, destination: x, audience: {id: b}, identifier: id, mapping: {email: e}, schedule: {after: [a, z]}}
  c: {source: pg, table: t, destination: x, audience: {id: c}, identifier: id, mapping: {email: e}, schedule: {type: after, after: b}}
`
	f, err := config.Parse([]byte(least), "eddy.yaml", known(), environ)
	if err != nil {
		t.Fatal(err)
	}
	until, five := "2027-12-31 00:00:00", "5"
	settings := eddy.DefaultSettings()
	settings.Guard.MaxRemovedPercent, settings.SnapshotsToRetain = 12.5, 0
	want := map[string]eddy.Connection{
		"z": {
			Name: "z", Source: "pg", Model: eddy.Model{SQL: "select $1, '10'"}, Destination: "x",
			Audience: eddy.Audience{Create: &eddy.NewAudience{Name: "2027", Description: "x"}},
			SyncMode: eddy.Mirror, Identifier: "id",
			Mapping:  eddy.Mapping{{Field: "handle", Column: "h"}, {Field: "expires_at", Constant: &until}, {Field: "email", Constant: &five}},
			Schedule: eddy.Schedule{Type: eddy.Manual}, Settings: eddy.DefaultSettings(),
		},
		"a": {
			Name: "a", Source: "pg", Model: eddy.Model{Table: "t"}, Destination: "x",
			Audience: eddy.Audience{ID: "007"}, SyncMode: eddy.Upsert, Identifier: "id",
			Mapping:  eddy.Mapping{{Field: "email", Column: "e"}},
			Schedule: eddy.Schedule{Type: eddy.Basic, Every: 24 * 3600e9, StartAt: "02:00", Timezone: "Europe/Berlin"}, Settings: settings,
		},
		"b": following("b", "a", "z"),
		"c": following("c", "b"),
	}
	if diff := cmp.Diff(want, f.Connections); diff != "" {
		t.Errorf("connections (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"z", "a", "b", "c"}, f.ConnectionNames); diff != "" {
		t.Errorf("the order of the file (-want +got)\n%s", diff)
	}
	pg := eddy.Source{Name: "pg", Type: "postgres", Schema: "_eddy", State: eddy.InWarehouse, Dir: ".", Options: map[string]string{"url": "postgres://shop@host/${db}", "method": "password"}}
	if diff := cmp.Diff(pg, f.Sources["pg"]); diff != "" {
		t.Errorf("source (-want +got)\n%s", diff)
	}
	x := f.Destinations["x"].Options
	if x["account_id"] != "1e3" || x["hash"] != "false" || x["phone_formats"] != "digits,e164" {
		t.Errorf("options: %v", x)
	}
}

// TestTemplate reads the starter file.
func TestTemplate(t *testing.T) {
	f, err := config.Parse([]byte(config.Template()), "eddy.yaml", known(), environ)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Sources) != 1 || len(f.Destinations) != 1 || len(f.Connections) != 1 {
		t.Errorf("read %v", f)
	}
}

// TestLoad tells what stands in the way of reading a file.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("eddy.yaml", design)
	if f, err := config.Load(good, known(), environ); err != nil || f.Dir != dir || f.Path != good {
		t.Errorf("Load: %v, %v", f, err)
	}
	for _, c := range []struct{ path, want string }{
		{"", "no configuration file is named\n  name it with -f FILE"},
		{filepath.Join(dir, "edy.yaml"), "DIR/edy.yaml: there is no such file\n  Did you mean DIR/eddy.yaml?"},
		{filepath.Join(dir, "far", "away"), "DIR/far/away: there is no such file\n  Name the configuration file with -f FILE."},
		{dir, "DIR: is a folder, not a file\n  Did you mean DIR/eddy.yaml?"},
		{filepath.Join(good, "x"), "DIR/eddy.yaml/x: cannot be read: not a directory"},
		{write("empty.yaml", ""), "DIR/empty.yaml:1:1: the file is empty; add sources, destinations and connections"},
		{write("bom.yaml", "\ufeff"), "DIR/bom.yaml:1:1: the file is empty; add sources, destinations and connections"},
		{write("utf16.yaml", "\xff\xfes\x00"), "DIR/utf16.yaml:1:1: the file is UTF-16 text; save it as UTF-8"},
		{write("latin1.yaml", "sources:\n  caf\xe9:\n"), "DIR/latin1.yaml:2:6: the file is not UTF-8 text; save it as UTF-8"},
		{write("shop.duckdb", "DUCK\x00\x01"), "DIR/shop.duckdb:1:5: control character U+0000: the file is not YAML; is it the right file?"},
		{write("large.yaml", strings.Repeat("# large\n", 1<<18)), "DIR/large.yaml: the file is larger than 1 MiB, which is no configuration file"},
	} {
		_, err := config.Load(c.path, known(), environ)
		if err == nil {
			t.Errorf("%s: no error", c.path)
			continue
		}
		if got := strings.ReplaceAll(err.Error(), dir, "DIR"); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
		if code := eddy.ErrorCode(err); code != eddy.CodeConfig {
			t.Errorf("%s: code %q", c.path, code)
		}
	}
}

// TestNoEnvironment reads a file without any environment.
func TestNoEnvironment(t *testing.T) {
	_, err := config.Parse([]byte(design), "eddy.yaml", known(), nil)
	problems, ok := errors.AsType[config.Problems](err)
	if !ok || len(problems) != 4 || problems[0].Line != 11 || problems[0].Key != "destinations.x.consumer_key" {
		t.Errorf("got %v", err)
	}
}

// TestMergeBomb reads a file whose merge keys would copy more than memory holds.
func TestMergeBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a: &a\n")
	for i := range 1000 {
		b.WriteString("  k" + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("y", i/26) + ": 1\n")
	}
	b.WriteString("sources:\n")
	for i := range 500 {
		b.WriteString("  s" + strings.Repeat("x", i) + ": {<<: [*a, *a, *a, *a]}\n")
	}
	_, err := config.Parse([]byte(b.String()), "eddy.yaml", known(), environ)
	if err == nil || !strings.Contains(err.Error(), "merge keys make the file too large") {
		t.Errorf("got %.200v", err)
	}
}

// TestAliasBomb reads the classic file of nine lines that expand to a billion texts.
func TestAliasBomb(t *testing.T) {
	text := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'i'; c++ {
		text += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+", ", 8) + "*" + string(c-1) + "]\n"
	}
	text += "sources: {shop: {type: duckdb, path: *i}}\n"
	_, err := config.Parse([]byte(text), "eddy.yaml", known(), environ)
	if err == nil || !strings.Contains(err.Error(), "sources.shop.path: expected a path, got a list") {
		t.Errorf("got %v", err)
	}
}
