package ledger_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// The state of an Eddy that kept it in other tables is refused, and left as it is: by a
// run, and by a look.
func TestStateOfAnOlderEddyIsRefused(t *testing.T) {
	t.Parallel()
	for _, table := range []string{"prepared_with", "sync_runs"} {
		for place, open := range places(t) {
			t.Run(place+"/"+table, func(t *testing.T) {
				e := open(t)
				if _, err := e.Exec(t.Context(), "CREATE TABLE "+e.Schema()+"."+table+" (id INTEGER)"); err != nil {
					t.Fatal(err)
				}
				for what, refused := range map[string]func() error{
					"a check": func() error { return ledger.EnsureShared(t.Context(), e) },
					"a run": func() error {
						_, err := ledger.Open(t.Context(), ledger.Config{Engine: e, Connection: "vip"})
						return err
					},
					"a look": func() error {
						_, err := ledger.Open(t.Context(), ledger.Config{Engine: e, Connection: "vip", Dry: true})
						return err
					},
				} {
					err := refused()
					if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "table "+table) || !strings.Contains(err.Error(), "Drop Eddy's schema") {
						t.Errorf("%s: got %v", what, err)
					}
				}
				if _, err := e.Exec(t.Context(), "SELECT 1 FROM "+e.Schema()+".runs"); err == nil {
					t.Error("tables were made beside the old ones")
				}
			})
		}
	}
}

// The first runs of several connections make the shared tables in the same moment.
func TestFirstRunsAtOnceMakeTheSharedTables(t *testing.T) {
	t.Parallel()
	url := warehousetest.Postgres(t)
	var g errgroup.Group
	for range 12 {
		e := postgresEngine(t, url)
		g.Go(func() error { return ledger.EnsureShared(t.Context(), e) })
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// places opens an engine of each place that ledgers live in.
func places(t *testing.T) map[string]func(*testing.T) warehouse.Engine {
	t.Helper()
	return map[string]func(*testing.T) warehouse.Engine{
		"postgres": func(t *testing.T) warehouse.Engine { t.Helper(); return postgresEngine(t, warehousetest.Postgres(t)) },
		"file": func(t *testing.T) warehouse.Engine {
			t.Helper()
			e, err := duckdb.Engine{Path: filepath.Join(t.TempDir(), "vip.duckdb")}.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			return e
		},
	}
}

func postgresEngine(t *testing.T, url string) warehouse.Engine {
	t.Helper()
	src, err := postgres.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "postgres", Schema: "_eddy", Options: map[string]string{"url": url}})
	if err != nil {
		t.Fatal(err)
	}
	e, err := src.Engine(t.Context(), "_eddy")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = e.Close()
		_ = src.Close()
	})
	return e
}
