package xaudience

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// digestLen is the length of a SHA-256 digest in hexadecimal digits.
const digestLen = 2 * sha256.Size

// hexDigits maps each byte to the lower-case hexadecimal digit that it is, and all
// others to a byte with the top bit set.
const hexDigits = "" +
	notHex16 + notHex16 + notHex16 + "0123456789" + notHex6 +
	"\xff" + "abcdef" + "\xff\xff\xff" + notHex6 + notHex16 + "\xff" + "abcdef" + "\xff\xff\xff" + notHex6 + notHex16 +
	notHex16 + notHex16 + notHex16 + notHex16 + notHex16 + notHex16 + notHex16 + notHex16

const (
	notHex6  = "\xff\xff\xff\xff\xff\xff"
	notHex16 = notHex6 + notHex6 + "\xff\xff\xff\xff"
)

// isDigest reports whether s is a SHA-256 digest, in either case of letters. Where the
// state is local every value is one, so it has no branch for each digit.
func isDigest(s string) bool {
	if len(s) != digestLen {
		return false
	}
	bad := byte(0)
	for i := range digestLen {
		bad |= hexDigits[s[i]]
	}
	return bad < 0x80
}

// appendDigest appends a digest in lower case, as X demands it (documentation, "Custom
// Audiences User Data").
func appendDigest(dst []byte, s string) []byte {
	start := len(dst)
	dst = slices.Grow(dst, len(s))[:start+len(s)]
	out := dst[start:]
	for i := range len(s) {
		out[i] = hexDigits[s[i]]
	}
	return dst
}

// appendHash appends the SHA-256 of text in lower-case hexadecimal digits. The text may
// lie in the memory that is appended to.
func appendHash(dst, text []byte) []byte {
	sum := sha256.Sum256(text)
	return hex.AppendEncode(dst, sum[:])
}
