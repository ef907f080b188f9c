package xaudience

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/eddy-retl/eddy/destination"
)

// Encode appends one user of X's request body, without times, which belong to the
// operation: {"email":["…"],"phone_number":["…","…"]}. The identities stand in field
// order, as Prepare leaves them.
func (d *delivery) Encode(dst []byte, it *destination.Item) []byte {
	return appendUser(dst, it.Identities)
}

func appendUser(dst []byte, ids []destination.Identity) []byte {
	dst = append(dst, '{')
	last := -1
	for i := range ids {
		switch id := &ids[i]; {
		case id.Field == last:
			dst = append(dst, ',')
		case last < 0:
			dst = appendKey(dst, id.Field)
		default:
			dst = appendKey(append(dst, ']', ','), id.Field)
		}
		last = ids[i].Field
		dst = appendString(dst, ids[i].Value)
	}
	if last >= 0 {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func appendKey(dst []byte, field int) []byte {
	dst = append(append(dst, '"'), fieldName(field)...)
	return append(dst, '"', ':', '[')
}

// appendString appends a JSON string. Almost every value is a digest, which needs no
// escape, so runs of harmless bytes are copied whole.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	if harmless(s) {
		return append(append(dst, s...), '"')
	}
	start := 0
	for i := 0; i < len(s); {
		if c := s[i]; c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(s[i:])
		if r >= utf8.RuneSelf && (r != utf8.RuneError || n > 1) {
			i += n
			continue
		}
		dst = appendEscape(append(dst, s[start:i]...), r)
		i += n
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// harmless reports whether s is ASCII without quotes, backslashes and control
// characters. It looks at eight bytes at a time, with the usual tricks for finding a
// byte in a word; a rest of fewer than eight is for the slow way.
func harmless(s []byte) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	bad := uint64(0)
	for len(s) >= 8 {
		w := binary.LittleEndian.Uint64(s)
		quote, slash := w^ones*'"', w^ones*'\\'
		// A zero byte, or one below a space, borrows from its top bit; one beyond ASCII keeps
		// it in one of the first two.
		bad |= (quote - ones) | (slash - ones) | (w - ones*' ')
		s = s[8:]
	}
	return bad&tops == 0 && len(s) == 0
}

// appendEscape escapes a quote, a backslash, a control character or U+FFFD, which
// stands for a broken byte.
func appendEscape(dst []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	if r == '"' || r == '\\' {
		return append(dst, '\\', byte(r))
	}
	dst = append(dst, '\\', 'u')
	for shift := 12; shift >= 0; shift -= 4 {
		dst = append(dst, hex[r>>shift&15])
	}
	return dst
}
