package warehouse_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// The test binary is run again as a process of its own, by these.
const (
	helpVariable = "EDDY_TEST_LEASE"
	urlVariable  = "EDDY_TEST_LEASE_URL"
)

func TestMain(m *testing.M) {
	switch url := os.Getenv(urlVariable); os.Getenv(helpVariable) {
	case "compete":
		fmt.Println(compete(context.Background(), url, rounds))
	case "hold":
		fmt.Println(hold(context.Background(), url))
	default:
		os.Exit(warehousetest.Main(m))
	}
}

// claimed is PostgreSQL as an engine whose sessions hold no locks: its locks are claims.
type claimed struct {
	warehouse.Engine

	claims *warehouse.Claims
	beside warehouse.Engine
}

func (c *claimed) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	return c.claims.Lock(ctx, name)
}

func (c *claimed) Close() error {
	c.claims.Close()
	return errors.Join(c.beside.Close(), c.Engine.Close())
}

// openClaimed opens such an engine.
func openClaimed(ctx context.Context, url string, life time.Duration) (*claimed, error) {
	src, err := postgres.Kind().Open(ctx, eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: "postgres", Options: map[string]string{"url": url}})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	e, err := src.Engine(ctx, "_eddy")
	if err != nil {
		return nil, err
	}
	beside, err := src.Engine(ctx, "_eddy")
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return &claimed{e, warehouse.NewClaims(beside, life), beside}, nil
}

// eventually repeats what another one may be in the way of, after waits of random length.
func eventually(ctx context.Context, do func() error) error {
	const patience, longest = 90 * time.Second, 80 * time.Millisecond
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		err := do()
		if eddy.ErrorCode(err) != eddy.CodeConflict {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody wins: %w", err)
		case <-time.After(rand.N(longest)):
		}
	}
}

// rounds is how often each competitor wins before it is content; aLife is long enough that
// no claim is over while a slow machine works.
const (
	rounds = 2
	aLife  = 2 * time.Minute
)

// compete wins a lock so many times. Whoever holds it asks a judge, which is a lock of the
// server's own: it must be free.
func compete(ctx context.Context, url string, times int) error {
	judge, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer judge.Close()
	conn, err := judge.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	for range times {
		e, err := openClaimed(ctx, url, aLife)
		if err != nil {
			return err
		}
		var lease warehouse.Lease
		if err := eventually(ctx, func() (err error) { lease, err = e.Lock(ctx, "vip"); return err }); err != nil {
			return err
		}
		alone := false
		if err := conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock(1)").Scan(&alone); err != nil {
			return err
		}
		if !alone {
			return errors.New("two have the lock")
		}
		if _, err := e.Exec(ctx, "SELECT 1"); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock(1)"); err != nil {
			return err
		}
		if err := lease.Err(); err != nil {
			return err
		}
		lease.Release(ctx)
		if err := e.Close(); err != nil {
			return err
		}
	}
	return nil
}

// TestOneOfManyHasTheClaim: goroutines and processes want one name at once. Never do two
// have it, and each has it some time.
func TestOneOfManyHasTheClaim(t *testing.T) {
	url := warehousetest.Postgres(t)
	const processes, goroutines = 8, 6
	var wg sync.WaitGroup
	for i := range processes {
		wg.Go(func() {
			out, err := helper(t, "compete", url).Output()
			if err != nil || strings.TrimSpace(string(out)) != "<nil>" {
				t.Errorf("process %d: %v %s", i, err, out)
			}
		})
	}
	for i := range goroutines {
		wg.Go(func() {
			if err := compete(t.Context(), url, rounds); err != nil {
				t.Errorf("goroutine %d: %v", i, err)
			}
		})
	}
	wg.Wait()
}

// An engine that is closed lets its claims go, those that were not released: the next one need not
// wait until they are over.
func TestClosedClaimsAreFree(t *testing.T) {
	url := warehousetest.Postgres(t)
	for i := range 3 {
		e, err := openClaimed(t.Context(), url, aLife)
		if err != nil {
			t.Fatal(err)
		}
		lease, err := e.Lock(t.Context(), "vip")
		if err != nil {
			t.Fatalf("open %d: %v", i, err)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		lease.Release(t.Context()) // it is released once, and asks nobody
		if lease.Err() == nil {
			t.Error("a claim that was let go says that it lives")
		}
	}
}

func helper(t *testing.T, what, url string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), helpVariable+"="+what, urlVariable+"="+url)
	return cmd
}

// shortLife is a claim's life where a test waits for its end.
const shortLife = 3 * time.Second

// hold takes the claim, tells, and with each line that it is told says whether it would
// send something.
func hold(ctx context.Context, url string) error {
	e, err := openClaimed(ctx, url, shortLife)
	if err != nil {
		return err
	}
	lease, err := e.Lock(ctx, "vip")
	if err != nil {
		return err
	}
	fmt.Println("held")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		fmt.Println(map[bool]string{true: "sends", false: "stops"}[lease.Err() == nil])
	}
	return nil
}

// holding is a process that has the claim.
func holding(t *testing.T, url string) (cmd *exec.Cmd, asks func() string) {
	t.Helper()
	cmd = helper(t, "hold", url)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line := func() string {
		s, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(s)
	}
	if got := line(); got != "held" {
		t.Fatal(got)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, func() string {
		if _, err := io.WriteString(in, "?\n"); err != nil {
			t.Fatal(err)
		}
		return line()
	}
}

// TestAProcessThatWasStoppedSendsNothingMore: a process that holds the claim is stopped for
// longer than it lives; another takes it over. When the first one goes on, it knows before
// it does anything.
func TestAProcessThatWasStoppedSendsNothingMore(t *testing.T) {
	url := warehousetest.Postgres(t)
	cmd, asks := holding(t, url)
	if got := asks(); got != "sends" {
		t.Fatalf("who has just claimed %s", got)
	}
	e, err := openClaimed(t.Context(), url, shortLife)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Lock(t.Context(), "vip"); eddy.ErrorCode(err) != eddy.CodeConflict {
		t.Fatalf("while it is held: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var lease warehouse.Lease
	if err := eventually(t.Context(), func() (err error) { lease, err = e.Lock(t.Context(), "vip"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if got := asks(); got != "stops" {
		t.Errorf("who was stopped %s", got)
	}
	if err := lease.Err(); err != nil {
		t.Errorf("who took it over: %v", err)
	}
	// What the first one renews behind its end gives it nothing back, and takes nothing away.
	if got := asks(); got != "stops" {
		t.Errorf("later, who was stopped %s", got)
	}
	lease.Release(t.Context())
	if lease.Err() == nil {
		t.Error("what was released is still held")
	}
}

// TestAClaimIsRenewed: a claim outlives its life for as long as its holder does.
func TestAClaimIsRenewed(t *testing.T) {
	url := warehousetest.Postgres(t)
	_, asks := holding(t, url)
	begun := time.Now()
	e, err := openClaimed(t.Context(), url, shortLife)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for time.Since(begun) < 2*shortLife {
		if _, err := e.Lock(t.Context(), "vip"); eddy.ErrorCode(err) != eddy.CodeConflict {
			t.Fatalf("while it is held: %v", err)
		}
		if got := asks(); got != "sends" {
			t.Fatalf("who renews %s", got)
		}
		<-time.After(shortLife / 10)
	}
}

// TestWhoCannotRenewStopsBeforeTheEnd: its connection is cut, so that it cannot renew; it
// stops while its last claim is still alive for everybody else.
func TestWhoCannotRenewStopsBeforeTheEnd(t *testing.T) {
	url := warehousetest.Postgres(t)
	e, err := openClaimed(t.Context(), url, shortLife)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	lease, err := e.Lock(t.Context(), "vip")
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'eddy' AND datname = current_database()"); err != nil {
		t.Fatal(err)
	}
	for lease.Err() == nil {
		<-time.After(shortLife / 100)
	}
	alive := false
	if err := db.QueryRow("SELECT max(ends) > CURRENT_TIMESTAMP FROM _eddy.claims").Scan(&alive); err != nil {
		t.Fatal(err)
	}
	if !alive {
		t.Error("it stopped when another one could have begun already")
	}
	lease.Release(t.Context())
}

// TestClaimsNeedNoMoreThanTheContract: claims stand in any engine, each name for itself.
func TestClaimsNeedNoMoreThanTheContract(t *testing.T) {
	e, err := duckdb.Engine{}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	claims := warehouse.NewClaims(e, shortLife)
	first, err := claims.Lock(t.Context(), "it's one")
	if err != nil {
		t.Fatal(err)
	}
	other, err := claims.Lock(t.Context(), "another")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := claims.Lock(t.Context(), "it's one"); eddy.ErrorCode(err) != eddy.CodeConflict {
		t.Errorf("while it is held: %v", err)
	}
	first.Release(t.Context())
	again, err := claims.Lock(t.Context(), "it's one")
	if err != nil {
		t.Fatal(err)
	}
	again.Release(t.Context())
	other.Release(t.Context())
}

// timed is an engine without any rows, whose renewals take as long and end as the test
// says; nobody else claims anything there. It is for a clock that the test makes.
type timed struct {
	warehouse.Engine

	held     bool
	renewals int
	renewal  func(n int) (takes time.Duration, err error)
	// looks is how long it takes to look for other claims.
	looks time.Duration
}

func (*timed) Schema() string { return "x" }

func (*timed) Dialect() *warehouse.Dialect { return &warehouse.Dialect{} }

func (e *timed) Exec(_ context.Context, sql string) (int64, error) {
	if !strings.Contains(sql, "'held'") {
		return 1, nil
	}
	if !e.held {
		e.held = true
		return 1, nil
	}
	e.renewals++
	takes, err := e.renewal(e.renewals)
	<-time.After(takes)
	return 1, err
}

func (e *timed) Query(context.Context, string, func([][]byte) error) error {
	<-time.After(e.looks)
	return nil
}

// TestAClaimIsOverInTime asks for a claim's life at moments of a clock of the test's own: what
// is over stays over, whatever is heard of later.
func TestAClaimIsOverInTime(t *testing.T) {
	const life = time.Minute
	down := errors.New("down")
	for name, c := range map[string]struct {
		renewal func(n int) (time.Duration, error)
		// alive and over are moments at which it is, counted from the claim.
		alive, over []time.Duration
	}{
		"renewed":                     {func(int) (time.Duration, error) { return time.Second, nil }, []time.Duration{life / 2, 2 * life, 9 * life}, nil},
		"never renewed":               {func(int) (time.Duration, error) { return 0, down }, []time.Duration{life * 82 / 100}, []time.Duration{life * 84 / 100, life, 3 * life}},
		"tried again":                 {func(n int) (time.Duration, error) { return 0, map[bool]error{true: down}[n%3 != 0] }, []time.Duration{life / 2, 2 * life, 9 * life}, nil},
		"a renewal that came late":    {func(n int) (time.Duration, error) { return map[bool]time.Duration{true: 2 * life}[n == 2], nil }, []time.Duration{life}, []time.Duration{life * 12 / 10, 2 * life, 3 * life, 4 * life, 9 * life}},
		"renewals that take too long": {func(int) (time.Duration, error) { return life, nil }, []time.Duration{life / 2}, []time.Duration{life * 84 / 100, 2 * life, 5 * life}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				lease, err := warehouse.NewClaims(&timed{renewal: c.renewal}, life).Lock(t.Context(), "vip")
				if err != nil {
					t.Fatal(err)
				}
				for _, at := range c.alive {
					<-time.After(time.Until(begun.Add(at)))
					if err := lease.Err(); err != nil {
						t.Errorf("after %s: %v", at, err)
					}
				}
				for _, at := range c.over {
					<-time.After(time.Until(begun.Add(at)))
					if lease.Err() == nil {
						t.Errorf("after %s it is not over", at)
					}
				}
				lease.Release(t.Context())
			})
		})
	}
}

// TestAnAnswerThatComesTooLateIsNoClaim: nobody else was there when the engine looked, but
// the answer takes longer than the claim lives.
func TestAnAnswerThatComesTooLateIsNoClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, err := warehouse.NewClaims(&timed{looks: time.Minute}, time.Minute).Lock(t.Context(), "vip"); err == nil {
			t.Error("a claim whose life is over was given")
		}
	})
}
