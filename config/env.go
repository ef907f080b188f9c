package config

import (
	"errors"
	"fmt"
	"strings"
)

// errBrace is a ${ that is no variable. It does not quote what follows: that may be
// part of a secret.
var errBrace = errors.New("after ${ a variable name and } must follow")

// unsetError names a variable that the environment does not have.
type unsetError struct{ name string }

// Error names the variable.
func (e *unsetError) Error() string {
	return fmt.Sprintf("the environment variable %s is not set", e.name)
}

// expand puts environment variables in the place of ${NAME}, and ${ in the place of
// $${. It tells whether any variable took part. What a variable holds is not expanded again.
func expand(text string, getenv func(string) (string, bool)) (out string, used bool, err error) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), used, nil
		}
		if strings.HasSuffix(before, "$") {
			b.WriteString("{") // the $ that escapes is the $ that stays
			text = rest
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !variableName(name) {
			return "", used, errBrace
		}
		value, ok := getenv(name)
		if !ok {
			return "", used, &unsetError{name}
		}
		b.WriteString(value)
		used, text = true, after
	}
}

// variableName tells whether a shell could have set a variable of this name.
func variableName(name string) bool {
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return name != ""
}
