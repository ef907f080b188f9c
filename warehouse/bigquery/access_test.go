package bigquery_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/bigquery"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// asked is a job as it is inserted.
type asked struct {
	Configuration struct {
		DryRun bool
		Labels map[string]string
		Query  struct{ Query, Priority, MaximumBytesBilled string }
	}
	JobReference struct{ JobID, Location string }
}

// canned is an API that answers as the real one was seen to: what the stand-in does not say. Each
// statement is planned by a text, or refused with one.
func canned(t *testing.T, answer func(asked) (int, string)) map[string]string {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/jobs") {
			var job asked
			if err := json.NewDecoder(r.Body).Decode(&job); err != nil {
				t.Error(err)
			}
			status, text := answer(job)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(text))
			return
		}
		if strings.Contains(r.URL.Path, "/jobs/") {
			_, _ = w.Write([]byte(ended))
			return
		}
		_, _ = w.Write([]byte(cutShort))
	}))
	t.Cleanup(api.Close)
	return map[string]string{"project": "p", "method": "none", "api_endpoint": api.URL}
}

const (
	planned  = `{"jobReference": {"projectId": "p", "jobId": "j"}, "configuration": {"query": {"query": "x"}}, "status": {"state": "DONE"}, "statistics": {"query": {"statementType": "%s", "totalBytesProcessed": "%d", "schema": {"fields": [{"name": "id", "type": "STRING"}]}%s}}}`
	ended    = `{"jobReference": {"projectId": "p", "jobId": "j"}, "configuration": {"query": {"query": "x"}}, "status": {"state": "DONE"}, "statistics": {"startTime": "1000", "endTime": "3500", "query": {"statementType": "SELECT", "totalBytesBilled": "10485760"}}}`
	refusal  = `{"error": {"code": %d, "message": %q, "errors": [{"reason": %q, "message": %[2]q}]}}`
	cutShort = `{"jobReference": {"projectId": "p", "jobId": "j"}, "jobComplete": true, "totalRows": "3", "schema": {"fields": [{"name": "id", "type": "STRING"}]}, "rows": [{"f": [{"v": "1"}]}, {"f": [{"v": "2"}]}]}`
)

// TestMessages: each failure that BigQuery's manual tells of is told with what mends it.
func TestMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status          int
		reason, message string
		want            string
	}{
		{403, "accessDenied", "Access Denied: Project p: User does not have bigquery.jobs.create permission in project p.", "roles/bigquery.jobUser"},
		{403, "accessDenied", "Access Denied: Table p:d.t: User does not have permission to query table p:d.t", "roles/bigquery.dataViewer"},
		{403, "accessDenied", "Access Denied: BigQuery BigQuery: Permission denied while getting Drive credentials.", "drive.readonly"},
		{400, "invalidQuery", "Cannot query over table 'p.d.t' without a filter over column(s) 'day' that can be used for partition elimination", "with that filter"},
		{404, "notFound", "Not found: Dataset p:d was not found in location US", "lie in one location"},
		{404, "notFound", "Not found: Table p:d.nowhere", "project.dataset.table"},
		{403, "quotaExceeded", "Quota exceeded: Your project exceeded quota for free query bytes scanned.", "quota of the project"},
		{403, "quotaExceeded", "Quota exceeded: Your table exceeded quota for imports or query appends per table.", "1,500 times a day"},
		{403, "billingNotEnabled", "Billing has not been enabled for this project.", "enable it"},
		{400, "bytesBilledLimitExceeded", "Query exceeded limit for bytes billed: 1. 10485760 or higher required.", "maximum_bytes_billed"},
		{401, "authError", "Invalid Credentials", "Log in again"},
		{400, "invalidQuery", "Syntax error: Unexpected keyword FROM at [4:7]", "at [2:7]"},
		{400, "invalidQuery", `Unrecognized name: emial at [3:3]`, "at [1:3]"},
	} {
		options := canned(t, func(job asked) (int, string) {
			if strings.HasSuffix(job.Configuration.Query.Query, "SELECT 1") {
				return http.StatusOK, fmt.Sprintf(planned, "SELECT", 0, "")
			}
			return c.status, fmt.Sprintf(refusal, c.status, c.message, c.reason)
		})
		src, err := open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		ctx := commented(t.Context(), "/* one\n two */\n")
		_, err = src.Columns(ctx, eddy.Model{SQL: "SELECT id FROM d.t"})
		if err == nil || eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s\n is told as: %v", c.reason, c.message, err)
		}
		_ = src.Close()
	}
}

// TestCannotConnect: who is not let in is told why, and nothing secret.
func TestCannotConnect(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "http://" + closed.Addr().String()
	_ = closed.Close()
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error": "invalid_grant", "error_description": "hush hush"}`))
	}))
	t.Cleanup(tokens.Close)
	for want, options := range map[string]map[string]string{
		"the connection was refused":                  {"method": "none", "api_endpoint": gone},
		"over http anybody":                           {"api_endpoint": gone},
		"is no address":                               {"api_endpoint": "bigquery"},
		"keyfile is missing":                          {"method": "service-account"},
		"no credentials were found, or":               {"method": "service-account-json", "keyfile_json": `{"type": "service_account", "hush": "hush"`},
		"/dev/zero: no plain file of 1 byte to 1 MiB": {"method": "workload-identity", "keyfile": "/dev/zero"},
		"does not take the log-in":                    {"method": "service-account-json", "keyfile_json": key(t, tokens.URL)},
		"storage_endpoint is not https":               {"storage_endpoint": gone},
		"storage_endpoint is no addres":               {"storage_endpoint": "bigquery"},
		"does not have bigquery.jobs.create": canned(t, func(asked) (int, string) {
			return 403, fmt.Sprintf(refusal, 403, "User does not have bigquery.jobs.create permission in project p.", "accessDenied")
		}),
		"Check project, execution_project an": canned(t, func(asked) (int, string) { return 404, fmt.Sprintf(refusal, 404, "Not found: Project p", "notFound") }),
	} {
		options = maps.Clone(options)
		options["project"] = "p"
		_, err := open(t.Context(), options)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "\n  ") {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// TestServed: on a server nothing of its machine logs in, and the address that a key names for its
// tokens is called through the dialer.
func TestServed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"", "oauth", "service-account", "workload-identity"} {
		src := eddy.Source{Name: "shop", Served: true, Dialer: dial.Anywhere(), Options: map[string]string{"project": "p", "method": method, "keyfile": "k.json"}}
		if _, err := bigquery.Kind().Open(t.Context(), src); err == nil || !strings.Contains(err.Error(), "not taken on a server") {
			t.Errorf("method %q: %v", method, err)
		}
	}
	src := eddy.Source{Name: "shop", Served: true, Options: map[string]string{"project": "p", "method": "service-account-json", "keyfile_json": key(t, "http://127.0.0.1:1/token")}}
	_, err := bigquery.Kind().Open(t.Context(), src)
	if _, refused := errors.AsType[*dial.Refused](err); !refused {
		t.Errorf("the address of tokens: %v", err)
	}
}

// key is a service account's, whose tokens come from an address.
func key(t *testing.T, tokens string) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "p", "private_key_id": "1", "client_email": "eddy@p.iam.gserviceaccount.com", "token_uri": tokens,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestBytes: what a model would read is told before it runs, and refused where it is more than
// the source allows, which each query says too.
func TestBytes(t *testing.T) {
	t.Parallel()
	var ran atomic.Bool
	options := canned(t, func(job asked) (int, string) {
		c := job.Configuration
		if !c.DryRun {
			ran.Store(true)
			if c.Query.MaximumBytesBilled != "999" || c.Query.Priority != "BATCH" || c.Labels["app"] != "eddy" || !strings.HasPrefix(job.JobReference.JobID, "eddy_") {
				t.Errorf("the job is %+v", job)
			}
		}
		return http.StatusOK, fmt.Sprintf(planned, "SELECT", 1000, "")
	})
	var meter warehouse.Meter
	stage := func() error {
		src, err := open(t.Context(), options)
		if err != nil {
			return err
		}
		defer src.Close()
		if n, err := src.(warehouse.Estimator).Estimate(t.Context(), eddy.Model{Table: "d.t"}, selected()); n != 1000 || err != nil {
			t.Errorf("the model is said to read %d bytes (%v)", n, err)
		}
		e, err := duckdb.Engine{}.Open(t.Context())
		if err != nil {
			return err
		}
		defer e.Close()
		_, err = src.Stage(warehouse.WithMeter(t.Context(), &meter), e, `"eddy_stage"`, selected(), eddy.Model{Table: "d.t"})
		return err
	}
	options["priority"] = "batch"
	options["maximum_bytes_billed"] = "999"
	if err := stage(); err == nil || !strings.Contains(err.Error(), "would read 1,000 bytes") || ran.Load() {
		t.Errorf("%v; it ran: %t", err, ran.Load())
	}
	options["maximum_bytes_billed"] = "1000"
	options["priority"] = "interactive"
	// Rows are counted (promise 3): of three two came.
	options = canned(t, func(asked) (int, string) { return http.StatusOK, fmt.Sprintf(planned, "SELECT", 1000, "") })
	if err := stage(); err == nil || !strings.Contains(err.Error(), "of 3 rows 2 came") {
		t.Errorf("a result that was cut short: %v", err)
	}
	if u := meter.Usage(); u == nil || *u != (eddy.Usage{Statements: 1, BytesScanned: 10_485_760, Seconds: 2.5}) {
		t.Errorf("what the job used: %+v", u)
	}
}

// TestParameters: nobody gives parameters.
func TestParameters(t *testing.T) {
	t.Parallel()
	src, err := open(t.Context(), canned(t, func(asked) (int, string) {
		return http.StatusOK, fmt.Sprintf(planned, "SELECT", 0, `, "undeclaredQueryParameters": [{"name": "id"}]`)
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	if _, err := src.Columns(t.Context(), eddy.Model{SQL: "SELECT @id AS id"}); err == nil || !strings.Contains(err.Error(), "parameters") {
		t.Error(err)
	}
}

// TestMessagesNeverQuoteValues: what a query says while it runs may have a value in it, and is
// not told (promise 10).
func TestMessagesNeverQuoteValues(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"Bad int64 value: hush@x.com", "Failed to parse input string \"hush@x.com\"", "ERROR: hush@x.com", "Division by zero: hush@x.com / 0"} {
		options := canned(t, func(job asked) (int, string) {
			if job.Configuration.DryRun {
				return http.StatusOK, fmt.Sprintf(planned, "SELECT", 0, "")
			}
			return 400, fmt.Sprintf(refusal, 400, message, "invalidQuery")
		})
		src, err := open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		err = bigquery.Read(t.Context(), src, selected(), eddy.Model{Table: "d.t"}, func([][]byte) error { return nil })
		if err == nil || strings.Contains(err.Error(), "hush") || !strings.Contains(err.Error(), "Run the model's SQL by itself") {
			t.Errorf("%s is told as: %v", message, err)
		}
		_ = src.Close()
	}
}

// TestCancelReachesTheServer: the library leaves a job running whose context was cancelled.
func TestCancelReachesTheServer(t *testing.T) {
	site := warehousetest.NewSite(t, "bigquery")
	s, _ := warehousetest.BigQuery(t)
	src, err := open(t.Context(), site.Options)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() {
		ended <- bigquery.Read(ctx, src, selected(), eddy.Model{SQL: site.Spelling.Endless}, func([][]byte) error { return nil })
	}()
	await(t, "the job begins", func() bool { return running(t, s) == 1 })
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the error: %v", err)
	}
	await(t, "the job ends", func() bool { return running(t, s) == 0 })
}
