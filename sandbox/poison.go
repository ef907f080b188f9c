package sandbox

import (
	"net/http"
	"strings"
)

// poisoned refuses a batch that holds an identity of a poison fault, nil if none does.
func (fs *faults) poisoned(c *call, b *batch) *reply {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, a := range fs.list {
		if len(a.Poison) == 0 || !a.matches(c) {
			continue
		}
		if bad := a.Fault.sick(b); len(bad) > 0 && a.due(c) {
			c.log.Fault = a.ID
			r := poisonReply(c, b, bad, a.Shape)
			return &r
		}
	}
	return nil
}

// sick marks the operations that hold poison; nil if none does.
func (f *Fault) sick(b *batch) map[int]bool {
	var bad map[int]bool
	for i, op := range b.operations {
		for _, id := range b.identities[op.first:op.end] {
			if !f.isPoison(b.format(id)) {
				continue
			}
			if bad == nil {
				bad = map[int]bool{}
			}
			bad[i] = true
			break
		}
	}
	return bad
}

func (f *Fault) isPoison(id string) bool {
	_, value, _ := strings.Cut(id, ":")
	for _, p := range f.Poison {
		if start, open := strings.CutSuffix(p, "*"); open && (strings.HasPrefix(id, start) || strings.HasPrefix(value, start)) {
			return true
		}
		if p == id || p == value {
			return true
		}
	}
	return false
}

// usersObjectBody is a failing body whose request is an object.
type usersObjectBody struct {
	usersErrorBody
	Request requestObject `json:"request"` // hides the list
}

// poisonReply writes the refusal in the shape asked for.
func poisonReply(c *call, b *batch, bad map[int]bool, shape Shape) reply {
	e := invalid("users", "A user is not valid")
	body := usersErrorBody{Request: requestList(c, b)}
	switch shape {
	case ShapeBoth:
		body.Errors = &[]apiError{e}
	case ShapeEmpty:
		body.Errors = &[]apiError{}
	}
	switch shape {
	case ShapeErrors:
		body.Errors = &[]apiError{e}
	case ShapeFlat:
		flat := []apiError{}
		for range bad {
			flat = append(flat, e)
		}
		body.OperationErrors = flat
	default:
		lists := make([][]apiError, len(b.operations))
		for i := range lists {
			switch {
			case bad[i]:
				lists[i] = []apiError{e}
			case shape != ShapeNulls:
				lists[i] = []apiError{}
			}
		}
		body.OperationErrors = lists
	}
	r := jsonReply(http.StatusBadRequest, body)
	if shape == ShapeObject {
		r = jsonReply(http.StatusBadRequest, usersObjectBody{body, requestObject{c.echo}})
	}
	r.codes = []string{e.Code}
	return r
}
