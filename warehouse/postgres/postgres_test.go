package postgres_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// onPostgres is what was tested.
const onPostgres = "Debian's PostgreSQL"

func TestSourceInWarehouse(t *testing.T) {
	warehousetest.RunSource(t, harness(inWarehouse))
}

func TestSourceLocal(t *testing.T) {
	h := harness(local)
	h.Local = true
	warehousetest.RunSource(t, h)
}

func harness(fresh func(*testing.T) *warehousetest.Warehouse) warehousetest.Harness {
	return warehousetest.Harness{Warehouse: "postgres", On: onPostgres, New: fresh, Spelling: warehousetest.Standard(), Setup: setup, Types: types, Usable: usable, Refused: refused, Unchanged: unchanged}
}

func TestEngine(t *testing.T) {
	warehousetest.RunEngine(t, warehousetest.Place{
		Warehouse: "postgres", On: onPostgres,
		Spelling: warehousetest.Standard(),
		New:      func(t *testing.T) string { return warehousetest.Postgres(t) },
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
			_, err = db.Exec("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'eddy' AND datname = current_database()")
			return err
		},
	})
}

// inWarehouse is an empty database that is its own engine.
func inWarehouse(t *testing.T) *warehousetest.Warehouse {
	url := warehousetest.Postgres(t)
	return reached(t, url, url)
}

// reached is the database of a URL, which Eddy reaches through another one.
func reached(t *testing.T, url, through string) *warehousetest.Warehouse {
	t.Helper()
	db, err := sql.Open("pgx", url)
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

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return postgres.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "postgres", Schema: "_eddy", Options: options})
}
