package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// EventsRequest says which record events.
type EventsRequest struct {
	Full bool `json:"full,omitempty" doc:"Every row, not only what changed"`
}

func (s *server) changeRoutes() {
	op := endpoint("download-events", http.MethodPost, "/api/v1/connections/{name}/record-events", "Download what a run would deliver as record events, one JSON object a line")
	op.Description = "What leaves comes first. With the state in the warehouse they have the model's values, so it takes the right to see raw values, and is in the audit log. " +
		"It sends nothing and changes nothing. An answer that is cut off is not the whole."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Record events",
		Content:     map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	add(s, op, s.downloadEvents)
}

// rawOnly refuses those who may not see raw values.
func rawOnly(ctx context.Context, what string) error {
	if who(ctx).raw {
		return nil
	}
	return &Problem{
		Status: http.StatusForbidden, Code: "forbidden", Detail: what + " takes the right to see raw values, which you do not have",
		Mend: "Ask an administrator for it. A token has it where its user has, and it was made with it.",
	}
}

func (s *server) downloadEvents(ctx context.Context, in *struct {
	ByName

	Body EventsRequest
},
) (*huma.StreamResponse, error) {
	if err := rawOnly(ctx, "the record events of a connection"); err != nil {
		return nil, err
	}
	set, err := s.having(ctx, store.Connection, in.Name)
	if err != nil {
		return nil, err
	}
	if err := s.atHome(ctx, set.Local(set.Connections[in.Name]), in.Name); err != nil {
		return nil, err
	}
	err = s.Store.Note(ctx, store.Audit{Actor: who(ctx).actor, Action: "download_events", Kind: string(store.Connection), Name: in.Name})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(c huma.Context) {
		req, w := humago.Unwrap(c)
		ctx, cancel := s.welcome(c.Context(), req, "download-events")
		defer cancel()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a large model takes long
		out := &eventLines{w: w}
		err := s.events(ctx, set, &setup.EventsLook{Connection: in.Name, Full: in.Body.Full}, out)
		switch {
		case err == nil:
		case out.out == nil:
			s.write(w, req, s.problem(ctx, err))
		default:
			s.Logger.ErrorContext(c.Context(), "download record events", "connection", in.Name, "error", err)
			panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
		}
	}}, nil
}

// events streams record events to somebody who waits.
func (s *server) events(ctx context.Context, set *setup.Setup, l *setup.EventsLook, out *eventLines) error {
	ctx, give := context.WithCancelCause(ctx)
	defer give(nil)
	heard := *set
	heard.Hear = func(n setup.News) {
		if ctx.Err() != nil {
			return
		}
		if err := out.add(n.Events); err != nil {
			give(err)
		}
	}
	if err := s.look(ctx, downloadTimeout, &heard, l); err != nil {
		return err
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return out.end()
}

// eventLines is an answer that is record events. It begins with the first of them: until
// then an error can be told.
type eventLines struct {
	w   http.ResponseWriter
	out *bufio.Writer
}

func (e *eventLines) begin() {
	if e.out == nil {
		e.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		e.out = bufio.NewWriterSize(e.w, 1<<16)
	}
}

func (e *eventLines) add(events []eddy.Record) error {
	if len(events) == 0 {
		return nil
	}
	e.begin()
	enc := json.NewEncoder(e.out)
	enc.SetEscapeHTML(false)
	for _, r := range events {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *eventLines) end() error {
	e.begin()
	return e.out.Flush()
}
