package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// Spec is what a source, destination, connection or suppression list is made of: the value that the
// configuration file has under its name.
type Spec json.RawMessage

// MarshalJSON writes the value as it is.
func (s Spec) MarshalJSON() ([]byte, error) { return json.RawMessage(s).MarshalJSON() }

// UnmarshalJSON keeps the value as it is.
func (s *Spec) UnmarshalJSON(data []byte) error {
	*s = append((*s)[:0], data...)
	return nil
}

// Schema describes the value.
func (Spec) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Description: "The value that the configuration file has under the name, as JSON. Secrets read as ********; sent back so, they stay as they are.",
	}
}

// Conditions say which rows of a table are mirrored: the value that the configuration file has
// under where.
type Conditions json.RawMessage

// MarshalJSON writes the value as it is.
func (c Conditions) MarshalJSON() ([]byte, error) { return json.RawMessage(c).MarshalJSON() }

// UnmarshalJSON keeps the value as it is.
func (c *Conditions) UnmarshalJSON(data []byte) error {
	*c = append((*c)[:0], data...)
	return nil
}

// Schema describes the value.
func (Conditions) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true,
		Description: "A Condition, as the configuration file has it under where.",
	}
}

// JSON is any JSON value.
type JSON json.RawMessage

// MarshalJSON writes the value as it is.
func (j JSON) MarshalJSON() ([]byte, error) {
	if len(j) == 0 {
		return []byte("null"), nil
	}
	return json.RawMessage(j).MarshalJSON()
}

// UnmarshalJSON keeps the value as it is.
func (j *JSON) UnmarshalJSON(data []byte) error {
	*j = append((*j)[:0], data...)
	return nil
}

// Schema describes the value.
func (JSON) Schema(huma.Registry) *huma.Schema { return &huma.Schema{} }

// schemaOf is a type's place in the document.
func schemaOf[T any](r huma.Registry) *huma.Schema {
	t := reflect.TypeFor[T]()
	return r.Schema(t, true, t.Name())
}

// Page is one page of a list.
type Page[T any] struct {
	Items []T `json:"items" nullable:"false"`
	// NextCursor asks for the next page; empty on the last.
	NextCursor string `json:"next_cursor,omitempty"`
}

// Paging are the parameters of every list.
type Paging struct {
	Cursor string `query:"cursor" doc:"next_cursor of the page before"`
	Limit  int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"How many entries at most"`
}

// after is what the cursor stands for.
func (p Paging) after() (string, error) {
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err != nil || !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0 {
		return "", badCursor()
	}
	return string(text), nil
}

func badCursor() *Problem {
	p := bad("", "the cursor is not one of this list")
	p.Mend = "Take next_cursor of the page before, or leave it out."
	return p
}

// page cuts a list that was read one entry too far. key is what the cursor stands for.
func page[T any](items []T, limit int, key func(T) string) Page[T] {
	if items == nil {
		items = []T{}
	}
	if len(items) <= limit {
		return Page[T]{Items: items}
	}
	items = items[:limit]
	return Page[T]{Items: items, NextCursor: base64.RawURLEncoding.EncodeToString([]byte(key(items[limit-1])))}
}

// answer is an answer with a body.
type answer[T any] struct {
	Body T
}

func reply[T any](body T) *answer[T] { return &answer[T]{Body: body} }

// list is an answer with a page.
type list[T any] = answer[Page[T]]

// moment is a time for JSON: nil where there is none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
