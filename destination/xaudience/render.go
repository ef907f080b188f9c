package xaudience

import (
	"context"
	"sync"

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

// NewPreparer makes a preparer without an account: hash as in the option of that name,
// region the default region of phone numbers, or empty.
func NewPreparer(hash bool, region string) (destination.Preparer, error) {
	s, err := parseSettings(settings{hash: hash, region: region, e164: true}.String())
	if err != nil {
		return nil, err
	}
	return newPreparer(s, sync.OnceValue(newPlanTable)), nil
}

// NewRenderer is a delivery that hands each request's body to emit, in order, instead of
// sending it. The body is valid during the call; operations and users say what is in it.
func NewRenderer(emit func(body []byte, users int) error, report func(destination.Report)) destination.Delivery {
	return &renderer{emit: emit, report: report}
}

// renderer packs like a delivery, one request at a time.
type renderer struct {
	emit   func([]byte, int) error
	report func(destination.Report)
	b      batch
	begun  bool
}

// Encode appends an item's user object.
func (r *renderer) Encode(dst []byte, it *destination.Item) []byte {
	return appendUser(dst, it.Identities)
}

// Add packs a page; full requests are emitted.
func (r *renderer) Add(_ context.Context, p *destination.Page) error {
	if r.begun && r.b.verb != p.Verb {
		if err := r.flush(); err != nil {
			return err
		}
	}
	if !r.begun {
		r.b.reset(p.Verb, 1)
		r.begun = true
	}
	limits := destination.Limits{Operations: xads.MaxOperations, Bytes: xads.MaxBodyBytes}
	at := 0
	for i := range p.Items {
		it := &p.Items[i]
		data := p.Data[at : at+it.Len]
		at += it.Len
		if r.b.add(it, data, limits) {
			continue
		}
		if err := r.flush(); err != nil {
			return err
		}
		r.b.reset(p.Verb, it.Seq)
		r.begun = true
		r.b.add(it, data, limits)
	}
	return nil
}

// flush emits the request that is being filled.
func (r *renderer) flush() error {
	r.begun = false
	out := destination.Report{From: r.b.from, To: r.b.to, Items: len(r.b.users), Outcomes: r.b.outcomes}
	r.b.outcomes = nil
	if len(r.b.users) > 0 {
		spare := r.b.seal()
		if err := r.emit(r.b.body, len(r.b.users)); err != nil {
			return err
		}
		out.Requests, out.Bytes = 1, int64(len(r.b.body))
		r.b.data = spare
	}
	if r.report != nil {
		r.report(out)
	}
	return nil
}

// Finish emits what is left.
func (r *renderer) Finish(context.Context) error {
	if !r.begun {
		return nil
	}
	return r.flush()
}

// Render is [NewRenderer]; plans use it.
func (*Destination) Render(emit func(body []byte, users int) error) destination.Delivery {
	return NewRenderer(emit, nil)
}
