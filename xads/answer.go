package xads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"strconv"
	"strings"
	"time"
)

// envelope is what X wraps every good answer in (X Ads API docs, Audiences reference).
// The request, which it repeats there, is not read.
type envelope struct {
	Data       json.RawMessage `json:"data"`
	NextCursor lenientString   `json:"next_cursor"`
}

// openEnvelope reads the envelope. Here and below, texts about unreadable answers are
// fixed, because those of encoding/json may quote what they could not read.
func openEnvelope(body []byte) (envelope, error) {
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return e, errors.New("the answer is not the JSON object that X documents")
	}
	if len(e.Data) == 0 || bytes.Equal(e.Data, []byte("null")) {
		return e, errors.New("the answer has no data")
	}
	return e, nil
}

// readObject reads data that is one object. Batch-like endpoints wrap it in a list of
// one (X Ads API docs, Sandbox, POST accounts), which is accepted everywhere.
func readObject[T any](body []byte, into *T) error {
	e, err := openEnvelope(body)
	if err != nil {
		return err
	}
	if e.Data[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(e.Data, &list) != nil || len(list) != 1 {
			return errors.New("the answer's data is not one object")
		}
		e.Data = list[0]
	}
	if !isObject(e.Data) || json.Unmarshal(e.Data, into) != nil {
		return errors.New("the answer's data is not an object")
	}
	return nil
}

// readList reads data that is a list, and the cursor to the next page, "" on the last.
func readList[T any](body []byte, into *[]T) (string, error) {
	e, err := openEnvelope(body)
	if err != nil {
		return "", err
	}
	var list []json.RawMessage
	if json.Unmarshal(e.Data, &list) != nil {
		return "", errors.New("the answer's data is not a list")
	}
	*into = make([]T, len(list))
	for i, raw := range list {
		if !isObject(raw) || json.Unmarshal(raw, &(*into)[i]) != nil {
			return "", errors.New("the answer's data holds something that is not an object")
		}
	}
	return string(e.NextCursor), nil
}

func isObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// What a list has at most: pages, which have 1,000 entries each where that may be asked for,
// and pages in a row with nothing on them, of which the last may be one.
const (
	mostPages      = 1000
	mostEmptyPages = 10
)

// listPages follows the cursors of a list, a page at a time, and ends after the first
// error. A last page that is exactly full may carry a cursor to an empty one (X Ads
// API docs, Pagination). A cursor that was there before would lead round in circles, and
// is an error, as are pages without end.
func listPages[W, T any](ctx context.Context, c *Client, k call, convert func(W) (T, error)) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		k.query = maps.Clone(k.query) // the sequence may be walked again
		seen, empty := map[string]bool{}, 0
		for {
			page, next, err := listPage(ctx, c, k, convert)
			if empty++; len(page) > 0 {
				empty = 0
			}
			switch {
			case err != nil || next == "":
			case seen[next]:
				err = k.newError(errors.New("the list's cursor leads back to a page that was read before"))
			case len(seen)+1 >= mostPages:
				err = k.newError(fmt.Errorf("the list has more than %d pages", mostPages))
			case empty >= mostEmptyPages:
				err = k.newError(fmt.Errorf("the list goes on, and its last %d pages have nothing on them", mostEmptyPages))
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(page, nil) || next == "" {
				return
			}
			seen[next] = true
			k.query.Set("cursor", next)
		}
	}
}

// each walks pages element by element.
func each[T any](pages iter.Seq2[[]T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range pages {
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, one := range page {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}

// listPage makes a call for one page, and returns it and the cursor to the next one.
func listPage[W, T any](ctx context.Context, c *Client, k call, convert func(W) (T, error)) (page []T, next string, err error) {
	k.decode = func(body []byte) error {
		var wire []W
		var err error
		if next, err = readList(body, &wire); err != nil {
			return err
		}
		page, err = convertAll(wire, convert)
		return err
	}
	err = c.sendWithRetries(ctx, k)
	return page, next, err
}

func convertAll[W, T any](wire []W, convert func(W) (T, error)) ([]T, error) {
	all := make([]T, len(wire))
	for i, w := range wire {
		var err error
		if all[i], err = convert(w); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// The types below read one JSON value as leniently as X's own samples make
// necessary: numbers as text, booleans as "true", null for anything (X Ads API docs,
// Audiences reference). None of them ever fails; what makes no sense reads as absent.

// lenientString reads a string, and the literal of a number or boolean.
type lenientString string

// UnmarshalJSON never fails; an object, an array or null reads as "".
func (t *lenientString) UnmarshalJSON(raw []byte) error {
	*t = ""
	switch {
	case len(raw) == 0 || strings.ContainsRune("{[n", rune(raw[0])):
	case raw[0] == '"':
		var s string
		_ = json.Unmarshal(raw, &s)
		*t = lenientString(s)
	default:
		*t = lenientString(raw)
	}
	return nil
}

// lenientBool reads a boolean, and "true" in any case.
type lenientBool bool

// UnmarshalJSON never fails; whatever is not true is false.
func (f *lenientBool) UnmarshalJSON(raw []byte) error {
	*f = lenientBool(strings.EqualFold(strings.Trim(string(raw), `"`), "true"))
	return nil
}

// lenientInt reads a count: a number without a fraction, also inside a string.
type lenientInt struct {
	n  int64
	ok bool
}

// UnmarshalJSON never fails; what is no whole number leaves ok false.
func (w *lenientInt) UnmarshalJSON(raw []byte) error {
	s := strings.Trim(string(raw), `"`)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		// 4.0 and 1e3 are whole numbers in JSON; beyond 2^53 a float is no longer exact.
		f, ferr := strconv.ParseFloat(s, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			*w = lenientInt{}
			return nil //nolint:nilerr // what is no whole number is simply not known
		}
		n = int64(f)
	}
	*w = lenientInt{n: n, ok: true}
	return nil
}

func (w lenientInt) pointer() *int64 {
	if !w.ok {
		return nil
	}
	return &w.n
}

// lenientTime reads a time as X writes it, with "Z" or with an offset without a colon
// (X Ads API docs, Timezones).
type lenientTime struct{ time.Time }

// UnmarshalJSON never fails; what is no time reads as the zero time.
func (m *lenientTime) UnmarshalJSON(raw []byte) error {
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

// lenientStrings reads a list of strings, and a single one.
type lenientStrings []string

// UnmarshalJSON never fails; null reads as no list.
func (l *lenientStrings) UnmarshalJSON(raw []byte) error {
	*l = nil
	var many []lenientString
	if json.Unmarshal(raw, &many) != nil {
		many = make([]lenientString, 1)
		_ = many[0].UnmarshalJSON(raw)
	}
	for _, one := range many {
		if one != "" {
			*l = append(*l, string(one))
		}
	}
	return nil
}
