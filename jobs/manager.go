package jobs

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	gosync "sync"
	"time"

	"github.com/riverqueue/river"

	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// Manager is one server's share of the work.
type Manager struct {
	cfg    Config
	store  *store.Store
	timing Timing
	logger *slog.Logger
	now    func() time.Time
	queue  queue

	mu       gosync.Mutex
	attempts map[string]*attempt // at work on this server, by run id
	stopping bool

	plans  plans
	chores chores
	watch  watch

	ticking gosync.WaitGroup
	endTick context.CancelFunc // nil until the start
}

// New opens the jobs and brings their tables up to date. Start begins the work.
func New(ctx context.Context, cfg Config) (*Manager, error) {
	if !serverIDs.MatchString(cfg.ServerID) && !cfg.Enqueue {
		return nil, fmt.Errorf("open the jobs: %q is no id of a state folder", cfg.ServerID)
	}
	if cfg.Name == "" {
		host, _ := os.Hostname()
		cfg.Name = fmt.Sprintf("%s pid %d", host, os.Getpid())
	}
	if cfg.Workers <= 0 {
		cfg.Workers = 4
	}
	if cfg.Work == nil {
		cfg.Work = func(ctx context.Context, s *setup.Setup, t setup.Task) error { return t.Do(ctx, s) }
	}
	m := &Manager{
		cfg: cfg, store: cfg.Store, timing: cfg.Timing.withDefaults(), logger: cfg.Logger, now: cfg.Now,
		attempts: map[string]*attempt{},
	}
	if m.logger == nil {
		m.logger = slog.New(slog.DiscardHandler)
	}
	if m.now == nil {
		m.now = time.Now
	}
	var err error
	m.queue, err = open(ctx, cfg.Store, cfg.StateDir, m.river())
	return m, err
}

// river is how River is to work.
func (m *Manager) river() *river.Config {
	cfg := &river.Config{
		ID:     "eddy-" + rand.Text(),
		Logger: m.logger.With("part", "river"),
		// Runs are remembered by the store; these rows only help to find out what went wrong.
		CompletedJobRetentionPeriod: time.Hour,
		CancelledJobRetentionPeriod: 24 * time.Hour,
		DiscardedJobRetentionPeriod: 7 * 24 * time.Hour,
		JobTimeout:                  m.timing.Longest,
		FetchPollInterval:           m.timing.Poll,
		FetchCooldown:               min(m.timing.Poll, 100*time.Millisecond),
	}
	if m.cfg.Enqueue {
		return cfg
	}
	cfg.Workers = m.workers()
	cfg.PeriodicJobs = m.periodic()
	cfg.Queues = map[string]river.QueueConfig{
		queueDefault:                {MaxWorkers: m.cfg.Workers},
		queueLocal + m.cfg.ServerID: {MaxWorkers: m.cfg.Workers},
		queueHouse:                  {MaxWorkers: 4},
	}
	return cfg
}

// Start begins to work jobs, until Stop. A manager that only asks for runs has nothing to
// start. The context bounds the start alone.
func (m *Manager) Start(ctx context.Context) error {
	if m.cfg.Enqueue {
		return nil
	}
	if err := m.queue.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the jobs: %w", err)
	}
	ticks, end := context.WithCancel(context.WithoutCancel(ctx))
	m.endTick = end
	m.ticking.Go(func() { m.ticks(ticks) })
	return nil
}

// Stop takes no more jobs, ends the runs at work early and gives them back; what they
// sent is settled first, for as long as the context allows. Runs that it leaves behind
// are found by their silence.
func (m *Manager) Stop(ctx context.Context) error {
	m.mu.Lock()
	m.stopping = true
	for _, a := range m.attempts {
		a.cancel(errStopping)
	}
	m.mu.Unlock()
	if m.endTick == nil {
		return nil
	}
	m.endTick()
	m.ticking.Wait()
	return m.queue.Stop(ctx)
}

// Runs asks for runs.
func (m *Manager) Runs() Runs { return Runs{m} }

// Runs starts and cancels runs.
type Runs struct{ m *Manager }

// Start asks for a run of a connection: *store.ActiveError while it has one.
func (r Runs) Start(ctx context.Context, n store.NewRun) (store.Run, error) {
	return r.m.enqueue(ctx, n)
}

// Cancel asks for the end of a run. One that is queued ends at once.
func (r Runs) Cancel(ctx context.Context, runID string, by store.Actor) (store.Run, error) {
	run, err := r.m.store.RequestCancel(ctx, runID, by)
	if err != nil {
		return run, err
	}
	r.m.mu.Lock()
	defer r.m.mu.Unlock()
	if a := r.m.attempts[runID]; a != nil {
		a.nudge() // it is at work here, and need not wait for its next beat
	}
	return run, nil
}

// enqueue puts a run and its job on record in one transaction.
func (m *Manager) enqueue(ctx context.Context, n store.NewRun) (store.Run, error) {
	insert, err := m.job(ctx, n)
	if err != nil {
		return store.Run{}, err
	}
	return m.store.Enqueue(ctx, n, insert)
}

// job is what adds the job of a run in the transaction that puts the run on record.
func (m *Manager) job(ctx context.Context, n store.NewRun) (func(store.Tx, string) error, error) {
	if m.cfg.Room != nil {
		if err := m.cfg.Room(); err != nil {
			return nil, err
		}
	}
	opts, err := m.place(ctx, n.Connection, n.RequestedBy)
	return func(tx store.Tx, runID string) error {
		return m.queue.insertTx(ctx, tx, runArgs{runID}, opts)
	}, err
}

// again gives a run another job.
func (m *Manager) again(ctx context.Context, run store.Run) error {
	opts, err := m.place(ctx, run.Connection, run.RequestedBy)
	if err != nil {
		return err
	}
	_, err = m.queue.Insert(ctx, runArgs{run.RunID}, opts)
	return err
}

// place is where a run waits: in its connection's queue, and the further behind the more runs
// of whoever asked for it wait already, so that nobody who asks for many keeps others' out. What
// is due by schedules counts as asked for by one.
func (m *Manager) place(ctx context.Context, connection, by string) (*river.InsertOpts, error) {
	queue, err := m.queueOf(ctx, connection)
	if err != nil {
		return nil, err
	}
	waiting, err := m.store.Runs(ctx, store.RunFilter{State: store.Queued})
	if err != nil {
		return nil, err
	}
	opts := &river.InsertOpts{Queue: queue, Priority: 1}
	n := 0
	for _, run := range waiting {
		if run.RequestedBy == by {
			n++
		}
	}
	for most := crowd; n >= most && opts.Priority < lastPriority; most *= crowd {
		opts.Priority++
	}
	return opts, nil
}

// lastPriority is the last of River's priorities. Each holds so many times the runs of one
// person that the one before does.
const lastPriority, crowd = 4, 4

// queueOf is where a connection's jobs belong: with its local state, if it has any.
func (m *Manager) queueOf(ctx context.Context, connection string) (string, error) {
	home, err := m.store.Home(ctx, connection)
	if err != nil || home == "" {
		return queueDefault, err
	}
	return queueLocal + home, nil
}
