package config

import (
	"fmt"
	"slices"
	"strings"
)

// excerpt shows the line of a YAML mistake and marks the column. What YAML cannot read,
// nobody can tell a secret in; so values are only shown where none belongs.
func (c *checker) excerpt(lines []string, at place) string {
	if at.line > len(lines) {
		return ""
	}
	line := strings.ReplaceAll(lines[at.line-1], "\t", " ")
	if !c.showable(lines, at.line-1) {
		return fmt.Sprintf("%6d | %s", at.line, masked(line))
	}
	const widest = 120
	if runes := []rune(line); len(runes) > widest {
		line = string(runes[:widest]) + "…"
	}
	shown := fmt.Sprintf("%6d | %s", at.line, line)
	if at.column <= widest {
		shown += "\n" + strings.Repeat(" ", 8+at.column) + "^"
	}
	return shown
}

// showable tells whether a line can be shown as it is: in connections, or with a single
// key that no secret belongs to. Anything that smells of a secret is not.
func (c *checker) showable(lines []string, i int) bool {
	line := strings.ToLower(lines[i])
	secrets, open := c.optionNames()
	for _, smell := range append(secrets, "secret", "token", "passw", "credential", "private", "://") {
		if strings.Contains(line, smell) {
			return false
		}
	}
	if sectionOf(lines, i) == "connections" {
		return true
	}
	key, rest, found := strings.Cut(strings.TrimSpace(line), ":")
	return found && slices.Contains(open, key) && !strings.ContainsAny(rest, "{},:")
}

// optionNames are the names of all options that are secret, and of keys that are not.
func (c *checker) optionNames() (secrets, open []string) {
	open = append(sections(), "type", "schema", "state")
	for _, kinds := range []map[string]Kind{c.known.Sources, c.known.Destinations} {
		for _, kind := range kinds {
			for _, o := range kind.Options {
				if _, key := o.Group(); o.Secret() {
					secrets = append(secrets, strings.ToLower(key))
				} else {
					open = append(open, key)
				}
			}
		}
	}
	return secrets, open
}

// sectionOf is the section that a line most likely belongs to.
func sectionOf(lines []string, i int) string {
	for ; i >= 0; i-- {
		key, _, _ := strings.Cut(strings.Trim(lines[i], " \t{\"'"), ":")
		if key = strings.Trim(key, " \"'"); slices.Contains(sections(), key) {
			return key
		}
	}
	return ""
}

// masked is a line with no more than its indentation and its key.
func masked(line string) string {
	text := strings.TrimLeft(line, " ")
	indent := line[:len(line)-len(text)]
	key, _, found := strings.Cut(text, ":")
	word := func(r rune) bool { return r == '_' || r >= 'a' && r <= 'z' }
	if !found || strings.ContainsFunc(key, func(r rune) bool { return !word(r) }) {
		return indent + mask
	}
	return indent + key + ": " + mask
}

// mask stands where a value was that may be a secret.
const mask = "***"
