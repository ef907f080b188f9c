package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// health answers those who watch over the process. It tells nobody why something is
// wrong: the log does.
type health struct {
	// ping asks what the server cannot do without.
	ping func(context.Context) error
	// leaving is set when the server is about to stop.
	leaving atomic.Bool
}

// pingTimeout bounds one question of a load balancer.
const pingTimeout = 3 * time.Second

// alive says that the process answers; when it does not, a restart may help.
func (*health) alive(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") }

// ready says that requests can be sent here. While the store is away a restart would not
// help, so this is not the same question.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
	defer cancel()
	switch {
	case h.leaving.Load():
		say(w, http.StatusServiceUnavailable, "shutting down")
	case h.ping(ctx) != nil:
		say(w, http.StatusServiceUnavailable, "the store does not answer")
	default:
		say(w, http.StatusOK, "ready")
	}
}

// say is http.Error for any status: plain text that no browser takes for a page.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}
