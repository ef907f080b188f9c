package warehouse_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// appended is a table that rows are only added to, of an engine that promises no more than it
// must: who reads sees each row whose statement succeeded before, and maybe others; a statement
// that failed may have been carried out, or be carried out later. Its clock is the test's.
type appended struct {
	mu   sync.Mutex
	rand *rand.Rand
	rows []appendedRow
	// slowest is how long a statement takes at most, before it has its effect and after.
	slowest time.Duration
	// fails is how many of a hundred statements of faulty rivals fail.
	fails int
}

type appendedRow struct {
	name, owner, event string
	number             int64
	ends               time.Time
}

func (a *appended) below(n int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rand.IntN(n)
}

func (a *appended) upTo(most time.Duration) time.Duration {
	return time.Duration(a.below(int(most) + 1))
}

func (a *appended) add(row appendedRow, life time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	row.ends = time.Now().Add(life)
	a.rows = append(a.rows, row)
}

// process is one rival's way to the table. One that is dead, or stopped, gets no further.
type process struct {
	warehouse.Engine

	table  *appended
	faulty bool
	// dies is when it does, if ever; stops is from when until when it makes no step.
	dies  time.Time
	stops [2]time.Time
}

func (*process) Schema() string { return "x" }

func (*process) Dialect() *warehouse.Dialect { return &warehouse.Dialect{} }

// pass lets a part of a statement take its time.
func (p *process) pass(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
	}
	if now := time.Now(); !now.Before(p.stops[0]) && now.Before(p.stops[1]) {
		<-time.After(p.stops[1].Sub(now))
	}
	if !p.dies.IsZero() && !time.Now().Before(p.dies) {
		<-ctx.Done() // it was killed
		return ctx.Err()
	}
	return nil
}

var errNotHeard = errors.New("not heard of")

var insertion = regexp.MustCompile(`^INSERT INTO x.claims .* SELECT '(.*?)', '(.*?)', '(.*?)', (\d+), CURRENT_TIMESTAMP \+ INTERVAL '(\d+)' SECOND$`)

func (p *process) Exec(ctx context.Context, sql string) (int64, error) {
	part := insertion.FindStringSubmatch(sql)
	if part == nil {
		return 0, nil // the table is there
	}
	number, _ := strconv.ParseInt(part[4], 10, 64)
	seconds, _ := strconv.Atoi(part[5])
	row, life := appendedRow{name: part[1], owner: part[2], event: part[3], number: number}, time.Duration(seconds)*time.Second
	if err := p.pass(ctx, p.table.upTo(p.table.slowest)); err != nil {
		return 0, err
	}
	if p.faulty && p.table.below(100) < p.table.fails {
		switch p.table.below(3) {
		case 0:
			p.table.add(row, life)
		case 1:
			time.AfterFunc(p.table.upTo(4*p.table.slowest), func() { p.table.add(row, life) })
		}
		return 0, errNotHeard
	}
	p.table.add(row, life)
	return 1, p.pass(ctx, p.table.upTo(p.table.slowest))
}

var selection = regexp.MustCompile(`WHERE name = '(.*?)' AND owner <> '(.*?)'`)

func (p *process) Query(ctx context.Context, sql string, each func([][]byte) error) error {
	part := selection.FindStringSubmatch(sql)
	if err := p.pass(ctx, p.table.upTo(p.table.slowest)); err != nil {
		return err
	}
	if p.faulty && p.table.below(100) < p.table.fails {
		return errNotHeard
	}
	rows := p.table.living(part[1], part[2])
	if err := p.pass(ctx, p.table.upTo(p.table.slowest)); err != nil {
		return err
	}
	for _, row := range rows {
		if err := each(row); err != nil {
			return err
		}
	}
	return nil
}

// living are the rows that the query of rivals gives.
func (a *appended) living(name, but string) (out [][][]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	type owner struct {
		number         int64
		held, released bool
		ends           time.Time
	}
	owners := map[string]*owner{}
	var order []string
	for _, r := range a.rows {
		if r.name != name || r.owner == but {
			continue
		}
		o := owners[r.owner]
		if o == nil {
			o = &owner{}
			owners[r.owner], order = o, append(order, r.owner)
		}
		o.number, o.held, o.released = max(o.number, r.number), o.held || r.event == "held", o.released || r.event == "released"
		if r.ends.After(o.ends) {
			o.ends = r.ends
		}
	}
	for _, id := range order {
		if o := owners[id]; !o.released && o.ends.After(time.Now()) {
			holds := map[bool]string{true: "1", false: "0"}[o.held]
			out = append(out, [][]byte{[]byte(id), []byte(fmt.Sprint(o.number)), []byte(holds), []byte(o.ends.Format(time.RFC3339Nano))})
		}
	}
	return out
}

// modelLife is a claim's life in the model.
const modelLife = time.Minute

// contest is rivals that want one name.
type contest struct {
	mu      sync.Mutex
	leases  []warehouse.Lease
	answers []answer
}

type answer struct {
	rival int
	sound bool
	took  time.Duration
	err   error
}

func (c *contest) take(a answer, lease warehouse.Lease) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers = append(c.answers, a)
	if lease != nil {
		c.leases = append(c.leases, lease)
	}
}

// holders are those that would send something now.
func (c *contest) holders() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.leases {
		if l.Err() == nil {
			n++
		}
	}
	return n
}

// worldOfClaims is one story: so many rivals come within a while, each of its own fate.
func worldOfClaims(t *testing.T, seed uint64, faulty bool) {
	synctest.Test(t, func(t *testing.T) {
		table := &appended{rand: rand.New(rand.NewPCG(seed, 1))} //nolint:gosec // a test that repeats
		table.slowest = []time.Duration{time.Millisecond, 100 * time.Millisecond, time.Second, 4 * time.Second}[table.below(4)]
		table.fails = []int{0, 5, 20}[table.below(3)]
		together := []time.Duration{0, table.slowest, 10 * table.slowest, modelLife}[table.below(4)]
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var c contest
		var wg sync.WaitGroup
		for i := range 2 + table.below(7) {
			p := &process{table: table}
			starts := table.upTo(together)
			if faulty && table.below(2) == 0 {
				p.faulty = true
				switch table.below(3) {
				case 0:
					p.dies = time.Now().Add(table.upTo(2 * modelLife))
				case 1:
					p.stops[0] = time.Now().Add(table.upTo(modelLife))
					p.stops[1] = p.stops[0].Add(table.upTo(3 * modelLife))
				}
			}
			wg.Go(func() {
				<-time.After(starts)
				begun := time.Now()
				lease, err := warehouse.NewClaims(p, modelLife).Lock(ctx, "vip")
				c.take(answer{i, !p.faulty, time.Since(begun), err}, lease)
			})
		}
		// Nobody lets go: whoever has it keeps it as long as it can.
		step := max(table.slowest/7, time.Second/9)
		for begun := time.Now(); time.Since(begun) < 7*modelLife; <-time.After(step) {
			if n := c.holders(); n > 1 {
				t.Errorf("world %d: %d have the name after %s", seed, n, time.Since(begun))
				break
			}
		}
		stop()
		wg.Wait()
		c.judge(t, seed, faulty, table.taken())
		for _, l := range c.leases {
			l.Release(ctx)
		}
	})
}

// taken says that somebody had the name, who may have died before it did anything with it.
func (a *appended) taken() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.rows, func(r appendedRow) bool { return r.event == "held" })
}

// judge says whether somebody won, and everybody was told in time.
func (c *contest) judge(t *testing.T, seed uint64, faulty, taken bool) {
	t.Helper()
	const told = 4 * modelLife
	won := 0
	for _, a := range c.answers {
		switch {
		case a.err == nil:
			won++
		case a.sound && eddy.ErrorCode(a.err) != eddy.CodeConflict:
			t.Errorf("world %d: rival %d, whom nothing befell: %v", seed, a.rival, a.err)
		}
		if a.sound && a.took > told {
			t.Errorf("world %d: rival %d was told after %s", seed, a.rival, a.took)
		}
	}
	sound := slices.ContainsFunc(c.answers, func(a answer) bool { return a.sound })
	if sound && won == 0 && !taken || !faulty && won != 1 {
		t.Errorf("world %d: %d of %d won: %+v", seed, won, len(c.answers), c.answers)
	}
}

// TestOneOfAllRivalsHasTheClaim tells many stories of rivals with a table that is slow, loses
// answers and carries out late what failed, who die and stop at any moment: never do two have the
// name, and one has it in bounded time.
func TestOneOfAllRivalsHasTheClaim(t *testing.T) {
	worlds := 600
	if testing.Short() {
		worlds = 200
	}
	for seed := range worlds {
		worldOfClaims(t, uint64(seed), seed%3 > 0)
		if t.Failed() {
			return
		}
	}
}
