package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
	"riverqueue.com/riverui"

	"github.com/eddy-retl/eddy/store"
)

// queue is what this package needs of River's client, whose type depends on the database.
type queue interface {
	Start(ctx context.Context) error
	// Stop waits for the jobs at work; those that the context leaves no time for are cancelled.
	Stop(ctx context.Context) error
	Insert(ctx context.Context, args river.JobArgs, opts *river.InsertOpts) (*rivertype.JobInsertResult, error)
	// waiting lists the runs that a job waits for or was given to a worker just now.
	waiting(ctx context.Context) (map[string]bool, error)
	// telling lists the messages of alerts that workers are sending.
	telling(ctx context.Context) ([]tellArgs, error)
	// page is River's own page.
	page(opts *riverui.HandlerOpts) (*riverui.Handler, error)
	// insertTx adds a job in a transaction of the store.
	insertTx(ctx context.Context, tx store.Tx, args river.JobArgs, opts *river.InsertOpts) error
}

// client is River's client on one kind of database.
type client[T any] struct {
	*river.Client[T]

	tx func(store.Tx) T
}

func (c client[T]) insertTx(ctx context.Context, tx store.Tx, args river.JobArgs, opts *river.InsertOpts) error {
	_, err := c.InsertTx(ctx, c.tx(tx), args, opts)
	return err
}

// Stop ends the work, at the end of the context by force.
func (c client[T]) Stop(ctx context.Context) error {
	err := c.Client.Stop(ctx)
	if ctx.Err() == nil {
		return err
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return errors.Join(err, c.StopAndCancel(last))
}

// open brings River's tables up to date and makes the client.
func open(ctx context.Context, st *store.Store, dir string, cfg *river.Config) (queue, error) {
	if st.IsPostgres() {
		driver := riverpgxv5.New(st.Pool())
		unlock, err := lockPostgres(ctx, st)
		if err != nil {
			return nil, err
		}
		defer unlock()
		return connect(ctx, driver, cfg, func(tx store.Tx) pgx.Tx { return tx.Pgx })
	}
	lock := flock.New(filepath.Join(dir, "jobs.lock"))
	if err := lock.Lock(); err != nil {
		return nil, folderError("lock the jobs", err)
	}
	defer func() { _ = lock.Unlock() }() // the file's end unlocks it as well
	// SQLite has nobody who tells of new jobs. River would ask twenty times a second for it.
	cfg.PollOnly = true
	return connect(ctx, riversqlite.New(st.DB()), cfg, func(tx store.Tx) *sql.Tx { return tx.SQL })
}

// connect makes a client; the caller keeps others from migrating at the same time.
func connect[T any](ctx context.Context, driver riverdriver.Driver[T], cfg *river.Config, tx func(store.Tx) T) (queue, error) {
	migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, fmt.Errorf("prepare the jobs' tables: %w", err)
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return nil, fmt.Errorf("prepare the jobs' tables: %w", err)
	}
	c, err := river.NewClient(driver, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the jobs: %w", err)
	}
	return client[T]{c, tx}, nil
}

// migrateLock is a number of Eddy's own among PostgreSQL's advisory locks.
const migrateLock = 0x65646479_6a6f6273 // "eddyjobs"

// lockPostgres keeps servers that start at the same time from migrating side by side.
func lockPostgres(ctx context.Context, st *store.Store) (unlock func(), err error) {
	conn, err := st.Pool().Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("prepare the jobs' tables: %w", err)
	}
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrateLock)); err != nil {
		conn.Release()
		return nil, fmt.Errorf("lock the jobs' tables: %w", err)
	}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_unlock($1)", int64(migrateLock)); err != nil {
			_ = conn.Conn().Close(ctx) // which unlocks it
		}
		conn.Release()
	}, nil
}

// ahead is how far in the future a job's time may be: further than any pause between two
// tries. One beyond was made before the clock was set back.
const ahead = time.Minute

// listed is how many jobs River gives at most.
const listed = 10_000

// waiting leaves out jobs that are at work: their workers may be dead. Jobs whose time will
// not come soon, since the clock was set back, are told that it has.
func (c client[T]) waiting(ctx context.Context) (map[string]bool, error) {
	list, err := c.JobList(ctx, river.NewJobListParams().Kinds(runArgs{}.Kind()).First(listed).
		States(rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateScheduled, rivertype.JobStateRetryable))
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	out := map[string]bool{}
	for _, row := range list.Jobs {
		var args runArgs
		if err := decode(row.EncodedArgs, &args); err != nil {
			return nil, errors.Join(fmt.Errorf("read job %d", row.ID), err)
		}
		out[args.RunID] = true
		if time.Until(row.ScheduledAt) > ahead {
			if _, err := c.JobRetry(ctx, row.ID); err != nil {
				return nil, fmt.Errorf("start job %d now: %w", row.ID, err)
			}
		}
	}
	return out, nil
}

// telling leaves out jobs that were begun longer ago than they may take: their workers are dead.
func (c client[T]) telling(ctx context.Context) ([]tellArgs, error) {
	list, err := c.JobList(ctx, river.NewJobListParams().Kinds(tellArgs{}.Kind()).First(listed).States(rivertype.JobStateRunning))
	if err != nil {
		return nil, fmt.Errorf("list messages that are being sent: %w", err)
	}
	var out []tellArgs
	for _, row := range list.Jobs {
		if row.AttemptedAt == nil || time.Since(*row.AttemptedAt) > 2*longestTell {
			continue
		}
		var args tellArgs
		if err := decode(row.EncodedArgs, &args); err != nil {
			return nil, errors.Join(fmt.Errorf("read job %d", row.ID), err)
		}
		out = append(out, args)
	}
	return out, nil
}
