package sync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// TestWhoIsHeldOutStaysOut: while the model grows and shrinks nobody else is held out, a larger
// share takes more out, also in upsert, and each is on record since the first time.
func TestWhoIsHeldOutStaysOut(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rows := bulk(2000)
		w.conn.Holdout = &eddy.Holdout{Percent: 10, Salt: "vip"}
		began := w.now
		check := func(rows []person) {
			t.Helper()
			var in []person
			var out []string
			v := view{model: models(w.spelling)[0], identifier: "id", holdout: w.conn.Holdout}
			for _, p := range rows {
				if v.out(p.id) {
					out = append(out, p.id)
				} else {
					in = append(in, p)
				}
			}
			w.fill(rows)
			w.now = w.now.Add(time.Minute)
			run := w.sync()
			if run.Status != eddy.Succeeded || run.Counts.Invalid != 0 || run.Counts.HeldOut != int64(len(out)) {
				t.Errorf("%d are held out: %+v", len(out), run)
			}
			if wrong := w.exact(in); wrong != "" {
				t.Error(wrong)
			}
			if share := 100 * float64(len(out)) / float64(len(rows)); share < w.conn.Holdout.Percent*0.7 || share > w.conn.Holdout.Percent*1.3 {
				t.Errorf("%.1f %% are held out in place of %g %%", share, w.conn.Holdout.Percent)
			}
			since := w.heldOut()
			for _, id := range out {
				if since[id].IsZero() || since[id].After(w.now) {
					t.Errorf("%s is on record as held out since %v", id, since[id])
				}
			}
		}
		check(rows[:1000])
		first := w.heldOut()
		check(rows[300:])
		for id, since := range first {
			if at := w.heldOut()[id]; !at.Equal(since) || since.Before(began.Truncate(time.Second)) {
				t.Errorf("%s is held out since %v, and was since %v", id, at, since)
			}
		}
		w.conn.Holdout.Percent = 25.5
		w.conn.SyncMode = eddy.Upsert
		check(rows[300:])
		if leaving := w.logged("", "delivered"); !slices.ContainsFunc(leaving, func(l eddy.LogEntry) bool { return l.Operation == "delete" && l.ErrorReason == "held_out" }) {
			t.Error("the log does not say who left because they are held out")
		}
		before := w.heldOut()
		w.conn.Holdout = nil
		w.fill(rows)
		if run := w.sync(); run.Counts.HeldOut != 0 || w.exact(rows) != "" {
			t.Errorf("without a holdout: %+v", run)
		}
		if after := w.heldOut(); len(after) != len(before) {
			t.Errorf("%d are on record after the holdout, and were %d", len(after), len(before))
		}
	})
}

// heldOut is who is on record as held out, and since when; each once.
func (w *world) heldOut() map[string]time.Time {
	w.t.Helper()
	out := map[string]time.Time{}
	w.inState(func(e warehouse.Engine) error {
		return e.Query(context.Background(), "SELECT primary_key, CAST(held_out_at AS "+e.Dialect().Text+") FROM "+e.Schema()+".holdout_vip", func(row [][]byte) error {
			if _, twice := out[string(row[0])]; twice {
				w.t.Errorf("%s is on record twice", row[0])
			}
			text := strings.TrimSuffix(strings.TrimSuffix(string(row[1]), "+00"), " UTC")
			at, err := time.Parse("2006-01-02 15:04:05.999999", text)
			out[string(row[0])] = at
			return err
		})
	})
	return out
}

// TestHeldOutMoveWithTheState: the other place knows since when somebody is held out.
func TestHeldOutMoveWithTheState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postgres")
	w.moves = true
	w.conn.Holdout = &eddy.Holdout{Percent: 50, Salt: "vip"}
	w.fill(bulk(20))
	w.sync()
	before := w.heldOut()
	for range 2 {
		w.local, w.now = !w.local, w.now.Add(time.Hour)
		w.fill(bulk(40))
		if run := w.sync(); run.Status != eddy.Succeeded {
			t.Fatalf("%+v", run)
		}
		after := w.heldOut()
		for id, since := range before {
			if !after[id].Equal(since) {
				t.Errorf("%s is held out since %v, and was since %v", id, after[id], since)
			}
		}
		if len(before) == 0 || len(after) <= len(before) {
			t.Fatalf("%d were held out, and %d are", len(before), len(after))
		}
	}
}

// TestWhyTellsOfAHoldout: somebody who is held out is told so, in or not.
func TestWhyTellsOfAHoldout(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		rows := bulk(20)
		w.fill(rows)
		w.sync()
		w.conn.Holdout = &eddy.Holdout{Percent: 50, Salt: "vip"}
		v := view{holdout: w.conn.Holdout}
		i := slices.IndexFunc(rows, func(p person) bool { return v.out(p.id) })
		ask := func(want string) {
			t.Helper()
			job := w.job()
			defer job.Source.Close()
			a, err := sync.Why(context.Background(), job, sync.Question{Field: "email", Value: rows[i].email})
			if err != nil || len(a.Rows) != 1 || a.Rows[0].Invalid != "held_out" || a.Verdict != want {
				t.Errorf("%+v: %v", a, err)
			}
		}
		ask("In the audience, and held out by now: the next run removes it.")
		w.conn.Settings.Guard.MaxRemovedPercent = 30
		if run := w.sync(); run.Status != eddy.NeedsApproval {
			t.Errorf("the guard counts who is held out: %+v", run)
		}
		w.conn.Settings.Guard.MaxRemovedPercent = 100
		if p := w.look(); p.Counts.HeldOut == 0 || p.Counts.Delete != p.Counts.HeldOut {
			t.Errorf("the plan: %+v", p.Counts)
		}
		w.sync()
		ask("Not in the audience: it is held out. The connection's holdout keeps a stable share of its records out.")
	})
}

// TestWhatAnAudienceIsWorth asks the page's query where some were held out, and bought less.
func TestWhatAnAudienceIsWorth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postgres")
	rows := bulk(400)
	w.conn.Holdout = &eddy.Holdout{Percent: 25, Salt: "vip"}
	w.fill(rows)
	w.sync()
	v := view{holdout: w.conn.Holdout}
	w.exec("CREATE TABLE orders (customer_id bigint, ordered_at timestamptz)")
	var records, bought [2]int
	for i, p := range rows {
		out := 0
		if v.out(p.id) {
			out = 1
		}
		records[out]++
		if i%(3+4*out) == 0 {
			bought[out]++
			w.exec("INSERT INTO orders VALUES ("+p.id+", now() + interval '1 day')", "INSERT INTO orders VALUES ("+p.id+", now() + interval '2 days')")
		}
		w.exec("INSERT INTO orders VALUES (" + p.id + ", now() - interval '1 day')") // before anybody was held out
	}
	line := func(who string, i int) string {
		return fmt.Sprintf("%s|%d|%d|%.2f", who, records[i], bought[i], 100*float64(bought[i])/float64(records[i]))
	}
	w.answers(worth, queries(t)[worth], []string{line("held out", 1), line("meant to be in", 0)})
}

// worth is the heading of the query that compares those held out with the others.
const worth = "What the audience is worth"
