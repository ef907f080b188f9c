package postgres_test

import (
	"context"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// TestMessagesNeverQuoteValues: models fail while they read rows, in every way in which
// PostgreSQL's message repeats a value; what is told does not (promise 10). Messages about
// the SQL itself are told in full.
func TestMessagesNeverQuoteValues(t *testing.T) {
	const mark = "zqxjkvwpyh"
	w := inWarehouse(t)
	must(t, w.Exec("CREATE TABLE people AS SELECT '1'::text AS id, 'Zqxjkvwpyh' AS email UNION ALL SELECT '2', 'ada@zqxjkvwpyh.example'"))
	must(t, w.Exec("CREATE DOMAIN short AS text CHECK (length(VALUE) < 3)"))
	must(t, w.Exec("CREATE FUNCTION loud(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', v USING ERRCODE = '42P01', HINT = v; END $$"))
	must(t, w.Exec("CREATE FUNCTION busy(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', v USING ERRCODE = '53100'; END $$"))
	must(t, w.Exec("CREATE FUNCTION dynamic(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('SELECT 1 FROM %I', v); RETURN v; END $$"))
	for _, email := range []string{
		"email::int", "email::regclass", "email::regtype", "email::regproc", "email::date", "email::inet", "email::uuid", "('[' || email)::json", "email::short",
		"to_tsquery(email || ' & & ')", "current_setting(email)", "nextval(email)", "now() AT TIME ZONE email", "regexp_match('x', '(' || email)", "to_date(email, 'YYYY')",
		"has_table_privilege(email, 'select')", "pg_get_serial_sequence(email, 'x')", "query_to_xml('SELECT * FROM ' || quote_ident(email), true, true, '')", "loud(email)", "busy(email)", "dynamic(email)",
		"set_config(email, 'x', false)", "pg_read_file(email)", "(SELECT email FROM people)", "1 / (length(email) - length(email))", "encode(decode(email, 'hex'), 'hex')", "email::lquery",
		"row_to_json(people)::text::int", "to_regclass(email || '.a.b.c.d')", "pg_lsn(email)", "email::tid", "(email || '.t')::regclass", "has_table_privilege(email || '.t', 'select')", "has_database_privilege(email, 'connect')", "has_schema_privilege(email, 'usage')", "('1 ' || email)::regtype", "(email || '(')::regprocedure", "convert_from(email::bytea, 'UTF8')::int", "date_trunc(email, now())", "extract(epoch from email::interval)",
	} {
		err := staged(t.Context(), t, w.Open, eddy.Model{SQL: "SELECT id, (" + email + ")::text AS email FROM people"})
		if err == nil {
			t.Errorf("%s is no error", email)
		} else if strings.Contains(strings.ToLower(err.Error()), mark) {
			t.Errorf("%s: %v", email, err)
		}
	}
	// Nor do they quote numbers that are made of one.
	for _, number := range []string{"chr(ascii(email) * 100000)", "repeat('x', ascii(email) * 100000000)", "array_fill(1, ARRAY[ascii(email) * 10000000])::text", "make_date(1, ascii(email), 1)::text", "('999' || ascii(email))::int2::text"} {
		err := staged(t.Context(), t, w.Open, eddy.Model{SQL: "SELECT id, " + number + " AS email FROM people WHERE id = '1'"})
		if err == nil || strings.Contains(err.Error(), "90") { // that of Z
			t.Errorf("%s: %v", number, err)
		}
	}
	for sql, want := range map[string]string{
		"SELECT id, nope AS email FROM people": `column "nope" does not exist`, "SELECT id, email FROM nowhere": `relation "nowhere" does not exist`,
		"SELEC id": "syntax error", "SELECT id, nope(email) AS email FROM people": "function nope(text) does not exist",
	} {
		if err := staged(t.Context(), t, w.Open, eddy.Model{SQL: sql}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want it to say %s", sql, err, want)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// staged stages a model in the warehouse, and where that fails in a local state as well.
func staged(ctx context.Context, t *testing.T, open func(context.Context) (warehouse.Source, error), m eddy.Model) error {
	t.Helper()
	src, err := open(ctx)
	must(t, err)
	defer func() { _ = src.Close() }()
	sel := []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Class: warehouse.Text}}, {As: "email", Column: &warehouse.Column{Name: "email", Class: warehouse.Text}}}
	into := func(e warehouse.Engine, err error) error {
		must(t, err)
		defer func() { _ = e.Close() }()
		_, err = src.Stage(ctx, e, "eddy_stage", sel, m)
		return err
	}
	first := into(src.Engine(ctx, ""))
	if first == nil {
		return nil
	}
	second := into(duckdb.Engine{}.Open(ctx))
	if second == nil || eddy.ErrorCode(second) != eddy.ErrorCode(first) {
		t.Errorf("%s: %v in the warehouse, %v with local state", m.SQL, first, second)
	}
	if second != nil && len(second.Error()) > len(first.Error()) {
		return second
	}
	return first
}
