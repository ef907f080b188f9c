package redshift

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/eddy-retl/eddy/warehouse"
)

// locks are what an engine has claimed. Sessions hold no locks of this kind, so it is claims
// in a table, on an engine of their own: they are renewed beside all that a run does.
type locks struct {
	mu     sync.Mutex
	engine *engine
	claims *warehouse.Claims
	held   []warehouse.Lease
}

// Lock claims a name.
func (e *engine) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	claims, err := e.locks.open(ctx, e)
	if err != nil {
		return nil, err
	}
	l, err := claims.Lock(ctx, name)
	if err != nil {
		return nil, err
	}
	return e.locks.hold(l), nil
}

func (l *locks) hold(claim warehouse.Lease) warehouse.Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, claim)
	return lease{claim, l}
}

// lease is a claim that is given back also where its connection is gone: else the next run
// would wait until it ends.
type lease struct {
	warehouse.Lease

	of *locks
}

// Release gives the claim back.
func (l lease) Release(ctx context.Context) {
	l.of.mu.Lock()
	defer l.of.mu.Unlock()
	l.of.release(ctx, l.Lease)
}

// Prune deletes what is long over.
func (l lease) Prune(ctx context.Context) error {
	if p, ok := l.Lease.(warehouse.Pruner); ok {
		return p.Prune(ctx)
	}
	return nil
}

// release gives a claim back, once.
func (l *locks) release(ctx context.Context, claim warehouse.Lease) {
	i := slices.Index(l.held, claim)
	if i < 0 {
		return
	}
	l.held = slices.Delete(l.held, i, i+1)
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
	defer stop()
	l.engine.busy.Lock()
	if l.engine.conn.Ping(ctx) != nil {
		if conn, err := l.engine.source.connect(ctx); err == nil {
			l.engine.conn = conn
		}
	}
	l.engine.busy.Unlock()
	claim.Release(ctx) // what is not heard of ends by itself
}

func (l *locks) open(ctx context.Context, e *engine) (*warehouse.Claims, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.claims == nil {
		own, err := e.source.engine(ctx, e.schema)
		if err != nil {
			return nil, err
		}
		l.engine, l.claims = own, warehouse.NewClaims(own, e.source.life)
	}
	return l.claims, nil
}

// close gives all claims back.
func (l *locks) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine == nil {
		return nil
	}
	for len(l.held) > 0 {
		l.release(context.Background(), l.held[0])
	}
	return l.engine.Close()
}

// releaseWithin is how long giving claims back may take.
const releaseWithin = 10 * time.Second
