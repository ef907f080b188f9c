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

// TestOnlyAProxyIsBelieved writes addresses into headers, as clients and proxies do.
func TestOnlyAProxyIsBelieved(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/session", http.NoBody)
	r.RemoteAddr = "127.0.0.1:4711"
	from := (&server{serving: serving{listening: listening{address: "127.0.0.1:8484"}}}).comesFrom()
	if got := from(r); got != "127.0.0.1" {
		t.Errorf("without a proxy it comes from %q", got)
	}
	r.Header.Set("X-Forwarded-For", "1.2.3.4, 10.9.8.7")
	if got := from(r); got != "10.9.8.7" {
		t.Errorf("a client that claims 1.2.3.4 comes from %q; want the address that the proxy saw", got)
	}
	r.Header.Set("X-Forwarded-For", "nonsense")
	if got := from(r); got != "127.0.0.1" {
		t.Errorf("with nonsense it comes from %q", got)
	}
	if (&server{serving: serving{listening: listening{address: "0.0.0.0:443"}}}).comesFrom() != nil {
		t.Error("where anybody connects, nobody's header may be believed")
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
		"--public-url":    func(s *serving) { s.publicURL = "eddy.example.com" },
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
