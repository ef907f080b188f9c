package redshift_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/redshift"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

func TestSourceInWarehouse(t *testing.T) {
	warehousetest.RunSource(t, harness(inWarehouse))
}

func TestSourceLocal(t *testing.T) {
	h := harness(local)
	h.Local = true
	warehousetest.RunSource(t, h)
}

func harness(fresh func(*testing.T) *warehousetest.Warehouse) warehousetest.Harness {
	return warehousetest.Harness{
		Warehouse: "redshift", On: warehousetest.OnRedshift(), New: fresh, Spelling: warehousetest.RedshiftSpelling(), Types: types(), Usable: usable(), Refused: refused(),
	}
}

// types are those of Redshift that PostgreSQL has as well.
func types() []warehousetest.Type {
	return []warehousetest.Type{
		{Type: "BOOLEAN", Value: "true", Text: "true"},
		{Type: "SMALLINT", Value: "-7", Text: "-7"},
		{Type: "INTEGER", Value: "42", Text: "42"},
		{Type: "BIGINT", Value: "9007199254740993", Text: "9007199254740993"},
		{Type: "DECIMAL(38, 10)", Value: "12345678901234567890.5", Text: "12345678901234567890.5000000000"},
		{Type: "DECIMAL(12, 2)", Value: "4155550101", Text: "4155550101"},
		{Type: "REAL", Value: "1.5", Text: "1.5"},
		{Type: "FLOAT8", Value: "4155550101", Text: "4155550101"},
		{Type: "FLOAT8", Value: "9007199254740992", Text: "rounded 9.007199254740992e+15"},
		{Type: "FLOAT8", Value: "'NaN'", Text: "NaN"},
		{Type: "CHAR(5)", Value: "'ab'", Text: "ab"},
		{Type: "VARCHAR(20)", Value: "'it''s'", Text: "it's"},
		{Type: "DATE", Value: "'2026-02-03'", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
		{Type: "TIMESTAMP", Value: "'2026-02-03 04:05:06.5'", Text: "2026-02-03 04:05:06.5", Time: "2026-02-03T04:05:06Z"},
		{Type: "TIMESTAMPTZ", Value: "'2026-02-03 04:05:06.5+09'", Text: "2026-02-02 19:05:06.5+00", Time: "2026-02-02T19:05:06Z"},
		{Type: "TIME", Value: "'04:05:06'", Text: "04:05:06"},
	}
}

func usable() []string {
	return []string{
		"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u /* /* */ */ WHERE id = '1' -- */",
		"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u -- the first\rWHERE id = '1'",
		"SELECT id, NVL(email, '') AS email FROM customers",
		"SELECT id, email FROM customers WHERE email <> 'it\\'s'",
		"SELECT MAX(id) AS id, MAX(email) AS email FROM customers CROSS JOIN (SELECT GETDATE() AS now) n",
	}
}

func refused() []string {
	return []string{
		"SELECT id, email INTO thief FROM customers", "UNLOAD ('SELECT 1') TO 's3://thief/'", "CALL thief()", "GRANT ALL ON customers TO PUBLIC",
		"SELECT id, pg_terminate_backend(1) AS email FROM customers", "SELECT id, \"PG_CANCEL_BACKEND\"(1) AS email FROM customers", "SELECT id, set_config('a.b', 'c', false) AS email FROM customers",
		"SELECT id, email FROM customers LIMIT 1; SELECT 1 AS id, '' AS email",
	}
}

// inWarehouse is an empty database that is its own engine.
func inWarehouse(t *testing.T) *warehousetest.Warehouse {
	through, direct := warehousetest.Redshift(t)
	db, err := sql.Open("pgx", direct)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &warehousetest.Warehouse{
		Exec:  func(q string) error { _, err := db.Exec(q); return err },
		Value: func(q string) (s string, err error) { return s, db.QueryRow(q).Scan(&s) },
		Open: func(ctx context.Context) (warehouse.Source, error) {
			return open(ctx, map[string]string{"url": through})
		},
		Engine: func(ctx context.Context, src warehouse.Source) (warehouse.Engine, error) {
			return src.Engine(ctx, `_eddy "x"."y"`)
		},
	}
}

// local is an empty database with the embedded engine.
func local(t *testing.T) *warehousetest.Warehouse {
	w, dir := inWarehouse(t), t.TempDir()
	w.Engine = func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
		return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
	}
	return w
}

func TestEngine(t *testing.T) {
	warehousetest.RunEngine(t, warehousetest.Place{
		Warehouse: "redshift", On: warehousetest.OnRedshift(),
		Spelling: warehousetest.RedshiftSpelling(),
		New: func(t *testing.T) string {
			through, _ := warehousetest.Redshift(t)
			return through
		},
		Open: func(ctx context.Context, url string) (warehouse.Engine, error) {
			src, err := open(ctx, map[string]string{"url": url})
			if err != nil {
				return nil, err
			}
			defer src.Close()
			return src.Engine(ctx, `_eddy "x"."y"`)
		},
		Cut: func(url string) error {
			db, err := sql.Open("pgx", url)
			if err != nil {
				return err
			}
			defer db.Close()
			_, err = db.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'eddy' AND datname = current_database()")
			return err
		},
	})
}

// claimsLive is how long a lock lives in tests that nobody renews.
const claimsLive = 6 * time.Second

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return redshift.OpenWith(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "redshift", Schema: "_eddy", Options: options}, claimsLive)
}
