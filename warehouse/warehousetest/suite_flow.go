package warehousetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// judge says what becomes of one record in one phase; zero reports nothing about it.
type judge func(phase warehouse.Phase, record string) eddy.Result

func deliverAll(warehouse.Phase, string) eddy.Result { return eddy.Delivered }

// only judges one record, and delivers the rest.
func only(phase warehouse.Phase, record string, result eddy.Result) judge {
	return func(p warehouse.Phase, r string) eddy.Result {
		if p == phase && r == record {
			return result
		}
		return eddy.Delivered
	}
}

// stage reads the model into the stage.
func (f *flow) stage(ctx context.Context) (err error) {
	if f.model, err = f.resolve(f.src); err != nil {
		return err
	}
	f.staged, err = f.st.Stage(ctx, f.src, f.model)
	return err
}

// compare makes the snapshot.
func (f *flow) compare(ctx context.Context) error {
	n, err := f.st.PreparedWith(ctx, f.settings, mapSlice(f.mapping, func(m mapped) string { return m.field })...)
	if err != nil {
		return err
	}
	return f.st.Compare(ctx, warehouse.CompareOptions{
		Mode: f.mode, Full: f.full, Model: f.model, Prepared: n, Now: f.now, RenewBefore: f.now.AddDate(0, 0, 30), Lapses: f.now.AddDate(0, 13, 0), MaxAttempts: f.attempts,
	})
}

// share works out what leaves, as the sync package does.
func (f *flow) share(ctx context.Context) error {
	n, err := f.st.FindRemovals(ctx)
	if err == nil && n > 0 {
		if f.h.Digests {
			err = f.st.SplitDigests(ctx)
		} else {
			err = f.split(ctx, n)
		}
		if err == nil {
			err = f.st.Share(ctx)
		}
	}
	if err == nil {
		err = f.st.Refill(ctx)
	}
	if err == nil {
		f.summary, err = f.st.Summarise(ctx)
	}
	return err
}

// split fills the tables of identities that go and stay, where the state keeps raw values.
func (f *flow) split(ctx context.Context, removals int64) error {
	var gone, kept []warehouse.Identity
	err := f.st.Removals(ctx, 0, removals, func(o warehouse.Old) error {
		for i := range fields[:2] {
			now := identities(o.NewValues[i])
			for _, v := range identities(o.OldValues[i]) {
				gone = append(gone, warehouse.Identity{Seq: o.Seq, Field: i, Value: v, Leaving: !slices.Contains(now, v)})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := f.st.PutGone(ctx, slices.Values(gone)); err != nil {
		return err
	}
	last, err := f.st.FindKept(ctx)
	if err != nil {
		return err
	}
	err = f.st.Kept(ctx, 0, last, func(seq int64, values []string) error {
		for i := range fields[:2] {
			for _, v := range identities(values[i]) {
				kept = append(kept, warehouse.Identity{Seq: seq, Field: i, Value: v})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.st.PutKept(ctx, slices.Values(kept))
}

// plan goes as far as a run goes before its first request.
func (f *flow) plan() {
	f.Helper()
	for _, step := range []func(context.Context) error{f.stage, f.compare, f.share} {
		if err := step(f.ctx); err != nil {
			f.Fatal(err)
		}
	}
	snapshot := "eddy_snapshot"
	if !f.dry {
		snapshot = f.session.Schema() + `."snapshot_` + warehouse.Slug(f.name) + "_" + f.run.RunID + `"`
	}
	// Outcomes, removals and those who are asserted again go by it.
	f.query("SELECT count(*) - count(DISTINCT seq) FROM "+snapshot, func(row [][]byte) {
		if n := atoi(row[0]); n > 0 {
			f.Fatalf("%d rows of the snapshot share a seq with another", n)
		}
	})
}

// deliver sends both phases to the audience, as j judges.
func (f *flow) deliver(j judge) {
	f.Helper()
	records := map[int64]string{}
	f.query("SELECT seq, record_id FROM eddy_removals", func(row [][]byte) { records[int64(atoi(row[0]))] = string(row[1]) })
	for _, phase := range []warehouse.Phase{warehouse.Removing, warehouse.Adding} {
		err := f.st.Changes(f.ctx, phase, func(p *warehouse.Page) error {
			for _, id := range p.Leaving {
				if f.applied(j(phase, records[id.Seq])) {
					delete(f.audience, fmt.Sprint(id.Field, " ", id.Value))
				}
			}
			seqs := slices.Compact(mapSlice(p.Leaving, func(id warehouse.Identity) int64 { return id.Seq }))
			for _, c := range p.Changes {
				seqs, records[c.Seq] = append(seqs, c.Seq), c.RecordID
				if f.applied(j(phase, c.RecordID)) {
					f.add(c)
				}
			}
			if !slices.IsSorted(seqs) {
				f.Errorf("a page has its changes as %v", seqs)
			}
			return f.report(p, phase, seqs, func(seq int64) eddy.Result { return j(phase, records[seq]) })
		})
		if err != nil {
			f.Fatalf("deliver: %v", err)
		}
		clear(records)
	}
}

// applied says whether the destination did what the result speaks of.
func (f *flow) applied(r eddy.Result) bool {
	return r == eddy.Delivered || r == eddy.Doubt && f.doubtApplied
}

// add puts a change's people into the audience.
func (f *flow) add(c eddy.Change) {
	for i := range fields[:2] {
		ids := identities(c.Values[i])
		if f.h.Digests && c.Values[i] != "" {
			ids = strings.Split(c.Values[i], ",")
		}
		for _, v := range ids {
			f.audience[fmt.Sprint(i, " ", v)] = true
		}
	}
}

// report puts a page's outcomes on record; around changes without one it leaves gaps.
func (f *flow) report(p *warehouse.Page, phase warehouse.Phase, seqs []int64, result func(int64) eddy.Result) error {
	var misses []eddy.Outcome
	gaps := false
	for _, seq := range seqs {
		switch r := result(seq); r {
		case 0:
			gaps = true
		case eddy.Delivered:
		default:
			misses = append(misses, eddy.Outcome{Seq: seq, Result: r, Reason: "because " + r.String()})
		}
	}
	if !gaps {
		return f.st.Report(f.ctx, phase, p.From, p.To, misses)
	}
	for _, seq := range seqs {
		i := slices.IndexFunc(misses, func(o eddy.Outcome) bool { return o.Seq == seq })
		if i < 0 && result(seq) == 0 {
			continue
		}
		one := []eddy.Outcome{}
		if i >= 0 {
			one = misses[i : i+1]
		}
		if err := f.st.Report(f.ctx, phase, seq-1, seq, one); err != nil {
			return err
		}
	}
	return nil
}

// settle ends the run.
func (f *flow) settle() (t warehouse.Tally) {
	f.Helper()
	at := f.run.StartedAt.Add(time.Second)
	f.run.FinishedAt, f.run.Status, f.run.AudienceID = &at, eddy.Succeeded, "a1"
	if err := f.st.Settle(f.ctx, &f.run, true, "not sent", func(x warehouse.Tally) { t = x }); err != nil {
		f.Fatal(err)
	}
	return t
}

// sync is a whole run; its end is closed.
func (w *world) sync(j judge) *flow {
	w.Helper()
	f := w.begin()
	defer f.close()
	f.plan()
	if err := f.st.Ahead(w.ctx); err != nil {
		w.Fatal(err)
	}
	f.deliver(j)
	f.tally = f.settle()
	f.after = f.held()
	return f
}

// query reads from the state's engine.
func (f *flow) query(sql string, each func(row [][]byte), args ...any) {
	f.Helper()
	err := f.session.Query(f.ctx, sql, func(row [][]byte) error {
		each(row)
		return nil
	}, args...)
	if err != nil {
		f.Fatalf("%s: %v", sql, err)
	}
}

// held lists the rows of held as "record state", in order.
func (f *flow) held() (out []string) {
	f.Helper()
	f.query(`SELECT record_id || ' ' || state FROM `+f.session.Schema()+`."held_`+warehouse.Slug(f.name)+`" ORDER BY 1`, func(row [][]byte) { out = append(out, string(row[0])) })
	return out
}

func atoi(b []byte) (n int) {
	_, _ = fmt.Sscan(string(b), &n)
	return n
}

func mapSlice[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, x := range in {
		out[i] = f(x)
	}
	return out
}

// want checks who is in the audience; what begins with + is a phone number.
func (w *world) want(people ...string) {
	w.Helper()
	want := map[string]bool{}
	for _, p := range people {
		field := 0
		if after, ok := strings.CutPrefix(p, "+"); ok {
			field, p = 1, after
		}
		want[fmt.Sprint(field, " ", digest(strings.ToLower(p)))] = true
	}
	for _, p := range people {
		if len(p) > 100 {
			people = []string{"huge"}
			break
		}
	}
	if !maps.Equal(w.audience, want) {
		w.Errorf("the audience holds %v, want %v (%v)", slices.Sorted(maps.Keys(w.audience)), slices.Sorted(maps.Keys(want)), people)
	}
}
