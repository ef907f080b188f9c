package warehouse

import (
	"context"
	"crypto/rand"
	"fmt"
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

// Claims is the lock of engines whose sessions hold none. A claim is a row that says who
// wants a name until when, by the engine's clock. Who has appended one reads them all and
// goes on only if no other is alive; else it takes its own back. Of two that want a name
// at once the later claim sees the earlier one, so that both may stand back, but never do
// both go on. It takes no more than the contract of an engine: rows are appended and read.
type Claims struct {
	engine Engine
	life   time.Duration
	// mu lets the claims' statements run one after the other.
	mu sync.Mutex
}

// NewClaims keeps claims in a table of an engine. The engine is one that nothing else uses:
// claims are renewed beside all that a run does. Zero life is [DefaultClaim].
func NewClaims(e Engine, life time.Duration) *Claims {
	if life == 0 {
		life = DefaultClaim
	}
	return &Claims{engine: e, life: life}
}

// Lock claims a name. An error of CodeConflict says that another one has it, or that
// another one wanted it at the same time: then some wait of a random length helps.
func (c *Claims) Lock(ctx context.Context, name string) (Lease, error) {
	if err := c.make(ctx); err != nil {
		return nil, fmt.Errorf("make the table of claims: %w", err)
	}
	l := &claim{c: c, name: name, owner: rand.Text()}
	asked := time.Now()
	err := c.append(ctx, l, "claimed")
	rival := false
	if err == nil {
		rival, err = c.rival(ctx, l)
	}
	if err == nil && !rival && !l.begin(asked) {
		err = eddy.Errorf(eddy.CodeSource, "the warehouse took longer to claim %s than a claim lives", name)
	}
	switch {
	case err != nil || rival:
		// If this is not heard, the claim ends by itself.
		_ = c.append(context.WithoutCancel(ctx), l, "released")
	default:
		renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
		l.stop, l.stopped = stop, make(chan struct{})
		go l.renew(renewing)
		return l, nil
	}
	if err != nil {
		return nil, fmt.Errorf("claim %s: %w", name, err)
	}
	return nil, eddy.Errorf(eddy.CodeConflict, "another one claims %s", name)
}

func (c *Claims) table() string { return c.engine.Schema() + ".leases" }

// make makes the table, which another one may do in the same moment.
func (c *Claims) make(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.engine.Dialect()
	_, err := c.engine.Exec(ctx, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (name %s NOT NULL, owner %[2]s NOT NULL, event %[2]s NOT NULL, ends %[3]s NOT NULL)", c.table(), d.Text, d.Timestamp))
	if err == nil || ctx.Err() != nil {
		return err
	}
	if c.engine.Query(ctx, "SELECT 1 FROM "+c.table()+" WHERE 1 = 0", func([][]byte) error { return nil }) == nil {
		return nil
	}
	return err
}

// append adds a row about a claim: when it ends, or that it is released.
func (c *Claims) append(ctx context.Context, l *claim, event string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.engine.Exec(ctx, fmt.Sprintf("INSERT INTO %s (name, owner, event, ends) SELECT %s, %s, %s, %s + INTERVAL '%d' SECOND",
		c.table(), c.engine.Dialect().Literal(l.name), c.engine.Dialect().Literal(l.owner), c.engine.Dialect().Literal(event), c.engine.Dialect().Now(), c.seconds()))
	return err
}

// seconds is how long a claim lives in the engine. That may count whole seconds only, and take
// those of its clock for less than they are: there it must not be over before its holder stops.
func (c *Claims) seconds() int64 { return int64((c.life+time.Second-1)/time.Second) + 1 }

// rival says that somebody else's claim is alive.
func (c *Claims) rival(ctx context.Context, l *claim) (found bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	err = c.engine.Query(ctx, fmt.Sprintf("SELECT owner FROM %s WHERE name = %s AND owner <> %s GROUP BY owner HAVING max(CASE WHEN event = 'released' THEN 1 ELSE 0 END) = 0 AND max(ends) > %s",
		c.table(), c.engine.Dialect().Literal(l.name), c.engine.Dialect().Literal(l.owner), c.engine.Dialect().Now()), func([][]byte) error {
		found = true
		return nil
	})
	return found, err
}

// claim is a name that this process has claimed.
type claim struct {
	c           *Claims
	name, owner string
	stop        context.CancelFunc
	stopped     chan struct{}

	mu sync.Mutex
	// asked is when the claim, or its last renewal, was asked for: its life is counted from
	// there, because nobody knows when the engine heard of it.
	asked time.Time
	// over says that it has been too old once. It stays so: another one may have the name.
	over bool
}

// begin starts the claim's life, unless it is over already.
func (l *claim) begin(asked time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked = asked
	return l.alive()
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
		asked := time.Now()
		bounded, cancel := context.WithTimeout(ctx, l.c.life/renewals)
		err := l.c.append(bounded, l, "renewed")
		cancel()
		wait = l.c.life / renewals
		if err != nil {
			wait = l.c.life / claimTried
			continue
		}
		l.renewed(asked)
	}
}

// renewed counts a renewal, if its answer came before the claim was over: one that the
// engine heard of later gave nothing back.
func (l *claim) renewed(asked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.alive() {
		l.asked = asked
	}
}

// Release takes the claim back.
func (l *claim) Release(ctx context.Context) {
	l.stop()
	<-l.stopped
	l.mu.Lock()
	l.over = true
	l.mu.Unlock()
	_ = l.c.append(ctx, l, "released") // what is not heard of ends by itself
}
