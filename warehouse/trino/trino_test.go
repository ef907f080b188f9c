package trino_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/trino"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// on is what these tests run on.
const on = "Trino 483, memory"

func TestSourceInWarehouse(t *testing.T) { warehousetest.RunSource(t, harness(inWarehouse, false)) }

func TestSourceLocal(t *testing.T) { warehousetest.RunSource(t, harness(local, true)) }

func TestEngine(t *testing.T) {
	warehousetest.RunEngine(t, warehousetest.Place{
		Warehouse: "trino", On: on,
		Spelling: warehousetest.TrinoSpelling(),
		New: func(t *testing.T) string {
			s, schema := warehousetest.Trino(t)
			return s.Port() + " " + schema
		},
		Open: func(ctx context.Context, name string) (warehouse.Engine, error) {
			port, schema, _ := strings.Cut(name, " ")
			src, err := open(ctx, plain(port, schema))
			if err != nil {
				return nil, err
			}
			// A claim that nobody renews any more is over while the suite waits.
			trino.Claiming(src, 15*time.Second)
			return src.Engine(ctx, state(schema))
		},
	})
}

func harness(place func(*testing.T) *warehousetest.Warehouse, local bool) warehousetest.Harness {
	return warehousetest.Harness{Warehouse: "trino", On: on, Local: local, New: place, Spelling: warehousetest.TrinoSpelling(), Names: func(name string) bool { return name == strings.ToLower(name) }, Types: types, Refused: refused, Usable: usable}
}

// state is a place for a ledger beside a test's schema.
func state(schema string) string { return `memory."` + schema + `_eddy ""x"".y"` }

// plain are the options that reach a schema of the test's server without a log-in.
func plain(port, schema string) map[string]string {
	return map[string]string{"host": "127.0.0.1", "port": port, "http_scheme": "http", "user": "eddy", "catalog": "memory", "default_schema": schema}
}

// inWarehouse is an empty schema, and its server is the engine.
func inWarehouse(t *testing.T) *warehousetest.Warehouse {
	site := warehousetest.NewSite(t, "trino")
	return &warehousetest.Warehouse{
		Exec: site.Exec, Value: site.Value, Schema: site.Schema,
		Open: func(ctx context.Context) (warehouse.Source, error) { return open(ctx, site.Options) },
		Engine: func(ctx context.Context, src warehouse.Source) (warehouse.Engine, error) {
			return src.Engine(ctx, site.Own)
		},
	}
}

// local is an empty schema with the embedded engine.
func local(t *testing.T) *warehousetest.Warehouse {
	w, dir := inWarehouse(t), t.TempDir()
	w.Engine = func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
		return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
	}
	return w
}

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return trino.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "trino", Schema: "_eddy", Options: options})
}
