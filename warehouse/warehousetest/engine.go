package warehousetest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Place tells the suite of engines about one kind of engine.
type Place struct {
	// Warehouse is the kind, and On what was started to test it: for the record ([Passed]).
	Warehouse, On string
	// New makes a fresh place for a ledger and names it, so that another process can open it.
	New func(t *testing.T) string
	// Open opens an engine there.
	Open func(ctx context.Context, name string) (warehouse.Engine, error)
	// Spelling is how SQL writes what the cases need beside the dialect.
	Spelling Spelling
	// Alone says that a place is one process's at a time: the second that opens it is told
	// of a conflict.
	Alone bool
	// Table and Column are the oddest names of a table that can be loaded, and of a column; empty
	// are some with quotes.
	Table, Column string
	// Cut ends all sessions of engines there, as an administrator would; nil where there
	// are none.
	Cut func(name string) error
}

// engineCheck is one case of the suite of engines, and the rule that it guards.
type engineCheck struct {
	name, rule string
	run        func(*place)
}

// RunEngine runs the suite of engines: what [warehouse.Engine] promises, and no more. Each
// case has a place of its own; a failure tells its rule.
func RunEngine(t *testing.T, p Place) {
	t.Helper()
	if name := os.Getenv(holdVariable); name != "" {
		p.hold(t.Context(), name)
		return
	}
	Passed(t, p.Warehouse, "engine", p.On)
	for _, c := range append(statementsOfEngines(), dialectOfEngines()...) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			told(t, c.rule)
			c.run(&place{T: t, Place: &p, ctx: t.Context(), name: p.New(t)})
		})
	}
}

// place is a place under test.
type place struct {
	*testing.T
	*Place

	ctx  context.Context
	name string
}

// open opens an engine for the length of the test.
func (p *place) open() *testEngine {
	p.Helper()
	e, err := p.Open(p.ctx, p.name)
	if err != nil {
		p.Fatalf("open the engine: %v", err)
	}
	t := &testEngine{Engine: e, p: p}
	p.Cleanup(t.close)
	return t
}

// testEngine is an engine whose errors end the test.
type testEngine struct {
	warehouse.Engine

	p      *place
	closed bool
}

func (e *testEngine) close() {
	if !e.closed {
		e.closed = true
		if err := e.Close(); err != nil && e.p.Cut == nil {
			e.p.Errorf("close the engine: %v", err)
		}
	}
}

// odd is a table of the oddest name.
func (e *testEngine) odd() string { return e.table(cmp.Or(e.p.Table, `Odd "table".name`)) }

// table is a table of Eddy's own.
func (e *testEngine) table(name string) string { return e.Schema() + "." + e.Dialect().Quote(name) }

func (e *testEngine) exec(format string, args ...any) int64 {
	e.p.Helper()
	sql := fmt.Sprintf(format, args...)
	n, err := e.Exec(e.p.ctx, sql)
	if err != nil {
		e.p.Fatalf("%s: %v", sql, err)
	}
	return n
}

// load adds rows to a table.
func (e *testEngine) load(table string, columns []string, rows ...[]any) {
	e.p.Helper()
	err := e.Load(e.p.ctx, table, columns, func(yield func([]any) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	})
	if err != nil {
		e.p.Fatalf("load %s: %v", table, err)
	}
}

// rows are a query's, with NULL as <null>; each row's texts are joined by a stroke.
func (e *testEngine) rows(format string, args ...any) (out []string) {
	e.p.Helper()
	sql := fmt.Sprintf(format, args...)
	err := e.Query(e.p.ctx, sql, func(row [][]byte) error {
		out = append(out, strings.Join(texts(row), "|"))
		return nil
	})
	if err != nil {
		e.p.Fatalf("%s: %v", sql, err)
	}
	return out
}

// reads checks what a query gives.
func (e *testEngine) reads(want, format string, args ...any) {
	e.p.Helper()
	if got := strings.Join(e.rows(format, args...), " "); got != want {
		e.p.Errorf("%s\n gives %s\nnot   %s", fmt.Sprintf(format, args...), got, want)
	}
}

// cancels checks that a context which is cancelled while something runs stops it.
func (e *testEngine) cancels(what string, run func(ctx context.Context) error) {
	e.p.Helper()
	ctx, stop := context.WithCancel(e.p.ctx)
	defer stop()
	const soon = 100 * time.Millisecond
	begun := time.Now()
	time.AfterFunc(soon, stop)
	if err := run(ctx); !errors.Is(err, context.Canceled) {
		e.p.Errorf("%s that was cancelled says %v", what, err)
	}
	if took := time.Since(begun); took > soon+stopsWithin {
		e.p.Errorf("%s took %s to stop", what, took)
	}
	e.reads("1", "SELECT 1")
}

// holdVariable names the place whose lock a test binary takes and holds, when it is run
// again by the suite.
const holdVariable = "EDDY_TEST_HOLD_LOCK"

// lockName is the lock that cases take.
const lockName = "a/lock's name"

// hold takes the lock and holds it until standard input ends, or the process does.
func (p *Place) hold(ctx context.Context, name string) {
	e, err := p.Open(ctx, name)
	if err == nil {
		_, err = e.Lock(ctx, lockName)
	}
	fmt.Println("held", err)
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
}

// holder is another process that holds the lock.
func (p *place) holder() *exec.Cmd {
	p.Helper()
	top, _, _ := strings.Cut(p.Name(), "/")
	cmd := exec.CommandContext(p.ctx, os.Args[0], "-test.run=^"+top+"$")
	cmd.Env = append(os.Environ(), holdVariable+"="+p.name)
	out, err := cmd.StdoutPipe()
	if err == nil {
		_, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		p.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held <nil>\n" {
		p.Fatalf("the other process says %q (%v)", line, err)
	}
	return cmd
}

// locked tries to take the lock with an engine of its own; the engine stays open.
func (p *place) locked() (*testEngine, warehouse.Lease, error) {
	e, err := p.Open(p.ctx, p.name)
	if err != nil {
		return nil, nil, err
	}
	t := &testEngine{Engine: e, p: p}
	p.Cleanup(t.close)
	l, err := e.Lock(p.ctx, lockName)
	return t, l, err
}

// soon repeats what has to wait for a server to notice something.
func (p *place) soon(what string, done func() error) {
	p.Helper()
	const patience, pause = 30 * time.Second, 20 * time.Millisecond
	ctx, stop := context.WithTimeout(p.ctx, patience)
	defer stop()
	for {
		err := done()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			p.Fatalf("%s: %v", what, err)
		case <-time.After(pause):
		}
	}
}

// conflict checks that an error says that another one has the lock.
func (p *place) conflict(what string, err error) {
	p.Helper()
	if eddy.ErrorCode(err) != eddy.CodeConflict {
		p.Errorf("%s: not an error of a conflict: %v", what, err)
	}
}
