package sandbox

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limit is a number of calls in a window that starts with the first call.
type Limit struct {
	Calls  int
	Window time.Duration
}

// Limits are X's rate limits, each with its documented value as the default.
type Limits struct {
	// Off lets every call pass; the headers still count down.
	Off bool
	// Users is for POST .../users: 1,500 in a minute.
	Users Limit
	// Writes is shared by all other writes: 450 in a minute.
	Writes Limit
	// Reads is for each read endpoint and account: 2,000 in 15 minutes.
	Reads Limit
	// GlobalReads is for GET accounts: 5 in 15 minutes.
	GlobalReads Limit
	// TotalCount is for reads with with_total_count: 200 in 15 minutes.
	TotalCount Limit
}

func defaultLimits() Limits {
	return Limits{
		Users:       Limit{1500, time.Minute},
		Writes:      Limit{450, time.Minute},
		Reads:       Limit{2000, 15 * time.Minute},
		GlobalReads: Limit{5, 15 * time.Minute},
		TotalCount:  Limit{200, 15 * time.Minute},
	}
}

func (l *Limits) fill(d Limits) {
	for _, f := range []struct{ have, want *Limit }{
		{&l.Users, &d.Users},
		{&l.Writes, &d.Writes},
		{&l.Reads, &d.Reads},
		{&l.GlobalReads, &d.GlobalReads},
		{&l.TotalCount, &d.TotalCount},
	} {
		fill(&f.have.Calls, f.want.Calls)
		fill(&f.have.Window, f.want.Window)
	}
}

// limiter counts the calls of each bucket.
type limiter struct {
	mu      sync.Mutex
	windows map[string]*window
}

type window struct {
	ends time.Time
	used int
}

// standing is a bucket after a call was counted in it.
type standing struct {
	limit, remaining int
	reset            time.Time
	over             bool
}

// take counts one call. A call over the limit does not prolong the window.
func (l *limiter) take(bucket string, limit Limit, now time.Time) standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.windows == nil {
		l.windows = map[string]*window{}
	}
	w := l.windows[bucket]
	if w == nil || !now.Before(w.ends) {
		w = &window{ends: now.Add(limit.Window)}
		l.windows[bucket] = w
	}
	w.used++
	return standing{
		limit: limit.Calls, remaining: max(0, limit.Calls-w.used),
		reset: w.ends, over: w.used > limit.Calls,
	}
}

func (l *limiter) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.windows = nil
}

// headers tells the client where it stands. X adds the account's headers to some
// reads only, where they are authoritative.
func (st standing) headers(h http.Header, account bool) {
	prefixes := []string{"x-rate-limit-"}
	if account {
		prefixes = append(prefixes, "x-account-rate-limit-")
	}
	for _, p := range prefixes {
		h.Set(p+"limit", strconv.Itoa(st.limit))
		h.Set(p+"remaining", strconv.Itoa(st.remaining))
		h.Set(p+"reset", strconv.FormatInt(resetSecond(st.reset), 10))
	}
}

// resetSecond rounds up, so that a client that waits until then finds an open window.
func resetSecond(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}
