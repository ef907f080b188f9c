package telemetry

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Served counts the requests that next answers.
func (m *Metrics) Served(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		answer := &answer{ResponseWriter: w, status: http.StatusOK}
		method, route := method(r), ""
		defer func() { // also when the handler panics, which net/http takes care of
			if route = r.Pattern; route == "" || route == "/" {
				route = area(r.URL.Path)
			}
			m.served.WithLabelValues(method, route, strconv.Itoa(answer.status)).Inc()
			if !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/event-stream") {
				m.servedSeconds.WithLabelValues(method, route).Observe(time.Since(began).Seconds())
			}
		}()
		next.ServeHTTP(answer, r)
	})
}

// method is a label that strangers cannot make new ones of.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	default:
		return "other"
	}
}

// area is the part of the server that a path lies in: a path itself would make a label
// for each name that somebody asks for.
func area(path string) string {
	for _, a := range []string{"/api/", "/v2/", "/river/"} {
		if strings.HasPrefix(path, a) {
			return a
		}
	}
	return "/"
}

// answer notes the status of an answer on its way.
type answer struct {
	http.ResponseWriter
	status int
	wrote  bool
}

// WriteHeader notes the status.
func (a *answer) WriteHeader(status int) {
	if !a.wrote && status >= http.StatusOK {
		a.status, a.wrote = status, true
	}
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the server flush and set deadlines.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// Flush passes on that what was written is to go out now.
func (a *answer) Flush() {
	_ = http.NewResponseController(a.ResponseWriter).Flush() // a writer that cannot has nothing to flush
}
