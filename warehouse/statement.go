package warehouse

import (
	"iter"
	"strings"
)

// Statement is a user's SQL without the semicolons before its first word, and without the
// semicolons, comments and white space after its last one, so that it can be put into a
// larger statement.
func Statement(sql string) string {
	start, end, at := 0, 0, 0
	for token, blank := range tokens(sql) {
		at += len(token)
		switch {
		case !blank:
			end = at
		case end == 0 && token == ";":
			start = at
		}
	}
	return sql[min(start, end):end]
}

// tokens cuts a statement into pieces and says which of them mean nothing at its end.
// It knows what PostgreSQL and DuckDB share: nested comments, texts with doubled quotes,
// with backslashes (E'...') and between dollars.
func tokens(sql string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for sql != "" {
			n, blank := token(sql)
			if !yield(sql[:n], blank) {
				return
			}
			sql = sql[n:]
		}
	}
}

func token(s string) (n int, blank bool) {
	switch {
	case strings.HasPrefix(s, "--"):
		return until(s, 2, "\n"), true
	case strings.HasPrefix(s, "/*"):
		return comment(s), true
	case strings.IndexByte(" \t\r\n\f\v;", s[0]) >= 0:
		return 1, true
	case s[0] == '\'' || s[0] == '"':
		return quoted(s, 0, false), false
	case (s[0] == 'e' || s[0] == 'E') && strings.HasPrefix(s[1:], "'"):
		return quoted(s, 1, true), false
	case s[0] == '$':
		return dollars(s), false
	}
	for n < len(s) && (inWord(s[n]) || n > 0 && s[n] == '$') {
		n++
	}
	return max(n, 1), false
}

// until is where the end mark ends, or the text does.
func until(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

func comment(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(s[i:], "*/"):
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// quoted is the length of what begins with the quote at open; a doubled quote is part
// of it, because two texts that touch read the same as one.
func quoted(s string, open int, backslashes bool) int {
	for i := open + 1; i < len(s); i++ {
		switch {
		case backslashes && s[i] == '\\':
			i++
		case s[i] == s[open]:
			if i+1 == len(s) || s[i+1] != s[open] {
				return i + 1
			}
			i++
		}
	}
	return len(s)
}

// dollars is the length of $tag$...$tag$, or of a lone dollar.
func dollars(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == '$' {
			return until(s, i+1, s[:i+1])
		}
		if !inWord(s[i]) || i == 1 && s[i] >= '0' && s[i] <= '9' {
			break
		}
	}
	return 1
}

func inWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b >= 0x80
}
