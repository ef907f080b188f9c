package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

// engine is a database as a ledger's place: a connection on which statements run one
// after the other, and one beside it, which holds the lock, loads rows, and runs what is
// asked for while the first one hands out rows.
type engine struct {
	source *source
	conn   *pgx.Conn
	schema string
	// busy is held while a statement runs on conn; reading says that it is a query.
	busy    sync.Mutex
	reading atomic.Bool
	// side is guarded by mu: the lock's watch uses it too.
	mu   sync.Mutex
	side *pgx.Conn
}

// Dialect is PostgreSQL's.
func (s *engine) Dialect() *warehouse.Dialect { return dialect() }

// Schema is Eddy's own schema, quoted; empty for a look that stores nothing.
func (s *engine) Schema() string {
	if s.schema == "" {
		return ""
	}
	return warehouse.Quote(s.schema)
}

// ensureSchema makes Eddy's schema, or says what an administrator must run.
func (s *engine) ensureSchema(ctx context.Context) error {
	exists, create, err := s.lookAtSchema(ctx)
	if err != nil || create {
		return err
	}
	if !exists {
		_, err = s.conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+s.Schema())
		switch {
		case err == nil:
			return nil
		case pgwire.Code(err) == pgwire.UniqueViolation || pgwire.Code(err) == pgwire.DuplicateSchema:
			// Another run made it in the same moment.
			if exists, create, err = s.lookAtSchema(ctx); err != nil || create {
				return err
			}
		case !denied(err):
			return explain(ctx, err)
		}
	}
	return s.missing(exists)
}

// lookAtSchema says whether Eddy's schema exists, and whether the role may create in it.
func (s *engine) lookAtSchema(ctx context.Context) (exists, create bool, err error) {
	err = query(ctx, s.conn, "SELECT to_regnamespace($1) IS NOT NULL, coalesce(has_schema_privilege(to_regnamespace($1), 'CREATE') AND has_schema_privilege(to_regnamespace($1), 'USAGE'), false)", func(row [][]byte) error {
		exists, create = string(row[0]) == "t", string(row[1]) == "t"
		return nil
	}, s.Schema())
	return exists, create, err
}

func (s *engine) missing(exists bool) error {
	role := warehouse.Quote(s.source.cfg.User)
	e := &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("source %s: role %s may not create tables in schema %s", s.source.name, role, s.Schema())}
	run := "GRANT USAGE, CREATE ON SCHEMA " + s.Schema() + " TO " + role + ";"
	if !exists {
		e.What = fmt.Sprintf("source %s: schema %s is missing and role %s may not create it", s.source.name, s.Schema(), role)
		run = "CREATE SCHEMA " + s.Schema() + " AUTHORIZATION " + role + ";"
	}
	e.Mend = "Have an administrator run:  " + run + "\n  Or set state: local on the source: then Eddy only reads."
	return e
}

// Exec runs one statement; on the second connection while the first one hands out rows.
func (s *engine) Exec(ctx context.Context, sql string) (n int64, err error) {
	warehouse.Used(ctx, 0, 0)
	if s.busy.TryLock() {
		defer s.busy.Unlock()
		tag, err := s.conn.Exec(ctx, sql)
		return tag.RowsAffected(), s.own(explain(ctx, err))
	}
	err = s.beside(ctx, func(conn *pgx.Conn) error {
		// What Exec did is durable, unlike what was loaded.
		tag, err := conn.Exec(ctx, "SET LOCAL synchronous_commit = on; "+sql)
		n = tag.RowsAffected()
		return s.own(explain(ctx, err))
	})
	return n, err
}

// Query streams one statement's result as the server prints it.
func (s *engine) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	if !s.reading.CompareAndSwap(false, true) {
		return errors.New("a query was begun while another one handed out rows")
	}
	defer s.reading.Store(false)
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.own(query(ctx, s.conn, sql, each))
}

func query(ctx context.Context, conn *pgx.Conn, sql string, each func(row [][]byte) error, args ...any) error {
	return pgwire.Query(ctx, conn, explain, sql, each, args...)
}

// Load copies rows in; those of a temporary table on the connection that has it.
func (s *engine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	warehouse.Used(ctx, 0, 0)
	next, stop := iter.Pull(rows)
	defer stop()
	from := pgx.CopyFromFunc(func() ([]any, error) {
		row, ok := next()
		if !ok {
			return nil, nil
		}
		return row, nil
	})
	name := pgx.Identifier(warehouse.SplitName(table))
	if len(name) == 1 {
		_, err := s.conn.CopyFrom(ctx, name, columns, from)
		return s.own(explain(ctx, err))
	}
	return s.beside(ctx, func(conn *pgx.Conn) error {
		_, err := conn.CopyFrom(ctx, name, columns, from)
		return s.own(explain(ctx, err))
	})
}

// beside runs fn on the second connection, which is opened with the first use.
func (s *engine) beside(ctx context.Context, fn func(*pgx.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.side == nil {
		conn, err := s.source.connect(ctx)
		if err != nil {
			return err
		}
		// Outcomes are put on record many times a second. If the server itself dies, the last
		// of them may be lost, which leaves doubt and nothing worse: what is put on record
		// after them, on the first connection, makes them durable.
		if _, err := conn.Exec(ctx, "SET synchronous_commit = off"); err != nil {
			return errors.Join(explain(ctx, err), conn.Close(ctx))
		}
		s.side = conn
	}
	return fn(s.side)
}

// readOnly runs one statement, in which a user's SQL stands, at one moment and in a
// transaction that cannot write but to temporary tables. What a function in it set for
// the session is taken back.
func (s *engine) readOnly(ctx context.Context, sql string) (rows int64, err error) {
	warehouse.Used(ctx, 0, 0)
	if _, err := s.conn.Exec(ctx, beginRead); err != nil {
		return 0, explain(ctx, err)
	}
	// The extended protocol takes one statement only.
	tag, err := s.conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	end := "COMMIT"
	if err != nil {
		end = "ROLLBACK"
	}
	if _, e := s.conn.Exec(context.WithoutCancel(ctx), end+s.source.afterModel()); err == nil {
		err = e
	}
	if err != nil {
		return 0, explain(ctx, err)
	}
	return tag.RowsAffected(), nil
}

// Close ends both connections, and with them the lock.
func (s *engine) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.conn.Close(context.Background())
	if s.side != nil {
		err = errors.Join(err, s.side.Close(context.Background()))
	}
	return err
}
