package postgres

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// errStopped ends a stream whose reader has had enough.
var errStopped = errors.New("stopped")

// session is one connection that the state's statements run on.
type session struct {
	source *source
	conn   *pgx.Conn
	schema string
}

func (s *session) Dialect() *warehouse.Dialect { return dialect() }

func (s *session) Schema() string { return warehouse.Quote(s.schema) }

// ensureSchema makes Eddy's schema, or says what an administrator must run.
func (s *session) ensureSchema(ctx context.Context) error {
	exists, create, err := s.lookAtSchema(ctx)
	if err != nil || create {
		return err
	}
	if !exists {
		_, err = s.conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+s.Schema())
		switch {
		case err == nil:
			return nil
		case code(err) == uniqueViolation || code(err) == duplicateSchema:
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
func (s *session) lookAtSchema(ctx context.Context) (exists, create bool, err error) {
	err = s.Query(ctx, "SELECT to_regnamespace($1) IS NOT NULL, coalesce(has_schema_privilege(to_regnamespace($1), 'CREATE') AND has_schema_privilege(to_regnamespace($1), 'USAGE'), false)", func(row [][]byte) error {
		exists, create = string(row[0]) == "t", string(row[1]) == "t"
		return nil
	}, s.Schema())
	return exists, create, err
}

func (s *session) missing(exists bool) error {
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

// Exec runs one statement.
func (s *session) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := s.conn.Exec(ctx, sql, args...)
	if err != nil {
		return 0, s.own(explain(ctx, err))
	}
	return tag.RowsAffected(), nil
}

// Query streams one statement's result as the server prints it.
func (s *session) Query(ctx context.Context, sql string, each func(row [][]byte) error, args ...any) error {
	return s.own(query(ctx, s.conn, sql, each, args...))
}

func query(ctx context.Context, conn *pgx.Conn, sql string, each func(row [][]byte) error, args ...any) error {
	rows, err := conn.Query(ctx, sql, append([]any{pgx.QueryResultFormats{pgx.TextFormatCode}}, args...)...)
	if err != nil {
		return explain(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.RawValues()); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return explain(ctx, err)
	}
	return nil
}

// Insert copies rows in.
func (s *session) Insert(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	next, stop := iter.Pull(rows)
	defer stop()
	_, err := s.conn.CopyFrom(ctx, pgx.Identifier(warehouse.SplitName(table)), columns, pgx.CopyFromFunc(func() ([]any, error) {
		row, ok := next()
		if !ok {
			return nil, nil
		}
		return row, nil
	}))
	if err != nil {
		return s.own(explain(ctx, err))
	}
	return nil
}

// readOnly runs one statement, in which a user's SQL stands, at one moment and in a
// transaction that cannot write but to temporary tables. What a function in it set for
// the session is taken back.
func (s *session) readOnly(ctx context.Context, sql string) error {
	if _, err := s.conn.Exec(ctx, beginRead); err != nil {
		return explain(ctx, err)
	}
	// The extended protocol takes one statement only.
	_, err := s.conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	end := "COMMIT"
	if err != nil {
		end = "ROLLBACK"
	}
	if _, e := s.conn.Exec(context.WithoutCancel(ctx), end+"; RESET ALL; RESET ROLE; "+settings); err == nil {
		err = e
	}
	if err != nil {
		return explain(ctx, err)
	}
	return nil
}

// TryLock takes an advisory lock for as long as the session lives: it holds between
// machines, and the server lets it go when the process dies.
func (s *session) TryLock(ctx context.Context, name string) (func(context.Context), bool, error) {
	got := false
	err := s.Query(ctx, "SELECT pg_try_advisory_lock(hashtextextended($1, 0))", func(row [][]byte) error {
		got = string(row[0]) == "t"
		return nil
	}, "eddy/"+name)
	if err != nil || !got {
		return nil, false, err
	}
	return func(ctx context.Context) {
		_, _ = s.conn.Exec(ctx, "SELECT pg_advisory_unlock(hashtextextended($1, 0))", "eddy/"+name)
	}, true, nil
}

// Side opens a second session on the same database.
func (s *session) Side(ctx context.Context) (warehouse.Session, error) {
	conn, err := s.source.connect(ctx)
	if err != nil {
		return nil, err
	}
	// Outcomes are put on record many times a second. If the server itself dies, the last
	// of them may be lost, which leaves doubt and nothing worse.
	if _, err := conn.Exec(ctx, "SET synchronous_commit = off"); err != nil {
		return nil, errors.Join(explain(ctx, err), conn.Close(ctx))
	}
	return &session{source: s.source, conn: conn, schema: s.schema}, nil
}

// Close ends the session.
func (s *session) Close() error { return s.conn.Close(context.Background()) }
