package xaudience

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/xads"
)

const (
	// inFlight is how many requests are on their way at once. Each holds a body of up to
	// 5 MB and some 24 bytes for each of its users.
	inFlight = 4
	// graceTime is how long requests on their way may take to settle once a run is stopped.
	graceTime = 30 * time.Second
	// patience is how many requests in a row may end without an answer before the
	// delivery gives up: X is down, and every further one would wait as long.
	patience = 5
)

// usersClient is the part of the Ads API client that a delivery needs.
type usersClient interface {
	Users(ctx context.Context, account, audience string, body []byte) (xads.UsersReply, error)
}

// delivery implements destination.Delivery. Add and Finish are called by one goroutine,
// which fills one batch; full batches are settled by goroutines of their own.
type delivery struct {
	client            usersClient
	account, audience string
	limits            destination.Limits
	// pauses are the waits before X is asked again after an answer that settles nothing.
	pauses []time.Duration

	// filling is the batch that Add fills; nil before the first page of a verb.
	filling *batch
	verb    destination.Verb
	// next is the first Seq that no batch accounts for yet, to the last that pages do.
	next, to int64
	spare    sync.Pool // of *batch

	slots chan struct{}
	work  sync.WaitGroup
	lifetime
	standing

	reporting
}

// reporting tells what became of batches.
type reporting struct {
	telling sync.Mutex // keeps calls of report apart
	report  func(destination.Report)
}

// lifetime is how long a delivery goes on.
type lifetime struct {
	// parent is the context of the run; live ends with it or when the delivery stops, and
	// then nothing new is sent; sending ends a grace time after live.
	parent, live, sending context.Context
	halt, cut             context.CancelFunc
	// calm keeps a delivery that ended well from counting down its grace time.
	calm func() bool
}

// standing is what the answers so far say of the whole delivery.
type standing struct {
	mu  sync.Mutex // guards err
	err error

	unanswered atomic.Int32 // requests in a row that no answer settled
	hopeless   atomic.Bool  // whole batches are refused, and nothing was accepted since
}

// newDelivery starts a delivery. Report is called once for each batch, in the order in
// which they settle.
func newDelivery(ctx context.Context, c usersClient, account, audience string, patience Patience, report func(destination.Report)) *delivery {
	d := &delivery{
		client: c, account: account, audience: audience, reporting: reporting{report: report},
		limits: patience.limits(),
		pauses: patience.Pauses,
		slots:  make(chan struct{}, inFlight),
		next:   1,
	}
	d.parent = ctx
	d.live, d.halt = context.WithCancel(ctx)
	d.sending, d.cut = context.WithCancel(context.WithoutCancel(ctx))
	grace := cmp.Or(patience.Grace, graceTime)
	d.calm = context.AfterFunc(d.live, func() { time.AfterFunc(grace, d.cut) })
	return d
}

// Add packs a page's users into requests and sends those that are full. It copies what
// it needs of the page. It blocks while all senders are busy. When it returns an error
// the delivery is over: requests on their way have settled and been reported, and
// everything later than the last report was not sent.
func (d *delivery) Add(ctx context.Context, p *destination.Page) error {
	if err := d.turn(ctx, p); err != nil {
		return d.end(err)
	}
	at := 0
	for i := range p.Items {
		it := p.Items[i]
		if it.Len < 0 || it.Len > len(p.Data)-at {
			return d.end(eddy.Errorf(eddy.CodeInternal, "x_audience: a page's data is shorter than its items"))
		}
		if p.Verb == destination.Remove {
			it.EffectiveAt, it.ExpiresAt = 0, 0 // times mean nothing when somebody leaves
		}
		if err := d.queue(ctx, &it, p.Data[at:at+it.Len]); err != nil {
			return d.end(err)
		}
		at += it.Len
	}
	d.to = max(d.to, p.To)
	return nil
}

// turn prepares for a page. Requests carry one verb, and those of the next verb wait
// until all of the last have settled (promise 2). Where pages leave a gap, no request
// accounts for it.
func (d *delivery) turn(ctx context.Context, p *destination.Page) error {
	if err := d.failure(ctx); err != nil {
		return err
	}
	gap := p.From > d.to
	if p.Verb == d.verb && !gap {
		return nil
	}
	if err := d.flush(ctx); err != nil {
		return err
	}
	if p.Verb != d.verb {
		d.verb = p.Verb
		d.drain(ctx)
	}
	if gap {
		d.next, d.to = p.From+1, p.From
	}
	return d.failure(ctx)
}

// queue adds a user to the batch, and sends the batch first when that is full.
func (d *delivery) queue(ctx context.Context, it *destination.Encoded, encoded []byte) error {
	if d.filling == nil {
		d.filling = d.batch(nil)
	}
	if d.filling.add(it, encoded, d.limits) {
		return nil
	}
	if err := d.dispatch(ctx, d.filling.to); err != nil {
		return err
	}
	d.filling.add(it, encoded, d.limits)
	return nil
}

// batch returns an empty batch that fills data.
func (d *delivery) batch(data []byte) *batch {
	b, ok := d.spare.Get().(*batch)
	if !ok {
		b = new(batch)
	}
	b.data = data
	b.reset(d.verb, d.next)
	return b
}

// dispatch hands the batch to a sender as soon as one is free, and begins the next. The
// batch accounts for every Seq up to to.
func (d *delivery) dispatch(ctx context.Context, to int64) error {
	select {
	case d.slots <- struct{}{}:
	case <-d.live.Done():
	case <-ctx.Done():
	}
	if err := d.failure(ctx); err != nil {
		return err
	}
	b := d.filling
	b.to, d.next = to, to+1
	d.filling = d.batch(b.seal())
	d.work.Go(func() {
		newJob(d, b).run()
		d.spare.Put(b)
		<-d.slots
	})
	return nil
}

// flush sends the batch that is being filled, whatever is in it. Seqs that need no
// request are accounted for here when no batch does.
func (d *delivery) flush(ctx context.Context) error {
	b := d.filling
	if b != nil && len(b.users) > 0 {
		if err := d.dispatch(ctx, max(d.to, b.to)); err != nil {
			return err
		}
	} else if d.next <= d.to {
		r := destination.Report{From: d.next, To: d.to}
		if b != nil {
			r.Items, r.Outcomes = len(b.outcomes), b.outcomes
		}
		d.tell(r)
		d.next = d.to + 1
	}
	d.filling = nil
	return nil
}

// Finish sends what is left and waits until every request has settled and been reported.
func (d *delivery) Finish(ctx context.Context) error {
	if err := d.failure(ctx); err != nil {
		return d.end(err)
	}
	err := d.flush(ctx)
	d.drain(ctx)
	if err == nil {
		err = d.failure(ctx)
	}
	return d.end(err)
}

// drain waits for all requests on their way. When ctx ends, nothing new is sent and
// they have the grace time.
func (d *delivery) drain(ctx context.Context) {
	unhook := context.AfterFunc(ctx, d.halt)
	defer unhook()
	d.work.Wait()
}

// end closes the delivery with the error that it ended by, or nil.
func (d *delivery) end(err error) error {
	if err != nil {
		err = d.stop(err)
	}
	d.work.Wait()
	d.calm()
	d.halt()
	d.cut()
	return err
}

// stop lets nothing new be sent. The first error is kept and returned.
func (d *delivery) stop(err error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.err = err
	}
	d.halt()
	return d.err
}

// failure is why nothing more can be sent, or nil.
func (d *delivery) failure(ctx context.Context) error {
	d.mu.Lock()
	err := d.err
	d.mu.Unlock()
	switch {
	case err != nil:
		return err
	case d.parent.Err() != nil:
		return d.parent.Err()
	case ctx.Err() != nil:
		return ctx.Err()
	default:
		return d.live.Err()
	}
}

// tell reports; calls are not concurrent.
func (d *delivery) tell(r destination.Report) {
	d.telling.Lock()
	defer d.telling.Unlock()
	d.report(r)
}

// answered counts requests in a row without an answer and gives up at the limit.
func (d *delivery) answered(yes bool, last error) {
	if yes {
		d.unanswered.Store(0)
		return
	}
	if d.unanswered.Add(1) == patience {
		_ = d.stop(&eddy.Error{ // Add and Finish return it
			Code: eddy.CodeDestination, Err: last,
			What: "X answered none of the last requests, each of which was tried several times",
			Mend: "Run the sync again later: what was not delivered is still to do.",
		})
	}
}
