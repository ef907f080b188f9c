package sync

import (
	"context"
	"errors"

	"github.com/eddy-retl/eddy/ledger"
)

// Reject drops a run that the guard held, or the newest one: it cannot be approved any
// more. It says which run that was.
func Reject(ctx context.Context, job Job, run string) (_ string, err error) {
	if job.split() {
		return rejectSplit(ctx, job, run)
	}
	engine, err := job.State(ctx)
	if err != nil {
		return "", err
	}
	l, err := ledger.Open(ctx, ledger.Config{Engine: engine, Connection: job.Connection.Name, Fields: job.Destination.Fields(), Digests: job.Digests})
	if err != nil {
		return "", errors.Join(err, engine.Close())
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	held, err := l.Reject(ctx, run)
	return held.RunID, err
}
