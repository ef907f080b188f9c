package main

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eddy-retl/eddy/store"
)

// health answers those who watch over the process. It tells nobody why something is
// wrong: the log does.
type health struct {
	// ping asks what the server cannot do without.
	ping func(context.Context) error
	// room says whether the state folder still takes something; nil does not ask.
	room func() error
	// leaving is set when the server is about to stop.
	leaving atomic.Bool
}

// freshly is how long an answer about the room on the disk counts: to find out, something is written.
const freshly = 3 * time.Second

// roomOf asks for the room of a state folder, and not more often than needed.
func roomOf(dir string) func() error {
	var mu sync.Mutex
	var asked time.Time
	var last error
	return func() error {
		mu.Lock()
		defer mu.Unlock()
		if asked.IsZero() || time.Since(asked) > freshly {
			last, asked = store.Room(dir), time.Now()
		}
		return last
	}
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
	case h.room != nil && h.room() != nil:
		say(w, http.StatusServiceUnavailable, "the state folder takes nothing more: its disk is full, or cannot be written")
	default:
		say(w, http.StatusOK, "ready")
	}
}

// say is http.Error for any status: plain text that no browser takes for a page.
func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, text, status)
}
