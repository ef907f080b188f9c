package postgres_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// writing are expressions that do more than read in a transaction that is read only, or wait, lock,
// read the server's files, or carry out a text as SQL.
func writing() []string {
	return []string{
		"lo_from_bytea(0, 'x')", "lo_create(0)", "lo_creat(-1)", "lo_put(1, 0, 'x')", "lo_get(1)", "lo_export(1, '/tmp/eddy-model')", "lo_import('/etc/passwd')", "lo_unlink(1)", "lowrite(0, 'x')",
		"pg_notify('eddy', 'x')", "pg_logical_emit_message(false, 'eddy', 'x')", "pg_logical_emit_message(true, 'eddy', 'x')",
		"dblink('dbname=x', 'SELECT 1')", "dblink_connect('dbname=x')", "dblink_get_pkey('t')",
		"pg_read_file('/etc/passwd')", "pg_read_binary_file('/etc/passwd')", "pg_ls_dir('/')", "pg_stat_file('/etc')",
		"set_config('work_mem', '1GB', false)", "nextval('s')", "setval('s', 9)", "setseed(0.5)",
		"pg_advisory_lock(7)", "pg_try_advisory_lock(7)", "pg_advisory_xact_lock(7)", "pg_advisory_unlock_all()",
		"pg_sleep(30)", "pg_sleep_for('30 s')", "pg_sleep_until('2999-01-01')", "pg_terminate_backend(pg_backend_pid())", "pg_cancel_backend(pg_backend_pid())",
		"pg_stat_reset()", "pg_stat_reset_shared('bgwriter')", "pg_reload_conf()", "pg_rotate_logfile()", "pg_switch_wal()", "pg_create_restore_point('x')", "pg_promote()",
		"pg_create_physical_replication_slot('x')", "pg_replication_origin_create('x')", "pg_export_snapshot()",
		"query_to_xml('SELECT lo_create(0)', true, true, '')", "ts_stat('SELECT to_tsvector(lo_create(0)::text)')", "ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery')",
		"schema_to_xml('public', true, true, '')", "database_to_xml(true, true, '')", "table_to_xml(1259, true, true, '')", "schema_to_xml_and_xmlschema('public', true, true, '')",
		"crosstab('SELECT lo_create(0)::text, 1, 1')", "xpath_table('a', 'b', 'c', 'd', 'e')",
	}
}

// dressed are other ways to write a call.
func dressed(call string) []string {
	name, args, _ := strings.Cut(call, "(")
	return []string{
		call, strings.ToUpper(name) + "(" + args, `"` + name + `"(` + args, `pg_catalog . "` + name + `" (` + args, name + "/* a /* b */ c */(" + args, name + " -- why\n (" + args,
		"(CASE WHEN 1=1THEN" + ` "` + name + `"(` + args + " END)", "(SELECT x FROM (VALUES (" + call + ")) AS v(x))",
	}
}

// No role may call them from a model, whatever it may do in the database: not where a model's columns
// are looked up, nor where it is read into the warehouse or out of it.
func TestModelsOnlyRead(t *testing.T) {
	w, role, limited := reader(t)
	q := warehouse.Quote(role)
	do(t, w, "CREATE SCHEMA _eddy AUTHORIZATION "+q, "CREATE EXTENSION dblink", "CREATE EXTENSION tablefunc", "CREATE EXTENSION xml2", "CREATE SEQUENCE s", "GRANT ALL ON SEQUENCE s TO "+q)
	super, err := w.Open(t.Context())
	must(t, err)
	defer super.Close()
	column := &warehouse.Column{Name: "id", Class: warehouse.Text}
	for who, src := range map[string]warehouse.Source{"a role that reads": limited, "a superuser": super} {
		inside, err := src.Engine(t.Context(), "_eddy")
		must(t, err)
		t.Cleanup(func() { _ = inside.Close() })
		outside, err := duckdb.Engine{}.Open(t.Context())
		must(t, err)
		t.Cleanup(func() { _ = outside.Close() })
		for _, call := range writing() {
			for _, expression := range dressed(call) {
				m := eddy.Model{SQL: "SELECT id, (" + expression + ")::text AS email FROM customers"}
				_, described := src.Columns(t.Context(), m)
				_, in := src.Stage(t.Context(), inside, "s", []warehouse.Selected{{As: "id", Column: column}}, m)
				_, out := src.Stage(t.Context(), outside, "s", []warehouse.Selected{{As: "id", Column: column}}, m)
				check := src.(warehouse.ReadChecker).CheckRead(t.Context(), m, []warehouse.Selected{{As: "id", Column: column}})
				for step, err := range map[string]error{"described": described, "staged": in, "streamed": out, "checked": check} {
					if err == nil || !strings.Contains(err.Error(), "a function that may do more than read") {
						t.Errorf("%s: %s is %s: %v", who, expression, step, err)
					}
				}
			}
		}
	}
	done, err := w.Value("SELECT (SELECT count(*) FROM pg_largeobject_metadata) + (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory') + (SELECT count(*) FROM s WHERE is_called)")
	if err != nil || done != "0" {
		t.Errorf("something was done: %s, %v", done, err)
	}
}

// Views and functions of the database are looked through, also those that call each other.
func TestModelsOnlyReadThroughViews(t *testing.T) {
	w := inWarehouse(t)
	do(t, w, "CREATE TABLE t AS SELECT '1' AS id, 'a@x.com' AS email", `CREATE VIEW "My view" AS SELECT id, lo_create(0)::text AS email FROM t`, `CREATE VIEW outer_view AS SELECT * FROM "My view"`,
		"CREATE FUNCTION inner_one(text) RETURNS text LANGUAGE sql AS $$ SELECT pg_notify('a', $1)::text $$", "CREATE FUNCTION outer_one(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN inner_one($1); END $$",
		"CREATE FUNCTION kept(text, text) RETURNS text LANGUAGE sql AS $$ SELECT inner_one($2) $$", "CREATE AGGREGATE collect(text) (SFUNC = kept, STYPE = text)",
		"CREATE FUNCTION down(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN $1 < 1 THEN 0 ELSE down($1 - 1) END; END $$", "CREATE VIEW plain_view AS SELECT id, lower(email) || down(3) AS email FROM t",
		"CREATE TYPE person AS (id text)", "CREATE FUNCTION tell(person) RETURNS text LANGUAGE sql AS $$ SELECT pg_notify('a', $1.id)::text $$")
	long := strings.Repeat("v", 63)
	do(t, w, "CREATE VIEW "+long+" AS SELECT id, pg_notify('a', id)::text AS email FROM t")
	for _, m := range []eddy.Model{
		{Table: "My view"},
		{Table: "outer_view"},
		{Table: "public.outer_view"},
		{SQL: `SELECT * FROM "My view"`},
		{SQL: `SELECT '"' AS id, email FROM "My view"`},
		{SQL: "SELECT * FROM public/**/.OUTER_VIEW"},
		{SQL: "SELECT * FROM " + long + "and_more"},
		{SQL: "SELECT id, outer_one(email) AS email FROM t"},
		{SQL: "SELECT '1' AS id, collect(email) AS email FROM t"},
		{SQL: "SELECT id, (ROW(id)::person).tell AS email FROM t"},
		{SQL: `SELECT id, U&"pg\005fnotify"('a', id)::text AS email FROM t`},
		{SQL: `SELECT id, u&"pg!005fnotify" UESCAPE '!' ('a', id)::text AS email FROM t`},
	} {
		if _, err := stage(t, opened(t, w), m); err == nil || !strings.Contains(err.Error(), "A model only reads") {
			t.Errorf("%+v: %v", m, err)
		}
	}
	for _, m := range []eddy.Model{{Table: "plain_view"}, {SQL: "SELECT id, email || random() || gen_random_uuid() || clock_timestamp() AS email FROM t"}, {SQL: `SELECT id AS "system", email AS schedule FROM t WHERE email <> 'U&x'`}} {
		if _, err := stage(t, opened(t, w), m); err != nil {
			t.Errorf("%+v: %v", m, err)
		}
	}
}

// What is no SELECT is no model, for a superuser either.
func TestStatementsThatAreNoModels(t *testing.T) {
	w := inWarehouse(t)
	do(t, w, "CREATE TABLE t AS SELECT '1' AS id, 'a@x.com' AS email")
	for _, sql := range []string{
		"COPY t TO PROGRAM 'touch /tmp/eddy-model'", "COPY t FROM PROGRAM 'echo 1'", "COPY t TO STDOUT", "NOTIFY eddy", "LISTEN eddy", "DO $$ BEGIN END $$", "CALL x()", "SET work_mem = '1GB'", "LOCK TABLE t", "VACUUM", "CHECKPOINT",
		"SELECT 1 AS id INTO made", "CREATE TABLE made AS SELECT 1", "DELETE FROM t RETURNING id, email", "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "SELECT id, email FROM t FOR UPDATE",
		"EXPLAIN ANALYZE DELETE FROM t", "SELECT id, email FROM t; DELETE FROM t", "SELECT id, email FROM t) AS m; DELETE FROM t --", "PREPARE x AS SELECT 1", "DECLARE c CURSOR FOR SELECT 1", "SHOW work_mem",
	} {
		if _, err := stage(t, opened(t, w), eddy.Model{SQL: sql}); err == nil {
			t.Errorf("%s is a model", sql)
		}
	}
	if n, err := w.Value("SELECT count(*) FROM t"); err != nil || n != "1" {
		t.Errorf("%s rows are left, %v", n, err)
	}
}

// The server counts characters, and not bytes.
func TestMistakesHaveTheirPlace(t *testing.T) {
	w, _, _ := reader(t)
	for sql, want := range map[string]eddy.Point{
		"SELECT 1 AS id, nope":                  {Line: 1, Column: 17},
		"SELECT 1 AS id,\n  'ÄÖÜ€😀' AS x, nope": {Line: 2, Column: 17},
		"SELECT 1 AS id FROM\n nowhere":         {Line: 2, Column: 2},
		"SELECT 1 AS id FROM (VALUES (1)":       {Line: 1, Column: 32},
	} {
		_, err := warehouse.Describe(t.Context(), opened(t, w), eddy.Model{SQL: sql})
		if e, ok := errors.AsType[*eddy.Error](err); !ok || e.At != want {
			t.Errorf("%s: got %+v, want %+v: %v", sql, e.At, want, err)
		}
	}
}

func opened(t *testing.T, w *warehousetest.Warehouse) warehouse.Source {
	t.Helper()
	src, err := w.Open(t.Context())
	must(t, err)
	t.Cleanup(func() { _ = src.Close() })
	return src
}

// What a role may do beside reading is told, and nothing of one that only reads.
func TestRolesThatMayWriteAreTold(t *testing.T) {
	w, role, src := reader(t)
	q := warehouse.Quote(role)
	do(t, w, "REVOKE CREATE ON SCHEMA public FROM PUBLIC", "CREATE SCHEMA _eddy AUTHORIZATION "+q)
	told := func(src warehouse.Source, schema string) string {
		t.Helper()
		more, err := src.(warehouse.RoleChecker).CheckRole(t.Context(), schema)
		must(t, err)
		return strings.Join(more, "; ")
	}
	if got := told(src, "_eddy"); got != "" {
		t.Errorf("a role that only reads %s", got)
	}
	if got := told(src, ""); got != "may make tables in schema _eddy" {
		t.Errorf("with the state elsewhere: %s", got)
	}
	if got := told(opened(t, w), "_eddy"); got != "is a superuser" {
		t.Errorf("a superuser: %s", got)
	}
	do(t, w, "GRANT CREATE ON DATABASE "+database(t, w)+" TO "+q)
	if got := told(src, "later"); got != "may make tables in schema _eddy" {
		t.Errorf("a role that is to make Eddy's schema: %s", got)
	}
	for _, x := range [][2]string{
		{"CREATE DATABASE", "may make schemas in the database"},
		{"GRANT UPDATE ON secrets TO " + q, "may change 1 table, secrets"},
		{"GRANT INSERT ON customers TO PUBLIC", "may change 2 tables, such as customers"},
		{"GRANT CREATE ON SCHEMA public TO " + q, "may make tables in schema public"},
		{"GRANT pg_write_server_files, pg_execute_server_program TO " + q, "is a member of pg_execute_server_program, pg_write_server_files"},
		{"ALTER ROLE " + q + " CREATEROLE REPLICATION", "may make roles; may replicate the server"},
	} {
		if !strings.HasPrefix(x[0], "CREATE DATABASE") {
			do(t, w, x[0])
		}
		if got := told(src, "_eddy"); !strings.Contains(got, x[1]) {
			t.Errorf("after %s: %s", x[0], got)
		}
	}
}
