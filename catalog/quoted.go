package catalog

import "strconv"

// quoted is a Go string literal at the beginning of a text.
type quoted struct {
	text   string
	length int
}

func quotedPrefix(s string) (quoted, error) {
	literal, err := strconv.QuotedPrefix(s)
	if err != nil || s[0] != '"' {
		return quoted{}, strconv.ErrSyntax
	}
	text, err := strconv.Unquote(literal)
	return quoted{text, len(literal)}, err
}
