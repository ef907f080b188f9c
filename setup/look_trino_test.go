package setup_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// Where a session has no tables of its own, a look before the first run works in memory here, on
// digests, and makes nothing in the warehouse; a look at state that is there works beside it.
func TestLooksOfWarehousesWithoutScratchTables(t *testing.T) {
	site := warehousetest.NewSite(t, "trino")
	path := filepath.Join(t.TempDir(), "eddy.yaml")
	text := `
sources: {shop: {type: trino, host: 127.0.0.1, port: ` + site.Options["port"] + `, http_scheme: http, user: eddy, catalog: memory, default_schema: ` + site.Options["default_schema"] + `, schema: ` + site.Own + `}}
destinations: {x: {type: x_audience, account_id: 18ce54d4x5t, consumer_key: a, consumer_secret: b, access_token: c, access_token_secret: d}}
connections: {vip: {source: shop, table: customers, destination: x, audience: {id: 1nmth}, identifier: id, mapping: {email: email}, schedule: {type: manual}}}
`
	must(t, os.WriteFile(path, []byte(text), 0o600))
	s, err := setup.Load(path, "", os.LookupEnv)
	must(t, err)
	look := func(local bool) {
		t.Helper()
		job, err := s.Job(t.Context(), s.Connections["vip"], true)
		must(t, err)
		defer func() { _ = job.Source.Close() }()
		e, err := job.State(t.Context())
		must(t, err)
		defer func() { _ = e.Close() }()
		if job.Digests != local || e.Dialect().Temporary != local || local == strings.Contains(e.Schema(), "memory") {
			t.Errorf("a look works in schema %q, on digests: %v; locally: %v", e.Schema(), job.Digests, local)
		}
	}
	look(true)
	if n, err := site.Value("SELECT CAST(count(*) AS varchar) FROM memory.information_schema.schemata WHERE 'memory.' || schema_name = '" + site.Own + "'"); n != "0" || err != nil {
		t.Errorf("the look made the schema: %s (%v)", n, err)
	}
	must(t, site.Exec("CREATE SCHEMA "+site.Own))
	must(t, site.Exec("CREATE TABLE "+site.Own+".runs (n bigint)"))
	look(false)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
