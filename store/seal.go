package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Secrets are secret options by name. However they are printed, only the names show.
type Secrets map[string]string

// String names the secrets.
func (s Secrets) String() string {
	return "secrets [" + strings.Join(slices.Sorted(maps.Keys(s)), " ") + "]"
}

// GoString names the secrets.
func (s Secrets) GoString() string { return s.String() }

// LogValue names the secrets.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON refuses: a secret never leaves by accident.
func (s Secrets) MarshalJSON() ([]byte, error) {
	return nil, errors.New("secrets are not to be written as JSON")
}

// place is where a sealed value lies. It is part of what is sealed, so that a value that
// was moved to another place in the database does not open.
type place struct{ kind, owner, name string }

func (p place) bytes() []byte { return fmt.Appendf(nil, "eddy/1 %q %q %q", p.kind, p.owner, p.name) }

// seal gives "1.<key id>.<base64 of nonce and ciphertext>".
func (k key) seal(p place, text string) (string, error) {
	gcm, err := k.gcm()
	if err != nil {
		return "", err
	}
	nonce := make([]byte, gcm.NonceSize(), gcm.NonceSize()+len(text)+gcm.Overhead())
	_, _ = rand.Read(nonce) // never fails, says crypto/rand
	return "1." + k.id + "." + base64.StdEncoding.EncodeToString(gcm.Seal(nonce, nonce, []byte(text), p.bytes())), nil
}

func (k key) gcm() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k.secret[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// open opens what any of the keys has sealed.
func (r *ring) open(p place, sealed string) (string, error) {
	version, rest, _ := strings.Cut(sealed, ".")
	id, text, ok := strings.Cut(rest, ".")
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || version != "1" || err != nil {
		return "", p.damaged()
	}
	k, err := r.find(id)
	if err != nil {
		return "", err
	}
	gcm, err := k.gcm()
	if err != nil {
		return "", err
	}
	if len(raw) < gcm.NonceSize() {
		return "", p.damaged()
	}
	out, err := gcm.Open(nil, raw[:gcm.NonceSize()], raw[gcm.NonceSize():], p.bytes())
	if err != nil {
		return "", p.damaged()
	}
	return string(out), nil
}

func (p place) damaged() error {
	return &eddy.Error{
		Code: eddy.CodeConfig, What: fmt.Sprintf("the secret %s of %s %s is damaged", p.name, p.kind, p.owner),
		Mend: "Enter it again, or restore the store from a backup.",
	}
}

// keyCheck is the place of a known text that shows which key is in use.
func keyCheck() place { return place{"meta", "", "key"} }

// checkKeys makes sure that this server has the key that the store is sealed with. A new
// store is sealed with the first key.
func (s *Store) checkKeys(ctx context.Context) error {
	return s.tx(ctx, func(c conn) error {
		if _, err := c.hold(ctx, "revision"); err != nil {
			return err
		}
		err := s.checkKey(ctx, c)
		if errors.Is(err, ErrNotFound) {
			return s.noteKey(ctx, c, s.keys.ring.all()[0])
		}
		return err
	})
}

// checkKey writes nothing to the store; ErrNotFound when no key is in use yet.
func (s *Store) checkKey(ctx context.Context, c conn) error {
	sealed, err := one(ctx, c, plain[string], "SELECT value FROM eddy_meta WHERE name = 'key'")
	if err != nil {
		return err
	}
	if _, err = s.keys.ring.open(keyCheck(), sealed); err != nil {
		return errors.Join(err, s.keys.ring.unmake())
	}
	return nil
}

// noteKey makes a key the one in use.
func (s *Store) noteKey(ctx context.Context, c conn, k key) error {
	sealed, err := k.seal(keyCheck(), "eddy")
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, "INSERT INTO eddy_meta (name, value) VALUES ('key', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", sealed)
	return err
}

// sealingKey is the key in use. It stays so until the transaction ends: a rotation waits.
func (s *Store) sealingKey(ctx context.Context, c conn) (key, error) {
	sealed, err := one(ctx, c, plain[string], "SELECT value FROM eddy_meta WHERE name = 'key'"+c.lock())
	if err != nil {
		return key{}, fmt.Errorf("find the key in use: %w", err)
	}
	return s.keys.ring.find(keyOf(sealed))
}

// keyOf is the id of the key that a value is sealed with.
func keyOf(sealed string) string {
	_, rest, _ := strings.Cut(sealed, ".")
	id, _, _ := strings.Cut(rest, ".")
	return id
}

// putSecrets makes these the secrets of an object or a rule.
func (s *Store) putSecrets(ctx context.Context, c conn, kind, owner string, secrets Secrets) error {
	if _, err := c.exec(ctx, "DELETE FROM eddy_secrets WHERE kind = ? AND owner = ?", kind, owner); err != nil {
		return err
	}
	if len(secrets) == 0 {
		return nil
	}
	k, err := s.sealingKey(ctx, c)
	if err != nil {
		return err
	}
	for name, text := range secrets {
		sealed, err := k.seal(place{kind, owner, name}, text)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, "INSERT INTO eddy_secrets (kind, owner, name, sealed) VALUES (?, ?, ?, ?)", kind, owner, name, sealed); err != nil {
			return err
		}
	}
	return nil
}

// sealedValue is a row of eddy_secrets.
type sealedValue struct {
	place  place
	sealed string
}

func readSealed(row scanner) (v sealedValue, err error) {
	err = row.Scan(&v.place.kind, &v.place.owner, &v.place.name, &v.sealed)
	return v, err
}

// secrets opens the secrets of one kind by owner; an empty owner means all of them.
func (s *Store) secrets(ctx context.Context, c conn, kind, owner string) (map[string]Secrets, error) {
	values, err := all(ctx, c, readSealed, "SELECT kind, owner, name, sealed FROM eddy_secrets WHERE kind = ? AND (owner = ? OR ? = '')", kind, owner, owner)
	if err != nil {
		return nil, err
	}
	out := map[string]Secrets{}
	for _, v := range values {
		text, err := s.keys.ring.open(v.place, v.sealed)
		if err != nil {
			return nil, err
		}
		if out[v.place.owner] == nil {
			out[v.place.owner] = Secrets{}
		}
		out[v.place.owner][v.place.name] = text
	}
	return out, nil
}
