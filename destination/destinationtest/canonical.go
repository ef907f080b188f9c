package destinationtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/destination"
)

// SQL finds rows that may share an identity by the canonical form of their texts, and
// only those are looked at closely. Two spellings of one identity with different
// canonical forms would let a removed row take its neighbour along (promise 2).
func canonical(t *testing.T, s *suite) {
	for f, field := range s.fields {
		forms := map[identity]string{}
		for _, text := range s.Good[field.Name] {
			for _, id := range identities(prepare(s.preparer, s.record(f, text))) {
				form := CanonicalForm(field.Canonical, text)
				if before, known := forms[id]; known && before != form {
					t.Errorf("%s: %q has the identity of a text with another canonical form", field.Name, text)
				}
				forms[id] = form
			}
		}
	}
}

// CanonicalForm is what the warehouses' SQL makes of a text of one value.
func CanonicalForm(c destination.Canonical, text string) string {
	switch c {
	case destination.CanonicalText:
		return keep(strings.ToLower(text), func(r rune) bool { return r > ' ' && !strings.ContainsRune("@-ik\x7f", r) })
	case destination.CanonicalDigits:
		digits := keep(text, func(r rune) bool { return r >= '0' && r <= '9' })
		return digits[max(0, len(digits)-6):]
	default:
		return keep(text, func(r rune) bool { return !slices.Contains([]rune(" \t\n\v\f\r"), r) })
	}
}

// keep keeps the ASCII characters that are wanted.
func keep(text string, wanted func(rune) bool) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && wanted(r) {
			return r
		}
		return -1
	}, text)
}
