package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestReadyTellsTwoTroublesApart asks as a load balancer does.
func TestReadyTellsTwoTroublesApart(t *testing.T) {
	t.Parallel()
	var away error
	h := &health{ping: func(context.Context) error { return away }}
	ask := func(handle http.HandlerFunc) (int, string) {
		w := httptest.NewRecorder()
		handle(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
		return w.Code, w.Body.String()
	}
	if code, _ := ask(h.ready); code != http.StatusOK {
		t.Errorf("ready answers %d", code)
	}
	away = errors.New("connection refused by postgres://eddy:hunter2@db")
	if code, text := ask(h.ready); code != http.StatusServiceUnavailable || strings.Contains(text, "hunter2") {
		t.Errorf("without a store: %d %q", code, text)
	}
	if code, _ := ask(h.alive); code != http.StatusOK {
		t.Errorf("without a store the process still lives, and answers %d", code)
	}
	away = nil
	h.leaving.Store(true)
	if code, text := ask(h.ready); code != http.StatusServiceUnavailable || !strings.Contains(text, "shutting down") {
		t.Errorf("while it stops: %d %q", code, text)
	}
}

func TestServeRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	good := serving{listening: listening{address: "127.0.0.1:0"}, role: "all", workers: 4, logFormat: "text"}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*serving){
		"--role":          func(s *serving) { s.role = "boss" },
		"--workers":       func(s *serving) { s.workers = 0 },
		"--log-format":    func(s *serving) { s.logFormat = "xml" },
		"--otlp-endpoint": func(s *serving) { s.otlp = "localhost:4318" },
		"--listen":        func(s *serving) { s.address = ":8484" },
	} {
		bad := good
		change(&bad)
		if err := bad.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestOIDCWantsAllOrNothing(t *testing.T) {
	t.Parallel()
	env := func(pairs ...string) func(string) (string, bool) {
		return func(name string) (string, bool) {
			for i := 0; i < len(pairs); i += 2 {
				if "EDDY_OIDC_"+pairs[i] == name {
					return pairs[i+1], true
				}
			}
			return "", false
		}
	}
	const url = "https://eddy.example.com"
	if cfg, err := oidcFrom(env(), url); cfg != nil || err != nil {
		t.Errorf("without variables: %v, %v", cfg, err)
	}
	whole := []string{"ISSUER", "https://id.example.com", "CLIENT_ID", "eddy", "CLIENT_SECRET", "not-to-be-seen", "ROLE", "viewer", "DOMAINS", "example.com, example.org"}
	cfg, err := oidcFrom(env(whole...), url)
	if err != nil || cfg.ClientSecret != "not-to-be-seen" || len(cfg.Domains) != 2 {
		t.Errorf("with all variables: %+v, %v", cfg, err)
	}
	for _, pairs := range [][]string{whole[:4], whole[:2], whole[2:]} {
		if _, err := oidcFrom(env(pairs...), url); err == nil || strings.Contains(err.Error(), "not-to-be-seen") {
			t.Errorf("%v: %v", pairs[:1], err)
		}
	}
	if _, err := oidcFrom(env(whole...), ""); err == nil {
		t.Error("without a public URL the provider could not send people back")
	}
	if _, err := oidcFrom(env(append(whole[:6:6], "ROLE", "boss")...), url); err == nil {
		t.Error("boss is not a role")
	}
}
