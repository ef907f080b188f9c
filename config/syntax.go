package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxDepth is how deep values may be nested; the format itself needs five levels. The
// YAML library calls itself once for each level, and slows with the square of it.
const maxDepth = 50

// tree reads YAML text into nodes; nil when it reported why it could not.
func (c *checker) tree(data []byte) *node {
	source, ok := c.source8(data)
	if !ok {
		return nil
	}
	docs, err := documents(source)
	if err != nil {
		c.syntax(err, source)
		return nil
	}
	switch {
	case len(docs) == 0:
		c.report(place{1, 1}, "", "add sources, destinations and connections", "the file is empty")
		return nil
	case len(docs) > 1:
		c.report(position(docs[1].Start), "", "keep each in a file of its own", "a second YAML document begins in this file")
		return nil
	}
	b := builder{report: c.report, anchors: map[string]*node{}}
	root := b.build(docs[0].Body, "", place{1, 1}, 0)
	if root.kind == broken {
		return nil
	}
	return root
}

// source8 returns the text as UTF-8 with plain line ends, and reports text that is none.
func (c *checker) source8(data []byte) (string, bool) {
	switch {
	case len(data) > maxSize:
		c.report(place{}, "", "", "the file is larger than 1 MiB, which is no configuration file")
		return "", false
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		c.report(place{1, 1}, "", "save it as UTF-8", "the file is UTF-16 text")
		return "", false
	}
	source := string(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	source = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(source)
	line, column := 1, 1
	for i, r := range source {
		_, size := utf8.DecodeRuneInString(source[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			c.report(place{line, column}, "", "save it as UTF-8", "the file is not UTF-8 text")
			return "", false
		case r < ' ' && r != '\n' && r != '\t', r == 0x7f:
			c.report(place{line, column}, "", "is it the right file?", fmt.Sprintf("control character %U: the file is not YAML", r))
			return "", false
		case r == '\n':
			line, column = line+1, 0
		}
		column++
	}
	return source, true
}

// documents parses YAML and returns the documents that hold something.
func documents(source string) (docs []*ast.DocumentNode, err error) {
	defer func() {
		// The library indexes its tokens freely. A panic of it is the file's mistake, not Eddy's end.
		if recover() != nil {
			docs, err = nil, &mistake{place{1, 1}, "the YAML cannot be understood"}
		}
	}()
	tokens := lexer.Tokenize(source)
	if err := shallow(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	for _, d := range file.Docs {
		if d.Body == nil || d.Body.Type() == ast.DirectiveType {
			continue
		}
		docs = append(docs, d)
	}
	return docs, nil
}

// mistake is a YAML mistake that Eddy finds by itself.
type mistake struct {
	at  place
	why string
}

// Error tells what is wrong.
func (m *mistake) Error() string { return m.why }

// shallow refuses nesting that would cost the parser its stack or minutes of time:
// brackets within brackets, and dashes after dashes on one line.
func shallow(tokens token.Tokens) error {
	depth, dashes, line := 0, 0, 0
	for _, t := range tokens {
		at := position(t)
		if at.line != line {
			dashes, line = 0, at.line
		}
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth = max(0, depth-1)
		case token.SequenceEntryType, token.MappingKeyType:
			dashes++
		}
		if depth > maxDepth || dashes > maxDepth {
			return tooDeep(at)
		}
	}
	return nil
}

// tooDeep is the mistake of nesting beyond maxDepth.
func tooDeep(at place) error {
	return &mistake{at, fmt.Sprintf("values are nested deeper than %d levels", maxDepth)}
}

// position is where a token stands.
func position(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{max(1, t.Position.Line), max(1, t.Position.Column)}
}

// syntax reports text that is not YAML, with the line it stands in.
func (c *checker) syntax(err error, source string) {
	at, message := place{1, 1}, "the YAML cannot be understood"
	if own, ok := errors.AsType[*mistake](err); ok {
		at, message = own.at, own.why
	} else if theirs, ok := errors.AsType[yaml.Error](err); ok {
		at, message = position(theirs.GetToken()), plainly(theirs.GetMessage())
	}
	lines := strings.Split(source, "\n")
	line := ""
	if at.line <= len(lines) {
		line = lines[at.line-1]
	}
	c.problems = append(c.problems, Problem{
		Line: at.line, Column: at.column,
		Message:    message,
		Suggestion: advice(message, line),
		Excerpt:    c.excerpt(lines, at),
	})
}

// plainly is the library's message without what it quotes from the file: a value that
// begins with !, | or > is quoted there, and may be a secret.
func plainly(message string) string {
	if strings.Contains(message, "\t") {
		return "a tab stands where only spaces may"
	}
	before, _, _ := strings.Cut(message, `"`)
	return strings.TrimRight(before, " :")
}

// advice mends the YAML mistakes that people make most.
func advice(message, line string) string {
	switch {
	case strings.HasPrefix(strings.TrimLeft(line, " "), "\t"):
		return "indent with spaces"
	case strings.Contains(line, "${") && strings.ContainsAny(line, "{["):
		return `put "${NAME}" in quotes within { } and [ ]`
	case strings.Contains(message, "reserved character"), strings.Contains(message, "directive"):
		return "put the value in quotes"
	case strings.Contains(message, "mapping value is not allowed"):
		return "put a value that has a colon in it in quotes"
	}
	return ""
}
