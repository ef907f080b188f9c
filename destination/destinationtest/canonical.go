package destinationtest

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

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
		return keep(strings.ToLower(after(text, `\x`)), func(r rune) bool { return letter(r) && r != 'i' && r != 'k' || r == '_' })
	case destination.CanonicalAddress:
		text = after(norm.NFC.String(text), ":", "<", `\x`)
		if at := strings.LastIndexByte(text, '@'); at >= 0 {
			text = text[:at]
		}
		return strings.ToLower(keep(text, func(r rune) bool { return letter(r) && r|0x20 != 'i' || strings.ContainsRune("._+-", r) }))
	case destination.CanonicalDigits:
		return canonicalDigits(text)
	default:
		return keep(text, func(r rune) bool { return r > ' ' && !strings.ContainsRune("\"'[]{}\x7f", r) })
	}
}

// canonicalDigits takes the steps that field.go tells of [eddy.CanonicalDigits].
func canonicalDigits(text string) string {
	text = strings.Map(func(r rune) rune {
		for _, zero := range "０٠۰" {
			if r >= zero && r <= zero+9 {
				return r - zero + '0'
			}
		}
		return r
	}, text)
	text = regexp.MustCompile(`([eE]\+?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$`).ReplaceAllString(text, "")
	text = regexp.MustCompile(`^([^.]*)\.0*[^0-9.]*$`).ReplaceAllString(text, "$1")
	digits := keep(text, func(r rune) bool { return r >= '0' && r <= '9' })
	const length = 6
	return digits[max(0, len(digits)-length):]
}

// after cuts off all up to the last of the marks.
func after(text string, marks ...string) string {
	from := 0
	for _, m := range marks {
		if i := strings.LastIndex(text, m); i >= 0 {
			from = max(from, i+len(m))
		}
	}
	return text[from:]
}

// letter says that a rune is an ASCII letter or digit.
func letter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
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
