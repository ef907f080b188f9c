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
// step that begins with a word. Statement STAGE is the reading of the model, and CLOSE the
// end of a session; the step before the first that is told is open. An empty word stands
// for any statement of any step.
type point struct {
	step, word string
	nth        int
	after      bool
}

// String says it as the environment does, in EDDY_DIES.
func (p point) String() string {
	return fmt.Sprintf("%s %s %d %t", orDash(p.step), orDash(p.word), p.nth, p.after)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func parsePoint(s string) (p point) {
	parts := strings.Fields(s)
	if len(parts) != 4 {
		panic("EDDY_DIES: " + s)
	}
	p.step, p.word = strings.Trim(parts[0], "-"), strings.Trim(parts[1], "-")
	var err error
	if p.nth, err = strconv.Atoi(parts[2]); err != nil {
		panic(err)
	}
	p.after = parts[3] == "true"
	return p
}

// mortal is the program with a death at the point that EDDY_DIES names. It dies by
// SIGKILL, without a chance to do anything about it.
func mortal() {
	d := &death{point: parsePoint(os.Getenv("EDDY_DIES")), step: "open"}
	os.Exit(run(func(job *sync.Job) {
		state, show := job.State, job.Progress
		job.Source = mortalSource{job.Source, d}
		job.State = func(ctx context.Context) (warehouse.Session, error) {
			s, err := state(ctx)
			if err != nil {
				return nil, err
			}
			return d.wrap(s), nil
		}
		job.Progress = func(p sync.Progress) {
			show(p)
			d.mu.Lock()
			defer d.mu.Unlock()
			if p.Note == "" && p.Step != d.step {
				d.step, d.seen = p.Step, 0
			}
		}
	}))
}

// death waits for its point.
type death struct {
	mu    gosync.Mutex
	point point
	step  string
	seen  int
}

// around does a statement, and dies before or after it when it is the one.
func (d *death) around(statement string, do func() error) error {
	due := d.due(statement)
	if due && !d.point.after {
		die()
	}
	err := do()
	if due && err == nil {
		die()
	}
	return err
}

func (d *death) due(statement string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.point.word != "" && (d.step != d.point.step || !strings.HasPrefix(statement, d.point.word)) {
		return false
	}
	d.seen++
	return d.seen == d.point.nth
}

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // the signal is on its way
}

func (d *death) wrap(s warehouse.Session) warehouse.Session {
	m := &mortalSession{s, d}
	if _, ok := s.(warehouse.Locker); ok {
		return mortalLocker{m}
	}
	return m
}

// mortalSession is a session whose statements may be the last.
type mortalSession struct {
	warehouse.Session
	d *death
}

// Exec runs a statement.
func (m *mortalSession) Exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = m.d.around(sql, func() error {
		n, err = m.Session.Exec(ctx, sql, args...)
		return err
	})
	return n, err
}

// Query runs a query.
func (m *mortalSession) Query(ctx context.Context, sql string, each func([][]byte) error, args ...any) error {
	return m.d.around(sql, func() error { return m.Session.Query(ctx, sql, each, args...) })
}

// Insert adds rows.
func (m *mortalSession) Insert(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	return m.d.around("INSERT INTO "+table, func() error { return m.Session.Insert(ctx, table, columns, rows) })
}

// Side opens a second session, as mortal as this one.
func (m *mortalSession) Side(ctx context.Context) (warehouse.Session, error) {
	s, err := m.Session.Side(ctx)
	if err != nil {
		return nil, err
	}
	return m.d.wrap(s), nil
}

// Close ends the session.
func (m *mortalSession) Close() error { return m.d.around("CLOSE", m.Session.Close) }

// Register passes the field functions on; only sessions that have them are asked.
func (m *mortalSession) Register(name string, fn func(string) (string, bool)) error {
	return m.Session.(warehouse.Functions).Register(name, fn)
}

// mortalLocker is a mortal session with the ability to lock.
type mortalLocker struct{ *mortalSession }

// TryLock takes the lock.
func (m mortalLocker) TryLock(ctx context.Context, name string) (func(context.Context), bool, error) {
	return m.Session.(warehouse.Locker).TryLock(ctx, name)
}

// mortalSource reads models into the sessions that it knows.
type mortalSource struct {
	warehouse.Source
	d *death
}

// Stage reads the model.
func (m mortalSource) Stage(ctx context.Context, into warehouse.Session, table string, sel []warehouse.Selected, model eddy.Model) error {
	switch s := into.(type) {
	case *mortalSession:
		into = s.Session
	case mortalLocker:
		into = s.Session
	}
	return m.d.around("STAGE", func() error { return m.Source.Stage(ctx, into, table, sel, model) })
}
