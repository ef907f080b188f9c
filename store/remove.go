package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Delete removes an object. What connections or lists use is kept, and so is a connection after
// which others run, or with a run that is queued or running. The runs of a connection stay as history, and where its
// local state lies is remembered: the name may come back. What it was made of is not.
func (s *Store) Delete(ctx context.Context, kind Kind, name string, ifVersion int64, by Actor) error {
	return s.change(ctx, nil, func(c conn) error {
		old, err := s.object(ctx, c, Ref{kind, name})
		if err != nil {
			return err
		}
		if err := versionFits(old.String(), true, old.Version, ifVersion); err != nil {
			return err
		}
		if err := notUsed(ctx, c, kind, name); err != nil {
			return err
		}
		return s.remove(ctx, c, old, by)
	})
}

// remove deletes an object that nothing uses.
func (s *Store) remove(ctx context.Context, c conn, old Object, by Actor) error {
	if old.Kind == Connection {
		if err := s.removeConnection(ctx, c, old.Name); err != nil {
			return err
		}
	}
	if old.Kind == Suppression {
		if err := writeDigests(ctx, c, old.Name, nil); err != nil {
			return err
		}
	}
	if err := s.putSecrets(ctx, c, string(old.Kind), old.Name, nil); err != nil {
		return err
	}
	if _, err := c.exec(ctx, "DELETE FROM eddy_objects WHERE kind = ? AND name = ?", old.Kind, old.Name); err != nil {
		return err
	}
	if _, err := c.next(ctx, "revision"); err != nil {
		return err
	}
	return note(ctx, c, Audit{Actor: by, Action: "delete", Kind: string(old.Kind), Name: old.Name, Detail: difference(old.Spec, nil, old.Secrets, nil)})
}

// removeConnection deletes what is kept of a connection, but for its history and its home.
func (s *Store) removeConnection(ctx context.Context, c conn, name string) error {
	if err := notRunning(ctx, c, name); err != nil {
		return err
	}
	// A connection that is made again under this name has missed no runs.
	if _, err := c.exec(ctx, "UPDATE eddy_marks SET tick = 0, last_success = 0, carried_out = 0, first_run = 0 WHERE connection = ?", name); err != nil {
		return err
	}
	if err := dropStart(ctx, c, name); err != nil {
		return err
	}
	if err := s.endOfConnection(ctx, c, name); err != nil {
		return err
	}
	return forgetVersions(ctx, c, name)
}

func notUsed(ctx context.Context, c conn, kind Kind, name string) error {
	if kind == Connection {
		names, err := followers(ctx, c, name)
		if err != nil || len(names) == 0 {
			return err
		}
		return &eddy.Error{
			Code: eddy.CodeConflict, What: fmt.Sprintf("after connection %s runs %s", name, plural("connection", names)),
			Mend: "Give these another schedule first.",
		}
	}
	if kind != Source && kind != Destination {
		return nil
	}
	var users []string
	for _, user := range []Kind{Connection, Suppression} {
		names, err := all(ctx, c, plain[string], "SELECT name FROM eddy_objects WHERE kind = ? AND "+string(kind)+" = ? ORDER BY "+c.byName(), user, name)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			users = append(users, plural(string(user), names))
		}
	}
	if len(users) == 0 {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeConflict, What: fmt.Sprintf("%s %s is used by %s", kind, name, strings.Join(users, " and ")),
		Mend: "Delete these first, or let them use another one.",
	}
}

func plural(what string, names []string) string {
	if len(names) > 1 {
		what += "s"
	}
	return what + " " + strings.Join(names, ", ")
}

func notRunning(ctx context.Context, c conn, connection string) error {
	// The lock that a new run takes as well: see Enqueue.
	if _, err := all(ctx, c, plain[string], "SELECT name FROM eddy_objects WHERE kind = 'connection' AND name = ?"+c.lock(), connection); err != nil {
		return err
	}
	r, err := activeRun(ctx, c, connection)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s has run %s, which is %s", connection, r.RunID, r.State),
		Mend: "Wait until it has ended, or cancel it.",
	}
}

// SetPaused pauses or resumes a connection's schedule.
func (s *Store) SetPaused(ctx context.Context, connection string, paused bool, by Actor) error {
	return s.change(ctx, nil, func(c conn) error {
		n, err := c.exec(ctx, "UPDATE eddy_objects SET paused = ?, version = version + 1, updated_at = ? WHERE kind = 'connection' AND name = ? AND paused <> ?",
			paused, micro(atOnce()), connection, paused)
		if err != nil {
			return fmt.Errorf("pause %s: %w", connection, err)
		}
		if n == 0 { // it stood so, or is not there
			_, err := s.object(ctx, c, Ref{Connection, connection})
			return err
		}
		if err := keepVersion(ctx, c, connection, by); err != nil {
			return err
		}
		if _, err := c.next(ctx, "revision"); err != nil {
			return err
		}
		action := "resume"
		if paused {
			action = "pause"
		}
		return note(ctx, c, Audit{Actor: by, Action: action, Kind: string(Connection), Name: connection})
	})
}

// Apply makes several changes, all or none, whatever versions are there. What is put may
// use what is put beside it; what is not there need not be deleted. checked is as for Put.
func (s *Store) Apply(ctx context.Context, puts []Object, deletes []Ref, by Actor, checked ...int64) error {
	return s.change(ctx, checked, func(c conn) error {
		for _, o := range puts {
			if err := s.put(ctx, c, o, AnyVersion, by); err != nil {
				return err
			}
		}
		for _, r := range deletes {
			old, err := s.object(ctx, c, r)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err == nil {
				err = s.remove(ctx, c, old, by)
			}
			if err != nil {
				return err
			}
		}
		return checkReferences(ctx, c)
	})
}
