package snowflake_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/snowflake"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// on is what these tests run on.
var on = warehousetest.OnSnowflake()

func TestSourceLocal(t *testing.T) { warehousetest.RunSource(t, harness(local, true)) }

func TestSourceInWarehouse(t *testing.T) { warehousetest.RunSource(t, harness(inWarehouse, false)) }

func TestEngine(t *testing.T) {
	warehousetest.RunEngine(t, warehousetest.Place{
		Warehouse: "snowflake", On: on,
		Spelling: warehousetest.SnowflakeSpelling(),
		// fakesnow finds the stage of a plain name alone; Snowflake was not asked.
		Table: "odd_table_1$",
		New: func(t *testing.T) string {
			site := warehousetest.NewSite(t, "snowflake")
			name, err := json.Marshal([]any{site.Own, site.Options})
			must(t, err)
			return string(name)
		},
		Open: func(ctx context.Context, name string) (warehouse.Engine, error) {
			var own string
			var options map[string]string
			if err := json.Unmarshal([]byte(name), &[]any{&own, &options}); err != nil {
				return nil, err
			}
			src, err := open(ctx, options)
			if err != nil {
				return nil, err
			}
			// A claim that nobody renews any more is over while the suite waits.
			snowflake.Claiming(src, 15*time.Second)
			return src.Engine(ctx, own)
		},
	})
}

func harness(place func(*testing.T) *warehousetest.Warehouse, local bool) warehousetest.Harness {
	return warehousetest.Harness{Warehouse: "snowflake", On: on, Local: local, Viewless: true, New: place, Spelling: warehousetest.SnowflakeSpelling(), Names: names, Types: types, Refused: refused, Usable: usable}
}

// folded are names that Snowflake finds in upper case however they are written: Eddy shows them in
// lower case, which TestNames tries.
var folded = regexp.MustCompile(`^(?:[a-z_][a-z0-9_$]*|[A-Z_][A-Z0-9_$]*)$`)

// names leaves out those, and the ones that fakesnow cannot have.
func names(name string) bool { return !folded.MatchString(name) && !strings.ContainsAny(name, `"'.`) }

// inWarehouse is an empty database, and its server is the engine.
func inWarehouse(t *testing.T) *warehousetest.Warehouse {
	w := local(t)
	w.Engine = func(ctx context.Context, src warehouse.Source) (warehouse.Engine, error) {
		return src.Engine(ctx, "_eddy")
	}
	return w
}

// local is an empty database with the embedded engine.
func local(t *testing.T) *warehousetest.Warehouse {
	dir := t.TempDir()
	return seen(warehousetest.NewSite(t, "snowflake"), func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
		return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
	})
}

func seen(site *warehousetest.Site, engine func(context.Context, warehouse.Source) (warehouse.Engine, error)) *warehousetest.Warehouse {
	return &warehousetest.Warehouse{
		Exec: site.Exec, Value: site.Value, Schema: site.Schema, Engine: engine,
		Open: func(ctx context.Context) (warehouse.Source, error) { return open(ctx, site.Options) },
	}
}

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return snowflake.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "snowflake", Schema: "_eddy", Options: options})
}
