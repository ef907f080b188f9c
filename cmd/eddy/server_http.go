package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/jobs"
	"github.com/eddy-retl/eddy/web"
)

// handler answers everything: a worker, only those who watch over it.
func (s *server) handler(ctx context.Context) (http.Handler, error) {
	mux, hosts := http.NewServeMux(), s.hosts()
	// Balancers and containers ask these by whatever name, and are told nothing but yes or no.
	mux.HandleFunc("GET /healthz", s.health.alive)
	mux.HandleFunc("GET /readyz", s.health.ready)
	mux.Handle("GET /metrics", hosts.Guard(s.scraped(s.metrics.Handler())))
	if s.role != roleWorker {
		oidc, err := oidcFrom(s.m.Getenv, s.publicURL)
		if err != nil {
			return nil, err
		}
		page, err := web.Handler()
		if err != nil {
			return nil, err
		}
		river, err := s.manager.Page(ctx, "/river")
		if err != nil {
			return nil, err
		}
		answers, err := api.New(api.Config{
			Store: s.store, Runner: s.manager.Runs(), StateDir: s.stateDir, Files: s.files(), Dialer: s.reach, Version: version(), Logger: s.log,
			PublicURL: s.publicURL, OIDC: oidc, Web: page, Closing: s.closing, Proxies: s.proxies,
			CheckAlert: jobs.CheckAlert, TestAlert: s.manager.TestAlert, AskSize: s.manager.AskSize, Begin: s.manager.Begin, RiverUI: river, Look: s.children.Do,
		})
		if err != nil {
			return nil, err
		}
		mux.Handle("/", hosts.Guard(answers))
	}
	return s.metrics.Served(mux), nil
}

// hosts are the names by which the server is asked.
func (s *server) hosts() api.Hosts {
	host, _, _ := net.SplitHostPort(s.address)
	h := api.Hosts{PublicURL: s.publicURL, Network: !isLoopback(host), Proxies: s.proxies}
	if s.cert != "" {
		h.Certified = (&certificate{certFile: s.cert, keyFile: s.key}).is
	}
	return h
}

// bearer is the token that a request comes with.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// announce tells where the server is and, when nobody can log in yet, how to.
func (s *server) announce(ctx context.Context, url string) error {
	dir, err := filepath.Abs(s.stateDir)
	if err != nil {
		return err
	}
	w := s.m.Stdout
	if s.role == roleWorker {
		fmt.Fprintf(w, "eddy works, state folder %s; /healthz, /readyz and /metrics at %s\n", dir, url)
		return nil
	}
	if s.publicURL != "" {
		url = s.publicURL
	}
	fmt.Fprintf(w, "eddy serves %s, API %s/api/v1, state folder %s\n", url, url, dir)
	token, needed, err := s.store.SetupToken(ctx)
	if err != nil || !needed {
		return err
	}
	fmt.Fprintf(w, "There is no user yet. The first administrator is made with this token, which is good once:\n\n  %s\n\n", token)
	fmt.Fprintf(w, "Open %s/setup#token=%s, or run \"eddy user add\" on this machine.\n", url, token)
	return nil
}
