package snowflake_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/snowflake"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// on is what these tests run on.
const on = "a stand-in: fakesnow, behind a server that checks what Snowflake checks"

func TestSourceLocal(t *testing.T) { warehousetest.RunSource(t, harness(local, true)) }

func harness(place func(*testing.T) *warehousetest.Warehouse, local bool) warehousetest.Harness {
	return warehousetest.Harness{Warehouse: "snowflake", On: on, Local: local, New: place, Spelling: warehousetest.SnowflakeSpelling(), Names: names, Types: types, Refused: refused, Usable: usable}
}

// folded are names that Snowflake finds in upper case however they are written: Eddy shows them in
// lower case, which TestNames tries.
var folded = regexp.MustCompile(`^(?:[a-z_][a-z0-9_$]*|[A-Z_][A-Z0-9_$]*)$`)

// names leaves out those, and the ones that fakesnow cannot have.
func names(name string) bool { return !folded.MatchString(name) && !strings.ContainsAny(name, `"'.`) }

// local is an empty database with the embedded engine.
func local(t *testing.T) *warehousetest.Warehouse {
	site, dir := warehousetest.NewSite(t, "snowflake"), t.TempDir()
	return &warehousetest.Warehouse{
		Exec: site.Exec, Value: site.Value, Schema: site.Schema,
		Open: func(ctx context.Context) (warehouse.Source, error) { return open(ctx, site.Options) },
		Engine: func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
			return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
		},
	}
}

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return snowflake.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "snowflake", Schema: "_eddy", Options: options})
}
