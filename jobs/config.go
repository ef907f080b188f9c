package jobs

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
	"github.com/eddy-retl/eddy/sync"
)

// Config is what a manager works with.
type Config struct {
	Store *store.Store
	// Catalog gives the configuration as it is now, with the state folder of this server.
	Catalog func(context.Context) (*setup.Setup, error)
	// StateDir is the state folder; ServerID its id, see [ServerID].
	StateDir, ServerID string
	// Name tells this process from others, for people; empty takes host and process id.
	Name string
	// Enqueue makes a manager that only asks for runs and works none.
	Enqueue bool
	// Workers is how many runs this server works at a time; 0 is 4.
	Workers int
	// Work does the task of a run; nil does it in this process.
	Work func(context.Context, *setup.Setup, setup.Task) error
	// Room refuses new runs while the state folder takes nothing more; nil takes all. What is
	// due meanwhile is begun when there is room again.
	Room func() error
	// Sender sends alerts.
	Sender alert.Sender
	Logger *slog.Logger
	Hooks  Hooks
	Timing Timing
	// Now is the clock that schedules, alerts and retention go by; nil is time.Now.
	Now func() time.Time
}

// Hooks hear what happens, for metrics and traces. Each may be nil.
type Hooks struct {
	// Begin hears that a worker begins an attempt, and gives the context that it works in;
	// the function it returns hears how it ended. A run that was given back has no status.
	Begin func(context.Context, store.Run) (context.Context, func(eddy.Run, error))
	// Progress hears how far an attempt is. Calls for one run are not concurrent.
	Progress func(context.Context, store.Run, sync.Progress)
	// Ticked hears of each tick on this server.
	Ticked func(took time.Duration, err error)
	// Told hears of each attempt to send an alert.
	Told func(alert.Message, error)
}

// Timing is how long things take; zero fields mean the default.
type Timing struct {
	// Lease is how long a worker may be silent before its run is given to another: 15 s.
	Lease time.Duration
	// Beat is how often a worker renews its lease: 3 s. Progress is how often it does so
	// while it has news: 500 ms.
	Beat, Progress time.Duration
	// Tick is the time between two ticks: 5 s.
	Tick time.Duration
	// Locked is how long a new attempt waits for the lock that a dead worker may still
	// hold in the warehouse: 2 min. Pause is the time between two tries: 5 s.
	Locked, Pause time.Duration
	// Sizes is how often the size of each audience is read: 30 min.
	Sizes time.Duration
	// Alerts is how often alerts that no run tells of are looked for: 30 s.
	Alerts time.Duration
	// KeepRuns is how long ended runs are kept: 90 days. KeepSizes is how long sizes of
	// audiences are, lines of the audit log, and what connections no longer are: 400 days.
	KeepRuns, KeepSizes, KeepAudit time.Duration
	// Longest is how long a run may take: 24 h.
	Longest time.Duration
	// Poll is how often a server looks for jobs where nothing tells it of them: 500 ms.
	Poll time.Duration
}

func (t Timing) withDefaults() Timing {
	const day = 24 * time.Hour
	return Timing{
		Lease:     cmp.Or(t.Lease, 15*time.Second),
		Beat:      cmp.Or(t.Beat, 3*time.Second),
		Progress:  cmp.Or(t.Progress, 500*time.Millisecond),
		Tick:      cmp.Or(t.Tick, 5*time.Second),
		Locked:    cmp.Or(t.Locked, 2*time.Minute),
		Pause:     cmp.Or(t.Pause, 5*time.Second),
		Sizes:     cmp.Or(t.Sizes, 30*time.Minute),
		Alerts:    cmp.Or(t.Alerts, 30*time.Second),
		KeepRuns:  cmp.Or(t.KeepRuns, 90*day),
		KeepSizes: cmp.Or(t.KeepSizes, 400*day),
		KeepAudit: cmp.Or(t.KeepAudit, 400*day),
		Longest:   cmp.Or(t.Longest, day),
		Poll:      cmp.Or(t.Poll, 500*time.Millisecond),
	}
}

// maxAttempts is how often a run is taken up after its worker died or stopped. One that
// ends every worker would end them all.
const maxAttempts = 10
