package redshift

import (
	"context"
	"sync"
	"time"

	"github.com/eddy-retl/eddy"
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

// Lock claims a name. Who meets others that want it in the same moment waits for a while of a
// random length, so that one of them gets it.
func (e *engine) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	claims, err := e.locks.open(ctx, e)
	if err != nil {
		return nil, err
	}
	const tries = 8
	for try := 1; ; try++ {
		began := time.Now()
		l, err := claims.Lock(ctx, name)
		if err == nil {
			e.locks.hold(l)
			return l, nil
		}
		if eddy.ErrorCode(err) != eddy.CodeConflict || try == tries {
			return nil, err
		}
		if err := pause(ctx, max(100*time.Millisecond, 4*time.Since(began))); err != nil {
			return nil, err
		}
	}
}

func (l *locks) hold(lease warehouse.Lease) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, lease)
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
	// What is not heard of ends by itself.
	ctx, stop := context.WithTimeout(context.Background(), releaseWithin)
	defer stop()
	for _, lease := range l.held {
		if lease.Err() == nil {
			lease.Release(ctx)
		}
	}
	return l.engine.Close()
}

// releaseWithin is how long giving claims back may take.
const releaseWithin = 10 * time.Second
