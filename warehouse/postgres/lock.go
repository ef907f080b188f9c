package postgres

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// watchEvery is how often the session that holds a lock is asked whether it lives.
const watchEvery = 5 * time.Second

// Lock takes an advisory lock for as long as the second connection lives: it holds
// between machines, and the server lets it go when the process dies. It is not on the
// first one: a model's SQL runs there, and could call what releases locks.
func (s *engine) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	got := false
	err := s.beside(ctx, func(conn *pgx.Conn) error {
		return query(ctx, conn, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", func(row [][]byte) error {
			got = string(row[0]) == "t"
			return nil
		}, "eddy/"+name)
	})
	if err != nil {
		return nil, err
	}
	if !got {
		return nil, eddy.Errorf(eddy.CodeConflict, "another session holds the lock %s", name)
	}
	l := &lock{s: s, name: name}
	watch, stop := context.WithCancel(context.WithoutCancel(ctx))
	l.stop = stop
	go l.watch(watch)
	return l, nil
}

// lock is an advisory lock of the second connection.
type lock struct {
	s    *engine
	name string
	stop context.CancelFunc
	gone atomic.Pointer[error]
}

// watch asks the server now and then, so that a run which loads nothing notices that its
// session was ended.
func (l *lock) watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := l.s.beside(ctx, func(conn *pgx.Conn) error { return conn.Ping(ctx) })
		if err != nil && ctx.Err() == nil {
			l.gone.Store(&err)
			return
		}
	}
}

// Err says that the session which held the lock is gone.
func (l *lock) Err() error {
	if err := l.gone.Load(); err != nil {
		return *err
	}
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.s.side.IsClosed() {
		return eddy.Errorf(eddy.CodeSource, "PostgreSQL ended the session that held the lock")
	}
	return nil
}

// Release lets the lock go.
func (l *lock) Release(ctx context.Context) {
	l.stop()
	_ = l.s.beside(ctx, func(conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", "eddy/"+l.name)
		return err
	})
}
