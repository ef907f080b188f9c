package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/big"
	"strconv"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/eddy-retl/eddy/warehouse"
)

// session is one connection to the engine.
type session struct {
	conn   *sql.Conn
	in     *instance
	schema string
	owner  bool
}

func (s *session) Dialect() *warehouse.Dialect { return dialect() }

func (s *session) Schema() string { return s.schema }

// raw lends the driver's own connection: database/sql would copy every value once more.
func (s *session) raw(fn func(*duckdb.Conn) error) error {
	return s.conn.Raw(func(c any) error { return fn(c.(*duckdb.Conn)) })
}

func named(args []any) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

// Exec runs one statement.
func (s *session) Exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	err = s.raw(func(c *duckdb.Conn) error {
		res, err := c.ExecContext(ctx, sql, named(args))
		if err != nil {
			return explain(ctx, err)
		}
		n, err = res.RowsAffected()
		return err
	})
	return n, err
}

// Query streams one statement's result.
func (s *session) Query(ctx context.Context, sql string, each func(row [][]byte) error, args ...any) error {
	return s.raw(func(c *duckdb.Conn) (err error) {
		rows, err := c.QueryContext(ctx, sql, named(args))
		if err != nil {
			return explain(ctx, err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		n := len(rows.Columns())
		values, row := make([]driver.Value, n), make([][]byte, n)
		scratch := make([]byte, 0, 64)
		for {
			if err := rows.Next(values); errors.Is(err, io.EOF) {
				return nil
			} else if err != nil {
				return explain(ctx, err)
			}
			scratch = scratch[:0]
			for i, v := range values {
				row[i], scratch = text(v, scratch)
			}
			if err := each(row); err != nil {
				return err
			}
		}
	})
}

// text views a driver value as text; numbers are printed into scratch.
func text(v driver.Value, scratch []byte) ([]byte, []byte) {
	switch v := v.(type) {
	case nil:
		return nil, scratch
	case string:
		if v == "" {
			return []byte{}, scratch
		}
		// The bytes are only read, and only while the row is.
		return unsafe.Slice(unsafe.StringData(v), len(v)), scratch //nolint:gosec // read only, see above
	case []byte:
		return v, scratch
	}
	at := len(scratch)
	switch v := v.(type) {
	case int64:
		scratch = strconv.AppendInt(scratch, v, 10)
	case int32:
		scratch = strconv.AppendInt(scratch, int64(v), 10)
	case bool:
		scratch = strconv.AppendBool(scratch, v)
	case *big.Int:
		scratch = v.Append(scratch, 10)
	case time.Time:
		scratch = v.UTC().AppendFormat(scratch, time.RFC3339Nano)
	default:
		scratch = fmt.Append(scratch, v)
	}
	return scratch[at:len(scratch):len(scratch)], scratch
}

// Insert appends rows through DuckDB's appender.
func (s *session) Insert(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	catalog, schema, name := split(table)
	return s.raw(func(c *duckdb.Conn) error {
		a, err := duckdb.NewAppenderWithColumns(c, catalog, schema, name, columns)
		if err != nil {
			return explain(ctx, err)
		}
		n := 0
		values := make([]driver.Value, len(columns))
		for row := range rows {
			for i, v := range row {
				values[i] = v
			}
			if err := a.AppendRow(values...); err != nil {
				return errors.Join(explain(ctx, err), a.Close())
			}
			if n++; n%10_000 == 0 && ctx.Err() != nil {
				return errors.Join(ctx.Err(), a.Clear(), a.Close())
			}
		}
		if err := a.Close(); err != nil {
			return explain(ctx, err)
		}
		return nil
	})
}

// split takes a qualified table name apart; plain names are temporary tables.
func split(table string) (catalog, schema, name string) {
	parts := warehouse.SplitName(table)
	if len(parts) == 3 {
		return parts[0], parts[1], parts[2]
	}
	return "temp", "main", parts[len(parts)-1]
}

// Side opens a second session on the same database.
func (s *session) Side(ctx context.Context) (warehouse.Session, error) {
	conn, err := s.in.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, in: s.in, schema: s.schema}, nil
}

// Close ends the session; the one that opened the engine also closes the database.
func (s *session) Close() error {
	err := s.conn.Close()
	if s.owner {
		err = errors.Join(err, s.in.close())
	}
	return err
}

// Register makes a Go function callable from SQL, a vector at a time.
func (s *session) Register(name string, fn func(string) (string, bool)) error {
	varchar, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		return err
	}
	return duckdb.RegisterScalarUDF(s.conn, name, &function{varchar, fn})
}

// function adapts a text function to DuckDB's vectors.
type function struct {
	varchar duckdb.TypeInfo
	fn      func(string) (string, bool)
}

func (f *function) Config() duckdb.ScalarFuncConfig {
	return duckdb.ScalarFuncConfig{InputTypeInfos: []duckdb.TypeInfo{f.varchar}, ResultTypeInfo: f.varchar}
}

func (f *function) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{
		ChunkContextExecutor: f.chunk,
		// Without a binder the driver looks the context up in each thread and writes it to
		// a place that the threads share.
		ScalarBinder: func(ctx context.Context, _ []duckdb.ScalarUDFArg) (context.Context, error) { return ctx, nil },
	}
}

func (f *function) chunk(_ context.Context, state *duckdb.ChunkIteratorState) error {
	vector, err := state.GetInputChunk().GetVector(0)
	if err != nil {
		return err
	}
	in, err := duckdb.GetVectorView[string](vector)
	if err != nil {
		return err
	}
	out, err := duckdb.GetVectorWriter[string](state.GetResultVector())
	if err != nil {
		return err
	}
	for row := range in.Len() {
		text, valid, err := in.GetValueBorrowed(row)
		if err != nil {
			return err
		}
		if valid {
			if result, ok := f.fn(text); ok {
				err = out.Set(row, result)
			} else {
				err = out.SetNull(row)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
