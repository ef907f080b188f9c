package clickhouse

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// protocols are what both of which every suite is run over.
func protocols() []string { return []string{native, overHTTP} }

// at are the options of a database of the server, as the administrator, without TLS.
func at(s *warehousetest.ClickHouseServer, driver, database string) map[string]string {
	port := s.Native
	if driver == overHTTP {
		port = s.HTTP
	}
	return map[string]string{"host": "127.0.0.1", "port": strconv.Itoa(port), "user": "admin", "password": "admin", "database": database, "driver": driver, "secure": "false"}
}

func opened(ctx context.Context, options map[string]string) (*source, error) {
	return open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "clickhouse", Schema: "_eddy", Options: options})
}

// lifeInTests is a claim's life: a process that was killed is waited for.
const lifeInTests = 9 * time.Second

func TestEngine(t *testing.T) {
	for _, driver := range protocols() {
		t.Run(driver, func(t *testing.T) {
			warehousetest.Wanted(t, "clickhouse")
			warehousetest.RunEngine(t, warehousetest.Place{
				Warehouse: "clickhouse", On: warehousetest.OnClickHouse,
				New: func(t *testing.T) string {
					s := warehousetest.ClickHouse(t)
					return fmt.Sprintf("%d %d %s", s.Native, s.HTTP, s.Database(t))
				},
				Open: func(ctx context.Context, name string) (warehouse.Engine, error) {
					var s warehousetest.ClickHouseServer
					var database string
					if _, err := fmt.Sscan(name, &s.Native, &s.HTTP, &database); err != nil {
						return nil, err
					}
					src, err := opened(ctx, at(&s, driver, database))
					if err != nil {
						return nil, err
					}
					defer src.Close()
					return src.engine(ctx, database+"_eddy", false, lifeInTests)
				},
				Spelling: warehousetest.ClickHouseSpelling(),
			})
		})
	}
}

// TestSource runs the suite over both protocols, in the server and for the embedded engine.
func TestSource(t *testing.T) {
	for _, driver := range protocols() {
		for _, local := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s local %t", driver, local), func(t *testing.T) {
				warehousetest.Wanted(t, "clickhouse")
				warehousetest.RunSource(t, warehousetest.Harness{
					Warehouse: "clickhouse", On: warehousetest.OnClickHouse, Local: local,
					New:      func(t *testing.T) *warehousetest.Warehouse { return fresh(t, driver, local) },
					Spelling: warehousetest.ClickHouseSpelling(), Types: types(), Refused: refusedSQL(), Usable: usable(),
				})
			})
		}
	}
}

func fresh(t *testing.T, driver string, local bool) *warehousetest.Warehouse {
	t.Helper()
	s := warehousetest.ClickHouse(t)
	site, dir := warehousetest.NewSite(t, "clickhouse"), t.TempDir()
	database := site.Options["database"]
	w := &warehousetest.Warehouse{
		Exec: site.Exec, Value: site.Value, Schema: site.Schema,
		Open: func(ctx context.Context) (warehouse.Source, error) { return opened(ctx, at(s, driver, database)) },
		Engine: func(ctx context.Context, src warehouse.Source) (warehouse.Engine, error) {
			return src.Engine(ctx, database+"_eddy")
		},
	}
	if local {
		w.Engine = func(ctx context.Context, _ warehouse.Source) (warehouse.Engine, error) {
			return duckdb.Engine{Path: filepath.Join(dir, "vip.duckdb")}.Open(ctx)
		}
	}
	return w
}
