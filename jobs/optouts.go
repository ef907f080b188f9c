package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/store"
)

// optOuts tell since when each connection has somebody of a suppression list to take out, or may
// have, if a rule asks for it.
func (m alerting) optOuts(ctx context.Context, rules []store.AlertRule) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	if !asked(rules, alert.OptOutLate) {
		return out, nil
	}
	lists, err := m.store.Objects(ctx, store.Suppression, "", 0)
	if err != nil {
		return nil, err
	}
	inSource := slices.ContainsFunc(lists, func(o store.Object) bool { return !store.IsUpload(o) })
	waiting, err := m.store.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range waiting {
		since := w.Since
		if may := w.May(); inSource && !may.IsZero() && (since.IsZero() || may.Before(since)) {
			since = may
		}
		if !since.IsZero() {
			out[w.Connection] = since
		}
	}
	return out, nil
}

// optOutLate says whether opt-outs wait for too long. What is paused is not excused: whoever opted
// out is in its audience as well.
func (m alerting) optOutLate(connection string, waiting time.Time, t store.Threshold) found {
	f := found{connection: connection, event: alert.OptOutLate}
	after := cmp.Or(time.Duration(t.OptOutHours*float64(time.Hour)), store.OptOutTime)
	if waiting.IsZero() || !m.now().After(waiting.Add(after)) {
		return f
	}
	f.on, f.since = true, waiting.Add(after)
	f.detail = fmt.Sprintf("no run since %s has taken out whoever is on a suppression list", clockText(waiting))
	return f
}
