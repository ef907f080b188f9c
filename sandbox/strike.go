package sandbox

import (
	"cmp"
	"net"
	"net/http"
	"strconv"
	"time"
)

// withFaults carries a call out, bent by the fault that strikes it, if any.
func (s *Server) withFaults(c *call) reply {
	// The body comes first: only then does net/http notice a client that goes away.
	if !c.form && !(s.cfg.CountOnly && c.route.endpoint == users) {
		if refusal := s.read(c); refusal != nil {
			return *refusal
		}
		if refusal := s.checkHash(c); refusal != nil {
			return *refusal
		}
	}
	f := s.faults.pick(c)
	if f == nil {
		return s.handle(c)
	}
	c.fault, c.log.Fault = f, f.ID
	if f.When == After {
		r := s.handle(c)
		f.wait(c)
		return f.bend(r)
	}
	f.wait(c)
	if f.replaces() {
		return f.bend(reply{})
	}
	return f.bend(s.handle(c))
}

// wait delays, but not longer than the client listens.
func (f *firing) wait(c *call) {
	if f.Delay == 0 {
		return
	}
	t := time.NewTimer(time.Duration(f.Delay))
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.r.Context().Done():
	}
}

func (f *firing) replaces() bool { return f.Status != 0 || f.Reset }

// bend changes an answer as the fault says.
func (f *firing) bend(r reply) reply {
	if f.Status != 0 {
		r = f.answer()
	}
	r.drop, r.truncate = f.Reset, f.Truncate
	return r
}

// answer is the answer of a status fault.
func (f *firing) answer() reply {
	r := reply{status: f.Status}
	switch f.Body {
	case BodyEmpty:
	case BodyHTML:
		r.contentType = "text/html"
		r.body = []byte("<html><body><h1>" + strconv.Itoa(f.Status) + " " + http.StatusText(f.Status) + "</h1></body></html>\n")
	default:
		code := cmp.Or(f.Code, codeFor(f.Status))
		r = refuse(f.Status, nil, apiError{Code: code, Message: cmp.Or(f.Message, http.StatusText(f.Status))})
	}
	if f.Body == BodyCut {
		r.body = r.body[:len(r.body)/2]
	}
	r.retryAfter = f.RetryAfter
	return r
}

// codeFor is the code that X's table has for a status.
func codeFor(status int) string {
	switch status {
	case http.StatusBadRequest:
		return codeInvalidParameter
	case http.StatusUnauthorized:
		return codeUnauthorized
	case http.StatusForbidden:
		return "UNAUTHORIZED_CLIENT_APPLICATION"
	case http.StatusNotFound:
		return codeNotFound
	case http.StatusRequestTimeout:
		return "CANCELLED_REQUEST"
	case http.StatusLocked:
		return "LOCK_ACQUISITION_TIMEOUT"
	case http.StatusTooManyRequests:
		return codeTooManyRequests
	case http.StatusServiceUnavailable:
		return codeUnavailable
	}
	return codeInternal
}

// dropsUsers says that the users call answers as if, but changes nothing.
func (f *firing) dropsUsers() bool {
	return f != nil && (f.CountOff != 0 || f.TotalOff != 0) && f.When != After
}

// countsOff is what the users call adds to its two counts.
func (f *firing) countsOff() (success, total int) {
	if f == nil {
		return 0, 0
	}
	return f.CountOff, f.TotalOff
}

// write sends an answer. The request is logged first, so that whoever has the answer
// finds it in the log.
func (s *Server) write(w http.ResponseWriter, c *call, r reply) {
	c.log.Status, c.log.Codes, c.log.Duration = r.status, r.codes, time.Since(c.started)
	if r.drop {
		c.log.Status = 0
	}
	s.log.add(c.log)
	if r.drop {
		drop(w)
		return
	}
	h := w.Header()
	s.limitHeaders(h, c, r)
	if r.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(r.retryAfter))
	}
	if r.contentType != "" {
		h.Set("Content-Type", r.contentType)
	}
	if r.contentType == jsonType {
		h.Set("Content-Disposition", "attachment; filename=json.json")
	}
	h.Set("X-Access-Level", "read-write")
	h.Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	if r.truncate {
		_, _ = w.Write(r.body[:len(r.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler) // the documented way to cut an answer off
	}
	_, _ = w.Write(r.body)
}

// limitHeaders tells where the client stands. A 429 always has a reset, because X's own
// clients fall over without one.
func (s *Server) limitHeaders(h http.Header, c *call, r reply) {
	if c.limit == nil || c.fault != nil && c.fault.NoLimits {
		return
	}
	st := *c.limit
	if r.status == http.StatusTooManyRequests && c.fault != nil {
		st.remaining = 0
		st.reset = s.cfg.Now().Add(time.Duration(r.retryAfter) * time.Second)
	}
	st.headers(h, c.r.Method == http.MethodGet && c.route.account != "")
}

// drop closes the connection without an answer.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: resets the stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset rather than an orderly end
	}
	_ = conn.Close()
}
