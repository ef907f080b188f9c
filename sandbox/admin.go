package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// backstage serves what X does not have: the view behind the scenes. Writes from other
// sites' pages are refused, since the sandbox listens where a browser can reach it.
func (s *Server) backstage() *http.ServeMux {
	guard := http.NewCrossOriginProtection()
	inner := http.NewServeMux()
	inner.HandleFunc("GET /_sandbox/audiences", s.adminAudiences)
	inner.HandleFunc("GET /_sandbox/audiences/{id}/members", s.adminMembers)
	inner.HandleFunc("POST /_sandbox/audiences/{id}/targeted", s.adminTarget)
	inner.HandleFunc("GET /_sandbox/requests", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Requests())
	})
	inner.HandleFunc("GET /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, s.Faults())
	})
	inner.HandleFunc("POST /_sandbox/faults", s.adminFault)
	inner.HandleFunc("DELETE /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	})
	inner.HandleFunc("POST /_sandbox/clock", s.adminClock)
	inner.HandleFunc("POST /_sandbox/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	inner.HandleFunc("GET /{$}", s.homePage)
	inner.HandleFunc("GET /audiences/{id}", s.audiencePage)
	outer := http.NewServeMux()
	outer.Handle("/", guard.Handler(inner))
	return outer
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(v) //nolint:errchkjson // an error means that the client has gone
}

func adminError(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}

func (s *Server) adminAudiences(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.Audiences())
}

func (s *Server) adminMembers(w http.ResponseWriter, r *http.Request) {
	list := s.Members(r.PathValue("id"))
	if list == nil {
		adminError(w, http.StatusNotFound, errors.New("no such audience"))
		return
	}
	writeJSON(w, http.StatusOK, struct {
		Identities []string `json:"identities"`
		People     int      `json:"people"`
	}{list, s.people(r.PathValue("id"))})
}

// adminTarget makes a campaign use an audience, in the shape of X's own answer.
func (s *Server) adminTarget(w http.ResponseWriter, r *http.Request) {
	const most = 1 << 16
	var c Campaign
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, most)).Decode(&c); err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	if err := s.Target(r.PathValue("id"), c); err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	writeJSON(w, http.StatusCreated, c)
}

// adminFault takes a fault, as JSON or in its text form.
func (s *Server) adminFault(w http.ResponseWriter, r *http.Request) {
	const most = 1 << 20
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	text := strings.TrimSpace(string(body))
	var f Fault
	if strings.HasPrefix(text, "{") {
		err = json.Unmarshal(body, &f)
	} else {
		f, err = ParseFault(text)
	}
	if err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	f.ID = s.faults.arm(f)
	writeJSON(w, http.StatusCreated, f)
}

// adminClock moves the members' clock: {"advance":"48h"}.
func (s *Server) adminClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance Duration `json:"advance"`
	}
	const most = 1 << 10
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, most)).Decode(&in); err != nil {
		adminError(w, http.StatusBadRequest, err)
		return
	}
	s.Advance(time.Duration(in.Advance))
	writeJSON(w, http.StatusOK, map[string]string{"now": stamp(s.now())})
}
