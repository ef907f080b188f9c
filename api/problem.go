package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/store"
)

// problemType is the media type of problems.
const problemType = "application/problem+json"

// Problem is trouble, told as RFC 9457 has it.
type Problem struct {
	// Title is the status in words.
	Title  string `json:"title"`
	Status int    `json:"status"`
	// Detail says what went wrong, and where.
	Detail string `json:"detail"`
	// Mend says what to do about it.
	Mend string `json:"mend,omitempty"`
	// At is where in the model's SQL, if that is known.
	At *eddy.Point `json:"at,omitempty"`
	// Code tells kinds of trouble apart that share a status.
	Code string `json:"code,omitempty"`
	// Errors are the mistakes in a request, one by one.
	Errors []Mistake `json:"errors,omitempty"`
	// RunID is the run that is in the way.
	RunID string `json:"run_id,omitempty"`

	header http.Header
}

// Mistake is one thing that is wrong in a request.
type Mistake struct {
	// Pointer is where, as a JSON pointer into the body.
	Pointer string `json:"pointer,omitempty"`
	// Key, Line and Column are where, in a configuration file.
	Key    string `json:"key,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	Detail string `json:"detail"`
	Mend   string `json:"mend,omitempty"`
}

// Error tells what went wrong, and how to mend it.
func (p *Problem) Error() string {
	var text strings.Builder
	text.WriteString(p.Detail)
	for _, m := range p.Errors {
		where := m.Key
		if where == "" {
			where = m.Pointer
		}
		if m.Line > 0 {
			where = fmt.Sprintf("%d:%d: %s", m.Line, m.Column, where)
		}
		text.WriteString("\n" + where + ": " + m.Detail)
		if m.Mend != "" {
			text.WriteString("; " + m.Mend)
		}
	}
	if p.Mend != "" {
		text.WriteString("\n  " + p.Mend)
	}
	return text.String()
}

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are headers of the answer.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is the media type of the answer.
func (p *Problem) ContentType(string) string { return problemType }

// problem tells an error as a problem. What nobody outside should read goes to the log.
func (s *server) problem(ctx context.Context, err error) *Problem {
	p := known(err)
	if p == nil {
		s.Logger.ErrorContext(ctx, "request failed", "error", err)
		p = &Problem{Status: http.StatusInternalServerError, Code: string(eddy.CodeInternal), Detail: "something went wrong inside of the server", Mend: "The server's log says what."}
	}
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	return p
}

// known tells errors that are not the server's fault; nil for others.
func known(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if a, ok := errors.AsType[*store.ActiveError](err); ok {
		return &Problem{
			Status: http.StatusConflict, Code: "active", RunID: a.RunID, Mend: "Wait until it has ended, or cancel it.",
			Detail: fmt.Sprintf("connection %s already has run %s, which is %s", a.Connection, a.RunID, a.State),
		}
	}
	if full, ok := errors.AsType[*store.FullError](err); ok {
		return &Problem{
			Status: http.StatusServiceUnavailable, Code: "full", Detail: full.Error(), Mend: "The operator makes room there, or moves the folder.",
			header: http.Header{"Retry-After": {"60"}},
		}
	}
	if problems, ok := catalog.Problems(err); ok {
		return mistakes(problems, "", "")
	}
	if e, ok := errors.AsType[*eddy.Error](err); ok && e.Code != eddy.CodeInternal {
		// An error without advice may have a cause that brings some, on a line of its own.
		detail, mend, _ := strings.Cut(strings.TrimSuffix(err.Error(), "\n  "+e.Mend), "\n  ")
		if e.Mend != "" {
			mend = e.Mend
		}
		p := &Problem{Status: statusOf(e.Code), Code: string(e.Code), Detail: detail, Mend: mend}
		if e.At.Line > 0 {
			p.At = &e.At
		}
		return p
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return &Problem{Status: http.StatusNotFound, Code: "not_found", Detail: err.Error()}
	case errors.Is(err, store.ErrConflict):
		return &Problem{Status: http.StatusConflict, Code: string(eddy.CodeConflict), Detail: err.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return &Problem{Status: http.StatusGatewayTimeout, Code: "timeout", Detail: "the warehouse or the destination took too long"}
	case errors.Is(err, context.Canceled):
		return &Problem{Status: statusClientClosed, Code: "cancelled", Detail: "the request was given up"}
	}
	return nil
}

// statusClientClosed is what servers log for a client that went away.
const statusClientClosed = 499

func statusOf(code eddy.Code) int {
	switch code {
	case eddy.CodeUsage:
		return http.StatusBadRequest
	case eddy.CodeConfig:
		return http.StatusUnprocessableEntity
	case eddy.CodeSource, eddy.CodeDestination:
		return http.StatusBadGateway
	case eddy.CodeConflict, eddy.CodeApproval:
		return http.StatusConflict
	default:
		return http.StatusInternalServerError
	}
}

// mistakes tells the problems of a configuration; those of one object with pointers into
// its value in the body.
func mistakes(problems config.Problems, kind store.Kind, name string) *Problem {
	p := &Problem{Status: http.StatusUnprocessableEntity, Code: string(eddy.CodeConfig)}
	for _, x := range problems {
		m := Mistake{Key: x.Key, Line: x.Line, Column: x.Column, Detail: x.Message, Mend: x.Suggestion}
		if pointer, ok := catalog.Pointer(x.Key, kind, name); ok && kind != "" {
			m.Key, m.Pointer = "", "/spec"+pointer
		}
		p.Errors = append(p.Errors, m)
	}
	p.Detail = "the configuration has a mistake"
	if n := len(p.Errors); n > 1 {
		p.Detail = "the configuration has " + eddy.Plural(int64(n), "mistake")
	}
	return p
}

// mostMistakes is how many mistakes of a request are told one by one.
const mostMistakes = 20

// translate turns what the library says about a request into a problem. Values are left
// out: they may be secrets.
func (s *server) translate(_ huma.Context, _ string, v any) (any, error) {
	e, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Title: http.StatusText(e.Status), Status: e.Status, Detail: e.Detail, Code: string(eddy.CodeUsage)}
	for i, d := range e.Errors {
		if i == mostMistakes {
			p.Detail += ", and " + eddy.Plural(int64(len(e.Errors)-i), "more mistake")
			break
		}
		m := Mistake{Detail: d.Message}
		if rest, body := strings.CutPrefix(d.Location, "body"); body {
			m.Pointer = "/" + strings.Trim(strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(rest), "/")
		} else {
			m.Key = d.Location
		}
		p.Errors = append(p.Errors, m)
	}
	return p, nil
}

// write answers with a problem where the library does not.
func (s *server) write(w http.ResponseWriter, r *http.Request, p *Problem) {
	if err := writeProblem(w, p); err != nil {
		s.Logger.DebugContext(r.Context(), "answer a problem", "error", err)
	}
}

func writeProblem(w http.ResponseWriter, p *Problem) error {
	if p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	maps.Copy(w.Header(), p.header)
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	return json.NewEncoder(w).Encode(p)
}

// bad is a request that cannot be understood.
func bad(pointer, format string, args ...any) *Problem {
	detail := fmt.Sprintf(format, args...)
	return &Problem{Status: http.StatusUnprocessableEntity, Code: string(eddy.CodeUsage), Detail: detail, Errors: []Mistake{{Pointer: pointer, Detail: detail}}}
}

// missing is a thing that is not there.
func missing(format string, args ...any) *Problem {
	return &Problem{Status: http.StatusNotFound, Code: "not_found", Detail: fmt.Sprintf(format, args...)}
}
