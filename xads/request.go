package xads

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// readWindow is the length of X's windows for reads; those for writes have a minute
// (X Ads API docs, Rate Limiting).
const readWindow = 15 * time.Minute

// call is one method of the API: what to send, how to read the answer, and what
// trying it twice would mean.
type call struct {
	method   string
	endpoint string // X's own pattern, without ids: good for metrics
	path     string // the pattern with the ids in it
	query    url.Values
	body     []byte // JSON, or none
	pace     pace   // the rate limit that counts this call
	// once marks a call whose effect must not be repeated after a clear "done".
	once bool
	// people marks a call whose refusals may quote what it carried about people.
	people bool
	// decode reads a 2xx body; its errors never quote it.
	decode func(body []byte) error
	// invalid is why the call cannot be sent at all.
	invalid error
}

// pace is one rate limit: so many calls in a window, counted under a key.
type pace struct {
	key    string
	limit  int
	window time.Duration
}

// newCall puts the ids in place of the names behind colons, in their order.
func newCall(method, endpoint string, ids ...string) call {
	k := call{method: method, endpoint: endpoint}
	parts := strings.Split(endpoint, "/")
	for i, part := range parts {
		name, isID := strings.CutPrefix(part, ":")
		if !isID {
			continue
		}
		if parts[i], ids = ids[0], ids[1:]; !isPlain(parts[i]) && k.invalid == nil {
			k.invalid = fmt.Errorf("%s must be given, in letters and digits as X shows it", name)
		}
	}
	k.path = strings.Join(parts, "/")
	k.pace = defaultPace(k)
	return k
}

// defaultPace holds the documented limits (X Ads API docs, Rate Limiting): all
// writes together 450 a minute, account reads 2,000 in 15 minutes for each endpoint.
func defaultPace(k call) pace {
	if k.writes() {
		return pace{key: "writes", limit: 450, window: time.Minute}
	}
	account := strings.Split(k.path+"/", "/")[1]
	return pace{key: k.endpoint + " " + account, limit: 2000, window: readWindow}
}

func (k call) writes() bool { return k.method != http.MethodGet }

// isPlain keeps ids from changing the path. X's are letters and digits in base 36;
// dashes and underscores do no harm.
func isPlain(id string) bool {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}
	return id != "" && strings.IndexFunc(id, odd) < 0
}

// fail makes an error of a call that was not sent.
func (k call) fail(why error) *Error {
	return &Error{Method: k.method, Endpoint: k.shown(), Err: why}
}

// shown is the path for people; an id that is no id may be anything, and stays out.
func (k call) shown() string {
	if k.invalid != nil {
		return k.endpoint
	}
	return k.path
}

// maxAnswer bounds what is read of an answer; a page of 1,000 audiences has less
// than one megabyte.
const maxAnswer = 8 << 20

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
	status int // 0 if there was no answer
	header http.Header
	body   []byte
	err    error // of sending, or of reading the body
	sent   bool  // the server may have received the request
}

// attempt sends a call once, returns nil on success, and lets the rate limit and the
// observer learn from it.
func (c *Client) attempt(ctx context.Context, k call, gate *bucket, number int, waited time.Duration) *Error {
	began := time.Now()
	r := c.send(ctx, k)
	if r.status != 0 {
		c.met.Store(true)
	}
	now := time.Now()
	gate.leave(r, now)
	failed := c.judge(ctx, k, r, now)
	report := Attempt{
		Method: k.method, Endpoint: k.endpoint, Status: r.status,
		Wait: waited, Duration: time.Since(began), SentBytes: len(k.body),
	}
	if q, ok := readQuota(r, now); ok {
		report.Limit, report.Remaining = q.limit, q.remaining
	}
	c.opt.Observe(report)
	if failed != nil {
		failed.Attempts = number
	}
	return failed
}

func (c *Client) send(ctx context.Context, k call) reply {
	ctx, cancel := context.WithTimeout(ctx, c.opt.Timeout)
	defer cancel()
	var line wire
	request, err := c.request(httptrace.WithClientTrace(ctx, line.trace()), k)
	if err != nil {
		return reply{err: err}
	}
	response, err := c.http.Do(request)
	if err != nil {
		return reply{err: err, sent: line.maySend(err)}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("the answer is longer than 8 MiB")
	}
	return reply{status: response.StatusCode, header: response.Header, body: body, err: err, sent: true}
}

func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	u := c.base.JoinPath(k.path)
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

// wire watches how far a request got. It errs towards "may have been sent", because
// a request wrongly believed unsent is a change that nobody remembers.
type wire struct {
	wanted, got atomic.Bool // a connection
}

func (w *wire) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(string) { w.wanted.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	}
}

// maySend reports whether bytes of a failed request may have reached the server. A
// foreign transport may not feed the trace; then only a failed dial is sure.
func (w *wire) maySend(err error) bool {
	if w.wanted.Load() && !w.got.Load() {
		return false
	}
	op, ok := errors.AsType[*net.OpError](err)
	return !ok || op.Op != "dial"
}

// isHopeless reports whether a transport error will stay: a certificate that does
// not verify, or a server that speaks no TLS.
func isHopeless(err error) bool {
	_, ok := errors.AsType[*tls.CertificateVerificationError](err)
	return ok || errors.Is(err, http.ErrSchemeMismatch)
}
