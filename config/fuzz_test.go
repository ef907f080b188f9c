package config

import (
	"errors"
	"strings"
	"testing"
)

// FuzzExpand expands arbitrary texts: what is escaped comes out as it was, what a variable
// holds comes out whole, and an error never tells a value or a piece of the text, which
// may be a secret.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{"", "${A}", "$${A}", "$$${A}", "a${A}b${_b2}c", "${", "${}", "${2}", "${A${B}}", "$", "${NO}", "\xff${A}"} {
		f.Add(s, "hunter2")
	}
	f.Add("${A}", "${B}")
	f.Fuzz(func(t *testing.T, text, value string) {
		getenv := func(name string) (string, bool) { return value, name != "NO" }
		got, used, err := expand(text, getenv)
		switch missing, unset := errors.AsType[*unsetError](err); {
		case unset && missing.name != "NO", err != nil && !unset && !errors.Is(err, errBrace):
			t.Fatalf("%q: %v", text, err)
		case err == nil && !used && len(got) != len(text)-strings.Count(text, "$${"):
			t.Fatalf("%q has no variable and becomes %q", text, got)
		}
		if strings.Contains(text, "$${") || strings.HasSuffix(text, "$") {
			return
		}
		escaped := strings.ReplaceAll(text, "${", "$${")
		if got, used, err := expand(escaped+"${V}", getenv); err != nil || !used || got != text+value {
			t.Fatalf("%q becomes %q, %t, %v; want %q", escaped+"${V}", got, used, err, text+value)
		}
	})
}
