package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// sizes reads how large each connection's audience is, if that was not done lately. An
// account that refuses is left alone until the next time.
func (m *Manager) sizes(ctx context.Context, _ sizesArgs) error {
	s, err := m.cfg.Catalog(ctx)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	refused := map[string]bool{}
	var errs []error
	for _, name := range slices.Sorted(slices.Values(s.ConnectionNames)) {
		c := s.Connections[name]
		if refused[c.Destination] || ctx.Err() != nil {
			continue
		}
		asked, err := m.size(ctx, s, c)
		if err != nil {
			refused[c.Destination] = true
			errs = append(errs, fmt.Errorf("connection %s: %w", name, err))
		}
		if asked || err != nil {
			errs = append(errs, m.credentials(ctx, c, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		m.logger.WarnContext(ctx, "sizes of audiences not read", "error", err)
	}
	return ctx.Err()
}

// size reads and notes the size of one audience; asked says that the destination answered.
func (m *Manager) size(ctx context.Context, s *setup.Setup, c eddy.Connection) (asked bool, err error) {
	last, err := m.store.Sizes(ctx, c.Name, m.now().Add(-m.timing.Sizes), 1)
	if err != nil || len(last) > 0 {
		return false, err
	}
	id, err := m.audience(ctx, c)
	if err != nil || id == "" {
		return false, err
	}
	d, err := s.OpenDestination(c.Destination)
	if err != nil {
		return false, err
	}
	audiences, ok := d.(destination.Audiences)
	if !ok {
		return false, nil
	}
	info, err := audiences.ReadAudience(ctx, id)
	if gone, ok := errors.AsType[interface {
		error
		NotFound() bool
	}](err); ok && gone.NotFound() {
		return true, nil // the next run tells what to do about it
	}
	if err != nil {
		return false, err
	}
	return true, m.store.AddSize(ctx, store.Size{
		Connection: c.Name, AudienceID: id, At: m.now(), Size: info.Size, Targetable: info.Targetable, Reasons: info.Reasons,
	})
}

// audience is the id of a connection's audience, empty as long as it has none.
func (m *Manager) audience(ctx context.Context, c eddy.Connection) (string, error) {
	if c.Audience.ID != "" {
		return c.Audience.ID, nil
	}
	runs, err := m.store.Runs(ctx, store.RunFilter{Connection: c.Name, Limit: 20})
	for _, r := range runs {
		if r.AudienceID != "" {
			return r.AudienceID, err
		}
	}
	return "", err
}

// credentials tells alerts whether the destination takes the credentials, as far as an
// answer says so.
func (m *Manager) credentials(ctx context.Context, c eddy.Connection, err error) error {
	switch {
	case err == nil:
		return alerting{m}.observe(ctx, found{connection: c.Name, event: alert.CredentialsRefused})
	case isRefused(err):
		return alerting{m}.observe(ctx, found{connection: c.Name, event: alert.CredentialsRefused, on: true, detail: firstLine(err.Error())})
	default:
		return nil
	}
}

// isRefused says that an error is about the credentials.
func isRefused(err error) bool {
	e, ok := errors.AsType[interface {
		error
		Unauthorized() bool
		Forbidden() bool
	}](err)
	return ok && (e.Unauthorized() || e.Forbidden())
}
