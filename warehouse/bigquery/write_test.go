package bigquery_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/bigquery"
)

// TestStatementsThatAreTakenApart: what a ledger writes, and what BigQuery is asked.
func TestStatementsThatAreTakenApart(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"/* a; INSERT */\nINSERT INTO `p`.`d`.runs (a, `b`)\nSELECT 1, ')'":      "`p`.`d`.runs <- /* a; INSERT */\nSELECT NULL AS a, NULL AS `b` FROM (SELECT 1) one WHERE FALSE UNION ALL (\nSELECT 1, ')'\n)",
		"CREATE TABLE IF NOT EXISTS `p`.`d`.runs (a STRING NOT NULL, b INT64)":   "CREATE TABLE IF NOT EXISTS `p`.`d`.runs (a STRING, b INT64)",
		"/* x */ CREATE TABLE `d`.`a\\`b` AS\nSELECT 1 AS a WHERE 1 IS NOT NULL": "/* x */ CREATE TABLE `d`.`a\\`b` AS\nSELECT 1 AS a WHERE 1 IS NOT NULL",
		"/* x */ CREATE TEMPORARY TABLE `d`.`t` AS\nSELECT 1":                    "/* x */ CREATE TABLE `d`.`t` " + bigquery.Temporary + " AS\nSELECT 1",
		"CREATE TEMPORARY TABLE `d`.`t` (a STRING NOT NULL)":                     "CREATE TABLE `d`.`t` (a STRING)\n" + bigquery.Temporary,
		"INSERT INTO t VALUES (1)":                                               "is refused",
		"DROP TABLE IF EXISTS `d`.`t`":                                           "DROP TABLE IF EXISTS `d`.`t`",
	} {
		if got := bigquery.Asked(sql); got != want {
			t.Errorf("%s\nbecomes\n%s\nnot\n%s", sql, got, want)
		}
	}
}

// job is what a job that is inserted asks for.
type job struct {
	JobReference  struct{ JobID string }
	Configuration struct {
		DryRun bool
		Query  struct {
			Query, WriteDisposition, CreateDisposition string
			DestinationTable                           struct{ DatasetID, TableID string }
		}
		Load struct {
			SourceFormat, WriteDisposition, CreateDisposition string
			Schema                                            struct {
				Fields []struct{ Name, Type string }
			}
			DestinationTable struct{ DatasetID, TableID string }
		}
	}
}

// writing is a canned API with one dataset, whose answers to jobs a test gives.
type writing struct {
	mu   sync.Mutex
	jobs []job
	// answer gives the status and the text of what is told of a job, when it is inserted and
	// whenever it is asked for.
	answer func(n int, j job) (int, string)
	// looked answers who asks for a job.
	looked func(id string) (int, string)
	// datasets are where datasets lie; nil has any, anywhere.
	datasets map[string]string
}

const (
	finished = `{"jobReference": {"projectId": "p", "jobId": %q}, "configuration": {"query": {"query": "x"}}, "status": {"state": "DONE"}, "statistics": {"query": {"statementType": "SELECT", "queryPlan": [{"id": "0", "recordsWritten": "77"}, {"id": "1", "recordsWritten": "2", "inputStages": ["0"]}, {"id": "2", "recordsWritten": "1"}]}}}`
	failed   = `{"jobReference": {"projectId": "p", "jobId": %q}, "configuration": {"query": {"query": "x"}}, "status": {"state": "DONE", "errorResult": {"reason": %q, "message": %q}}, "statistics": {"query": {}}}`
	columns  = `{"schema": {"fields": [{"name": "record_id", "type": "STRING"}, {"name": "n", "type": "INTEGER"}]}}`
)

func (api *writing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	api.mu.Lock()
	defer api.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	tell := func(status int, text string) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/datasets"):
		var set struct {
			Location         string
			DatasetReference struct{ DatasetID string }
		}
		if err := json.NewDecoder(r.Body).Decode(&set); err == nil {
			api.datasets[set.DatasetReference.DatasetID] = set.Location
		}
		tell(http.StatusOK, "{}")
	case api.datasets != nil && r.Method == http.MethodGet && !strings.Contains(r.URL.Path, "/jobs"):
		where := api.datasets[r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]]
		if where == "" {
			tell(http.StatusNotFound, fmt.Sprintf(refusal, 404, "Not found: Dataset", "notFound"))
			return
		}
		tell(http.StatusOK, fmt.Sprintf(`{"location": %q}`, where))
	case r.Method == http.MethodPost:
		var body io.Reader = r.Body
		if kind, more, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); strings.HasPrefix(kind, "multipart/") {
			part, err := multipart.NewReader(r.Body, more["boundary"]).NextPart()
			if err != nil {
				tell(http.StatusInternalServerError, err.Error())
				return
			}
			body = part
		}
		var j job
		err := json.NewDecoder(body).Decode(&j)
		_, _ = io.Copy(io.Discard, r.Body)
		if err != nil || j.Configuration.DryRun {
			tell(http.StatusOK, fmt.Sprintf(planned, "SELECT", 0, ""))
			return
		}
		api.jobs = append(api.jobs, j)
		tell(api.answer(len(api.jobs), j))
	case strings.Contains(r.URL.Path, "/jobs/"):
		tell(api.looked(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]))
	default:
		tell(http.StatusOK, columns)
	}
}

// on opens an engine on a canned API.
func (api *writing) on(t *testing.T) warehouse.Engine {
	t.Helper()
	if api.looked == nil {
		api.looked = func(id string) (int, string) { return http.StatusOK, fmt.Sprintf(finished, id) }
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	src, err := open(t.Context(), map[string]string{"project": "p", "method": "none", "api_endpoint": server.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = src.Close() })
	e, err := src.Engine(t.Context(), "eddy")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestAddedRows: rows are added by the result of a query and no statement that changes rows. Its
// plan says how many there were, and what is refused for its pace is asked again.
func TestAddedRows(t *testing.T) {
	t.Parallel()
	api := &writing{answer: func(n int, j job) (int, string) {
		if n == 1 {
			return http.StatusBadRequest, fmt.Sprintf(refusal, 400, "Exceeded rate limits: too many table update operations for this table.", "invalid")
		}
		return http.StatusOK, fmt.Sprintf(finished, j.JobReference.JobID)
	}}
	e := api.on(t)
	n, err := e.Exec(t.Context(), "INSERT INTO "+e.Schema()+".runs (a) SELECT 'x'")
	if err != nil || n != 3 || len(api.jobs) != 2 {
		t.Fatalf("%d rows by %d jobs: %v", n, len(api.jobs), err)
	}
	q := api.jobs[1].Configuration.Query
	if api.jobs[0].JobReference == api.jobs[1].JobReference || q.WriteDisposition != "WRITE_APPEND" || q.CreateDisposition != "CREATE_NEVER" || q.DestinationTable.TableID != "runs" || strings.Contains(q.Query, "INSERT") {
		t.Errorf("%+v", api.jobs)
	}
	api.looked = func(string) (int, string) { return http.StatusOK, ended }
	if _, err := e.Exec(t.Context(), "INSERT INTO "+e.Schema()+".runs (a) SELECT 'x'"); err == nil {
		t.Error("rows that nobody counted are none")
	}
}

// TestSandbox: a project without billing deletes nothing, and has its tables dropped.
func TestSandbox(t *testing.T) {
	t.Parallel()
	for reason, message := range map[string]string{"billingNotEnabled": "no", "accessDenied": "Billing has not been enabled for this project. DML queries are not allowed in the free tier."} {
		api := &writing{answer: func(int, job) (int, string) { return 403, fmt.Sprintf(refusal, 403, message, reason) }}
		e := api.on(t)
		if n, err := e.Exec(t.Context(), "/* x */\nDELETE FROM "+e.Schema()+".sync_log WHERE TRUE"); n != 0 || err != nil {
			t.Errorf("%s: %d rows, %v", reason, n, err)
		}
		if _, err := e.Exec(t.Context(), "CREATE TABLE "+e.Schema()+".t AS SELECT 1 AS a"); err == nil {
			t.Errorf("%s: another statement", reason)
		}
	}
}

// TestLoads: loads of a table wait for each other and are one job of Parquet. One of which nobody
// knows what became is looked for under its name, and is there once.
func TestLoads(t *testing.T) {
	t.Parallel()
	lost := true
	api := &writing{}
	api.answer = func(n int, j job) (int, string) {
		if n > 1 {
			return http.StatusConflict, fmt.Sprintf(refusal, 409, "Already Exists: Job p:US."+j.JobReference.JobID, "duplicate")
		}
		return http.StatusOK, strings.Replace(fmt.Sprintf(finished, j.JobReference.JobID), "DONE", "RUNNING", 1)
	}
	api.looked = func(id string) (int, string) {
		if lost {
			return http.StatusBadRequest, "what is this"
		}
		return http.StatusOK, fmt.Sprintf(finished, id)
	}
	e := api.on(t)
	for i := range 3 {
		if err := e.Load(t.Context(), e.Schema()+".exceptions", []string{"record_id", "n"}, slices.Values([][]any{{"x", int64(i)}, {nil, nil}})); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Load(t.Context(), e.Schema()+".exceptions", []string{"none"}, slices.Values([][]any{})); err == nil {
		t.Error("a column that is missing")
	}
	none := func([][]byte) error { return errors.New("a row") }
	if err := e.Query(t.Context(), "SELECT 1", none); eddy.ErrorCode(err) != eddy.CodeSource {
		t.Errorf("a query before what waits is there: %v", err)
	}
	lost = false
	if _, err := e.Exec(t.Context(), "DROP TABLE x"); len(api.jobs) < 2 {
		t.Fatalf("%d jobs, %v", len(api.jobs), err)
	}
	first, again := api.jobs[0], api.jobs[1]
	if l := first.Configuration.Load; first.JobReference != again.JobReference || l.SourceFormat != "PARQUET" || l.WriteDisposition != "WRITE_APPEND" || l.CreateDisposition != "CREATE_NEVER" || len(l.Schema.Fields) != 2 {
		t.Errorf("%+v", api.jobs)
	}
}

// TestWhereTheStateLies: what a query reads and writes lies in one location, which is told before a
// run.
func TestWhereTheStateLies(t *testing.T) {
	t.Parallel()
	api := &writing{looked: func(string) (int, string) { return http.StatusNotFound, "" }}
	api.datasets = map[string]string{"shop": "EU", "far": "US", "near": "eu"}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	for _, c := range []struct{ location, dataset, state, want string }{
		{"", "shop", "near", ""},
		{"", "", "far", ""},
		{"", "shop", "far", "lies in US, and queries run in EU"},
		{"us-east1", "shop", "far", "lies in US, and queries run in us-east1"},
		{"US", "shop", "far", ""},
		{"", "shop", "none", ""},
	} {
		src, err := open(t.Context(), map[string]string{"project": "p", "method": "none", "api_endpoint": server.URL, "location": c.location, "default_dataset": c.dataset})
		if err != nil {
			t.Fatal(err)
		}
		err = src.(warehouse.StateChecker).CheckState(t.Context(), c.state)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v", c, err)
		}
		if c.state == "none" {
			if _, err := src.Engine(t.Context(), c.state); err != nil || api.datasets["none"] != "EU" {
				t.Errorf("a dataset was made in %q: %v", api.datasets["none"], err)
			}
		}
		_ = src.Close()
	}
}
