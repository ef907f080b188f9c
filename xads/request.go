package xads

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// call is one method of the API: what to send, how to read the answer, and what
// trying it twice would mean.
type call struct {
	method   string
	endpoint string // X's own pattern, without ids: good for metrics
	path     string // the pattern with the ids in it
	query    url.Values
	body     []byte    // JSON, or none
	limit    rateLimit // that X counts this call under
	// repeatFails marks a call that X refuses once it was done: after a success whose
	// answer cannot be read, it is not sent again.
	repeatFails bool
	// carriesPeople marks a call whose body X may quote in a refusal, and with it people.
	carriesPeople bool
	// decode reads a 2xx body; its errors never quote it.
	decode func(body []byte) error
	// invalid is why the call cannot be sent at all, or nil.
	invalid error
}

// newCall puts the ids, in their order, in the place of the names behind colons.
func newCall(method, endpoint string, ids ...string) call {
	k := call{method: method, endpoint: endpoint}
	parts := strings.Split(endpoint, "/")
	for i, part := range parts {
		name, isID := strings.CutPrefix(part, ":")
		if !isID {
			continue
		}
		if parts[i], ids = ids[0], ids[1:]; !isValidID(parts[i]) && k.invalid == nil {
			k.invalid = fmt.Errorf("%s must be given, in letters and digits as X shows it", name)
		}
	}
	k.path = strings.Join(parts, "/")
	k.limit = documentedLimit(k)
	return k
}

func (k call) writes() bool { return k.method != http.MethodGet }

// isValidID reports whether an id leaves the path as it is meant. X's ids are letters
// and digits in base 36; dashes and underscores do no harm.
func isValidID(id string) bool {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}
	return id != "" && strings.IndexFunc(id, odd) < 0
}

// newError begins an error about this call.
func (k call) newError(why error) *Error {
	return &Error{Method: k.method, Endpoint: k.shownPath(), Err: why}
}

// shownPath is the path as errors show it. An id that is none may be anything, and is
// not shown.
func (k call) shownPath() string {
	if k.invalid != nil {
		return k.endpoint
	}
	return k.path
}

// maxAnswerBytes bounds what is read of an answer; a page of 1,000 audiences has less
// than one megabyte.
const maxAnswerBytes = 8 << 20

// Attempt reports one request to [Options.Observe], for metrics and logs. It holds
// no bodies, headers or ids.
type Attempt struct {
	Method string
	// Endpoint is X's pattern, such as "accounts/:account_id/custom_audiences".
	Endpoint string
	// Status is X's answer, 0 if none came.
	Status int
	// Wait is the time spent before sending: for rate limits and between attempts.
	Wait time.Duration
	// Duration is the time from sending to the end of the answer.
	Duration time.Duration
	// SentBytes is the length of the request's body.
	SentBytes int
	// Limit and Remaining are X's count of the rate limit's window; a Limit of 0 was
	// not told.
	Limit, Remaining int
}

// reply is what came of one request, whole or not.
type reply struct {
	status    int // 0 if there was no answer
	header    http.Header
	body      []byte
	err       error // of sending, or of reading the body
	maybeSent bool  // the server may have received the request
}

// attempt sends a call once and returns nil on success. It tells the rate limit and the
// observer what came of it; number counts the attempts of the call from 1.
func (c *Client) attempt(ctx context.Context, k call, limit *bucket, number int, waited time.Duration) *Error {
	began := time.Now()
	r := c.send(ctx, k)
	if r.status != 0 {
		c.hostAnswered.Store(true)
	}
	now := time.Now()
	if skew, told := clockSkew(r.header, now); told {
		c.skew.Store(&skew)
	}
	limit.leave(r, now)
	failed := c.checkReply(ctx, k, r, now)
	report := Attempt{
		Method: k.method, Endpoint: k.endpoint, Status: r.status,
		Wait: waited, Duration: time.Since(began), SentBytes: len(k.body),
	}
	if q, ok := readQuota(r, now); ok {
		report.Limit, report.Remaining = q.limit, q.remaining
	}
	c.options.Observe(report)
	if failed != nil {
		failed.Attempts = number
	}
	return failed
}

// send sends a request and reads the whole answer.
func (c *Client) send(ctx context.Context, k call) reply {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	var watch connectionWatch
	request, err := c.newRequest(httptrace.WithClientTrace(ctx, watch.trace()), k)
	if err != nil {
		return reply{err: err}
	}
	response, err := c.httpClient.Do(request)
	if err != nil {
		return reply{err: err, maybeSent: watch.mayHaveSent(err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes+1))
	if err == nil && len(body) > maxAnswerBytes {
		err = errors.New("the answer is longer than 8 MiB")
	}
	return reply{status: response.StatusCode, header: response.Header, body: body, err: err, maybeSent: true}
}

func (c *Client) newRequest(ctx context.Context, k call) (*http.Request, error) {
	u := c.baseURL.JoinPath(k.path)
	// %20 for a blank: the one spelling that form decoders and RFC 3986 agree on.
	u.RawQuery = strings.ReplaceAll(k.query.Encode(), "+", "%20")
	r, err := http.NewRequestWithContext(ctx, k.method, u.String(), bytes.NewReader(k.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "xads (github.com/eddy-retl/eddy/xads)")
	if len(k.body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	return r, nil
}

// connectionWatch tells whether a request got as far as a connection. Where it is not
// sure, the request may have been sent: one that is wrongly taken for unsent is a change
// at X that nobody remembers.
type connectionWatch struct {
	connWanted, connGot atomic.Bool
}

func (w *connectionWatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { w.connWanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.connGot.Store(true) },
	}
}

// mayHaveSent reports whether bytes of a failed request may have reached the server. A
// transport of the caller's own may not feed the trace; then only a failed dial is sure.
func (w *connectionWatch) mayHaveSent(err error) bool {
	if w.connWanted.Load() && !w.connGot.Load() {
		return false
	}
	op, ok := errors.AsType[*net.OpError](err)
	return !ok || op.Op != "dial"
}

// isPermanent reports whether a transport error will stay: a certificate that does
// not verify, a server that speaks no TLS, or an address that must not be called.
func isPermanent(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok || errors.Is(err, http.ErrSchemeMismatch) || errors.Is(err, fs.ErrPermission)
}
