package destinationtest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/destination"
)

// Encode appends to what is there, and what it appends is JSON, since pages are put
// together of it without another look.
func encoding(t *testing.T, s *suite) {
	d := s.dest.Deliver(t.Context(), s.Audience, func(destination.Report) {})
	s.each(s.Good, func(f int, text string) {
		p := prepare(s.preparer, s.record(f, text))
		out := d.Encode([]byte("before"), &destination.Item{Seq: 1, Identities: p.Identities})
		if string(out[:6]) != "before" || !json.Valid(out[6:]) {
			t.Errorf("%s %q is encoded as %q", s.fields[f].Name, text, out)
		}
	})
	if err := d.Finish(t.Context()); err != nil {
		t.Error(err)
	}
}

// ledger collects the reports of a delivery.
type ledger struct{ reports []destination.Report }

// settled fails unless every Seq from 1 to last is covered by one report, and nothing
// was refused.
func (l *ledger) settled(t *testing.T, last int64) {
	t.Helper()
	slices.SortFunc(l.reports, func(a, b destination.Report) int { return int(a.From - b.From) })
	next := int64(1)
	for _, r := range l.reports {
		if r.From != next || r.To < r.From || len(r.Outcomes) > 0 {
			t.Errorf("a report covers %d to %d with %v; %d is next", r.From, r.To, r.Outcomes, next)
		}
		next = r.To + 1
	}
	if next != last+1 {
		t.Errorf("reports end at %d, want %d", next-1, last)
	}
}

// page makes a page of n items after from, of the good texts in turn.
func (s *suite) page(d destination.Delivery, verb destination.Verb, from int64, n int) *destination.Page {
	var records [][]string
	s.each(s.Good, func(f int, text string) { records = append(records, s.record(f, text)) })
	p := &destination.Page{Verb: verb, From: from, To: from + int64(n)}
	for seq := from + 1; seq <= p.To; seq++ {
		made := prepare(s.preparer, records[int(seq)%len(records)])
		start := len(p.Data)
		p.Data = d.Encode(p.Data, &destination.Item{Seq: seq, Identities: made.Identities})
		e := destination.Encoded{Seq: seq, Len: len(p.Data) - start}
		if verb == destination.Add {
			e.ExpiresAt = time.Date(2100, 1, 1+int(seq)%3, 0, 0, 0, 0, time.UTC).Unix()
		}
		p.Items = append(p.Items, e)
	}
	return p
}

// deliver delivers pages and returns what was reported.
func (s *suite) deliver(t *testing.T, pages func(destination.Delivery) []*destination.Page) *ledger {
	t.Helper()
	var l ledger
	d := s.dest.Deliver(t.Context(), s.Audience, func(r destination.Report) { l.reports = append(l.reports, r) })
	for _, p := range pages(d) {
		if err := d.Add(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &l
}

// One change, one outcome (promise 5): reports cover every Seq once, whatever the verb
// and however the pages are cut. Reports do not overlap in time; the race detector
// would tell.
func outcomes(t *testing.T, s *suite) {
	for _, verb := range []destination.Verb{destination.Remove, destination.Add} {
		l := s.deliver(t, func(d destination.Delivery) []*destination.Page {
			return []*destination.Page{s.page(d, verb, 0, 1_000), s.page(d, verb, 1_000, 1), s.page(d, verb, 1_001, 4_000)}
		})
		l.settled(t, 5_001)
		var items int
		var requests, bytes int64
		for _, r := range l.reports {
			items, requests, bytes = items+r.Items, requests+r.Requests, bytes+r.Bytes
		}
		if items != 5_001 || requests == 0 || bytes == 0 {
			t.Errorf("%d items in %d requests of %d bytes were reported", items, requests, bytes)
		}
	}
}

// Items that need no request are left out of the pages; their Seqs are covered still, so
// that the run knows that nothing is missing.
func leftOut(t *testing.T, s *suite) {
	s.deliver(t, func(d destination.Delivery) []*destination.Page {
		last := s.page(d, destination.Add, 20, 3)
		last.To = 40
		return []*destination.Page{{Verb: destination.Add, To: 10}, {Verb: destination.Add, From: 10, To: 20}, last}
	}).settled(t, 40)
	s.deliver(t, func(destination.Delivery) []*destination.Page {
		return []*destination.Page{{Verb: destination.Remove, To: 7}}
	}).settled(t, 7)
	s.deliver(t, func(destination.Delivery) []*destination.Page { return nil }).settled(t, 0)
}

// Add copies what it needs, so that the flow can fill the same page again.
func pages(t *testing.T, s *suite) {
	var l ledger
	d := s.dest.Deliver(t.Context(), s.Audience, func(r destination.Report) { l.reports = append(l.reports, r) })
	p := s.page(d, destination.Add, 0, 100)
	if err := d.Add(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	clear(p.Data)
	clear(p.Items)
	if err := d.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.settled(t, 100)
}

// A run that was cancelled starts no request, and says that it was cancelled.
func cancelled(t *testing.T, s *suite) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var l ledger
	d := s.dest.Deliver(ctx, s.Audience, func(r destination.Report) { l.reports = append(l.reports, r) })
	err := d.Add(ctx, s.page(d, destination.Add, 0, 10))
	if err == nil {
		err = d.Finish(ctx)
	}
	if !errors.Is(err, context.Canceled) || len(l.reports) > 0 {
		t.Errorf("got %v and %d reports", err, len(l.reports))
	}
}
