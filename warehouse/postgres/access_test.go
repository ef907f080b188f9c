package postgres_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// as is the URL of a database with other credentials.
func as(t *testing.T, base, user, password string) string {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

func TestCannotConnect(t *testing.T) {
	base := warehousetest.Postgres(t)
	u, _ := url.Parse(base)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, closed, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	const password = "hunter2-secret"
	for name, c := range map[string]struct {
		options map[string]string
		want    string
	}{
		"wrong password":   {map[string]string{"url": as(t, base, "eddy", password)}, "Check user and password"},
		"unknown user":     {map[string]string{"url": base, "user": "stranger", "password": password}, "Check user and password"},
		"unknown database": {map[string]string{"url": base, "database": "no_such_database"}, "Check the database name"},
		"closed port":      {map[string]string{"url": as(t, base, "eddy", password), "port": closed}, "connection refused"},
		"unknown host":     {map[string]string{"url": as(t, base, "eddy", password), "host": "no-such-host.invalid"}, "Check host and port"},
		"not a URL":        {map[string]string{"url": "postgres://eddy:" + password + "@:x/?"}, "postgres://user:password@host:5432/database"},
		"not a DSN":        {map[string]string{"url": "password=" + password + " port=x"}, "connection string"},
		"no TLS":           {map[string]string{"host": u.Hostname(), "port": u.Port(), "user": "eddy", "password": password, "sslmode": "require"}, "TLS"},
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
	if _, err := open(ctx, map[string]string{"url": base}); err == nil {
		t.Error("connected with a cancelled context")
	}
	if _, err := open(t.Context(), map[string]string{"host": u.Hostname(), "port": u.Port(), "user": "eddy", "password": "eddy", "database": strings.TrimPrefix(u.Path, "/"), "sslmode": "disable"}); err != nil {
		t.Errorf("with fields instead of a URL: %v", err)
	}
	if _, err := open(t.Context(), map[string]string{"url": "host=nowhere.invalid password=wrong dbname=postgres", "host": u.Hostname(), "port": u.Port(), "user": "eddy", "password": "eddy", "sslmode": "disable"}); err != nil {
		t.Errorf("with fields over a keyword string: %v", err)
	}
}

// reader is a database with a role that may read one table and nothing else.
func reader(t *testing.T) (w *warehousetest.Warehouse, role string, src warehouse.Source) {
	t.Helper()
	w = inWarehouse(t)
	base := warehousetest.Postgres(t)
	role = `Read "er` + strings.TrimPrefix(base[strings.LastIndex(base, "/")+1:strings.Index(base, "?")], "test_")
	name, err := w.Value("SELECT current_database()")
	if err != nil {
		t.Fatal(err)
	}
	q := warehouse.Quote(role)
	do(t, w, "CREATE ROLE "+q+" LOGIN PASSWORD 'r'", "CREATE TABLE customers AS SELECT '1' AS id, 'a@x.com' AS email", "CREATE TABLE secrets AS SELECT * FROM customers", "GRANT SELECT ON customers TO "+q)
	t.Cleanup(func() { do(t, w, "DROP OWNED BY "+q, "DROP ROLE "+q) })
	src, err = open(t.Context(), map[string]string{"url": as(t, base, role, "r"), "database": name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	return w, role, src
}

func do(t *testing.T, w *warehousetest.Warehouse, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		if err := w.Exec(sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// mended gives the statement that an error says to run.
func mended(t *testing.T, err error) string {
	t.Helper()
	if err == nil || eddy.ErrorCode(err) != eddy.CodeSource {
		t.Fatalf("not the error of a source: %v", err)
	}
	_, rest, found := strings.Cut(err.Error(), "run:  ")
	statement, _, end := strings.Cut(rest, ";")
	if !found || !end {
		t.Fatalf("the error names no statement to run: %v", err)
	}
	return statement
}

func TestMissingSchema(t *testing.T) {
	w, role, src := reader(t)
	foresee := func(schema string, refused error) {
		t.Helper()
		err := src.(warehouse.StateChecker).CheckState(t.Context(), schema)
		if fmt.Sprint(err) != fmt.Sprint(refused) {
			t.Errorf("schema %s: foreseen %v, and it was %v", schema, err, refused)
		}
	}
	for _, schema := range []string{"_eddy", `Odd "schema"`} {
		_, err := src.Engine(t.Context(), schema)
		foresee(schema, err)
		do(t, w, mended(t, err))
		foresee(schema, nil)
		e, err := src.Engine(t.Context(), schema)
		if err != nil {
			t.Fatalf("after what the error said to run: %v", err)
		}
		if _, err := e.Exec(t.Context(), "CREATE TABLE "+e.Schema()+".runs (n bigint)"); err != nil {
			t.Fatal(err)
		}
		_ = e.Close()
	}
	do(t, w, "CREATE SCHEMA others")
	_, err := src.Engine(t.Context(), "others")
	foresee("others", err)
	do(t, w, mended(t, err))
	e, err := src.Engine(t.Context(), "others")
	if err != nil {
		t.Fatalf("after what the error said to run: %v", err)
	}
	_ = e.Close()
	// A role that may make schemas needs none beforehand, and none is made for a look.
	do(t, w, "GRANT CREATE ON DATABASE "+database(t, w)+" TO "+warehouse.Quote(role))
	foresee("new", nil)
	if n, err := w.Value("SELECT count(*) FROM pg_namespace WHERE nspname = 'new'"); err != nil || n != "0" {
		t.Errorf("a look made the schema: %s, %v", n, err)
	}
}

func database(t *testing.T, w *warehousetest.Warehouse) string {
	t.Helper()
	name, err := w.Value("SELECT quote_ident(current_database())")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestMissingRights(t *testing.T) {
	w, role, src := reader(t)
	do(t, w, "CREATE SCHEMA _eddy AUTHORIZATION "+warehouse.Quote(role), "CREATE SCHEMA hidden", "CREATE TABLE hidden.t AS SELECT * FROM customers")
	for _, m := range []eddy.Model{{Table: "secrets"}, {SQL: "SELECT * FROM secrets"}, {Table: "hidden.t"}, {SQL: "SELECT id, rolpassword AS email FROM customers, pg_authid"}} {
		if _, err := stage(t, src, m); err == nil || !strings.Contains(err.Error(), "permission denied") || !strings.Contains(err.Error(), "Grant the role") {
			t.Errorf("%+v: %v", m, err)
		}
	}
	if got, err := stage(t, src, eddy.Model{Table: "customers"}); got != "1 a@x.com" || err != nil {
		t.Errorf("the granted table gives %q (%v)", got, err)
	}
	name, _ := w.Value("SELECT current_database()")
	do(t, w, "REVOKE TEMPORARY ON DATABASE "+name+" FROM PUBLIC")
	if _, err := stage(t, src, eddy.Model{Table: "customers"}); err == nil || !strings.Contains(err.Error(), "GRANT TEMPORARY") {
		t.Errorf("without the right to temporary tables: %v", err)
	}
}

// stage stages id and email in an engine of the source, and gives the last row.
func stage(t *testing.T, src warehouse.Source, m eddy.Model) (got string, err error) {
	t.Helper()
	e, err := src.Engine(t.Context(), "_eddy")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	columns, err := src.Columns(t.Context(), m)
	if err != nil {
		return "", err
	}
	sel := []warehouse.Selected{{As: "record_id", Column: &columns[0]}, {As: "email", Column: &columns[1]}}
	if _, err := src.Stage(t.Context(), e, "eddy_stage", sel, m); err != nil {
		return "", err
	}
	return got, e.Query(t.Context(), "SELECT record_id || ' ' || email FROM eddy_stage", func(row [][]byte) error {
		got = string(row[0])
		return nil
	})
}

// A role's own settings change how the server prints values, but not record ids.
func TestRoleSettings(t *testing.T) {
	w, role, src := reader(t)
	q := warehouse.Quote(role)
	do(t, w, "CREATE SCHEMA _eddy AUTHORIZATION "+q, "CREATE VIEW odd AS SELECT concat_ws(' ', 0.1::float8 + 0.2, '\\x0f'::bytea, '1 day -2 hours'::interval, '2026-02-03 04:05:06+09'::timestamptz) AS id, E'\\\\n' AS email", "GRANT SELECT ON odd TO "+q)
	want, err := stage(t, src, eddy.Model{Table: "odd"})
	if err != nil {
		t.Fatal(err)
	}
	for setting, value := range map[string]string{"timezone": "Asia/Tokyo", "datestyle": "German", "extra_float_digits": "-3", "bytea_output": "escape", "intervalstyle": "iso_8601", "standard_conforming_strings": "off", "client_encoding": "LATIN1", "idle_session_timeout": "90s"} {
		do(t, w, "ALTER ROLE "+q+" SET "+setting+" = '"+value+"'")
	}
	if got, err := stage(t, src, eddy.Model{Table: "odd"}); got != want || err != nil {
		t.Errorf("with settings of its own the role reads %q, not %q (%v)", got, want, err)
	}
	do(t, w, "CREATE FUNCTION settle(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('SELECT %s(''%s'', ''%s'', false), %s(9)', 'set_' || 'config', $1, $2, 'pg_advisory_' || 'lock'); RETURN ''; END $$")
	leak := eddy.Model{SQL: "SELECT settle('search_path', 'nowhere') AS id, settle('timezone', 'Asia/Tokyo') AS email"}
	e, err := src.Engine(t.Context(), "_eddy")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	if _, err := src.Stage(t.Context(), e, "s", []warehouse.Selected{{As: "id", Column: &warehouse.Column{Name: "id"}}, {As: "email", Column: &warehouse.Column{Name: "email"}}}, leak); err != nil {
		t.Fatal(err)
	}
	err = e.Query(t.Context(), "SELECT current_setting('search_path') || current_setting('timezone') || current_setting('idle_session_timeout') || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())", func(row [][]byte) error {
		if got := string(row[0]); got != `"$user", publicUTC00` {
			t.Errorf("a model's SQL left the settings %s behind", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	do(t, w, "ALTER ROLE "+q+" SET statement_timeout = '50ms'")
	if _, err := stage(t, src, eddy.Model{SQL: "SELECT id, (SELECT count(*) FROM generate_series(1, 1000000000))::text AS email FROM customers"}); err == nil || !strings.Contains(err.Error(), "statement_timeout") {
		t.Errorf("a server that stops the statement: %v", err)
	}
}

// Eddy's own statements never join row by row, whatever the planner expects. A user's SQL is
// planned as the server has it, and with what the role sets.
func TestPlannerSettings(t *testing.T) {
	w, role, src := reader(t)
	do(t, w, "CREATE SCHEMA _eddy AUTHORIZATION "+warehouse.Quote(role))
	const planner = "concat_ws(' ', current_setting('enable_nestloop'), current_setting('enable_mergejoin'), current_setting('enable_hashjoin'), current_setting('jit'), current_setting('parallel_tuple_cost'))"
	of := func(e warehouse.Engine, sql string) (got string) {
		t.Helper()
		err := e.Query(t.Context(), sql, func(row [][]byte) error {
			got = string(row[0])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	for _, x := range []struct{ set, want string }{{"on", "on on on on 0.1"}, {"off", "on on off on 0.1"}} {
		do(t, w, "ALTER ROLE "+warehouse.Quote(role)+" SET enable_hashjoin = "+x.set)
		e, err := src.Engine(t.Context(), "_eddy") // in a session of its own
		if err != nil {
			t.Fatal(err)
		}
		model := eddy.Model{SQL: "SELECT " + planner + " AS id"}
		if _, err := src.Stage(t.Context(), e, "s", []warehouse.Selected{{As: "id", Column: &warehouse.Column{Name: "id"}}}, model); err != nil {
			t.Fatal(err)
		}
		if got := of(e, "SELECT id FROM s"); got != x.want {
			t.Errorf("a model is planned with %q, want %q", got, x.want)
		}
		if got, want := of(e, "SELECT "+planner), "off off "+x.set+" off 0.01"; got != want {
			t.Errorf("Eddy's own statements are planned with %q, want %q", got, want)
		}
		_ = e.Close()
	}
}

// A function's own error may quote a row; it is not told (promise 10).
func TestRaisedErrors(t *testing.T) {
	w := inWarehouse(t)
	do(t, w, "CREATE FUNCTION tells() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'bad row: secret@x.com'; END $$")
	src, err := w.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	for _, sql := range []string{"SELECT tells() AS id, '' AS email", "SELECT '' AS id, ('secret@x.com'::text)::int::text AS email", "SELECT '' AS id, ('{secret@x.com'::text)::json::text AS email", "SELECT '' AS id, (1 / length(''))::text AS email"} {
		if _, err := stage(t, src, eddy.Model{SQL: sql}); err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "SQLSTATE") {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// Only a column that cannot repeat or be null saves the search for repeats.
func TestIsUnique(t *testing.T) {
	w := inWarehouse(t)
	do(t, w, "CREATE TABLE t (pk int PRIMARY KEY, uq int UNIQUE, nn int NOT NULL UNIQUE, part int NOT NULL, late int NOT NULL UNIQUE DEFERRABLE, a int NOT NULL, b int NOT NULL, plain int NOT NULL, list text[] NOT NULL UNIQUE)",
		"CREATE UNIQUE INDEX ON t (part) WHERE part > 0", "CREATE UNIQUE INDEX ON t (a, b)", "CREATE UNIQUE INDEX ON t ((plain + 1))", "CREATE VIEW v AS SELECT * FROM t",
		"CREATE TABLE parent (pk int PRIMARY KEY)", "CREATE TABLE child () INHERITS (parent)", `CREATE TABLE "T" ("pk" int, "PK" int PRIMARY KEY)`)
	src, err := w.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	unique := func(m eddy.Model, column string) (bool, error) {
		e, err := src.Engine(t.Context(), "_eddy")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = e.Close() }()
		staged, err := src.Stage(t.Context(), e, "s", []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: column}}}, m)
		return staged.Unique, err
	}
	for column, want := range map[string]bool{"t.pk": true, "t.nn": true, "t.uq": false, "t.part": false, "t.late": false, "t.a": false, "t.b": false, "t.plain": false, "t.list": false, "v.pk": false, "parent.pk": false, "T.pk": false, "T.PK": true, "gone.pk": false} {
		table, name, _ := strings.Cut(column, ".")
		got, err := unique(eddy.Model{Table: table}, name)
		if got != want || (err != nil) != (table == "gone") {
			t.Errorf("%s is unique: %v (%v)", column, got, err)
		}
	}
	if got, err := unique(eddy.Model{SQL: "SELECT * FROM t"}, "pk"); got || err != nil {
		t.Errorf("a query's column is unique: %v (%v)", got, err)
	}
	names, err := src.(warehouse.Tables).ListTables(t.Context())
	if fmt.Sprint(warehousetest.Names(names)) != "[public.T public.child public.parent public.t public.v]" || err != nil {
		t.Errorf("tables: %v (%v)", names, err)
	}
}

// What a statement did must outlive the server; what was loaded, which happens many times
// a second, need not before the next statement has: one outcome that is lost is a doubt
// (promises 7 and 8).
func TestOnlyLoadedRowsMayBeLostWithTheServer(t *testing.T) {
	src, err := open(t.Context(), map[string]string{"url": warehousetest.Postgres(t)})
	must(t, err)
	defer src.Close()
	e, err := src.Engine(t.Context(), "_eddy")
	must(t, err)
	defer e.Close()
	table := e.Schema() + ".t"
	exec := func(sql string) {
		t.Helper()
		_, err := e.Exec(t.Context(), sql)
		must(t, err)
	}
	exec("CREATE TABLE " + table + " (how text, durable text DEFAULT current_setting('synchronous_commit'))")
	exec("INSERT INTO " + table + " VALUES ('exec')")
	must(t, e.Query(t.Context(), "SELECT 1", func([][]byte) error {
		must(t, e.Load(t.Context(), table, []string{"how"}, slices.Values([][]any{{"load"}})))
		exec("INSERT INTO " + table + " VALUES ('exec beside a query')")
		return e.Load(t.Context(), table, []string{"how"}, slices.Values([][]any{{"load again"}}))
	}))
	got := ""
	must(t, e.Query(t.Context(), "SELECT how, durable FROM "+table+" ORDER BY how", func(row [][]byte) error {
		got += fmt.Sprintf("%s %s; ", row[0], row[1])
		return nil
	}))
	if want := "exec on; exec beside a query on; load off; load again off; "; got != want {
		t.Errorf("synchronous_commit: %s\nwant %s", got, want)
	}
}

// The server itself ends a statement that nobody waits for any more, and lets a role's own
// limit be where that is shorter.
func TestStatementsEndOnTheServer(t *testing.T) {
	base := warehousetest.Postgres(t)
	conn, err := pgx.Connect(t.Context(), base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "CREATE FUNCTION forever() RETURNS text LANGUAGE plpgsql AS $f$ DECLARE was text; BEGIN EXECUTE 'SELECT set_' || 'config(''statement_timeout'', ''0'', false)' INTO was; RETURN was; END $f$"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		role     string
		patience time.Duration
		want     string
	}{
		{"", time.Second, "1s"}, {"-c statement_timeout=700", time.Hour, "700ms"}, {"-c statement_timeout=1h", time.Second, "1s"}, {"", 0, "0"},
	} {
		u, _ := url.Parse(base)
		q := u.Query()
		q.Set("options", c.role)
		u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
		src, err := postgres.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "postgres", Options: map[string]string{"url": u.String()}, Patience: c.patience})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = src.Close() })
		e, err := src.Engine(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.Close() })
		sel := []warehouse.Selected{{As: "slept", Column: &warehouse.Column{Name: "slept"}}}
		read := func(table, sql string) error {
			_, err := src.Stage(t.Context(), e, table, sel, eddy.Model{SQL: sql})
			return err
		}
		limit := func() (out string) {
			if err := e.Query(t.Context(), "SHOW statement_timeout", func(row [][]byte) error { out = string(row[0]); return nil }); err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got := limit(); got != c.want {
			t.Errorf("%+v: a session's limit is %s", c, got)
		}
		if c.patience == 0 {
			continue
		}
		// What a function of the database sets for a model does not last, and does not spare it.
		err = read("s1", "SELECT forever() || count(*) AS slept FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b")
		if err == nil || !strings.Contains(err.Error(), "statement timeout") {
			t.Errorf("%+v: %v", c, err)
		}
		if err := read("s2", "SELECT forever() AS slept"); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
		if got := limit(); got != c.want {
			t.Errorf("%+v: after a model was read, a session's limit is %s", c, got)
		}
	}
}

// TestAllThatCanBeReadIsListed: views, materialised views and partitioned tables are listed, the
// parts of these are not, and nothing that the role may not read.
func TestAllThatCanBeReadIsListed(t *testing.T) {
	t.Parallel()
	w := inWarehouse(t)
	for _, sql := range []string{
		"CREATE TABLE plain (id int)", "CREATE VIEW seen AS SELECT * FROM plain", "CREATE MATERIALIZED VIEW kept AS SELECT * FROM plain",
		"CREATE TABLE parted (id int) PARTITION BY RANGE (id)", "CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (9)", "CREATE SEQUENCE numbers",
	} {
		if err := w.Exec(sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	src, err := w.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	names, err := src.(warehouse.Tables).ListTables(t.Context())
	want := []warehouse.Table{
		{Name: "public.kept", Kind: warehouse.MaterialisedView},
		{Name: "public.parted", Kind: warehouse.BaseTable},
		{Name: "public.plain", Kind: warehouse.BaseTable},
		{Name: "public.seen", Kind: warehouse.View},
	}
	if err != nil || !slices.Equal(names, want) {
		t.Errorf("listed: %q (%v), not %q", names, err, want)
	}
}
