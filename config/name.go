package config

import (
	"strings"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
)

// maxName is the longest name of a source, destination or connection, in characters.
const maxName = 100

// badName tells what is wrong with a name; empty when nothing is. Names of any script
// are fine; they stand in URLs and file names, which is what the rules are for.
func badName(name string) string {
	switch {
	case strings.TrimSpace(name) == "":
		return "is empty"
	case strings.TrimSpace(name) != name:
		return "begins or ends with a space"
	case utf8.RuneCountInString(name) > maxName:
		return "is longer than 100 characters"
	case eddy.BadName(name) != "":
		return eddy.BadName(name)
	case strings.Contains(name, "/"):
		return `has a "/" in it, and names are part of web addresses`
	case strings.Contains(name, "${"):
		return "has ${ in it, and variables are only read in values"
	case name == "." || name == "..":
		return "means a folder in web addresses"
	}
	return ""
}
