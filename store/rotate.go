package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/eddy-retl/eddy"
)

// RotateKey seals all secrets with another key. With a key file the key is new, and stands
// in the file before anything is sealed with it; the old one leaves the file after the last
// value has left it. With keys from the environment it is the first of them. Whatever dies
// in between, every secret opens with a key that is still there, and a second rotation
// cleans up.
func (s *Store) RotateKey(ctx context.Context) error {
	r := s.keys.ring
	if r.path == "" {
		return s.rotateEnvironment(ctx)
	}
	return r.locked(func() error {
		old, err := r.load()
		if err != nil {
			return err
		}
		fresh := randomKey()
		if err := r.save(append([]key{fresh}, old...)); err != nil {
			return err
		}
		if err := s.reseal(ctx, fresh); err != nil {
			return err
		}
		return r.save([]key{fresh})
	})
}

func (s *Store) rotateEnvironment(ctx context.Context) error {
	first := s.keys.ring.all()[0]
	c := s.conn()
	sealed, err := one(ctx, c, plain[string], "SELECT value FROM eddy_meta WHERE name = 'key'")
	if err != nil {
		return err
	}
	if keyOf(sealed) != first.id {
		return s.reseal(ctx, first)
	}
	return &eddy.Error{
		Code: eddy.CodeUsage, What: "the secrets are sealed with the first key of " + keyVariable + " already",
		Mend: "Put a new key before it, with a comma between them (openssl rand -base64 32 makes one), restart every server with both, and rotate again. Then the old key can be taken out.",
	}
}

// reseal seals everything with a key, in one transaction.
func (s *Store) reseal(ctx context.Context, k key) error {
	return s.tx(ctx, func(c conn) error {
		// Whoever seals holds this row: nothing is sealed with the old key any more.
		if _, err := s.sealingKey(ctx, c); err != nil {
			return err
		}
		values, err := all(ctx, c, readSealed, "SELECT kind, owner, name, sealed FROM eddy_secrets")
		if err != nil {
			return fmt.Errorf("read the secrets: %w", err)
		}
		for _, v := range values {
			if err := s.resealValue(ctx, c, k, v); err != nil {
				return err
			}
		}
		if err := s.noteKey(ctx, c, k); err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: Actor{ID: "system", Name: "key rotation", Via: "command"}, Action: "rotate", Kind: "key", Name: k.id})
	})
}

func (s *Store) resealValue(ctx context.Context, c conn, k key, v sealedValue) error {
	text, err := s.keys.ring.open(v.place, v.sealed)
	if err != nil {
		return errors.Join(errors.New("no secret was changed"), err)
	}
	sealed, err := k.seal(v.place, text)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, "UPDATE eddy_secrets SET sealed = ? WHERE kind = ? AND owner = ? AND name = ?", sealed, v.place.kind, v.place.owner, v.place.name)
	return err
}
