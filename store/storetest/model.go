package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

func modelChecks() []check {
	return []check{
		{"random lives", "whatever callers and workers do in whatever order, each is told what its step did, and runs stand as those steps say", checkRandomLives},
	}
}

// life is a run as the steps taken so far say it must be.
type life struct {
	id, connection string
	state          store.RunState
	owner          string
	beats          int64
	attempt        int
	cancel         bool
}

// lives is the model that the store is compared with.
type lives struct {
	*world
	t     *rapid.T
	runs  []*life
	turns int
}

func checkRandomLives(w *world) {
	w.fill("vip", "lapsed")
	check := func(t *rapid.T) {
		w.exec("DELETE FROM eddy_runs")
		l := &lives{world: w, t: t}
		t.Repeat(map[string]func(*rapid.T){
			"start": l.start, "claim": l.claim, "beat": l.beat, "take back": l.takeBack, "finish": l.finish, "release": l.release, "cancel": l.cancel, "": l.compare,
		})
	}
	w.T.Run("check", func(t *testing.T) { rapid.Check(t, check) })
}

// active finds the run of a connection that is queued or running.
func (l *lives) active(connection string) *life {
	i := slices.IndexFunc(l.runs, func(r *life) bool { return r.connection == connection && !r.state.Ended() })
	if i < 0 {
		return nil
	}
	return l.runs[i]
}

// some draws one of the runs; it skips the step when there is none.
func (l *lives) some() *life {
	if len(l.runs) == 0 {
		l.t.Skip("no run")
	}
	// The newest ones are those that something can still be done with.
	return l.runs[len(l.runs)-1-rapid.IntRange(0, min(2, len(l.runs)-1)).Draw(l.t, "run")]
}

// as draws who acts: usually the run's owner.
func (l *lives) as(r *life) string {
	return rapid.SampledFrom([]string{r.owner, r.owner, r.owner, "somebody else"}).Draw(l.t, "as")
}

// told compares an error with what the step must have done.
func (l *lives) told(step string, err error, allowed bool) {
	if allowed && err != nil || !allowed && !errors.Is(err, store.ErrConflict) {
		l.t.Fatalf("%s: %v, allowed %v", step, err, allowed)
	}
}

func (l *lives) start(*rapid.T) {
	connection := rapid.SampledFrom([]string{"vip", "lapsed"}).Draw(l.t, "connection")
	r, err := l.s.Enqueue(l.Context(), store.NewRun{Connection: connection}, nil)
	active := l.active(connection)
	l.told("start", err, active == nil)
	if active == nil {
		l.runs = append(l.runs, &life{id: r.RunID, connection: connection, state: store.Queued})
	} else if e, ok := errors.AsType[*store.ActiveError](err); !ok || e.RunID != active.id || e.State != active.state {
		l.t.Fatalf("start beside %+v: %v", active, err)
	}
}

func (l *lives) claim(*rapid.T) {
	r := l.some()
	l.turns++
	owner := fmt.Sprint("worker ", l.turns)
	_, err := l.s.Claim(l.Context(), r.id, owner)
	allowed := r.state == store.Queued
	l.told("claim", err, allowed)
	if allowed {
		r.state, r.owner, r.beats = store.Running, owner, r.beats+1
		r.attempt++
	}
}

func (l *lives) beat(*rapid.T) {
	r := l.some()
	who := l.as(r)
	cancel, err := l.s.Beat(l.Context(), r.id, who, nil)
	allowed := r.state == store.Running && who == r.owner
	l.told("beat", err, allowed)
	if allowed {
		r.beats++
		if cancel != r.cancel {
			l.t.Fatalf("beat of %+v hears cancel %v", r, cancel)
		}
	}
}

// takeBack takes a run back as it was seen now or a beat ago.
func (l *lives) takeBack(*rapid.T) {
	r := l.some()
	seen := store.Run{Beats: r.beats - rapid.Int64Range(0, 1).Draw(l.t, "late")}
	seen.RunID = r.id
	err := l.s.TakeBack(l.Context(), seen)
	allowed := r.state == store.Running && seen.Beats == r.beats
	l.told("take back", err, allowed)
	if allowed {
		r.state, r.owner = store.Queued, ""
	}
}

func (l *lives) finish(*rapid.T) {
	r := l.some()
	who := l.as(r)
	status := rapid.SampledFrom([]eddy.Status{eddy.Succeeded, eddy.StatusFailed, eddy.Cancelled, eddy.NeedsApproval}).Draw(l.t, "status")
	err := l.s.Finish(l.Context(), r.id, who, eddy.Run{Status: status}, nil)
	allowed := r.state == store.Running && who == r.owner
	l.told("finish", err, allowed)
	if allowed {
		r.state = store.RunState(status)
	}
}

func (l *lives) release(*rapid.T) {
	r := l.some()
	who := l.as(r)
	err := l.s.Release(l.Context(), r.id, who)
	allowed := r.state == store.Running && who == r.owner
	l.told("release", err, allowed)
	if allowed {
		r.state, r.owner = store.Queued, ""
	}
}

func (l *lives) cancel(*rapid.T) {
	r := l.some()
	_, err := l.s.RequestCancel(l.Context(), r.id, anna())
	l.told("cancel", err, !r.state.Ended())
	if r.state.Ended() {
		return
	}
	if r.cancel = true; r.state == store.Queued {
		r.state = "cancelled"
	}
}

// compare looks at all runs after each step.
func (l *lives) compare(*rapid.T) {
	runs, err := l.s.Runs(l.Context(), store.RunFilter{})
	if err != nil || len(runs) != len(l.runs) {
		l.t.Fatalf("%d runs, want %d; %v", len(runs), len(l.runs), err)
	}
	for _, got := range runs {
		want := l.runs[slices.IndexFunc(l.runs, func(r *life) bool { return r.id == got.RunID })]
		if got.State != want.state || got.Owner != want.owner || got.Attempt != want.attempt || got.CancelRequested != want.cancel || got.State.Ended() != (got.FinishedAt != nil) {
			l.t.Fatalf("run %+v, want %+v", got, want)
		}
	}
}
