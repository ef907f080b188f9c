package xaudience

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
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

// escapesBytes reports whether a text is that of bytes: PostgreSQL writes \x and two digits
// for each byte, DuckDB \x and two digits for each that is no visible letter.
func escapesBytes(s string) bool { return strings.Contains(s, `\x`) }

// bytesDigest is the digest whose bytes PostgreSQL wrote, if it is one.
func bytesDigest(s string) (digest string, ok bool) {
	digest, ok = strings.CutPrefix(s, `\x`)
	return digest, ok && isDigest(digest)
}

// blobDigest is the digest whose bytes DuckDB wrote, if text is that. A byte may be a comma
// or a space there, so that it is all of a field's text or none.
func blobDigest(text string) (digest string, ok bool) {
	if !escapesBytes(text) {
		return "", false
	}
	var sum [sha256.Size]byte
	n := 0
	for ; text != "" && n < len(sum); n++ {
		b, size := blobByte(text)
		if size == 0 {
			return "", false
		}
		sum[n], text = b, text[size:]
	}
	if text != "" || n < len(sum) {
		return "", false
	}
	return hex.EncodeToString(sum[:]), true
}

// blobByte reads one byte, and tells how long it is as text; 0 if it is none.
func blobByte(s string) (b byte, size int) {
	if s[0] != '\\' {
		if s[0] < ' ' || s[0] > '~' {
			return 0, 0
		}
		return s[0], 1
	}
	if len(s) < 4 || s[1] != 'x' {
		return 0, 0
	}
	v, err := strconv.ParseUint(s[2:4], 16, 8)
	if err != nil {
		return 0, 0
	}
	return byte(v), 4
}

// appendHash appends the SHA-256 of text in lower-case hexadecimal digits. The text may
// lie in the memory that is appended to.
func appendHash(dst, text []byte) []byte {
	sum := sha256.Sum256(text)
	return hex.AppendEncode(dst, sum[:])
}
