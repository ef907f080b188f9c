package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
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

// The newest run is rejected as the server counts: one that was skipped since, while it waited
// or a run was at work, is nothing to decide about.
func TestTheRunBehindSkippedOnesIsRejected(t *testing.T) {
	t.Parallel()
	runs := []api.Run{{RunID: "r4", Status: store.Skipped}, {RunID: "r3", Status: store.Skipped}, {RunID: "r2", Status: "needs_approval"}, {RunID: "r1", Status: "succeeded"}}
	answers := http.NewServeMux()
	answers.HandleFunc("GET /api/v1/connections/vip", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) })
	answers.HandleFunc("GET /api/v1/runs", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(api.Page[api.Run]{Items: runs})
	})
	answers.HandleFunc("POST /api/v1/runs/{id}/reject", func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(api.Run{RunID: r.PathValue("id"), Status: "cancelled"})
	})
	srv := httptest.NewServer(answers)
	t.Cleanup(srv.Close)
	reject := func() (int, string) {
		var out, errs bytes.Buffer
		m := &Main{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Getenv: func(string) (string, bool) { return "eddy_token", true }}
		return m.Run(t.Context(), []string{"sync", "vip", "--reject", "--server", srv.URL}), out.String() + errs.String()
	}
	if code, said := reject(); code != 0 || !strings.Contains(said, "run r2 is dropped") {
		t.Errorf("exit code %d, %s", code, said)
	}
	runs = runs[:2]
	if code, said := reject(); code != 2 || !strings.Contains(said, "connection vip has no run that waits for approval") {
		t.Errorf("only skipped ones: exit code %d, %s", code, said)
	}
}
