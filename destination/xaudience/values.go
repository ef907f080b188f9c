package xaudience

import (
	"strings"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
)

// Each of the functions below appends a value as X wants it hashed, or says in a fixed
// text why it cannot be read with certainty: a value is never completed by a guess, and
// never becomes somebody else's identity (promise 11). What only looks unusual passes. The rules are X's own (documentation, "Custom Audiences User
// Data") where it states one.

// appendHandle drops the leading @ and lower-cases. Handles have at most 15 characters
// today; older ones may have 20.
func appendHandle(dst []byte, s string) (out []byte, reason string) {
	for len(s) > 0 && s[0] == '@' {
		s = s[1:]
	}
	switch {
	case s == "":
		return dst, "handle: nothing after the @"
	case len(s) > 20:
		return dst, "handle: longer than 20 characters"
	}
	for i := range len(s) {
		c := lower(s[i])
		if !alphanumeric(c) && c != '_' {
			return dst, "handle: not only letters, digits and underscores"
		}
		dst = append(dst, c)
	}
	return dst, ""
}

// appendDevice lower-cases an advertising id and keeps its dashes. Lengths are not
// checked closely: an IDFA has 36 characters, an Android ID 16, and X's own examples
// are shorter than either.
func appendDevice(dst []byte, s string) (out []byte, reason string) {
	switch {
	case len(s) < 6:
		return dst, "device_id: too short"
	case len(s) > 64:
		return dst, "device_id: too long"
	}
	for i := range len(s) {
		c := lower(s[i])
		if !alphanumeric(c) && c != '-' {
			return dst, "device_id: not only letters, digits and dashes"
		}
		dst = append(dst, c)
	}
	return dst, ""
}

// appendTwitterID takes a whole number, also as a spreadsheet or a float writes it; ids fit
// 64 bits, which is 20 digits.
func appendTwitterID(dst []byte, s string) (out []byte, reason string) {
	if digits, how := wholeNumber(s); how == rounded {
		return dst, "twitter_id" + asRounded
	} else if how == exact && s[0] != '+' {
		s = digits
	}
	return appendDigits(dst, s)
}

func appendDigits(dst []byte, s string) (out []byte, reason string) {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return dst, "twitter_id: not only digits"
		}
	}
	switch {
	case s[0] == '0':
		return dst, "twitter_id: leading zero"
	case len(s) > 20:
		return dst, "twitter_id: longer than 20 digits"
	}
	return append(dst, s...), ""
}

// appendPartner takes the partner's own id verbatim. Broken UTF-8 cannot be sent in
// JSON; replaced, two ids could become one, and removing one would remove the other. Control
// characters are in no id, and local state has a use for one of them.
func appendPartner(dst []byte, s string) (out []byte, reason string) {
	if !utf8.ValidString(s) {
		return dst, "partner_user_id: broken text"
	}
	if strings.HasPrefix(s, eddy.Rounded) {
		return dst, "partner_user_id" + asRounded
	}
	for i := range len(s) {
		if s[i] < ' ' {
			return dst, "partner_user_id: control character inside"
		}
	}
	return append(dst, s...), ""
}

// alphanumeric reports whether c is a lower-case ASCII letter or a digit.
func alphanumeric(c byte) bool { return c-'a' < 26 || c-'0' < 10 }
