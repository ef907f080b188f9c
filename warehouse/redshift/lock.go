package redshift

import (
	"context"
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
	return lease{l, &e.locks}, nil
}

// lease is a claim that is given back also where its connection is gone: else the next run
// would wait until it ends.
type lease struct {
	warehouse.Lease

	of *locks
}

// Release gives the claim back.
func (l lease) Release(ctx context.Context) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), releaseWithin)
	defer stop()
	l.of.mend(ctx)
	l.Lease.Release(ctx) // what is not heard of ends by itself
}

// Prune deletes what is long over.
func (l lease) Prune(ctx context.Context) error {
	if p, ok := l.Lease.(warehouse.Pruner); ok {
		return p.Prune(ctx)
	}
	return nil
}

// mend connects again where the connection of the claims is gone, unless they were closed.
func (l *locks) mend(ctx context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine == nil {
		return
	}
	l.engine.busy.Lock()
	defer l.engine.busy.Unlock()
	if l.engine.conn.Ping(ctx) != nil {
		if conn, err := l.engine.source.connect(ctx); err == nil {
			l.engine.conn = conn
		}
	}
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
	ctx, stop := context.WithTimeout(context.Background(), releaseWithin)
	defer stop()
	l.mend(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.engine == nil {
		return nil
	}
	l.claims.Close()
	own := l.engine
	l.engine, l.claims = nil, nil
	return own.Close()
}

// releaseWithin is how long giving claims back may take.
const releaseWithin = 10 * time.Second
