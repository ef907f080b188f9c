package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a password check, as OWASP recommends for argon2id: 19 MiB, twice over.
const (
	hashMemory = 19 << 10 // KiB
	hashTime   = 2
	hashLength = 32
	saltLength = 16
)

// HashPassword makes what is kept of a password: argon2id with a salt, in the usual form.
func HashPassword(password string) string {
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails, says crypto/rand
	sum := argon2.IDKey([]byte(password), salt, hashTime, hashMemory, 1, hashLength)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, hashMemory, hashTime, b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// checkPassword says whether a password is the one that was hashed. Without a hash it
// takes as long and says no, so that nobody learns which accounts there are.
func checkPassword(hash, password string) bool {
	var version int
	var memory, time uint32
	var threads uint8
	parts := strings.Split(hash, "$")
	b64 := base64.RawStdEncoding
	if len(parts) == 6 && parts[1] == "argon2id" {
		_, err1 := fmt.Sscanf(parts[2], "v=%d", &version)
		_, err2 := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads)
		salt, err3 := b64.DecodeString(parts[4])
		want, err4 := b64.DecodeString(parts[5])
		if err1 == nil && err2 == nil && err3 == nil && err4 == nil && version == argon2.Version && time > 0 && threads > 0 && len(want) >= 16 && memory <= 1<<20 {
			sum := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
			return subtle.ConstantTimeCompare(sum, want) == 1
		}
	}
	argon2.IDKey([]byte(password), make([]byte, saltLength), hashTime, hashMemory, 1, hashLength)
	return false
}

// hash hashes a password when it is this request's turn.
func (s *server) hash(ctx context.Context, password string) (hash string, err error) {
	err = s.turn(ctx, func() { hash = HashPassword(password) })
	return hash, err
}

// matches checks a password when it is this request's turn.
func (s *server) matches(ctx context.Context, hash, password string) (ok bool, err error) {
	err = s.turn(ctx, func() { ok = checkPassword(hash, password) })
	return ok, err
}

// turn bounds the memory that passwords take: a flood of log-ins must not starve runs.
func (s *server) turn(ctx context.Context, work func()) error {
	select {
	case s.hashing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.hashing }()
	work()
	return nil
}
