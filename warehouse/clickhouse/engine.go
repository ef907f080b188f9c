package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/eddy-retl/eddy/warehouse"
)

// engine is a server as a ledger's place. A look has a session of its own, for what it makes;
// whatever else runs, runs on the source's connections.
type engine struct {
	source *source
	schema string
	// look are the connections of a look's session; nil for a run.
	look *calls
	// reading says that rows are handed out.
	reading atomic.Bool
	claims  *warehouse.Claims
}

// Engine opens the server for a ledger, making Eddy's schema, a database, where the user may.
// Without a schema it makes nothing but what its session has.
func (s *source) Engine(ctx context.Context, schema string) (warehouse.Engine, error) {
	return s.engine(ctx, schema, schema == "", warehouse.DefaultClaim)
}

// engine opens one; a look's changes nothing but what its session has. A claim lives so long.
func (s *source) engine(ctx context.Context, schema string, look bool, life time.Duration) (warehouse.Engine, error) {
	// The source may be closed before the engine.
	own, err := s.again("")
	if err != nil {
		return nil, err
	}
	e := &engine{source: own, schema: schema}
	if schema != "" {
		// A run that moves a ledger locks where it lay, too.
		e.claims = warehouse.NewClaims(&engine{source: own, schema: schema}, life)
	}
	if look {
		session, err := s.again("eddy-" + strconv.FormatUint(rand.Uint64(), 36))
		if err != nil {
			return nil, errors.Join(err, own.Close())
		}
		session.killer = own.calls
		e.look = session.calls
		return e, nil
	}
	if err := own.ensureSchema(ctx, schema); err != nil {
		return nil, errors.Join(err, own.Close())
	}
	return e, nil
}

// Dialect is ClickHouse's.
func (e *engine) Dialect() *warehouse.Dialect { return dialect(e.look != nil) }

// Schema is Eddy's own database, quoted; empty for a look that stores nothing.
func (e *engine) Schema() string {
	if e.schema == "" {
		return ""
	}
	return quote(e.schema)
}

// on are the connections that a statement runs on.
func (e *engine) on() *calls {
	if e.look != nil && !e.reading.Load() {
		return e.look
	}
	return e.source.calls
}

// Exec runs one statement; beside the session while that hands out rows.
func (e *engine) Exec(ctx context.Context, sql string) (int64, error) {
	if strings.Contains(sql, "CREATE VIEW ") {
		sql += ofViews
	}
	n, err := e.on().exec(ctx, settings(), sql)
	return n, e.own(explain(ctx, err))
}

// Query streams one statement's result.
func (e *engine) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	on := e.on()
	if !e.reading.CompareAndSwap(false, true) {
		return errors.New("a query was begun while another one handed out rows")
	}
	defer e.reading.Store(false)
	return e.own(explain(ctx, on.query(ctx, settings(), sql, each)))
}

// loadBytes is about how much a statement of rows has.
const loadBytes = 4 << 20

// Load writes rows in statements of some megabytes, as lines of tab-separated values. See "TSV"
// of the manual.
func (e *engine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = quote(c)
	}
	into := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") FORMAT TSV\n"
	sql := []byte(into)
	flush := func() error {
		if len(sql) == len(into) {
			return ctx.Err()
		}
		_, err := e.on().exec(ctx, settings(), string(sql))
		sql = sql[:len(into)]
		return e.own(quiet(explain(ctx, err)))
	}
	escape := strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r", "\x00", "\\0")
	for row := range rows {
		for i, v := range row {
			if i > 0 {
				sql = append(sql, '\t')
			}
			switch v := v.(type) {
			case nil:
				sql = append(sql, "\\N"...)
			case int64:
				sql = strconv.AppendInt(sql, v, 10)
			case string:
				sql = append(sql, escape.Replace(v)...)
			default:
				return fmt.Errorf("load %s: a value is a %T", table, v)
			}
		}
		if sql = append(sql, '\n'); len(sql) > loadBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// Lock claims a name; see [warehouse.Claims]. Sessions hold no locks here.
func (e *engine) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	if e.claims == nil {
		return nil, errors.New("a look that stores nothing takes no lock")
	}
	return e.claims.Lock(ctx, name)
}

// Close lets the engine's locks go and ends its connections.
func (e *engine) Close() error {
	if e.claims != nil {
		e.claims.Close()
	}
	err := e.source.Close()
	if e.look != nil {
		err = errors.Join(err, e.look.conn.Close())
	}
	return err
}
