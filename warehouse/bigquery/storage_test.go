package bigquery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/bigquery/storage/apiv1/storagepb"
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/bigquery"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// sessions is a Storage API that answers as it is told to: its result has six rows, which come two
// in an answer.
type sessions struct {
	storagepb.UnimplementedBigQueryReadServer

	begin func(*storagepb.ReadSession) error
	// send gives the answer from an offset on; nil ends the stream.
	send  func(offset int64) (*storagepb.ReadRowsResponse, error)
	begun atomic.Int32
	// homeless has the job never say where its result lies.
	homeless bool
}

// result is a job's six rows, as the REST API hands them out two by two, and its sessions.
const resultRows = 6

func (s *sessions) CreateReadSession(ctx context.Context, r *storagepb.CreateReadSessionRequest) (*storagepb.ReadSession, error) {
	s.begun.Add(1)
	table := "projects/p/datasets/hidden/tables/t1"
	about, _ := metadata.FromIncomingContext(ctx)
	if r.GetParent() != "projects/p" || r.GetMaxStreamCount() != 1 || r.GetReadSession().GetTable() != table || !slices.Equal(about["x-goog-request-params"], []string{"read_session.table=" + url.QueryEscape(table)}) {
		return nil, status.Errorf(codes.InvalidArgument, "%v %v", r, about)
	}
	schema, _ := encoded("0", "1")
	out := &storagepb.ReadSession{
		Streams: []*storagepb.ReadStream{{Name: "s/1"}},
		Schema:  &storagepb.ReadSession_ArrowSchema{ArrowSchema: &storagepb.ArrowSchema{SerializedSchema: schema}},
	}
	if s.begin != nil {
		return out, s.begin(out)
	}
	return out, nil
}

func (s *sessions) ReadRows(r *storagepb.ReadRowsRequest, to storagepb.BigQueryRead_ReadRowsServer) error {
	send := s.send
	if send == nil {
		send = pair
	}
	for offset := r.GetOffset(); ; offset += 2 {
		answer, err := send(offset)
		if err != nil || answer == nil {
			return err
		}
		if err := to.Send(answer); err != nil {
			return err
		}
	}
}

// pair is two rows.
func pair(offset int64) (*storagepb.ReadRowsResponse, error) {
	if offset >= resultRows {
		return nil, nil //nolint:nilnil // the end
	}
	_, batch := encoded(strconv.FormatInt(offset, 10), strconv.FormatInt(offset+1, 10))
	return answer(2, batch), nil
}

func answer(rows int64, batch []byte) *storagepb.ReadRowsResponse {
	return &storagepb.ReadRowsResponse{RowCount: rows, Rows: &storagepb.ReadRowsResponse_ArrowRecordBatch{ArrowRecordBatch: &storagepb.ArrowRecordBatch{SerializedRecordBatch: batch}}}
}

// encoded is a batch of one column of texts, apart from its schema.
func encoded(texts ...string) (schema, batch []byte) {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(texts, nil)
	return split(b.NewArray())
}

// split is a batch of columns, apart from its schema.
func split(columns ...arrow.Array) (schema, batch []byte) {
	var fields []arrow.Field
	for i, c := range columns {
		fields = append(fields, arrow.Field{Name: fmt.Sprint("c", i), Type: c.DataType(), Nullable: true})
	}
	s := arrow.NewSchema(fields, nil)
	const end = 8 // bytes that end a stream
	write := func(batches ...arrow.RecordBatch) []byte {
		var out bytes.Buffer
		w := ipc.NewWriter(&out, ipc.WithSchema(s))
		for _, b := range batches {
			if err := w.Write(b); err != nil {
				panic(err)
			}
		}
		if err := w.Close(); err != nil {
			panic(err)
		}
		return out.Bytes()[:out.Len()-end]
	}
	schema = write()
	return schema, write(array.NewRecordBatch(s, columns, int64(columns[0].Len())))[len(schema):]
}

// serve starts a Storage API, and a REST API whose job has a result of six rows.
func serve(t *testing.T, s *sessions) map[string]string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	storagepb.RegisterBigQueryReadServer(server, s)
	go func() { _ = server.Serve(l) }()
	t.Cleanup(server.Stop)
	job := strings.Replace(ended, `"query": "x"`, `"query": "x", "destinationTable": {"projectId": "p", "datasetId": "hidden", "tableId": "t1"}`, 1)
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.Contains(r.URL.Path, "/queries/") {
			var asked asked
			if _ = json.NewDecoder(r.Body).Decode(&asked); asked.Configuration.DryRun {
				_, _ = fmt.Fprintf(w, planned, "SELECT", 0, "")
			} else if r.Method == http.MethodPost || s.homeless { // a job that has just begun has no result yet
				_, _ = w.Write([]byte(ended))
			} else {
				_, _ = w.Write([]byte(job))
			}
			return
		}
		from, _ := strconv.Atoi(r.URL.Query().Get("pageToken"))
		rows, next := "", ""
		if r.URL.Query().Get("maxResults") != "0" {
			rows = fmt.Sprintf(`, "rows": [{"f": [{"v": "%d"}]}, {"f": [{"v": "%d"}]}]`, from, from+1)
		}
		if from+2 < resultRows {
			next = fmt.Sprintf(`, "pageToken": "%d"`, from+2)
		}
		_, _ = fmt.Fprintf(w, `{"jobReference": {"projectId": "p", "jobId": "j"}, "jobComplete": true, "totalRows": "%d", "schema": {"fields": [{"name": "id", "type": "STRING"}]}%s%s}`, resultRows, rows, next)
	}))
	t.Cleanup(api.Close)
	return map[string]string{"project": "p", "method": "none", "api_endpoint": api.URL, "storage_endpoint": "http://" + l.Addr().String()}
}

// all reads a result's rows.
func all(t *testing.T, src warehouse.Source) (rows string, told []eddy.Warning, err error) {
	t.Helper()
	var meter warehouse.Meter
	err = bigquery.Read(warehouse.WithMeter(t.Context(), &meter), src, selected(), eddy.Model{Table: "d.t"}, func(row [][]byte) error {
		rows += string(row[0])
		return nil
	})
	return rows, meter.Warnings(), err
}

// TestLargeResults: they come from the Storage API, whose connection is the dialer's.
func TestLargeResults(t *testing.T) {
	t.Parallel()
	var s sessions
	options := serve(t, &s)
	way := &recorded{Dialer: dial.Anywhere()}
	src, err := bigquery.Kind().Open(t.Context(), eddy.Source{Dialer: way, Name: "shop", Options: options})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if rows, told, err := all(t, src); rows != "012345" || told != nil || err != nil || s.begun.Load() != 1 {
		t.Errorf("%q, %v, %v; %d sessions", rows, told, err, s.begun.Load())
	}
	if at := strings.TrimPrefix(options["storage_endpoint"], "http://"); !way.dialled(at) {
		t.Errorf("the dialer was not asked for %s", at)
	}
	// What the reader says ends it, at the first row too.
	for n := range 3 {
		enough, left := errors.New("enough"), n
		err := bigquery.Read(t.Context(), src, selected(), eddy.Model{Table: "d.t"}, func([][]byte) error {
			if left--; left < 0 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			t.Errorf("after %d rows: %v", n, err)
		}
	}
}

// recorded is a dialer that remembers.
type recorded struct {
	eddy.Dialer

	mu sync.Mutex
	to []string
}

func (r *recorded) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = append(r.to, address)
	return r.Dialer.DialContext(ctx, network, address)
}

func (r *recorded) dialled(address string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.to, address)
}

// TestStorageElsewhere: who sets api_endpoint alone has results over REST, and Google is not called.
func TestStorageElsewhere(t *testing.T) {
	t.Parallel()
	var s sessions
	options := serve(t, &s)
	options["storage_endpoint"] = ""
	src, err := open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if rows, told, err := all(t, src); rows != "012345" || told != nil || err != nil || s.begun.Load() != 0 {
		t.Errorf("%q, %v, %v; %d sessions", rows, told, err, s.begun.Load())
	}
}

// TestResultsBrokeOff: a stream that breaks off goes on where it was. Where it does not, and where
// rows are fewer or more than the job has, the read fails (promise 3).
func TestResultsBrokeOff(t *testing.T) {
	t.Parallel()
	_, two := encoded("2", "3")
	for want, at := range map[string]func(int64) (*storagepb.ReadRowsResponse, error){
		"of 6 rows 4 came":                  func(int64) (*storagepb.ReadRowsResponse, error) { return nil, nil }, //nolint:nilnil // the end
		"broke off: the Storage API does n": func(int64) (*storagepb.ReadRowsResponse, error) { return nil, status.Error(codes.NotFound, "hush") },
		"a batch of 3 rows has 2":           func(int64) (*storagepb.ReadRowsResponse, error) { return answer(3, two), nil },
		"a batch of 0 rows has 2":           func(int64) (*storagepb.ReadRowsResponse, error) { return answer(0, two), nil },
		"cannot be read":                    func(int64) (*storagepb.ReadRowsResponse, error) { return answer(2, two[:len(two)-9]), nil },
		"more rows than the job has":        func(int64) (*storagepb.ReadRowsResponse, error) { return answer(2, two), nil },
	} {
		s := &sessions{send: func(offset int64) (*storagepb.ReadRowsResponse, error) {
			if offset < 4 {
				return pair(offset)
			}
			return at(offset)
		}}
		src, err := open(t.Context(), serve(t, s))
		if err != nil {
			t.Fatal(err)
		}
		rows, told, err := all(t, src)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") || !strings.HasPrefix(rows, "0123") || len(rows) > resultRows || told != nil {
			t.Errorf("%s: %q, %v, %v", want, rows, told, err)
		}
		_ = src.Close()
	}
	var broken atomic.Int32
	s := &sessions{send: func(offset int64) (*storagepb.ReadRowsResponse, error) {
		if offset > 0 && broken.Add(1)%2 == 1 {
			return nil, status.Error(codes.Unavailable, "moving")
		}
		return pair(offset)
	}}
	src, err := open(t.Context(), serve(t, s))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if rows, told, err := all(t, src); rows != "012345" || told != nil || err != nil {
		t.Errorf("%q, %v, %v", rows, told, err)
	}
}

// TestNoSession: whoever may make no session, or is given an odd one, has the rows over REST. That
// is told once, and not tried again.
func TestNoSession(t *testing.T) {
	t.Parallel()
	never := func(code codes.Code, message string) *sessions {
		return &sessions{begin: func(*storagepb.ReadSession) error { return status.Error(code, message) }}
	}
	sends := func(answer *storagepb.ReadRowsResponse) *sessions {
		return &sessions{send: func(int64) (*storagepb.ReadRowsResponse, error) { return answer, nil }}
	}
	shaped := func(columns ...arrow.Array) *sessions {
		schema, batch := split(columns...)
		return &sessions{
			begin: func(s *storagepb.ReadSession) error { s.GetArrowSchema().SerializedSchema = schema; return nil },
			send:  func(int64) (*storagepb.ReadRowsResponse, error) { return answer(int64(columns[0].Len()), batch), nil },
		}
	}
	half := array.NewFloat16Builder(memory.DefaultAllocator)
	half.AppendNulls(1)
	half.AppendEmptyValue()
	some := array.NewStringBuilder(memory.DefaultAllocator)
	some.AppendValues([]string{"x"}, nil)
	texts := some.NewArray()
	for _, c := range []struct {
		api  *sessions
		want string
	}{
		{never(codes.PermissionDenied, "request failed: the user does not have 'bigquery.readsessions.create' permission for 'projects/p'"), "roles/bigquery.readSessionUser on project p"},
		{never(codes.PermissionDenied, "BigQuery Storage API has not been used in project 1 before or it is disabled. Enable it by visiting"), "Enable the BigQuery Storage API"},
		{never(codes.Unimplemented, "hush"), "(Unimplemented)"},
		{never(codes.Unavailable, "hush"), "does not answer"},
		{&sessions{homeless: true}, "where its result lies"},
		{&sessions{begin: func(s *storagepb.ReadSession) error { s.Streams = nil; return nil }}, "0 streams"},
		{&sessions{begin: func(s *storagepb.ReadSession) error {
			s.Streams = append(s.GetStreams(), s.GetStreams()...)
			return nil
		}}, "2 streams"},
		{&sessions{begin: func(s *storagepb.ReadSession) error { s.Schema = nil; return nil }}, "a schema of 0 bytes"},
		{&sessions{begin: func(s *storagepb.ReadSession) error { s.GetArrowSchema().SerializedSchema = []byte("hush"); return nil }}, "cannot be read"},
		{sends(nil), "of 6 rows 0 came"},
		{sends(&storagepb.ReadRowsResponse{RowCount: 2}), "a batch of 2 rows has 0"},
		{sends(answer(2, []byte("hush hush hush"))), "cannot be read"},
		{shaped(texts, texts), "cannot be read"},
		{shaped(half.NewArray()), "cannot be read"},
	} {
		src, err := open(t.Context(), serve(t, c.api))
		if err != nil {
			t.Fatal(err)
		}
		rows, told, err := all(t, src)
		if rows != "012345" || err != nil || len(told) != 1 || !strings.Contains(told[0].Reason+"\n"+told[0].Mend, c.want) || strings.Contains(told[0].Reason, "hush") || told[0].Count != resultRows {
			t.Errorf("%s: %q, %+v, %v", c.want, rows, told, err)
		}
		tried := c.api.begun.Load()
		if rows, told, err := all(t, src); rows != "012345" || err != nil || told != nil || c.api.begun.Load() != tried {
			t.Errorf("%s, once more: %q, %+v, %v", c.want, rows, told, err)
		}
		_ = src.Close()
	}
}

// TestBothWays: values of all types have the same texts by either API, as they stand and as models
// are read.
func TestBothWays(t *testing.T) {
	t.Parallel()
	site := warehousetest.NewSite(t, "bigquery")
	options := site.Options
	src, err := open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	bigquery.SmallFirst(src)
	delete(options, "storage_endpoint")
	slow, err := open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	for _, typ := range types() {
		model := eddy.Model{SQL: fmt.Sprintf("SELECT n, IF(n = 2, NULL, %s) AS v FROM UNNEST([1, 2, 3]) AS n ORDER BY n", typ.Value)}
		columns, err := src.Columns(t.Context(), model)
		if err != nil {
			t.Errorf("%s: %v", typ.Type, err)
			continue
		}
		sel := []warehouse.Selected{{As: "n", Column: &columns[0]}, {As: "v", Column: &columns[1]}, {As: "t", Column: &columns[1], Time: true}}
		for what, read := range map[string]func(context.Context, warehouse.Source, func([][]byte) error) error{
			"as a model is read": func(ctx context.Context, src warehouse.Source, each func([][]byte) error) error {
				return bigquery.Read(ctx, src, sel, model, each)
			},
			"as it stands": func(ctx context.Context, src warehouse.Source, each func([][]byte) error) error {
				return bigquery.Query(ctx, src, model.SQL, each)
			},
		} {
			var meter warehouse.Meter
			rows := func(src warehouse.Source) (out string) {
				err := read(warehouse.WithMeter(t.Context(), &meter), src, func(row [][]byte) error {
					for _, v := range row {
						out += fmt.Sprintf("%q %t,", v, v == nil)
					}
					out += "\n"
					return nil
				})
				if err != nil {
					t.Errorf("%s %s: %v", typ.Type, what, err)
				}
				return out
			}
			quick, rest := rows(src), rows(slow)
			if told := meter.Warnings(); quick != rest || strings.Count(quick, "\n") != 3 || told != nil {
				t.Errorf("%s %s: by the Storage API\n%sover REST\n%s%v", typ.Type, what, quick, rest, told)
			}
		}
	}
}

// TestStorageIsWhoItSays: over https a server whose certificate nobody vouches for is told nothing.
func TestStorageIsWhoItSays(t *testing.T) {
	t.Parallel()
	var asked atomic.Bool
	thief := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Store(true) }))
	thief.EnableHTTP2 = true
	thief.StartTLS()
	t.Cleanup(thief.Close)
	options := serve(t, &sessions{})
	options["storage_endpoint"] = thief.URL
	src, err := open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if rows, told, err := all(t, src); rows != "012345" || err != nil || len(told) != 1 || !strings.Contains(told[0].Reason, "does not answer") || asked.Load() {
		t.Errorf("%q, %+v, %v; asked: %t", rows, told, err, asked.Load())
	}
}
