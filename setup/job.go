package setup

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// Job puts together what a run of a connection works with; dry, what a look at one does. The
// caller closes its source. A source that cannot be reached is told by the run, so that a
// run of it fails like any other.
func (s *Setup) Job(ctx context.Context, c eddy.Connection, dry bool) (sync.Job, error) {
	suppressed, err := lists(s, c)
	if err != nil {
		return sync.Job{}, err
	}
	dest, err := s.OpenDestination(c.Destination)
	if err != nil {
		return sync.Job{}, err
	}
	src, err := s.OpenSource(ctx, c.Source)
	if err != nil && (dry || eddy.ErrorCode(err) != eddy.CodeSource) {
		return sync.Job{}, err
	} else if err != nil {
		src = unreachable{err}
	}
	host, _ := os.Hostname()
	job := sync.Job{
		Connection: c, Source: src, Destination: dest, Account: s.Account(c.Destination), Suppress: suppressed, Local: sync.Local{Digests: s.Local(c), Scratch: duckdb.Engine{}.Open},
		Trigger: "manual", Apart: sync.Apart{Owner: fmt.Sprintf("%s pid %d", host, os.Getpid())},
		State: s.stateOpener(c, src, dry),
	}
	if kind, _ := connectors.Warehouse(s.Sources[c.Source].Type); dry && !job.Digests && kind.LocalLooks {
		found, err := s.Existing(ctx, c, src)
		if err != nil {
			return job, errors.Join(err, src.Close())
		}
		if found == nil {
			job.Digests, job.State = true, duckdb.Engine{}.Open
		} else if err := found.Close(); err != nil {
			return job, errors.Join(err, src.Close())
		}
	}
	if job.Digests {
		if job.Key, err = s.key(dry); err != nil && dry {
			return job, errors.Join(err, src.Close())
		} else if err != nil {
			job.Source = unreachable{errors.Join(err, src.Close())}
		}
	}
	job.Elsewhere = s.elsewhere(c, src, dry)
	job.Claim = func(connection, account, audience string, take bool) error {
		return s.claim(connection, account, audience, take && !dry)
	}
	if c.Split != nil && !dry {
		job.Alone = alone(s, c, src)
	}
	return job, nil
}

// alone keeps other runs of a connection away that has several ledgers: each of these has its lock,
// and lets it go before the next is taken.
func alone(s *Setup, c eddy.Connection, src warehouse.Source) func(context.Context) (func(), error) {
	return func(ctx context.Context) (func(), error) {
		if s.Local(c) {
			return aloneHere(s, c)
		}
		e, err := src.Engine(ctx, s.Sources[c.Source].Schema)
		if err != nil {
			return nil, err
		}
		lease, err := e.Lock(ctx, e.Schema()+"/"+c.Name)
		if err != nil {
			return nil, errors.Join(another(c, err), e.Close())
		}
		return func() {
			lease.Release(context.WithoutCancel(ctx))
			_ = e.Close()
		}, nil
	}
}

// aloneHere is alone where the ledgers are in the state folder.
func aloneHere(s *Setup, c eddy.Connection) (func(), error) {
	path := s.StatePath(c) + ".parts.lock"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, stateError("make the state folder", err)
	}
	lock := flock.New(path)
	got, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, stateError("lock the connection", err)
	case !got:
		return nil, another(c, eddy.Errorf(eddy.CodeConflict, "locked"))
	}
	return func() { _ = lock.Unlock() }, nil
}

// another tells of a lock that another run has.
func another(c eddy.Connection, err error) error {
	if eddy.ErrorCode(err) != eddy.CodeConflict {
		return fmt.Errorf("lock connection %s: %w", c.Name, err)
	}
	return &eddy.Error{
		Code: eddy.CodeConflict,
		What: fmt.Sprintf("connection %s: another run of it is in progress", c.Name),
		Mend: "Wait for it to end, or stop it; two runs of one connection never overlap.",
	}
}

// listKind is how Unusable calls a list of people.
const listKind = "suppression"

// lists are the lists of people who are in no audience, for a connection. While one of them
// cannot be used nobody is sent anything: those who are on it would be let in.
func lists(s *Setup, c eddy.Connection) (out []sync.List, err error) {
	for _, ref := range slices.Sorted(maps.Keys(s.Unusable)) {
		if name, ok := strings.CutPrefix(ref, listKind+" "); ok {
			return nil, fmt.Errorf("without suppress.%s nobody is sent anything: %w", name, s.Usable(listKind, name))
		}
	}
	for _, list := range s.Suppress {
		l := sync.List{Suppression: list}
		if list.Upload != nil {
			digests, known := s.Uploaded[list.Name]
			if !known {
				return nil, eddy.Errorf(eddy.CodeConfig, "without suppress.%s nobody is sent anything, and it was changed just now", list.Name)
			}
			l.Digests = digests
		} else if list.Source != c.Source {
			l.Open = func(ctx context.Context) (warehouse.Source, error) { return s.OpenSource(ctx, list.Source) }
		}
		out = append(out, l)
	}
	return out, nil
}

func (s *Setup) stateOpener(c eddy.Connection, src warehouse.Source, dry bool) func(context.Context) (warehouse.Engine, error) {
	return func(ctx context.Context) (warehouse.Engine, error) {
		if !s.Local(c) && !dry {
			return src.Engine(ctx, s.Sources[c.Source].Schema)
		}
		if !s.Local(c) {
			found, err := s.Existing(ctx, c, src)
			if err != nil || found != nil {
				return found, err
			}
			// A look at what the first run would do needs no schema, and makes none.
			return src.Engine(ctx, "")
		}
		e := duckdb.Engine{Path: s.StatePath(c), MemoryLimit: s.Sources[c.Source].Options["memory_limit"]}
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
func (s *Setup) elsewhere(c eddy.Connection, src warehouse.Source, dry bool) func(context.Context) (warehouse.Engine, error) {
	return func(ctx context.Context) (warehouse.Engine, error) {
		if s.Local(c) {
			if e, ok := src.(warehouse.Existing); ok {
				return e.Existing(ctx, s.Sources[c.Source].Schema)
			}
			return nil, nil
		}
		path := s.StatePath(c)
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
func (u unreachable) Stage(context.Context, warehouse.Engine, string, []warehouse.Selected, eddy.Model) (warehouse.Stage, error) {
	return warehouse.Stage{}, u.err
}

// Engine says why the source could not be opened.
func (u unreachable) Engine(context.Context, string) (warehouse.Engine, error) { return nil, u.err }

// Close has nothing to close.
func (u unreachable) Close() error { return nil }
