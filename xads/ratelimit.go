package xads

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// readWindow is the length of X's windows for reads; those for writes have a minute
// (X Ads API docs, Rate Limiting).
const readWindow = 15 * time.Minute

// rateLimit is one of X's limits as documented: so many calls in a window. Calls with
// the same key are counted together.
type rateLimit struct {
	key    string
	calls  int
	window time.Duration
}

// documentedLimit is the limit of a call that has none of its own (X Ads API docs, Rate
// Limiting): 450 a minute for all writes together, and 2,000 reads of an account in 15
// minutes for each endpoint.
func documentedLimit(k call) rateLimit {
	if k.writes() {
		return rateLimit{key: "writes", calls: 450, window: time.Minute}
	}
	account := strings.Split(k.path+"/", "/")[1]
	return rateLimit{key: k.endpoint + " " + account, calls: 2000, window: readWindow}
}

// rateLimits holds one bucket for each rate limit that calls came under so far. The
// zero value is ready.
type rateLimits struct {
	mu      sync.Mutex
	buckets map[string]*bucket
}

func (l *rateLimits) bucketOf(limit rateLimit) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets[limit.key]
	if !ok {
		b = newBucket(limit)
		if l.buckets == nil {
			l.buckets = map[string]*bucket{}
		}
		l.buckets[limit.key] = b
	}
	return b
}

// bucket counts one rate limit as X does: so many calls in a fixed window. X's own
// count comes with each reply; in between, every call that enters is taken off, so
// that calls in flight are counted before X has answered them.
type bucket struct {
	mu            sync.Mutex
	documented    *rate.Limiter // paces calls until X has told its count
	known         bool          // X has told its count
	windowCalls   int           // calls in a window; 0 if X has not told
	callsLeft     int           // calls that may still enter this window
	leastReported int           // the smallest count that X has told in this window
	windowReset   int64         // when the window ends, as X told it: it names the window
	windowEnd     time.Time     // the same on our clock; zero once the window is over
	pausedUntil   time.Time     // X asked for no call before
	inflight      int           // calls that entered and have not left
}

// newBucket lets a whole window's worth go at once, as X does.
func newBucket(limit rateLimit) *bucket {
	interval := rate.Every(limit.window / time.Duration(limit.calls))
	return &bucket{documented: rate.NewLimiter(interval, limit.calls)}
}

// enter waits until one more call may be sent, unless that would take longer than
// maxWait. A call that has entered must leave.
func (b *bucket) enter(ctx context.Context, maxWait time.Duration) error {
	for ctx.Err() == nil {
		wait := b.tryEnter(time.Now())
		switch {
		case wait <= 0:
			return nil
		case wait > maxWait:
			return tooLongWait{wait: wait}
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// tryEnter enters, or returns how long to wait before trying again.
func (b *bucket) tryEnter(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.waitTime(now); wait > 0 {
		return wait
	}
	b.inflight++
	b.callsLeft--
	return 0
}

// waitTime is how long the next call has to wait. Without a wait, the call counts
// against the documented limit where that is in force.
func (b *bucket) waitTime(now time.Time) time.Duration {
	if now.Before(b.pausedUntil) {
		return b.pausedUntil.Sub(now)
	}
	if !b.windowEnd.IsZero() && !now.Before(b.windowEnd) {
		b.windowEnd, b.callsLeft = time.Time{}, b.windowCalls // the next window begins with the next call
	}
	switch {
	case b.known && b.callsLeft > 0:
		return 0
	case b.known && !b.windowEnd.IsZero():
		return b.windowEnd.Sub(now)
	}
	turn := b.documented.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > 0 {
		turn.CancelAt(now) // it will ask again
	}
	return wait
}

// leave takes in what the reply of a call that has entered tells about the limit.
func (b *bucket) leave(r reply, wall time.Time) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inflight--
	if r.status == http.StatusTooManyRequests {
		if pause := now.Add(retryAfter(r, wall)); pause.After(b.pausedUntil) {
			b.pausedUntil = pause
		}
	}
	// An earlier reset is a late reply of a window that is over.
	if q, ok := readQuota(r, wall); ok && q.wait > 0 && q.reset >= b.windowReset {
		b.adoptCount(q, now.Add(q.wait))
	}
}

// adoptCount takes over X's count. The calls still in flight may or may not be in it;
// they are taken to be missing, and once there are none, the count is exact.
func (b *bucket) adoptCount(q quota, end time.Time) {
	if q.reset > b.windowReset {
		b.windowEnd, b.leastReported, b.callsLeft = end, q.remaining, q.remaining-b.inflight
	}
	b.known, b.windowReset = true, q.reset
	if q.limit > 0 {
		b.windowCalls = q.limit
	}
	if b.windowEnd.IsZero() || end.Before(b.windowEnd) {
		b.windowEnd = end // Date has a grain of a second; the earliest end is the nearest
	}
	b.leastReported = min(b.leastReported, q.remaining)
	b.callsLeft = min(b.callsLeft, q.remaining)
	if b.inflight == 0 {
		b.callsLeft = b.leastReported
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

// untilReset is the time until a window ends. It is measured by X's own clock where the
// reply tells it, since this machine's may be wrong by more than a window. A test server
// may set the reset by one clock and its HTTP library the Date by another: where only
// this machine's clock leads to a time that a window can last, that one counts.
func untilReset(reset int64, header http.Header, now time.Time) time.Duration {
	end := time.Unix(reset, 0)
	ours := end.Sub(now)
	skew, ok := clockSkew(header, now)
	if theirs := ours + skew; ok && (fitsWindow(theirs) || !fitsWindow(ours)) {
		return theirs
	}
	return ours
}

// fitsWindow reports whether a window may end after such a time, to the second.
func fitsWindow(d time.Duration) bool { return d >= -time.Second && d <= readWindow+time.Second }

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
	wait := parseRetryAfter(r.header, now)
	if q, ok := readQuota(r, now); ok && r.status == http.StatusTooManyRequests {
		wait = max(wait, q.wait)
	}
	return max(wait, 0)
}

// parseRetryAfter reads the header Retry-After; 0 if there is none that can be read.
func parseRetryAfter(header http.Header, now time.Time) time.Duration {
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
