package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Problem is one mistake in a configuration file.
type Problem struct {
	File string
	// Line and Column count from 1; 0 when the mistake is in no particular place.
	Line, Column int
	// Key is the path of the key, such as connections.vip.settings.guard.max_removed_percent.
	Key     string
	Message string
	// Suggestion says how to mend it; may be empty.
	Suggestion string
	// Excerpt shows the line of a YAML mistake, with secrets masked; may be empty.
	Excerpt string
}

// String tells the problem in one line, and the excerpt below it.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	if p.Key != "" {
		b.WriteString(": " + p.Key)
	}
	b.WriteString(": " + p.Message)
	if p.Suggestion != "" {
		b.WriteString("; " + p.Suggestion)
	}
	if p.Excerpt != "" {
		b.WriteString("\n" + p.Excerpt)
	}
	return b.String()
}

// Problems are all mistakes of a file, in the order of its lines. It is an error with
// the code eddy.CodeConfig.
type Problems []Problem

// Error tells every problem on lines of its own.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// As lets errors.As see the problems as an *eddy.Error, for its code.
func (p Problems) As(target any) bool {
	e, ok := target.(**eddy.Error)
	if ok {
		*e = &eddy.Error{Code: eddy.CodeConfig, What: p.Error()}
	}
	return ok
}

// finish names the file, sorts the problems and drops repeats.
func (p Problems) finish(path string) Problems {
	p = p.once()
	for i := range p {
		p[i].File = path
	}
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return p
}

// once drops the problems that another key shares through an anchor.
func (p Problems) once() Problems {
	type same struct {
		line, column int
		key, message string
	}
	seen := map[same]bool{}
	return slices.DeleteFunc(p, func(problem Problem) bool {
		last := problem.Key[strings.LastIndex(problem.Key, ".")+1:]
		k := same{problem.Line, problem.Column, last, problem.Message}
		repeat := seen[k]
		seen[k] = true
		return repeat
	})
}
