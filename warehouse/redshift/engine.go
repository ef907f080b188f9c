package redshift

import (
	"context"
	"errors"
	"iter"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

// engine is a database as a ledger's place: a connection on which statements run one after the
// other, and one beside it, which loads rows and runs what is asked for while the first one
// hands out rows.
type engine struct {
	source *source
	conn   *pgx.Conn
	schema string
	// busy is held while a statement runs on conn; reading says that it is a query.
	busy    sync.Mutex
	reading atomic.Bool
	mu      sync.Mutex
	side    *pgx.Conn
	locks   locks
}

func (s *source) engine(ctx context.Context, schema string) (*engine, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	return &engine{source: s, conn: conn, schema: schema}, nil
}

// Dialect is Redshift's.
func (e *engine) Dialect() *warehouse.Dialect { return e.source.dialect }

// Schema is Eddy's own schema, quoted; empty for a look that stores nothing.
func (e *engine) Schema() string {
	if e.schema == "" {
		return ""
	}
	return warehouse.Quote(e.schema)
}

// Exec runs one statement; on the second connection while the first one hands out rows.
func (e *engine) Exec(ctx context.Context, sql string) (n int64, err error) {
	if e.busy.TryLock() {
		defer e.busy.Unlock()
		return e.exec(ctx, e.conn, sql)
	}
	err = e.beside(ctx, func(conn *pgx.Conn) error {
		n, err = e.exec(ctx, conn, sql)
		return err
	})
	return n, err
}

// made finds the table that a statement makes and fills.
var made = regexp.MustCompile(`(?is)^\s*(?:/\*.*?\*/\s*)*CREATE\s+(?:TEMP(?:ORARY)?\s+)?TABLE\s+((?:"(?:[^"]|"")*"|[\w.])+)\s+AS\b`)

// exec runs a statement by the extended protocol, which takes one only, and once more where
// another one's was in its way: nothing of it was carried out then.
func (e *engine) exec(ctx context.Context, conn *pgx.Conn, sql string) (int64, error) {
	const tries = 6
	for try := 1; ; try++ {
		warehouse.Used(ctx, 0, 0)
		tag, err := conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Close()
		switch {
		case err == nil && tag.String() == "SELECT":
			return e.count(ctx, conn, sql)
		case err == nil:
			return tag.RowsAffected(), nil
		case !isConflict(err) || try == tries:
			return 0, e.own(explain(ctx, err))
		}
		if err := pause(ctx, time.Duration(try)*200*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

// count says how many rows a statement wrote that does not say it itself: CREATE TABLE AS.
func (e *engine) count(ctx context.Context, conn *pgx.Conn, sql string) (n int64, err error) {
	table := made.FindStringSubmatch(sql)
	if table == nil {
		return 0, nil
	}
	err = query(ctx, conn, "SELECT COUNT(*) FROM "+table[1], func(row [][]byte) error {
		n, err = strconv.ParseInt(string(row[0]), 10, 64)
		return err
	})
	return n, err
}

// pause waits for some time of at most so long.
func pause(ctx context.Context, most time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rand.N(most)): // so that two do not meet again
		return nil
	}
}

// isConflict says that two statements at once had no order: error 1023.
// https://repost.aws/knowledge-center/redshift-serializable-isolation
func isConflict(err error) bool {
	pe, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (pe.Code == "40001" || strings.HasPrefix(pe.Message, "1023") || strings.Contains(pe.Message+pe.Detail, "Serializable isolation violation"))
}

// Query streams one statement's result as the server prints it.
func (e *engine) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	if !e.reading.CompareAndSwap(false, true) {
		return errors.New("a query was begun while another one handed out rows")
	}
	defer e.reading.Store(false)
	e.busy.Lock()
	defer e.busy.Unlock()
	sql, err := e.tables(ctx, sql)
	if err != nil {
		return err
	}
	return e.own(query(ctx, e.conn, sql, each))
}

var marked = regexp.MustCompile(tablesMark + `\('((?:[^']|'')*)'\)`)

// tables writes the names of a schema's tables into a statement that asks for them.
func (e *engine) tables(ctx context.Context, sql string) (string, error) {
	if !strings.Contains(sql, tablesMark) {
		return sql, nil
	}
	names := []string{"SELECT CAST(NULL AS " + text + ") AS name WHERE 1 = 0"}
	err := query(ctx, e.conn, "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND n.nspname = "+e.Dialect().Literal(e.schema), func(row [][]byte) error {
		names = append(names, "SELECT CAST("+e.Dialect().Literal(string(row[0]))+" AS "+text+")")
		return nil
	})
	return marked.ReplaceAllLiteralString(sql, "("+strings.Join(names, " UNION ALL ")+")"), err
}

// A statement that loads has so many rows and bytes at most; the server takes 16 MB.
const (
	loadRows  = 5_000
	loadBytes = 2 << 20
)

// Load adds rows with statements of bounded size: there is no COPY from a client. Those of a
// temporary table go by the connection that has it.
func (e *engine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = warehouse.Quote(c)
	}
	load := func(conn *pgx.Conn) (err error) {
		var b strings.Builder
		n := 0
		flush := func() error {
			if n == 0 {
				return nil
			}
			_, err := e.exec(ctx, conn, b.String())
			n = 0
			b.Reset()
			return err
		}
		for row := range rows {
			if n == 0 {
				b.WriteString("INSERT INTO " + table + " (" + strings.Join(quoted, ", ") + ") VALUES ")
			} else {
				b.WriteString(", ")
			}
			e.tuple(&b, row)
			if n++; n == loadRows || b.Len() > loadBytes {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		return flush()
	}
	if len(warehouse.SplitName(table)) == 1 {
		return load(e.conn)
	}
	return e.beside(ctx, load)
}

// tuple writes a row's values.
func (e *engine) tuple(b *strings.Builder, row []any) {
	for i, v := range row {
		b.WriteString(map[bool]string{true: "(", false: ", "}[i == 0])
		switch v := v.(type) {
		case string:
			b.WriteString(e.Dialect().Literal(v))
		case int64:
			b.WriteString(strconv.FormatInt(v, 10))
		default:
			b.WriteString("NULL")
		}
	}
	b.WriteByte(')')
}

// beside runs fn on the second connection, which is opened with the first use.
func (e *engine) beside(ctx context.Context, fn func(*pgx.Conn) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.side == nil {
		conn, err := e.source.connect(ctx)
		if err != nil {
			return err
		}
		e.side = conn
	}
	return fn(e.side)
}

// Close gives back what is locked, and ends the connections.
func (e *engine) Close() error {
	err := e.locks.close()
	e.mu.Lock()
	defer e.mu.Unlock()
	err = errors.Join(err, e.conn.Close(context.Background()))
	if e.side != nil {
		err = errors.Join(err, e.side.Close(context.Background()))
	}
	return err
}

// own gives the advice that fits where a table of Eddy's own schema is gone, and not one
// that a model names.
func (e *engine) own(err error) error {
	told, ok := errors.AsType[*eddy.Error](err)
	if ok && told.Mend == product().Mend(pgwire.UndefinedTable) && strings.Contains(told.What, `relation "`+e.schema+`.`) {
		told.Mend = "Somebody dropped a table of Eddy's own while it ran; run again: what can be made anew is, and what was sent is settled then."
	}
	return err
}
