package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// rules are the parts of Config that reading a body needs.
type rules struct {
	digests    DigestPolicy
	unknown    KeyPolicy
	upperHex   bool
	fractions  bool
	echo       bool
	operations int
}

// The most errors told for one operation, and unknown keys noted for one request: a
// broken client would otherwise get megabytes back.
const (
	maxErrors  = 20
	maxUnknown = 20
)

// parser reads a users body into a batch. It notes every error of every operation, and
// gives up only where the text is no JSON.
type parser struct {
	scanner
	rules
	out batch
	op  *operation // the one being read
}

// parse reads a users body. A refused body has errors in the batch or in an operation.
func parse(body []byte, r rules) *batch {
	p := &parser{scanner: scanner{data: body}, rules: r}
	// A user with one digest takes 79 bytes: room for nearly all bodies at once.
	p.out.identities = make([]identity, 0, len(body)/79+1)
	err := p.top()
	if errors.Is(err, errSyntax) {
		p.out = batch{errors: []apiError{{Code: codeInvalidParameter, Message: "Request body is not a valid Seq"}}}
	}
	return &p.out
}

func (p *parser) top() error {
	if p.peek() != '[' {
		if _, err := p.skip(); err != nil {
			return err
		}
		p.refuse(apiError{Code: codeInvalidParameter, Message: "Request body is not a valid Seq"})
		return p.end()
	}
	if err := p.array(p.operation); err != nil {
		return err
	}
	switch n := len(p.out.operations); {
	case n == 0:
		p.refuse(apiError{Code: codeMissingParameter, Message: "The request has no operations", Parameter: "operation_type"})
	case n > p.operations:
		p.refuse(apiError{
			Code:    codeTooComplex,
			Message: fmt.Sprintf("The request has %d operations, the limit is %d", n, p.operations),
		})
	}
	return p.end()
}

// operation reads one element of the body.
func (p *parser) operation() error {
	p.out.operations = append(p.out.operations, operation{first: len(p.out.identities), end: len(p.out.identities)})
	p.op = &p.out.operations[len(p.out.operations)-1]
	if p.peek() != '{' {
		p.fault(invalid("operation_type", "Expected an object"))
		_, err := p.skip()
		return err
	}
	var keys seen
	err := p.object(func(key []byte) error {
		switch string(key) {
		case "operation_type":
			return p.once(&keys, 0, key, p.operationType)
		case "params":
			return p.once(&keys, 1, key, p.params)
		}
		return p.other(key)
	})
	p.op.end = len(p.out.identities)
	if !keys[0] {
		p.fault(missing("operation_type", "operation_type is required"))
	}
	if !keys[1] {
		p.fault(missing("users", "users is required"))
	}
	return err
}

func (p *parser) operationType() error {
	if p.null() {
		p.fault(missing("operation_type", "operation_type is required"))
		return nil
	}
	if p.peek() != '"' {
		p.fault(invalid("operation_type", "Expected a string"))
		_, err := p.skip()
		return err
	}
	text, err := p.text()
	if err != nil {
		return err
	}
	switch string(text) {
	case "Update":
		p.op.name = "Update"
	case "Delete":
		p.op.name, p.op.remove = "Delete", true
	default:
		p.fault(p.withValue(invalid("operation_type", "Expected Update or Delete"), text))
	}
	return nil
}

func (p *parser) params() error {
	if p.peek() != '{' {
		p.fault(invalid("params", "Expected an object"))
		_, err := p.skip()
		return err
	}
	var keys seen
	err := p.object(func(key []byte) error {
		switch string(key) {
		case "users":
			return p.once(&keys, 0, key, p.users)
		case "effective_at":
			return p.once(&keys, 1, key, func() error { return p.time("effective_at", &p.op.from, &p.op.hasFrom) })
		case "expires_at":
			return p.once(&keys, 2, key, func() error { return p.time("expires_at", &p.op.until, &p.op.hasUntil) })
		}
		return p.other(key)
	})
	if !keys[0] {
		p.fault(missing("users", "users is required"))
	}
	if p.op.hasFrom && p.op.hasUntil && p.op.until <= p.op.from {
		p.fault(invalid("expires_at", "expires_at must be later than effective_at"))
	}
	return err
}

func (p *parser) time(name string, into *int64, has *bool) error {
	if p.null() {
		return nil
	}
	if p.peek() != '"' {
		p.fault(invalid(name, "Expected time for %s", name))
		_, err := p.skip()
		return err
	}
	text, err := p.text()
	if err != nil {
		return err
	}
	t, ok := parseTime(string(text), p.fractions)
	if !ok {
		p.fault(p.withValue(invalid(name, "Expected time for %s", name), text))
		return nil
	}
	*into, *has = t.Unix(), true
	return nil
}

// parseTime reads X's subset of ISO 8601: any offset, with or without its colon, an
// hour of one or two digits, and no fraction unless asked.
func parseTime(s string, fractions bool) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700"} {
		t, err := time.Parse(layout, s)
		if err == nil {
			// Go takes a fraction behind the seconds whatever the layout says.
			return t, fractions || !slices.Contains([]byte(s), '.') && !slices.Contains([]byte(s), ',')
		}
	}
	return time.Time{}, false
}
