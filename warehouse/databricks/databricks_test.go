package databricks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/databricks"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// on is what these tests run on.
var on = warehousetest.OnDatabricks()

func TestSourceLocal(t *testing.T) { warehousetest.RunSource(t, harness(local, true)) }

func TestSourceInWarehouse(t *testing.T) { warehousetest.RunSource(t, harness(inWarehouse, false)) }

func TestEngine(t *testing.T) {
	warehousetest.RunEngine(t, warehousetest.Place{
		Warehouse: "databricks", On: on,
		Spelling: warehousetest.DatabricksSpelling(),
		Table:    "odd_table_1", Column: "B`c'\"$\\d", // warehousetest.DatabricksDiffers: names
		New: func(t *testing.T) string {
			site := warehousetest.NewSite(t, "databricks")
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
			databricks.Claiming(src, 30*time.Second)
			return src.Engine(ctx, own)
		},
	})
}

// Rows that are loaded through a volume come as the others, and nothing stays there.
func TestVolume(t *testing.T) {
	site := warehousetest.NewSite(t, "databricks")
	src, err := open(t.Context(), with(site.Options, "volume", `main."my eddy".loads`))
	must(t, err)
	defer src.Close()
	e, err := src.Engine(t.Context(), site.Own)
	must(t, err)
	defer e.Close()
	table := e.Schema() + ".t"
	_, err = e.Exec(t.Context(), "CREATE TABLE "+table+" (n BIGINT, s STRING, i INT, nothing BIGINT)")
	must(t, err)
	const many = 50_000
	want := map[string]bool{"<nil>|<nil>": true, "9007199254740993|it's\n`${x}\\ 🙂": true}
	must(t, e.Load(t.Context(), table, []string{"s", "n", "nothing"}, func(yield func([]any) bool) {
		yield([]any{nil, nil, nil})
		yield([]any{"it's\n`${x}\\ 🙂", int64(9007199254740993), nil})
		for i := range many {
			text := fmt.Sprint("row ", i)
			want[fmt.Sprint(i, "|", text)] = true
			yield([]any{text, int64(i), nil})
		}
	}))
	n := 0
	must(t, e.Query(t.Context(), "SELECT n, s FROM "+table+" WHERE nothing IS NULL AND i IS NULL", func(row [][]byte) error {
		got := "<nil>|<nil>"
		if row[0] != nil {
			got = string(row[0]) + "|" + string(row[1])
		}
		if n++; !want[got] {
			t.Errorf("a row is %q", got)
		}
		return nil
	}))
	if n != len(want) {
		t.Errorf("%d rows are there of %d", n, len(want))
	}
	if err := e.Load(t.Context(), e.Schema()+".gone", []string{"n"}, slices.Values([][]any{{int64(1)}})); eddy.ErrorCode(err) != eddy.CodeSource {
		t.Errorf("a load of no table: %v", err)
	}
	server, _ := warehousetest.Databricks(t)
	if left, err := server.Files("/Volumes/main/my eddy/loads"); err != nil || len(left) > 0 {
		t.Errorf("in the volume are %v (%v)", left, err)
	}
}

func harness(place func(*testing.T) *warehousetest.Warehouse, local bool) warehousetest.Harness {
	return warehousetest.Harness{
		Warehouse: "databricks", On: on, Local: local, New: place, Spelling: warehousetest.DatabricksSpelling(),
		Names: regexp.MustCompile(`^[a-z0-9_]+$`).MatchString, // warehousetest.DatabricksDiffers: names
		Types: types, Refused: refused, Usable: usable,
	}
}

// inWarehouse is an empty schema, and its server is the engine.
func inWarehouse(t *testing.T) *warehousetest.Warehouse {
	site := warehousetest.NewSite(t, "databricks")
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
	return databricks.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "databricks", Schema: "_eddy", Options: options})
}
