package sync_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// sparing tells a property one in so many of the worlds that the others are told, because each takes
// as long as that many. What failed is told as often as it takes to make it small.
func sparing(oneIn int, property func(*rapid.T)) func(*rapid.T) {
	told, failed := 0, false
	return func(rt *rapid.T) {
		told++
		if told%oneIn != 1 && !failed {
			return
		}
		defer func() { failed = failed || rt.Failed() }()
		property(rt)
	}
}

// TestAudienceIsTheTruth makes random worlds: people with shared, swapped, re-cased,
// several and changing identities, changing configurations, a moving clock, edits while a
// run is going on, and answers that fail. After each clean run the audience must be the
// truth (promises 1, 2, 4, 6, 7, 8 and 9), by identity and by person.
func TestAudienceIsTheTruth(t *testing.T) {
	t.Parallel()
	for i, place := range append(places(), onServers()...) {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, place)
			w.promises(t)
			dir := memoryDir(t)
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				for range i {
					rapid.Bool().Draw(rt, "place") // one seed tells other stories in other places
				}
				n++
				w.dir = filepath.Join(dir, fmt.Sprint(n))
				if err := os.Mkdir(w.dir, 0o700); err != nil {
					t.Fatal(err)
				}
				defer os.RemoveAll(w.dir)
				w.t = rt
				newStory(w, rt, place).tell()
			})
		})
	}
}

// memoryDir is a folder in memory where there is one: nothing here must survive a crash
// of the machine, and a world writes many small files.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "eddy-worlds-") //nolint:usetesting // t.TempDir is on a disk
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// story is one world's history.
type story struct {
	w     *world
	rt    *rapid.T
	place string
	// faults: X and the warehouse fail now and then.
	faults bool
	// begin is X's clock at the beginning, clock is X's now, and Eddy's is off by skew.
	begin, clock time.Time
	skew         time.Duration
	rows         []person
	// stored is what stands in the table; empty before the first write.
	stored string
	view   view
	truth  truth
	log    []string
}

func newStory(w *world, rt *rapid.T, place string) *story {
	s := &story{w: w, rt: rt, place: place, begin: time.Now().UTC().Truncate(time.Second)}
	s.clock = s.begin
	s.faults = rapid.Bool().Draw(rt, "faults")
	w.moves = place != "duckdb" && (w.site == nil || warehousetest.IsEngine(strings.TrimSuffix(w.place, localState))) && s.one("moves", 4) == 3
	w.local = place == "duckdb" || strings.HasSuffix(place, localState)
	w.asked.Store(nil)
	w.sandbox.Reset()
	id, err := w.sandbox.NewAudience("18ce54d4x5t", "VIP")
	if err != nil {
		rt.Fatal(err)
	}
	w.audience, w.conn.Audience.ID = id, id
	s.view = view{model: models(w.spelling)[0], identifier: "id", mapping: mappings(s.clock)[0], hash: true, forms: "e164"}
	w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
	w.conn.Settings.MaxAttempts = 100 // nothing rests in a story, however often X refuses it
	s.meet()
	return s
}

// note adds a line to the story, which a failure tells.
func (s *story) note(format string, args ...any) { s.log = append(s.log, fmt.Sprintf(format, args...)) }

func (s *story) fail(format string, args ...any) {
	s.rt.Helper()
	s.rt.Fatalf("%s\nthe story:\n  %s", fmt.Sprintf(format, args...), strings.Join(s.log, "\n  "))
}

// one chooses one of n, each as often as the others: rapid's own choices prefer what is
// small, and small worlds have nothing to tell. A story that shrinks has the first.
func (s *story) one(label string, n int) int {
	return rapid.Custom(func(t *rapid.T) int {
		v := 0
		for range 10 {
			v *= 2
			if rapid.Bool().Draw(t, "bit") {
				v++
			}
		}
		return v % n
	}).Draw(s.rt, label)
}

// pick chooses one of the texts.
func (s *story) pick(label string, from ...string) string { return choose(s, label, from) }

func choose[T any](s *story, label string, from []T) T { return from[s.one(label, len(from))] }

func (s *story) tell() {
	for range 2 + s.one("runs", 4) {
		for range s.one("edits", 5) {
			s.rows = s.edit(s.rows)
		}
		for range s.one("configure", 3) {
			s.configure()
		}
		s.apply()
		s.store()
		if s.faults && rapid.Bool().Draw(s.rt, "broken") {
			s.brokenRun()
		} else {
			s.cleanRun()
		}
	}
	s.apply()
	s.cleanRun()
}

// store writes the rows into the table, if they are not there.
func (s *story) store() {
	write := writes(s.w.spelling, s.rows)
	if s.stored == "" {
		s.w.wipe()
		var columns []string
		for _, name := range []string{"id", "alt", "email", "second", "phone", "tier"} {
			columns = append(columns, name+" "+s.w.spelling.Text)
		}
		s.w.table(append(columns, "starts "+s.w.spelling.Timestamp, "expires "+s.w.spelling.Timestamp)...)
	}
	if all := strings.Join(write, "; "); s.stored != all {
		s.w.exec(write...)
		s.stored = all
	}
}

// run runs once. A meanwhile may edit the table while it is going on; the rows that the
// run must have seen are those of the moment it staged them.
func (s *story) run(change ...func(*sync.Job, context.CancelFunc)) (run eddy.Run, seen []person, err error) {
	s.clock, s.w.now = s.clock.Add(time.Second), s.w.now.Add(time.Second)
	s.w.sandbox.Advance(time.Second)
	job := s.w.job()
	defer job.Source.Close()
	m := s.meanwhile(&job)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	for _, c := range change {
		c(&job, stop)
	}
	run, err = sync.Run(ctx, job)
	s.w.asked.Store(nil)
	seen = s.rows
	if m == nil {
		return run, seen, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil {
		s.fail("edit at %s: %v", m.at, m.err)
	}
	if m.done {
		s.rows, s.stored = m.rows, strings.Join(writes(s.w.spelling, m.rows), "; ")
		s.note("  meanwhile, at %s, the rows became %v", m.at, m.rows)
	}
	if m.done && m.at == "stage" {
		seen = m.rows
	}
	return run, seen, err
}

// meanwhile is an edit of the table while a run is going on.
type meanwhile struct {
	mu   gosync.Mutex
	at   string
	rows []person
	done bool
	err  error
}

// meanwhile lets an edit happen at some step of some runs, or when X is asked.
func (s *story) meanwhile(job *sync.Job) *meanwhile {
	if s.one("meanwhile", 4) != 3 {
		return nil
	}
	m := &meanwhile{at: s.pick("at", "stage", "compare", "seal", "remove", "add", "settle", "a request")}
	m.rows = s.edit(s.edit(s.rows))
	edit := func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if !m.done {
			m.done = true
			for _, sql := range writes(s.w.spelling, m.rows) {
				m.err = errors.Join(m.err, s.w.try(sql))
			}
		}
	}
	if m.at == "a request" {
		s.w.asked.Store(&edit)
		return m
	}
	job.Progress = func(p sync.Progress) {
		if p.Step == m.at {
			edit()
		}
	}
	return m
}

// cleanRun runs where nothing fails; a person approves what the guard holds back.
func (s *story) cleanRun() {
	s.w.sandbox.ClearFaults()
	full := s.one("full", 8) == 7
	before := s.w.sandbox.Members(s.w.audience)
	again := func(j *sync.Job, _ context.CancelFunc) { j.Full = full }
	run, seen, err := s.run(again)
	s.tellRun("clean run", full, run, err)
	s.guarded(run, seen, err)
	// An approval covers what was shown: rows that were edited meanwhile are shown again.
	for range 5 {
		if run.Status != eddy.NeedsApproval {
			break
		}
		if got := s.w.sandbox.Members(s.w.audience); run.Counts.Requests > 0 || !slices.Equal(got, before) {
			s.fail("a run that waits for approval changed the audience from %v to %v", before, got)
		}
		run, seen, err = s.run(again, func(j *sync.Job, _ context.CancelFunc) { j.Approve = true })
		s.tellRun("approved run", full, run, err)
	}
	if !clean(run, err) {
		s.fail("a clean run ended %s: %v", run.Status, run.Errors)
	}
	if want := s.view.heldOut(seen); run.Counts.HeldOut != want {
		s.fail("%d records are held out, and the run says %d", want, run.Counts.HeldOut)
	}
	s.check(seen, full)
}

func (s *story) tellRun(kind string, full bool, run eddy.Run, err error) {
	s.note("%s, full %v: %s, %d invalid, %d inserts, %d updates, %d deletes, %d renewals, %d again (error: %v)", kind, full, run.Status,
		run.Counts.Invalid, run.Counts.Insert, run.Counts.Update, run.Counts.Delete, run.Counts.Renew, run.Counts.Reassert, err != nil)
	c := run.Counts
	if err == nil && run.Status != eddy.NeedsApproval && c.Delivered+c.Rejected+c.Failed != c.Operations() {
		s.fail("counts do not add up: %+v", c)
	}
}

// clean says that a run left nothing open.
func clean(run eddy.Run, err error) bool {
	return err == nil && (run.Status == eddy.Succeeded || run.Status == eddy.CompletedWithErrors) && run.Counts.Rejected+run.Counts.Failed == 0
}

// guarded checks that a run which would empty the audience, or remove more of it than
// allowed, was held back, and no other (promise 4).
func (s *story) guarded(run eddy.Run, seen []person, err error) {
	t, g := &s.truth, s.w.conn.Settings.Guard
	next := t.next(s.view, seen, s.w.now)
	if err != nil || t.broken || len(t.held) == 0 || s.view.upsert || timed(t.held) || timed(next) {
		return // who lapses is not removed, and who was left open may count or not
	}
	before, after := members(t.held, s.w.now), members(next, s.w.now)
	gone := slices.DeleteFunc(slices.Clone(before), func(id string) bool { return slices.Contains(after, id) })
	switch {
	case len(after) == 0:
		if !g.AllowEmpty && run.Status != eddy.NeedsApproval {
			s.fail("a run emptied the audience and asked nobody")
		}
	case 100*float64(len(gone)) > g.MaxRemovedPercent*float64(len(before)):
		if run.Status != eddy.NeedsApproval {
			s.fail("a run removed %d of %d identities and asked nobody", len(gone), len(before))
		}
	case len(gone) == 0 && run.Status == eddy.NeedsApproval:
		s.fail("a run that removes nobody was held: %v", run.Errors)
	}
}

// timed says that the audience lets some entry go by itself.
func timed(entries map[string]entry) bool {
	for _, e := range entries {
		if !e.until.IsZero() {
			return true
		}
	}
	return false
}

// check compares the audience with the truth after a run that ended well.
func (s *story) check(seen []person, full bool) {
	next := s.truth.next(s.view, seen, s.w.now)
	got := s.w.sandbox.Members(s.w.audience)
	open := s.truth.settleKept(next, got, s.clock)
	want := members(next, s.clock)
	if !slices.Equal(got, want) {
		s.fail("the audience is not the truth\n got %v\nwant %v", named(got), named(want))
	}
	s.truth.cleanRun(next, open, s.w.now, full, s.w.person)
	s.checkPeople(next)
}

// checkPeople compares by person: all who can be known to belong there are there, and in
// a mirror nobody else is.
func (s *story) checkPeople(next map[string]entry) {
	got := s.w.sandbox.Persons(s.w.audience)
	for who := range s.truth.must {
		if !slices.Contains(got, who) {
			s.fail("%s was lost; the audience holds %v", who, got)
		}
	}
	for _, who := range got {
		if !slices.ContainsFunc(members(next, s.clock), func(id string) bool { return s.w.person(id) == who }) {
			s.fail("%s is in the audience, and no record holds them", who)
		}
	}
}

// brokenRun runs against an X or a warehouse that fails, or is stopped; whatever it
// leaves, the next clean run mends.
func (s *story) brokenRun() {
	what, change := s.trouble()
	run, seen, err := s.run(change)
	s.tellRun("broken run ("+what+")", false, run, err)
	if clean(run, err) {
		s.check(seen, false)
		return
	}
	s.truth.brokenRun(s.truth.next(s.view, seen, s.w.now), s.w.now)
}

// trouble arranges for something to fail.
func (s *story) trouble() (what string, change func(*sync.Job, context.CancelFunc)) {
	kinds := 7
	if s.w.local {
		kinds = 6
	}
	f := sandbox.Fault{On: "users", Count: 1 + s.one("faulty requests", 12), Skip: s.one("skip", 2)}
	switch s.one("trouble", kinds) {
	case 0:
		f.Status = choose(s, "status", []int{400, 401, 403, 500, 503, 504})
	case 1:
		f.Status, f.When = choose(s, "status", []int{500, 504}), "after"
	case 2:
		f.Reset = true
	case 3:
		f.Reset, f.When = true, "after"
	case 4:
		f.CountOff, f.When = 1, "after"
	case 5:
		at := s.pick("stopped at", "stage", "compare", "seal", "remove", "add", "settle")
		return "stopped at " + at, atStep(at, func(stop context.CancelFunc) { stop() })
	case 6:
		at := s.pick("cut off at", "stage", "compare", "seal", "remove", "add", "settle")
		return "cut off from the warehouse at " + at, atStep(at, func(context.CancelFunc) {
			_ = s.w.try("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'eddy' AND datname = current_database()")
		})
	}
	s.w.sandbox.Fault(f)
	return f.String(), func(*sync.Job, context.CancelFunc) {}
}

// atStep acts once, when a run comes to a step.
func atStep(at string, act func(stop context.CancelFunc)) func(*sync.Job, context.CancelFunc) {
	return func(j *sync.Job, stop context.CancelFunc) {
		hear, done := j.Progress, false
		j.Progress = func(p sync.Progress) {
			if hear != nil {
				hear(p)
			}
			if p.Step == at && !done {
				done = true
				act(stop)
			}
		}
	}
}
