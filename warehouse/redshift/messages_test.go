package redshift_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// owner is a database of the stand-in and its owner's side.
func owner(t *testing.T, statements ...string) (through string, db *sql.DB) {
	t.Helper()
	through, direct := warehousetest.Redshift(t)
	db, err := sql.Open("pgx", direct)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	for _, q := range statements {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	return through, db
}

// says checks a message, and that it is one for people.
func says(t *testing.T, what string, err error, wants ...string) {
	t.Helper()
	if eddy.ErrorCode(err) != eddy.CodeSource && eddy.ErrorCode(err) != eddy.CodeConfig {
		t.Errorf("%s: not an error of the source: %v", what, err)
		return
	}
	for _, want := range wants {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the message does not say %q: %v", what, want, err)
		}
	}
}

// changed is a URL with another part.
func changed(t *testing.T, text string, change func(*url.URL)) map[string]string {
	t.Helper()
	u, err := url.Parse(text)
	must(t, err)
	change(u)
	return map[string]string{"url": u.String()}
}

var byName = []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Class: warehouse.Text}}, {As: "email", Column: &warehouse.Column{Name: "email", Class: warehouse.Text}}}

// TestConnectionsThatFailSayWhy: wrong password, unknown database, nobody there, no encryption.
func TestConnectionsThatFailSayWhy(t *testing.T) {
	t.Parallel()
	through, _ := owner(t)
	for what, c := range map[string]struct {
		change func(*url.URL)
		wants  []string
	}{
		"a wrong password":    {func(u *url.URL) { u.User = url.UserPassword("eddy", "hunter2hunter2") }, []string{"password authentication failed", "user eddy", "Check user and password"}},
		"an unknown database": {func(u *url.URL) { u.Path = "/nowhere" }, []string{`database "nowhere" does not exist`, "Check the database name"}},
		"nobody there":        {func(u *url.URL) { u.Host = "127.0.0.1:1" }, []string{"Redshift at 127.0.0.1:1", "cannot be reached", "refused", "paused"}},
		"no encryption":       {func(u *url.URL) { u.RawQuery = "" }, []string{"cannot be reached", "TLS"}},
	} {
		_, err := open(t.Context(), changed(t, through, c.change))
		says(t, what, err, c.wants...)
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message has the password: %v", what, err)
		}
	}
}

// TestTheSmallestGrants: those of the documentation are enough, and without one of them the
// message names what is missing. The user is told to be one that reads.
func TestTheSmallestGrants(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/warehouses/redshift.md")
	must(t, err)
	through, db := owner(t, "CREATE SCHEMA shop", "CREATE TABLE shop.people AS SELECT '1'::text AS id, 'a@x.com'::text AS email", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	var database string
	must(t, db.QueryRow("SELECT current_database()").Scan(&database))
	role := "eddy_" + database
	_, err = db.Exec("REVOKE TEMPORARY ON DATABASE " + database + " FROM PUBLIC")
	must(t, err)
	t.Cleanup(func() { // a role is of the server, and not of the database
		_, err := db.Exec("DROP OWNED BY " + role + " CASCADE; DROP ROLE " + role)
		must(t, err)
	})
	options := changed(t, through, func(u *url.URL) { u.User = url.UserPassword(role, "Secret-Word-1") })
	grant := func(block int) {
		t.Helper()
		q := sqlBlocks.FindAllStringSubmatch(string(page), -1)[block][1]
		_, err := db.Exec(strings.NewReplacer(" eddy", " "+role, "DATABASE shop", "DATABASE "+database).Replace(q))
		must(t, err)
	}
	m := eddy.Model{Table: "shop.people"}
	local, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer func() { _ = local.Close() }()

	grant(0)
	src, err := open(t.Context(), options)
	must(t, err)
	defer func() { _ = src.Close() }()
	st, err := src.Stage(t.Context(), local, "eddy_stage", byName, m)
	if err != nil || st.Rows != 1 {
		t.Errorf("state local: %d rows, %v", st.Rows, err)
	}
	must(t, src.(warehouse.ReadChecker).CheckRead(t.Context(), m, byName))
	says(t, "without a schema", src.(warehouse.StateChecker).CheckState(t.Context(), "_eddy"), `schema "_eddy" is missing`, `CREATE SCHEMA "_eddy" AUTHORIZATION "`+role+`"`)
	_, err = src.Engine(t.Context(), "_eddy")
	says(t, "without a schema", err, "may not create it", "state: local")
	if e, err := src.(warehouse.Existing).Existing(t.Context(), "_eddy"); e != nil || err != nil {
		t.Errorf("state that was never kept: %v, %v", e, err)
	}

	grant(1)
	e, err := src.Engine(t.Context(), "_eddy")
	must(t, err)
	defer func() { _ = e.Close() }()
	if st, err = src.Stage(t.Context(), e, "eddy_stage", byName, m); err != nil || st.Rows != 1 {
		t.Errorf("state in the warehouse: %d rows, %v", st.Rows, err)
	}
	lease, err := e.Lock(t.Context(), "vip")
	must(t, err)
	lease.Release(t.Context())
	must(t, src.(warehouse.StateChecker).CheckState(t.Context(), "_eddy"))
	if more, err := src.(warehouse.RoleChecker).CheckRole(t.Context(), "_eddy"); err != nil || len(more) > 0 {
		t.Errorf("the user may do more than it needs: %v, %v", more, err)
	}
	for _, q := range []string{"REVOKE SELECT ON shop.people FROM " + role, "GRANT INSERT ON shop.people TO " + role, "GRANT CREATE ON SCHEMA public TO " + role} {
		_, err := db.Exec(q)
		must(t, err)
	}
	says(t, "without a grant", src.(warehouse.ReadChecker).CheckRead(t.Context(), m, byName), "permission denied for table people", "USAGE on the schema and SELECT")
	_, err = src.Stage(t.Context(), local, "eddy_other", byName, m)
	says(t, "without a grant", err, "permission denied for table people", "USAGE on the schema and SELECT")
	if more, err := src.(warehouse.RoleChecker).CheckRole(t.Context(), "_eddy"); err != nil || strings.Join(more, "; ") != "may make tables in schema public; may change shop.people" {
		t.Errorf("what the user may do more: %q, %v", more, err)
	}
}

// TestMissingObjectsAreNamed: tables, schemas and columns that are not there.
func TestMissingObjectsAreNamed(t *testing.T) {
	t.Parallel()
	through, _ := owner(t, "CREATE TABLE people (id VARCHAR(20), email VARCHAR(20))")
	src, err := open(t.Context(), map[string]string{"url": through})
	must(t, err)
	defer func() { _ = src.Close() }()
	for sql, want := range map[string]string{"SELECT id FROM nowhere": `"nowhere" does not exist`, "SELECT nope FROM people": `"nope" does not exist`, "SELEC 1": "syntax error", "SELECT id FROM shop.people": `"shop.people" does not exist`} {
		_, err := src.Columns(t.Context(), eddy.Model{SQL: sql})
		says(t, sql, err, want)
	}
	_, err = src.Columns(t.Context(), eddy.Model{Table: "nowhere"})
	says(t, "a table", err, `"nowhere" does not exist`, "Check the model's table name")
}

// TestCancelledStatementsEndOnTheServer: of a model that is read into either place.
func TestCancelledStatementsEndOnTheServer(t *testing.T) {
	t.Parallel()
	through, db := owner(t)
	src, err := open(t.Context(), map[string]string{"url": through})
	must(t, err)
	defer func() { _ = src.Close() }()
	own, err := src.Engine(t.Context(), "")
	must(t, err)
	defer func() { _ = own.Close() }()
	local, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer func() { _ = local.Close() }()
	for _, into := range []warehouse.Engine{own, local} {
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(300*time.Millisecond, stop)
		s := warehousetest.RedshiftSpelling()
		if _, err := src.Stage(ctx, into, "eddy_stage", byName, eddy.Model{SQL: s.Endless}); !errors.Is(err, context.Canceled) {
			t.Errorf("it says %v", err)
		}
		var running int
		must(t, db.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%RECURSIVE%' AND state = 'active' AND datname = current_database() AND pid <> pg_backend_pid()").Scan(&running))
		if running != 0 {
			t.Errorf("%d statements go on", running)
		}
		if _, err := src.Columns(t.Context(), eddy.Model{SQL: "SELECT '1' AS id"}); err != nil {
			t.Errorf("the source is of no use: %v", err)
		}
	}
}

// TestAServerThatIsGoneInMidRead: rows that came are not taken for all (promise 3).
func TestAServerThatIsGoneInMidRead(t *testing.T) {
	t.Parallel()
	through, db := owner(t)
	src, err := open(t.Context(), map[string]string{"url": through})
	must(t, err)
	defer func() { _ = src.Close() }()
	e, err := src.Engine(t.Context(), "")
	must(t, err)
	defer func() { _ = e.Close() }()
	n := 0
	s := warehousetest.RedshiftSpelling()
	err = e.Query(t.Context(), "SELECT a.i FROM "+strings.TrimSuffix(strings.ReplaceAll(s.Series, "%d", "2000000"), " AS g")+" AS a", func([][]byte) error {
		if n++; n == 1000 {
			_, err := db.Exec("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'eddy' AND datname = current_database()")
			return err
		}
		return nil
	})
	says(t, "a read that was cut", err, "SQLSTATE 57P01", "run again when it is up")
	if n >= 2_000_000 {
		t.Error("all rows came")
	}
}

// TestMessagesNeverQuoteValues: models fail while they read rows; what is told has no value
// (promise 10).
func TestMessagesNeverQuoteValues(t *testing.T) {
	t.Parallel()
	const mark = "zqxjkvwpyh"
	through, _ := owner(t, "CREATE TABLE people AS SELECT '1'::text AS id, 'Zqxjkvwpyh'::text AS email")
	src, err := open(t.Context(), map[string]string{"url": through})
	must(t, err)
	defer func() { _ = src.Close() }()
	e, err := src.Engine(t.Context(), "")
	must(t, err)
	defer func() { _ = e.Close() }()
	for _, x := range []string{"CAST(email AS INTEGER)", "CAST(email AS DATE)", "CAST(email AS TIMESTAMP)", "CAST(email AS BOOLEAN)", "TO_DATE(email, 'YYYY-MM-DD')", "STRTOL(email, 16)", "1 / (LENGTH(email) - LENGTH(email))", "has_table_privilege(email, 'select')", "date_trunc(email, GETDATE())"} {
		_, err := src.Stage(t.Context(), e, "eddy_stage", byName, eddy.Model{SQL: "SELECT id, CAST((" + x + ") AS VARCHAR(100)) AS email FROM people"})
		if err == nil || strings.Contains(strings.ToLower(err.Error()), mark) {
			t.Errorf("%s: %v", x, err)
		}
	}
}

// TestConflictsAreTriedAgain: what Redshift could not bring into an order is carried out once.
func TestConflictsAreTriedAgain(t *testing.T) {
	t.Parallel()
	through, _ := owner(t)
	src, err := open(t.Context(), map[string]string{"url": through})
	must(t, err)
	defer func() { _ = src.Close() }()
	e, err := src.Engine(t.Context(), "_eddy")
	must(t, err)
	defer func() { _ = e.Close() }()
	if n, err := e.Exec(t.Context(), `/* conflict make */ CREATE TABLE "_eddy".t AS SELECT 1 AS n`); err != nil || n != 1 {
		t.Errorf("%d rows: %v", n, err)
	}
	if n, err := e.Exec(t.Context(), `/* conflict add */ INSERT INTO "_eddy".t SELECT 2`); err != nil || n != 1 {
		t.Errorf("%d rows: %v", n, err)
	}
	var got []string
	must(t, e.Query(t.Context(), `SELECT n FROM "_eddy".t ORDER BY n`, func(row [][]byte) error {
		got = append(got, string(row[0]))
		return nil
	}))
	if strings.Join(got, " ") != "1 2" {
		t.Errorf("the table has %v", got)
	}
}

// TestModelsThatHideACall: of a function that does more than read, behind a view or a function,
// or one that calls Lambda, by whatever name.
func TestModelsThatHideACall(t *testing.T) {
	t.Parallel()
	through, _ := owner(
		t, "CREATE TABLE people (id VARCHAR(20), email VARCHAR(20))",
		"CREATE FUNCTION ends(n int) RETURNS boolean LANGUAGE sql AS $$ SELECT pg_terminate_backend(n) $$", "CREATE FUNCTION nests(n int) RETURNS boolean LANGUAGE sql AS $$ SELECT ends(n) $$",
		"CREATE VIEW harmful AS SELECT id, CAST(nests(1) AS VARCHAR(9)) AS email FROM people", "CREATE VIEW over AS SELECT * FROM harmful",
		"CREATE FUNCTION plain(n int) RETURNS int LANGUAGE sql AS $$ SELECT n + 1 $$",
		// As the language of functions that call Lambda is called there.
		"CREATE LANGUAGE exfunc HANDLER plpgsql_call_handler", "CREATE FUNCTION lambda(v VARCHAR) RETURNS VARCHAR LANGUAGE exfunc AS $$ BEGIN RETURN v; END $$",
	)
	src, err := open(t.Context(), map[string]string{"url": through})
	must(t, err)
	defer func() { _ = src.Close() }()
	for _, m := range []eddy.Model{
		{SQL: "SELECT id, ends(1) AS email FROM people"},
		{SQL: "SELECT id, public . \"nests\" (1) AS email FROM people"},
		{Table: "harmful"},
		{Table: "public.over"},
		{SQL: "SELECT * FROM OVER"},
		{SQL: "SELECT id, lambda(email) AS email FROM people"},
		{SQL: "SELECT id, LAMBDA(email) AS email FROM people"},
	} {
		_, err := src.Columns(t.Context(), m)
		says(t, m.SQL+m.Table, err, "the model cannot be used", "may do more than read")
	}
	if _, err := src.Columns(t.Context(), eddy.Model{SQL: "SELECT id, plain(1) AS n FROM people"}); err != nil {
		t.Errorf("a function that reads: %v", err)
	}
}

// TestTablesAreListed: of all schemas, with views.
func TestTablesAreListed(t *testing.T) {
	t.Parallel()
	through, _ := owner(t, "CREATE SCHEMA shop", "CREATE TABLE shop.people (id int)", "CREATE VIEW shop.some AS SELECT * FROM shop.people")
	src, err := open(t.Context(), map[string]string{"url": through})
	must(t, err)
	defer func() { _ = src.Close() }()
	list, err := src.(warehouse.Tables).ListTables(t.Context())
	if text := strings.Join(warehousetest.Names(list), " "); err != nil || !strings.Contains(text, "shop.people shop.some") || strings.Contains(text, "pg_catalog") {
		t.Errorf("listed %s: %v", text, err)
	}
}

var sqlBlocks = regexp.MustCompile("(?s)```sql\n(.*?)```")
