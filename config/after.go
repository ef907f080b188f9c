package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy/schedule"
)

// readNames reads one name, or a list of them.
func readNames(v value) (out []item) {
	if !v.present() {
		return nil
	}
	if v.n.kind != list {
		if t, ok := v.filled(); ok {
			out = append(out, item{v, t})
		}
		return out
	}
	for i, n := range v.n.items {
		entry := value{c: v.c, key: v.key + "[" + strconv.Itoa(i) + "]", at: v.at, n: n}
		if !entry.present() {
			entry.problem("", "is empty")
		} else if t, ok := entry.filled(); ok {
			out = append(out, item{entry, t})
		}
	}
	return out
}

// follows checks the connections that others run after: each is there, and none runs after itself.
func (c *checker) follows(connections value, f *File) {
	names := slices.Clone(f.ConnectionNames)
	if c.known.Beside != nil {
		names = append(names, c.known.Beside.ConnectionNames...)
	}
	told := map[string]bool{}
	for _, name := range f.ConnectionNames {
		if len(f.Connections[name].Schedule.After) == 0 {
			continue // also where it was misread, which was told
		}
		at := connections.get(name).get("schedule").get("after")
		for _, other := range readNames(at) {
			if !slices.Contains(names, other.text.string) {
				other.value.problem(other.text.near(names), "%s is not a connection of this file", other.text.show())
			}
		}
		if cycle := c.cycle(f, name); cycle != nil && !told[name] {
			at.problem("take one of them out", "%s", ring(cycle))
			for _, member := range cycle {
				told[member] = true
			}
		}
	}
}

// cycle is a way from a connection back to itself by what it runs after; nil where there is none.
func (c *checker) cycle(f *File, name string) []string {
	seen := map[string]bool{}
	var walk func(way []string) []string
	walk = func(way []string) []string {
		conn, _ := c.known.connection(f, way[len(way)-1])
		for _, other := range conn.Schedule.After {
			if other == name {
				return way
			}
			if seen[other] {
				continue
			}
			seen[other] = true
			if found := walk(append(slices.Clone(way), other)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk([]string{name})
}

// ring is a cycle in words.
func ring(cycle []string) string {
	const most = 8
	if len(cycle) == 1 {
		return fmt.Sprintf("connection %s would run after itself", quote(cycle[0]))
	}
	var steps []string
	for _, name := range cycle[1:min(len(cycle), most)] {
		steps = append(steps, "after "+quote(name))
	}
	if len(cycle) > most {
		steps = append(steps, "and so on")
	}
	return fmt.Sprintf("connections would run after each other in a circle: %s %s, after %s", quote(cycle[0]), strings.Join(steps, ", "), quote(cycle[0]))
}

// afterSchema describes what a connection runs after.
func afterSchema() Schema {
	name := Schema{"type": "string", "minLength": 1}
	return Schema{
		"description": "The connection after whose runs that end well this one runs, or a list of them. A server starts it. With it, type may be left out.",
		"anyOf":       []Schema{name, {"type": "array", "items": name, "minItems": 1, "maxItems": schedule.MaxAfter}},
	}
}
