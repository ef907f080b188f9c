package api

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How often one may try to log in: at once, and then one every so often.
const (
	// From one address, whatever the accounts: refused beyond.
	addressBurst = 20
	addressEvery = 5 * time.Second
	// To one account from one network: refused beyond, and nobody elsewhere notices.
	networkBurst = 5
	networkEvery = 20 * time.Second
	// To one account from all networks from where nobody ever logged in to it: they wait for
	// their turn beyond.
	accountBurst = 20
	accountEvery = 3 * time.Second
	// accountQueue is how many wait for one account, and allQueues for all; who would wait
	// longest is refused. What waits holds a connection and a body.
	accountQueue = 20
	allQueues    = 100
	// limitLife is after how long an idle limit is full again and can be forgotten.
	limitLife = 10 * time.Minute
	// homeLife is how long a network is remembered from where somebody logged in, and homes
	// how many there are of one account.
	homeLife = 90 * 24 * time.Hour
	homes    = 20
	// mostLimits bounds what is remembered of strangers.
	mostLimits = 20_000
)

// How much may be asked after people: each question reads whole models.
const (
	// Each person asks so often at once, and then once every so often; no list is tried out so.
	lookupBurst = 20
	lookupEvery = 10 * time.Second
	// A question goes to so many connections, so many of them at once, and waits for each this
	// long; the next question goes on from there.
	lookupConnections = 10
	lookupAtOnce      = 3
	lookupTimeout     = time.Minute
)

// limits slows down guessing of passwords. A server counts what it sees itself.
//
// Whoever guesses from one network is refused there, and the account's owner logs in from
// any other. Whoever guesses from many networks waits with all who come from a network that
// the account does not know: those who guessed least there go first, so that the owner is
// let in after a while, and only they. From where the owner has logged in before, nothing of
// this is noticed.
type limits struct {
	now func() time.Time
	// closing ends all waiting.
	closing <-chan struct{}

	mu      sync.Mutex
	known   map[string]*limit
	home    map[string]map[string]time.Time // by account: networks, and when they were last logged in from
	waiting int
	swept   time.Time
}

type limit struct {
	*rate.Limiter

	used  time.Time
	queue []*waiter
}

// waiter is a try that waits for its turn.
type waiter struct {
	// left is how often its network may still try this account at once: who guessed most has
	// the least.
	left float64
	// dropped is closed when somebody else takes the place.
	dropped chan struct{}
}

func newLimits(now func() time.Time, closing <-chan struct{}) *limits {
	return &limits{now: now, closing: closing, known: map[string]*limit{}, home: map[string]map[string]time.Time{}}
}

// take counts a try from an address, or says when the next one may be made.
func (l *limits) take(address string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	return tooMany(l.wait(now, "address "+household(address), rate.Every(addressEvery), addressBurst))
}

// turn waits until a try to log in to an account may be made, or says when another one may.
func (l *limits) turn(ctx context.Context, address, account string) error {
	if err := l.take(address); err != nil || account == "" { // nobody has no password
		return err
	}
	l.mu.Lock()
	now, network := l.now(), neighbourhood(address)
	key := "network " + network + " " + account
	left := float64(networkBurst)
	if k := l.known[key]; k != nil {
		left = k.TokensAt(now)
	}
	if wait := l.wait(now, key, rate.Every(networkEvery), networkBurst); wait > 0 {
		l.mu.Unlock()
		return tooMany(wait)
	}
	if seen, ok := l.home[account][network]; ok && now.Sub(seen) < homeLife {
		l.mu.Unlock()
		return nil
	}
	w := &waiter{left: left, dropped: make(chan struct{})}
	q := l.limit(now, "account "+account, rate.Every(accountEvery), accountBurst)
	if !l.enqueue(q, w) {
		l.mu.Unlock()
		return tooMany(accountQueue * accountEvery)
	}
	l.mu.Unlock()
	return l.await(ctx, q, w)
}

// enqueue gives a try its place: behind those whose networks guessed less, or as much. Where
// too many wait, the last one gives way.
func (l *limits) enqueue(q *limit, w *waiter) bool {
	at := slices.IndexFunc(q.queue, func(other *waiter) bool { return other.left < w.left })
	if at < 0 {
		at = len(q.queue)
	}
	if len(q.queue) >= accountQueue || l.waiting >= allQueues {
		if at == len(q.queue) {
			return false
		}
		last := q.queue[len(q.queue)-1]
		l.dequeue(q, last)
		close(last.dropped)
	}
	q.queue = slices.Insert(q.queue, at, w)
	l.waiting++
	return true
}

func (l *limits) dequeue(q *limit, w *waiter) {
	if i := slices.Index(q.queue, w); i >= 0 {
		q.queue = slices.Delete(q.queue, i, i+1)
		l.waiting--
	}
}

// await waits for a try's turn.
func (l *limits) await(ctx context.Context, q *limit, w *waiter) error {
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.dequeue(q, w)
	}()
	for {
		wait := l.next(q, w)
		if wait == 0 {
			return nil
		}
		again := time.NewTimer(wait)
		select {
		case <-again.C:
		case <-w.dropped:
			again.Stop()
			return tooMany(accountQueue * accountEvery)
		case <-l.closing:
			again.Stop()
			return tooMany(accountEvery)
		case <-ctx.Done():
			again.Stop()
			return ctx.Err()
		}
	}
}

// next lets a try go, or says when to ask again.
func (l *limits) next(q *limit, w *waiter) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	q.used = now
	if len(q.queue) > 0 && q.queue[0] == w && q.AllowN(now, 1) {
		l.dequeue(q, w)
		return 0
	}
	missing := max(0, 1-q.TokensAt(now))
	return max(accountEvery/20, time.Duration(missing*float64(accountEvery)))
}

// lookup counts a question after a person, or says when the next one may be asked.
func (l *limits) lookup(user string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.wait(l.now(), "lookup "+user, rate.Every(lookupEvery), lookupBurst)
	if wait == 0 {
		return nil
	}
	return tooManyOf(wait, "you asked after as many people as one may for now")
}

// wait takes one from a limit, or says how long it will be empty.
func (l *limits) wait(now time.Time, key string, every rate.Limit, burst int) time.Duration {
	r := l.limit(now, key, every, burst).ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// limit is the limit of a key; a new one is full.
func (l *limits) limit(now time.Time, key string, every rate.Limit, burst int) *limit {
	k := l.known[key]
	if k == nil {
		l.sweep(now)
		k = &limit{Limiter: rate.NewLimiter(every, burst)}
		l.known[key] = k
	}
	k.used = now
	return k
}

// knew notes that somebody knew the password of an account, and from where.
func (l *limits) knew(address, account string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	network := neighbourhood(address)
	delete(l.known, "network "+network+" "+account)
	of := l.home[account]
	if of == nil {
		of = map[string]time.Time{}
		l.home[account] = of
	}
	of[network] = l.now()
	if len(of) > homes {
		first := network
		for n, seen := range of {
			if seen.Before(of[first]) {
				first = n
			}
		}
		delete(of, first)
	}
}

// sweep drops limits that are full again and, when there are too many, the tenth that was
// not used for longest.
func (l *limits) sweep(now time.Time) {
	if now.Sub(l.swept) < limitLife && len(l.known) < mostLimits {
		return
	}
	before := now.Add(-limitLife)
	if len(l.known) >= mostLimits {
		uses := make([]time.Time, 0, len(l.known))
		for _, k := range l.known {
			uses = append(uses, k.used)
		}
		slices.SortFunc(uses, time.Time.Compare)
		before = uses[len(uses)/10]
	}
	l.swept = now
	for key, k := range l.known {
		if !k.used.After(before) && len(k.queue) == 0 {
			delete(l.known, key)
		}
	}
}

// tooMany refuses a try that would have to wait.
func tooMany(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return tooManyOf(wait, "too many attempts to log in")
}

func tooManyOf(wait time.Duration, detail string) *Problem {
	seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
	return &Problem{
		Status: http.StatusTooManyRequests, Code: "too_many", Detail: detail,
		Mend: "Try again in " + seconds + " seconds.", header: http.Header{"Retry-After": {seconds}},
	}
}
