package store

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
)

// newSecret is 32 random bytes in base 62, 43 characters.
func newSecret() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails, says crypto/rand
	return base62(raw[:], 43)
}

// newID is a short random name.
func newID(prefix string) string {
	var raw [10]byte
	_, _ = rand.Read(raw[:])
	return prefix + base62(raw[:], 14)
}

func base62(raw []byte, width int) string {
	text := new(big.Int).SetBytes(raw).Text(62)
	return strings.Repeat("0", width-len(text)) + text
}

// digest is what is kept of a secret. A plain hash is enough: the secrets are random and
// long, so that guessing is hopeless.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// detail is what an audit line tells beside its fields.
func detail(of map[string]any) json.RawMessage {
	text, err := json.Marshal(of)
	if err != nil {
		return nil
	}
	return text
}
