package store

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	"github.com/eddy-retl/eddy"
)

// NewSession begins a session of a user and gives its secret. ErrNotFound when the user is
// gone or disabled by now, or has another password than the one that was checked.
func (s *Store) NewSession(ctx context.Context, u User, ttl time.Duration) (secret string, err error) {
	secret = newSecret()
	err = s.tx(ctx, func(c conn) error {
		if _, err := c.hold(ctx, "people"); err != nil {
			return err
		}
		now, err := findUser(ctx, c, u.ID)
		if err == nil && (now.Disabled || now.PasswordHash != u.PasswordHash) {
			err = fmt.Errorf("user %s as they were: %w", u.ID, ErrNotFound)
		}
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, "INSERT INTO eddy_sessions (hash, user_id, expires_at) VALUES (?, ?, ?)", digest(secret), u.ID, micro(atOnce().Add(ttl)))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("begin a session: %w", err)
	}
	return secret, nil
}

// SessionUser finds whose session it is. ErrNotFound when there is none, when it has
// expired, and when the user is disabled.
func (s *Store) SessionUser(ctx context.Context, secret string) (User, error) {
	u, err := one(ctx, s.conn(), readUser, "SELECT "+userColumns+" FROM eddy_sessions x JOIN eddy_users u ON u.id = x.user_id WHERE x.hash = ? AND x.expires_at > ? AND NOT u.disabled",
		digest(secret), micro(atOnce()))
	if err != nil {
		return u, fmt.Errorf("session: %w", err)
	}
	return u, nil
}

// DeleteSession ends a session.
func (s *Store) DeleteSession(ctx context.Context, secret string) error {
	_, err := s.conn().exec(ctx, "DELETE FROM eddy_sessions WHERE hash = ?", digest(secret))
	return err
}

// PruneSessions deletes sessions that have expired and counts them.
func (s *Store) PruneSessions(ctx context.Context) (int64, error) {
	return s.conn().exec(ctx, "DELETE FROM eddy_sessions WHERE expires_at <= ?", micro(atOnce()))
}

// SetupToken makes the secret with which the first administrator is made; needed is false
// when there is a user already. Each call makes a new one, and the one before is void.
func (s *Store) SetupToken(ctx context.Context) (secret string, needed bool, err error) {
	secret = newSecret()
	err = s.tx(ctx, func(c conn) error {
		if _, err := c.hold(ctx, "people"); err != nil {
			return err
		}
		users, err := one(ctx, c, plain[int64], "SELECT count(*) FROM eddy_users")
		if needed = users == 0; err != nil || !needed {
			return err
		}
		_, err = c.exec(ctx, "INSERT INTO eddy_meta (name, value) VALUES ('setup', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", digest(secret))
		return err
	})
	if err != nil || !needed {
		return "", false, err
	}
	return secret, true, nil
}

// UseSetupToken makes the first user, an administrator. The secret works once, and never
// when there is a user.
func (s *Store) UseSetupToken(ctx context.Context, secret string, u User) (User, error) {
	var out User
	err := s.people(ctx, func(c conn) error {
		want, err := one(ctx, c, plain[string], "SELECT value FROM eddy_meta WHERE name = 'setup'")
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		users, err := one(ctx, c, plain[int64], "SELECT count(*) FROM eddy_users")
		if err != nil {
			return err
		}
		if users > 0 || subtle.ConstantTimeCompare([]byte(want), []byte(digest(secret))) != 1 {
			return &eddy.Error{
				Code: eddy.CodeUsage, What: "the setup token is not valid",
				Mend: "Take the one that the server printed when it last started. When an administrator is there already, log in instead.",
			}
		}
		if _, err := c.exec(ctx, "DELETE FROM eddy_meta WHERE name = 'setup'"); err != nil {
			return err
		}
		u.ID, u.Role, u.Disabled = "", Admin, false
		out, err = putUser(ctx, c, u, EndAccess, Actor{ID: "system", Name: "setup", Via: "setup token"})
		return err
	})
	return out, err
}
