package clickhouse

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// calls are connections, and how statements run on them.
type calls struct {
	conn driver.Conn
	http bool
	// always are the settings of every statement.
	always driver.Settings
	// killer are connections that can stop a statement while these wait for it.
	killer *calls
}

// heardKey is the context key of what the server told of a statement.
type heardKey struct{}

// heard is what the server told of a statement: how many rows it wrote, and, over HTTP, how many
// its result has.
type heard struct {
	wrote, gave atomic.Int64
	// read is how many bytes it read, and took how many nanoseconds.
	read, took atomic.Int64
	// counted says that it told the latter.
	counted atomic.Bool
}

// run runs one statement with settings beside the usual ones, and says how many rows it wrote.
// The library forgets a deadline's error and does not stop the server over HTTP, so that neither
// is left to it: when ctx ends the statement is cancelled, by the protocol or by another one.
func (c *calls) run(ctx context.Context, settings driver.Settings, statement func(ctx context.Context, enough func()) error) (wrote int64, err error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	id := "eddy-" + rand.Text()
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var t heard
	inner = context.WithValue(inner, heardKey{}, &t)
	all := driver.Settings{}
	maps.Copy(all, c.always)
	maps.Copy(all, settings)
	inner = driver.Context(inner, driver.WithQueryID(id), driver.WithSettings(all),
		driver.WithProgress(func(p *driver.Progress) {
			t.wrote.Add(int64(p.WroteRows))
			t.read.Add(int64(p.Bytes))
			t.took.Add(int64(p.Elapsed))
		}))
	defer func() { warehouse.Used(ctx, t.read.Load(), time.Duration(t.took.Load())) }()
	enough := func() {
		stop()
		if c.http {
			c.killer.kill(context.WithoutCancel(ctx), id)
		}
	}
	stopped := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(stopped)
		enough()
	})
	err = statement(inner, enough)
	if !unwatch() {
		<-stopped // with the server's work
	}
	return t.wrote.Load(), err
}

// A statement that was sent a moment ago may not have begun, so it is looked for again.
const (
	kills       = 3
	killWithin  = 5 * time.Second
	killAgainIn = 100 * time.Millisecond
)

// kill stops a statement of this user. One that cannot be stopped ends by itself.
func (c *calls) kill(ctx context.Context, id string) {
	ctx, stop := context.WithTimeout(ctx, killWithin)
	defer stop()
	for range kills {
		if c.conn.Exec(ctx, "KILL QUERY WHERE query_id = '"+id+"' SYNC") != nil {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(killAgainIn):
		}
	}
}

// exec runs a statement that gives no rows.
func (c *calls) exec(ctx context.Context, settings driver.Settings, sql string) (int64, error) {
	return c.run(ctx, c.whole(settings), func(ctx context.Context, _ func()) error { return c.conn.Exec(ctx, sql) })
}

// whole has the server answer over HTTP when a statement is done: else the answer may begin before
// the end, and an error behind its beginning is not heard. What its memory does not hold of the
// answer it keeps in a file meanwhile.
func (c *calls) whole(settings driver.Settings) driver.Settings {
	if !c.http {
		return settings
	}
	out := driver.Settings{"wait_end_of_query": 1, "extremes": 0}
	maps.Copy(out, settings)
	return out
}

// all says whether the rows that were read are all that the server gave. An answer over HTTP has
// no mark at its end: one whose way was cut at the border of a block, and ended by who stands
// between, looks like a whole one. The server counts its rows before it sends the first.
func (c *calls) all(ctx context.Context, read int64) error {
	t := ctx.Value(heardKey{}).(*heard)
	switch gave := t.gave.Load(); {
	case !c.http || t.counted.Load() && gave == read:
		return nil
	case !t.counted.Load():
		return &eddy.Error{
			Code: eddy.CodeSource, What: "ClickHouse does not say over HTTP how many rows it gave, so that an answer which was cut would look whole",
			Mend: "Let the header X-ClickHouse-Summary through where something stands between, or set driver: native.",
		}
	default:
		return &eddy.Error{
			Code: eddy.CodeSource, What: fmt.Sprintf("ClickHouse: the connection broke: of %d rows %d came", gave, read),
			Mend: "The next run settles what this one left; check what stands between Eddy and the server, and its log: it ended an answer that was cut as if it were whole. driver: native has a mark at its end.",
		}
	}
}

// query streams the rows of a statement as texts; they are valid during the call.
func (c *calls) query(ctx context.Context, settings driver.Settings, sql string, each func(row [][]byte) error) error {
	_, err := c.run(ctx, c.whole(settings), func(ctx context.Context, enough func()) error {
		rows, err := c.conn.Query(ctx, sql)
		if err != nil {
			return err
		}
		n := len(rows.Columns())
		cells, into, row := make([]cell, n), make([]any, n), make([][]byte, n)
		for i := range cells {
			into[i] = &cells[i]
		}
		read := int64(0)
		for rows.Next() {
			read++
			if err = rows.Scan(into...); err == nil {
				for i := range cells {
					row[i] = cells[i].text
				}
				err = each(row)
			}
			if err != nil {
				enough() // or closing reads all that is left
				_ = rows.Close()
				return &fromReader{err}
			}
		}
		// Rows that came before an error look like any others.
		if err := rows.Err(); err != nil {
			return err
		}
		if err := rows.Close(); err != nil {
			return err
		}
		return c.all(ctx, read)
	})
	return err
}

// fromReader is the error of who reads rows, and not of the server.
type fromReader struct{ error }

func (e *fromReader) Unwrap() error { return e.error }

// cell takes a value in as a text.
type cell struct{ text, buffer []byte }

// UnmarshalBinary takes a text, without copying it.
func (c *cell) UnmarshalBinary(text []byte) error {
	if c.text = text; text == nil {
		c.text = []byte{}
	}
	return nil
}

// Scan takes any other value.
func (c *cell) Scan(value any) error {
	b := c.buffer[:0]
	switch v := value.(type) {
	case nil:
		c.text = nil
		return nil
	case string:
		b = append(b, v...)
	case uint8:
		b = strconv.AppendUint(b, uint64(v), 10)
	case uint64:
		b = strconv.AppendUint(b, v, 10)
	case int64:
		b = strconv.AppendInt(b, v, 10)
	case time.Time:
		b = v.UTC().AppendFormat(b, "2006-01-02 15:04:05.999999999")
	default:
		b = fmt.Append(b, v)
	}
	c.text, c.buffer = b, b
	return nil
}

// counting takes down how many rows a statement wrote and gave, which the library leaves out over
// HTTP.
type counting struct{ http.RoundTripper }

// RoundTrip sends a request. See "HTTP Interface" of the manual for the header.
func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.RoundTripper.RoundTrip(r)
	if t, ok := r.Context().Value(heardKey{}).(*heard); ok && err == nil {
		var summary struct {
			Written int64  `json:"written_rows,string"`
			Read    int64  `json:"read_bytes,string"`
			Took    int64  `json:"elapsed_ns,string"`
			Result  *int64 `json:"result_rows,string"`
		}
		if json.Unmarshal([]byte(answer.Header.Get("X-ClickHouse-Summary")), &summary) == nil {
			t.wrote.Add(summary.Written)
			t.read.Add(summary.Read)
			t.took.Add(summary.Took)
			if summary.Result != nil {
				t.gave.Store(*summary.Result)
				t.counted.Store(true)
			}
		}
	}
	return answer, err
}
