package xads

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// sendWithRetries makes a call, with as many attempts as it takes and the options allow.
// The error, if any, is that of the last attempt, except that MaybeApplied holds for all
// of them: once an attempt may have been applied, no later refusal takes that back.
func (c *Client) sendWithRetries(ctx context.Context, k call) error {
	if k.invalid != nil {
		return k.newError(k.invalid)
	}
	limit := c.rateLimits.bucketOf(k.limit)
	pauses := c.newBackoff()
	var last *Error
	for number := 1; ; number++ {
		began := time.Now()
		if err := c.waitForTurn(ctx, limit, pauses, last); err != nil {
			return waitFailed(k, last, err)
		}
		failed := c.attempt(ctx, k, limit, number, time.Since(began))
		if failed == nil {
			return nil
		}
		failed.maybeApplied = failed.maybeApplied || last != nil && last.maybeApplied
		if last = failed; !c.shouldRetry(ctx, k, last) {
			return last
		}
	}
}

// newBackoff makes the pauses before further attempts, where X names none. X recommends
// to try at once, after one minute and after five (X Ads API docs, Audiences guide): so
// the first pauses are short, and those of minutes are left to callers.
func (c *Client) newBackoff() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = c.options.FirstWait
	b.Multiplier = 3
	b.MaxInterval = max(time.Minute, c.options.FirstWait)
	b.Reset()
	return b
}

// waitForTurn waits until an attempt may be sent: first as long as the attempt before,
// if any, asks for, then for its turn within the rate limit.
func (c *Client) waitForTurn(ctx context.Context, limit *bucket, pauses backoff.BackOff, last *Error) error {
	if last != nil {
		if err := sleep(ctx, min(pauseBeforeRetry(pauses, last), c.options.MaxWait)); err != nil {
			return err
		}
	}
	return limit.enter(ctx, c.options.MaxWait)
}

// pauseBeforeRetry is the time between two attempts. The end of a rate limit is not
// waited for here but in its bucket, which holds up all other calls under it too.
func pauseBeforeRetry(pauses backoff.BackOff, last *Error) time.Duration {
	switch {
	case last.RetryAfter <= 0:
		return pauses.NextBackOff()
	case last.Status == http.StatusTooManyRequests:
		return 0
	}
	return last.RetryAfter
}

// maxFirstDials is how often a host is dialled that never answered yet: more likely its
// address is wrong than that somebody will listen there in a minute.
const maxFirstDials = 3

func (c *Client) shouldRetry(ctx context.Context, k call, e *Error) bool {
	alreadyDone := k.repeatFails && e.Status/100 == 2
	wrongAddress := e.Attempts >= maxFirstDials && e.neverConnected() && !c.hostAnswered.Load()
	return e.Retryable() && !alreadyDone && !wrongAddress && ctx.Err() == nil &&
		e.Attempts < c.options.MaxAttempts && e.RetryAfter <= c.options.MaxWait
}

// waitFailed makes the error of a call whose wait ended without a further attempt. What
// X said to the last attempt is kept.
func waitFailed(k call, last *Error, err error) *Error {
	e := k.newError(err)
	if last != nil {
		e = last
		e.Err = err
	}
	if long, ok := errors.AsType[tooLongWait](err); ok {
		e.RetryAfter, e.retryMayHelp = long.wait, true
	}
	return e
}

// tooLongWait is a wait that was not begun, because it is longer than accepted.
type tooLongWait struct{ wait time.Duration }

// Error tells how long the wait would have been.
func (l tooLongWait) Error() string {
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
