package mysql_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/mysql"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

func TestSourceMariaDB(t *testing.T) {
	warehousetest.RunSource(t, harness(warehousetest.MariaDB, mariaDB()))
}

func TestSourceMySQL(t *testing.T) {
	warehousetest.Wanted(t, "mysql")
	warehousetest.RunSource(t, harness(warehousetest.MySQL, mySQL()))
}

func harness(fresh func(testing.TB) *warehousetest.MySQLPlace, own own) warehousetest.Harness {
	return warehousetest.Harness{
		Warehouse: own.kind(), On: own.on, Local: true,
		Spelling: warehousetest.MySQLSpelling(), Names: named, Setup: append(prepares(), own.setup...), Types: append(types(), own.types...), Usable: append(usable(), own.usable...),
		Refused: append(refusals(), own.refused...), Unchanged: map[string]string{"SELECT count(*) FROM customers": "1"},
		New: func(t *testing.T) *warehousetest.Warehouse {
			p, dir := fresh(t), t.TempDir()
			return &warehousetest.Warehouse{
				Exec: p.Exec, Value: p.Value,
				Schema: p.Schema(t),
				Open:   func(ctx context.Context) (warehouse.Source, error) { return open(ctx, p.Options()) },
				Engine: func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
					return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
				},
			}
		},
	}
}

func open(ctx context.Context, options map[string]string) (warehouse.Source, error) {
	return mysql.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "mysql", Options: options})
}

// named says that names have characters of the basic plane alone.
func named(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r > 0xffff })
}
