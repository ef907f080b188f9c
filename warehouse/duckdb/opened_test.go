package duckdb_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// attempt reads a model of a source as an editor of a server would, and gives what it tells:
// its columns and rows, or the error.
func attempt(t *testing.T, src eddy.Source, m eddy.Model) (told string, worked bool) {
	t.Helper()
	ctx := context.Background()
	s, err := duckdb.Kind().Open(ctx, src)
	if err != nil {
		return err.Error(), false
	}
	columns, err := s.Columns(ctx, m)
	if err != nil {
		return err.Error(), false
	}
	ses, err := duckdb.Engine{}.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ses.Close() }()
	var sel []warehouse.Selected
	for i := range columns {
		sel = append(sel, warehouse.Selected{As: fmt.Sprintf("c%d", i), Column: &columns[i]})
	}
	if _, err := s.Stage(ctx, ses, "s", sel, m); err != nil {
		return err.Error(), false
	}
	told = fmt.Sprint(columns)
	err = ses.Query(ctx, "FROM s", func(row [][]byte) error {
		told += fmt.Sprintf(" %q", row)
		return nil
	})
	return told, err == nil
}

// grounds are a machine with folders that its operator opened, and others.
type grounds struct {
	*testing.T

	opened, outside, state string
}

const hiddenText = "s3cr3t-of-the-machine"

func newGrounds(t *testing.T) grounds {
	t.Helper()
	people, hidden := "id,email\n1,a@x.com\n", "id,email\n1,"+hiddenText+"\n"
	g := grounds{
		T: t,
		opened: folder(t, "opened", map[string]string{
			"people.csv": people, "sub/more.csv": people, "state/secret.key": hiddenText, "state/people.csv": hidden, "tls.pem": hiddenText, "tls.csv": hidden,
		}),
		outside: folder(t, "outside", map[string]string{"people.csv": hidden, "secret.key": hiddenText}),
	}
	g.state = filepath.Join(g.opened, "state")
	if err := duckdb.Write(t.Context(), filepath.Join(g.outside, "shop.duckdb"), "CREATE TABLE t AS SELECT '"+hiddenText+"' AS id"); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(g.opened, "shop.duckdb"), "CREATE TABLE t AS SELECT 1 AS id;"+
		"CREATE MACRO run(x) AS TABLE SELECT * FROM query(x); CREATE MACRO logs() AS TABLE SELECT * FROM enable_logging(level = 'trace'); CREATE MACRO deep() AS TABLE SELECT * FROM (SELECT 1 AS one), logs(); CREATE VIEW \"a \"\"view\" AS SELECT * FROM enable_profiling(); CREATE VIEW seen AS SELECT * FROM \"a \"\"view\"; CREATE VIEW fine AS SELECT id AS query FROM t;"+
		"CREATE MACRO named(x) AS TABLE SELECT * FROM query_table(x);"+
		"CREATE MACRO raw(x) AS TABLE SELECT content AS id FROM read_text(x); CREATE MACRO blob(x) AS TABLE SELECT * FROM read_blob(x); CREATE MACRO csv(x) AS TABLE SELECT * FROM read_csv(x); CREATE MACRO list(x) AS TABLE SELECT * FROM glob(x)")
	if err := os.Symlink(g.opened, filepath.Join(g.outside, "in")); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{
		"out": g.outside, "out.csv": filepath.Join(g.outside, "people.csv"), "root": "/", "nowhere.csv": filepath.Join(g.outside, "none.csv"), "key.csv": filepath.Join(g.state, "people.csv"),
		"link.duckdb": filepath.Join(g.outside, "shop.duckdb"), "logged.duckdb.wal": filepath.Join(g.outside, "people.csv"),
	} {
		if err := os.Symlink(to, filepath.Join(g.opened, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(filepath.Join(g.opened, "tls.csv"), filepath.Join(g.opened, "hard.csv")); err != nil {
		t.Fatal(err)
	}
	return g
}

// source is one of a server: the operator opened one folder, in which Eddy's own things are.
func (g grounds) source(options map[string]string) eddy.Source {
	return eddy.Source{
		Name: "s", Type: "duckdb", Dir: g.opened, Options: options, Opened: []string{g.opened},
		Closed: []string{g.state, "/proc", "/sys", "/dev", filepath.Join(g.opened, "tls.pem"), filepath.Join(g.opened, "tls.csv")},
	}
}

// TestOptionsOnlyNarrow: what a source's options name is read where the operator opened it,
// and nowhere else; without an operator nothing is.
func TestOptionsOnlyNarrow(t *testing.T) {
	g := newGrounds(t)
	none := g.source(nil)
	none.Opened = nil
	for _, m := range []eddy.Model{{Table: "people.csv"}, {SQL: "FROM 'people.csv'"}, {SQL: "FROM read_text('" + g.opened + "/people.csv')"}, {SQL: "FROM glob('*')"}} {
		if told, worked := attempt(t, none, m); worked || !strings.Contains(told, "eddy serve --files") {
			t.Errorf("nothing is opened, and %+v gives %s", m, told)
		}
	}
	for _, c := range []struct{ path, files, model, want string }{
		{"", "", "people.csv", "a@x.com"},
		{"", "", g.opened + "/sub/../people.csv", "a@x.com"},
		{"", "sub", "sub/*.csv", "a@x.com"},
		{"", g.opened, "people.csv", "a@x.com"},
		{"shop.duckdb", "sub", "sub/more.csv", "a@x.com"},
		{"shop.duckdb", "", "t", "1"},
		// The options narrow.
		{"", "sub", "people.csv", "Name its folder in the source's files option"},
		{"shop.duckdb", "", "people.csv", "Name its folder in the source's files option"},
		// And nothing widens.
		{"", "/", "people.csv", "eddy serve --files"},
		{"", "..", "../outside/people.csv", "eddy serve --files"},
		{"", "sub,/etc", "sub/more.csv", "eddy serve --files /"},
		{"", "out", "out/people.csv", "a link leads out"},
		{"", "root", "root/etc/passwd.csv", "a link leads out"},
		{"", "/proc/self/root" + g.opened, "people.csv", "which no model reads"},
		{"", "/proc/self/root" + g.outside, "people.csv", "which no model reads"},
		{"", "state", "state/people.csv", "which no model reads"},
		{"", "", "state/people.csv", "which no model reads"},
		{"", "", "tls.csv", "which no model reads"},
		{"", "", "hard.csv", "which no model reads"},
		{"", "", "key.csv", "which no model reads"},
		{"", "", g.outside + "/people.csv", "eddy serve --files " + g.outside},
		{"", "", "../outside/people.csv", "eddy serve --files"},
		// Who wrote a name that starts elsewhere is told how it is meant.
		{"", "", "../outside/people.csv", "The folders that are open are " + g.opened + ": write the whole name, such as " + g.opened + "/people.csv"},
		{"", "", "out.csv", "a link leads out"},
		{"", "", "o*.csv", "a link leads out"},
		{"", "", "out/*.csv", "a link leads out"},
		{"", "", strings.ToUpper(g.outside) + "/people.csv", "eddy serve --files"},
		{g.outside + "/shop.duckdb", "", "t", "eddy serve --files " + g.outside},
		{"../outside/shop.duckdb", "", "t", "eddy serve --files"},
		{"out/shop.duckdb", "", "t", "a link leads out"},
		{"link.duckdb", "", "t", "a link leads out"},
		{"/proc/self/root" + g.outside + "/shop.duckdb", "", "t", "which no model reads"},
		{"/dev/sda", "", "t", "which no model reads"},
		{"state/people.csv", "", "t", "which no model reads"},
		{"tls.pem", "", "t", "which no model reads"},
	} {
		told, _ := attempt(t, g.source(map[string]string{"path": c.path, "files": c.files}), eddy.Model{Table: c.model})
		if !strings.Contains(told, c.want) || strings.Contains(told, hiddenText) {
			t.Errorf("path %q, files %q, table %s gives %s\nwant %s", c.path, c.files, c.model, told, c.want)
		}
	}
	if err := os.Rename(filepath.Join(g.opened, "shop.duckdb"), filepath.Join(g.opened, "logged.duckdb")); err != nil {
		t.Fatal(err)
	}
	if told, _ := attempt(t, g.source(map[string]string{"path": "logged.duckdb"}), eddy.Model{Table: "t"}); !strings.Contains(told, "logged.duckdb.wal is in none") {
		t.Errorf("a database whose log is a link gives %s", told)
	}
}

// TestRefusalsDoNotTellWhatIsThere: of a place that is not opened nobody learns whether a
// file is there.
func TestRefusalsDoNotTellWhatIsThere(t *testing.T) {
	g := newGrounds(t)
	tells := func(options map[string]string, m eddy.Model) string {
		told, worked := attempt(t, g.source(options), m)
		if worked {
			t.Errorf("%v %+v gives %s", options, m, told)
		}
		return told
	}
	for _, place := range []string{g.outside + "/", g.outside + "/in/", "../outside/", "out/", "root" + g.outside + "/", "/proc/self/root" + g.outside + "/", "state/"} {
		for name, told := range map[string]func(file string) string{
			"path": func(f string) string { return tells(map[string]string{"path": place + f}, eddy.Model{Table: "t"}) },
			"files": func(f string) string {
				return tells(map[string]string{"files": place + f}, eddy.Model{Table: "people.csv"})
			},
			"table": func(f string) string { return tells(nil, eddy.Model{Table: place + f}) },
			"from":  func(f string) string { return tells(nil, eddy.Model{SQL: "FROM '" + place + f + "'"}) },
			"glob":  func(f string) string { return tells(nil, eddy.Model{SQL: "FROM glob('" + place + f + "')"}) },
			"text":  func(f string) string { return tells(nil, eddy.Model{SQL: "FROM read_text(['" + place + f + "'])"}) },
			"some":  func(f string) string { return tells(nil, eddy.Model{SQL: "FROM read_text('" + place + f[:4] + "*')"}) },
		} {
			there, missing := told("people.csv"), told("absent.csv")
			if strings.NewReplacer("absent", "people", "abse*", "peop*").Replace(missing) != there {
				t.Errorf("%s of %s tells what is there:\n%s\n%s", name, place, there, missing)
			}
		}
	}
	there, missing := tells(nil, eddy.Model{Table: "out.csv"}), tells(nil, eddy.Model{Table: "nowhere.csv"})
	if strings.ReplaceAll(missing, "nowhere", "out") != there {
		t.Errorf("links out tell what is there:\n%s\n%s", there, missing)
	}
}

// TestModelsOnlyRead: whatever SQL can say, a model opens no file that was not granted,
// no address of a network, no other database, writes nothing and changes no setting; also
// by what the database itself has: views, macros, and names made at run time.
func TestModelsOnlyRead(t *testing.T) {
	g := newGrounds(t)
	var asked atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		fmt.Fprintf(w, "id\n%s\n", hiddenText)
	}))
	defer web.Close()
	t.Setenv("EDDY_SECRET_KEY", hiddenText)
	written := filepath.Join(g.opened, "written")
	key, db := g.outside+"/secret.key", g.outside+"/shop.duckdb"
	models := []string{
		// The machine, in the ways that readers have.
		"SELECT getenv('EDDY_SECRET_KEY')", "SELECT getvariable('EDDY_SECRET_KEY') AS a, getenv('HOME') AS b", "FROM duckdb_secrets()", "FROM which_secret('s3://a', 's3')", "FROM duckdb_extensions()",
		"FROM read_csv((SELECT content FROM read_text('state/secret.key')))", "FROM read_csv((SELECT content FROM read_text('" + g.state + "/secret.key')))", "FROM glob((SELECT content FROM read_text('" + key + "')))",
		"FROM read_text(['people.csv', '" + key + "'])", "FROM read_text('people.csv') UNION ALL FROM read_text('" + key + "')", "SELECT (SELECT content FROM read_text('" + key + "')) AS id",
		"WITH a AS (FROM read_text('" + key + "')) FROM a", "FROM read_text('" + g.opened + "/../outside/secret' || '.key')", "FROM read_csv('people.csv', rejects_table = 'r', store_rejects = true), read_text('" + key + "')",
		// Views, macros, names made at run time.
		"FROM raw('" + key + "')", "FROM raw('" + g.state + "/secret.key')", "FROM blob('" + key + "')", "FROM csv('" + g.outside + "/people.csv')", "FROM list('" + g.outside + "/*')", "FROM list('/*')",
		"FROM query('SELECT 1')", "FROM run('FROM read_text(''" + key + "'')')", "FROM run('FROM ''" + db + "''')", "FROM run('ATTACH ''" + db + "'' AS o')", "FROM run('COPY (SELECT 1) TO ''" + written + "''')", "FROM run('SET enable_external_access = true')",
		"FROM query_table('" + g.outside + "/people.csv')", "FROM named('" + g.outside + "/people.csv')", "FROM query_table(['" + db + "'])", "FROM run('FROM query_table(''" + db + "'')')",
		"FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))", "FROM run('FROM json_execute_serialized_sql(''{}'')')",
		// What changes the engine, by what the database has, and in other dress.
		"FROM logs()", "SELECT * FROM t, deep()", "FROM seen", "SELECT id FROM t WHERE EXISTS (FROM \"LOGS\"())", "FROM \"a \"\"view\"", "FROM shop.main.deep()", "PIVOT (FROM deep()) ON one IN (1) USING count(*)",
		"FROM query\u00a0('SELECT 1')", "FROM query\u2003('SELECT 1')", "FROM query\u200b('SELECT 1')", "FROM query\ufeff\u3000('SELECT 1')", "FROM \"query\"\u00a0('SELECT 1')", "FROM query/**/\u00a0/**/('SELECT 1')", "FROM enable_logging\u00a0(level = 'trace')", "FROM force_checkpoint\u2009()",
		"FROM json_execute_serialized_sql\u00a0(json_serialize_sql('SELECT 1'))", "FROM enable_profiling\u202f()", "PIVOT (FROM query\u00a0('SELECT 1 AS a')) ON a IN (1) USING count(*)",
		// Other databases.
		"ATTACH '" + db + "' AS o", "FROM '" + db + "'", "FROM read_duckdb('" + db + "')", "FROM run('FROM read_duckdb(''" + db + "'')')", "DETACH shop", "USE memory", "IMPORT DATABASE '" + g.outside + "'",
		"ATTACH 'postgres:host=127.0.0.1' AS o (TYPE postgres)", "ATTACH '" + web.URL + "/shop.duckdb' AS o",
		// The network.
		"FROM '" + web.URL + "/a.csv'", "FROM read_csv('" + web.URL + "/a.csv')", "FROM read_csv(['people.csv', '" + web.URL + "/a.csv'])", "FROM read_json('" + web.URL + "/a.json')", "FROM read_parquet('" + web.URL + "/a.parquet')",
		"FROM read_text('" + web.URL + "')", "FROM read_blob('" + web.URL + "/*')", "FROM glob('" + web.URL + "/*')", "FROM sniff_csv('" + web.URL + "/a.csv')", "FROM parquet_metadata('" + web.URL + "/a.parquet')", "FROM raw('" + web.URL + "/a.csv')", "FROM csv('" + web.URL + "/a.csv')",
		"FROM run('FROM read_text(''" + web.URL + "'')')", "FROM query_table('" + web.URL + "/a.csv')", "FROM 's3://bucket/a.parquet'", "FROM read_parquet('gcs://bucket/a.parquet')", "FROM 'hf://datasets/a/b.csv'", "FROM raw('https://127.0.0.1:1/a')", "FROM 'file://" + key + "'",
		"INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL httpfs FROM '" + web.URL + "'", "LOAD '" + g.outside + "/x.duckdb_extension'", "UPDATE EXTENSIONS", "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
		// What writes.
		"COPY (SELECT 1) TO '" + written + ".csv'", "COPY (FROM 'people.csv') TO 'people.csv'", "EXPORT DATABASE '" + written + "'", "CREATE TABLE x AS SELECT 1", "INSERT INTO t VALUES (3)", "DELETE FROM t", "DROP TABLE t",
		"WITH x AS (DELETE FROM t RETURNING *) FROM x", "WITH x AS (INSERT INTO t VALUES (3) RETURNING *) FROM x", "FROM (COPY (SELECT 1) TO '" + written + "')", "SELECT 1; COPY (SELECT 1) TO '" + written + "'", "CHECKPOINT", "FROM checkpoint()", "FROM write_log('x')", "VACUUM",
		// Settings, and statements in statements.
		"SET enable_external_access = true", "RESET lock_configuration", "SET GLOBAL allowed_directories = ['/']", "SET VARIABLE a = 1", "PRAGMA enable_profiling", "PRAGMA database_list", "PRAGMA import_database('" + g.outside + "')", "CALL pragma_version()", "FROM enable_logging()", "FROM enable_profiling()",
		"PREPARE p AS FROM read_text('" + key + "')", "EXECUTE p", "EXPLAIN ANALYZE FROM read_text('" + key + "')", "SELECT $1", "BEGIN", "LOAD json", "SELECT 1 AS id; SELECT 2",
	}
	for _, path := range []string{"", "shop.duckdb"} {
		src := g.source(map[string]string{"path": path, "files": g.opened})
		for _, sql := range models {
			if told, worked := attempt(t, src, eddy.Model{SQL: sql}); worked || strings.Contains(told, hiddenText) {
				t.Errorf("path %q: %s gives %s", path, sql, told)
			}
		}
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("%d requests went out", n)
	}
	if found, _ := filepath.Glob(written + "*"); len(found) > 0 {
		t.Errorf("written: %v", found)
	}
	src := g.source(map[string]string{"path": "shop.duckdb"})
	for _, m := range []eddy.Model{
		{SQL: "FROM t"}, {Table: "t"}, {Table: "fine"}, {SQL: "SELECT query FROM fine -- query (1)"}, {SQL: "WITH a AS (FROM t) SELECT id, 'query (1)' AS other FROM a"},
	} {
		if told, worked := attempt(t, src, m); !worked || !strings.Contains(told, `["1"`) {
			t.Errorf("%+v: %s", m, told)
		}
	}
	for _, table := range []string{"seen", "main.seen", `a "view`} {
		if told, worked := attempt(t, src, eddy.Model{Table: table}); worked || !strings.Contains(told, "does more than read") {
			t.Errorf("table %s: %s", table, told)
		}
	}
}

// TestNoFunctionOpensWhatIsClosed tries every function of this DuckDB that takes a text and
// gives a table, so that those of the next version are tried, too.
func TestNoFunctionOpensWhatIsClosed(t *testing.T) {
	g := newGrounds(t)
	told, worked := attempt(t, g.source(nil), eddy.Model{SQL: "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type LIKE 'table%' AND (parameter_types[1] LIKE '%VARCHAR%' OR parameter_types[1] = 'ANY')"})
	_, list, _ := strings.Cut(told, "]")
	names := strings.Fields(strings.NewReplacer("[", " ", "]", " ", `"`, " ").Replace(list))
	if !worked || len(names) < 30 {
		t.Fatalf("functions: %s", told)
	}
	for _, name := range names {
		for _, path := range []string{g.outside + "/secret.key", g.outside + "/people.csv", g.state + "/people.csv", g.outside + "/shop.duckdb"} {
			if told, _ := attempt(t, g.source(nil), eddy.Model{SQL: "FROM \"" + name + "\"('" + path + "')"}); strings.Contains(told, hiddenText) {
				t.Errorf("%s of %s gives %s", name, path, told)
			}
		}
	}
}
