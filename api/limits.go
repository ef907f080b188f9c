package api

import (
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often one may try to log in: at once, and then one every so often.
const (
	addressBurst = 20
	addressEvery = 5 * time.Second
	accountBurst = 5
	accountEvery = 20 * time.Second
	// limitLife is after how long an idle limit is full again and can be forgotten.
	limitLife = 10 * time.Minute
)

// limits slows down guessing of passwords, for each address and for each account. A
// server counts what it sees itself.
type limits struct {
	now func() time.Time

	mu    sync.Mutex
	known map[string]*limit
	swept time.Time
}

type limit struct {
	*rate.Limiter

	used time.Time
}

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, known: map[string]*limit{}}
}

// take counts a try, or says when the next one may be made.
func (l *limits) take(address, account string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	l.sweep(now)
	wait := l.wait(now, "address "+household(address), rate.Every(addressEvery), addressBurst)
	if account != "" && wait == 0 {
		wait = l.wait(now, "account "+account, rate.Every(accountEvery), accountBurst)
	}
	if wait == 0 {
		return nil
	}
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	return &Problem{
		Status: http.StatusTooManyRequests, Code: "too_many", Detail: "too many attempts to log in",
		Mend: "Try again in " + seconds + " seconds.", header: http.Header{"Retry-After": {seconds}},
	}
}

// wait takes one from a limit, or says how long it will be empty.
func (l *limits) wait(now time.Time, key string, every rate.Limit, burst int) time.Duration {
	k := l.known[key]
	if k == nil {
		k = &limit{Limiter: rate.NewLimiter(every, burst)}
		l.known[key] = k
	}
	k.used = now
	r := k.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// forget clears an account's limit, for somebody who knew the password.
func (l *limits) forget(account string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.known, "account "+account)
}

// sweep drops limits that are full again.
func (l *limits) sweep(now time.Time) {
	if now.Sub(l.swept) < limitLife {
		return
	}
	l.swept = now
	for key, k := range l.known {
		if now.Sub(k.used) > limitLife {
			delete(l.known, key)
		}
	}
}
