package main

import (
	"fmt"

	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// goal is what a group is to reach.
type goal struct {
	name string
	// of is the figure of one round.
	of func(round map[string]sample) float64
	// limit is the largest value that is good enough; with least, the smallest.
	limit float64
	least bool
	unit  string
}

// goalsOf are the goals for a group.
func goalsOf(g *group) []goal {
	ratio := func(a, b string) func(map[string]sample) float64 {
		return func(r map[string]sample) float64 { return r[a].Seconds / r[b].Seconds }
	}
	memory, unchanged := 200.0, 1.3
	local := g.Engine == duckEngine || g.reads() && !warehousetest.IsEngine(g.Engine)
	if local {
		// Where the state is local, every value is hashed to compare it.
		memory, unchanged = 1024, 1.5
	}
	peak := goal{name: "peak memory", limit: memory, unit: " MiB", of: func(r map[string]sample) float64 {
		return max(peakMiB(r[firstSync]), peakMiB(r[unchangedRun]), peakMiB(r[changedRun]))
	}}
	if g.reads() {
		return []goal{peak}
	}
	goals := []goal{
		{name: "delivery / minimal loop", limit: 1.3, of: func(r map[string]sample) float64 { return deliver(r[firstSync]) / r[minimalLoop].Seconds }},
		{name: "first sync / durable floor", limit: 1.3, of: ratio(firstSync, durableFloor)},
		{name: "unchanged run / bare SQL", limit: unchanged, of: ratio(unchangedRun, bareCompare)},
		{name: "1 % change / bare SQL", limit: 1.6, of: ratio(changedRun, bareCompare)},
		peak,
	}
	if g.Data == phoneData {
		goals = append(goals, goal{name: "rows a second through delivery", limit: 150_000, least: true, of: func(r map[string]sample) float64 {
			return float64(g.Rows) / deliver(r[firstSync])
		}})
		if g.Engine == duckEngine {
			// Where the state is local, values are prepared while comparing.
			goals = append(goals, goal{name: "rows a second through compare and delivery", limit: 150_000, least: true, of: func(r map[string]sample) float64 {
				return float64(g.Rows) / (keep(r[firstSync]) + deliver(r[firstSync]))
			}})
		}
	}
	return goals
}

// goals is the table of figures beside what they are to reach.
func (b *bench) goals() table {
	t := table{{"engine", "data", "rows", "goal", "measured", "limit", "reached"}}
	for _, g := range b.finished {
		for _, goal := range goalsOf(g) {
			var v []float64
			for i := range g.Samples[firstSync] {
				round := map[string]sample{}
				for what, all := range g.Samples {
					round[what] = all[i]
				}
				v = append(v, goal.of(round))
			}
			t = append(t, goal.row(g, median(v)))
		}
		if v, ok := b.overDuckDB(g); ok {
			t = append(t, goal{name: "first sync / (driver's read + first sync of DuckDB)", limit: 1.5}.row(g, v))
		}
	}
	return t
}

func (g goal) row(of *group, v float64) []string {
	return []string{of.Engine, of.Data, human(of.Rows), g.name, g.show(v), g.bound(), g.verdict(v)}
}

// overDuckDB compares the medians of a first sync whose state is local with what reading takes
// and what a first sync from a DuckDB file took in the same sitting.
func (b *bench) overDuckDB(g *group) (ratio float64, ok bool) {
	if !g.reads() || warehousetest.IsEngine(g.Engine) {
		return 0, false
	}
	seconds := func(g *group, what string) float64 {
		return median(values(g.Samples[what], func(s sample) float64 { return s.Seconds }))
	}
	for _, duck := range b.finished {
		if duck.Engine == duckEngine && duck.Data == g.Data && duck.Rows == g.Rows {
			return seconds(g, firstSync) / (seconds(g, driverRead) + seconds(duck, firstSync)), true
		}
	}
	return 0, false
}

func (g goal) show(v float64) string {
	if v >= 100 {
		return human(int(v)) + g.unit
	}
	return fmt.Sprintf("%.2f%s", v, g.unit)
}

func (g goal) bound() string {
	if g.least {
		return ">= " + g.show(g.limit)
	}
	return "<= " + g.show(g.limit)
}

func (g goal) verdict(v float64) string {
	if (v <= g.limit) != g.least || v == g.limit {
		return "yes"
	}
	return "NO"
}
