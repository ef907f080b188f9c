package xads

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

var testCredentials = Credentials{"ck-test-key", "cs-test-secret", "at-test-token", "ats-test-secret"}

const (
	testAccount  = "18ce54d4x5t"
	testAudience = "1nmth"
	countsOf4    = `{"request":{"params":{}},"data":{"success_count":4,"total_count":4}}`
)

// verifyRequest checks a request's signature as a server sees it.
func verifyRequest(r *http.Request) error {
	v := verifier{testCredentials.ConsumerSecret, testCredentials.AccessTokenSecret}
	return v.verify(r.Method, "http://"+r.Host, r.RequestURI, r.Header.Get("Authorization"), "")
}

func newClient(t *testing.T, url string, options Options) *Client {
	t.Helper()
	options.BaseURL = url
	if options.FirstWait == 0 {
		options.FirstWait = 1 // a nanosecond: these tests are not about pauses
	}
	if options.HTTPClient == nil {
		base := NewTransport()
		t.Cleanup(base.CloseIdleConnections)
		options.HTTPClient = &http.Client{Transport: base}
	}
	client, err := New(testCredentials, options)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// scriptedServer is a server that gives its answers in order, the last one for ever, and
// keeps what it was asked. Every request must be signed, with a nonce of its own.
type scriptedServer struct {
	t        *testing.T
	mu       sync.Mutex
	answers  []http.HandlerFunc
	requests []string // "METHOD target"
	bodies   []string
	nonces   map[string]bool
}

func (s *scriptedServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	body, _ := io.ReadAll(r.Body)
	s.requests = append(s.requests, r.Method+" "+r.RequestURI)
	s.bodies = append(s.bodies, string(body))
	if err := verifyRequest(r); err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
	}
	params, _ := headerParams(r.Header.Get("Authorization"))
	for _, p := range params {
		if p[0] == "oauth_nonce" && s.nonces[p[1]] {
			s.t.Error("a nonce was used twice")
		}
		if p[0] == "oauth_nonce" {
			s.nonces[p[1]] = true
		}
	}
	next := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	s.mu.Unlock()
	next(w, r)
}

// count is the number of requests so far.
func (s *scriptedServer) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func newScriptedServer(t *testing.T, answers ...http.HandlerFunc) *scriptedServer {
	return &scriptedServer{t: t, answers: answers, nonces: map[string]bool{}}
}

// scriptedClient is a new client of a scripted server on loopback.
func scriptedClient(t *testing.T, answers ...http.HandlerFunc) (*Client, *scriptedServer) {
	t.Helper()
	s := newScriptedServer(t, answers...)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return newClient(t, server.URL, Options{}), s
}

// answer makes a handler; headers are key, value, key, value.
func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// refuse answers as X refuses a request, for one reason.
func refuse(status int, code, message string) http.HandlerFunc {
	return answer(status, fmt.Sprintf(`{"errors":[{"code":%q,"message":%q}],"request":{"params":{}}}`, code, message))
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

// cutOff promises more bytes than it sends.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	io.WriteString(w, `{"data":{"succ`)
}

// pipeListener serves HTTP over net.Pipe instead of sockets, so that inside a synctest
// bubble clocks stand still while requests are under way.
type pipeListener chan net.Conn

func (p pipeListener) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (p pipeListener) Close() error   { return nil }
func (p pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pipedClient serves a handler to a new client inside the bubble of t.
func pipedClient(t *testing.T, handler http.Handler, options Options) *Client {
	t.Helper()
	conns := make(pipeListener)
	server := &http.Server{Handler: handler}
	go server.Serve(conns)
	base := NewTransport()
	base.DialContext = conns.dial
	base.Proxy = nil
	t.Cleanup(func() {
		base.CloseIdleConnections()
		close(conns)
		server.Close()
	})
	options.HTTPClient = &http.Client{Transport: base}
	return newClient(t, "http://ads.test", options)
}
