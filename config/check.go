package config

import (
	"fmt"

	"github.com/eddy-retl/eddy"
)

// checker collects the problems of one file.
type checker struct {
	known    Known
	getenv   func(string) (string, bool)
	problems Problems
}

// report adds a problem.
func (c *checker) report(at place, key, suggestion, message string) {
	c.problems = append(c.problems, Problem{
		Line: at.line, Column: at.column, Key: key, Message: message, Suggestion: suggestion,
	})
}

// lookup asks the environment.
func (c *checker) lookup(name string) (string, bool) {
	if c.getenv == nil {
		return "", false
	}
	return c.getenv(name)
}

// sections are the keys of a file.
func sections() []string { return []string{"sources", "destinations", "connections", "suppress"} }

// file checks the whole file: sources and destinations first, connections refer to them.
func (c *checker) file(root *node, f *File) {
	v := value{c: c, at: place{1, 1}, n: root}
	if !v.isMapping() {
		return
	}
	v.keys(sections()...)
	if len(root.pairs) == 0 {
		v.problem("add sources, destinations and connections", "the file is empty")
		return
	}
	f.Sources, f.SourceNames = each(v.get("sources"), func(name string, v value) eddy.Source {
		return c.source(name, v, f.Dir)
	})
	f.Destinations, f.DestinationNames = each(v.get("destinations"), c.destination)
	f.Connections, f.ConnectionNames = each(v.get("connections"), func(name string, v value) eddy.Connection {
		return c.connection(name, v, f)
	})
	c.members(v.get("connections"), f)
	c.unique(v.get("connections"), f)
	c.follows(v.get("connections"), f)
	lists, names := each(v.get("suppress"), func(name string, v value) eddy.Suppression {
		return c.suppression(name, v, f)
	})
	for _, name := range names {
		f.Suppress = append(f.Suppress, lists[name])
	}
}

// each checks every named entry of a section.
func each[T any](section value, one func(name string, v value) T) (map[string]T, []string) {
	entries := map[string]T{}
	var names []string
	if !section.present() || !section.isMapping() {
		return entries, nil
	}
	for _, p := range section.n.pairs {
		v := section.get(p.key)
		if why := badName(p.key); why != "" {
			section.c.report(p.at, v.key, "", fmt.Sprintf("the name %s", why))
		}
		entries[p.key] = one(p.key, v)
		names = append(names, p.key)
	}
	return entries, names
}
