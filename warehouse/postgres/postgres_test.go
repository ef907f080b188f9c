package postgres_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

func TestStateInWarehouse(t *testing.T) {
	warehousetest.Run(t, warehousetest.Harness{New: inWarehouse, Setup: setup, Types: types, Refused: refused, Locks: true})
}

func TestStateLocal(t *testing.T) {
	warehousetest.Run(t, warehousetest.Harness{New: local, Setup: setup, Types: types, Refused: refused, Digests: true})
}

// inWarehouse is an empty database with state in its own schema.
func inWarehouse(t *testing.T) *warehousetest.Warehouse {
	url := warehousetest.Postgres(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &warehousetest.Warehouse{
		Exec:  func(q string) error { _, err := db.Exec(q); return err },
		Value: func(q string) (s string, err error) { return s, db.QueryRow(q).Scan(&s) },
		Open:  func(ctx context.Context) (warehouse.Source, error) { return open(ctx, map[string]string{"url": url}) },
		State: func(ctx context.Context, src warehouse.Source, _ string) (warehouse.Session, error) {
			return src.Session(ctx, `_eddy "x"."y"`)
		},
	}
}

// local is an empty database with state in DuckDB files.
func local(t *testing.T) *warehousetest.Warehouse {
	w, dir := inWarehouse(t), t.TempDir()
	w.State = func(ctx context.Context, _ warehouse.Source, connection string) (warehouse.Session, error) {
		return duckdb.Engine{Path: filepath.Join(dir, warehouse.Slug(connection)+".duckdb")}.Open(ctx)
	}
	return w
}

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return postgres.Kind().Open(ctx, eddy.Source{Name: "shop", Type: "postgres", Schema: "_eddy", Options: options})
}
