package clickhouse

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// between is a proxy before the server that ends answers early, and cleanly: as one does that hears
// its own way to the server end, and cannot tell that from an end.
type between struct {
	// after is how many bytes of an answer come through, and silent whether headers of the server do.
	after  atomic.Int64
	silent atomic.Bool
	// whole is the last answer.
	whole atomic.Pointer[[]byte]
}

func (b *between) listen(t *testing.T, port int) string {
	t.Helper()
	to := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)}
	p := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(r *http.Response) error {
			all, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			b.whole.Store(&all)
			if b.silent.Load() {
				r.Header.Del("X-ClickHouse-Summary")
			}
			r.ContentLength = -1
			r.Header.Del("Content-Length")
			r.Body = io.NopCloser(bytes.NewReader(all[:min(int64(len(all)), b.after.Load())]))
			return nil
		},
	}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Port()
}

// TestAnAnswerThatEndsCleanlyIsNoEndOfRows: over HTTP an answer that was cut wherever, at the border of
// a block or of a column, and ended as a whole one is, leaves an error; never fewer rows that look
// like all (promise 3). So does one of which nobody can tell.
func TestAnAnswerThatEndsCleanlyIsNoEndOfRows(t *testing.T) {
	s := warehousetest.ClickHouse(t)
	b := &between{}
	b.after.Store(1 << 40)
	src := reach(t, as(at(s, overHTTP, "default"), "port", b.listen(t, s.HTTP)))
	sel := []warehouse.Selected{{As: "record_id", Column: &warehouse.Column{Name: "id", Type: "String", Class: warehouse.Text}}}
	stage := func(m eddy.Model) (int64, error) {
		into, err := duckdb.Engine{}.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer into.Close()
		n, err := warehouse.Stream(t.Context(), into, `"s"`, sel, func(each func(row [][]byte) error) error {
			return explain(t.Context(), src.query(t.Context(), map[string]any{"max_block_size": 10}, reading(src, m, sel), each))
		})
		return n, err
	}
	m := eddy.Model{SQL: "SELECT toString(number) AS id FROM numbers(30)"}
	if n, err := stage(m); n != 30 || err != nil {
		t.Fatalf("%d rows: %v", n, err)
	}
	length := len(*b.whole.Load())
	for at := range length {
		b.after.Store(int64(at))
		if n, err := stage(m); err == nil {
			t.Errorf("%d rows look like all after %d bytes of %d", n, at, length)
		}
	}
	b.after.Store(1 << 40)
	b.silent.Store(true)
	_, err := stage(m)
	says(t, err, "does not say over HTTP how many rows", "driver: native")
	b.silent.Store(false)
	// Sums are no rows.
	if n, err := stage(eddy.Model{SQL: "SELECT id, count() AS n FROM (SELECT toString(number % 2) AS id FROM numbers(5)) GROUP BY id WITH TOTALS"}); n != 2 || err != nil {
		t.Errorf("%d rows: %v", n, err)
	}
}
