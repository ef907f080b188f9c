package snowflake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/snowflakedb/gosnowflake/v2"
	"github.com/snowflakedb/gosnowflake/v2/arrowbatches"

	"github.com/eddy-retl/eddy/warehouse"
)

// sessions run statements in sessions of Snowflake's that are all alike. As many are opened as
// statements run at once, and those that wait are kept for a while.
type sessions struct{ db *sql.DB }

// idle is how long a session waits for its next statement. Snowflake forgets one after four hours.
const idle = 10 * time.Minute

func newSessions(c driver.Connector) *sessions {
	db := sql.OpenDB(connector{c})
	db.SetMaxIdleConns(4)
	db.SetConnMaxIdleTime(idle)
	return &sessions{db}
}

// connector logs in, and says what kept it from getting through.
type connector struct{ driver.Connector }

// Connect opens a session.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	ctx, watch := watched(ctx, true)
	defer watch.end()
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, watch.why(err)
	}
	// Or what the user's other roles may do, the session may.
	if _, err := conn.(driver.ExecerContext).ExecContext(ctx, "USE SECONDARY ROLES NONE", nil); err != nil {
		return nil, errors.Join(watch.why(err), conn.Close())
	}
	return conn, nil
}

// run has a statement run in a session.
func (s *sessions) run(ctx context.Context, do func(context.Context, driver.Conn) error) error {
	warehouse.Used(ctx, 0, 0)
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return explain(ctx, err)
	}
	defer func() { _ = conn.Close() }()
	warehouse.Used(ctx, 0, 0)
	under, watch := watched(ctx, false)
	defer watch.end()
	own := false
	err = conn.Raw(func(c any) error {
		err := do(under, c.(driver.Conn))
		if r, ok := errors.AsType[*readerError](err); ok {
			own = true
			return r.err
		}
		return err
	})
	if own {
		return err
	}
	return explain(ctx, watch.why(err))
}

// readerError is what whoever reads rows says.
type readerError struct{ err error }

func (e *readerError) Error() string { return e.err.Error() }

// query streams a result as texts; nil is NULL. A row is valid during the call only.
func (s *sessions) query(ctx context.Context, text string, each func(row [][]byte) error) error {
	return s.run(ctx, func(ctx context.Context, conn driver.Conn) error {
		rows, err := conn.(driver.QueryerContext).QueryContext(arrowbatches.WithArrowBatches(ctx), text, nil)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		batches, err := arrowbatches.GetArrowBatches(rows.(gosnowflake.SnowflakeRows))
		if e, ok := errors.AsType[*gosnowflake.SnowflakeError](err); ok && e.Number == gosnowflake.ErrNonArrowResponseInArrowBatches {
			return plainly(rows, each)
		}
		if err != nil {
			return err
		}
		return inBatches(ctx, batches, each)
	})
}

// plainly reads a result that is no Arrow: that of SHOW, and of what makes or changes something.
func plainly(rows driver.Rows, each func(row [][]byte) error) error {
	values, row := make([]driver.Value, len(rows.Columns())), make([][]byte, len(rows.Columns()))
	for {
		switch err := rows.Next(values); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		for i, v := range values {
			var text sql.NullString
			if err := text.Scan(v); err != nil {
				return err
			}
			if row[i] = nil; text.Valid {
				row[i] = []byte(text.String)
			}
		}
		if err := each(row); err != nil {
			return &readerError{err}
		}
	}
}

// inBatches reads a result's batches one after the other; the next one is on its way meanwhile,
// and no more of them.
func inBatches(ctx context.Context, batches []*arrowbatches.ArrowBatch, each func(row [][]byte) error) error {
	ctx, stop := context.WithCancel(ctx)
	type fetched struct {
		records *[]arrow.RecordBatch
		err     error
	}
	next := make(chan fetched)
	go func() {
		defer close(next)
		for i, b := range batches {
			records, err := b.WithContext(ctx).Fetch()
			batches[i] = nil
			select {
			case next <- fetched{records, err}:
			case <-ctx.Done():
				release(records)
				return
			}
		}
	}()
	defer func() {
		stop()
		for f := range next {
			release(f.records)
		}
	}()
	for f := range next {
		if f.err != nil {
			return f.err
		}
		err := read(ctx, *f.records, each)
		release(f.records)
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func release(records *[]arrow.RecordBatch) {
	if records == nil {
		return
	}
	for _, r := range *records {
		r.Release()
	}
}

// read hands out the rows of a batch.
func read(ctx context.Context, records []arrow.RecordBatch, each func(row [][]byte) error) error {
	for _, r := range records {
		row, texts := make([][]byte, r.NumCols()), make([][]byte, r.NumCols())
		for i := range int(r.NumRows()) {
			if err := ctx.Err(); err != nil {
				return err
			}
			for c, column := range r.Columns() {
				if row[c] = nil; column.IsValid(i) {
					texts[c] = appendText(texts[c][:0], column, i)
					row[c] = texts[c]
				}
			}
			if err := each(row); err != nil {
				return &readerError{err}
			}
		}
	}
	return nil
}

// appendText appends a value as text. An empty text is not nil.
func appendText(to []byte, column arrow.Array, i int) []byte {
	if to == nil {
		to = []byte{}
	}
	switch a := column.(type) {
	case *array.String:
		return append(to, a.Value(i)...)
	case *array.Int64:
		return strconv.AppendInt(to, a.Value(i), 10)
	case *array.Timestamp:
		return a.Value(i).ToTime(a.DataType().(*arrow.TimestampType).Unit).UTC().AppendFormat(to, time.RFC3339Nano)
	default:
		return append(to, column.ValueStr(i)...)
	}
}

// describe gives the columns of a query, which is not carried out.
func (s *sessions) describe(ctx context.Context, text string) (types []*sql.ColumnType, err error) {
	warehouse.Used(ctx, 0, 0)
	under, watch := watched(ctx, false)
	defer watch.end()
	rows, err := s.db.QueryContext(gosnowflake.WithDescribeOnly(under), text)
	if err != nil {
		return nil, explain(ctx, watch.why(err))
	}
	defer func() { _ = rows.Close() }()
	types, err = rows.ColumnTypes()
	if err == nil {
		err = rows.Err()
	}
	return types, explain(ctx, err)
}

func (s *sessions) close() error { return s.db.Close() }
