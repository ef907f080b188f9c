package store

import (
	"context"
	"fmt"
	"time"

	"github.com/eddy-retl/eddy"
)

// tokenPrefix lets people and scanners tell what a leaked text is.
const tokenPrefix = "eddy_"

// Token is a key to the API. It never may do more than its user.
type Token struct {
	ID     string `json:"id"`
	UserID string `json:"user_id"`
	// MadeBy is the token that made this one; empty where a person did.
	MadeBy string `json:"-"`
	Name   string `json:"name"`
	// Prefix is how the token begins, for people to recognise it.
	Prefix    string `json:"prefix"`
	Role      Role   `json:"role"`
	RawValues bool   `json:"raw_values"`
	// ExpiresAt is zero for a token that does not expire.
	ExpiresAt time.Time `json:"expires_at"`
	CreatedAt time.Time `json:"created_at"`
	LastUsed  time.Time `json:"last_used"`
}

const tokenColumns = "t.id, t.user_id, t.made_by, t.name, t.prefix, t.role, t.raw_values, t.expires_at, t.created_at, t.last_used"

// fields are where a row of tokenColumns goes; done takes over what needs a second look.
func (t *Token) fields() (dest []any, done func()) {
	var expires, created, used int64
	return []any{&t.ID, &t.UserID, &t.MadeBy, &t.Name, &t.Prefix, &t.Role, &t.RawValues, &expires, &created, &used}, func() {
		t.ExpiresAt, t.CreatedAt, t.LastUsed = moment(expires), moment(created), moment(used)
	}
}

func readToken(row scanner) (t Token, err error) {
	dest, done := t.fields()
	err = row.Scan(dest...)
	done()
	return t, err
}

// NewToken makes a token and gives its secret, which is not kept and cannot be shown again.
// ErrNotFound when its user is gone or disabled, or the token that makes it is.
func (s *Store) NewToken(ctx context.Context, t Token, by Actor) (secret string, _ Token, err error) {
	if !t.Role.Valid() {
		return "", t, &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("a token needs a role, not %q", t.Role), Mend: "The roles are viewer, editor and admin."}
	}
	if err := eddy.CheckName("a token", t.Name); err != nil {
		return "", t, err
	}
	secret = tokenPrefix + newSecret()
	t.ID, t.Prefix, t.CreatedAt, t.LastUsed = newID("t_"), secret[:len(tokenPrefix)+6], atOnce(), time.Time{}
	t.ExpiresAt = moment(micro(t.ExpiresAt))
	err = s.tx(ctx, func(c conn) error {
		if _, err := c.hold(ctx, "people"); err != nil { // nobody takes away meanwhile what this goes by
			return err
		}
		u, err := findUser(ctx, c, t.UserID)
		if err == nil && u.Disabled {
			err = fmt.Errorf("user %s is disabled: %w", u.ID, ErrNotFound)
		}
		if err == nil && t.MadeBy != "" {
			_, err = one(ctx, c, plain[string], "SELECT id FROM eddy_tokens WHERE id = ? AND user_id = ?", t.MadeBy, t.UserID)
		}
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, "INSERT INTO eddy_tokens (id, user_id, made_by, hash, name, prefix, role, raw_values, expires_at, created_at, last_used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)",
			t.ID, t.UserID, t.MadeBy, digest(secret), t.Name, t.Prefix, t.Role, t.RawValues, micro(t.ExpiresAt), micro(t.CreatedAt)); err != nil {
			return fmt.Errorf("write token %s: %w", t.ID, err)
		}
		return note(ctx, c, Audit{Actor: by, Action: "create", Kind: "token", Name: t.ID, Detail: detail(map[string]any{"user": t.UserID, "name": t.Name, "role": t.Role, "raw_values": t.RawValues})})
	})
	if err != nil {
		return "", Token{}, err
	}
	return secret, t, nil
}

// usedEvery is how exactly the last use of a token is known: not every request writes.
const usedEvery = time.Minute

// TokenBySecret finds a token and its user. ErrNotFound when there is none, when it has
// expired, and when its user is disabled. What a caller may do is the lesser of the two roles.
func (s *Store) TokenBySecret(ctx context.Context, secret string) (Token, User, error) {
	type pair struct {
		t Token
		u User
	}
	c, now := s.conn(), atOnce()
	p, err := one(ctx, c, func(row scanner) (p pair, err error) {
		token, tokenDone := p.t.fields()
		user, userDone := p.u.fields()
		err = row.Scan(append(token, user...)...)
		tokenDone()
		userDone()
		return p, err
	}, "SELECT "+tokenColumns+", "+userColumns+` FROM eddy_tokens t JOIN eddy_users u ON u.id = t.user_id
	    WHERE t.hash = ? AND NOT u.disabled AND (t.expires_at = 0 OR t.expires_at > ?)`, digest(secret), micro(now))
	if err != nil {
		return Token{}, User{}, fmt.Errorf("token: %w", err)
	}
	if now.Sub(p.t.LastUsed) > usedEvery {
		if _, err := c.exec(ctx, "UPDATE eddy_tokens SET last_used = ? WHERE id = ?", micro(now), p.t.ID); err != nil {
			return Token{}, User{}, fmt.Errorf("note the use of token %s: %w", p.t.ID, err)
		}
		p.t.LastUsed = now
	}
	return p.t, p.u, nil
}

// Tokens lists a user's tokens, oldest first, also those that have expired; an empty user
// means everybody's.
func (s *Store) Tokens(ctx context.Context, userID string) ([]Token, error) {
	return all(ctx, s.conn(), readToken, "SELECT "+tokenColumns+" FROM eddy_tokens t WHERE t.user_id = ? OR ? = '' ORDER BY t.created_at, t.id", userID, userID)
}

// DeleteToken makes a token useless from now on, and all that were made with it.
func (s *Store) DeleteToken(ctx context.Context, id string, by Actor) error {
	return s.tx(ctx, func(c conn) error {
		if _, err := c.hold(ctx, "people"); err != nil { // it makes no other meanwhile
			return err
		}
		n, err := c.exec(ctx, `DELETE FROM eddy_tokens WHERE id IN (
			WITH RECURSIVE made (id) AS (
				SELECT id FROM eddy_tokens WHERE id = ?
				UNION SELECT t.id FROM eddy_tokens t JOIN made m ON t.made_by = m.id)
			SELECT id FROM made)`, id)
		if err != nil {
			return fmt.Errorf("delete token %s: %w", id, err)
		}
		if n == 0 {
			return fmt.Errorf("token %s: %w", id, ErrNotFound)
		}
		return note(ctx, c, Audit{Actor: by, Action: "delete", Kind: "token", Name: id})
	})
}
