package duckdb_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("EDDY_TEST_HOLD"); path != "" {
		hold(path)
		return
	}
	os.Exit(warehousetest.Main(m))
}

// onDuckDB is what was tested.
const onDuckDB = "the embedded DuckDB"

func TestSource(t *testing.T) {
	warehousetest.RunSource(t, warehousetest.Harness{Warehouse: "duckdb", On: onDuckDB, Local: true, New: fresh, Spelling: warehousetest.Standard(), Setup: setup, Types: types, Usable: usable, Refused: refused, Unchanged: unchanged})
}

func TestEngine(t *testing.T) {
	warehousetest.RunEngine(t, warehousetest.Place{
		Warehouse: "duckdb", On: onDuckDB,
		Spelling: warehousetest.Standard(),
		New:      func(t *testing.T) string { return filepath.Join(t.TempDir(), "state", "vip.duckdb") },
		Open: func(ctx context.Context, path string) (warehouse.Engine, error) {
			return duckdb.Engine{Path: path}.Open(ctx)
		},
		Alone: true,
	})
}

// fresh is an empty DuckDB file, and an engine in a folder beside it.
func fresh(t *testing.T) *warehousetest.Warehouse {
	dir := t.TempDir()
	exec := func(do func(*sql.DB) error) error {
		db, err := sql.Open("duckdb", filepath.Join(dir, "shop.duckdb"))
		if err == nil {
			defer func() { _ = db.Close() }()
			err = do(db)
		}
		return err
	}
	if err := exec((*sql.DB).Ping); err != nil {
		t.Fatal(err)
	}
	return &warehousetest.Warehouse{
		Exec: func(q string) error { return exec(func(db *sql.DB) error { _, err := db.Exec(q); return err }) },
		Value: func(q string) (s string, err error) {
			return s, exec(func(db *sql.DB) error { return db.QueryRow(q).Scan(&s) })
		},
		Open: func(ctx context.Context) (warehouse.Source, error) {
			return duckdb.Kind().Open(ctx, eddy.Source{Name: "shop", Type: "duckdb", Dir: dir, Opened: []string{"/"}, OpenDir: true, Options: map[string]string{"path": "shop.duckdb"}})
		},
		Engine: func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
			return duckdb.Engine{Path: filepath.Join(dir, "state", "vip.duckdb")}.Open(ctx)
		},
	}
}
