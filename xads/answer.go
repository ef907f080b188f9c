package xads

import (
	"bytes"
	"encoding/json"
	"errors"
)

// envelope is what X wraps every good answer in; request, its echo, is not read
// (X Ads API docs, Audiences reference).
type envelope struct {
	Data       json.RawMessage `json:"data"`
	NextCursor text            `json:"next_cursor"`
}

// Texts about unreadable answers are fixed, because those of encoding/json may
// quote what they choked on.

func open(body []byte) (envelope, error) {
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return e, errors.New("the answer is not the JSON object that X documents")
	}
	if len(e.Data) == 0 || bytes.Equal(e.Data, []byte("null")) {
		return e, errors.New("the answer has no data")
	}
	return e, nil
}

// readOne reads data that is one object. Batch-like endpoints wrap it in a list of
// one (X Ads API docs, Sandbox, POST accounts), which is accepted everywhere.
func readOne[T any](body []byte, into *T) error {
	e, err := open(body)
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

// readPage reads data that is a list, and the cursor to the next page, "" on the last.
func readPage[T any](body []byte, into *[]T) (string, error) {
	e, err := open(body)
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
