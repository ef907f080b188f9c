package databricks_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/databricks"
)

// starting is a workspace whose SQL warehouse does not begin before it is ready.
func starting(t *testing.T, ready *atomic.Bool) map[string]string {
	t.Helper()
	var canceled atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/cancel") {
			canceled.Store(true)
		}
		state := "PENDING"
		switch {
		case canceled.Load():
			state = "CANCELED"
		case ready.Load():
			state = "SUCCEEDED"
		}
		_, _ = io.WriteString(w, `{"statement_id":"s1","status":{"state":"`+state+`"}}`)
	}))
	t.Cleanup(server.Close)
	return map[string]string{"host": server.URL, "http_path": "/sql/1.0/warehouses/w1", "catalog": "main", "token": "t"}
}

// Who opens a source while the warehouse starts is told once, and waits.
func TestWarehouseThatStarts(t *testing.T) {
	t.Parallel()
	var ready atomic.Bool
	var told []string
	src, err := open(warehouse.WithWaiting(t.Context(), func(text string) {
		told = append(told, text)
		time.AfterFunc(3*time.Second, func() { ready.Store(true) })
	}), starting(t, &ready))
	must(t, err)
	must(t, src.Close())
	if len(told) != 1 || !strings.Contains(told[0], "to start") {
		t.Errorf("it was told %q", told)
	}
}

// A warehouse that does not start in time is not a statement that took too long.
func TestWarehouseThatDoesNotStart(t *testing.T) {
	t.Parallel()
	_, err := databricks.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: starting(t, new(atomic.Bool)), Patience: time.Second})
	if err == nil || !strings.Contains(err.Error(), "had not begun") || !strings.Contains(err.Error(), "starts") || eddy.ErrorCode(err) != eddy.CodeSource {
		t.Errorf("it says: %v", err)
	}
}
