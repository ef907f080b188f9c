package mysql_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/mysql"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// both runs a test on a fresh database of each server.
func both(t *testing.T, test func(t *testing.T, p *warehousetest.MySQLPlace)) {
	t.Helper()
	t.Run("MariaDB", func(t *testing.T) { test(t, warehousetest.MariaDB(t)) })
	t.Run("MySQL", func(t *testing.T) { test(t, warehousetest.MySQL(t)) })
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func do(t *testing.T, p *warehousetest.MySQLPlace, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if err := p.Exec(sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// with are options in which some are others.
func with(base map[string]string, pairs ...string) map[string]string {
	out := maps.Clone(base)
	for pair := range slices.Chunk(pairs, 2) {
		out[pair[0]] = pair[1]
	}
	return out
}

// account makes an account with a password like its name; it is dropped after the test.
func account(t *testing.T, p *warehousetest.MySQLPlace, kind, requires string) map[string]string {
	t.Helper()
	name := kind + "_" + p.Database
	do(t, p, fmt.Sprintf("CREATE USER %[1]s@'%%' IDENTIFIED BY '%[1]s' %[2]s", name, requires))
	t.Cleanup(func() { do(t, p, "DROP USER "+name+"@'%'") })
	return with(p.Options(), "user", name, "password", name)
}

// reading opens a source for the length of the test.
func reading(t *testing.T, options map[string]string) warehouse.Source {
	t.Helper()
	src, err := open(t.Context(), options)
	must(t, err)
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// stage reads columns of a model, which are id and email where none are named, and gives each row
// to each as it is loaded.
func stage(ctx context.Context, t *testing.T, src warehouse.Source, m eddy.Model, names ...string) (rows [][]string, err error) {
	t.Helper()
	if names == nil {
		names = []string{"id", "email"}
	}
	columns, err := src.Columns(ctx, m)
	if err != nil {
		return nil, err
	}
	var sel []warehouse.Selected
	for _, name := range names {
		i := slices.IndexFunc(columns, func(c warehouse.Column) bool { return c.Name == name })
		sel = append(sel, warehouse.Selected{As: name, Column: &columns[i]})
	}
	e, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer e.Close()
	if _, err := src.Stage(ctx, e, "eddy_stage", sel, m); err != nil {
		return nil, err
	}
	return rows, e.Query(t.Context(), "SELECT * FROM eddy_stage ORDER BY 1", func(row [][]byte) error {
		var texts []string
		for _, b := range row {
			texts = append(texts, string(b))
		}
		rows = append(rows, texts)
		return nil
	})
}

func TestCannotConnect(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	_, closed, _ := net.SplitHostPort(l.Addr().String())
	must(t, l.Close())
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		base := p.Options()
		one := account(t, p, "one", "WITH MAX_USER_CONNECTIONS 1")
		do(t, p, "GRANT SELECT ON "+p.Database+".* TO "+one["user"]+"@'%'")
		stranger := account(t, p, "stranger", "")
		locked := account(t, p, "locked", "ACCOUNT LOCK")
		reading(t, one)
		const password = "hunter2-secret"
		for name, c := range map[string]struct {
			options map[string]string
			want    string
		}{
			"wrong password":      {with(base, "password", password), "Check user and password"},
			"unknown user":        {with(base, "user", "nobody", "password", password), "Check user and password"},
			"unknown database":    {with(base, "database", "no_such_database"), "Check the database name"},
			"no right to it":      {stranger, "Grant the account what it lacks"},
			"account locked":      {locked, "unlock the account"},
			"too many of them":    {one, "no connection left"},
			"closed port":         {with(base, "port", closed, "password", password), "Check server and port"},
			"no URL":              {map[string]string{"url": "mysql://eddy:" + password + "@:x/?"}, "mysql://user:password@host:3306/database"},
			"a URL of others":     {map[string]string{"url": "postgres://eddy:" + password + "@127.0.0.1/x"}, "mysql://user:password@host:3306/database"},
			"unknown authority":   {with(base, "tls", "true", "password", password), "give that one as ssl_ca"},
			"no certificate file": {with(base, "ssl_ca", "/nowhere.pem", "password", password), "ssl_ca: /nowhere.pem: no such file"},
		} {
			_, err := open(t.Context(), c.options)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v", name, err)
			}
			if code := eddy.ErrorCode(err); code != eddy.CodeSource && code != eddy.CodeConfig {
				t.Errorf("%s: code %s", name, code)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if _, err := open(ctx, base); err == nil {
			t.Error("connected with a cancelled context")
		}
		if _, err := open(t.Context(), map[string]string{"url": fmt.Sprintf("mariadb://x:y@127.0.0.1:%d/%s", p.Port, p.Database), "user": "eddy", "password": "eddy"}); err != nil {
			t.Errorf("with fields over a URL: %v", err)
		}
	})
}

// nowhere knows no name; to ask for one that is none takes seconds where no resolver is.
type nowhere struct{ eddy.Dialer }

func (nowhere) DialContext(_ context.Context, _, address string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}}
}

func TestUnknownHost(t *testing.T) {
	_, err := mysql.Kind().Open(t.Context(), eddy.Source{Dialer: nowhere{dial.Anywhere()}, Name: "shop", Options: map[string]string{"server": "db.example", "user": "u", "password": "hunter2"}})
	if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "db.example") || !strings.Contains(err.Error(), "Check the server's name") || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

// afar calls every server at one port of this machine, as if the names were those of others.
type afar struct {
	eddy.Dialer
	port int
}

func (a afar) DialContext(ctx context.Context, network, _ string) (net.Conn, error) {
	return a.Dialer.DialContext(ctx, network, fmt.Sprintf("127.0.0.1:%d", a.port))
}

// Without a word about it, the certificate of a server that is not the machine itself is verified
// before a password goes out.
func TestCertificates(t *testing.T) {
	warehousetest.Passed(t, "mysql", "TLS", mariaDB().on)
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		cert, key := p.Certificate()
		text, err := os.ReadFile(cert)
		must(t, err)
		secret, err := os.ReadFile(key)
		must(t, err)
		encrypted := account(t, p, "encrypted", "REQUIRE SSL")
		known := account(t, p, "known", "REQUIRE X509")
		do(t, p, "GRANT ALL ON "+p.Database+".* TO "+encrypted["user"]+"@'%', "+known["user"]+"@'%'")
		far := func(options map[string]string) error {
			src, err := mysql.Kind().Open(t.Context(), eddy.Source{Dialer: afar{dial.Anywhere(), p.Port}, Name: "shop", Options: options})
			if err == nil {
				err = src.Close()
			}
			return err
		}
		away := with(p.Options(), "server", "db.example.com")
		for name, c := range map[string]struct {
			options map[string]string
			want    string
		}{
			"another server":                  {away, "certificate"},
			"of another name":                 {with(away, "ssl_ca", cert), "db.example.com"},
			"not verified, as it says":        {with(away, "tls", "skip-verify"), ""},
			"plain, as it says":               {with(away, "tls", "false"), ""},
			"this machine":                    {p.Options(), ""},
			"this machine, verified":          {with(p.Options(), "tls", "true"), "certificate"},
			"its own authority":               {with(p.Options(), "ssl_ca", cert), ""},
			"its own authority, as a text":    {with(p.Options(), "ssl_ca", string(text)), ""},
			"its own authority, by name":      {with(p.Options(), "server", "localhost", "ssl_ca", cert, "tls", "true"), ""},
			"asked for, encrypted":            {encrypted, ""},
			"asked for, plain":                {with(encrypted, "tls", "false"), "requires TLS"},
			"asked for a certificate, none":   {known, "Check user and password"},
			"asked for a certificate, given":  {with(known, "ssl_ca", cert, "ssl_cert", cert, "ssl_key", key), ""},
			"asked for a certificate, a text": {with(known, "ssl_ca", cert, "ssl_cert", string(text), "ssl_key", string(secret)), ""},
			"a key that is none":              {with(known, "ssl_ca", cert, "ssl_cert", cert, "ssl_key", cert), "no certificate and its key"},
		} {
			if err := far(c.options); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		src := reading(t, p.Options())
		got, err := stage(t.Context(), t, src, eddy.Model{SQL: "SELECT 1 AS id, variable_value AS email FROM " + map[bool]string{true: "information_schema", false: "performance_schema"}[isMariaDB(t, p)] + ".session_status WHERE variable_name = 'Ssl_cipher'"})
		if isMariaDB(t, p) && (err != nil || len(got) != 1 || got[0][1] == "") {
			t.Errorf("this machine is not reached encrypted, though the server can: %q, %v", got, err)
		}
	})
}

// between is somebody who has a server say that it cannot encrypt.
type between struct{ eddy.Dialer }

func (b between) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := b.Dialer.DialContext(ctx, network, address)
	return &greeted{Conn: conn}, err
}

// greeted takes the flag CLIENT_SSL out of a server's greeting: behind a version that ends with a
// zero, 4 bytes of the session's number, 8 of a challenge and a zero.
type greeted struct {
	net.Conn
	done bool
}

func (g *greeted) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if !g.done && n > 5 {
		g.done = true
		if at := bytes.IndexByte(p[5:n], 0); at >= 0 && 5+at+15 < n {
			p[5+at+15] &^= 0x08
		}
	}
	return n, err
}

func TestNobodyTurnsEncryptionOff(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		cert, _ := p.Certificate()
		for mode, refused := range map[string]bool{"true": true, "skip-verify": true, "preferred": false} {
			o := with(p.Options(), "tls", mode)
			if mode == "true" {
				o["ssl_ca"] = cert
			}
			_, err := mysql.Kind().Open(t.Context(), eddy.Source{Dialer: between{dial.Anywhere()}, Name: "shop", Options: o})
			if refused && (err == nil || !strings.Contains(err.Error(), "The server does not encrypt")) || !refused && err != nil {
				t.Errorf("tls: %s: %v", mode, err)
			}
		}
	})
}

func isMariaDB(t *testing.T, p *warehousetest.MySQLPlace) bool {
	t.Helper()
	version, err := p.Value("SELECT VERSION()")
	must(t, err)
	return strings.Contains(version, "MariaDB")
}

// TestSmallestGrants runs the grants of the docs, and says what an account lacks without them.
func TestSmallestGrants(t *testing.T) {
	page, err := os.ReadFile("../../docs/warehouses/mysql.md")
	must(t, err)
	found := regexp.MustCompile("(?s)```sql\n(.*?)```").FindSubmatch(page)
	if found == nil {
		t.Fatal("the page has no grants")
	}
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		user := "docs_" + p.Database
		do(t, p, "CREATE TABLE customers AS SELECT 1 AS id, 'a@x.com' AS email", "CREATE TABLE secrets AS SELECT * FROM customers", "CREATE VIEW seen AS SELECT * FROM secrets",
			"CREATE FUNCTION uno() RETURNS int DETERMINISTIC RETURN 1",
			strings.NewReplacer("eddy@", user+"@", "shop.", p.Database+".", "'...'", "'pw'").Replace(string(found[1])))
		t.Cleanup(func() { do(t, p, "DROP USER "+user+"@'%'") })
		src := reading(t, with(p.Options(), "user", user, "password", "pw"))
		for _, m := range []eddy.Model{{Table: "customers"}, {Table: p.Database + ".customers"}, {SQL: "SELECT id, email FROM customers"}} {
			if got, err := stage(t.Context(), t, src, m); err != nil || fmt.Sprint(got) != "[[1 a@x.com]]" {
				t.Errorf("%+v: %v, %v", m, got, err)
			}
		}
		if all, err := src.(warehouse.Tables).ListTables(t.Context()); err != nil || !slices.Equal(warehousetest.Names(all), []string{p.Database + ".customers"}) {
			t.Errorf("it lists %v (%v)", all, err)
		}
		if more, err := src.(warehouse.RoleChecker).CheckRole(t.Context(), ""); err != nil || len(more) > 0 {
			t.Errorf("it may do more: %v (%v)", more, err)
		}
		for _, c := range []struct {
			m           eddy.Model
			want, grant string
		}{
			{eddy.Model{SQL: "SELECT * FROM secrets"}, "secrets", ""},
			{eddy.Model{Table: "secrets"}, "GRANT SELECT", "SELECT ON " + p.Database + ".secrets"},
			{eddy.Model{Table: "seen"}, "seen", "SELECT ON " + p.Database + ".seen"},
			{eddy.Model{SQL: "SELECT uno() AS id, email FROM customers"}, "EXECUTE", "EXECUTE ON FUNCTION " + p.Database + ".uno"},
			{eddy.Model{Table: "mysql.user"}, "GRANT SELECT", ""},
		} {
			_, err := stage(t.Context(), t, src, c.m)
			if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v without a grant: %v", c.m, err)
			}
			if c.grant == "" {
				continue
			}
			do(t, p, "GRANT "+c.grant+" TO "+user+"@'%'")
			if got, err := stage(t.Context(), t, src, c.m); err != nil || len(got) != 1 {
				t.Errorf("%+v with the grant: %v, %v", c.m, got, err)
			}
		}
		do(t, p, "CREATE TABLE wide (id int, email varchar(9), secret varchar(9))", "INSERT INTO wide VALUES (1, 'a', 'b')", "GRANT SELECT (id, email) ON "+p.Database+".wide TO "+user+"@'%'")
		if got, err := stage(t.Context(), t, src, eddy.Model{SQL: "SELECT id, email FROM wide"}); err != nil || len(got) != 1 {
			t.Errorf("with columns granted: %v, %v", got, err)
		}
		if _, err := stage(t.Context(), t, src, eddy.Model{SQL: "SELECT id, secret AS email FROM wide"}); err == nil || !strings.Contains(err.Error(), "'secret'") {
			t.Errorf("a column that is not granted: %v", err)
		}
	})
}

func TestRoles(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		do(t, p, "CREATE TABLE customers (id int)", "CREATE ROLE role_"+p.Database, "GRANT DELETE ON "+p.Database+".customers TO role_"+p.Database)
		t.Cleanup(func() { do(t, p, "DROP ROLE role_"+p.Database) })
		writer := account(t, p, "writer", "")
		do(t, p, "GRANT SELECT, INSERT, DROP ON "+p.Database+".* TO "+writer["user"]+"@'%'", "GRANT FILE ON *.* TO "+writer["user"]+"@'%'", "GRANT role_"+p.Database+" TO "+writer["user"]+"@'%'", "SET DEFAULT ROLE role_"+p.Database+map[bool]string{true: " FOR ", false: " TO "}[isMariaDB(t, p)]+writer["user"]+"@'%'")
		for name, c := range map[string]struct {
			options map[string]string
			want    []string
		}{
			"owner":  {p.Options(), []string{"may do everything (ALL PRIVILEGES) on the whole server"}},
			"writer": {writer, []string{"may FILE on the whole server", "may INSERT, DROP on `" + p.Database + "`.*", "may DELETE on `" + p.Database + "`.`customers`"}},
		} {
			more, err := reading(t, c.options).(warehouse.RoleChecker).CheckRole(t.Context(), "")
			all := strings.Join(more, "\n")
			for _, want := range c.want {
				if err != nil || !strings.Contains(all, want) || strings.Contains(all, "*F") {
					t.Errorf("%s: %q (%v), want %q", name, more, err, want)
				}
			}
		}
	})
}

// What the options say is one place, however they say it; a server stores no url.
func TestOptions(t *testing.T) {
	kind := mysql.Kind()
	whole := map[string]string{"server": "db.example.com", "port": "3306", "user": "u", "password": "p@/x", "database": "d", "tls": "true"}
	for _, o := range []map[string]string{
		whole, {"host": "DB.example.com", "user": "u", "database": "d", "password": "p@/x"}, {"url": "mysql://u:p%40%2Fx@db.example.com/d"}, {"url": "mariadb://v:q@db.example.com:1/d?tls=false", "user": "u", "port": "3306", "tls": "true", "password": "p@/x"},
	} {
		apart, err := kind.Apart(o)
		if err != nil || !maps.Equal(apart, whole) {
			t.Errorf("%v comes apart as %v (%v)", o, apart, err)
		}
		place, err := kind.Place(o)
		if err != nil || place["password"] != "" || place["server"] != "db.example.com" || len(place) != 5 {
			t.Errorf("%v is the place %v (%v)", o, place, err)
		}
	}
	for server, want := range map[string]string{"localhost": "preferred", "127.0.0.2": "preferred", "::1": "preferred", "[::1]": "preferred", "/run/mysqld/mysqld.sock": "preferred", "10.0.0.1": "true", "localhost.example.com": "true", "::ffff:127.0.0.1": "preferred"} {
		if place, err := kind.Place(map[string]string{"server": server, "user": "u"}); err != nil || place["tls"] != want {
			t.Errorf("%s is protected by tls: %s (%v), not %s", server, place["tls"], err, want)
		}
	}
	for want, o := range map[string]map[string]string{
		"server is missing":             {"user": "u"},
		"user is missing":               {"server": "db"},
		"two names of one option":       {"server": "a", "host": "b", "user": "u"},
		"no name of one server":         {"server": "db:3306", "user": "u"},
		"port is none":                  {"server": "db", "port": "70000", "user": "u"},
		"ssl_ca is of no use":           {"server": "db", "user": "u", "tls": "skip-verify", "ssl_ca": "x"},
		"ssl_cert is of no use":         {"server": "db", "user": "u", "tls": "false", "ssl_cert": "x", "ssl_key": "y"},
		"one is missing":                {"server": "db", "user": "u", "ssl_cert": "x"},
		"tls is none of":                {"server": "db", "user": "u", "tls": "maybe"},
		"url is no connection URL":      {"url": "mysql://u@db/d?allowAllFiles=true"},
		"source shop: ssl_ca is no PEM": {"server": "db", "user": "u", "ssl_ca": "/etc/hostname"},
	} {
		_, err := kind.Open(t.Context(), eddy.Source{Name: "shop", Served: true, Options: o})
		if eddy.ErrorCode(err) != eddy.CodeConfig || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", o, err, want)
		}
	}
}
