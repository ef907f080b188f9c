package trino

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
)

// session runs statements that see names from one catalog. It is no session of the server's: each
// statement is a request of its own.
type session struct {
	db    *sql.DB
	calls http.RoundTripper
}

func (s *session) exec(ctx context.Context, text string) (int64, error) {
	ctx, watch := watched(ctx)
	r, err := s.db.ExecContext(ctx, text)
	if err != nil {
		watch.stop(ctx, s.calls)
		return 0, explain(ctx, err)
	}
	return r.RowsAffected()
}

// query streams a result as texts; nil is NULL. A row is valid during the call only.
func (s *session) query(ctx context.Context, text string, each func(row [][]byte) error) error {
	ctx, watch := watched(ctx)
	err := s.rows(ctx, text, each)
	watch.stop(ctx, s.calls)
	return err
}

func (s *session) rows(ctx context.Context, text string, each func(row [][]byte) error) error {
	rows, err := s.db.QueryContext(ctx, text)
	if err != nil {
		return explain(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return explain(ctx, err)
	}
	row, values, into := make([][]byte, len(columns)), make([]sql.NullString, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return explain(ctx, err)
		}
		for i, v := range values {
			if row[i] = nil; v.Valid {
				row[i] = []byte(v.String)
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return explain(ctx, rows.Err())
}

// describe gives the columns of a query.
func (s *session) describe(ctx context.Context, text string) ([]*sql.ColumnType, error) {
	ctx, watch := watched(ctx)
	defer watch.stop(ctx, s.calls)
	rows, err := s.db.QueryContext(ctx, text)
	if err != nil {
		return nil, explain(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, explain(ctx, err)
	}
	return types, explain(ctx, rows.Err())
}

func (s *session) close() error { return s.db.Close() }

// watch remembers where a statement's next page was asked for.
type watch struct{ last atomic.Pointer[http.Request] }

// watchKey is the context key of a statement's watch.
type watchKey struct{}

// watched watches the statement that runs in a context.
func watched(ctx context.Context) (context.Context, *watch) {
	warehouse.Used(ctx, 0, 0)
	w := &watch{}
	return context.WithValue(ctx, watchKey{}, w), w
}

// stop has the server stop a statement whose context was cancelled. The library forgets it
// where rows are on their way: the server would work until it sees that nobody reads.
func (w *watch) stop(ctx context.Context, calls http.RoundTripper) {
	last := w.last.Load()
	if ctx.Err() == nil || last == nil {
		return
	}
	const patience = 10 * time.Second
	bounded, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer stop()
	req := last.Clone(bounded)
	req.Method = http.MethodDelete
	if resp, err := calls.RoundTrip(req); err == nil { // what is not heard of ends by itself
		_ = resp.Body.Close()
	}
}

// caller sends the library's requests.
type caller struct{ http.RoundTripper }

// RoundTrip sends a request. The library tries again for long where it could not dial, so it is
// not told that a call which is not allowed failed then.
func (c caller) RoundTrip(req *http.Request) (*http.Response, error) {
	if w, ok := req.Context().Value(watchKey{}).(*watch); ok && req.Method == http.MethodGet {
		w.last.Store(req)
	}
	resp, err := c.RoundTripper.RoundTrip(req)
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		return nil, refused
	}
	return resp, err
}
