package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/eddy-retl/eddy"
)

// Tx is an open transaction of the store, for durable jobs that must be added with a run
// or not at all. One field is set: SQL on SQLite, Pgx on PostgreSQL.
type Tx struct {
	SQL *sql.Tx
	Pgx pgx.Tx
}

// querier is a pool, a connection or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// conn is where statements run. They are written once, with ? for values.
type conn struct {
	querier
	postgres bool
	raw      Tx
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// words gives a statement as this database wants it.
func (c conn) words(query string) string {
	if !c.postgres {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// byName orders names in the same way everywhere.
func (c conn) byName() string {
	if c.postgres {
		return `name COLLATE "C"`
	}
	return "name"
}

// lock makes other transactions wait that want the same rows. SQLite has one writer anyway.
func (c conn) lock() string {
	if c.postgres {
		return " FOR UPDATE"
	}
	return ""
}

// storable refuses texts that PostgreSQL cannot keep, on both kinds of store alike. They
// come from requests: nothing of that sort is there to be found either.
func storable(args []any) error {
	for _, a := range args {
		v := reflect.ValueOf(a)
		if v.Kind() == reflect.String && (strings.ContainsRune(v.String(), 0) || !utf8.ValidString(v.String())) {
			return &eddy.Error{
				Code: eddy.CodeUsage, What: "a text has a zero byte in it, or bytes that are no UTF-8",
				Mend: "Leave such characters out of names, ids and texts.",
			}
		}
	}
	return nil
}

// exec runs a statement and counts the rows it changed.
func (c conn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := storable(args); err != nil {
		return 0, err
	}
	r, err := c.ExecContext(ctx, c.words(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// all runs a query and reads its rows.
func all[T any](ctx context.Context, c conn, read func(scanner) (T, error), query string, args ...any) (_ []T, err error) {
	if err := storable(args); err != nil {
		return nil, err
	}
	rows, err := c.QueryContext(ctx, c.words(query), args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := []T{}
	for rows.Next() {
		v, err := read(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// one runs a query for one row; ErrNotFound when there is none.
func one[T any](ctx context.Context, c conn, read func(scanner) (T, error), query string, args ...any) (T, error) {
	rows, err := all(ctx, c, read, query, args...)
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		var none T
		return none, err
	}
	return rows[0], nil
}

// plain reads a row of one column.
func plain[T any](row scanner) (v T, err error) {
	err = row.Scan(&v)
	return v, err
}

// next takes the next number of a counter, and with it the counter until the transaction ends.
func (c conn) next(ctx context.Context, counter string) (int64, error) {
	n, err := one(ctx, c, plain[int64], "UPDATE eddy_counters SET value = value + 1 WHERE name = ? RETURNING value", counter)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", counter, err)
	}
	return n, nil
}

// hold keeps others from what a counter guards until the transaction ends, and gives its number.
func (c conn) hold(ctx context.Context, counter string) (int64, error) {
	n, err := one(ctx, c, plain[int64], "SELECT value FROM eddy_counters WHERE name = ?"+c.lock(), counter)
	if err != nil {
		return 0, fmt.Errorf("hold %s: %w", counter, err)
	}
	return n, nil
}

// conn is the store outside of a transaction.
func (s *Store) conn() conn { return conn{querier: s.db, postgres: s.IsPostgres()} }

// tx runs work in one transaction. It is rolled back also when work panics: a connection
// that were lost with it is the only one on SQLite.
func (s *Store) tx(ctx context.Context, work func(conn) error) (err error) {
	if s.IsPostgres() {
		return s.pgxTx(ctx, work)
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { err = errors.Join(err, ended(tx.Rollback())) }()
	if err := work(conn{querier: tx, raw: Tx{SQL: tx}}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// pgxTx begins the transaction in the driver, so that the jobs' library, which speaks to
// the driver, can take part in it.
func (s *Store) pgxTx(ctx context.Context, work func(conn) error) (err error) {
	cn, err := s.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { err = errors.Join(err, ended(cn.Close())) }()
	var below *pgx.Conn
	if err := cn.Raw(func(driver any) error {
		below = driver.(*stdlib.Conn).Conn()
		return nil
	}); err != nil {
		return err
	}
	tx, err := below.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { err = errors.Join(err, ended(tx.Rollback(context.WithoutCancel(ctx)))) }()
	if err := work(conn{querier: cn, postgres: true, raw: Tx{Pgx: tx}}); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// ended drops the error of ending what has ended: a cancelled context ends transactions.
func ended(err error) error {
	if errors.Is(err, sql.ErrTxDone) || errors.Is(err, pgx.ErrTxClosed) || errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}

// micro is a time as it is stored.
func micro(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// moment is a stored time.
func moment(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// atOnce is the present, as exactly as it is stored.
func atOnce() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
