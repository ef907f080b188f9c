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

// cancelling connects to a fresh database by a dialer that may change each connection but the
// first, which are those of cancels, the first of them being 1.
func cancelling(t *testing.T, change func(n int, c net.Conn) net.Conn) *pgx.Conn {
	t.Helper()
	u, err := url.Parse(warehousetest.Postgres(t))
	must(t, err)
	cfg, err := pgwire.Product{Name: "PostgreSQL"}.Config(eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: map[string]string{
		"host": u.Hostname(), "port": u.Port(), "user": "eddy", "password": "eddy", "database": strings.TrimPrefix(u.Path, "/"), "sslmode": "disable",
	}})
	must(t, err)
	call := cfg.DialFunc
	var dials atomic.Int32
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := call(ctx, network, addr)
		if n := dials.Add(1) - 1; err == nil && n > 0 {
			c = change(int(n), c)
		}
		return c, err
	}
	conn, err := pgx.ConnectConfig(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// goesOn says that what comes after a cancel is not cancelled.
func goesOn(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for range 20 {
		if _, err := conn.Exec(t.Context(), "SELECT pg_sleep(0.01)"); err != nil {
			t.Fatalf("what came after it: %v", err)
		}
	}
}

// A cancel that is on its way when the statement ends by itself is heard to its end, and takes
// nothing else with it.
func TestCancelThatComesTooLateIsHeardToItsEnd(t *testing.T) {
	t.Parallel()
	var heard atomic.Bool
	conn := cancelling(t, func(_ int, c net.Conn) net.Conn { return slow{c, 400 * time.Millisecond, &heard} })
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := conn.Exec(ctx, "SELECT pg_sleep(0.2)"); err != nil {
		t.Errorf("the statement that ended by itself: %v", err)
	}
	if !heard.Load() {
		t.Error("the server was not heard to the end")
	}
	goesOn(t, conn)
}

// A cancel that did nothing, as one that comes before its statement has begun, is sent again.
func TestCancelThatIsLostIsSentAgain(t *testing.T) {
	t.Parallel()
	conn := cancelling(t, func(n int, c net.Conn) net.Conn {
		if n < 3 {
			_ = c.Close()
		}
		return c
	})
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := conn.Exec(ctx, "SELECT pg_sleep(60)"); err == nil || !strings.Contains(err.Error(), "canceling statement") {
		t.Errorf("a statement of a minute: %v", err)
	}
	goesOn(t, conn)
}
