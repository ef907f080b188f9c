package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	stdsync "sync"
	"syscall"
	"time"
	"unicode"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// statement is one SQL statement of a run: when it began and how long it took, the
// reading of its result included.
type statement struct {
	At      float64 `json:"at"`
	Seconds float64 `json:"seconds"`
	// CPU is what the process used meanwhile, in all threads: steadier than seconds on a
	// machine with neighbours, and nothing where the engine is a server.
	CPU  float64 `json:"cpu"`
	Side bool    `json:"side,omitempty"`
	SQL  string  `json:"sql"`
}

// tracer notes the statements of a run.
type tracer struct {
	began      time.Time
	mu         stdsync.Mutex
	statements []statement
}

func (t *tracer) note(side bool, sql string) func() {
	began, used := time.Now(), cpuTime()
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.statements = append(t.statements, statement{began.Sub(t.began).Seconds(), time.Since(began).Seconds(), cpuTime() - used, side, sql})
	}
}

// cpuTime is what the process has used of processors, in seconds.
func cpuTime() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// trace makes a job's engine and source note what they run.
func (t *tracer) trace(job *sync.Job) {
	open := job.State
	job.State = func(ctx context.Context) (warehouse.Engine, error) {
		e, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return t.engine(e), nil
	}
	job.Source = t.source(job.Source)
}

// engine decorates an engine and keeps its optional ability.
func (t *tracer) engine(e warehouse.Engine) warehouse.Engine {
	traced := &tracedEngine{e, t}
	if f, ok := e.(warehouse.Functions); ok {
		return struct {
			*tracedEngine
			warehouse.Functions
		}{traced, f}
	}
	return traced
}

// tracedEngine is an engine whose statements are noted.
type tracedEngine struct {
	warehouse.Engine
	t *tracer
}

func (e *tracedEngine) inner() warehouse.Engine { return e.Engine }

// Exec notes a statement.
func (e *tracedEngine) Exec(ctx context.Context, sql string) (int64, error) {
	defer e.t.note(false, sql)()
	return e.Engine.Exec(ctx, sql)
}

// Query notes a statement and the reading of its rows.
func (e *tracedEngine) Query(ctx context.Context, sql string, each func([][]byte) error) error {
	defer e.t.note(false, sql)()
	return e.Engine.Query(ctx, sql, each)
}

// Load notes rows that are added, beside a query that hands out others.
func (e *tracedEngine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	defer e.t.note(true, "-- load rows into "+table)()
	return e.Engine.Load(ctx, table, columns, rows)
}

// Close notes how long the engine takes to close.
func (e *tracedEngine) Close() error {
	defer e.t.note(false, "-- close")()
	return e.Engine.Close()
}

// source decorates a source.
func (t *tracer) source(src warehouse.Source) warehouse.Source {
	return &tracedSource{src, t}
}

// tracedSource gives the inner source the inner engine to stage into.
type tracedSource struct {
	warehouse.Source
	t *tracer
}

// Columns notes the time to describe the model.
func (s *tracedSource) Columns(ctx context.Context, m eddy.Model) ([]warehouse.Column, error) {
	defer s.t.note(true, "-- describe the model")()
	return s.Source.Columns(ctx, m)
}

// Stage notes the time to stage the model.
func (s *tracedSource) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	defer s.t.note(false, "-- stage the model into "+table)()
	if traced, ok := into.(interface{ inner() warehouse.Engine }); ok {
		into = traced.inner()
	}
	return s.Source.Stage(ctx, into, table, sel, m)
}

// slow is how long a statement takes, with its repeats, to be printed.
const slow = 0.005

// repeated is a statement and its repeats, such as the reading of page after page.
type repeated struct {
	statement
	times int
}

// gather adds up the repeats of each statement, in the order of their beginning.
func gather(all []statement) (out []*repeated) {
	seen := map[string]*repeated{}
	for _, x := range all {
		r := seen[x.SQL]
		if r == nil {
			r = &repeated{statement: statement{At: x.At, Side: x.Side, SQL: x.SQL}}
			seen[x.SQL] = r
			out = append(out, r)
		}
		r.At, r.Seconds, r.CPU, r.times = min(r.At, x.At), r.Seconds+x.Seconds, r.CPU+x.CPU, r.times+1
	}
	slices.SortStableFunc(out, func(a, b *repeated) int { return cmp.Compare(a.At, b.At) })
	return out
}

// printTrace prints the statements of a run that took their time: when they began, how
// long they took, what they cost, how often. A bar marks what ran beside the others.
func printTrace(w io.Writer, s sample) {
	if len(s.Statements) == 0 {
		return
	}
	rest, n := 0.0, 0
	for _, x := range gather(s.Statements) {
		if x.Seconds < slow {
			rest, n = rest+x.Seconds, n+x.times
			continue
		}
		times := ""
		if x.times > 1 {
			times = fmt.Sprintf("%d x ", x.times)
		}
		side := " "
		if x.Side {
			side = "|"
		}
		fmt.Fprintf(w, "    %7.3f %s %7.3f s %7.3f cpu  %s%s\n", x.At, side, x.Seconds, x.CPU, times, short(x.SQL))
	}
	fmt.Fprintf(w, "    %d quick statements %.3f s; phases", n, rest)
	for _, p := range slices.Sorted(maps.Keys(s.Phases)) {
		fmt.Fprintf(w, "  %s %.3f", p, s.Phases[p])
	}
	fmt.Fprintln(w)
}

// short leaves out the middle of a long statement, and what no terminal should get.
func short(sql string) string {
	const begin, end = 150, 90
	sql = strings.Join(strings.Fields(sql), " ")
	if len(sql) > begin+end {
		sql = sql[:begin] + " … " + sql[len(sql)-end:]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return '?'
		}
		return r
	}, sql)
}
