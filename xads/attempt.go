package xads

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"time"
)

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
