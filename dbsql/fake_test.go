package dbsql

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// fake is a workspace and its storage, for what no real server does when it is asked to. It is
// reached without a network, so that a test's clock is its own.
type fake struct {
	mu sync.Mutex
	// seen are the calls, as "GET /path".
	seen []string
	// on answers calls by their method and path; what is not there answers 404.
	on map[string]http.HandlerFunc
}

// RoundTrip answers a call.
func (f *fake) RoundTrip(req *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	name := req.Method + " " + req.URL.Path
	f.mu.Lock()
	f.seen = append(f.seen, name)
	handle := f.on[name]
	f.mu.Unlock()
	w := httptest.NewRecorder()
	if handle == nil {
		return say(w, http.StatusNotFound, `{"error_code":"NOT_FOUND","message":"nothing there"}`).Result(), req.Context().Err()
	}
	body, _ := io.ReadAll(req.Body)
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(body))
	handle(w, req)
	if w.Code == 999 {
		return nil, errors.New("connection reset")
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

// count says how often something was called.
func (f *fake) count(name string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.seen {
		if s == name {
			n++
		}
	}
	return n
}

func say(w *httptest.ResponseRecorder, status int, body string) *httptest.ResponseRecorder {
	w.WriteHeader(status)
	_, _ = w.WriteString(body)
	return w
}

// answering answers with some texts, one after the other, and then with the last of them.
func answering(texts ...string) http.HandlerFunc {
	i := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, texts[i])
		i = min(i+1, len(texts)-1)
	}
}

// dropping answers as another does, once a status was given as often as asked for.
func dropping(times, status int, header string, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if times--; times >= 0 {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			return
		}
		then(w, r)
	}
}

// client is one that calls the fake.
func (f *fake) client(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	conf := Config{Host: "dbc.test", Warehouse: "w1", HTTP: &http.Client{Transport: f}, Login: Token("dapi-secret")}
	for _, c := range change {
		c(&conf)
	}
	c, err := New(conf)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stream is rows of one text column as Arrow.
func stream(t testing.TB, from, to int) []byte {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	for i := from; i < to; i++ {
		b.Field(0).(*array.StringBuilder).Append(fmt.Sprint(i))
	}
	var out bytes.Buffer
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	if err := errors.Join(w.Write(b.NewRecordBatch()), w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// part is one chunk of the fake's result.
type part map[string]any

// three is a result of three chunks with two rows each.
type three struct {
	parts    [3]part
	streams  [3][]byte
	manifest map[string]any
	// linked and stored hear of calls of chunks and of storage; they return true where they answered.
	linked, stored func(i int, w http.ResponseWriter, r *http.Request) bool
	life           time.Duration
}

func newThree(t testing.TB) *three {
	x := &three{life: 15 * time.Minute}
	total, shares := 0, []part{}
	for i := range x.parts {
		x.streams[i] = stream(t, 2*i, 2*i+2)
		total += len(x.streams[i])
		x.parts[i] = part{"chunk_index": i, "row_offset": 2 * i, "row_count": 2, "byte_count": len(x.streams[i])}
		shares = append(shares, x.parts[i])
	}
	x.manifest = map[string]any{
		"schema":            map[string]any{"columns": []any{map[string]any{"name": "id", "type_text": "STRING"}}},
		"total_chunk_count": 3, "chunks": shares, "total_row_count": 6, "total_byte_count": total,
	}
	return x
}

// link is what the API says of a chunk.
func (x *three) link(i int) map[string]any {
	l := map[string]any{
		"external_link": fmt.Sprintf("https://storage.test/%d?credential=hush", i), "expiration": time.Now().Add(x.life).UTC().Format(time.RFC3339Nano),
		"http_headers": map[string]string{"X-Key": "k", "Authorization": "Bearer theirs"},
	}
	maps.Copy(l, x.parts[i])
	return map[string]any{"external_links": []any{l}}
}

// serve puts the result behind statement s1.
func (x *three) serve(t testing.TB) *fake {
	f := &fake{on: map[string]http.HandlerFunc{"POST " + statements: answering(`{"statement_id":"s1","status":{"state":"PENDING"}}`)}}
	put := func(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
	f.on["GET "+statements+"/s1"] = func(w http.ResponseWriter, _ *http.Request) {
		put(w, map[string]any{"statement_id": "s1", "status": map[string]any{"state": "SUCCEEDED"}, "manifest": x.manifest, "result": x.link(0)})
	}
	for i := range x.parts {
		f.on[fmt.Sprintf("GET %s/s1/result/chunks/%d", statements, i)] = func(w http.ResponseWriter, r *http.Request) {
			if x.linked == nil || !x.linked(i, w, r) {
				put(w, x.link(i))
			}
		}
		f.on[fmt.Sprintf("GET /%d", i)] = func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" || r.Header.Get("X-Key") != "k" {
				t.Errorf("storage was sent %v", r.Header)
			}
			if x.stored == nil || !x.stored(i, w, r) {
				_, _ = w.Write(x.streams[i])
			}
		}
	}
	return f
}

// read runs a statement and gives the texts of its first column.
func read(ctx context.Context, c *Client) (out []string, err error) {
	r, err := c.Run(ctx, Statement{SQL: "SELECT id FROM t"})
	if err != nil {
		return nil, err
	}
	return out, r.Rows(ctx, func(row [][]byte) error {
		out = append(out, string(row[0]))
		return nil
	})
}

// form is a form that was sent.
func form(r *http.Request) url.Values {
	text, _ := io.ReadAll(r.Body)
	values, _ := url.ParseQuery(string(text))
	return values
}
