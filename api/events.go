package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const (
	// eventEvery is how often a stream looks for something new.
	eventEvery = 500 * time.Millisecond
	// aliveEvery is how often a stream without news says that it is there, so that no proxy
	// takes it for dead.
	aliveEvery = 15 * time.Second
)

func (s *server) eventRoutes() {
	op := endpoint("watch-run", http.MethodGet, "/api/v1/runs/{id}/events", "Watch a run as server-sent events")
	op.Description = "Each event is named run, and its data is the run as it stands; there is one at once, and one for each change, twice a second at most. The stream ends with the run, and within seconds when who watches may no longer."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Events",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	add(s, op, s.watchRun)
}

func (s *server) watchRun(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
	if _, err := s.Store.Run(ctx, in.ID); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		r, w := humago.Unwrap(c)
		ctx, cancel := s.welcome(c.Context(), r, "watch-run")
		defer cancel()
		h := w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("X-Accel-Buffering", "no") // proxies that hold answers back
		w.WriteHeader(http.StatusOK)
		if err := s.stream(ctx, w, in.ID); err != nil {
			s.Logger.DebugContext(c.Context(), "a stream of events ended", "run", in.ID, "error", err)
		}
	}}, nil
}

// stream writes events until the run, the client or the server has ended.
func (s *server) stream(ctx context.Context, w http.ResponseWriter, id string) error {
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // not all connections have one
	tick := time.NewTicker(eventEvery)
	defer tick.Stop()
	var last []byte
	quiet := time.Now()
	for {
		r, err := s.Store.Run(ctx, id)
		if err != nil {
			return err
		}
		data, err := json.Marshal(runOf(r))
		if err != nil {
			return err
		}
		text := ""
		switch {
		case !bytes.Equal(data, last):
			last, text = data, fmt.Sprintf("event: run\ndata: %s\n\n", data)
		case time.Since(quiet) >= aliveEvery:
			text = ": still here\n\n"
		}
		if text != "" {
			quiet = time.Now()
			if _, err := w.Write([]byte(text)); err != nil {
				return err
			}
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if r.State.Ended() {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.Closing:
			return nil
		}
	}
}
