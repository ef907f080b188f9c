package warehouse

import (
	"iter"
	"slices"
	"strings"
)

// Syntax says where the comments, texts and names of a warehouse's SQL end, as data: all SQL of
// users is cut by the same code.
type Syntax struct {
	// Lines are what a comment begins with that ends with its line, and LineEnds the characters
	// that end one. Apart says that -- is one only before white space, a control character, or the
	// end of the SQL.
	Lines    []string
	LineEnds string
	Apart    bool
	// Nested says that comments between /* and */ nest, and CarriedOut what those begin with
	// whose content the server reads as SQL.
	Nested     bool
	CarriedOut []string
	// Quotes are what texts and names stand between.
	Quotes []Quotes
	// Dollars says that texts may stand between two $tag$, and Numbered that a tag may begin with
	// a digit.
	Dollars, Numbered bool
}

// Quotes are the marks of a text or a name. Where they are alike, a doubled one is part of it.
type Quotes struct {
	Open, Close string
	// Escapes says that a backslash takes what follows as it is.
	Escapes bool
}

// Standard is what PostgreSQL and DuckDB share: nested comments, texts with doubled quotes, with
// backslashes (E'...') and between dollars.
func Standard() *Syntax {
	return &Syntax{
		Lines: []string{"--"}, LineEnds: "\r\n", Nested: true, Dollars: true,
		Quotes: []Quotes{{Open: "'", Close: "'"}, {Open: `"`, Close: `"`}, {Open: "E'", Close: "'", Escapes: true}, {Open: "e'", Close: "'", Escapes: true}},
	}
}

// Statement is a user's SQL without the semicolons before its first word, and without the
// semicolons, comments and white space after its last one, so that it can be put into a
// larger statement.
func (x *Syntax) Statement(sql string) string {
	start, end, at := 0, 0, 0
	for token, blank := range x.Tokens(sql) {
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

// Tokens cuts SQL into pieces and says which of them mean nothing at its end: comments, white
// space and semicolons.
func (x *Syntax) Tokens(sql string) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for sql != "" {
			n, blank := x.token(sql)
			if !yield(sql[:n], blank) {
				return
			}
			sql = sql[n:]
		}
	}
}

func (x *Syntax) token(s string) (n int, blank bool) {
	begins := func(mark string) bool { return strings.HasPrefix(s, mark) }
	switch i := slices.IndexFunc(x.Quotes, func(q Quotes) bool { return begins(q.Open) }); {
	case i >= 0:
		return x.Quotes[i].length(s), false
	case slices.ContainsFunc(x.CarriedOut, begins):
		return len("/*"), false
	case begins("/*"):
		return x.comment(s), true
	case slices.ContainsFunc(x.Lines, begins) && !(x.Apart && begins("--") && len(s) > 2 && s[2] > ' '):
		return x.line(s), true
	case strings.IndexByte(" \t\r\n\f\v;", s[0]) >= 0:
		return 1, true
	case x.Dollars && s[0] == '$':
		return x.dollars(s), false
	default:
		return x.word(s), false
	}
}

// line is the length of a comment that ends with its line.
func (x *Syntax) line(s string) int {
	if i := strings.IndexAny(s, x.LineEnds); i >= 0 {
		return i + 1
	}
	return len(s)
}

// comment is the length of a comment between marks, or of all that is left where it has no end.
func (x *Syntax) comment(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*") && (x.Nested || depth == 0):
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

// length is that of what begins with the opening mark. Two texts that touch read as one.
func (q Quotes) length(s string) int {
	doubles := strings.HasSuffix(q.Open, q.Close)
	for i := len(q.Open); i < len(s); i++ {
		switch {
		case q.Escapes && s[i] == '\\':
			i++
		case strings.HasPrefix(s[i:], q.Close):
			i += len(q.Close)
			if !doubles || !strings.HasPrefix(s[i:], q.Close) {
				return i
			}
		}
	}
	return len(s)
}

// dollars is the length of $tag$...$tag$, or of a lone dollar.
func (x *Syntax) dollars(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] == '$' {
			mark := s[:i+1]
			if end := strings.Index(s[i+1:], mark); end >= 0 {
				return i + 1 + end + len(mark)
			}
			break
		}
		if !inWord(s[i]) || i == 1 && isDigit(s[i]) && !x.Numbered {
			break
		}
	}
	return 1
}

// word is the length of a name, a number or any other sign. Names may have a dollar within.
func (x *Syntax) word(s string) int {
	n := 0
	for n < len(s) && (inWord(s[n]) || n > 0 && s[n] == '$' && !isDigit(s[0])) {
		if n > 0 && s[n] >= 0x80 && slices.ContainsFunc(x.Quotes, func(q Quotes) bool { return strings.HasPrefix(s[n:], q.Open) }) {
			break
		}
		n++
	}
	return max(n, 1)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func inWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || isDigit(b) || b == '_' || b >= 0x80
}
