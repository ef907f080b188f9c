package xads

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// judge turns what came of a request into nil or an error.
func (c *Client) judge(ctx context.Context, k call, r reply, now time.Time) *Error {
	if r.status/100 == 2 && r.err == nil {
		if r.err = k.decode(r.body); r.err == nil {
			return nil
		}
	}
	e := k.fail(nil)
	e.Status = r.status
	e.ClockSkew, _ = clockSkew(r.header, now)
	e.RetryAfter = retryAfter(r, now)
	said := c.read(k, r.body)
	e.Items, e.OperationErrors, e.Flat = said.items, said.operations, said.flat
	e.doubt = k.writes() && isDoubtful(r)
	e.retry = !errors.Is(r.err, context.Canceled) && !isHopeless(r.err)
	if r.err != nil && r.status/100 <= 2 { // a refusal needs no whole body
		e.Err = c.cause(ctx, r.err)
	}
	return e
}

// read takes apart the body of a failure; one that is not JSON, such as a gateway's
// page, says nothing beyond its status (X Ads API docs, Error Codes).
func (c *Client) read(k call, body []byte) failure {
	said, err := parseFailure(body)
	if err != nil {
		return failure{}
	}
	clean := c.clean.text
	if k.people {
		words := sentWords(k.body)
		clean = func(s string) string { return words.hide(c.clean.anonymous(s)) }
	}
	said.each(func(i *Item) {
		i.Code, i.Message, i.Parameter = clean(i.Code), clean(i.Message), clean(i.Parameter)
	})
	return said
}

// isDoubtful reports whether a write that failed may have been applied. An unreadable
// 2xx most likely was; a 5xx and a 408 come after the request may have gone through.
// A 503 is no exception, whatever its body: X promises nowhere that what is too busy to
// answer was too busy to act, and a doubt costs no more than sending a record again.
func isDoubtful(r reply) bool {
	if r.status == 0 {
		return r.sent
	}
	return r.status/100 == 2 || r.status == http.StatusRequestTimeout || r.status >= 500
}

// cause is the reason of a failure in clean words. It answers errors.Is and errors.As
// for the original, whose own text may quote what the server sent.
type cause struct {
	text     string
	original error
}

func (c *Client) cause(ctx context.Context, err error) error {
	original := err
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the URL, which holds names
	}
	text := c.clean.text(err.Error())
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		text = fmt.Sprintf("no answer within %s", c.opt.Timeout)
	}
	return &cause{text: text, original: original}
}

// Error is the clean text.
func (c *cause) Error() string { return c.text }

// Is answers for the original.
func (c *cause) Is(target error) bool { return errors.Is(c.original, target) }

// As answers for the original.
func (c *cause) As(target any) bool { return errors.As(c.original, target) }
