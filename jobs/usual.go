package jobs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// What is usual is the median of the good runs before: so many of them are looked at, and
// fewer than the least of them tell nothing.
const (
	usualRuns  = 14
	fewestRuns = 5
)

// What a rule that does not say goes by.
const (
	defaultSizePercent    = 20
	defaultRowsPercent    = 20
	defaultRejectedPoints = 5
)

// good says that a run ended with its changes delivered, if not all of them.
func good(s eddy.Status) bool { return s == eddy.Succeeded || s == eddy.CompletedWithErrors }

// before reads the good runs before one that was good, newest first, if a rule asks what
// is usual.
func (m alerting) before(ctx context.Context, rules []store.AlertRule, run store.Run) ([]store.Run, error) {
	if !good(run.Status) || !asked(rules, alert.SizeMoved, alert.RowsDown, alert.RejectedUp) {
		return nil, nil
	}
	return m.goodRuns(ctx, run)
}

// goodRuns reads the good runs before one, newest first, of what the connection mirrors now:
// runs stay when a connection of the same name is another, or mirrors something else.
func (m alerting) goodRuns(ctx context.Context, run store.Run) ([]store.Run, error) {
	since, err := m.alikeSince(ctx, run.Connection)
	if err != nil {
		return nil, err
	}
	runs, err := m.store.Runs(ctx, store.RunFilter{Connection: run.Connection, Good: true, Before: run.RunID, Since: since, Limit: usualRuns})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil // it went with its connection
	}
	return runs, err
}

// mostVersions is how many versions of a connection are looked at: of one that was changed so
// often, fewer runs are known to be alike than are.
const mostVersions = 100

// alikeSince is since when a connection mirrors what it mirrors now.
func (m alerting) alikeSince(ctx context.Context, connection string) (since time.Time, err error) {
	versions, err := m.store.Versions(ctx, connection, 0, mostVersions)
	if err != nil {
		return since, err
	}
	for _, v := range versions { // the newest first
		same, err := alike(versions[0].Spec, v.Spec)
		if err != nil || !same {
			return since, err
		}
		since = v.At
	}
	return since, nil
}

// alike says whether two specs of a connection mirror the same, so that the numbers of their
// runs can be compared.
func alike(a, b json.RawMessage) (bool, error) {
	var x, y map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(a, &x), json.Unmarshal(b, &y)); err != nil {
		return false, fmt.Errorf("read a connection's versions: %w", err)
	}
	for _, key := range []string{"source", "table", "where", "sql", "identifier", "mapping", "sync_mode", "holdout"} {
		if !bytes.Equal(x[key], y[key]) {
			return false, nil
		}
	}
	return true, nil
}

// asked says whether a rule asks for one of some events.
func asked(rules []store.AlertRule, events ...alert.Event) bool {
	return slices.ContainsFunc(rules, func(r store.AlertRule) bool {
		return slices.ContainsFunc(events, func(e alert.Event) bool { return slices.Contains(r.Events, string(e)) })
	})
}

// unusual is what a good run says beside those before it: its size, its rows and the share
// that was refused. Too few runs before it say that nothing is wrong.
func unusual(run store.Run, before []store.Run, t store.Threshold, cases int) []found {
	one := func(event alert.Event, above, limit float64, detail string) found {
		f := found{connection: run.Connection, event: event, on: above > limit && len(before) >= fewestRuns, since: finished(run), cases: cases, runID: run.RunID}
		if f.on {
			f.detail = fmt.Sprintf("%s, the median of the %d runs before", detail, len(before))
		}
		return f
	}
	return []found{size(run.Counts, before, t, one), fewer(run.Counts, before, t, one), refused(run.Counts, before, t, one)}
}

// finding makes what was found of an event: by how much a run is above what is usual, and
// how much is allowed.
type finding func(event alert.Event, above, limit float64, detail string) found

func size(c eddy.Counts, before []store.Run, t store.Threshold, one finding) found {
	now, usually, limit := held(c), usual(before, held), cmp.Or(t.SizePercent, defaultSizePercent)
	moved, way := change(now, usually), "more"
	if moved < 0 {
		moved, way = -moved, "fewer"
	}
	return one(alert.SizeMoved, moved, limit, fmt.Sprintf("the audience holds %s of the model, %s %s than the usual %s",
		eddy.Plural(int64(now), "record"), eddy.Percent(moved/100, limit), way, whole(usually)))
}

func fewer(c eddy.Counts, before []store.Run, t store.Threshold, one finding) found {
	usually, limit := usual(before, rows), cmp.Or(t.RowsDownPercent, defaultRowsPercent)
	down := -change(rows(c), usually)
	return one(alert.RowsDown, down, limit, fmt.Sprintf("the model has %s, %s fewer than the usual %s",
		eddy.Plural(c.Rows, "row"), eddy.Percent(down/100, limit), whole(usually)))
}

func refused(c eddy.Counts, before []store.Run, t store.Threshold, one finding) found {
	now, usually, limit := refusedShare(c), usual(before, refusedShare), cmp.Or(t.RejectedPoints, defaultRejectedPoints)
	up := now - usually
	return one(alert.RejectedUp, up, limit, fmt.Sprintf("%s of the model's rows were invalid or rejected, %s points more than the usual %s",
		eddy.Percent(now/100), strings.TrimSuffix(eddy.Percent(up/100, limit), " %"), eddy.Percent(usually/100)))
}

// whole is a median of whole numbers, as people read it.
func whole(median float64) string { return eddy.Thousands(int64(math.Round(median))) }

// rows is how many the model has.
func rows(c eddy.Counts) float64 { return float64(c.Rows) }

// held is how many records of the model the audience holds after a run. It is what the run
// counted, and not the size that X tells hours later of those it could match.
func held(c eddy.Counts) float64 {
	return float64(c.Unchanged + max(0, c.Insert+c.Update+c.Renew+c.Reassert-c.Rejected-c.Failed))
}

// refusedShare is the share of a model's rows, in percent, that were invalid or rejected. It
// is not the share of the changes: a run that has next to nothing to do would have any.
func refusedShare(c eddy.Counts) float64 {
	return min(100, 100*float64(c.Invalid+c.Rejected)/float64(max(1, c.Rows)))
}

// usual is the median of what some runs counted.
func usual(runs []store.Run, of func(eddy.Counts) float64) float64 {
	values := make([]float64, len(runs))
	for i, r := range runs {
		values[i] = of(r.Counts)
	}
	return median(values)
}

// usualLength is how long a run takes as a rule; false while too few have told.
func usualLength(runs []store.Run) (time.Duration, bool) {
	var seconds []float64
	for _, r := range runs {
		if r.FinishedAt != nil {
			seconds = append(seconds, r.FinishedAt.Sub(r.StartedAt).Seconds())
		}
	}
	return time.Duration(median(seconds) * float64(time.Second)), len(seconds) >= fewestRuns
}

// median is the value in the middle, or the mean of the two that are; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	half := len(values) / 2
	if len(values)%2 == 1 {
		return values[half]
	}
	return (values[half-1] + values[half]) / 2
}

// change is by how many percent of what is usual a value lies above it. Nothing is any share
// of nothing: where zero is usual, it is 0.
func change(value, usual float64) float64 {
	if usual == 0 {
		return 0
	}
	return 100 * (value - usual) / usual
}
