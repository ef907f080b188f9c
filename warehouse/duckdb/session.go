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
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/eddy-retl/eddy/warehouse"
)

// session is an open engine: a connection on which statements run one after the other, and
// one beside it, which loads rows, and runs what is asked for while the first one hands out
// rows.
type session struct {
	conn   *sql.Conn
	in     *instance
	schema string
	// busy is held while a statement runs on conn; reading says that it is a query.
	busy    sync.Mutex
	reading atomic.Bool
	// side is opened with the first use, and guarded by mu.
	mu   sync.Mutex
	side *sql.Conn
}

// Dialect is DuckDB's. A view looks for what it names beside itself: a state file may be attached
// by any name.
func (s *session) Dialect() *warehouse.Dialect {
	d := dialect()
	parts := warehouse.SplitName(s.schema)
	d.Beside = warehouse.Quote(parts[len(parts)-1])
	return d
}

func (s *session) Schema() string { return s.schema }

// raw lends the driver's own connection: database/sql would copy every value once more.
func (s *session) raw(fn func(*duckdb.Conn) error) error { return driverConn(s.conn, fn) }

// beside lends that of the second connection.
func (s *session) beside(ctx context.Context, fn func(*duckdb.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.side == nil {
		side, err := s.in.db.Conn(ctx)
		if err != nil {
			return fmt.Errorf("open DuckDB: %w", err)
		}
		s.side = side
	}
	return driverConn(s.side, fn)
}

func driverConn(conn *sql.Conn, fn func(*duckdb.Conn) error) error {
	return conn.Raw(func(c any) error { return fn(c.(*duckdb.Conn)) })
}

func named(args []any) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

// Exec runs one statement; on the second connection while the first one hands out rows.
// What it wrote DuckDB tells as a result of one number; the driver's own count leaves out
// what a CREATE TABLE AS wrote.
func (s *session) Exec(ctx context.Context, sql string) (n int64, err error) {
	exec := func(c *duckdb.Conn) error {
		return stream(ctx, c, sql, func(row [][]byte) error {
			if len(row) == 1 {
				n, _ = strconv.ParseInt(string(row[0]), 10, 64)
			}
			return nil
		})
	}
	if s.busy.TryLock() {
		defer s.busy.Unlock()
		return n, s.raw(exec)
	}
	return n, s.beside(ctx, exec)
}

// Query streams one statement's result.
func (s *session) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	return s.query(ctx, sql, each)
}

// query streams the result of a statement with parameters.
func (s *session) query(ctx context.Context, sql string, each func(row [][]byte) error, args ...any) error {
	if !s.reading.CompareAndSwap(false, true) {
		return errors.New("a query was begun while another one handed out rows")
	}
	defer s.reading.Store(false)
	s.busy.Lock()
	defer s.busy.Unlock()
	return s.raw(func(c *duckdb.Conn) error { return stream(ctx, c, sql, each, args...) })
}

func stream(ctx context.Context, c *duckdb.Conn, sql string, each func(row [][]byte) error, args ...any) (err error) {
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

// Load appends rows through DuckDB's appender.
func (s *session) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	catalog, schema, name := split(table)
	load := func(c *duckdb.Conn) error {
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
	}
	if catalog == tempCatalog {
		return s.raw(load)
	}
	return s.beside(ctx, load)
}

// tempCatalog is where DuckDB keeps a connection's temporary tables.
const tempCatalog = "temp"

// split takes a qualified table name apart; plain names are temporary tables.
func split(table string) (catalog, schema, name string) {
	parts := warehouse.SplitName(table)
	if len(parts) == 3 {
		return parts[0], parts[1], parts[2]
	}
	return tempCatalog, "main", parts[len(parts)-1]
}

// Lock has nothing to do: the lock file beside the state is this process's already.
func (s *session) Lock(context.Context, string) (warehouse.Lease, error) { return owned{}, nil }

// owned is the lease of an engine that nobody else can open.
type owned struct{}

// Err has no error: the lock file is held until the engine is closed.
func (owned) Err() error { return nil }

// Release has nothing to let go.
func (owned) Release(context.Context) {}

// Close closes the database.
func (s *session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.side != nil {
		err = s.side.Close()
	}
	return errors.Join(err, s.conn.Close(), s.in.close())
}

// Register makes a Go function callable from SQL, a vector at a time.
func (s *session) Register(name string, fn func([]warehouse.Argument) (string, bool)) error {
	varchar, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		return err
	}
	return duckdb.RegisterScalarUDF(s.conn, name, &function{varchar, fn})
}

// function adapts a function of texts to DuckDB's vectors.
type function struct {
	varchar duckdb.TypeInfo
	fn      func([]warehouse.Argument) (string, bool)
}

func (f *function) Config() duckdb.ScalarFuncConfig {
	return duckdb.ScalarFuncConfig{VariadicTypeInfo: f.varchar, ResultTypeInfo: f.varchar, SpecialNullHandling: true}
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
	chunk := state.GetInputChunk()
	in := make([]duckdb.VectorView[string], chunk.ColumnCount())
	for i := range in {
		vector, err := chunk.GetVector(i)
		if err == nil {
			in[i], err = duckdb.GetVectorView[string](vector)
		}
		if err != nil {
			return err
		}
	}
	out, err := duckdb.GetVectorWriter[string](state.GetResultVector())
	if err != nil {
		return err
	}
	args := make([]warehouse.Argument, len(in))
	for row := range chunk.GetSize() {
		for i := range in {
			text, valid, err := in[i].GetValueBorrowed(row)
			if err != nil {
				return err
			}
			args[i] = warehouse.Argument{Text: text, Null: !valid}
		}
		if result, ok := f.fn(args); ok {
			err = out.Set(row, result)
		} else {
			err = out.SetNull(row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
