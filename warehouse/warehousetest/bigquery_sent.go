package warehousetest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// bigQueryEar passes on what is asked of a server, and hears which jobs are.
type bigQueryEar struct {
	mu   sync.Mutex
	sent []string
}

// hearBigQuery gives the address at which it listens until the test ends.
func hearBigQuery(tb testing.TB, endpoint string) (*bigQueryEar, string) {
	tb.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		tb.Fatal(err)
	}
	ear := &bigQueryEar{}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
		w.WriteHeader(http.StatusBadGateway)
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/jobs") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return // who asks has gone
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			ear.hear(r.Header.Get("Content-Type"), body)
		}
		pass.ServeHTTP(w, r)
	}))
	tb.Cleanup(server.Close)
	return ear, server.URL
}

// bigQueryTable is a table that a job writes.
type bigQueryTable struct{ ProjectID, DatasetID, TableID string }

func (t bigQueryTable) String() string {
	return "`" + t.ProjectID + "`.`" + t.DatasetID + "`.`" + t.TableID + "`"
}

// hear takes down a job that is inserted. What is no SQL of a job's is a comment before it.
func (e *bigQueryEar) hear(kind string, body []byte) {
	if kind, more, _ := mime.ParseMediaType(kind); strings.HasPrefix(kind, "multipart/") {
		if part, err := multipart.NewReader(bytes.NewReader(body), more["boundary"]).NextPart(); err == nil {
			body, _ = io.ReadAll(part)
		}
	}
	var job struct {
		Configuration struct {
			DryRun bool
			Query  struct {
				Query, WriteDisposition string
				DestinationTable        *bigQueryTable
			}
			Load struct {
				SourceFormat, WriteDisposition string
				DestinationTable               bigQueryTable
				Schema                         struct{ Fields []struct{ Name, Type string } }
			}
		}
	}
	if err := json.Unmarshal(body, &job); err != nil {
		return
	}
	c := job.Configuration
	text := c.Query.Query
	switch {
	case text == "":
		var columns []string
		for _, f := range c.Load.Schema.Fields {
			columns = append(columns, f.Name+" "+f.Type)
		}
		text = "-- A load job, " + c.Load.SourceFormat + ", " + c.Load.WriteDisposition + ", into " + c.Load.DestinationTable.String() + " (" + strings.Join(columns, ", ") + ")"
	case c.DryRun:
		text = "-- A dry run.\n" + text
	case c.Query.DestinationTable != nil:
		text = "-- The result goes into " + c.Query.DestinationTable.String() + ", " + c.Query.WriteDisposition + ".\n" + text
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sent = append(e.sent, text)
}

// heard are the jobs until now.
func (e *bigQueryEar) heard() ([]string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.sent...), nil
}
