package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// withJob runs fn with the job of the connection that args name.
func (m *Main) withJob(ctx context.Context, c *common, args []string, dry bool, fn func(sync.Job) error) (err error) {
	s, err := m.load(c)
	if err != nil {
		return err
	}
	conn, err := s.connection(args)
	if err != nil {
		return err
	}
	job, err := s.job(ctx, conn, dry)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, job.Source.Close()) }()
	return fn(job)
}

// job puts together what a run of a connection works with. The caller closes the source.
func (s *setup) job(ctx context.Context, c eddy.Connection, dry bool) (sync.Job, error) {
	dest, err := s.openDestination(c.Destination)
	if err != nil {
		return sync.Job{}, err
	}
	src, err := s.openSource(ctx, c.Source)
	if err != nil && (dry || eddy.ErrorCode(err) != eddy.CodeSource) {
		return sync.Job{}, err
	} else if err != nil {
		src = unreachable{err}
	}
	host, _ := os.Hostname()
	job := sync.Job{
		Connection: c, Source: src, Destination: dest, Account: s.account(c.Destination), Digests: s.local(c),
		Trigger: "manual", Owner: fmt.Sprintf("%s pid %d", host, os.Getpid()),
		State: s.stateOpener(c, src, dry),
	}
	if job.Digests {
		if job.Key, err = s.key(dry); err != nil && dry {
			return job, errors.Join(err, src.Close())
		} else if err != nil {
			job.Source = unreachable{errors.Join(err, src.Close())}
		}
	}
	job.Elsewhere = s.elsewhere(c, src, dry)
	if !dry {
		job.Claim = func(account, audience string, take bool) error { return s.claim(c.Name, account, audience, take) }
	}
	return job, nil
}

func (s *setup) stateOpener(c eddy.Connection, src warehouse.Source, dry bool) func(context.Context) (warehouse.Session, error) {
	return func(ctx context.Context) (warehouse.Session, error) {
		if !s.local(c) && !dry {
			return src.Session(ctx, s.Sources[c.Source].Schema)
		}
		if !s.local(c) {
			ses, err := s.existing(ctx, c, src)
			if err != nil || ses != nil {
				return ses, err
			}
			// A look at what the first run would do needs no schema, and makes none.
			return src.Session(ctx, "")
		}
		e := duckdb.Engine{Path: s.statePath(c), MemoryLimit: s.Sources[c.Source].Options["memory_limit"]}
		if dry {
			e.ReadOnly = true
			if _, err := os.Stat(e.Path); err != nil {
				e.Path = ""
			}
		}
		return e.Open(ctx)
	}
}

// elsewhere opens the place where the connection's state does not lie but may have lain:
// people move it by changing state: in the configuration.
func (s *setup) elsewhere(c eddy.Connection, src warehouse.Source, dry bool) func(context.Context) (warehouse.Session, error) {
	return func(ctx context.Context) (warehouse.Session, error) {
		if s.local(c) {
			if e, ok := src.(warehouse.Existing); ok {
				return e.Existing(ctx, s.Sources[c.Source].Schema)
			}
			return nil, nil
		}
		path := s.statePath(c)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return duckdb.Engine{Path: path, ReadOnly: dry}.Open(ctx)
	}
}

// unreachable is a source that could not be opened, or whose state cannot be used. A run
// of it fails like any other, so that it is reported like any other.
type unreachable struct{ err error }

// Columns says why the source could not be opened.
func (u unreachable) Columns(context.Context, eddy.Model) ([]warehouse.Column, error) {
	return nil, u.err
}

// Stage says why the source could not be opened.
func (u unreachable) Stage(context.Context, warehouse.Session, string, []warehouse.Selected, eddy.Model) error {
	return u.err
}

// Session says why the source could not be opened.
func (u unreachable) Session(context.Context, string) (warehouse.Session, error) { return nil, u.err }

// Close has nothing to close.
func (u unreachable) Close() error { return nil }
