package postgres_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// slow is a connection whose requests take a while, and that knows whether the other end was
// heard to the end.
type slow struct {
	net.Conn
	takes time.Duration
	heard *atomic.Bool
}

func (c slow) Write(b []byte) (int, error) {
	<-time.After(c.takes)
	return c.Conn.Write(b)
}

func (c slow) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if errors.Is(err, io.EOF) {
		c.heard.Store(true)
	}
	return n, err
}

// A cancel that is on its way when the statement ends by itself is heard to its end, and takes
// nothing else with it.
func TestCancelThatComesTooLateIsHeardToItsEnd(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(warehousetest.Postgres(t))
	must(t, err)
	cfg, err := pgwire.Product{Name: "PostgreSQL"}.Config(eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: map[string]string{
		"host": u.Hostname(), "port": u.Port(), "user": "eddy", "password": "eddy", "database": strings.TrimPrefix(u.Path, "/"), "sslmode": "disable",
	}})
	must(t, err)
	dial := cfg.DialFunc
	var dials atomic.Int32
	var heard atomic.Bool
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		if err != nil || dials.Add(1) == 1 {
			return c, err
		}
		return slow{c, 400 * time.Millisecond, &heard}, nil
	}
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	must(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := conn.Exec(ctx, "SELECT pg_sleep(0.2)"); err != nil {
		t.Errorf("the statement that ended by itself: %v", err)
	}
	if got := dials.Load(); got != 2 || !heard.Load() {
		t.Errorf("%d connections, and the server was heard to the end: %t", got, heard.Load())
	}
	for range 20 {
		if _, err := conn.Exec(t.Context(), "SELECT pg_sleep(0.01)"); err != nil {
			t.Fatalf("what came after it: %v", err)
		}
	}
}
