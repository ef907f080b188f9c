package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strconv"
	"strings"
	gosync "sync"
	"syscall"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// point is where a mortal program kills itself: before or after the nth statement of a
// name. The ledger's statements are called as their comments say, such as compare; those
// without a comment by their first word. STAGE is the reading of the model, LOAD the
// adding of rows, and CLOSE the end of the engine. An empty name stands for any statement.
type point struct {
	name  string
	nth   int
	after bool
}

// String says it as the environment does, in EDDY_DIES.
func (p point) String() string { return fmt.Sprintf("%d %t %s", p.nth, p.after, p.name) }

func parsePoint(s string) (p point) {
	parts := strings.SplitN(s, " ", 3)
	if len(parts) != 3 {
		panic("EDDY_DIES: " + s)
	}
	var err error
	if p.nth, err = strconv.Atoi(parts[0]); err != nil {
		panic(err)
	}
	p.after, p.name = parts[1] == "true", parts[2]
	return p
}

// nameOf is a statement's name.
func nameOf(sql string) string {
	if comment, _, ok := strings.Cut(sql, " */"); ok {
		return comment[strings.LastIndex(comment, ", ")+2:]
	}
	word, _, _ := strings.Cut(sql, " ")
	return word
}

// mortal is the program with a death at the point that EDDY_DIES names. It dies by
// SIGKILL, without a chance to do anything about it.
func mortal() {
	d := &death{point: parsePoint(os.Getenv("EDDY_DIES"))}
	os.Exit(run(func(job *sync.Job) {
		state := job.State
		job.Source = mortalSource{job.Source, d}
		job.State = func(ctx context.Context) (warehouse.Engine, error) {
			e, err := state(ctx)
			if err != nil {
				return nil, err
			}
			m := &mortalEngine{e, d}
			if f, ok := e.(warehouse.Functions); ok {
				return struct {
					*mortalEngine
					warehouse.Functions
				}{m, f}, nil
			}
			return m, nil
		}
	}))
}

// death waits for its point.
type death struct {
	mu    gosync.Mutex
	point point
	seen  int
}

// around does a statement, and dies before or after it when it is the one.
func (d *death) around(name string, do func() error) error {
	due := d.due(name)
	if due && !d.point.after {
		die()
	}
	err := do()
	if due && err == nil {
		die()
	}
	return err
}

func (d *death) due(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.point.name != "" && d.point.name != name {
		return false
	}
	d.seen++
	return d.seen == d.point.nth
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

// mortalEngine is an engine whose statements may be the last.
type mortalEngine struct {
	warehouse.Engine
	d *death
}

func (m *mortalEngine) inner() warehouse.Engine { return m.Engine }

// Exec runs a statement.
func (m *mortalEngine) Exec(ctx context.Context, sql string) (n int64, err error) {
	err = m.d.around(nameOf(sql), func() error {
		n, err = m.Engine.Exec(ctx, sql)
		return err
	})
	return n, err
}

// Query runs a query.
func (m *mortalEngine) Query(ctx context.Context, sql string, each func([][]byte) error) error {
	return m.d.around(nameOf(sql), func() error { return m.Engine.Query(ctx, sql, each) })
}

// Load adds rows.
func (m *mortalEngine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	return m.d.around("LOAD", func() error { return m.Engine.Load(ctx, table, columns, rows) })
}

// Close ends the engine.
func (m *mortalEngine) Close() error { return m.d.around("CLOSE", m.Engine.Close) }

// mortalSource reads models into the engines that it knows.
type mortalSource struct {
	warehouse.Source
	d *death
}

// Stage reads the model.
func (m mortalSource) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, model eddy.Model) (staged warehouse.Stage, err error) {
	if mortal, ok := into.(interface{ inner() warehouse.Engine }); ok {
		into = mortal.inner()
	}
	err = m.d.around("STAGE", func() error {
		staged, err = m.Source.Stage(ctx, into, table, sel, model)
		return err
	})
	return staged, err
}
