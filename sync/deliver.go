package sync

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// workers is how many pages are prepared and encoded at once: normalising and hashing
// is what delivery costs here, the rest is waiting for others.
const workers = 2

// deliver sends the removals, then the additions (promise 2).
func (f *flow) deliver(ctx context.Context) error {
	f.ahead = true
	if f.removals > 0 {
		if err := f.phase(ctx, warehouse.Removing, destination.Remove, f.removals); err != nil {
			return err
		}
	}
	ops := f.summary.Operations
	return f.phase(ctx, warehouse.Adding, destination.Add, ops["insert"]+ops["update"]+ops["renew"]+ops["reassert"])
}

// phase reads one phase's changes, prepares and encodes pages side by side, and hands
// them to the destination in their order. total is for people who watch: a few fewer may
// be sent, because nothing leaves of some, or they turn out not to be sendable.
func (f *flow) phase(ctx context.Context, phase warehouse.Phase, verb destination.Verb, total int64) error {
	f.progress.Done, f.progress.Total = 0, total
	f.tell(string(phase))
	var broken error
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	delivery := f.job.Destination.Deliver(ctx, f.run.AudienceID, func(r destination.Report) {
		if err := f.report(ctx, phase, r); err != nil && broken == nil {
			broken = err
			stop()
		}
	})
	err := f.pump(ctx, phase, verb, delivery)
	if e := delivery.Finish(ctx); err == nil || errors.Is(err, context.Canceled) {
		err = errors.Join(e, err)
	}
	if broken != nil {
		return broken
	}
	if err == nil {
		f.progress.Done = total
		f.tell(string(phase))
	}
	return err
}

// encoded is a page on its way through a worker.
type encoded struct {
	page   *warehouse.Page
	out    *destination.Page
	misses []eddy.Outcome
	done   chan struct{}
}

// pump reads, encodes and adds pages.
func (f *flow) pump(ctx context.Context, phase warehouse.Phase, verb destination.Verb, delivery destination.Delivery) error {
	g, ctx := errgroup.WithContext(ctx)
	var spare sync.Pool // of *destination.Page
	// order holds the pages in their order; work hands the same pages to the workers.
	order, work := make(chan *encoded, workers+1), make(chan *encoded)
	g.Go(func() error {
		defer close(order)
		defer close(work)
		return f.st.Changes(ctx, phase, func(p *warehouse.Page) error {
			e := &encoded{page: p, out: outPage(&spare), done: make(chan struct{})}
			e.out.Verb, e.out.From, e.out.To = verb, p.From, p.To
			select {
			case order <- e:
			case <-ctx.Done():
				return ctx.Err()
			}
			select {
			case work <- e:
			case <-ctx.Done():
				return ctx.Err()
			}
			return nil
		})
	})
	for range workers {
		g.Go(func() error {
			var p destination.Prepared
			for e := range work {
				f.encode(delivery, e, &p)
				e.page.Release()
				close(e.done)
			}
			return nil
		})
	}
	g.Go(func() error {
		for e := range order {
			select {
			case <-e.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if len(e.misses) > 0 {
				last := e.misses[len(e.misses)-1].Seq
				if err := f.st.Report(context.WithoutCancel(ctx), phase, last, last, e.misses); err != nil {
					return err
				}
			}
			if err := delivery.Add(ctx, e.out); err != nil {
				return err
			}
			spare.Put(e.out)
		}
		return nil
	})
	return g.Wait()
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
func (f *flow) encode(d destination.Delivery, e *encoded, p *destination.Prepared) {
	if e.out.Verb == destination.Remove {
		e.removals(d)
		return
	}
	for i := range e.page.Changes {
		c := &e.page.Changes[i]
		f.preparer.Prepare(c.Values, p)
		switch {
		case p.Invalid != "":
			e.misses = append(e.misses, eddy.Outcome{Seq: c.Seq, Result: eddy.Invalid, Reason: p.Invalid})
			f.problems.invalid(p.Invalid, c.RecordID)
			continue
		case f.expired(p):
			e.misses = append(e.misses, eddy.Outcome{Seq: c.Seq, Result: eddy.Expired, Reason: warehouse.ReasonExpired})
			continue
		}
		for _, x := range p.Problems {
			f.problems.add(x.Reason, c.RecordID)
		}
		e.item(d, &destination.Item{Seq: c.Seq, Identities: p.Identities, EffectiveAt: p.EffectiveAt, ExpiresAt: p.ExpiresAt})
	}
}

// removals groups the identities that leave by their record.
func (e *encoded) removals(d destination.Delivery) {
	all := e.page.Leaving
	var ids []destination.Identity
	for i := 0; i < len(all); {
		ids = ids[:0]
		seq := all[i].Seq
		for ; i < len(all) && all[i].Seq == seq; i++ {
			ids = append(ids, destination.Identity{Field: all[i].Field, Value: []byte(all[i].Value)})
		}
		e.item(d, &destination.Item{Seq: seq, Identities: ids})
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

// report puts a request's outcomes on record and counts them.
func (f *flow) report(ctx context.Context, phase warehouse.Phase, r destination.Report) error {
	// The outcome happened: it is put on record also when the run is being cancelled.
	if err := f.st.Report(context.WithoutCancel(ctx), phase, r.From-1, r.To, r.Outcomes); err != nil {
		return err
	}
	f.run.Counts.Requests += r.Requests
	f.run.Counts.Bytes += r.Bytes
	f.progress.Requests, f.progress.Bytes = f.run.Counts.Requests, f.run.Counts.Bytes
	f.progress.Done += int64(r.Items)
	f.tell(string(phase))
	return nil
}

// notSent begins the reason of changes that the run did not come to.
const notSent = "not sent: "

// settle turns outcomes into held and finishes the run's counts.
func (f *flow) settle(ctx context.Context, sent error) error {
	f.tell("settle")
	reason := notSent + "the run was stopped before"
	if sent != nil && !errors.Is(sent, context.Canceled) {
		reason = notSent + firstLine(sent)
	}
	err := f.st.Settle(ctx, &f.run, f.job.Connection.Settings.RetainSyncLogs, reason, func(t warehouse.Tally) { f.tally(t, sent) })
	f.settled = err == nil
	return err
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// tally completes counts, errors and status.
func (f *flow) tally(t warehouse.Tally, sent error) {
	maps.Copy(f.summary.Operations, t.Operations)
	for _, op := range []string{"insert", "update", "renew", "reassert", "delete"} {
		f.summary.Operations[op] = t.Operations[op]
	}
	invalid := f.problems.invalids()
	f.summary.Invalid = append(f.summary.Invalid, invalid...)
	f.counts(t.Operations)
	c := &f.run.Counts
	c.Rejected, c.Failed = t.Rejected, t.Failed
	c.Delivered = c.Operations() - c.Rejected - c.Failed
	f.run.Errors = append(append(append(f.run.Errors, t.Errors...), f.summary.Invalid...), f.problems.list()...)
	f.finish()
	f.run.Status = f.status(sent)
	if sent != nil && f.run.Status == eddy.StatusFailed {
		f.run.Errors = append([]eddy.RunError{{Reason: firstLine(sent), Count: 1, SampleIDs: []string{}}}, f.run.Errors...)
	}
	f.advise(f.run.Errors, sent)
}

func (f *flow) status(sent error) eddy.Status {
	c := f.run.Counts
	switch {
	case errors.Is(sent, context.Canceled):
		return eddy.Cancelled
	case sent != nil, c.Failed > 0 && c.Delivered == 0:
		return eddy.StatusFailed
	case c.Rejected > 0 || c.Failed > 0 || c.Invalid > 0:
		return eddy.CompletedWithErrors
	default:
		return eddy.Succeeded
	}
}
