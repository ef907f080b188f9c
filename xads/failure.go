package xads

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// judge turns what came of a request into nil or an error.
func (c *Client) judge(ctx context.Context, k call, r reply, now time.Time) *Error {
	if r.status/100 == 2 && r.err == nil {
		if r.err = k.decode(r.body); r.err == nil {
			return nil
		}
	}
	e := k.fail(nil)
	e.Status = r.status
	e.ClockSkew, _ = clockSkew(r.header, now)
	e.RetryAfter = retryAfter(r, now)
	said := c.read(k, r.body)
	e.Items, e.OperationErrors, e.Flat = said.items, said.operations, said.flat
	e.doubt = k.writes() && isDoubtful(r)
	e.retry = !errors.Is(r.err, context.Canceled) && !isHopeless(r.err)
	if r.err != nil && r.status/100 <= 2 { // a refusal needs no whole body
		e.Err = c.cause(ctx, r.err)
	}
	return e
}

// read takes apart the body of a failure; one that is not JSON, such as a gateway's
// page, says nothing beyond its status (X Ads API docs, Error Codes).
func (c *Client) read(k call, body []byte) failure {
	said, err := parseFailure(body)
	if err != nil {
		return failure{}
	}
	clean := c.clean.text
	if k.people {
		words := sentWords(k.body)
		clean = func(s string) string { return words.hide(c.clean.anonymous(s)) }
	}
	said.each(func(i *Item) {
		i.Code, i.Message, i.Parameter = clean(i.Code), clean(i.Message), clean(i.Parameter)
	})
	return said
}

// isDoubtful reports whether a write that failed may have been applied. An unreadable
// 2xx most likely was; a 5xx and a 408 come after the request may have gone through.
// A 503 is no exception, whatever its body: X promises nowhere that what is too busy to
// answer was too busy to act, and a doubt costs no more than sending a record again.
func isDoubtful(r reply) bool {
	if r.status == 0 {
		return r.sent
	}
	return r.status/100 == 2 || r.status == http.StatusRequestTimeout || r.status >= 500
}

// cause is the reason of a failure in clean words. It answers errors.Is and errors.As
// for the original, whose own text may quote what the server sent.
type cause struct {
	text     string
	original error
}

func (c *Client) cause(ctx context.Context, err error) error {
	original := err
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the URL, which holds names
	}
	text := c.clean.text(err.Error())
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		text = fmt.Sprintf("no answer within %s", c.opt.Timeout)
	}
	return &cause{text: text, original: original}
}

// Error is the clean text.
func (c *cause) Error() string { return c.text }

// Is answers for the original.
func (c *cause) Is(target error) bool { return errors.Is(c.original, target) }

// As answers for the original.
func (c *cause) As(target any) bool { return errors.As(c.original, target) }

// maxOperation bounds the positions that an answer may claim; a request has 2,500.
const maxOperation = 10_000

// failure is the body of a refusal, taken apart.
type failure struct {
	items      []Item
	operations [][]Item
	flat       bool // operations came as a flat list whose positions are a guess
}

// each visits every item in place.
func (f *failure) each(visit func(*Item)) {
	for i := range f.items {
		visit(&f.items[i])
	}
	for _, items := range f.operations {
		for i := range items {
			visit(&items[i])
		}
	}
}

// parseFailure reads the envelopes that X answers with: its own, whose codes are
// words (X Ads API docs, Error Codes), and that of the gateway before it, whose codes
// are numbers; a few gateways say just error, or title and detail. request, an object
// on success and a list on failure, is not looked at. Anything else is an error.
func parseFailure(body []byte) (failure, error) {
	var e struct {
		Errors     json.RawMessage `json:"errors"`
		Operations json.RawMessage `json:"operation_errors"`
		Error      json.RawMessage `json:"error"`
		Title      text            `json:"title"`
		Detail     text            `json:"detail"`
	}
	if !isObject(bytes.TrimSpace(body)) || json.Unmarshal(body, &e) != nil {
		return failure{}, errors.New("not a JSON object")
	}
	f := failure{items: readItems(e.Errors)}
	f.readOperations(e.Operations)
	if e.Errors == nil && e.Operations == nil {
		f.items = readItems(e.Error)
		if e.Title != "" {
			f.items = append(f.items, Item{Code: string(e.Title), Message: string(e.Detail)})
		}
	}
	return f, nil
}

// readOperations takes a list parallel to the operations of the request, each entry
// a list of errors, null, or (twitter4j-ads knows it so for other batches) one error.
// An error that names its position goes there.
func (f *failure) readOperations(raw json.RawMessage) {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		f.items = append(f.items, readItems(raw)...) // about operations, but which?
		return
	}
	for i, entry := range entries {
		for _, item := range readItems(entry) {
			at, told := position(entry)
			if !told {
				at = i
			}
			f.flat = f.flat || isObject(entry) && !told
			f.place(at, item)
		}
	}
	if len(f.operations) > 0 && len(f.operations) < len(entries) && len(entries) <= maxOperation {
		f.operations = append(f.operations, make([][]Item, len(entries)-len(f.operations))...)
	}
}

func (f *failure) place(at int, item Item) {
	if at < 0 || at >= maxOperation {
		f.items = append(f.items, item)
		return
	}
	if at >= len(f.operations) {
		f.operations = append(f.operations, make([][]Item, at+1-len(f.operations))...)
	}
	f.operations[at] = append(f.operations[at], item)
}

// position reads the index that an entry of a flat list may carry.
func position(entry json.RawMessage) (int, bool) {
	var at struct {
		Index          whole `json:"index"`
		OperationIndex whole `json:"operation_index"`
	}
	if !isObject(entry) || json.Unmarshal(entry, &at) != nil {
		return 0, false
	}
	if at.OperationIndex.ok {
		return int(at.OperationIndex.n), true
	}
	return int(at.Index.n), at.Index.ok
}

// readItems reads a list of errors, a single one, or just a text.
func readItems(raw json.RawMessage) []Item {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		entries = []json.RawMessage{raw}
	}
	var items []Item
	for _, entry := range entries {
		if item, ok := readItem(entry); ok {
			items = append(items, item)
		}
	}
	return items
}

// readItem reads one error, or reports that there is none. The value that X repeats is
// not kept, since it may be a person's; but with nothing else beside it, it still tells
// that there is an error.
func readItem(raw json.RawMessage) (Item, bool) {
	if !isObject(raw) {
		var message text
		_ = json.Unmarshal(raw, &message) // text never fails; malformed leaves it empty
		return Item{Message: string(message)}, message != ""
	}
	var e struct {
		Code      text            `json:"code"`
		Message   text            `json:"message"`
		Parameter text            `json:"parameter"`
		Attribute text            `json:"attribute"` // parameter's old name
		Value     json.RawMessage `json:"value"`
		Details   json.RawMessage `json:"details"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return Item{}, false
	}
	if e.Parameter == "" {
		e.Parameter = e.Attribute
	}
	item := Item{Code: string(e.Code), Message: string(e.Message), Parameter: string(e.Parameter)}
	return item, item != (Item{}) || holdsValue(e.Value) || holdsValue(e.Details)
}

func holdsValue(raw json.RawMessage) bool {
	return len(raw) > 0 && string(raw) != "null" && string(raw) != `""`
}
