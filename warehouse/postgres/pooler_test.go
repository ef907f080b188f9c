package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// A pool that shares its sessions out by the statement or the transaction is told when the
// source is opened, however it chooses them and whoever else uses it, and nothing is set in
// sessions that are others' next.
func TestPoolerThatSharesSessionsIsRefused(t *testing.T) {
	t.Parallel()
	database := warehousetest.Postgres(t)
	for name, settings := range map[string][]string{
		"transaction":                 nil,
		"statement":                   nil,
		"transaction, one session":    {"default_pool_size = 1"},
		"transaction, in turn":        {"server_round_robin = 1", "min_pool_size = 2"},
		"transaction, many, in turn":  {"server_round_robin = 1", "min_pool_size = 7"},
		"transaction, others busy":    {"default_pool_size = 4"},
		"transaction, others in turn": {"default_pool_size = 5", "server_round_robin = 1"},
	} {
		t.Run(name, func(t *testing.T) {
			mode, _, _ := strings.Cut(name, ",")
			url := warehousetest.Pooler(t, database, mode, settings...)
			if strings.Contains(name, "others") {
				crowd(t, url)
			}
			src, err := open(t.Context(), map[string]string{"url": url})
			if err == nil {
				_ = src.Close()
				t.Fatal("it was opened")
			}
			e, ok := errors.AsType[*eddy.Error](err)
			if !ok || e.Code != eddy.CodeSource || !strings.Contains(e.What, "a pooler stands before the server") || !strings.Contains(e.Mend, "pool_mode = session") {
				t.Errorf("got %v", err)
			}
			if got := asked(t, url, "SELECT current_setting('jit')"); got != asked(t, database, "SELECT current_setting('jit')") {
				t.Errorf("jit is %s in a session of the pool", got)
			}
		})
	}
}

// Why it is refused: the lock of one connection keeps no other one out.
func TestPoolerThatSharesSessionsKeepsNoLocks(t *testing.T) {
	t.Parallel()
	url := warehousetest.Pooler(t, warehousetest.Postgres(t), "transaction")
	ctx := t.Context()
	for i := range 2 {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(ctx)) })
		var got bool
		if err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock(7)", pgx.QueryExecModeExec).Scan(&got); err != nil || !got {
			t.Errorf("connection %d: %t, %v", i, got, err)
		}
	}
}

// A pool with less room than a run needs says so when its own patience is over.
func TestPoolerWithoutRoomIsTold(t *testing.T) {
	t.Parallel()
	url := warehousetest.Pooler(t, warehousetest.Postgres(t), "session", "default_pool_size = 1", "query_wait_timeout = 1")
	_, err := open(t.Context(), map[string]string{"url": url})
	if err == nil || !strings.Contains(err.Error(), "Eddy needs three for a run") {
		t.Errorf("got %v", err)
	}
}

// crowd has others use the pool until the test ends, for moments and for longer ones.
func crowd(t *testing.T, url string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	t.Cleanup(stop)
	for i := range 6 {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer conn.Close(context.WithoutCancel(ctx))
			for ctx.Err() == nil {
				_, _ = conn.Exec(ctx, fmt.Sprintf("SELECT pg_sleep(%f)", 0.001*float64(i)))
			}
		})
	}
}

// asked is the answer to a query that has one value.
func asked(t *testing.T, url, sql string) (got string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if err := conn.QueryRow(t.Context(), sql, pgx.QueryExecModeExec).Scan(&got); err != nil {
		t.Fatal(err)
	}
	return got
}

// A pool that gives each connection a session to itself passes all that the server itself does.
func TestSourceBehindPoolerInSessionMode(t *testing.T) {
	warehousetest.RunSource(t, harness(func(t *testing.T) *warehousetest.Warehouse {
		url := warehousetest.Postgres(t)
		return reached(t, url, warehousetest.Pooler(t, url, "session", "default_pool_size = 100"))
	}))
}
