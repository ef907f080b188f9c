package xaudience

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// trim cuts white space and invisible marks off both ends. Spreadsheets and copied
// web pages leave the latter around addresses and phone numbers.
func trim(s string) string {
	if s == "" || plain(s[0]) && plain(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || invisible(r) })
}

// plain reports whether a byte is visible ASCII.
func plain(c byte) bool { return c > ' ' && c < 0x7f }

// invisible reports whether a rune has no width: zero-width spaces and joiners, marks
// of writing direction, the byte order mark.
func invisible(r rune) bool {
	switch {
	case r >= 0x200b && r <= 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069:
		return true
	default:
		return r == 0xfeff || r == 0x00ad
	}
}

// blank reports whether a rune inside a value makes it one that nobody has: white
// space, control characters, and the marks that only look like nothing. Joiners
// (U+200C, U+200D) are left alone, because international domain names may have them.
func blank(r rune) bool {
	joiner := r == 0x200c || r == 0x200d
	return unicode.IsSpace(r) || unicode.IsControl(r) || !joiner && invisible(r)
}

// appendLower appends s in lower case as strings.ToLower does, without its allocation
// for ASCII. It reports false when s has a blank inside or is not valid UTF-8: two
// broken texts could become one identity.
func appendLower(dst []byte, s string) ([]byte, bool) {
	start := len(dst)
	dst = slices.Grow(dst, len(s))[:start+len(s)]
	out := dst[start:]
	for i := range len(s) {
		c := s[i]
		if !plain(c) {
			if c >= utf8.RuneSelf {
				return appendLowerRunes(dst[:start+i], s[i:])
			}
			return dst[:start], false
		}
		out[i] = lower(c)
	}
	return dst, true
}

func appendLowerRunes(dst []byte, s string) ([]byte, bool) {
	if !utf8.ValidString(s) {
		return dst, false
	}
	for _, r := range s {
		if blank(r) {
			return dst, false
		}
		dst = utf8.AppendRune(dst, unicode.ToLower(r))
	}
	return dst, true
}

// lower lower-cases an ASCII letter.
func lower(c byte) byte {
	if c-'A' < 26 {
		return c | 0x20
	}
	return c
}
