package postgres_test

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/tunnel/tunneltest"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// behind gives the options of a fresh database behind an SSH host, which alone knows its name.
func behind(t *testing.T) (*tunneltest.Host, map[string]string, *sql.DB) {
	t.Helper()
	at := warehousetest.Postgres(t)
	u, err := url.Parse(at)
	must(t, err)
	h := tunneltest.Start(t)
	options := h.Options()
	maps.Copy(options, map[string]string{"host": "db.internal", "port": u.Port(), "user": "eddy", "password": "eddy", "database": strings.TrimPrefix(u.Path, "/"), "sslmode": "disable"})
	db, err := sql.Open("pgx", at)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return h, options, db
}

// TestThroughAnSSHHost: models are read and state is kept through it, with one log-in, and a
// statement that is cancelled ends on the server.
func TestThroughAnSSHHost(t *testing.T) {
	t.Parallel()
	warehousetest.Passed(t, "postgres", "tunnel", onPostgres)
	h, options, db := behind(t)
	_, err := db.Exec("CREATE TABLE people AS SELECT i::text AS id, 'u' || i || '@x.com' AS email FROM generate_series(1, 50000) AS g(i)")
	must(t, err)
	src, err := open(t.Context(), options)
	must(t, err)
	defer func() { _ = src.Close() }()
	e, err := src.Engine(t.Context(), "_eddy")
	must(t, err)
	lease, err := e.Lock(t.Context(), "vip")
	must(t, err)
	sel := []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Class: warehouse.Text}}}
	local, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer func() { _ = local.Close() }()
	for _, into := range []warehouse.Engine{e, local} {
		st, err := src.Stage(t.Context(), into, "eddy_stage", sel, eddy.Model{Table: "people"})
		if err != nil || st.Rows != 50_000 {
			t.Errorf("%d rows: %v", st.Rows, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, stop)
	if err := e.Query(ctx, "SELECT pg_sleep(300)", func([][]byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	var running int
	must(t, db.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(300)' AND state = 'active' AND pid <> pg_backend_pid()").Scan(&running))
	if running != 0 {
		t.Error("the statement goes on at the server")
	}
	if err := e.Query(t.Context(), "SELECT 1", func([][]byte) error { return nil }); err != nil || lease.Err() != nil {
		t.Errorf("after it: %v, %v", err, lease.Err())
	}
	lease.Release(t.Context())
	must(t, e.Close())
	if n := h.LogIns(); n != 1 {
		t.Errorf("%d log-ins", n)
	}
	for _, at := range h.Dialled() {
		if !strings.HasPrefix(at, "db.internal:") {
			t.Errorf("dialled %s", at)
		}
	}
}

// TestAnSSHHostThatBreaks: who is cut off in mid-read hears of it, and rows that came are not
// taken for all (promise 3). What is wrong with the way is told with the source's name.
func TestAnSSHHostThatBreaks(t *testing.T) {
	t.Parallel()
	h, options, _ := behind(t)
	src, err := open(t.Context(), options)
	must(t, err)
	defer func() { _ = src.Close() }()
	e, err := src.Engine(t.Context(), "")
	must(t, err)
	defer func() { _ = e.Close() }()
	n := 0
	err = e.Query(t.Context(), "SELECT i FROM generate_series(1, 3000000) AS g(i)", func([][]byte) error {
		if n++; n == 1000 {
			h.Drop()
		}
		return nil
	})
	if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), "the connection broke") || n == 3_000_000 {
		t.Errorf("after %d rows: %v", n, err)
	}
	for want, changed := range map[string]map[string]string{
		"ssh.host_key is missing":            {"ssh.host_key": ""},
		"does not let root in with this key": {"ssh.user": "root"},
		"does not reach db.internal:1: ":     {"port": "1"},
	} {
		o := maps.Clone(options)
		maps.Copy(o, changed)
		_, err := open(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "source shop: PostgreSQL at db.internal:") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
