package eddy

import (
	"slices"
	"strconv"
	"strings"
)

// Thousands writes a number for people, its digits in threes: 1,234,567.
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural counts things for people: 1 row, 2,000 rows. many is how more than one are called,
// where that is not one with an s.
func Plural(n int64, one string, many ...string) string {
	return Thousands(n) + " " + Noun(n, one, many...)
}

// Noun is how n things are called: row, rows.
func Noun(n int64, one string, many ...string) string {
	switch {
	case n == 1:
		return one
	case len(many) > 0:
		return many[0]
	}
	return one + "s"
}

// longestPercent is how many digits after the point tell any two shares of whole numbers apart.
const longestPercent = 15

// Percent writes a share, from 0 to 1, for people: 66.7 %. It has as many digits as it takes to
// be told apart from none, from all, and from the limits, in percent, that it is held against: of
// a million with one missing are 99.9999 %.
func Percent(share float64, limits ...float64) string {
	percent := 100 * share
	text := strconv.FormatFloat(percent, 'f', 1, 64)
	for digits := 2; digits <= longestPercent; digits++ {
		shown, _ := strconv.ParseFloat(text, 64) // of FormatFloat
		if !slices.ContainsFunc(append(limits, 0, 100), func(limit float64) bool { return shown == limit && percent != limit }) {
			break
		}
		text = strconv.FormatFloat(percent, 'f', digits, 64)
	}
	return strings.TrimSuffix(text, ".0") + " %"
}
