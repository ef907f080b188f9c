package xads

import (
	"net/http"
	"strconv"
	"time"
)

// quota is X's count of a rate limit as a reply tells it.
type quota struct {
	limit     int // of the window; 0 if not told
	remaining int
	reset     int64 // the end of the window in epoch seconds, which also names it
	wait      time.Duration
}

// readQuota reads the rate-limit headers. Those of the account count where they
// exist, else those of the user (X Ads API docs, Rate Limiting). A 429 that tells
// only its reset has nothing remaining.
func readQuota(r reply, now time.Time) (quota, bool) {
	for _, prefix := range []string{"x-account-rate-limit-", "x-rate-limit-"} {
		reset, err := strconv.ParseInt(r.header.Get(prefix+"reset"), 10, 64)
		if err != nil || reset <= 0 {
			continue
		}
		remaining, err := strconv.Atoi(r.header.Get(prefix + "remaining"))
		if r.status == http.StatusTooManyRequests {
			remaining, err = 0, nil
		}
		if err != nil {
			continue
		}
		limit, _ := strconv.Atoi(r.header.Get(prefix + "limit"))
		return quota{limit: limit, remaining: remaining, reset: reset, wait: untilReset(reset, r.header, now)}, true
	}
	return quota{}, false
}

// untilReset measures by X's own clock where the reply tells it, since this machine's
// may be wrong by more than a window; unless that makes no sense, as when a test
// server sets the one and its HTTP library the other. No window is longer than 15
// minutes, so that much makes sense.
func untilReset(reset int64, header http.Header, now time.Time) time.Duration {
	end := time.Unix(reset, 0)
	ours := end.Sub(now)
	skew, ok := clockSkew(header, now)
	if theirs := ours + skew; ok && (isWindow(theirs) || !isWindow(ours)) {
		return theirs
	}
	return ours
}

func isWindow(d time.Duration) bool { return d >= -time.Second && d <= readWindow+time.Second }

// clockSkew is how far now is ahead of the Date of a reply, whose grain is a second.
func clockSkew(header http.Header, now time.Time) (time.Duration, bool) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return 0, false
	}
	return now.Sub(date), true
}

// retryAfter is how long a reply asks to wait: Retry-After, in seconds or as a date
// (RFC 9110, 10.2.3); after a 429 also until the limit's reset. 0 if it does not ask.
func retryAfter(r reply, now time.Time) time.Duration {
	wait := retryHeader(r.header, now)
	if q, ok := readQuota(r, now); ok && r.status == http.StatusTooManyRequests {
		wait = max(wait, q.wait)
	}
	return max(wait, 0)
}

func retryHeader(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if skew, ok := clockSkew(header, now); ok {
		now = now.Add(-skew) // both dates by X's clock
	}
	return at.Sub(now)
}
