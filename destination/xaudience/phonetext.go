package xaudience

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// appendDialled appends what is dialled: a + if there is one before the first digit,
// then the digits. Brackets, dashes, dots, slashes and blanks fall away. Letters are
// refused rather than read as the keys of a telephone.
//
// SQL must see the same last six digits as is told here (destination.CanonicalDigits):
// whatever is read otherwise than digit by digit is known there, too.
func appendDialled(dst []byte, s string) (out []byte, reason string) {
	start := len(dst)
	for i := range len(s) {
		switch c := s[i]; {
		case c-'0' <= 9:
			dst = append(dst, c)
		case c == ' ' || c == '-' || c == '(' || c == ')':
		case c == '+' && len(dst) == start:
			dst = append(dst, c)
		default:
			return appendWritten(dst[:start], s)
		}
	}
	return dst, checkDialled(dst[start:])
}

func checkDialled(dialled []byte) (reason string) {
	digits := len(dialled)
	if digits > 0 && dialled[0] == '+' {
		digits--
	}
	switch {
	case digits < phoneTail:
		return phoneShort
	case digits > phoneMax:
		return phoneLong
	default:
		return ""
	}
}

// appendWritten is appendDialled for what stands around a number, and for numbers that
// went through a spreadsheet.
func appendWritten(dst []byte, s string) (out []byte, reason string) {
	s = unquote(strings.Map(asciiDigit, s))
	number, extended := cutExtension(s)
	switch digits, how := wholeNumber(number); {
	case how == rounded:
		return dst, phoneRounded
	case how == exact && extended && strings.ContainsAny(number, "eE"):
		return dst, phoneLetters
	case how == exact:
		start := len(dst)
		if number[0] == '+' {
			dst = append(dst, '+')
		}
		dst = append(dst, digits...)
		return dst, checkDialled(dst[start:])
	default:
		return appendGroups(dst, number)
	}
}

// asciiDigit reads the digits that full-width and Arabic keyboards write.
func asciiDigit(r rune) rune {
	switch {
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	case r >= '٠' && r <= '٩':
		return r - '٠' + '0'
	case r >= '۰' && r <= '۹':
		return r - '۰' + '0'
	case r == '＋':
		return '+'
	default:
		return r
	}
}

// unquote takes off what says that a text is a text, or a telephone number: the ' of a
// spreadsheet, quotes, tel:.
func unquote(s string) string {
	if text, quoted := strings.CutPrefix(s, "'"); quoted {
		s = strings.TrimSuffix(text, "'")
	} else if text, quoted := strings.CutPrefix(s, `"`); quoted {
		s = strings.TrimSuffix(text, `"`)
	}
	s = trim(s)
	if len(s) > len(telScheme) && strings.EqualFold(s[:len(telScheme)], telScheme) {
		s = trim(s[len(telScheme):])
	}
	return s
}

const telScheme = "tel:"

// maxExtension is how many digits an extension has at most.
const maxExtension = 7

// cutExtension cuts off an extension: it is dialled within a house, and the number before
// it is what X can know.
func cutExtension(s string) (number string, extended bool) {
	before := strings.TrimRight(s, "0123456789")
	if n := len(s) - len(before); n == 0 || n > maxExtension {
		return s, false
	}
	mark := strings.TrimRight(before, " .:=")
	for _, word := range [...]string{";ext", "extension", "extn", "ext", "x", "#"} {
		if n := len(mark) - len(word); n > 0 && strings.EqualFold(mark[n:], word) {
			return trim(mark[:n]), true
		}
	}
	return s, false
}

// appendGroups appends the digits of a number that is written in groups.
func appendGroups(dst []byte, s string) (out []byte, reason string) {
	start := len(dst)
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			dst = append(dst, byte(r))
		case r == '+':
			if len(dst) > start {
				return dst, phonePlus
			}
			dst = append(dst, '+')
		case !phonePunctuation(r):
			return dst, phoneLetters
		}
	}
	if looksLikeFraction(s) {
		return dst, phoneDot
	}
	return dst, checkDialled(dst[start:])
}

// looksLikeFraction reports whether the last dot of a number may be a decimal point: what
// follows is one digit, or it is the only dot and zeros follow.
func looksLikeFraction(s string) bool {
	before, after, found := cutLast(s, '.')
	if !found || after == "" {
		return false
	}
	digits, zeros := 0, true
	for i := range len(after) {
		if after[i]-'0' <= 9 {
			digits++
			zeros = zeros && after[i] == '0'
		}
	}
	return digits == 1 || digits > 0 && zeros && !strings.Contains(before, ".")
}

func cutLast(s string, sep byte) (before, after string, found bool) {
	i := strings.LastIndexByte(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// phonePunctuation reports whether people set the rune between a number's digits.
func phonePunctuation(r rune) bool {
	switch r {
	case ' ', '-', '(', ')', '.', '/', '−', 'ー', '（', '）': // minus sign, Japanese long mark, full-width brackets
		return true
	case utf8.RuneError:
		return false
	default:
		return r >= utf8.RuneSelf && (unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || invisible(r)) || r == '\t'
	}
}
