package databricks_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/databricks"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// on is what these tests run on.
const on = "a stand-in: Spark 4.1.4 with Delta 4.3.0 behind the API"

func TestSourceLocal(t *testing.T) { warehousetest.RunSource(t, harness(local, true)) }

func harness(place func(*testing.T) *warehousetest.Warehouse, local bool) warehousetest.Harness {
	return warehousetest.Harness{
		Warehouse: "databricks", On: on, Local: local, New: place, Spelling: warehousetest.DatabricksSpelling(),
		Names: regexp.MustCompile(`^[a-z0-9_]+$`).MatchString, // warehousetest.DatabricksDiffers: names
		Types: types, Refused: refused, Usable: usable,
	}
}

// local is an empty schema with the embedded engine.
func local(t *testing.T) *warehousetest.Warehouse {
	site, dir := warehousetest.NewSite(t, "databricks"), t.TempDir()
	return &warehousetest.Warehouse{
		Exec: site.Exec, Value: site.Value, Schema: site.Schema,
		Open: func(ctx context.Context) (warehouse.Source, error) { return open(ctx, site.Options) },
		Engine: func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
			return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
		},
	}
}

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return databricks.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "databricks", Schema: "_eddy", Options: options})
}
