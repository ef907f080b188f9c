package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// statements carries out a run's statements.
type statements struct {
	e          warehouse.Engine
	d          *warehouse.Dialect
	lease      warehouse.Lease
	connection string
	// run is the attempt that is under way, by which its tables are named, and as the run that
	// it is one of, which its statements and the sync log name.
	run, as string
	// heard hears of every statement once it ended; may be nil.
	heard func(eddy.Statement)
}

// comment opens each statement: it tells the warehouse's administrator who asks.
func (s *statements) comment(step string) string {
	clean := strings.NewReplacer("*/", "* /", "/*", "/ *", "\n", " ", "\r", " ", ";", ",").Replace(s.connection)
	return fmt.Sprintf("/* eddy: connection %s, run %s, %s */\n", clean, s.as, step)
}

// exec runs one of the ledger's statements.
func (s *statements) exec(ctx context.Context, step, sql string) (int64, error) {
	began := time.Now()
	n, err := s.e.Exec(ctx, s.comment(step)+sql)
	s.watch(step, began, n)
	return n, err
}

// query runs one of the ledger's queries.
func (s *statements) query(ctx context.Context, step, sql string, each func(row [][]byte) error) error {
	began, n := time.Now(), int64(0)
	err := s.e.Query(ctx, s.comment(step)+sql, func(row [][]byte) error {
		n++
		return each(row)
	})
	s.watch(step, began, n)
	return err
}

// one runs a query that gives one row.
func (s *statements) one(ctx context.Context, step, sql string, into func(row [][]byte)) error {
	return s.query(ctx, step, sql, func(row [][]byte) error {
		into(row)
		return nil
	})
}

// load adds rows to a table that no event names yet.
func (s *statements) load(ctx context.Context, step, table string, columns []string, rows [][]any) error {
	if err := s.ours(); err != nil {
		return err
	}
	began := time.Now()
	err := s.e.Load(ctx, table, columns, func(yield func([]any) bool) {
		for _, row := range rows {
			if !yield(row) {
				return
			}
		}
	})
	s.watch(step, began, int64(len(rows)))
	return err
}

// counted checks that a table has the rows that were loaded, each once: an engine may
// have carried a load out twice.
func (s *statements) counted(ctx context.Context, table string, want int64) error {
	got := int64(0)
	if err := s.one(ctx, "check", "SELECT count(*) FROM "+table, func(row [][]byte) { got = number(row[0]) }); err != nil || got == want {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: fmt.Sprintf("%s has %d rows, and %d were loaded", table, got, want),
		Mend: "The warehouse carried out a statement twice, or in part. Nothing was sent; run again.",
	}
}

func (s *statements) watch(step string, began time.Time, rows int64) {
	if s.heard != nil {
		s.heard(eddy.Statement{Step: step, Rows: rows, Seconds: time.Since(began).Seconds()})
	}
}

// lock takes the connection's lock: another run fails with CodeConflict (promise 8).
func (s *statements) lock(ctx context.Context) (err error) {
	s.lease, err = s.e.Lock(warehouse.WithComment(ctx, s.comment("lock")), s.e.Schema()+"/"+s.connection)
	switch {
	case err == nil:
		return nil
	case eddy.ErrorCode(err) != eddy.CodeConflict:
		return fmt.Errorf("lock connection %s: %w", s.connection, err)
	}
	return &eddy.Error{
		Code: eddy.CodeConflict,
		What: fmt.Sprintf("connection %s: another run of it is in progress", s.connection),
		Mend: "Wait for it to end, or stop it; two runs of one connection never overlap.",
	}
}

// unlock lets the lock go, if it was taken.
func (s *statements) unlock(ctx context.Context) {
	if s.lease != nil {
		s.lease.Release(context.WithoutCancel(ctx))
		s.lease = nil
	}
}

// ours refuses to go on with a run when its lock may be another's by now.
func (s *statements) ours() error {
	if s.lease == nil || s.lease.Err() == nil {
		return nil
	}
	return s.lost(s.lease.Err())
}

// lost is the error of a run that another one took for dead.
func (s *statements) lost(cause error) error {
	return &eddy.Error{
		Code: eddy.CodeConflict,
		What: fmt.Sprintf("connection %s: the lock of this run was lost, and another run may have begun since", s.connection),
		Mend: "Look why the server ends sessions (idle_session_timeout, a pooler, a person); the next run settles what this one left.",
		Err:  cause,
	}
}
