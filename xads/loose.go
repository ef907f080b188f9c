package xads

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// The types of this file read one JSON value as leniently as X's own samples make
// necessary: numbers as text, booleans as "true", null for anything (X Ads API docs,
// Audiences reference). None of them ever fails; what makes no sense reads as absent.

// text reads a string, and the literal of a number or boolean.
type text string

// UnmarshalJSON never fails; an object, an array or null reads as "".
func (t *text) UnmarshalJSON(raw []byte) error {
	*t = ""
	switch {
	case len(raw) == 0 || strings.ContainsRune("{[n", rune(raw[0])):
	case raw[0] == '"':
		var s string
		_ = json.Unmarshal(raw, &s)
		*t = text(s)
	default:
		*t = text(raw)
	}
	return nil
}

// flag reads a boolean, and "true" in any case.
type flag bool

// UnmarshalJSON never fails; whatever is not true is false.
func (f *flag) UnmarshalJSON(raw []byte) error {
	*f = flag(strings.EqualFold(strings.Trim(string(raw), `"`), "true"))
	return nil
}

// whole reads a count: a number without a fraction, also inside a string.
type whole struct {
	n  int64
	ok bool
}

// UnmarshalJSON never fails; what is no whole number leaves ok false.
func (w *whole) UnmarshalJSON(raw []byte) error {
	s := strings.Trim(string(raw), `"`)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		// 4.0 and 1e3 are whole numbers in JSON; beyond 2^53 a float is no longer exact.
		f, ferr := strconv.ParseFloat(s, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			*w = whole{}
			return nil //nolint:nilerr // what is no whole number is simply not known
		}
		n = int64(f)
	}
	*w = whole{n: n, ok: true}
	return nil
}

func (w whole) pointer() *int64 {
	if !w.ok {
		return nil
	}
	return &w.n
}

// moment reads a time as X writes it, with "Z" or with an offset without a colon
// (X Ads API docs, Timezones).
type moment struct{ time.Time }

// UnmarshalJSON never fails; what is no time reads as the zero time.
func (m *moment) UnmarshalJSON(raw []byte) error {
	s := strings.Trim(string(raw), `"`)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, s); err == nil {
			m.Time = at.UTC()
			return nil
		}
	}
	m.Time = time.Time{}
	return nil
}

// texts reads a list of strings, and a single one.
type texts []string

// UnmarshalJSON never fails; null reads as no list.
func (l *texts) UnmarshalJSON(raw []byte) error {
	*l = nil
	var many []text
	if json.Unmarshal(raw, &many) != nil {
		many = make([]text, 1)
		_ = many[0].UnmarshalJSON(raw)
	}
	for _, one := range many {
		if one != "" {
			*l = append(*l, string(one))
		}
	}
	return nil
}
