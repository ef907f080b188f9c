package bigquery_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/bigquery"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

func TestSourceInWarehouse(t *testing.T) { warehousetest.RunSource(t, harness(inWarehouse, false)) }

func TestSourceLocal(t *testing.T) { warehousetest.RunSource(t, harness(local, true)) }

func TestEngine(t *testing.T) {
	warehousetest.RunEngine(t, warehousetest.Place{
		Warehouse: "bigquery", On: warehousetest.OnBigQuery(), Table: "odd table-1 ä", Column: "odd column-1 ä",
		Spelling: warehousetest.BigQuerySpelling(),
		New: func(t *testing.T) string {
			s, dataset := warehousetest.BigQuery(t)
			name, err := json.Marshal(s.Options(dataset))
			if err != nil {
				t.Fatal(err)
			}
			return string(name)
		},
		Open: func(ctx context.Context, name string) (warehouse.Engine, error) {
			var options map[string]string
			if err := json.Unmarshal([]byte(name), &options); err != nil {
				return nil, err
			}
			src, err := open(ctx, options)
			if err != nil {
				return nil, err
			}
			// A claim that nobody renews any more is over while the suite waits.
			bigquery.Claiming(src, 15*time.Second)
			return src.Engine(ctx, options["default_dataset"]+"_eddy")
		},
	})
}

func harness(place func(*testing.T) *warehousetest.Warehouse, local bool) warehousetest.Harness {
	return warehousetest.Harness{
		Warehouse: "bigquery", On: warehousetest.OnBigQuery(), Local: local, New: place,
		Spelling: warehousetest.BigQuerySpelling(), Names: warehousetest.BigQueryNames, Types: types(), Refused: refused(), Usable: usable(),
	}
}

// inWarehouse is an empty dataset, and its server is the engine.
func inWarehouse(t *testing.T) *warehousetest.Warehouse {
	site := warehousetest.NewSite(t, "bigquery")
	return &warehousetest.Warehouse{
		Exec: site.Exec, Value: site.Value, Schema: site.Schema,
		Open: func(ctx context.Context) (warehouse.Source, error) { return open(ctx, site.Options) },
		Engine: func(ctx context.Context, src warehouse.Source) (warehouse.Engine, error) {
			return src.Engine(ctx, site.Own)
		},
	}
}

// local is an empty dataset with the embedded engine.
func local(t *testing.T) *warehousetest.Warehouse {
	w, dir := inWarehouse(t), t.TempDir()
	w.Engine = func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
		return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
	}
	return w
}

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return bigquery.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "bigquery", Schema: "_eddy", Options: options})
}

// selected is a record id.
func selected() []warehouse.Selected {
	return []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Type: "STRING", Class: warehouse.Text}}}
}

func commented(ctx context.Context, comment string) context.Context {
	return warehouse.WithComment(ctx, comment)
}

// running counts the server's jobs that have not ended.
func running(t *testing.T, s *warehousetest.BigQueryServer) int {
	t.Helper()
	n, err := s.Running(t.Context(), "eddy_")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// await looks again until something has come true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: it does not", what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestTexts: what the stand-in cannot read, and what ends a statement.
func TestTexts(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT ''' it's; -- ''' ; -- x": "SELECT ''' it's; -- '''",
		`SELECT """ "; """ ; # x`:        `SELECT """ "; """`,
		`SELECT r'\'', 'a\'; ' ;`:        `SELECT r'\'', 'a\'; '`,
		"SELECT `a\\`; ` ;":              "SELECT `a\\`; `",
		"SELECT 1 /* /* */ ; -- */":      "SELECT 1",
		"SELECT 1 -- a\rWHERE TRUE":      "SELECT 1 -- a\rWHERE TRUE",
		"SELECT $1; $a$ ; $a$":           "SELECT $1; $a$ ; $a$",
	} {
		if got := bigquery.Statement(sql); got != want {
			t.Errorf("%q became %q", sql, got)
		}
	}
}
