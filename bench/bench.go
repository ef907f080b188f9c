package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// The things that a round measures, in their order: each limit stands next to what is
// compared with it.
const (
	driverRead   = "driver's read"
	minimalLoop  = "minimal loop"
	durableFloor = "durable floor"
	firstSync    = "first sync"
	bareCompare  = "bare SQL"
	unchangedRun = "unchanged run"
	changedRun   = "1 % change"
)

func (g *group) measures() []string {
	if g.reads() {
		return []string{driverRead, firstSync, unchangedRun, changedRun}
	}
	return []string{minimalLoop, durableFloor, firstSync, bareCompare, unchangedRun, changedRun}
}

// reads says that the group's limit is what its driver takes to read.
func (g *group) reads() bool { return g.Engine != duckEngine && g.Engine != postgresEngine }

// group is one engine with one data set of one size.
type group struct {
	Engine string `json:"engine"`
	Data   string `json:"data"`
	Rows   int    `json:"rows"`
	// Samples holds one sample a round for each measure.
	Samples map[string][]sample `json:"samples"`
}

// bench is one sitting.
type bench struct {
	opt      options
	dir      string
	engines  map[string]engine
	sandbox  address
	stop     func()
	machine  []string
	finished []*group
}

func newBench(ctx context.Context, opt options) (_ *bench, err error) {
	b := &bench{opt: opt, engines: map[string]engine{}, stop: func() {}}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.dir, err = os.MkdirTemp("", "eddy-bench-"); err != nil {
		return nil, err
	}
	if b.sandbox, b.stop, err = startSandbox(ctx); err != nil {
		b.stop = func() {}
		return nil, err
	}
	b.machine = machine()
	for _, name := range opt.engines {
		e, err := newEngine(name, b.dir)
		if err != nil {
			return nil, err
		}
		b.engines[name] = e
		v, err := e.version(ctx)
		if err != nil {
			return nil, err
		}
		b.machine = append(b.machine, v)
	}
	return b, nil
}

// close ends every process and removes every file that the sitting made.
func (b *bench) close() {
	for _, e := range b.engines {
		e.close()
	}
	warehousetest.End()
	b.stop()
	_ = os.RemoveAll(b.dir)
}

// measure goes through all rounds of all groups.
func (b *bench) measure(ctx context.Context) error {
	for _, rows := range b.opt.rows {
		for _, data := range b.opt.data {
			for _, e := range b.opt.engines {
				b.finished = append(b.finished, &group{Engine: e, Data: data, Rows: rows, Samples: map[string][]sample{}})
			}
		}
	}
	for _, g := range b.finished {
		for i := range b.opt.runs {
			if err := b.round(ctx, g, i+1); err != nil {
				return fmt.Errorf("%s, %s, %d rows: %w", g.Engine, g.Data, g.Rows, err)
			}
		}
	}
	return nil
}

// round measures everything of a group once.
func (b *bench) round(ctx context.Context, g *group, number int) error {
	e := b.engines[g.Engine]
	if err := e.load(ctx, g.Data, g.Rows); err != nil {
		return err
	}
	for _, what := range g.measures() {
		if what == changedRun {
			if err := e.change(ctx, g.Data, g.Rows); err != nil {
				return err
			}
		}
		if err := e.rest(ctx); err != nil {
			return err
		}
		t := task{Do: taskOf(what), Engine: g.Engine, Data: g.Data, Place: e.place(), Source: e.source(), API: b.sandbox.API, Audience: b.sandbox.Audience, DuckDB: b.opt.duckdb, Memory: b.opt.memory}
		t.Trace = b.opt.trace && number == b.opt.runs
		if b.opt.cpuprofile != "" {
			name := fmt.Sprintf("%s-%s-%d-%s-%d.pprof", g.Engine, g.Data, g.Rows, filepath.Base(what), number)
			t.CPUProfile = filepath.Join(b.opt.cpuprofile, name)
		}
		s, err := start(ctx, t)
		if err == nil {
			err = plausible(what, g, s)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		g.Samples[what] = append(g.Samples[what], s)
		fmt.Fprintf(os.Stderr, "%s  %-10s %-5s %8d rows  round %d  %-13s %7.2f s  %4d MiB\n",
			time.Now().Format(time.TimeOnly), g.Engine, g.Data, g.Rows, number, what, s.Seconds, s.Peak>>20)
		printTrace(os.Stderr, s)
	}
	return nil
}

func taskOf(what string) string {
	switch what {
	case minimalLoop:
		return doMinimal
	case durableFloor:
		return doFloor
	case driverRead:
		return doRead
	case bareCompare:
		return doBare
	default:
		return doSync
	}
}

// plausible refuses figures of work that was not done.
func plausible(what string, g *group, s sample) error {
	rows := int64(g.Rows)
	want := map[string]int64{
		minimalLoop: rows, durableFloor: rows, firstSync: rows, unchangedRun: 0,
		changedRun: rows/100 + 2*(rows/200),
	}
	if n, ok := want[what]; ok && s.Operations != n {
		return fmt.Errorf("%d records were delivered, want %d", s.Operations, n)
	}
	if s.Seconds <= 0 || s.Peak <= 0 {
		return errors.New("nothing was measured")
	}
	return nil
}

// human writes a count in groups of three.
func human(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
