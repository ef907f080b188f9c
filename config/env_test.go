package config

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestExpand shows what ${ means.
func TestExpand(t *testing.T) {
	getenv := func(name string) (string, bool) { return "<" + name + ">", name != "NO" }
	for text, want := range map[string]string{
		"":                 "",
		"plain $1 $$ $a }": "plain $1 $$ $a }",
		"${A}":             "<A>",
		"a${A}b${_b2}c":    "a<A>b<_b2>c",
		"$${A}":            "${A}",
		"$$${A}":           "$${A}",
		"${A}$${B}${C}":    "<A>${B}<C>",
		"$${":              "${",
	} {
		if got, _, err := expand(text, getenv); got != want || err != nil {
			t.Errorf("expand(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"${", "${}", "${A", "${2}", "${A B}", "${A:-b}", "${é}", "${A${B}}"} {
		if _, _, err := expand(text, getenv); !errors.Is(err, errBrace) {
			t.Errorf("expand(%q): %v", text, err)
		}
	}
	if _, _, err := expand("${NO}", getenv); err == nil || err.Error() != "the environment variable NO is not set" {
		t.Errorf("unset: %v", err)
	}
}

// TestExpandKeepsValues puts any value in whole, and leaves alone what is escaped.
func TestExpandKeepsValues(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.String().Draw(t, "value")
		// What follows a $ cannot be escaped, so no text has both.
		literal := rapid.String().Filter(func(s string) bool { return !strings.Contains(s, "$${") }).Draw(t, "literal")
		getenv := func(string) (string, bool) { return value, true }
		// A $ just before a variable would make it an escape.
		escaped := strings.ReplaceAll(literal, "${", "$${") + " "
		got, used, err := expand(escaped+"${V}"+escaped, getenv)
		if want := literal + " " + value + literal + " "; got != want || !used || err != nil {
			t.Fatalf("got %q, %v, %v; want %q", got, used, err, want)
		}
	})
}
