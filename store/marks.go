package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// setMark sets one column of what is remembered about a connection.
func setMark(ctx context.Context, c conn, connection, column string, value any) error {
	_, err := c.exec(ctx, "INSERT INTO eddy_marks (connection, "+column+") VALUES (?, ?) ON CONFLICT (connection) DO UPDATE SET "+column+" = excluded."+column, connection, value)
	if err != nil {
		return fmt.Errorf("note %s of %s: %w", column, connection, err)
	}
	return nil
}

// LastSuccess says when a connection last ended a run as succeeded or completed with
// errors; false when it never did.
func (s *Store) LastSuccess(ctx context.Context, connection string) (time.Time, bool, error) {
	at, err := one(ctx, s.conn(), plain[int64], "SELECT last_success FROM eddy_marks WHERE connection = ?", connection)
	if errors.Is(err, ErrNotFound) {
		return time.Time{}, false, nil
	}
	return moment(at), at != 0, err
}

// Ticks gives by connection the last due time that was handled.
func (s *Store) Ticks(ctx context.Context) (map[string]time.Time, error) {
	type tick struct {
		connection string
		due        int64
	}
	ticks, err := all(ctx, s.conn(), func(row scanner) (t tick, err error) {
		err = row.Scan(&t.connection, &t.due)
		return t, err
	}, "SELECT connection, tick FROM eddy_marks WHERE tick <> 0")
	out := map[string]time.Time{}
	for _, t := range ticks {
		out[t.connection] = moment(t.due)
	}
	return out, err
}

// SetTick notes that a due time was handled.
func (s *Store) SetTick(ctx context.Context, connection string, due time.Time) error {
	return setMark(ctx, s.conn(), connection, "tick", micro(due))
}

// Home says which state folder holds a connection's local state; empty when none does.
func (s *Store) Home(ctx context.Context, connection string) (string, error) {
	home, err := one(ctx, s.conn(), plain[string], "SELECT home FROM eddy_marks WHERE connection = ?", connection)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return home, err
}

// SetHome notes which state folder holds a connection's local state.
func (s *Store) SetHome(ctx context.Context, connection, stateID string) error {
	return setMark(ctx, s.conn(), connection, "home", stateID)
}
