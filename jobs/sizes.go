package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// sizing is the part of the work that asks how large audiences are.
type sizing struct{ *Manager }

// sizes reads how large each connection's audience is, if that was not done lately. An
// account that refuses is left alone until the next time.
func (m sizing) sizes(ctx context.Context, _ sizesArgs) error {
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

// size reads and notes the sizes of a connection's audiences that were not read lately; asked says
// that the destination answered.
func (m sizing) size(ctx context.Context, s *setup.Setup, c eddy.Connection) (asked bool, err error) {
	if c.Split == nil {
		id, err := m.audience(ctx, c)
		if err != nil || id == "" {
			return false, err
		}
		return m.sizeOf(ctx, s, c, id)
	}
	parts, err := m.parts(ctx, c)
	for _, p := range parts {
		if err != nil || ctx.Err() != nil {
			break
		}
		of := c
		of.Name = eddy.PartName(c.Name, p.Value)
		var answered bool
		answered, err = m.sizeOf(ctx, s, of, p.AudienceID)
		asked = asked || answered
	}
	return asked, err
}

// parts are the audiences of a connection that keeps several, as its last run has them.
func (m sizing) parts(ctx context.Context, c eddy.Connection) ([]eddy.PartRun, error) {
	runs, err := m.store.Runs(ctx, store.RunFilter{Connection: c.Name, Limit: 20})
	for _, r := range runs {
		if made := made(r.Parts); len(made) > 0 {
			return made, err
		}
	}
	return nil, err
}

// made are the parts whose audience is there.
func made(parts []eddy.PartRun) (out []eddy.PartRun) {
	for _, p := range parts {
		if p.AudienceID != "" {
			out = append(out, p)
		}
	}
	return out
}

// sizeOf reads and notes the size of one audience, unless that was done lately.
func (m sizing) sizeOf(ctx context.Context, s *setup.Setup, c eddy.Connection, id string) (asked bool, err error) {
	if _, lately, err := m.lately(ctx, c.Name, id, m.timing.Sizes); err != nil || lately {
		return false, err
	}
	_, err = m.ask(ctx, s, c, id)
	if _, without := errors.AsType[*noAudiences](err); without {
		return false, nil
	}
	if gone, ok := errors.AsType[interface {
		error
		NotFound() bool
	}](err); ok && gone.NotFound() {
		return true, nil // the next run tells what to do about it
	}
	return err == nil, err
}

// askAgain is how old a size may be that is told again in place of asking: people press a
// button twice.
const askAgain = 5 * time.Second

// AskSize reads and notes the size of a connection's audience for somebody who waits for it.
func (m *Manager) AskSize(ctx context.Context, connection string) (store.Size, error) {
	return sizing{m}.wanted(ctx, connection)
}

func (m sizing) wanted(ctx context.Context, connection string) (store.Size, error) {
	s, err := m.cfg.Catalog(ctx)
	if err != nil {
		return store.Size{}, fmt.Errorf("read the configuration: %w", err)
	}
	c, ok := s.Connections[connection]
	if !ok {
		return store.Size{}, s.Unknown("connection", connection, s.ConnectionNames)
	}
	if c.Split != nil {
		return store.Size{}, &eddy.Error{
			Code: eddy.CodeUsage, What: fmt.Sprintf("connection %s keeps several audiences, and X is asked for one at a time", connection),
			Mend: "Their sizes are read every few hours, and stand beside them in the list of its audiences.",
		}
	}
	id, err := m.audience(ctx, c)
	if err != nil {
		return store.Size{}, err
	}
	if id == "" {
		return store.Size{}, &eddy.Error{Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s has no audience yet", connection), Mend: "Its first run makes it, or finds it: run the connection."}
	}
	if last, lately, err := m.lately(ctx, connection, id, askAgain); err != nil || lately {
		return last, err
	}
	z, err := m.ask(ctx, s, c, id)
	if told := m.credentials(ctx, c, err); told != nil {
		m.logger.WarnContext(ctx, "alerts not told", "error", told)
	}
	return z, err
}

// lately is the newest size of an audience, if it is not older than this.
func (m sizing) lately(ctx context.Context, connection, audience string, age time.Duration) (store.Size, bool, error) {
	last, err := m.store.Sizes(ctx, connection, m.now().Add(-age), 1)
	if err != nil || len(last) == 0 || last[0].AudienceID != audience {
		return store.Size{}, false, err
	}
	return last[0], true, nil
}

// noAudiences says that a destination has none whose size could be read.
type noAudiences struct{ error }

// ask reads the size of an audience and notes it.
func (m sizing) ask(ctx context.Context, s *setup.Setup, c eddy.Connection, id string) (store.Size, error) {
	d, err := s.OpenDestination(c.Destination)
	if err != nil {
		return store.Size{}, err
	}
	audiences, ok := d.(destination.Audiences)
	if !ok {
		return store.Size{}, &noAudiences{&eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("destination %s tells no sizes of audiences", c.Destination)}}
	}
	info, err := audiences.ReadAudience(ctx, id)
	if err != nil {
		return store.Size{}, err
	}
	z := store.Size{Connection: c.Name, AudienceID: id, At: m.now(), Size: info.Size, Targetable: info.Targetable, Reasons: info.Reasons}
	return z, m.store.AddSize(ctx, z)
}

// first has the size of an audience read soon after the first run into it: what X says of
// it is what people look for then.
func (m sizing) first(ctx context.Context, connection, audience string) error {
	if audience == "" {
		return nil
	}
	last, err := m.store.Sizes(ctx, connection, time.Time{}, 1)
	if err != nil || len(last) > 0 && last[0].AudienceID == audience {
		return err
	}
	_, err = m.queue.Insert(ctx, sizesArgs{}, &river.InsertOpts{Queue: queueHouse, MaxAttempts: 1})
	return err
}

// firsts is first for all audiences of a run.
func (m sizing) firsts(ctx context.Context, run eddy.Run) error {
	if len(run.Parts) == 0 {
		return m.first(ctx, run.Connection, run.AudienceID)
	}
	for _, p := range made(run.Parts) {
		last, err := m.store.Sizes(ctx, eddy.PartName(run.Connection, p.Value), time.Time{}, 1)
		if err != nil {
			return err
		}
		if len(last) == 0 || last[0].AudienceID != p.AudienceID { // one job reads all of them
			return m.first(ctx, eddy.PartName(run.Connection, p.Value), p.AudienceID)
		}
	}
	return nil
}

// audience is the id of a connection's audience, empty as long as it has none.
func (m sizing) audience(ctx context.Context, c eddy.Connection) (string, error) {
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
func (m sizing) credentials(ctx context.Context, c eddy.Connection, err error) error {
	switch {
	case err == nil:
		return alerting(m).observe(ctx, found{connection: c.Name, event: alert.CredentialsRefused})
	case isRefused(err):
		return alerting(m).observe(ctx, found{connection: c.Name, event: alert.CredentialsRefused, on: true, detail: firstLine(err.Error())})
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
