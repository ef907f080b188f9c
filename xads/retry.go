package xads

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// do makes a call, with as many attempts as it takes and the options allow. The
// error, if any, is that of the last attempt, except that a doubt outlives it: once
// an attempt may have been applied, no later refusal can take that back.
func (c *Client) do(ctx context.Context, k call) error {
	if k.invalid != nil {
		return k.fail(k.invalid)
	}
	gate := c.limits.bucket(k.pace)
	steps := c.steps()
	var last *Error
	for number := 1; ; number++ {
		began := time.Now()
		if err := c.await(ctx, gate, steps, last); err != nil {
			return stopped(k, last, err)
		}
		failed := c.attempt(ctx, k, gate, number, time.Since(began))
		if failed == nil {
			return nil
		}
		failed.doubt = failed.doubt || last != nil && last.doubt
		if last = failed; !c.again(ctx, k, last) {
			return last
		}
	}
}

// steps are the pauses before further attempts where X names none. X recommends to
// try at once, after one minute and after five (X Ads API docs, Audiences guide); the
// first steps are short for the same reason, and the longer ones are left to callers.
func (c *Client) steps() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = c.opt.FirstWait
	b.Multiplier = 3
	b.MaxInterval = max(time.Minute, c.opt.FirstWait)
	b.Reset()
	return b
}

// await waits until an attempt may be sent: as long as the attempt before asks for,
// then for its turn within the rate limit.
func (c *Client) await(ctx context.Context, gate *bucket, steps backoff.BackOff, last *Error) error {
	if last != nil {
		if err := sleep(ctx, min(c.pause(steps, last), c.opt.MaxWait)); err != nil {
			return err
		}
	}
	return gate.enter(ctx, c.opt.MaxWait)
}

// pause is the time between two attempts. A rate limit that told its end is waited
// for at the gate, where it holds up everybody else too.
func (c *Client) pause(steps backoff.BackOff, last *Error) time.Duration {
	switch {
	case last.RetryAfter <= 0:
		return steps.NextBackOff()
	case last.Status == http.StatusTooManyRequests:
		return 0
	}
	return last.RetryAfter
}

func (c *Client) again(ctx context.Context, k call, e *Error) bool {
	done := k.once && e.Status/100 == 2 || e.Attempts >= firstContact && e.unreached() && !c.met.Load()
	return e.Retryable() && !done && ctx.Err() == nil &&
		e.Attempts < c.opt.MaxAttempts && e.RetryAfter <= c.opt.MaxWait
}

// firstContact is how often a host is tried to be reached that never answered yet: its
// address is more likely wrong than that somebody will listen there in a minute.
const firstContact = 3

// stopped tells of a wait that ended without a further attempt; what the last
// attempt said is kept.
func stopped(k call, last *Error, err error) *Error {
	e := k.fail(err)
	if last != nil {
		e = last
		e.Err = err
	}
	if long, ok := errors.AsType[longWait](err); ok {
		e.RetryAfter, e.retry = long.wait, true
	}
	return e
}

// longWait is a wait that was not begun, because it is longer than accepted.
type longWait struct{ wait time.Duration }

// Error tells how long the wait would have been.
func (l longWait) Error() string {
	return fmt.Sprintf("X's rate limit is used up for another %s, longer than this client waits", l.wait.Round(time.Second))
}

// sleep waits, or returns the context's error as soon as it is cancelled.
func sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
