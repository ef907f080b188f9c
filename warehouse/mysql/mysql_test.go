package mysql_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
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

var schemas atomic.Int64

func harness(fresh func(testing.TB) *warehousetest.MySQLPlace, own own) warehousetest.Harness {
	return warehousetest.Harness{
		Spelling: spelling(), Names: named, Setup: append(setup(), own.setup...), Types: append(types(), own.types...), Usable: append(usable(), own.usable...),
		Refused: append(refusals(), own.refused...), Unchanged: map[string]string{"SELECT count(*) FROM customers": "1"},
		New: func(t *testing.T) *warehousetest.Warehouse {
			p, dir := fresh(t), t.TempDir()
			return &warehousetest.Warehouse{
				Exec: p.Exec, Value: p.Value,
				Schema: func(name string) (string, error) {
					// Databases are the server's, and others make some beside.
					made := fmt.Sprintf("%s_%d", name, schemas.Add(1))
					if len([]rune(made)) > 64 {
						made = string([]rune(made)[len([]rune(made))-64:])
					}
					t.Cleanup(func() { _ = p.Exec("DROP DATABASE " + quote(made)) })
					return made, p.Exec("CREATE DATABASE " + quote(made))
				},
				Open: func(ctx context.Context) (warehouse.Source, error) { return open(ctx, p.Options()) },
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

func quote(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// named says that names have characters of the basic plane alone.
func named(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r > 0xffff })
}
