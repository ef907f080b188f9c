package xaudience

import (
	"strings"

	"github.com/eddy-retl/eddy"
)

// writing says how a text writes a number.
type writing uint8

const (
	plainText writing = iota // with neither a fraction nor an exponent; or it is no number
	exact                    // a whole number, of which each digit is named
	rounded                  // a fraction, or not all digits are named
)

// asRounded is why a number that lost digits is refused.
const asRounded = ": the number was rounded, as in 1.41556E10"

// exactBelow is 2^53: from there on a float cannot tell a whole number from the next one.
const exactBelow = "9007199254740992"

// wholeNumber reads a number as a spreadsheet or a float writes it: 14155552671.0 and
// 1.4155552671E10 name all digits of a whole number, 1.41556E10 does not. What a phone
// number may look like as well (0171.6783154, +1.4155552671) is plain text.
func wholeNumber(s string) (digits string, how writing) {
	if strings.HasPrefix(s, eddy.Rounded) {
		return "", rounded
	}
	sign := strings.HasPrefix(s, "+")
	whole, rest := leadingDigits(strings.TrimPrefix(s, "+"))
	fraction, exponent, dot, ok := cutFraction(rest)
	switch {
	case whole == "" || !ok || !dot && exponent == "":
		return "", plainText
	case exponent != "":
		digits, how = whole+fraction, scientific(whole, fraction, exponent)
	case strings.Trim(fraction, "0") == "" && (whole[0] != '0' || whole == "0"):
		digits, how = whole, exact
	case fraction == "" || len(whole) > 1 && whole[0] == '0' || sign && len(whole) <= maxCode && len(fraction) > maxCode:
		return "", plainText
	default:
		return "", rounded
	}
	if how == exact && (len(digits) > len(exactBelow) || len(digits) == len(exactBelow) && digits >= exactBelow) {
		how = rounded
	}
	return digits, how
}

// maxCode is how many digits a calling code has at most.
const maxCode = 3

// scientific judges a number with an exponent, which says how many digits follow the
// first: as many must be there. Where all of them are zeros they were most likely lost.
func scientific(whole, fraction, exponent string) writing {
	places := 0
	for _, c := range exponent {
		places = places*10 + int(c-'0')
	}
	if places != len(fraction) || whole[0] == '0' || fraction != "" && strings.Trim(fraction, "0") == "" {
		return rounded
	}
	return exact
}

// cutFraction reads what may follow the digits of a number; the digits of an exponent
// that is negative count as one that does not fit.
func cutFraction(s string) (fraction, exponent string, dot, ok bool) {
	if s, dot = strings.CutPrefix(s, "."); dot {
		fraction, s = leadingDigits(s)
	}
	if s == "" {
		return fraction, "", dot, true
	}
	if s[0]|0x20 != 'e' {
		return "", "", dot, false
	}
	s = s[1:]
	negative := strings.HasPrefix(s, "-")
	if exponent, s = leadingDigits(strings.TrimLeft(s, "+-")); exponent == "" || s != "" || len(exponent) > maxExponent {
		return "", "", dot, false
	}
	if negative {
		exponent = "999"
	}
	return fraction, exponent, dot, true
}

// maxExponent is how many digits an exponent has at most.
const maxExponent = 3

// leadingDigits splits a text after the digits that it begins with.
func leadingDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	return s[:i], s[i:]
}
