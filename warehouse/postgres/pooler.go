package postgres

import (
	"context"
	"errors"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
)

// probes is how often a pooler is asked which session it gives: others who use it may take
// the one in between that would tell.
const probes = 8

// ownSession refuses a pooler that gives the statements of one connection to whichever
// session is free (pool_mode transaction or statement of pgbouncer): the lock would keep nobody
// out, temporary tables would be gone or somebody else's, and what Eddy sets for itself would
// stay set for others. Nothing has been set by then.
//
// A server tells each connection the process that serves it, so that it can be cancelled. A
// pooler tells a number of its own, since sessions change behind it. Only then a second
// connection is opened. Where each has a session to itself, one gets the same process every
// time, and never the other's.
func (s *source) ownSession(ctx context.Context) error {
	first, err := backend(ctx, s.conn)
	if err != nil || first == uint64(s.conn.PgConn().PID()) {
		return err
	}
	other, err := s.dial(ctx)
	if err != nil {
		return err
	}
	shared, err := sharesSessions(ctx, s.conn, other, first)
	if err == nil && shared {
		err = &eddy.Error{
			Code: eddy.CodeSource,
			What: product().Where(s.name, s.cfg) + ": a pooler stands before the server, and gives the statements of one connection to different sessions (pool_mode transaction or statement)",
			Mend: "Eddy needs sessions of its own: for the lock that keeps two runs apart, for temporary tables and for settings. Use host and port of the server itself, or of a pool in session mode (pgbouncer: pool_mode = session).",
		}
	}
	return errors.Join(err, other.Close(context.WithoutCancel(ctx)))
}

// sharesSessions says whether two connections to a pooler are served by the same process, or
// one of them by several. A pool that hands out the session that rested longest shows it when
// one connection asks twice in a row, any other when the second one asks after it.
func sharesSessions(ctx context.Context, one, other *pgx.Conn, first uint64) (bool, error) {
	for range probes {
		for _, conn := range []*pgx.Conn{one, one, other} {
			pid, err := backend(ctx, conn)
			if err != nil {
				return false, err
			}
			if (pid == first) != (conn == one) {
				return true, nil
			}
		}
	}
	return false, nil
}

// backend is the server's process that a statement of a connection runs in.
func backend(ctx context.Context, conn *pgx.Conn) (pid uint64, err error) {
	err = query(ctx, conn, "SELECT pg_backend_pid()", func(row [][]byte) error {
		pid, err = strconv.ParseUint(string(row[0]), 10, 32)
		return err
	})
	return pid, err
}
