package warehouse

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
)

// DefaultClaim is how long a claim lives that nobody renews: what a run that died keeps
// the next one waiting for.
const DefaultClaim = time.Minute

// Of a claim's life, renewals come each third, and its holder stops that much before its
// end: what it has just begun to send is over by then.
const (
	renewals   = 3
	claimTried = 12 // a renewal that failed is tried again after this part
	claimSpare = 6
)

// Who waits for its turn looks again after a while, twice as long each time up to the last, and
// gives up after so many lives of a claim.
const (
	looksFirst = 50 * time.Millisecond
	looksLast  = time.Second
	patience   = 3
)

// closeWithin is how long Close waits for each claim that it releases.
const closeWithin = 10 * time.Second

// pruneAfter is how long a claim has been over when its rows are deleted.
const pruneAfter = 24 * time.Hour

// What the rows of a claim say of it. Nothing is changed: the last of them that somebody has
// said holds.
const (
	wanted   = "wanted"
	held     = "held"
	released = "released"
)

// Claims is the lock of engines whose sessions hold none. It takes no more than the contract of
// an engine: rows are appended and read. A claim is some rows of one owner that say until when
// it lives, by the engine's clock, and it is Lamport's bakery:
//
//  1. Say that the name is wanted.
//  2. Read the numbers of all others that live, and say a higher one.
//  3. Read again. Those before this one are those that have no number yet, and those of a lower
//     number. Whoever is not read there by now will read this one's number, and say a higher one.
//  4. Wait until each of them is gone. It is a conflict if one of them holds the name, and shows
//     that it lives: a row of it is new. Then say that the name is held.
//
// So of those that want a name at once the one of the lowest number has it, and all others are
// told when they see that it does; who died is waited for until its claim is over.
//
// All of this is true only while a claim lives without a gap. One that its owner could not renew
// in time is over for good, whatever the engine hears of it later.
type Claims struct {
	engine Engine
	life   time.Duration
	// one lets the claims' statements run one after the other.
	one chan struct{}

	mu sync.Mutex
	// living are those that were not released yet.
	living map[*claim]bool
}

// NewClaims keeps claims in a table of an engine. The engine is one that nothing else uses:
// claims are renewed beside all that a run does. Zero life is [DefaultClaim].
func NewClaims(e Engine, life time.Duration) *Claims {
	if life == 0 {
		life = DefaultClaim
	}
	return &Claims{engine: e, life: life, one: make(chan struct{}, 1), living: map[*claim]bool{}}
}

// Lock claims a name. An error of CodeConflict says that another one has it, and was heard of
// since: that takes as long as it takes to renew a claim.
func (c *Claims) Lock(ctx context.Context, name string) (Lease, error) {
	l, err := c.claim(ctx, name, wanted)
	if err != nil {
		return nil, err
	}
	if err := l.take(ctx); err != nil {
		l.Release(context.WithoutCancel(ctx))
		return nil, err
	}
	return l, nil
}

// Mark says that a name is in use, which any number may say of one name.
func (c *Claims) Mark(ctx context.Context, name string) (Lease, error) {
	l, err := c.claim(ctx, name, held)
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Marked lists the names that are marked, locked, or wanted.
func (c *Claims) Marked(ctx context.Context) (names []string, err error) {
	err = c.query(ctx, fmt.Sprintf("SELECT name FROM %s GROUP BY name, owner HAVING %s", c.table(), c.alive()), func(row [][]byte) error {
		names = append(names, string(row[0]))
		return nil
	})
	return names, err
}

// Close releases all claims that were not, and ends no engine.
func (c *Claims) Close() {
	c.mu.Lock()
	living := slices.Collect(maps.Keys(c.living))
	c.mu.Unlock()
	for _, l := range living {
		bounded, stop := context.WithTimeout(context.Background(), closeWithin)
		l.Release(bounded)
		stop()
	}
}

// claim begins a claim, and to renew it.
func (c *Claims) claim(ctx context.Context, name, event string) (*claim, error) {
	if err := c.make(ctx); err != nil {
		return nil, fmt.Errorf("make the table of claims: %w", err)
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &claim{c: c, name: name, owner: rand.Text(), event: event, asked: time.Now(), stop: stop, stopped: make(chan struct{})}
	c.mu.Lock()
	c.living[l] = true
	c.mu.Unlock()
	err := l.say(ctx)
	go l.renew(renewing)
	if err == nil {
		err = l.tooLate()
	}
	if err != nil {
		l.Release(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("claim %s: %w", name, err)
	}
	return l, nil
}

func (c *Claims) table() string { return c.engine.Schema() + ".claims" }

// make makes the table, which another one may do in the same moment.
func (c *Claims) make(ctx context.Context) error {
	d := c.engine.Dialect()
	err := c.exec(ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (name %s NOT NULL, owner %[2]s NOT NULL, event %[2]s NOT NULL, number %[3]s NOT NULL, ends %[4]s NOT NULL)", c.table(), d.Text, d.Bigint, d.Timestamp))
	if err == nil || ctx.Err() != nil {
		return err
	}
	if c.query(ctx, "SELECT 1 FROM "+c.table()+" WHERE 1 = 0", func([][]byte) error { return nil }) == nil {
		return nil
	}
	return err
}

func (c *Claims) exec(ctx context.Context, sql string) error {
	return c.alone(ctx, func() error {
		_, err := c.engine.Exec(ctx, Comment(ctx)+sql)
		return err
	})
}

func (c *Claims) query(ctx context.Context, sql string, each func([][]byte) error) error {
	return c.alone(ctx, func() error { return c.engine.Query(ctx, Comment(ctx)+sql, each) })
}

// alone runs a statement when no other one runs.
func (c *Claims) alone(ctx context.Context, run func() error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case c.one <- struct{}{}:
	}
	defer func() { <-c.one }()
	return run()
}

// alive is the condition of an owner whose claim lives.
func (c *Claims) alive() string {
	return "max(CASE WHEN event = '" + released + "' THEN 1 ELSE 0 END) = 0 AND max(ends) > " + c.engine.Dialect().Now()
}

// seconds is how long a claim lives in the engine. That may count whole seconds only, and take
// those of its clock for less than they are: there it must not be over before its holder stops.
func (c *Claims) seconds() int64 { return int64((c.life+time.Second-1)/time.Second) + 1 }

// rival is somebody else's claim that lives.
type rival struct {
	owner  string
	number int64
	// holds says that it has the name, and sign is another whenever it was heard of.
	holds bool
	sign  string
}

// rivals are all others that live and claim the same name.
func (c *Claims) rivals(ctx context.Context, l *claim) (out []rival, err error) {
	lit := c.engine.Dialect().Literal
	sql := fmt.Sprintf("SELECT owner, max(number), max(CASE WHEN event = '%s' THEN 1 ELSE 0 END), max(ends) FROM %s WHERE name = %s AND owner <> %s GROUP BY owner HAVING %s",
		held, c.table(), lit(l.name), lit(l.owner), c.alive())
	err = c.query(ctx, sql, func(row [][]byte) error {
		number, err := strconv.ParseInt(string(row[1]), 10, 64)
		out = append(out, rival{string(row[0]), number, string(row[2]) == "1", string(row[2]) + " " + string(row[3])})
		return err
	})
	return out, err
}

// claim is a name that this process has claimed, or wants to.
type claim struct {
	c           *Claims
	name, owner string
	stop        context.CancelFunc
	stopped     chan struct{}

	mu sync.Mutex
	// event and number are what each new row says.
	event  string
	number int64
	// asked is when the claim, or its last renewal, was asked for: its life is counted from
	// there, because nobody knows when the engine heard of it.
	asked time.Time
	// over says that it has been too old once. It stays so: another one may have the name.
	over bool
}

// take waits for the claim's turn, and has it hold the name.
func (l *claim) take(ctx context.Context) error {
	rivals, err := l.c.rivals(ctx, l)
	if err == nil {
		number := int64(0)
		for _, r := range rivals {
			number = max(number, r.number)
		}
		l.become(wanted, number+1)
		err = l.say(ctx)
	}
	if err == nil {
		err = l.turn(ctx)
	}
	if err == nil {
		// It has the name from here on. That it says so is for those who wait: if it is not
		// heard, the next renewal says it.
		l.become(held, l.number)
		_ = l.say(ctx)
		err = l.tooLate()
	}
	if err != nil && eddy.ErrorCode(err) != eddy.CodeConflict {
		return fmt.Errorf("claim %s: %w", l.name, err)
	}
	return err
}

// turn waits until nobody is before this claim.
func (l *claim) turn(ctx context.Context) error {
	rivals, err := l.c.rivals(ctx, l)
	if err != nil {
		return err
	}
	// before are the signs of life of those that may be before it. Nobody joins them.
	before := map[string]string{}
	for _, r := range rivals {
		before[r.owner] = r.sign
	}
	begun, wait := time.Now(), looksFirst
	for {
		waits := false
		for _, r := range rivals {
			sign, was := before[r.owner]
			switch {
			case !was || !r.before(l):
			case r.holds && r.sign != sign, time.Since(begun) > patience*l.c.life:
				return eddy.Errorf(eddy.CodeConflict, "another one claims %s", l.name)
			default:
				waits = true
			}
		}
		if err := l.tooLate(); err != nil || !waits {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait = min(2*wait, looksLast)
		if rivals, err = l.c.rivals(ctx, l); err != nil {
			return err
		}
	}
}

// before says that a rival comes first, or may: its number is not known yet.
func (r *rival) before(l *claim) bool {
	return r.holds || r.number < l.number || r.number == l.number && r.owner < l.owner
}

func (l *claim) become(event string, number int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.event, l.number = event, number
}

// say appends a row that says all of the claim, so that none before it is needed, and renews it.
func (l *claim) say(ctx context.Context) error {
	l.mu.Lock()
	event, number := l.event, l.number
	l.mu.Unlock()
	d, asked := l.c.engine.Dialect(), time.Now()
	err := l.c.exec(ctx, fmt.Sprintf("INSERT INTO %s (name, owner, event, number, ends) SELECT %s, %s, '%s', %d, %s",
		l.c.table(), d.Literal(l.name), d.Literal(l.owner), event, number, d.After(d.Now(), l.c.seconds())))
	if err == nil {
		l.renewed(asked)
	}
	return err
}

// alive says that the claim is young enough. A process that was stopped, and a machine that
// slept, notice here; the latter by the wall clock only.
func (l *claim) alive() bool {
	now := time.Now()
	age := max(now.Sub(l.asked), now.Round(0).Sub(l.asked.Round(0)))
	if age >= l.c.life-l.c.life/claimSpare {
		l.over = true
	}
	return !l.over
}

// Err says that the claim could not be renewed in time.
func (l *claim) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.alive() {
		return nil
	}
	return eddy.Errorf(eddy.CodeConflict, "the claim of %s could not be renewed in time, and another one may have it", l.name)
}

// tooLate says that the claim was over before it came to anything.
func (l *claim) tooLate() error {
	if l.Err() == nil {
		return nil
	}
	return eddy.Errorf(eddy.CodeSource, "the warehouse took longer to claim %s than a claim lives", l.name)
}

// renew renews the claim until it is released, or over.
func (l *claim) renew(ctx context.Context) {
	defer close(l.stopped)
	wait := l.c.life / renewals
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		if l.Err() != nil {
			return
		}
		bounded, cancel := context.WithTimeout(ctx, l.c.life/renewals)
		err := l.say(bounded)
		cancel()
		wait = l.c.life / renewals
		if err != nil {
			wait = l.c.life / claimTried
		}
	}
}

// renewed counts a renewal, if its answer came before the claim was over: one that the
// engine heard of later gave nothing back.
func (l *claim) renewed(asked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.alive() && asked.After(l.asked) {
		l.asked = asked
	}
}

// Release takes the claim back, once.
func (l *claim) Release(ctx context.Context) {
	l.c.mu.Lock()
	living := l.c.living[l]
	delete(l.c.living, l)
	l.c.mu.Unlock()
	if !living {
		return
	}
	l.stop()
	<-l.stopped
	l.mu.Lock()
	l.over, l.event = true, released
	l.mu.Unlock()
	bounded, cancel := context.WithTimeout(ctx, l.c.life/renewals)
	defer cancel()
	_ = l.say(bounded) // what is not heard of ends by itself
}

// Prune deletes the rows of claims that are long over, anybody's.
func (l *claim) Prune(ctx context.Context) error {
	d := l.c.engine.Dialect()
	return l.c.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE ends < %s", l.c.table(), d.After(d.Now(), -int64(pruneAfter/time.Second))))
}
