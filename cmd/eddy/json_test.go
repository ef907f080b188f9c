package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// json [-line N] PATH=VALUE... checks fields of the JSON that the newest command printed:
// of its only line, or of line N. A path is keys parted by dots, a number for a place in
// a list, len for its length. PATH~REGEXP matches; PATH=>NAME keeps the value in $NAME.
func (w *world) json(neg bool, args []string) {
	w.never(neg)
	w.need(args, 1, "json [-line N] PATH=VALUE...")
	line, args := w.line(args)
	for _, arg := range args {
		at := strings.IndexAny(arg, "=~")
		if at < 0 {
			w.Fatalf("%s has neither = nor ~", arg)
		}
		path, want := arg[:at], arg[at+1:]
		got := plain(w.find(line, path))
		switch {
		case arg[at] == '=' && strings.HasPrefix(want, ">"):
			w.Setenv(want[1:], got)
		case arg[at] == '=' && got != want:
			w.Fatalf("%s is %s, want %s, in %s", path, got, want, line)
		case arg[at] == '~' && !regexp.MustCompile(want).MatchString(got):
			w.Fatalf("%s is %s, want a match of %s, in %s", path, got, want, line)
		}
	}
}

// line picks the line of the output that a command asks for.
func (w *world) line(args []string) (string, []string) {
	lines := strings.Split(strings.TrimSpace(w.out), "\n")
	n := len(lines)
	if args[0] == "-line" && len(args) > 1 {
		var err error
		n, err = strconv.Atoi(args[1])
		w.Check(err)
		args = args[2:]
	} else if n != 1 {
		w.Fatalf("the output has %d lines; say which with -line", n)
	}
	if n < 1 || n > len(lines) {
		w.Fatalf("the output has %d lines, no line %d", len(lines), n)
	}
	return lines[n-1], args
}

// find follows a path into JSON.
func (w *world) find(text, path string) json.RawMessage {
	at := json.RawMessage(text)
	for key := range strings.SplitSeq(path, ".") {
		var object map[string]json.RawMessage
		var list []json.RawMessage
		if json.Unmarshal(at, &object) == nil && object != nil {
			v, ok := object[key]
			if !ok {
				w.Fatalf("no key %s of path %s in %s", key, path, text)
			}
			at = v
			continue
		}
		if json.Unmarshal(at, &list) != nil || list == nil {
			w.Fatalf("path %s: neither object nor list at %s: %s", path, key, at)
		}
		if key == "len" {
			return json.RawMessage(strconv.Itoa(len(list)))
		}
		n, err := strconv.Atoi(key)
		w.Check(err)
		if n >= len(list) {
			w.Fatalf("path %s: the list has %d entries", path, len(list))
		}
		at = list[n]
	}
	return at
}

// plain is a JSON value without the quotes of a text.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil && !bytes.Equal(raw, []byte("null")) {
		return s
	}
	return string(raw)
}

// keys [-line N] PATH KEY... checks that an object has exactly these keys in this order;
// the path . is the whole line.
func (w *world) keys(neg bool, args []string) {
	w.never(neg)
	w.need(args, 2, "keys [-line N] PATH KEY...")
	line, args := w.line(args)
	at := json.RawMessage(line)
	if args[0] != "." {
		at = w.find(line, args[0])
	}
	var got []string
	d := json.NewDecoder(bytes.NewReader(at))
	_, err := d.Token()
	w.Check(err)
	for d.More() {
		key, err := d.Token()
		w.Check(err)
		name, ok := key.(string)
		if !ok {
			w.Fatalf("%s is not an object: %s", args[0], at)
		}
		got = append(got, name)
		var value json.RawMessage
		w.Check(d.Decode(&value))
	}
	if !slices.Equal(got, args[1:]) {
		w.Fatalf("%s has the keys %s, want %s", args[0], strings.Join(got, " "), strings.Join(args[1:], " "))
	}
}
