package sync_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
)

// resident is a row with a value of the column that the connection is split by; "" is NULL.
type resident struct {
	person

	country string
}

// split makes the world's connection keep an audience for each country.
func (w *world) split() {
	w.t.Helper()
	w.table(append(w.simple(), "country "+w.spelling.Text)...)
	w.conn.Split = &eddy.Split{Column: "country", MaxAudiences: eddy.DefaultAudiences}
	w.conn.Audience = eddy.Audience{Create: &eddy.NewAudience{Name: "VIP {country}"}}
}

// settle makes the table hold these rows.
func (w *world) settle(rows []resident) {
	w.t.Helper()
	statements := []string{"DELETE FROM customers"}
	for _, r := range rows {
		quoted := "'" + strings.ReplaceAll(r.country, "'", "''") + "'"
		statements = append(statements, fmt.Sprintf("INSERT INTO customers (id, email, phone, country) VALUES (%s, '%s', nullif('%s', ''), nullif(%s, ''))", r.id, r.email, r.phone, quoted))
	}
	w.exec(statements...)
}

func at(country string, ids ...int) (out []resident) {
	for _, id := range ids {
		out = append(out, resident{person{id: fmt.Sprint(id), email: fmt.Sprintf("p%d@x.com", id)}, country})
	}
	return out
}

// of is what a run says of a value.
func of(run eddy.Run, value string) eddy.PartRun {
	for _, p := range run.Parts {
		if p.Value == value {
			return p
		}
	}
	return eddy.PartRun{}
}

// holds checks who is in the audience of a value.
func (w *world) holds(run eddy.Run, value string, rows ...resident) {
	w.t.Helper()
	var people []person
	for _, r := range rows {
		people = append(people, r.person)
	}
	p := of(run, value)
	got := w.sandbox.Members(p.AudienceID)
	if slices.Sort(got); p.AudienceID == "" || !slices.Equal(got, identities(people)) {
		w.t.Errorf("the audience of %q, %+v, is not its rows\n got %v\nwant %v", value, p, got, identities(people))
	}
}

// told says that one of the texts has all of some words.
func told(texts []string, words ...string) bool {
	return slices.ContainsFunc(texts, func(text string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) })
	})
}

func saidBy(run eddy.Run) (out []string) {
	for _, e := range run.Errors {
		out = append(out, e.Reason)
	}
	for _, w := range run.Warnings {
		out = append(out, w.Reason)
	}
	return out
}

// TestEachValueHasAnAudience: rows move between audiences, a new value is announced, one that
// vanished waits for a person, and who has no value, or one that no audience can be named after, is
// counted and left out.
func TestEachValueHasAnAudience(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		hostile := `O'Hara "{country}" \ %s; --`
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3, 4), at(hostile, 5), at("", 6), at("  ", 7), at("a\nb", 8), at(strings.Repeat("x", 10_000), 9)))
		run := w.sync()
		if run.Status != eddy.CompletedWithErrors || len(run.Parts) != 3 || run.Counts.Rows != 9 || run.Counts.Invalid != 4 || run.Counts.Insert != 5 || len(run.Warnings) > 0 {
			t.Errorf("the first run: %+v", run)
		}
		for _, words := range [][]string{{"no value in country"}, {"cannot be seen"}, {"too long"}} {
			if !told(saidBy(run), words...) {
				t.Errorf("the run does not say %q: %q", words, saidBy(run))
			}
		}
		w.holds(run, "DE", at("", 1, 2)...)
		w.holds(run, "FR", at("", 3, 4)...)
		w.holds(run, hostile, at("", 5)...)
		if got := of(run, hostile).Audience; got != "VIP "+hostile {
			t.Errorf("the audience is called %s", got)
		}

		w.now = w.now.Add(time.Minute)
		w.settle(slices.Concat(at("DE", 1), at("FR", 2, 3, 4), at(hostile, 5), at("IT", 10)))
		again := w.sync()
		if again.Status != eddy.Succeeded || !told(saidBy(again), "country has a new value IT: audience VIP IT is made") || of(again, "DE").AudienceID != of(run, "DE").AudienceID {
			t.Errorf("a row moved, and a value came: %+v", again)
		}
		w.holds(again, "DE", at("", 1)...)
		w.holds(again, "FR", at("", 2, 3, 4)...)
		w.holds(again, "IT", at("", 10)...)

		w.now = w.now.Add(time.Minute)
		w.settle(slices.Concat(at("fr", 2, 3, 4, 11), at(hostile, 5), at("IT", 10)))
		held := w.sync()
		if p := of(held, "DE"); held.Status != eddy.NeedsApproval || !p.Gone || p.Removal == nil || !p.Removal.Empties || !strings.Contains(p.Reason, "empty") {
			t.Errorf("DE vanished: %+v", held)
		}
		w.holds(held, "DE", at("", 1)...)
		w.holds(held, "fr", at("", 2, 3, 4, 11)...)
		if of(held, "fr").AudienceID != of(again, "FR").AudienceID || of(held, "fr").New {
			t.Errorf("fr is FR in small letters: %+v", held)
		}

		w.now = w.now.Add(time.Minute)
		run = w.sync(func(j *sync.Job) { j.Approve, j.ApproveRun = true, held.RunID })
		if run.Status != eddy.Succeeded || !told(saidBy(run), "no row has the value DE of country any more") {
			t.Errorf("approved: %+v", run)
		}
		w.holds(run, "DE")
		w.conn.Settings.RetainSyncLogs = false
		w.inSplitState("DELETE FROM %s.sync_log")
		if run = w.sync(); len(run.Parts) != 3 {
			t.Errorf("an audience that is empty and has no log is still looked at: %+v", run)
		}

		w.now = w.now.Add(time.Minute)
		w.settle(slices.Concat(at("DE", 1), at("fr", 2, 3, 4, 11), at(hostile, 5), at("IT", 10)))
		if back := w.sync(); of(back, "DE").AudienceID != of(again, "DE").AudienceID || back.Status != eddy.Succeeded {
			t.Errorf("DE is back: %+v", back)
		}
	})
}

// inSplitState runs a statement on the state's side; %s is the schema.
func (w *world) inSplitState(sql string) {
	w.t.Helper()
	job := w.job()
	defer job.Source.Close()
	e, err := job.State(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	defer e.Close()
	if _, err := e.Exec(context.Background(), fmt.Sprintf(sql, e.Schema())); err != nil {
		w.t.Fatal(err)
	}
}

// TestValuesThatCannotHaveAudiencesAreRefused: nothing is sent where there are too many values, or
// two that X would take for one.
func TestValuesThatCannotHaveAudiencesAreRefused(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.conn.Split.MaxAudiences = 2
		for _, x := range []struct {
			rows  []resident
			words []string
		}{
			{slices.Concat(at("DE", 1), at("FR", 2), at("IT", 3)), []string{"country has more than 2 values"}},
			{slices.Concat(at("a\nb", 1), at("a\tb", 2), at("a\rb", 3), at("DE", 4)), []string{"country has more than 2 values"}},
			{slices.Concat(at("New York", 1), at(" new  york", 2)), []string{`"New York"`, `" new  york"`, "case or blanks"}},
		} {
			w.settle(x.rows)
			job := w.job()
			run, err := sync.Run(context.Background(), job)
			if run.Status != eddy.StatusFailed || err == nil || !told([]string{err.Error()}, x.words...) || !told(saidBy(run), x.words...) || len(run.Parts) > 0 || run.Counts.Requests > 0 {
				t.Errorf("%v: %+v", err, run)
			}
			if _, err := sync.Look(context.Background(), job); err == nil {
				t.Error("a plan says that it would be done")
			}
			job.Source.Close()
		}
		w.conn.Split.Column = "land"
		job := w.job()
		defer job.Source.Close()
		if _, err := sync.Run(context.Background(), job); err == nil || !strings.Contains(err.Error(), `split_by: `) {
			t.Errorf("a column that is not there: %v", err)
		}
	})
}

// TestOnePartThatFailsHarmsNoOther: X refuses all that is asked about one audience.
func TestOnePartThatFailsHarmsNoOther(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3), at("IT", 4)))
		first := w.sync()
		w.now = w.now.Add(time.Minute)
		w.settle(slices.Concat(at("DE", 1, 2, 5), at("FR", 3, 6), at("IT", 4, 7)))
		w.sandbox.Fault(sandbox.Fault{Path: of(first, "FR").AudienceID, Status: 403})
		job := w.job()
		run, err := sync.Run(context.Background(), job)
		job.Source.Close()
		if run.Status != eddy.StatusFailed || err == nil || !strings.Contains(err.Error(), "audience VIP FR") || of(run, "FR").Status != eddy.StatusFailed || of(run, "FR").Reason == "" || !strings.HasPrefix(run.Errors[0].Reason, "VIP FR: ") {
			t.Errorf("FR fails: %v, %+v", err, run)
		}
		w.holds(run, "DE", at("", 1, 2, 5)...)
		w.holds(run, "IT", at("", 4, 7)...)
		w.sandbox.ClearFaults()
		w.holds(w.sync(), "FR", at("", 3, 6)...)
	})
}

// TestAudiencesAreNotLeftBehind: a connection that is split, or is no longer, waits for a person, as
// one that names another audience does.
func TestAudiencesAreNotLeftBehind(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		split := w.conn.Split
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3)))
		refused := func(words string) {
			t.Helper()
			w.now = w.now.Add(time.Minute)
			job := w.job()
			defer job.Source.Close()
			run, err := sync.Run(context.Background(), job)
			if run.Status != eddy.NeedsApproval || err == nil || !strings.Contains(err.Error(), words) || run.Counts.Requests > 0 {
				t.Errorf("%+v: %v", run, err)
			}
		}
		w.sync()
		w.conn.Split, w.conn.Audience = nil, eddy.Audience{Create: &eddy.NewAudience{Name: "VIP all"}}
		refused("it kept 2 audiences, one for each value of a column (3 records held)")
		w.sync(func(j *sync.Job) { j.Approve = true })
		w.conn.Split, w.conn.Audience.Create.Name = split, "People in {country}"
		refused("(3 records held) and now names split_by")
		if run := w.sync(func(j *sync.Job) { j.Approve = true }); run.Status != eddy.Succeeded {
			t.Errorf("%+v", run)
		}
	})
}

// TestQuestionsAboutSeveralAudiences: plans, pending changes, questions after a person, tests,
// rejections and moves know all audiences.
func TestQuestionsAboutSeveralAudiences(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 3), at("", 9)))
		w.sync()
		w.now = w.now.Add(time.Minute)
		w.settle(slices.Concat(at("FR", 1, 3, 4), at("IT", 5), at("", 9)))
		job := w.job()
		defer job.Source.Close()
		ctx := context.Background()
		plan, err := sync.Look(ctx, job)
		if err != nil || len(plan.Parts) != 3 || !plan.Parts[0].Gone || plan.Parts[0].Guard == "" || !strings.Contains(plan.Guard, "VIP DE: ") || !plan.Parts[2].New || plan.Counts.Insert != 3 || plan.Counts.Delete != 2 || plan.Counts.Invalid != 1 || plan.Held != 3 || plan.Counts.Rows != 5 {
			t.Errorf("%v: %+v", err, plan)
		}
		var events []string
		if err := sync.Records(ctx, job, func(r eddy.Record) error {
			events = append(events, fmt.Sprint(r.Context.Sources.JobID, " ", r.Action, " ", r.RecordID))
			slices.Sort(events) // within an audience, those of one kind come in any order
			return nil
		}); err != nil || !slices.Equal(events, []string{"vip/DE delete 1", "vip/DE delete 2", "vip/FR insert 1", "vip/FR insert 4", "vip/IT insert 5"}) {
			t.Errorf("%v: %q", err, events)
		}
		w.asks(job)
		held := w.sync()
		if run, err := sync.Reject(ctx, job, held.RunID); err != nil || run != held.RunID {
			t.Errorf("%s: %v", run, err)
		}
		if _, err := sync.Reject(ctx, job, ""); eddy.ErrorCode(err) != eddy.CodeConflict {
			t.Errorf("a second time: %v", err)
		}
		if run := w.sync(func(j *sync.Job) { j.Approve, j.ApproveRun = true, held.RunID }); run.Status != eddy.NeedsApproval {
			t.Errorf("a rejected run was approved: %+v", run)
		}
	})
}

// TestSeveralAudiencesMoveWithTheState: the other place knows all audiences, also one whose value
// vanished meanwhile.
func TestSeveralAudiencesMoveWithTheState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postgres")
	w.moves = true
	w.split()
	w.settle(slices.Concat(at("DE", 1), at("FR", 2)))
	first := w.sync()
	w.local, w.now = true, w.now.Add(time.Hour)
	job := w.job()
	run, err := sync.Move(context.Background(), job)
	job.Source.Close()
	if err != nil || run.Status != eddy.Succeeded || len(run.Parts) != 2 {
		t.Errorf("%v: %+v", err, run)
	}
	w.local, w.now = false, w.now.Add(time.Hour)
	w.settle(at("FR", 2, 3))
	run = w.sync()
	if run.Status != eddy.NeedsApproval || !of(run, "DE").Gone || of(run, "FR").AudienceID != of(first, "FR").AudienceID || of(run, "FR").Counts.Insert != 1 || of(run, "FR").Counts.Unchanged != 1 {
		t.Errorf("after it moved twice: %+v", run)
	}
}

// asks asks after people, and tests what a run would refuse.
func (w *world) asks(job sync.Job) {
	t, ctx := w.t, context.Background()
	t.Helper()
	why, err := sync.Why(ctx, job, sync.Question{Field: "email", Value: "p1@x.com"})
	if err != nil || why.Standing != sync.Leaving || len(why.Parts) != 2 || why.Parts[0].Value != "DE" || why.Parts[1].Standing != sync.Out || !told([]string{why.Verdict}, "VIP DE: In the audience", "VIP FR: Not in the audience yet") {
		t.Errorf("%v: %+v", err, why)
	}
	if why, err := sync.Why(ctx, job, sync.Question{RecordID: "9"}); err != nil || why.Standing != sync.Out || !strings.Contains(why.Verdict, "a value of country") {
		t.Errorf("%v: %+v", err, why)
	}
	steps := sync.Preflight(ctx, job)
	var details []string
	for _, x := range steps {
		if x.Err != nil {
			t.Errorf("%s: %v", x.Name, x.Err)
		}
		details = append(details, x.Detail)
	}
	if !told(details, "3 audiences, one for each value of country", `"VIP IT", made by the first run`) || !told(details, "1 row are in no audience") && !told(details, "no value in country") {
		t.Errorf("%q", details)
	}
}

// TestEveryAudienceIsTheMirrorOfItsPart: whatever moves between values, comes and vanishes, fails,
// and is cut off between audiences, after each clean run every audience is exactly its rows, and
// nobody who is suppressed or held out is in any.
func TestEveryAudienceIsTheMirrorOfItsPart(t *testing.T) {
	t.Parallel()
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, place)
			dir, n := memoryDir(t), 0
			rapid.Check(t, sparing(5, func(rt *rapid.T) {
				n++
				w.dir = filepath.Join(dir, fmt.Sprint(n))
				if err := os.Mkdir(w.dir, 0o700); err != nil {
					t.Fatal(err)
				}
				defer os.RemoveAll(w.dir)
				w.t = rt
				w.asked.Store(nil)
				w.wipe()
				w.sandbox.Reset()
				w.split()
				w.conn.Holdout = nil
				s := &splitStory{story: &story{w: w, rt: rt}, rows: map[string]resident{}, ids: map[string]string{}}
				s.tell()
			}))
		})
	}
}

// splitStory is the history of a world with several audiences.
type splitStory struct {
	*story

	rows map[string]resident
	// ids are the audiences that were made, by the value as it is compared.
	ids    map[string]string
	listed map[string]bool
}

func (s *splitStory) tell() {
	if s.one("holdout", 2) == 1 {
		s.w.conn.Holdout = &eddy.Holdout{Percent: 30, Salt: "vip"}
	}
	for range 2 + s.one("runs", 3) {
		s.edit()
		if s.one("broken", 2) == 1 {
			s.broken()
		}
		s.clean()
	}
}

// edit changes, adds and removes rows; values are few, so that they come and vanish.
func (s *splitStory) edit() {
	for range 1 + s.one("edits", 6) {
		id := fmt.Sprint(1 + s.one("id", 6))
		if s.one("remove", 4) == 3 {
			delete(s.rows, id)
			continue
		}
		s.rows[id] = resident{person{id: id, email: s.email(), phone: s.phone()}, s.pick("country", "DE", "FR", "it's", "Ü", "")}
	}
	all := make([]resident, 0, len(s.rows))
	for _, id := range slices.Sorted(maps.Keys(s.rows)) {
		all = append(all, s.rows[id])
	}
	s.w.settle(all)
	s.listed = map[string]bool{}
	texts := [][2]string{{"listed@x.com", "+14155550199"}}
	for range s.one("listed", 3) {
		x := [2]string{s.pick("mail", emails()...), s.pick("tel", phones()...)}
		texts = append(texts, x)
		for _, id := range append(view{hash: true, forms: "e164"}.identities("email", x[0]), view{hash: true, forms: "e164"}.identities("phone_number", x[1])...) {
			s.listed[id] = true
		}
	}
	s.w.list(texts...)
	s.note("rows %v, listed %q", s.rows, texts)
}

func (s *splitStory) run(change func(*sync.Job, context.CancelFunc)) (eddy.Run, error) {
	s.w.now = s.w.now.Add(time.Minute)
	s.w.sandbox.Advance(time.Minute)
	job := s.w.job()
	defer job.Source.Close()
	suppressed(&job)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	change(&job, stop)
	run, err := sync.Run(ctx, job)
	s.note("run %s, approve %v: %s %v, parts %+v", run.RunID, job.Approve, run.Status, err, run.Parts)
	if c := run.Counts; c.Delivered+c.Rejected+c.Failed != c.Operations() {
		s.fail("the counts do not add up: %+v", c)
	}
	return run, err
}

// broken is a run whose requests fail, or that is stopped somewhere, also between two audiences.
func (s *splitStory) broken() {
	stopped := s.one("stopped", 2) == 1
	if !stopped {
		s.w.sandbox.Fault(sandbox.Fault{On: "users", Status: []int{500, 400, 403}[s.one("status", 3)], Skip: s.one("skip", 3), Count: 1 + s.one("count", 8), When: sandbox.When(s.pick("when", "before", "after"))})
	}
	_, _ = s.run(func(j *sync.Job, stop context.CancelFunc) {
		if !stopped {
			return
		}
		steps := 1 + s.one("steps", 24)
		j.Progress = func(sync.Progress) {
			if steps--; steps == 0 {
				stop()
			}
		}
	})
	s.w.busy.Wait()
	s.w.sandbox.ClearFaults()
}

// clean is a run without faults; a person approves what is held, and only that.
func (s *splitStory) clean() {
	before := map[string][]string{}
	for _, id := range s.ids {
		before[id] = s.w.sandbox.Members(id)
	}
	run, err := s.run(func(*sync.Job, context.CancelFunc) {})
	for _, p := range run.Parts {
		if p.Status == eddy.NeedsApproval {
			s.waits(p, before[p.AudienceID], s.w.sandbox.Members(p.AudienceID))
		}
		// Who is suppressed leaves without anybody being asked, with all that is theirs.
		listed := slices.ContainsFunc(before[p.AudienceID], func(id string) bool { return s.listed[id] })
		if p.Gone && !listed && p.Status != eddy.NeedsApproval && len(before[p.AudienceID]) > 0 && len(s.w.sandbox.Members(p.AudienceID)) == 0 {
			s.fail("the audience of a value that vanished was emptied, and nobody was asked: %+v", p)
		}
	}
	for range 3 {
		if run.Status != eddy.NeedsApproval {
			break
		}
		held := run.RunID
		run, err = s.run(func(j *sync.Job, _ context.CancelFunc) { j.Approve, j.ApproveRun = true, held })
	}
	if err != nil || run.Status != eddy.Succeeded && run.Status != eddy.CompletedWithErrors || run.Counts.Failed+run.Counts.Rejected > 0 {
		s.fail("a clean run ended %+v: %v", run, err)
	}
	s.check(run)
}

// waits looks at a part that is held: nothing was changed, but that those left who are on a list.
func (s *splitStory) waits(p eddy.PartRun, before, after []string) {
	if p.Counts.OptedOut == 0 && !slices.Equal(before, after) {
		s.fail("a part that waits was changed: %+v", p)
	}
	for _, id := range after {
		if !slices.Contains(before, id) || s.listed[id] {
			s.fail("%s is in the audience of a part that waits: %+v", id, p)
		}
	}
}

// check compares every audience with the rows that are to be in it.
func (s *splitStory) check(run eddy.Run) {
	want := map[string][]person{}
	v := view{holdout: s.w.conn.Holdout}
	for _, r := range s.rows {
		mine := identities([]person{r.person})
		if r.country == "" || v.out(r.id) || slices.ContainsFunc(mine, func(id string) bool { return s.listed[id] }) {
			continue
		}
		want[r.country] = append(want[r.country], r.person)
	}
	for _, p := range run.Parts {
		s.ids[p.Value] = p.AudienceID
	}
	for country, people := range want {
		if s.ids[country] == "" && len(identities(people)) > 0 {
			s.fail("%s has no audience", country)
		}
	}
	for country, id := range s.ids {
		got := s.w.sandbox.Members(id)
		if slices.Sort(got); !slices.Equal(got, identities(want[country])) {
			s.fail("the audience of %s is not its rows\n got %v\nwant %v", country, got, identities(want[country]))
		}
	}
}
