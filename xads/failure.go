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

// checkReply decodes a good answer and returns nil, and makes an error of anything else
// that came of a request.
func (c *Client) checkReply(ctx context.Context, k call, r reply, now time.Time) *Error {
	if r.status/100 == 2 && r.err == nil {
		if r.err = k.decode(r.body); r.err == nil {
			return nil
		}
	}
	e := k.newError(nil)
	e.Status = r.status
	e.ClockSkew, _ = clockSkew(r.header, now)
	e.RetryAfter = retryAfter(r, now)
	body := c.readRefusal(k, r.body)
	e.Items, e.OperationErrors, e.PositionsGuessed = body.items, body.operations, body.positionsGuessed
	e.maybeApplied = k.writes() && leavesDoubt(r)
	e.retryMayHelp = !errors.Is(r.err, context.Canceled) && !isPermanent(r.err)
	if r.err != nil && r.status/100 <= 2 { // a refusal needs no whole body
		e.Err = c.cleanError(ctx, r.err)
	}
	return e
}

// readRefusal reads the body of a failure and cleans its texts. A body that is not JSON,
// such as a gateway's page, says nothing beyond its status (X Ads API docs, Error Codes).
func (c *Client) readRefusal(k call, body []byte) refusal {
	parsed, err := parseRefusal(body)
	if err != nil {
		return refusal{}
	}
	clean := c.cleaner.clean
	if k.carriesPeople {
		partnerIDs := partnerIDWords(k.body)
		clean = func(s string) string { return partnerIDs.hideIn(c.cleaner.cleanWithoutQuotes(s)) }
	}
	parsed.each(func(i *Item) {
		i.Code, i.Message, i.Parameter = clean(i.Code), clean(i.Message), clean(i.Parameter)
	})
	return parsed
}

// leavesDoubt reports whether a write that failed may have been applied. An unreadable
// 2xx most likely was; a 5xx and a 408 come after the request may have gone through.
// A 503 is no exception, whatever its body: X promises nowhere that what is too busy to
// answer was too busy to act, and a doubt costs no more than sending a record again.
func leavesDoubt(r reply) bool {
	if r.status == 0 {
		return r.maybeSent
	}
	return r.status/100 == 2 || r.status == http.StatusRequestTimeout || r.status >= 500
}

// cleanedError tells why a request failed, in a text that is safe to show. errors.Is and
// errors.As find the original, whose own text may quote what the server sent.
type cleanedError struct {
	text     string
	original error
}

func (c *Client) cleanError(ctx context.Context, err error) error {
	original := err
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err // without the URL, which holds names
	}
	text := c.cleaner.clean(err.Error())
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		text = fmt.Sprintf("no answer within %s", c.options.Timeout)
	}
	return &cleanedError{text: text, original: original}
}

// Error is the clean text.
func (c *cleanedError) Error() string { return c.text }

// Is answers for the original.
func (c *cleanedError) Is(target error) bool { return errors.Is(c.original, target) }

// As answers for the original.
func (c *cleanedError) As(target any) bool { return errors.As(c.original, target) }

// maxOperationIndex bounds the positions that an answer may claim; a request has 2,500.
const maxOperationIndex = 10_000

// refusal is what the body of a refusal says.
type refusal struct {
	items            []Item
	operations       [][]Item // by their position in the request
	positionsGuessed bool     // X did not tell the positions
}

// each visits every item in place.
func (r *refusal) each(visit func(*Item)) {
	for i := range r.items {
		visit(&r.items[i])
	}
	for _, items := range r.operations {
		for i := range items {
			visit(&items[i])
		}
	}
}

// parseRefusal reads the envelopes that X answers with: its own, whose codes are
// words (X Ads API docs, Error Codes), and that of the gateway before it, whose codes
// are numbers; a few gateways say just error, or title and detail. The key request, an
// object on success and a list on failure, is not looked at. Any other body is an error.
func parseRefusal(body []byte) (refusal, error) {
	var e struct {
		Errors     json.RawMessage `json:"errors"`
		Operations json.RawMessage `json:"operation_errors"`
		Error      json.RawMessage `json:"error"`
		Title      lenientString   `json:"title"`
		Detail     lenientString   `json:"detail"`
	}
	if !isObject(bytes.TrimSpace(body)) || json.Unmarshal(body, &e) != nil {
		return refusal{}, errors.New("not a JSON object")
	}
	r := refusal{items: readItems(e.Errors)}
	r.readOperations(e.Operations)
	if e.Errors == nil && e.Operations == nil {
		r.items = readItems(e.Error)
		if e.Title != "" {
			r.items = append(r.items, Item{Code: string(e.Title), Message: string(e.Detail)})
		}
	}
	return r, nil
}

// readOperations takes a list parallel to the operations of the request, each entry
// a list of errors, null, or (twitter4j-ads knows it so for other batches) one error.
// An error that names its position goes there.
func (r *refusal) readOperations(raw json.RawMessage) {
	var entries []json.RawMessage
	if json.Unmarshal(raw, &entries) != nil {
		r.items = append(r.items, readItems(raw)...) // about operations, but which?
		return
	}
	for i, entry := range entries {
		for _, item := range readItems(entry) {
			at, known := operationIndex(entry)
			if !known {
				at = i
			}
			r.positionsGuessed = r.positionsGuessed || isObject(entry) && !known
			r.addItem(at, item)
		}
	}
	if len(r.operations) > 0 && len(r.operations) < len(entries) && len(entries) <= maxOperationIndex {
		r.operations = append(r.operations, make([][]Item, len(entries)-len(r.operations))...)
	}
}

// addItem adds an error of the operation at a position; where that makes no sense, the
// error concerns the whole request.
func (r *refusal) addItem(at int, item Item) {
	if at < 0 || at >= maxOperationIndex {
		r.items = append(r.items, item)
		return
	}
	if at >= len(r.operations) {
		r.operations = append(r.operations, make([][]Item, at+1-len(r.operations))...)
	}
	r.operations[at] = append(r.operations[at], item)
}

// operationIndex reads the index that an entry of a flat list may carry.
func operationIndex(entry json.RawMessage) (int, bool) {
	var at struct {
		Index          lenientInt `json:"index"`
		OperationIndex lenientInt `json:"operation_index"`
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
		var message lenientString
		_ = json.Unmarshal(raw, &message) // never fails; a malformed text leaves it empty
		return Item{Message: string(message)}, message != ""
	}
	var e struct {
		Code      lenientString   `json:"code"`
		Message   lenientString   `json:"message"`
		Parameter lenientString   `json:"parameter"`
		Attribute lenientString   `json:"attribute"` // parameter's old name
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
