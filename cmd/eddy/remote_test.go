package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
)

// TestServerOfAnotherVersion: a server that does not know what is asked, or answers what
// nobody can read, is told with what to do.
func TestServerOfAnotherVersion(t *testing.T) {
	t.Parallel()
	answers := http.NewServeMux()
	answers.HandleFunc("GET /api/v1/setup", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(api.Setup{Version: "v0.1.0"})
	})
	answers.HandleFunc("GET /api/v1/connections/{name}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })
	answers.HandleFunc("POST /api/v1/connections/{name}/plan", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) })
	answers.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(api.Problem{Status: http.StatusNotFound, Code: "not_found", Detail: api.NoEndpoint + ": " + r.Method + " " + r.URL.Path})
	})
	srv := httptest.NewServer(answers)
	t.Cleanup(srv.Close)
	for _, c := range []struct {
		command, want string
		code          int
	}{
		{"records", "it is of version v0.1.0, and this program of", 2},
		{"plan", "cannot be read: invalid character '<' looking for beginning of value\n  Check that the address", 1},
	} {
		var out, errs bytes.Buffer
		m := &Main{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) (string, bool) { return "eddy_token", true }}
		if code := m.Run(t.Context(), []string{c.command, "vip", "--server", srv.URL}); code != c.code || !strings.Contains(errs.String(), c.want) || out.Len() > 0 {
			t.Errorf("%s: exit code %d, %s%s", c.command, code, &out, &errs)
		}
	}
}
