package setup

import (
	"context"
	"os"
	"path/filepath"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// Preflight tests what a run of a connection would refuse before it reads the model: whether
// its state can be kept, whether the model has what is mapped, whether the audience is
// there and nobody else's, and whether the clock is right. It sends nothing and makes nothing. Everybody who tells people
// beforehand what a run would come to asks here.
func (s *Setup) Preflight(ctx context.Context, c eddy.Connection) []destination.CheckStep {
	job, err := s.Job(ctx, c, true)
	if err != nil {
		return []destination.CheckStep{{Name: "source and destination", Err: err}}
	}
	defer func() { _ = job.Source.Close() }()
	return append([]destination.CheckStep{s.checkState(ctx, c, job.Source)}, sync.Preflight(ctx, job)...)
}

// checkState tests whether the connection's state can be kept where it is to lie.
func (s *Setup) checkState(ctx context.Context, c eddy.Connection, src warehouse.Source) destination.CheckStep {
	if s.Local(c) {
		return destination.CheckStep{Name: "state", Detail: "in " + s.StateDir, Err: writable(s.StateDir)}
	}
	schema := s.Sources[c.Source].Schema
	step := destination.CheckStep{Name: "state", Detail: "in schema " + schema}
	if w, ok := src.(warehouse.StateChecker); ok {
		step.Err = w.CheckState(ctx, schema)
	}
	return step
}

// writable tests whether a folder can be written, or made.
func writable(dir string) error {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			break
		}
		dir = parent
	}
	f, err := os.CreateTemp(dir, ".eddy-check-*")
	if err != nil {
		return stateError("write in the state folder", err)
	}
	_ = f.Close()
	return os.Remove(f.Name())
}
