package xaudience

import (
	"crypto/sha256"
	"slices"
)

// digestLen is the length of a SHA-256 digest in hexadecimal digits.
const digestLen = 2 * sha256.Size

// isDigest reports whether s is a SHA-256 digest, in either case of letters.
func isDigest(s string) bool {
	if len(s) != digestLen {
		return false
	}
	for i := range len(s) {
		if c := lower(s[i]); c-'0' > 9 && c-'a' > 5 {
			return false
		}
	}
	return true
}

// appendDigest appends a digest in lower case, as X demands it (documentation, "Custom
// Audiences User Data").
func appendDigest(dst []byte, s string) []byte {
	for i := range len(s) {
		dst = append(dst, lower(s[i]))
	}
	return dst
}

// appendHash appends the SHA-256 of text in lower-case hexadecimal digits. The text may
// lie in the memory that is appended to.
func appendHash(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	sum := sha256.Sum256(text)
	dst = slices.Grow(dst, digestLen)
	out := dst[len(dst) : len(dst)+digestLen]
	for i, b := range sum {
		out[2*i], out[2*i+1] = hex[b>>4], hex[b&15]
	}
	return dst[:len(dst)+digestLen]
}
