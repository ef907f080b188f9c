package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy"
)

// text is a scalar's value, and how it may be shown.
type text struct {
	string
	// raw is the text with its ${NAME} when variables took part: never show the value then.
	raw     string
	wrapped bool
}

// show names the text in a message.
func (t text) show() string {
	switch {
	case t.wrapped:
		// YAML joins lines of plain text, so a following "key:secret" without a space may be in it.
		return "a text of several lines"
	case t.raw != "":
		return "the value of " + quote(t.raw)
	default:
		return quote(t.string)
	}
}

// near suggests the candidate that was meant. What came from a variable gets no
// suggestion: one would tell something of the value.
func (t text) near(candidates []string) string {
	if t.raw != "" || t.wrapped {
		return ""
	}
	if near, ok := eddy.Nearest(t.string, candidates); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// text reads a scalar as text, with environment variables put in. It reports what is
// no scalar and tells whether there is a text to work with.
func (v value) text() (text, bool) {
	if !v.present() {
		return text{}, false
	}
	if !v.scalar() {
		v.mismatch("text", "")
		return text{}, false
	}
	t := text{string: v.n.text, wrapped: v.n.wrapped}
	if v.n.kind != scalarText {
		return t, true
	}
	out, used, err := expand(v.n.text, v.c.lookup)
	if err != nil {
		v.problem(mendVariable(err), "%s", err.Error())
		return text{}, false
	}
	t.string = out
	if used {
		t.raw = v.n.text
	}
	return t, true
}

// mendVariable says how to mend a ${NAME}.
func mendVariable(err error) string {
	if unset, ok := errors.AsType[*unsetError](err); ok {
		return fmt.Sprintf("set it before Eddy starts: export %s=...", unset.name)
	}
	return "write $${ for the characters ${ themselves"
}

// filled is text that must not be empty. It does not report a key that is not there.
func (v value) filled() (text, bool) {
	t, ok := v.text()
	if !ok {
		return t, false
	}
	if strings.TrimSpace(t.string) == "" {
		what := "is empty"
		if t.raw != "" {
			what = t.show() + " is empty"
		}
		v.problem("", "%s", what)
		return text{}, false
	}
	return t, true
}

// given is the filled text of a key that may be absent; "" without one.
func (v value) given() string {
	t, _ := v.filled() // what is wrong with it was reported
	return t.string
}

// need is filled text of a key that must be there; otherwise "".
func (v value) need(suggestion string) string {
	if !v.required(suggestion) {
		return ""
	}
	return v.given()
}

// choice is one of a closed list of texts, def when the key is not there.
func (v value) choice(what, def string, choices ...string) string {
	t, ok := v.filled()
	if !ok {
		return def
	}
	if !slices.Contains(choices, t.string) {
		v.problem(t.near(choices), "%s is not %s (%s)", t.show(), what, strings.Join(choices, ", "))
		return def
	}
	return t.string
}

// boolean is true or false, def when the key is not there.
func (v value) boolean(def bool) bool {
	t, ok := v.typed(scalarBool, "true or false")
	if !ok {
		return def
	}
	b, ok := parseBool(t.string)
	if !ok {
		v.problem("", "%s is not true or false", t.show())
		return def
	}
	return b
}

// number is a number from low to high, def when the key is not there.
func (v value) number(def, low, high float64) float64 {
	want := fmt.Sprintf("a number from %v to %v", low, high)
	t, ok := v.typed(scalarNumber, want)
	if !ok {
		return def
	}
	f, err := strconv.ParseFloat(t.string, 64)
	if err != nil || !(f >= low && f <= high) { // written so that NaN is refused
		v.problem("", "%s is not %s", t.show(), want)
		return def
	}
	return f
}

// whole is a whole number from 0 to high, def when the key is not there.
func (v value) whole(def, low, high int) int {
	want := fmt.Sprintf("a whole number from %d to %d", low, high)
	t, ok := v.typed(scalarNumber, want)
	if !ok {
		return def
	}
	n, err := strconv.Atoi(t.string)
	if err != nil || n < low || n > high {
		v.problem("", "%s is not %s", t.show(), want)
		return def
	}
	return n
}

// typed is the text of a scalar of one kind. Text counts only when it comes from a
// variable, because the environment holds nothing else.
func (v value) typed(want kind, what string) (text, bool) {
	if !v.present() {
		return text{}, false
	}
	if v.n.kind == want {
		return text{string: v.n.text}, true
	}
	if v.n.kind != scalarText {
		v.mismatch(what, "")
		return text{}, false
	}
	t, ok := v.text()
	if ok && t.raw == "" {
		v.mismatch(what, unquoted(want, t.string))
		return t, false
	}
	return t, ok
}

// unquoted suggests how a text should have been written as another kind.
func unquoted(want kind, s string) string {
	_, isBool := parseBool(s)
	_, err := strconv.ParseFloat(s, 64)
	switch {
	case want == scalarBool && isBool, want == scalarNumber && err == nil:
		return "write it without quotes"
	case want == scalarBool && slices.Contains([]string{"yes", "on", "y"}, strings.ToLower(s)):
		return "write true"
	case want == scalarBool && slices.Contains([]string{"no", "off", "n"}, strings.ToLower(s)):
		return "write false"
	case want == scalarNumber && strings.HasSuffix(s, "%"):
		return "write it without the percent sign"
	}
	return ""
}

// parseBool reads true and false as YAML writes them.
func parseBool(s string) (b, ok bool) {
	switch s {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}
