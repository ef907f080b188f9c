package sync

import (
	"slices"
	"sync"

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// inFlight knows which records the changes are of that were handed to the destination and
// not reported yet.
type inFlight struct {
	mu    sync.Mutex
	pages []flying // in the order of their numbers
}

// flying is a page: the records of the changes from+1 and on, and how many need no more.
type flying struct {
	from     int64
	records  []string
	reported int
	// settled are those that were reported or are not sent, once some but not all are.
	settled []bool
}

// add remembers a page, of which some records are to be sent.
func (f *inFlight) add(p *ledger.Page, sent []destination.Encoded) {
	page := flying{from: p.From, records: make([]string, len(p.Rows))}
	for i := range p.Rows {
		page.records[i] = p.Rows[i].RecordID
	}
	if len(sent) < len(p.Rows) {
		page.settled = make([]bool, len(p.Rows))
		for i := range page.settled {
			page.settled[i] = true
		}
		for i := range sent {
			page.settled[sent[i].Seq-p.From-1] = false
		}
		page.reported = len(p.Rows) - len(sent)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pages = append(f.pages, page)
}

// settle takes a report in: it gives the records of its outcomes, and forgets the pages
// that were reported as a whole.
func (f *inFlight) settle(r destination.Report) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	ids := make([]string, len(r.Outcomes))
	for i, o := range r.Outcomes {
		ids[i] = f.record(o.Seq)
	}
	for i := range f.pages {
		p := &f.pages[i]
		from, to := max(r.From-1, p.from), min(r.To, p.from+int64(len(p.records)))
		if from >= to {
			continue
		}
		if p.settled == nil {
			p.settled = make([]bool, len(p.records))
		}
		for k := from - p.from; k < to-p.from; k++ {
			if !p.settled[k] {
				p.settled[k] = true
				p.reported++
			}
		}
	}
	f.pages = slices.DeleteFunc(f.pages, func(p flying) bool { return p.reported == len(p.records) })
	return ids
}

// record is the record of a number.
func (f *inFlight) record(seq int64) string {
	for i := range f.pages {
		if p := &f.pages[i]; seq > p.from && seq <= p.from+int64(len(p.records)) {
			return p.records[seq-p.from-1]
		}
	}
	return ""
}

// last takes the newest page back: the records of it that were to be sent.
func (f *inFlight) last() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.pages[len(f.pages)-1]
	f.pages = f.pages[:len(f.pages)-1]
	return p.open()
}

// rest takes the records that were not reported, once nothing is on its way any more.
func (f *inFlight) rest() (out []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.pages {
		out = append(out, p.open()...)
	}
	f.pages = nil
	return out
}

// open are the page's records that are to be sent and were not reported.
func (p flying) open() (out []string) {
	for k, id := range p.records {
		if len(p.settled) == 0 || !p.settled[k] {
			out = append(out, id)
		}
	}
	return out
}
