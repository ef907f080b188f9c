package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// value is a place in the file that may hold a value: it knows its key's path, and
// reports problems under it.
type value struct {
	c *checker
	// key is the path of the key.
	key string
	// at is where the key stands; for a key that is not there, where its parent stands.
	at place
	// n is nil when the key is not there.
	n *node
}

// place is where problems of the value are shown: a scalar itself, else its key.
func (v value) place() place {
	if v.n != nil && v.scalar() {
		return v.n.at
	}
	return v.at
}

// problem reports a problem of the value.
func (v value) problem(suggestion, format string, args ...any) {
	v.c.report(v.place(), v.key, suggestion, fmt.Sprintf(format, args...))
}

// present tells whether the key is there with any value.
func (v value) present() bool { return v.n != nil && v.n.kind != null }

// scalar tells whether the value is one text, number or truth value.
func (v value) scalar() bool {
	return v.n != nil && (v.n.kind == scalarText || v.n.kind == scalarBool || v.n.kind == scalarNumber)
}

// required tells whether the key is there, and reports it missing when not.
func (v value) required(suggestion string) bool {
	if !v.present() {
		v.problem(suggestion, "is missing")
	}
	return v.present()
}

// get is the value of a key of a mapping.
func (v value) get(key string) value {
	child := value{c: v.c, key: join(v.key, segment(key)), at: v.at}
	if v.n == nil {
		return child
	}
	if p, ok := v.n.find(key); ok {
		child.at, child.n = p.at, p.value
	}
	return child
}

// isMapping tells whether the value is a mapping, and reports when it is something
// else. Nothing counts as an empty mapping: its keys are all absent.
func (v value) isMapping() bool {
	if v.n == nil || v.n.kind == mapping || v.n.kind == null {
		return true
	}
	v.mismatch("a mapping of keys to values", "")
	return false
}

// mismatch reports a value of the wrong kind, without showing it.
func (v value) mismatch(want, suggestion string) {
	if v.n.kind != broken {
		v.problem(suggestion, "expected %s, got %s", want, v.n.kind)
	}
}

// keys reports every key that is not among the valid ones.
func (v value) keys(valid ...string) {
	for _, p := range unknown(v, valid) {
		p.isUnknown(v, meant(p.key, valid))
	}
}

// unknown are the keys that are not among the valid ones.
func unknown(v value, valid []string) (strange []pair) {
	if v.n == nil {
		return nil
	}
	for _, p := range v.n.pairs {
		if !slices.Contains(valid, p.key) {
			strange = append(strange, p)
		}
	}
	return strange
}

// isUnknown reports an unknown key.
func (p pair) isUnknown(in value, mend string) {
	in.c.report(p.at, join(in.key, segment(visible(p.key))), mend, "unknown key")
}

// meant suggests what an unknown key should have been.
func meant(key string, valid []string) string {
	if visible(key) != key {
		return "write a space after the colon that follows a key"
	}
	if near, ok := eddy.Nearest(key, valid); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if home := belongs(key); home != "" {
		return "it belongs in " + home
	}
	return "the keys here are " + strings.Join(valid, ", ")
}

// belongs names the mapping that a key of connections lives in when it was put elsewhere.
func belongs(key string) string {
	homes := []struct {
		home string
		keys []string
	}{
		{"settings.guard", guardKeys()},
		{"settings", settingsKeys()},
		{"schedule", scheduleKeys()},
		{"audience", []string{"id", "create"}},
		{"a connection", connectionKeys()},
	}
	for _, h := range homes {
		if slices.Contains(h.keys, key) {
			return h.home
		}
	}
	return ""
}

// visible is as much of an unknown key as may be shown. "consumer_secret:abc", with the
// space forgotten, is a key with a secret in it.
func visible(key string) string {
	if i := strings.IndexAny(key, ":=\"' \t\n"); i >= 0 {
		return key[:i] + "…"
	}
	return key
}

// join appends a segment to a path.
func join(path, segment string) string {
	if path == "" {
		return segment
	}
	return path + "." + segment
}

// segment is a key as a path shows it: quoted when it would make the path unclear.
func segment(key string) string {
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r == '.' || r == '"' || r == ':' }) {
		return quote(key)
	}
	return shorten(key)
}

// quote shows a text of the file in a message.
func quote(text string) string { return fmt.Sprintf("%q", shorten(text)) }

// shorten cuts what would drown a message.
func shorten(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
