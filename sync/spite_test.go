package sync_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// chapter is one run of a story whose end is its beginning: what the model holds by then,
// and what else is so.
type chapter struct {
	name string
	rows []person
	// clash contradicts a row: the record keeps what it has.
	clash *person
	mode  eddy.SyncMode
	full  bool
	// later moves the clock by months.
	later int
	// refused is somebody whom X refuses while this run is under way.
	refused string
	// holdout holds some out.
	holdout *eddy.Holdout
	// guard lets the run wait for a person, who approves it in the next chapter.
	guard, approve bool
}

// bulk are people who are always there: few changes beside many make a ledger that is
// folded now and then, and not by each run.
func bulk(n int) (out []person) {
	for i := range n {
		out = append(out, person{id: strconv.Itoa(100 + i), email: fmt.Sprintf("bulk%d@x.com", i)})
	}
	return out
}

// bulked are so many as are always there.
const bulked = 30

// chapters are a story with every kind of change.
func chapters() []chapter {
	all := bulk(bulked)
	a, b := append(sides()[0], all...), append(sides()[1], all...)
	clash := all[3]
	clash.email = "another@x.com"
	return []chapter{
		{name: "one side", rows: a},
		{name: "the other side, and a contradiction", rows: b, clash: &clash},
		{name: "one side, of which X refuses somebody", rows: a, refused: "a@x.com"},
		{name: "upsert", rows: b, mode: eddy.Upsert},
		{name: "mirror again", rows: append(slices.Clone(b[2:]), person{id: "13", email: "m@x.com"})},
		{name: "some are held out", rows: b, holdout: &eddy.Holdout{Percent: 40, Salt: "vip"}},
		{name: "in full", rows: b, full: true},
		{name: "a year later", rows: b, later: 12},
		{name: "half of them go, which must be approved", rows: b[:20], guard: true},
		{name: "half of them go, approved", rows: b[:20], guard: true, approve: true},
	}
}

// spiteful is a world whose ledger lives in a spiteful engine.
type spiteful struct {
	*world
	malice *warehousetest.Malice
	// before is what the model held at the last clean run.
	before []person
}

func newSpiteful(t *testing.T, place string) *spiteful {
	t.Helper()
	w := newWorld(t, place)
	w.dir = memoryDir(t)
	w.table(w.simple()...)
	w.conn.Settings.MaxAttempts = 100 // nothing rests
	w.conn.Settings.SnapshotsToRetain = 2
	w.conn.Settings.SyncLogRetentionDays = 100_000 // the story has years, and each line counts
	return &spiteful{world: w, malice: new(warehousetest.Malice)}
}

// begin makes the model hold the chapter's rows, and moves the world there.
func (s *spiteful) begin(c chapter) {
	s.t.Helper()
	s.now = s.now.Add(time.Minute)
	s.sandbox.Advance(time.Minute)
	if c.later > 0 {
		next := s.now.AddDate(0, c.later, 0)
		s.sandbox.Advance(next.Sub(s.now))
		s.now = next
	}
	s.fill(c.rows)
	if c.clash != nil {
		s.exec(fmt.Sprintf("INSERT INTO customers (id, email) VALUES (%s, '%s')", c.clash.id, c.clash.email))
	}
	s.conn.SyncMode, s.conn.Holdout = eddy.Mirror, c.holdout
	if c.mode != "" {
		s.conn.SyncMode = c.mode
	}
	s.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
	if c.guard {
		s.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 10}
	}
}

// play runs the chapter once; the ledger's statements are struck as the malice says.
func (s *spiteful) play(c chapter) (eddy.Run, error) {
	s.t.Helper()
	s.now = s.now.Add(2 * time.Second)
	s.sandbox.Advance(2 * time.Second)
	s.sandbox.ClearFaults()
	if c.refused != "" {
		x, err := sandbox.ParseFault("poison=email:" + hexDigest(c.refused) + ",shape=operations,on=users")
		if err != nil {
			s.t.Fatal(err)
		}
		s.sandbox.Fault(x)
	}
	job := s.job()
	defer job.Source.Close()
	job.Wish = sync.Wish{Full: c.full, Approve: c.approve, ApproveRemovals: 1000}
	state := job.State
	job.State = func(ctx context.Context) (warehouse.Engine, error) {
		e, err := state(ctx)
		if err != nil {
			return nil, err
		}
		return s.malice.Engine(ctx, e), nil
	}
	job.Source = s.malice.Source(job.Source)
	run, err := sync.Run(context.Background(), job)
	if n := run.Counts; n.Delivered+n.Rejected+n.Failed != n.Operations() && run.Status != eddy.NeedsApproval {
		s.t.Errorf("counts do not add up: %+v", n)
	}
	return run, err
}

// mend is a run without spite behind one with it. It must lead to the chapter's audience,
// and leave a ledger of which nothing is wrong.
func (s *spiteful) mend(c chapter, after string) {
	s.t.Helper()
	s.malice.Disarm()
	c.refused = ""
	run, err := s.play(c)
	waits := c.guard && !c.approve
	switch {
	case waits && run.Status == eddy.NeedsApproval && err == nil && run.Counts.Requests == 0:
	case !waits && clean(run, err):
	default:
		s.t.Fatalf("%s: the run after it ended %s: %v %+v", after, run.Status, err, run)
	}
	if waits {
		return
	}
	rows := slices.DeleteFunc(slices.Clone(c.rows), func(p person) bool { return view{holdout: c.holdout}.out(p.id) })
	got, want := s.sandbox.Members(s.audience), identities(rows)
	slices.Sort(got)
	if c.mode == eddy.Upsert {
		// Those stay who have no row any more.
		for _, p := range s.before {
			if !slices.ContainsFunc(c.rows, func(x person) bool { return x.id == p.id }) {
				want = append(want, identities([]person{p})...)
			}
		}
		if missing := without(want, got); len(missing) > 0 {
			s.t.Fatalf("%s: upsert lost %v", after, missing)
		}
	} else if !slices.Equal(got, want) {
		s.t.Fatalf("%s: the audience is not the model\n got %v\nwant %v", after, got, want)
	}
	s.before = rows
	if c.holdout != nil {
		s.examineHeldOut(c, after)
	}
	s.examine(after, run.Counts.Operations() > 0)
}

// events are what the ledger's table of runs says.
type event struct {
	run, event string
	detail     []byte
}

// examine looks for what must not be in a ledger after a clean run: a record of a wrong
// shape, tables that nothing names, runs that the log tells wrongly. What a run could not
// drop in its time the next one that has changes does.
func (s *spiteful) examine(after string, changed bool) {
	s.t.Helper()
	ctx, job := context.Background(), s.job()
	defer job.Source.Close()
	e, err := job.State(ctx)
	if err != nil {
		s.t.Fatal(err)
	}
	l, err := ledger.Open(ctx, ledger.Config{Engine: e, Connection: s.conn.Name, Fields: job.Destination.Fields(), Digests: s.local, Dry: true})
	if err != nil {
		s.t.Fatal(err)
	}
	defer l.Close()
	var events []event
	rows := func(sql string, each func(row [][]byte)) {
		s.t.Helper()
		if err := e.Query(ctx, sql, func(row [][]byte) error { each(row); return nil }); err != nil {
			s.t.Fatalf("%s: %s: %v", after, sql, err)
		}
	}
	rows("SELECT run_id, event, detail FROM "+e.Schema()+".runs ORDER BY seq", func(row [][]byte) {
		events = append(events, event{string(row[0]), string(row[1]), slices.Clone(row[2])})
	})
	s.examineTables(e, after, changed, events, rows)
	s.examineLog(e, after, events, rows)
	s.examineShape(l, after)
}

// closed is what a closed run says of itself.
type closed struct {
	Run  eddy.Run `json:"run"`
	Past struct {
		Sealed []struct {
			Run        string `json:"run"`
			Exceptions bool   `json:"exceptions"`
			Base       bool   `json:"base"`
			Based      bool   `json:"based"`
		} `json:"sealed"`
	} `json:"past"`
}

func (s *spiteful) examineTables(e warehouse.Engine, after string, changed bool, events []event, rows func(string, func([][]byte))) {
	s.t.Helper()
	var last closed
	for _, x := range events {
		if x.event == "closed" {
			last = closed{}
			if err := json.Unmarshal(x.detail, &last); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	want, may := []string{"runs", "sync_log"}, []string{}
	for _, r := range last.Past.Sealed {
		may = append(may, "snapshot_vip_"+r.Run)
		if !r.Based {
			want = append(want, "changes_vip_"+r.Run)
		}
		if r.Exceptions {
			want = append(want, "exceptions_vip_"+r.Run)
		}
		if r.Base {
			want = append(want, "base_vip_"+r.Run)
		}
	}
	var got []string
	rows("SELECT name FROM "+fmt.Sprintf(e.Dialect().Tables, e.Dialect().Literal(e.Schema()))+" t", func(row [][]byte) { got = append(got, string(row[0])) })
	got = without(got, []string{"claims", "holdout_vip"}) // where sessions hold no locks, and once somebody is held out
	if litter := without(got, append(may, want...)); len(litter) > 0 {
		s.t.Errorf("%s: nothing names the tables %v", after, litter)
	}
	if !changed {
		return
	}
	if missing := without(want, got); len(missing) > 0 {
		s.t.Errorf("%s: the ledger names the tables %v, which are gone", after, missing)
	}
	const most = 14 // two pictures, and what the fold lets come together
	views := len(got) - len(without(got, may))
	if len(last.Past.Sealed) > most || views > s.conn.Settings.SnapshotsToRetain {
		s.t.Errorf("%s: the ledger keeps %d views and %+v", after, views, last.Past)
	}
}

// examineHeldOut checks that all who are held out are on record as such, and nobody else.
func (s *spiteful) examineHeldOut(c chapter, after string) {
	s.t.Helper()
	var got, want []string
	s.inState(func(e warehouse.Engine) error {
		return e.Query(context.Background(), "SELECT DISTINCT primary_key FROM "+e.Schema()+".holdout_vip", func(row [][]byte) error {
			got = append(got, string(row[0]))
			return nil
		})
	})
	for _, p := range slices.Concat(bulk(bulked), sides()[0], sides()[1]) {
		if (view{holdout: c.holdout}).out(p.id) {
			want = append(want, p.id)
		}
	}
	for _, p := range c.rows {
		if (view{holdout: c.holdout}).out(p.id) && !slices.Contains(got, p.id) {
			s.t.Errorf("%s: %s is held out, and not on record", after, p.id)
		}
	}
	if more := without(got, want); len(more) > 0 {
		s.t.Errorf("%s: %v are on record as held out", after, more)
	}
}

// examineLog checks that the log has one line for each change of each settled run.
func (s *spiteful) examineLog(e warehouse.Engine, after string, events []event, rows func(string, func([][]byte))) {
	s.t.Helper()
	lines := map[string]int64{}
	rows("SELECT sync_run_id, count(*), count(DISTINCT primary_key) FROM "+e.Schema()+".sync_log WHERE status <> 'invalid' AND operation <> 'unchanged' GROUP BY sync_run_id", func(row [][]byte) {
		n, _ := strconv.ParseInt(string(row[1]), 10, 64)
		lines[string(row[0])] = n
		if string(row[1]) != string(row[2]) {
			s.t.Errorf("%s: run %s has %s lines in the log about %s records", after, row[0], row[1], row[2])
		}
	})
	settled := map[string]bool{}
	for _, x := range events {
		switch x.event {
		case "settled":
			settled[x.run] = true
		case "closed":
			var c closed
			if err := json.Unmarshal(x.detail, &c); err != nil {
				s.t.Fatal(err)
			}
			if n := c.Run.Counts.Operations(); settled[x.run] && lines[x.run] != n {
				s.t.Errorf("%s: run %s has %d changes, and %d lines in the log", after, x.run, n, lines[x.run])
			}
		}
	}
}

// examineShape checks which versions each record has.
func (s *spiteful) examineShape(l *ledger.Ledger, after string) {
	s.t.Helper()
	states := map[string][]string{}
	err := l.EachVersion(context.Background(), func(v ledger.Version) error {
		states[v.RecordID] = append(states[v.RecordID], v.State)
		return nil
	})
	if err != nil {
		s.t.Fatalf("%s: %v", after, err)
	}
	for _, id := range slices.Sorted(maps.Keys(states)) {
		if !shaped(states[id]) {
			s.t.Errorf("%s: record %s has the versions %v", after, id, states[id])
		}
	}
}

// shaped says that versions may stand beside one another: one that is held, or one that
// cannot be sent, or one that was wanted last and those that may have to go.
func shaped(states []string) bool {
	n := map[string]int{}
	for _, x := range states {
		n[x]++
	}
	one := n["held"] + n["doubt"] + n["rejected"] + n["invalid"] + n["beside"]
	return one <= 1 && one+n["leaving"] == len(states) && (n["held"] == 0 || len(states) == 1) && (n["beside"] == 0 || n["leaving"] > 0)
}

// lateness are the times at which what was delayed takes effect: a statement later, two
// later, at the engine's end, and when the next one is opened.
func lateness() []int { return []int{2, 3, 0, -1} }

// strike lets one statement of a chapter's run meet a spite, and mends. It says whether
// the run had such a statement.
func (s *spiteful) strike(c chapter, at int, spite warehousetest.Spite, after int) bool {
	s.t.Helper()
	s.begin(c)
	s.malice.Arm(at, spite, after)
	run, err := s.play(c)
	statement, seen := s.malice.Struck()
	what := fmt.Sprintf("%s, statement %d of %d, which the engine %s (%d): %s\nthe run ended %s (%v)", c.name, at, seen, spite, after, statement, run.Status, err)
	if spite == warehousetest.Repeats && strings.Contains(statement, ".runs (connection_id") && strings.Contains(statement, "INSERT") && err != nil {
		s.t.Errorf("%s: what is said twice is no harm", what)
	}
	if at%3 == 2 && !c.guard {
		// Somebody of the run that may have died is gone by the next one.
		c.rows = append(slices.Clone(c.rows[:4]), c.rows[5:]...)
		s.fill(c.rows)
		c.clash = nil
	}
	s.mend(c, what)
	return statement != ""
}

// TestEverySpiteAtEveryStatementEndsExact lets a spiteful warehouse do its worst to each
// statement of each run of a story in turn: whatever comes of that run, the next one makes
// the audience the model, and the ledger has no trace of it (promises 1, 2, 3, 7 and 8).
// Where EDDY_FAULTS=all, each place has all cases; else a part of them, each another one. A run has
// up to some 30 statements, each with 72 cases: one of 29 is more than 50.
func TestEverySpiteAtEveryStatementEndsExact(t *testing.T) {
	t.Parallel() // beside the worlds: together they keep a server busy whose answers take long
	for n, place := range append(places(), onServers()...) {
		step := 29
		if n == 0 {
			step = 17
		}
		switch {
		case os.Getenv("EDDY_FAULTS") == "all":
			step = 1
		case testing.Short():
			step *= 5
		}
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			var c sweep
			for from := n; c.position < 99 && !c.over && !t.Failed(); c.position++ {
				from = c.round(t, place, from, step)
			}
			t.Logf("%d cases, of up to %d statements of %d runs", c.struck, c.position, len(chapters()))
			if least := 50; c.struck < least && !testing.Short() && !t.Failed() {
				t.Errorf("%d cases of a place are too few, at least %d", c.struck, least)
			}
		})
	}
}

// sweep is how far a test has come that strikes all statements.
type sweep struct {
	// position is the statement that is struck, from 0.
	position int
	struck   int
	// missed is how many cases in a row, each of another chapter, struck nothing; over says that
	// all did: no run has so many statements.
	missed int
	over   bool
	world  *spiteful
}

// years is how long a story is told in one world: its clock must not come to 2106, where
// times of X's kind end.
const years = 40

// round strikes the statements of one position, with each spite, in each chapter, of which
// the step-th are taken.
func (c *sweep) round(t *testing.T, place string, from, step int) int {
	t.Helper()
	if c.world == nil || c.world.now.After(time.Now().AddDate(years, 0, 0)) {
		c.world = newSpiteful(t, place)
		for _, ch := range chapters() {
			c.world.begin(ch)
			c.world.mend(ch, "the first round: "+ch.name)
		}
	}
	s := c.world
	short := map[string]bool{} // chapters that have fewer statements
	for _, spite := range warehousetest.Spites() {
		for _, after := range lateness() {
			if spite != warehousetest.Delays && after != 0 {
				continue
			}
			for _, ch := range chapters() {
				from++
				if from%step != 0 {
					continue
				}
				if ch.guard { // somebody must be there who can go
					all := chapters()[6]
					s.begin(all)
					s.mend(all, "before "+ch.name)
				}
				switch {
				case short[ch.name]: // it is told all the same, for the next one
					s.begin(ch)
					s.mend(ch, "a clean run: "+ch.name)
				case s.strike(ch, c.position+1, spite, after):
					c.struck++
					c.missed = -1
				default:
					short[ch.name] = true
				}
				if c.missed++; c.missed == len(chapters()) {
					c.over = true
				}
				if t.Failed() || c.over {
					return from
				}
			}
		}
	}
	return from
}

// reset makes the world a new one.
func (s *spiteful) reset(dir string) {
	s.t.Helper()
	s.dir, s.malice, s.now = dir, new(warehousetest.Malice), time.Now().UTC()
	s.sandbox.Reset()
	id, err := s.sandbox.NewAudience("18ce54d4x5t", "VIP")
	if err != nil {
		s.t.Fatal(err)
	}
	s.audience, s.conn.Audience.ID = id, id
	s.wipe()
	s.table(s.simple()...)
}

// TestSpitesInARowEndExact tells random worlds in which one run after the other meets a
// spite, or none: whatever they leave together, a clean run makes the audience the model.
func TestSpitesInARowEndExact(t *testing.T) {
	t.Parallel()
	made, dir, n := map[string]*spiteful{}, memoryDir(t), 0
	rapid.Check(t, func(rt *rapid.T) {
		if !rapid.Bool().Draw(rt, "told") {
			return // half as many as other properties have: each takes longer
		}
		place := rapid.SampledFrom(places()).Draw(rt, "place")
		s := made[place]
		if s == nil {
			s = newSpiteful(t, place)
			made[place] = s
		}
		n++
		s.t = rt
		folder := filepath.Join(dir, strconv.Itoa(n))
		if err := os.Mkdir(folder, 0o700); err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(folder)
		s.reset(folder)
		story := ""
		var c chapter
		for range rapid.IntRange(2, 6).Draw(rt, "runs") {
			c = chapters()[rapid.IntRange(0, len(chapters())-1).Draw(rt, "chapter")]
			c.approve = c.guard
			s.begin(c)
			const most = 40
			s.malice.Arm(rapid.IntRange(0, most).Draw(rt, "statement"), rapid.SampledFrom(warehousetest.Spites()).Draw(rt, "spite"), rapid.SampledFrom(lateness()).Draw(rt, "after"))
			run, err := s.play(c)
			statement, _ := s.malice.Struck()
			story += fmt.Sprintf("\n%s: %s (%v); struck: %s", c.name, run.Status, err, statement)
		}
		// What is frozen, or left by upsert, depends on what the runs before came to.
		c.clash, c.mode = nil, ""
		s.begin(c)
		s.mend(c, story)
	})
}
