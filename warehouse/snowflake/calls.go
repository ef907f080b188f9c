package snowflake

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/eddy-retl/eddy/dial"
)

// calls sends all requests of the driver's: to Snowflake, and to the cloud's storage where its
// results and loads lie. The driver tries again for minutes what it did not get through, whatever
// the reason, and takes no word but that its context has ended.
type calls struct{ http.RoundTripper }

// call remembers why a request of a statement did not get through.
type call struct {
	end context.CancelFunc
	// first says that nothing was ever heard from there: it makes no sense to try again what a
	// mistake in the options explains.
	first bool

	mu  sync.Mutex
	err error
}

// callKey is the context key of a call.
type callKey struct{}

// watched watches the requests of one statement, or of logging in. The caller ends it.
func watched(ctx context.Context, first bool) (context.Context, *call) {
	ctx, end := context.WithCancel(ctx)
	c := &call{end: end, first: first}
	return context.WithValue(ctx, callKey{}, c), c
}

// why gives what kept a request from getting through in place of what the driver made of it.
func (c *call) why(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil || c.err == nil {
		return err
	}
	return c.err
}

func (c *call) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	if hopeless(err) || c.first && errors.Is(err, syscall.ECONNREFUSED) {
		c.end()
	}
}

// hopeless are failures that trying again does not mend.
func hopeless(err error) bool {
	_, refused := errors.AsType[*dial.Refused](err)
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	name, isName := errors.AsType[*net.DNSError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	return refused || unverified || noTLS || isName && name.IsNotFound || errors.Is(err, http.ErrSchemeMismatch)
}

// farewell is how long the last words to a statement or a session may take.
const farewell = 10 * time.Second

// RoundTrip sends a request. Whoever takes back a statement, or ends a session, waits a moment at
// most: the server ends by itself what it hears no more of.
func (c calls) RoundTrip(req *http.Request) (*http.Response, error) {
	if last := strings.HasSuffix(req.URL.Path, "/abort-request") || req.URL.Query().Get("delete") == "true"; last {
		return c.farewell(req)
	}
	resp, err := c.RoundTripper.RoundTrip(req)
	watch, ok := req.Context().Value(callKey{}).(*call)
	switch {
	case !ok || req.Context().Err() != nil:
	case err != nil:
		watch.failed(err)
	default:
		watch.heard()
	}
	return resp, err
}

// heard forgets what failed before: the driver tried again.
func (c *call) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = nil
}

func (c calls) farewell(req *http.Request) (*http.Response, error) {
	ctx, stop := context.WithTimeout(req.Context(), farewell)
	defer stop()
	if resp, err := c.RoundTripper.RoundTrip(req.WithContext(ctx)); err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16))
		_ = resp.Body.Close()
	}
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: req.Proto, ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(`{"data":null,"success":true}`)),
	}, nil
}
