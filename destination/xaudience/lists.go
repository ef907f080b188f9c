package xaudience

import "strings"

// values walks over the values of one field's text: what stands between its commas, with
// the signs around it that belong to the writing taken off. A bracket stands around all of
// the text or around none of it, so that a list says who is in it without a look at more
// than one value.
type values struct {
	field int
	// first says that commas part values and nothing else is looked at.
	first bool
	rest  string
	// one is the value, and reason why it cannot be read.
	one, reason string
}

// valuesOf begins the walk. A text in [ ] or { }, as JSON, Python and PostgreSQL write
// lists, is the list inside.
func (r *preparer) valuesOf(field int, text string) values {
	if r.settings.first {
		return values{field: field, first: true, rest: text}
	}
	if digest, ok := blobDigest(text); ok && field != fieldPartner {
		text = digest
	}
	return values{field: field, rest: withoutBrackets(text)}
}

// next goes to the next value that is not empty.
func (v *values) next() bool {
	for v.rest != "" {
		v.one, v.rest, _ = strings.Cut(v.rest, ",")
		if v.one = trim(v.one); v.one == "" {
			continue
		}
		if v.first {
			return true
		}
		if v.one, v.reason = withoutQuotes(v.field, v.one); v.one == "" {
			continue
		}
		if isPlaceholder(v.field, strings.TrimPrefix(v.one, `\x`)) {
			v.reason = fieldName(v.field) + ": placeholder"
		}
		return true
	}
	return false
}

func withoutBrackets(text string) string {
	s := trim(text)
	if n := len(s); n > 1 && (s[0] == '[' && s[n-1] == ']' || s[0] == '{' && s[n-1] == '}') {
		return s[1 : n-1]
	}
	return text
}

// withoutQuotes takes the quotes off a value that stands in them, and says why one cannot be
// read: an escape could be any letter, and half a bracket or quote is half a value.
func withoutQuotes(field int, s string) (value, reason string) {
	if q := s[0]; isQuote(q) && len(s) > 1 && s[len(s)-1] == q && strings.IndexByte(s[1:len(s)-1], q) < 0 {
		s = trim(s[1 : len(s)-1])
		switch {
		case s == "":
			return "", ""
		case strings.IndexByte(s, '\\') >= 0 && !escapesBytes(s):
			return s, fieldName(field) + ": escape inside quotes"
		}
	}
	switch {
	case halfBracket(s):
		return s, fieldName(field) + ": bracket without the other one"
	case isQuote(s[0]) && field == fieldPartner:
		return s, fieldName(field) + ": quote without the other one"
	default:
		return s, ""
	}
}

// halfBracket reports whether a value begins or ends with a bracket of a list whose other
// one stands elsewhere.
func halfBracket(s string) bool {
	last := s[len(s)-1]
	return s[0] == '[' || s[0] == '{' || last == ']' && strings.IndexByte(s, '[') < 0 || last == '}' && strings.IndexByte(s, '{') < 0
}

func isQuote(c byte) bool { return c == '"' || c == '\'' }
