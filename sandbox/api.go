package sandbox

import (
	"crypto/sha1"
	"errors"
	"hash"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// call is one API request on its way through the sandbox.
type call struct {
	r       *http.Request
	started time.Time
	route   route
	account string
	params  map[string]string // of query and form body
	echo    params            // request.params of the answer
	body    []byte            // nil for a users call in counting mode
	creds   credentials
	form    bool
	limit   *standing
	fault   *firing
	log     Request
}

const formType = "application/x-www-form-urlencoded"

// serveAPI answers a request for the API.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, version, rest string) {
	now := s.cfg.Now()
	c := &call{r: r, started: time.Now(), echo: params{}}
	c.log = Request{Time: now, Method: r.Method, Path: r.URL.Path}
	buffer := s.borrow()
	defer s.giveBack(c, buffer)
	c.body = (*buffer)[:0]

	h := w.Header()
	// X's clock is what a client can blame for a refused timestamp.
	h.Set("Date", now.UTC().Format(http.TimeFormat))
	h.Set("x-current-api-version", "12")
	if version == "11" {
		h.Set("x-api-warn", "Version 11 is deprecated, please use version 12")
	}
	answer := s.answer(c, version, rest)
	s.write(w, c, answer)
}

// answer takes a request through the gates that X has: version, signature, rate limit,
// route, account. What passes is the handler's.
func (s *Server) answer(c *call, version, rest string) reply {
	if version != "12" && version != "11" {
		return refuse(http.StatusForbidden, nil, apiError{Code: codeInvalid, Message: "Version " + version + ".0 is not available."})
	}
	if refusal := s.admit(c); refusal != nil {
		// A client that still sends would see a broken pipe in place of the answer.
		_, _ = io.CopyN(io.Discard, c.r.Body, int64(s.cfg.MaxBytes))
		return *refusal
	}
	rt, refusal := match(c.r.Method, rest)
	c.route = rt
	if refusal != nil {
		return *refusal
	}
	c.log.Audience = rt.audience
	if over := s.count(c); over != nil {
		return *over
	}
	c.account = strings.ToLower(rt.account)
	if rt.account != "" && !s.knows(c.account) {
		return refuse(http.StatusForbidden, nil,
			apiError{Code: s.cfg.AccountNotFoundCode, Message: "Account " + rt.account + " was not found"})
	}
	c.fill()
	return s.withFaults(c)
}

// admit verifies the signature, for which it must read a form body.
func (s *Server) admit(c *call) *reply {
	media, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	c.form = media == formType
	var form []param
	if c.form {
		if refusal := s.read(c); refusal != nil {
			return refusal
		}
		var err error
		if form, err = parseForm(string(c.body)); err != nil {
			bad := refuse(http.StatusBadRequest, nil, invalid("", "The body is not a valid form"))
			return &bad
		}
	}
	creds, t := s.authenticate(c.r, form)
	c.creds = creds
	if t != nil {
		return s.turnAway(c, t)
	}
	query, _ := parseForm(c.r.URL.RawQuery) // authenticate read it before
	c.params = map[string]string{}
	for _, p := range append(query, form...) {
		c.params[p.name] = p.value
	}
	if c.form {
		return s.checkHash(c)
	}
	return nil
}

// turnAway refuses credentials and notes why for people, not for the client.
func (s *Server) turnAway(c *call, t *trouble) *reply {
	c.log.Why = t.why
	r := s.unauthorized(t)
	return &r
}

// read takes in the body, one byte over the limit at most.
func (s *Server) read(c *call) *reply {
	limited := &io.LimitedReader{R: c.r.Body, N: int64(s.cfg.MaxBytes) + 1}
	body, err := readInto(c.body, limited, c.r.ContentLength)
	c.body, c.log.Bytes = body, int64(len(body))
	switch {
	case err != nil:
		bad := c.refuse(http.StatusBadRequest, invalid("", "The body could not be read"))
		return &bad
	case len(body) > s.cfg.MaxBytes:
		big := s.oversize(c)
		return &big
	}
	return nil
}

func (s *Server) oversize(c *call) reply {
	return c.refuse(s.cfg.OversizeStatus,
		apiError{Code: codeTooComplex, Message: "The request body is too large"})
}

// readInto reads to the end, into b where it fits.
func readInto(b []byte, r io.Reader, length int64) ([]byte, error) {
	const most = 8 << 20 // a length that a client claims is no reason to allocate it
	b = slices.Grow(b[:0], int(min(max(length, 0), most))+1)
	for {
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, err
		}
		if len(b) == cap(b) {
			b = slices.Grow(b, max(4096, len(b)))
		}
	}
}

// checkHash verifies oauth_body_hash over a body that was read.
func (s *Server) checkHash(c *call) *reply {
	if _, given := c.creds.get("oauth_body_hash"); !given {
		return nil
	}
	sum := sha1.Sum(c.body)
	return s.checkSum(c, sum[:])
}

func (s *Server) checkSum(c *call, sum []byte) *reply {
	if bodyHashMatches(c.creds, sum) {
		return nil
	}
	return s.turnAway(c, &trouble{"oauth_body_hash does not match the body", gatewayBadSignature})
}

// bodyHash returns what a streamed body must be written to, nil if no hash was sent.
func (c *call) bodyHash() hash.Hash {
	if _, given := c.creds.get("oauth_body_hash"); given {
		return sha1.New()
	}
	return nil
}

// fill puts the ids of the path into the answer's request object.
func (c *call) fill() {
	if c.account != "" {
		c.echo["account_id"] = c.account
	}
	if c.route.audience != "" {
		c.echo["custom_audience_id"] = strings.ToLower(c.route.audience)
	}
}

func (s *Server) knows(account string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.account(account) != nil
}

// borrow and giveBack reuse the buffers that bodies are read into.
func (s *Server) borrow() *[]byte {
	if b, ok := s.buffers.Get().(*[]byte); ok {
		return b
	}
	return new([]byte)
}

func (s *Server) giveBack(c *call, b *[]byte) {
	if cap(c.body) > cap(*b) {
		*b = c.body
	}
	s.buffers.Put(b)
}
