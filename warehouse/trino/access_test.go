package trino_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/trino"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// token is a token of the server's own making.
func token(t *testing.T, dir, user string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "jwt.key"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	part := func(v any) string {
		out, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(out)
	}
	signed := part(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." + part(map[string]any{"sub": user, "exp": time.Now().Add(time.Hour).Unix()})
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// with gives options, some of them changed; an empty text takes one out.
func with(base map[string]string, changes ...string) map[string]string {
	out := maps.Clone(base)
	for i := 0; i < len(changes); i += 2 {
		if out[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(out, changes[i])
		}
	}
	return out
}

func TestLogIns(t *testing.T) {
	warehousetest.Passed(t, "trino", "TLS", on)
	s, schema := warehousetest.Trino(t)
	at := func(name string) string { return filepath.Join(s.Dir, name) }
	secure := map[string]string{"host": "localhost", "port": s.SecurePort(), "user": "carla", "catalog": "memory", "default_schema": schema, "cert": at("server.pem")}
	for name, options := range map[string]map[string]string{
		"http":        with(plain(s.Port(), schema), "user", "carla"),
		"password":    with(secure, "method", "ldap", "password", "open sesame"),
		"by address":  with(secure, "host", "127.0.0.1", "method", "ldap", "password", "open sesame"),
		"token":       with(secure, "method", "jwt", "jwt_token", token(t, s.Dir, "carla")),
		"certificate": with(secure, "method", "certificate", "client_certificate", at("client.pem"), "client_private_key", at("client.key")),
	} {
		src, err := open(t.Context(), options)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		e, err := duckdb.Engine{}.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := staged(t, src, e, "s", eddy.Model{SQL: "SELECT current_user AS id, 'x' AS email"}); got != "carla x" || err != nil {
			t.Errorf("%s: the user is %q (%v)", name, got, err)
		}
		_ = e.Close()
		_ = src.Close()
	}
}

// named knows that other.test is this machine.
type named struct{ eddy.Dialer }

func (n named) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return n.Dialer.DialContext(ctx, network, strings.Replace(address, "other.test:", "127.0.0.1:", 1))
}

func TestCannotConnect(t *testing.T) {
	s, schema := warehousetest.Trino(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, closed, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	at := func(name string) string { return filepath.Join(s.Dir, name) }
	secure := map[string]string{"host": "localhost", "port": s.SecurePort(), "user": "carla", "catalog": "memory", "default_schema": schema, "cert": at("server.pem"), "method": "ldap", "password": "hunter2"}
	for name, c := range map[string]struct {
		options map[string]string
		want    string
	}{
		"wrong password":       {secure, "did not let the user in"},
		"wrong token":          {with(secure, "password", "", "method", "jwt", "jwt_token", "hunter2"), "did not let the user in"},
		"another's token":      {with(secure, "password", "", "method", "jwt", "jwt_token", token(t, s.Dir, "mallory")), "mallory cannot"},
		"no log-in":            {with(secure, "password", "", "method", ""), "did not let the user in"},
		"unknown authority":    {with(secure, "cert", ""), "certificate is not one to trust"},
		"another authority":    {with(secure, "cert", at("client.pem")), "certificate is not one to trust"},
		"not its name":         {with(secure, "host", "other.test"), "certificate is not one to trust"},
		"no authorities":       {with(secure, "cert", at("config.properties")), "cert is not a file of certificates"},
		"no TLS there":         {with(secure, "port", s.Port()), "port of https"},
		"unknown catalog":      {with(plain(s.Port(), schema), "catalog", "nowhere"), "SHOW CATALOGS"},
		"unknown property":     {with(plain(s.Port(), schema), "session_properties", "no_such=1"), "no_such"},
		"closed port":          {with(secure, "port", closed), "connection refused"},
		"unknown host":         {with(secure, "host", "no-such-host.invalid"), "Check host"},
		"password over http":   {with(plain(s.Port(), schema), "method", "ldap", "password", "hunter2"), "needs http_scheme: https"},
		"token over http":      {with(plain(s.Port(), schema), "method", "jwt", "jwt_token", "hunter2"), "needs http_scheme: https"},
		"password is missing":  {with(secure, "password", ""), "password is missing"},
		"no such key":          {with(secure, "password", "", "method", "certificate", "client_certificate", at("client.pem"), "client_private_key", at("server.key")), "not a certificate and its key"},
		"session without name": {with(secure, "session_properties", "x"), "name=value"},
	} {
		_, err := trino.Kind().Open(t.Context(), eddy.Source{Dialer: named{dial.Anywhere()}, Name: "shop", Options: c.options})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
		if code := eddy.ErrorCode(err); code != eddy.CodeSource && code != eddy.CodeConfig {
			t.Errorf("%s: code %s", name, code)
		}
	}
	_, err = trino.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Served: true, Options: with(secure, "password", "", "method", "certificate", "client_certificate", at("client.pem"), "client_private_key", at("client.key"))})
	if err == nil || !strings.Contains(err.Error(), "not taken on a server") {
		t.Errorf("a server reads a key of its machine: %v", err)
	}
}

// staged stages id and email, and gives the last row.
func staged(t *testing.T, src warehouse.Source, e warehouse.Engine, table string, m eddy.Model) (got string, err error) {
	t.Helper()
	columns, err := src.Columns(t.Context(), m)
	if err != nil {
		return "", err
	}
	sel := []warehouse.Selected{{As: "record_id", Column: &columns[0]}, {As: "email", Column: &columns[1]}}
	if _, err := src.Stage(t.Context(), e, table, sel, m); err != nil {
		return "", err
	}
	return got, e.Query(t.Context(), "SELECT record_id || ' ' || email FROM "+table, func(row [][]byte) error {
		got = string(row[0])
		return nil
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// grants are the rules of access that the documentation shows.
func grants(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/warehouses/trino.md")
	must(t, err)
	_, rest, found := strings.Cut(string(page), "```json\n")
	rules, _, end := strings.Cut(rest, "```")
	if !found || !end {
		t.Fatal("the page shows no rules")
	}
	return rules
}

// The smallest rights of the documentation are enough for a run, and no more than it needs.
func TestSmallestGrants(t *testing.T) {
	warehousetest.Wanted(t, "trino")
	s, err := warehousetest.StartTrino()
	must(t, err)
	t.Cleanup(s.Stop)
	admin, err := s.Open("admin", "default")
	must(t, err)
	defer admin.Close()
	for _, sql := range []string{"CREATE SCHEMA memory.shop", "CREATE SCHEMA memory._eddy", "CREATE TABLE memory.shop.customers AS SELECT '1' AS id, 'a@x.com' AS email", "CREATE TABLE memory.shop.secrets AS SELECT '1' AS id, 'a@x.com' AS email"} {
		_, err := admin.Exec(sql)
		must(t, err)
	}
	must(t, os.WriteFile(filepath.Join(s.Dir, "rules.json"), []byte(grants(t)), 0o600))
	src, err := open(t.Context(), with(plain(s.Port(), "shop"), "user", "eddy"))
	must(t, err)
	defer src.Close()
	secrets := eddy.Model{Table: "secrets"}
	soon(t, "the rules are read", func() bool { _, err := src.Columns(t.Context(), secrets); return err != nil })
	for _, m := range []eddy.Model{secrets, {SQL: "SELECT id, email FROM shop.secrets"}} {
		_, err := src.Columns(t.Context(), m)
		if err == nil || !strings.Contains(err.Error(), "Cannot select from") || !strings.Contains(err.Error(), "memory.shop.secrets") || !strings.Contains(err.Error(), "Have an administrator allow") {
			t.Errorf("%+v: %v", m, err)
		}
	}
	must(t, src.(warehouse.StateChecker).CheckState(t.Context(), "_eddy"))
	e, err := src.Engine(t.Context(), "_eddy")
	must(t, err)
	defer e.Close()
	if got, err := staged(t, src, e, e.Schema()+".stage", eddy.Model{Table: "customers"}); got != "1 a@x.com" || err != nil {
		t.Errorf("the granted table gives %q (%v)", got, err)
	}
	lease, err := e.Lock(t.Context(), "vip")
	must(t, err)
	lease.Release(t.Context())
	for _, sql := range []string{"CREATE VIEW " + e.Schema() + ".v AS SELECT * FROM " + e.Schema() + ".stage", "DROP VIEW " + e.Schema() + ".v", "DROP TABLE " + e.Schema() + ".stage"} {
		if _, err := e.Exec(t.Context(), sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for _, sql := range []string{"CREATE TABLE memory.shop.thief AS SELECT 1 AS a", "DROP TABLE memory.shop.customers", "INSERT INTO memory.shop.customers SELECT '2', 'b@x.com'", "CREATE SCHEMA memory.more"} {
		if _, err := e.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "Access Denied") {
			t.Errorf("not refused: %s: %v", sql, err)
		}
	}
	for _, schema := range []string{"shop", "more"} {
		err := src.(warehouse.StateChecker).CheckState(t.Context(), schema)
		if err == nil || !strings.Contains(err.Error(), "state: local") || !strings.Contains(err.Error(), "Access Denied") {
			t.Errorf("state in %s: %v", schema, err)
		}
	}
	if _, err := src.Engine(t.Context(), "more"); err == nil || !strings.Contains(err.Error(), "cannot be made") || !strings.Contains(err.Error(), "state: local") {
		t.Errorf("a schema that may not be made: %v", err)
	}
}

// soon waits for what takes a moment.
func soon(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in time: %s", what)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// What a catalog cannot do is told before a run begins.
func TestCatalogsThatKeepNothing(t *testing.T) {
	s, schema := warehousetest.Trino(t)
	src, err := open(t.Context(), plain(s.Port(), schema))
	must(t, err)
	defer src.Close()
	state := src.(warehouse.StateChecker)
	for _, place := range []string{"tpch.tiny", "nowhere._eddy"} {
		err := state.CheckState(t.Context(), place)
		if err == nil || !strings.Contains(err.Error(), "state: local") || eddy.ErrorCode(err) != eddy.CodeSource {
			t.Errorf("state in %s: %v", place, err)
		}
	}
	must(t, state.CheckState(t.Context(), "memory."+schema+"_new"))
	if e, err := src.(warehouse.Existing).Existing(t.Context(), "memory."+schema+"_new"); e != nil || err != nil {
		t.Errorf("there is state where there is none: %v (%v)", e, err)
	}
	if _, err := src.Engine(t.Context(), "tpch._eddy"); err == nil || !strings.Contains(err.Error(), "state: local") {
		t.Errorf("a ledger in tpch: %v", err)
	}
	e, err := src.Engine(t.Context(), "memory."+schema+"_new")
	must(t, err)
	_, err = e.Exec(t.Context(), "CREATE TABLE "+e.Schema()+".runs (n bigint)")
	must(t, err)
	if _, err := e.Exec(t.Context(), "DELETE FROM "+e.Schema()+".runs WHERE n = 1"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a catalog that deletes no rows says %v", err)
	}
	must(t, e.Close())
	found, err := src.(warehouse.Existing).Existing(t.Context(), "memory."+schema+"_new")
	if err != nil || found == nil {
		t.Fatalf("the state is not found: %v", err)
	}
	must(t, found.Close())
	names, err := src.(warehouse.Tables).ListTables(t.Context())
	if want := schema + "_new.runs"; err != nil || !strings.Contains(fmt.Sprint(warehousetest.Names(names)), want) {
		t.Errorf("%s is not among %v (%v)", want, names, err)
	}
}

// No error quotes a value of the model (promise 10), and places in SQL are those of the user's text.
func TestErrorsTellNoValues(t *testing.T) {
	s, schema := warehousetest.Trino(t)
	src, err := open(t.Context(), plain(s.Port(), schema))
	must(t, err)
	defer src.Close()
	e, err := src.Engine(t.Context(), "memory."+schema+"_own")
	must(t, err)
	defer e.Close()
	const from = " FROM (VALUES 'secret@x.com') AS v(x)"
	for i, sql := range []string{
		"SELECT CAST(CAST(x AS bigint) AS varchar) AS id, x AS email" + from, "SELECT x AS id, json_format(json_parse('{' || x)) AS email" + from, "SELECT x AS id, CAST(date_parse(x, '%Y') AS varchar) AS email" + from,
		"SELECT x AS id, CAST(from_iso8601_timestamp(x) AS varchar) AS email" + from, "SELECT x AS id, CAST(fail(x) AS varchar) AS email" + from, "SELECT x AS id, CAST(x AS date) AS email" + from, "SELECT x AS id, regexp_extract('a', x || '(') AS email" + from,
		"SELECT x AS id, CAST(1 / (length(x) - 12) AS varchar) AS email" + from, "SELECT x AS id, url_decode('%' || x) AS email" + from, "SELECT x AS id, CAST(from_hex(x) AS varchar) AS email" + from,
	} {
		_, err := staged(t, src, e, fmt.Sprintf("%s.s%d", e.Schema(), i), eddy.Model{SQL: sql})
		if err == nil || strings.Contains(err.Error(), "secret") || eddy.ErrorCode(err) != eddy.CodeSource {
			t.Errorf("%s: %v", sql, err)
		}
	}
	ctx := warehouse.WithComment(t.Context(), "/* eddy */\n")
	if _, err := src.Columns(ctx, eddy.Model{SQL: "SELECT id,\n  mail FROM (VALUES 1) AS v(id)"}); err == nil || !strings.Contains(err.Error(), "line 2:3") {
		t.Errorf("the place of a mistake: %v", err)
	}
}

// asked counts a user's queries of some state whose text has something in it.
func asked(t *testing.T, db *sql.DB, state, text string) (n int) {
	t.Helper()
	must(t, db.QueryRow("SELECT count(*) FROM system.runtime.queries WHERE source = 'eddy' AND state IN ("+state+") AND strpos(query, '"+text+"') > 0").Scan(&n))
	return n
}

// A cancelled context stops the query on the server, whether rows come or not.
func TestCancelledOnTheServer(t *testing.T) {
	s, schema := warehousetest.Trino(t)
	admin, err := s.Open("admin", schema)
	must(t, err)
	defer admin.Close()
	src, err := open(t.Context(), plain(s.Port(), schema))
	must(t, err)
	defer src.Close()
	own, err := src.Engine(t.Context(), "memory."+schema+"_own")
	must(t, err)
	defer own.Close()
	outside, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer outside.Close()
	const running = "'QUEUED', 'PLANNING', 'STARTING', 'RUNNING', 'FINISHING'"
	rows := "SELECT a.i AS id, b.i AS email FROM TABLE(sequence(1, 2000000)) AS a(i) CROSS JOIN TABLE(sequence(1, 2000000)) AS b(i)"
	for name, c := range map[string]struct {
		into  warehouse.Engine
		table string
		sql   string
	}{
		"a table is made":   {own, own.Schema() + ".endless", warehousetest.TrinoSpelling().Endless},
		"nothing comes yet": {outside, "endless", warehousetest.TrinoSpelling().Endless},
		"rows are read":     {outside, "many", rows},
	} {
		mark := "mark " + strings.ReplaceAll(name, " ", "_") + schema
		ctx, stop := context.WithCancel(warehouse.WithComment(t.Context(), "/* "+mark+" */\n"))
		failed := make(chan error, 1)
		go func() {
			_, err := src.Stage(ctx, c.into, c.table, []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Type: "varchar"}}}, eddy.Model{SQL: c.sql})
			failed <- err
		}()
		soon(t, name+": it runs", func() bool { return asked(t, admin, "'RUNNING'", mark) > 0 })
		stop()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		soon(t, name+": it is stopped", func() bool { return asked(t, admin, running, mark) == 0 })
		if asked(t, admin, "'FAILED'", mark) == 0 {
			t.Errorf("%s: it was not stopped, it ended", name)
		}
	}
	// The warehouse itself stops what takes longer than asked for.
	short, err := trino.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: plain(s.Port(), schema), Patience: time.Second})
	must(t, err)
	defer short.Close()
	_, err = short.Stage(t.Context(), outside, "late", []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Type: "varchar"}}}, eddy.Model{SQL: warehousetest.TrinoSpelling().Endless})
	if err == nil || !strings.Contains(err.Error(), "EXCEEDED_TIME_LIMIT") || !strings.Contains(err.Error(), "statement_timeout") {
		t.Errorf("a statement that takes too long: %v", err)
	}
}

// A server that dies while rows are read leaves an error, never a part that looks like all
// (promise 3).
func TestServerGone(t *testing.T) {
	warehousetest.Wanted(t, "trino")
	s, err := warehousetest.StartTrino()
	must(t, err)
	t.Cleanup(s.Stop)
	src, err := open(t.Context(), plain(s.Port(), "default"))
	must(t, err)
	defer src.Close()
	e, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer e.Close()
	m := eddy.Model{SQL: "SELECT CAST(i AS varchar) AS id, lpad('', 100, 'x') AS email FROM TABLE(sequence(1, 3000000)) AS g(i)"}
	read := func(sel []warehouse.Selected, each func(int)) error {
		return trino.Read(t.Context(), src, sel, m, func() func([][]byte) error {
			n := 0
			return func([][]byte) error {
				n++
				each(n)
				return nil
			}
		}())
	}
	sel := []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Type: "varchar"}}, {As: "email", Column: &warehouse.Column{Name: "email", Type: "varchar"}}}
	last := 0
	err = read(sel, func(n int) {
		if last = n; n == 50_000 {
			s.Kill()
		}
	})
	if err == nil || eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "the connection broke") || last >= 3_000_000 {
		t.Errorf("after %d rows: %v", last, err)
	}
	if _, err := open(t.Context(), plain(s.Port(), "default")); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("a server that is gone: %v", err)
	}
}
