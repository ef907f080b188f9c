package sync

import (
	"context"
	"errors"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// workers is how many pages are prepared and encoded at once: normalising and hashing
// is what delivery costs here, the rest is waiting for others.
const workers = 2

// notSent begins the reason of changes that the run did not come to.
const notSent = "not sent: "

// deliver sends the removals, then the additions (promise 2), part by part. It gives the
// error that stopped it. Whatever stops the sending, the rest of the changes is put on
// record as not sent, as long as the ledger takes it; clean outlives the run's own end.
func (f *flow) deliver(ctx, clean context.Context, sealed *ledger.Sealed) error {
	var stopped error
	sent := map[ledger.Phase]int64{}
	err := sealed.Rounds(clean, func(r *ledger.Round) error {
		for _, phase := range []ledger.Phase{ledger.Removing, ledger.Adding} {
			if phase == ledger.Removing && !f.leaves.removes() {
				continue
			}
			p := &phaseRun{flow: f, sealed: sealed, phase: phase, clean: clean, stopped: stopped, sent: sent}
			if err := p.run(ctx, r); err != nil {
				return err
			}
			stopped = p.stopped
		}
		return nil
	})
	if err != nil {
		return errors.Join(stopped, err)
	}
	return stopped
}

// phaseRun is one phase of a part of the changes on its way.
type phaseRun struct {
	*flow
	sealed *ledger.Sealed
	phase  ledger.Phase
	clean  context.Context //nolint:containedctx // outlives the run's own
	// sent counts the settled changes of each phase, over all rounds.
	sent map[ledger.Phase]int64
	// stopped is why nothing more is sent.
	stopped error
	flight  inFlight
	// broken is the first exception that could not be put on record.
	mu     sync.Mutex
	broken error
}

// encoded is a page on its way through a worker.
type encoded struct {
	page   *ledger.Page
	out    *destination.Page
	misses []ledger.Exception
	done   chan struct{}
}

// run reads, encodes and sends the phase. Its error is the ledger's: then nobody can say
// what was answered.
func (p *phaseRun) run(ctx context.Context, r *ledger.Round) error {
	p.progress.Done, p.progress.Total = p.sent[p.phase], p.leaves.total(p.phase)
	p.tell(string(p.phase))
	sending, stop := context.WithCancel(ctx)
	defer stop()
	delivery := p.job.Destination.Deliver(sending, p.run0().AudienceID, func(rep destination.Report) {
		if err := p.report(rep); err != nil {
			stop()
		}
	})
	err := p.pump(sending, r, delivery)
	// Requests on their way settle, whatever happened.
	if e := delivery.Finish(sending); e != nil && p.stopped == nil {
		p.stopped = e
	}
	if err := errors.Join(err, p.broken); err != nil {
		return err
	}
	if p.stopped == nil && r.Last {
		p.settled(p.progress.Total - p.progress.Done) // those that needed no request
	}
	// A request that was never sent is not reported either.
	return p.except(p.flight.rest(), p.unsent())
}

// run0 is the run that the phase belongs to.
func (p *phaseRun) run0() *eddy.Run { return &p.flow.run }

// unsent is the exception of changes that were not sent.
func (p *phaseRun) unsent() ledger.Exception {
	x := ledger.Exception{Status: p.undone(), Reason: notSent + "the run did not come to it"}
	switch {
	case errors.Is(p.stopped, context.Canceled):
		x.Reason = notSent + "the run was stopped before"
	case p.stopped != nil:
		x.Reason = notSent + firstLine(p.stopped)
	}
	return x
}

// undone is the status of a change that was surely not carried out.
func (p *phaseRun) undone() ledger.Status {
	if p.phase == ledger.Removing {
		return ledger.Unremoved
	}
	return ledger.Unsent
}

// except puts the same exception of many records on record.
func (p *phaseRun) except(records []string, x ledger.Exception) error {
	list := make([]ledger.Exception, len(records))
	for i, id := range records {
		list[i] = x
		list[i].RecordID = id
	}
	return p.sealed.Except(p.clean, list)
}

// pump reads, encodes and adds pages. Reading goes on when the run is stopped: what was
// not sent must be known.
func (p *phaseRun) pump(sending context.Context, r *ledger.Round, delivery destination.Delivery) error {
	g, reading := errgroup.WithContext(p.clean)
	var spare sync.Pool // of *destination.Page
	// order holds the pages in their order; work hands the same pages to the workers.
	order, work := make(chan *encoded, workers+1), make(chan *encoded)
	verb := destination.Add
	if p.phase == ledger.Removing {
		verb = destination.Remove
	}
	g.Go(func() error {
		defer close(order)
		defer close(work)
		return r.Read(reading, p.phase, func(page *ledger.Page) error {
			e := &encoded{page: page, out: outPage(&spare), done: make(chan struct{})}
			e.out.Verb, e.out.From, e.out.To = verb, page.From, page.To
			for _, to := range []chan *encoded{order, work} {
				select {
				case to <- e:
				case <-reading.Done():
					return reading.Err()
				}
			}
			return nil
		})
	})
	for range workers {
		g.Go(func() error {
			var prepared destination.Prepared
			for e := range work {
				if err := p.encode(delivery, e, &prepared); err != nil {
					return err
				}
				close(e.done)
			}
			return nil
		})
	}
	g.Go(func() error {
		for e := range order {
			select {
			case <-e.done:
			case <-reading.Done():
				return reading.Err()
			}
			if err := p.send(sending, delivery, e); err != nil {
				return err
			}
			spare.Put(e.out)
		}
		return nil
	})
	return g.Wait()
}

// send adds a page to the delivery, or once the run was stopped takes it for not sent.
func (p *phaseRun) send(ctx context.Context, delivery destination.Delivery, e *encoded) error {
	p.flight.add(e.page, e.out.Items)
	defer e.page.Release()
	if err := p.sealed.Except(p.clean, e.misses); err != nil {
		return err
	}
	if p.stopped == nil {
		p.stopped = p.sealed.Ours()
	}
	if p.stopped == nil {
		p.stopped = delivery.Add(ctx, e.out)
		return nil
	}
	// What is on its way may still be reported.
	return p.except(p.flight.last(), p.unsent())
}

// outPage is an empty page, with the memory of an earlier one.
func outPage(spare *sync.Pool) *destination.Page {
	p, ok := spare.Get().(*destination.Page)
	if !ok {
		p = new(destination.Page)
	}
	p.Items, p.Data = p.Items[:0], p.Data[:0]
	return p
}

// encode prepares and encodes a page's records.
func (f *flow) encode(d destination.Delivery, e *encoded, p *destination.Prepared) error {
	for i := range e.page.Rows {
		row := &e.page.Rows[i]
		if err := f.prepare.old(row.Values, p); err != nil {
			return err
		}
		seq := e.page.From + int64(i) + 1
		switch {
		case e.out.Verb == destination.Remove:
			if len(p.Identities) > 0 {
				e.item(d, &destination.Item{Seq: seq, Identities: p.Identities})
			}
			continue
		case p.Invalid != "":
			e.misses = append(e.misses, ledger.Exception{RecordID: row.RecordID, Status: ledger.Invalid, Reason: p.Invalid})
			continue
		}
		f.remark(row.RecordID, p)
		e.item(d, &destination.Item{Seq: seq, Identities: p.Identities, EffectiveAt: p.EffectiveAt, ExpiresAt: p.ExpiresAt})
	}
	return nil
}

// remark counts what is told of a record that goes on all the same.
func (f *flow) remark(id string, p *destination.Prepared) {
	for _, x := range p.Problems {
		f.problems.add(x.Reason, id)
	}
	if p.ExpiresAt.IsZero() {
		return // as nearly all, and the limits would be put together a million times
	}
	if later := f.job.Destination.Limits().Remark(f.now, p.ExpiresAt); later != "" {
		f.problems.add(later, id)
	}
}

func (e *encoded) item(d destination.Delivery, it *destination.Item) {
	from := len(e.out.Data)
	e.out.Data = d.Encode(e.out.Data, it)
	x := destination.Encoded{Seq: it.Seq, Len: len(e.out.Data) - from}
	if !it.EffectiveAt.IsZero() {
		x.EffectiveAt = it.EffectiveAt.Unix()
	}
	if !it.ExpiresAt.IsZero() {
		x.ExpiresAt = it.ExpiresAt.Unix()
	}
	e.out.Items = append(e.out.Items, x)
}

// report puts a request's outcomes on record and counts them. Calls are not concurrent.
func (p *phaseRun) report(r destination.Report) error {
	var list []ledger.Exception
	ids := p.flight.settle(r)
	for i, o := range r.Outcomes {
		list = append(list, ledger.Exception{RecordID: ids[i], Status: p.status(o.Result), Reason: o.Reason})
	}
	if err := p.sealed.Except(p.clean, list); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.broken = errors.Join(p.broken, err)
		return err
	}
	c := &p.run0().Counts
	c.Requests += r.Requests
	c.Bytes += r.Bytes
	p.progress.Requests, p.progress.Bytes = c.Requests, c.Bytes
	p.settled(int64(r.Items))
	return nil
}

// settled tells of so many more changes of the phase.
func (p *phaseRun) settled(n int64) {
	p.sent[p.phase] += n
	p.progress.Done = p.sent[p.phase]
	p.progress.Sent += n
	p.tell(string(p.phase))
}

// status is what an outcome says of a record.
func (p *phaseRun) status(r eddy.Result) ledger.Status {
	switch {
	case r == eddy.Doubt:
		return ledger.Failed
	case r == eddy.Failed:
		return p.undone()
	case p.phase == ledger.Removing:
		return ledger.Refused
	case r == eddy.Invalid:
		return ledger.Invalid
	default:
		return ledger.Rejected
	}
}

// settle takes what the ledger has of the run as its result.
func (f *flow) settle(ctx context.Context, sealed *ledger.Sealed, sent error) (*ledger.Settled, error) {
	f.tell("settle")
	lines, err := sealed.Report(ctx)
	if err == nil && !f.held {
		err = f.staged.HoldOut(ctx, f.now)
	}
	if err == nil {
		err = (suppressing{f}).count(ctx, sealed, lines)
	}
	if err != nil {
		return nil, err
	}
	f.finish()
	f.run.Status = f.status(sent)
	if sent != nil && f.run.Status == eddy.StatusFailed {
		f.run.Errors = append([]eddy.RunError{{Reason: firstLine(sent), Count: 1, SampleIDs: []string{}}}, f.run.Errors...)
	}
	f.advise(f.run.Errors, sent)
	logs := f.job.Connection.Settings.RetainSyncLogs
	done, err := sealed.Settle(ctx, logs, f.run)
	if err != nil {
		return nil, err
	}
	f.reached = settled
	if logs && !f.held {
		err = f.staged.LogModel(ctx, f.now, *f.run.FinishedAt)
	}
	return done, err
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

func (f *flow) status(sent error) eddy.Status {
	c := f.run.Counts
	switch {
	case errors.Is(sent, context.Canceled):
		return eddy.Cancelled
	case sent == nil && f.held:
		return eddy.NeedsApproval
	case sent != nil, c.Failed > 0 && c.Delivered == 0:
		return eddy.StatusFailed
	case c.Rejected > 0 || c.Failed > 0 || c.Invalid > 0:
		return eddy.CompletedWithErrors
	default:
		return eddy.Succeeded
	}
}
