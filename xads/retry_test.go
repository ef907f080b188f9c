package xads

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// callInBubble makes a call inside a bubble and returns its error and how long it took.
func callInBubble(t *testing.T, options Options, answers ...http.HandlerFunc) (took time.Duration, attempts int, err error) {
	synctest.Test(t, func(t *testing.T) {
		s := newScriptedServer(t, answers...)
		client := pipedClient(t, s, options)
		began := time.Now()
		_, err = client.Users(t.Context(), testAccount, testAudience, []byte(`[{}]`))
		took, attempts = time.Since(began), s.count()
	})
	return took, attempts, err
}

// Inside a bubble the clock starts here.
var bubbleStart = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func afterStart(d time.Duration) time.Time { return bubbleStart.Add(d) }

func TestWaitsAsLongAsTold(t *testing.T) {
	epoch := func(d time.Duration) string { return strconv.FormatInt(afterStart(d).Unix(), 10) }
	for name, c := range map[string]struct {
		first http.HandlerFunc
		want  time.Duration
	}{
		"Retry-After in seconds": {answer(503, "", "Retry-After", "7"), 7 * time.Second},
		"Retry-After as a date":  {answer(503, "", "Retry-After", afterStart(90*time.Second).Format(http.TimeFormat)), 90 * time.Second},
		"Retry-After of a 429":   {answer(429, "", "Retry-After", "11"), 11 * time.Second},
		"reset of a 429":         {answer(429, "", "x-rate-limit-reset", epoch(42*time.Second)), 42 * time.Second},
		"the later of both":      {answer(429, "", "Retry-After", "5", "x-rate-limit-reset", epoch(42*time.Second)), 42 * time.Second},
		"account before user": {answer(429, "", "x-rate-limit-reset", epoch(42*time.Second),
			"x-account-rate-limit-reset", epoch(13*time.Second)), 13 * time.Second},
		"reset of a request that used the last": {answer(500, "", "x-rate-limit-remaining", "0",
			"x-rate-limit-limit", "1500", "x-rate-limit-reset", epoch(50*time.Second)), 50 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			took, attempts, err := callInBubble(t, Options{}, c.first, answer(200, countsOf4))
			if err != nil || took.Round(time.Second) != c.want || attempts != 2 {
				t.Errorf("took %s and %d attempts: %v", took, attempts, err)
			}
		})
	}
}

// X's clock counts, not ours: the answer tells both the reset and the time.
func TestResetsAreMeasuredByXsClock(t *testing.T) {
	for _, skew := range []time.Duration{-5 * time.Minute, 5 * time.Minute} {
		theirs := func(d time.Duration) time.Time { return afterStart(d - skew) }
		took, _, err := callInBubble(t, Options{},
			answer(429, "", "Date", theirs(0).Format(http.TimeFormat),
				"x-rate-limit-reset", strconv.FormatInt(theirs(40*time.Second).Unix(), 10)),
			answer(200, countsOf4))
		if err != nil || took.Round(time.Second) != 40*time.Second {
			t.Errorf("skew %s: took %s: %v", skew, took, err)
		}
	}
}

func TestPausesGrow(t *testing.T) {
	took, attempts, err := callInBubble(t, Options{FirstWait: time.Second, MaxAttempts: 5}, refuse(500, "INTERNAL_ERROR", "x"))
	// 1 + 3 + 9 + 27 seconds, each up to half shorter or longer.
	if err == nil || attempts != 5 || took < 20*time.Second || took > 60*time.Second {
		t.Errorf("took %s and %d attempts: %v", took, attempts, err)
	}
	took, _, _ = callInBubble(t, Options{FirstWait: time.Second, MaxAttempts: 5, MaxWait: 2 * time.Second}, refuse(500, "INTERNAL_ERROR", "x"))
	if took > 8*time.Second {
		t.Errorf("MaxWait does not bound pauses: took %s", took)
	}
}

func TestWaitsThatAreTooLongAreNotBegun(t *testing.T) {
	took, attempts, err := callInBubble(t, Options{}, answer(503, "", "Retry-After", "3600"))
	e, ok := errors.AsType[*Error](err)
	if !ok || took != 0 || attempts != 1 || e.RetryAfter != time.Hour || !e.Retryable() {
		t.Errorf("took %s: %v", took, err)
	}
}

// A limit known to be used up fails the next call without a request.
func TestAUsedUpLimitFailsFastWhenItIsTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScriptedServer(t, answer(429, "", "Retry-After", "3600"))
		client := pipedClient(t, s, Options{})
		for range 2 {
			_, err := client.Users(t.Context(), testAccount, testAudience, []byte(`[{}]`))
			e, ok := errors.AsType[*Error](err)
			if !ok || !e.RateLimited() || !e.Retryable() || e.MaybeApplied() || e.RetryAfter != time.Hour ||
				!strings.Contains(e.Advice(), "1h0m0s") {
				t.Errorf("got %v", err)
			}
		}
		if s.count() != 1 || time.Since(bubbleStart) != 0 {
			t.Errorf("%d requests, %s", s.count(), time.Since(bubbleStart))
		}
	})
}

func TestCancellingEndsAWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := pipedClient(t, newScriptedServer(t, refuse(500, "INTERNAL_ERROR", "x")), Options{FirstWait: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.Users(ctx, testAccount, testAudience, []byte(`[{}]`))
		e, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, context.DeadlineExceeded) || e.Status != 500 || !e.MaybeApplied() {
			t.Errorf("got %v", err)
		}
		if took := time.Since(bubbleStart); took != time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestAnAttemptTimesOut(t *testing.T) {
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	took, attempts, err := callInBubble(t, Options{Timeout: 10 * time.Second, MaxAttempts: 2}, silent)
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.MaybeApplied() || !e.Retryable() || attempts != 2 || took.Round(time.Second) != 20*time.Second {
		t.Fatalf("took %s and %d attempts: %v", took, attempts, err)
	}
	if !strings.Contains(err.Error(), "no answer within 10s") {
		t.Errorf("got %v", err)
	}
	took, _, err = callInBubble(t, Options{Timeout: 10 * time.Second}, silent, answer(200, countsOf4))
	if err != nil || took.Round(time.Second) != 10*time.Second {
		t.Errorf("took %s: %v", took, err)
	}
}
