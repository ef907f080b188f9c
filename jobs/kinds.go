package jobs

import (
	"context"
	"encoding/json"
	"time"

	"github.com/riverqueue/river"

	"github.com/eddy-retl/eddy/alert"
)

// The queues. What keeps the house has its own, so that long runs never hold it up.
const (
	queueDefault = river.QueueDefault
	queueHouse   = "house"
	queueLocal   = "local-"
)

// runArgs are those of a job that makes a run.
type runArgs struct {
	RunID string `json:"run_id"`
}

// Kind names the job.
func (runArgs) Kind() string { return "run" }

// sizesArgs are those of the job that reads the sizes of audiences.
type sizesArgs struct{}

// Kind names the job.
func (sizesArgs) Kind() string { return "audience_sizes" }

// tellArgs are those of a job that sends one message of an alert.
type tellArgs struct {
	RuleID  string        `json:"rule_id"`
	Message alert.Message `json:"message"`
}

// Kind names the job.
func (tellArgs) Kind() string { return "alert" }

// endArgs are those of a job that sends the end of an alert whose rule has that channel no more.
type endArgs struct {
	EndingID string `json:"ending_id"`
}

// Kind names the job.
func (endArgs) Kind() string { return "alert_ending" }

// worker makes a function a worker of a kind of job.
type worker[T river.JobArgs] struct {
	river.WorkerDefaults[T]

	work    func(context.Context, T) error
	timeout time.Duration
	retry   time.Duration // 0 is River's growing pauses
}

// Work does the job.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error { return w.work(ctx, job.Args) }

// Timeout is how long the job may take.
func (w *worker[T]) Timeout(*river.Job[T]) time.Duration { return w.timeout }

// NextRetry is when a job that failed is tried again.
func (w *worker[T]) NextRetry(*river.Job[T]) time.Time {
	if w.retry == 0 {
		return time.Time{}
	}
	return time.Now().Add(w.retry)
}

// workers are what does each kind of job.
func (m *Manager) workers() *river.Workers {
	w := river.NewWorkers()
	river.AddWorker(w, &worker[runArgs]{work: m.work, timeout: m.timing.Longest, retry: m.timing.Tick})
	river.AddWorker(w, &worker[sizesArgs]{work: sizing{m}.sizes, timeout: 20 * time.Minute})
	river.AddWorker(w, &worker[tellArgs]{work: alerting{m}.tell, timeout: longestTell})
	river.AddWorker(w, &worker[endArgs]{work: alerting{m}.end, timeout: longestTell})
	return w
}

// periodic are the jobs that the leader adds by the clock. Should two servers both take
// themselves for the leader, there is still one job of a kind in each interval.
func (m *Manager) periodic() []*river.PeriodicJob {
	every := func(d time.Duration, args river.JobArgs) *river.PeriodicJob {
		d = max(d, time.Second) // River's shortest period
		opts := &river.InsertOpts{Queue: queueHouse, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByPeriod: d}}
		return river.NewPeriodicJob(river.PeriodicInterval(d), func() (river.JobArgs, *river.InsertOpts) { return args, opts },
			&river.PeriodicJobOpts{RunOnStart: true})
	}
	return []*river.PeriodicJob{
		// More often than sizes are read: a new connection is not to wait so long for its first.
		every(min(m.timing.Sizes, 5*time.Minute), sizesArgs{}),
	}
}

func decode(text []byte, into any) error { return json.Unmarshal(text, into) }
