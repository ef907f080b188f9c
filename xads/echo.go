package xads

import (
	"encoding/json"
	"strings"
)

// Echo is a text in which X may repeat what it was sent, a person's identifier for
// example. It does not print or marshal as itself; string(e) is its value.
type Echo string

const maxEcho = 512

// String keeps the value out of logs and messages.
func (e Echo) String() string {
	if e == "" {
		return ""
	}
	return "[hidden]"
}

// GoString does for %#v what String does for the rest.
func (e Echo) GoString() string { return e.String() }

// MarshalText does for JSON and other encodings what String does for print.
func (e Echo) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// echo takes a string as its content, null as nothing, and the rest as JSON text.
func echo(raw json.RawMessage) Echo {
	s := string(raw)
	if s == "null" {
		return ""
	}
	_ = json.Unmarshal(raw, &s) // s stays as it is if raw is no string
	return Echo(strings.ToValidUTF8(s[:min(len(s), maxEcho)], ""))
}
