package jobs

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// runsOf are good runs that counted so.
func runsOf(counts ...eddy.Counts) (out []store.Run) {
	for _, c := range counts {
		out = append(out, store.Run{Run: eddy.Run{Status: eddy.Succeeded, Counts: c}})
	}
	return out
}

// steady are so many runs that counted alike.
func steady(n int, c eddy.Counts) []store.Run {
	counts := make([]eddy.Counts, n)
	for i := range counts {
		counts[i] = c
	}
	return runsOf(counts...)
}

// details are what was found that is so, by event.
func details(all []found) map[alert.Event]string {
	out := map[alert.Event]string{}
	for _, f := range all {
		if f.on {
			out[f.event] = f.detail
		}
	}
	return out
}

// TestUnusual holds a run beside those before it.
func TestUnusual(t *testing.T) {
	usually := eddy.Counts{Rows: 1000, Unchanged: 980, Update: 10, Invalid: 10} // 990 are held, 1 % is refused
	mixed := runsOf(
		eddy.Counts{Rows: 100, Insert: 100}, eddy.Counts{Rows: 900, Unchanged: 900}, eddy.Counts{Rows: 1000, Unchanged: 1000},
		eddy.Counts{Rows: 1100, Unchanged: 1100}, eddy.Counts{Rows: 9000, Unchanged: 9000}, eddy.Counts{Rows: 1100, Unchanged: 1100},
	) // the two in the middle are 1000 and 1100
	for name, c := range map[string]struct {
		run    eddy.Counts
		before []store.Run
		t      store.Threshold
		want   map[alert.Event]string
	}{
		"as usual": {usually, steady(14, usually), store.Threshold{}, nil},
		"20 % more is allowed": {
			eddy.Counts{Rows: 1200, Unchanged: 990, Insert: 198, Invalid: 12}, steady(14, usually), store.Threshold{}, nil,
		},
		"a little more than 20 % more": {
			eddy.Counts{Rows: 1201, Unchanged: 990, Insert: 199, Invalid: 12},
			steady(14, usually),
			store.Threshold{},
			map[alert.Event]string{alert.SizeMoved: "the audience holds 1,189 records of the model, 20.1 % more than the usual 990, the median of the 14 runs before"},
		},
		"fewer rows, fewer people": {
			eddy.Counts{Rows: 500, Unchanged: 495, Delete: 495, Invalid: 5},
			steady(5, usually),
			store.Threshold{},
			map[alert.Event]string{
				alert.SizeMoved: "the audience holds 495 records of the model, 50 % fewer than the usual 990, the median of the 5 runs before",
				alert.RowsDown:  "the model has 500 rows, 50 % fewer than the usual 1,000, the median of the 5 runs before",
			},
		},
		"four runs tell nothing": {eddy.Counts{Rows: 500, Invalid: 400}, steady(4, usually), store.Threshold{}, nil},
		"no run tells nothing":   {eddy.Counts{Rows: 500, Insert: 500}, nil, store.Threshold{}, nil},
		"the rule's own limits": {
			eddy.Counts{Rows: 960, Unchanged: 940, Invalid: 20},
			steady(14, usually),
			store.Threshold{SizePercent: 5, RowsDownPercent: 3.9, RejectedPoints: 1},
			map[alert.Event]string{
				alert.SizeMoved:  "the audience holds 940 records of the model, 5.1 % fewer than the usual 990, the median of the 14 runs before",
				alert.RowsDown:   "the model has 960 rows, 4 % fewer than the usual 1,000, the median of the 14 runs before",
				alert.RejectedUp: "2.1 % of the model's rows were invalid or rejected, 1.1 points more than the usual 1 %, the median of the 14 runs before",
			},
		},
		"what was refused is not held": {
			eddy.Counts{Rows: 1000, Unchanged: 690, Insert: 300, Delivered: 40, Rejected: 160, Failed: 100, Invalid: 10},
			steady(14, usually),
			store.Threshold{},
			map[alert.Event]string{
				alert.SizeMoved:  "the audience holds 730 records of the model, 26.3 % fewer than the usual 990, the median of the 14 runs before",
				alert.RejectedUp: "17 % of the model's rows were invalid or rejected, 16 points more than the usual 1 %, the median of the 14 runs before",
			},
		},
		"deletes that failed take nobody away": {eddy.Counts{Rows: 1000, Unchanged: 990, Delete: 400, Failed: 400, Invalid: 10}, steady(14, usually), store.Threshold{}, nil},
		"one run that was odd is not usual":    {usually, mixed, store.Threshold{}, nil},
		"the median of an even number": {
			eddy.Counts{Rows: 800, Unchanged: 800},
			mixed,
			store.Threshold{SizePercent: 23.8, RowsDownPercent: 23.9},
			map[alert.Event]string{alert.SizeMoved: "the audience holds 800 records of the model, 23.81 % fewer than the usual 1,050, the median of the 6 runs before"},
		},
		"where nothing is usual": {eddy.Counts{Rows: 10, Insert: 10}, steady(14, eddy.Counts{}), store.Threshold{}, nil},
		"no rows at all": {
			eddy.Counts{},
			steady(14, eddy.Counts{Rows: 3, Unchanged: 3}),
			store.Threshold{},
			map[alert.Event]string{
				alert.SizeMoved: "the audience holds 0 records of the model, 100 % fewer than the usual 3, the median of the 14 runs before",
				alert.RowsDown:  "the model has 0 rows, 100 % fewer than the usual 3, the median of the 14 runs before",
			},
		},
	} {
		run := store.Run{Run: eddy.Run{RunID: "r", Connection: "vip", Counts: c.run}}
		all := unusual(run, c.before, c.t, 1)
		if c.want == nil {
			c.want = map[alert.Event]string{}
		}
		if diff := cmp.Diff(c.want, details(all)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		if len(all) != 3 { // what is not so is over
			t.Errorf("%s: %d findings", name, len(all))
		}
	}
}

// TestUsualLength finds how long a run takes.
func TestUsualLength(t *testing.T) {
	begin := time.Date(2026, 8, 14, 6, 0, 0, 0, time.UTC)
	var runs []store.Run
	for _, minutes := range []int{10, 30, 20, 400, 25} {
		end := begin.Add(time.Duration(minutes) * time.Minute)
		runs = append(runs, store.Run{Run: eddy.Run{StartedAt: begin, FinishedAt: &end}})
	}
	if length, ok := usualLength(runs); length != 25*time.Minute || !ok {
		t.Errorf("five: %s %v", length, ok)
	}
	if length, ok := usualLength(runs[:4]); length != 25*time.Minute || ok {
		t.Errorf("four: %s %v", length, ok)
	}
	if length, ok := usualLength(append(runs[:4:4], store.Run{})); length != 25*time.Minute || ok {
		t.Errorf("one that has no end: %s %v", length, ok)
	}
}

// TestAlertsOfWhatIsUnusual: a run is held beside the runs before it, and the next that is as
// usual ends it.
func TestAlertsOfWhatIsUnusual(t *testing.T) {
	w := newWorld(t, "sqlite")
	w.size("vip", w.connect("vip", map[string]any{"settings": map[string]any{"guard": map[string]any{"max_removed_percent": 100}}}), 100)
	heard := told(w, store.AlertRule{Events: []string{string(alert.SizeMoved), string(alert.RowsDown), string(alert.RejectedUp)}})
	s := w.start()
	w.exec("INSERT INTO customers VALUES (3, 'c@x.com'), (4, 'd@x.com')")
	for range 5 {
		w.want(w.run(s, "vip"), eddy.Succeeded, 1)
	}
	w.exec("DELETE FROM customers WHERE id > 1")
	w.want(w.run(s, "vip"), eddy.Succeeded, 1)
	two := map[string]bool{<-heard: true, <-heard: true}
	if !two["vip size_moved begins 1: the audience holds 1 record of the model, 75 % fewer than the usual 4, the median of the 5 runs before"] ||
		!two["vip rows_down begins 1: the model has 1 row, 75 % fewer than the usual 4, the median of the 5 runs before"] {
		t.Errorf("heard %v", two)
	}
	w.must(alerting{s.Manager}.watch(w.Context())) // which finds the same, and tells nothing
	w.exec("INSERT INTO customers VALUES (2, 'b@x.com'), (3, 'c@x.com'), (4, 'nobody')")
	w.want(w.run(s, "vip"), eddy.CompletedWithErrors, 1)
	two = map[string]bool{<-heard: true, <-heard: true}
	if !two["vip rows_down recovered 1: "] ||
		!two["vip rejected_up begins 1: 25 % of the model's rows were invalid or rejected, 25 points more than the usual 0 %, the median of the 6 runs before"] {
		t.Errorf("heard %v", two)
	}
	if len(heard) > 0 {
		t.Errorf("heard more: %s", <-heard)
	}
}

// TestOnlyRunsOfTheSameAreCompared: what was mirrored before under the name says nothing of
// what is usual now; a schedule, a setting or a pause changes nothing of it.
func TestOnlyRunsOfTheSameAreCompared(t *testing.T) {
	w := newWorld(t, "sqlite")
	audience := map[string]any{"id": w.connect("vip")}
	put := func(more map[string]any) {
		t.Helper()
		spec := map[string]any{"source": "shop", "table": "customers", "destination": "x", "audience": audience, "identifier": "id", "mapping": map[string]any{"email": "email"}}
		maps.Copy(spec, more)
		w.put(store.Connection, "vip", spec, nil)
	}
	by := store.Actor{ID: "system"}
	s := w.start()
	before := func(what string, want int) {
		t.Helper()
		run := w.run(s, "vip")
		w.want(run, eddy.Succeeded, 1)
		if runs, err := (alerting{s.Manager}).goodRuns(w.Context(), run); err != nil || len(runs) != want {
			t.Errorf("%s: compared with %d runs, want %d: %v", what, len(runs), want, err)
		}
	}
	before("the first", 0)
	before("the second", 1)
	put(daily())
	w.must(w.st.SetPaused(w.Context(), "vip", true, by))
	before("another schedule, and a pause", 2)
	put(map[string]any{"where": map[string]any{"column": "id", "at_least": 0}})
	before("another model", 0)
	before("the second of it", 1)
	put(nil)
	before("the first model again", 0)
	w.must(w.st.Delete(w.Context(), store.Connection, "vip", store.AnyVersion, by))
	put(nil)
	before("another connection", 0)
	before("the second of it", 1)
}
