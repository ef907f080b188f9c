package xads

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// limits holds one bucket for each rate limit that was met. The zero value is ready.
type limits struct {
	mu      sync.Mutex
	buckets map[string]*bucket
}

func (l *limits) bucket(p pace) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[p.key]
	if !ok {
		b = newBucket(p)
		if l.buckets == nil {
			l.buckets = map[string]*bucket{}
		}
		l.buckets[p.key] = b
	}
	return b
}

// bucket counts one rate limit as X does: so many calls in a fixed window. X's own
// count comes with each reply; in between, every call that enters is taken off, so
// that calls in flight are counted before X has answered them.
type bucket struct {
	mu       sync.Mutex
	cautious *rate.Limiter // the documented limit, while X has not told its count
	told     bool          // X has told its count
	limit    int           // calls in a window; 0 if X has not told
	left     int           // calls that may still enter this window
	least    int           // the smallest count X has told in this window
	reset    int64         // X's name for the window
	end      time.Time     // of the window, on our clock; zero once it is over
	pause    time.Time     // nothing enters before, because X said so
	inflight int
}

// newBucket lets a whole window's worth go at once, as X does.
func newBucket(p pace) *bucket {
	each := rate.Every(p.window / time.Duration(p.limit))
	return &bucket{cautious: rate.NewLimiter(each, p.limit)}
}

// enter waits for a call's turn, unless that would take longer than most. A call
// that has entered must leave.
func (b *bucket) enter(ctx context.Context, most time.Duration) error {
	for ctx.Err() == nil {
		hold := b.try(time.Now())
		switch {
		case hold <= 0:
			return nil
		case hold > most:
			return longWait{wait: hold}
		}
		if err := sleep(ctx, hold); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// try enters, or returns how long to wait before trying again.
func (b *bucket) try(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if hold := b.hold(now); hold > 0 {
		return hold
	}
	b.inflight++
	b.left--
	return 0
}

func (b *bucket) hold(now time.Time) time.Duration {
	if now.Before(b.pause) {
		return b.pause.Sub(now)
	}
	if !b.end.IsZero() && !now.Before(b.end) {
		b.end, b.left = time.Time{}, b.limit // the next window begins with the next call
	}
	switch {
	case b.told && b.left > 0:
		return 0
	case b.told && !b.end.IsZero():
		return b.end.Sub(now)
	}
	turn := b.cautious.ReserveN(now, 1)
	hold := turn.DelayFrom(now)
	if hold > 0 {
		turn.CancelAt(now)
	}
	return hold
}

// leave takes in what the reply of a call that has entered tells about the limit.
func (b *bucket) leave(r reply, wall time.Time) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inflight--
	if r.status == http.StatusTooManyRequests {
		if pause := now.Add(retryAfter(r, wall)); pause.After(b.pause) {
			b.pause = pause
		}
	}
	// An earlier reset is a late reply of a window that is over.
	if q, ok := readQuota(r, wall); ok && q.wait > 0 && q.reset >= b.reset {
		b.learn(q, now.Add(q.wait))
	}
}

// learn takes over X's count. The calls still in flight may or may not be in it;
// they are taken to be missing, and once there are none, the count is exact.
func (b *bucket) learn(q quota, end time.Time) {
	if q.reset > b.reset {
		b.end, b.least, b.left = end, q.remaining, q.remaining-b.inflight
	}
	b.told, b.reset = true, q.reset
	if q.limit > 0 {
		b.limit = q.limit
	}
	if b.end.IsZero() || end.Before(b.end) {
		b.end = end // Date has a grain of a second; the earliest end is the nearest
	}
	b.least = min(b.least, q.remaining)
	b.left = min(b.left, q.remaining)
	if b.inflight == 0 {
		b.left = b.least
	}
}

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
