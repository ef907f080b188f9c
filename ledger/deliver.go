package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/eddy-retl/eddy/warehouse"
)

// Phase is one of the two halves of a delivery: removals go first (promise 2).
type Phase string

// The phases.
const (
	Removing Phase = "remove"
	Adding   Phase = "add"
)

// pageRows is how many changes a page has: large enough that handing it on is nothing,
// small enough that a few pages in flight are.
const pageRows = 8192

// roundRows is about how many changes are answered for at once: what a run that dies
// sends again.
const roundRows = 4_000_000

// Page is a run of changes of one phase: all with From < number <= To.
type Page struct {
	From, To int64
	Rows     []Row

	values []string
	ends   []int
	pool   *sync.Pool
}

// Row is one change on its way to the destination. Texts stay good after the page was
// released.
type Row struct {
	RecordID string
	Values
}

// Release gives the page's memory back for a later one.
func (p *Page) Release() {
	clear(p.values) // or the texts stay alive
	p.Rows, p.values, p.ends = p.Rows[:0], p.values[:0], p.ends[:0]
	p.pool.Put(p)
}

// rounds are the parts of the buckets that are delivered one after the other.
func (c *Changes) rounds() []span {
	n := int(c.rows/roundRows) + 1
	out := make([]span, 0, n)
	for i := range n {
		out = append(out, span{i * warehouse.Buckets / n, (i+1)*warehouse.Buckets/n - 1})
	}
	return out
}

// reading is what the template that reads changes reads.
type reading struct {
	part
	Columns  string
	Removing bool
	Some     bool
	From, To int
}

// Read streams a phase's changes in pages, numbered from 1.
func (c *Changes) Read(ctx context.Context, phase Phase, each func(*Page) error) error {
	from := int64(0)
	return c.readRound(ctx, phase, span{0, warehouse.Buckets - 1}, &from, each)
}

// readRound streams those of some buckets. Numbers go on from the given one.
func (c *Changes) readRound(ctx context.Context, phase Phase, buckets span, from *int64, each func(*Page) error) error {
	var at []column
	for _, f := range c.l.columns() {
		// Old versions, and those that records keep, may have what is not mapped any more.
		if phase == Removing || c.compared.Kept || c.compared.Only || c.compared.mapped(f.Name) {
			at = append(at, f)
		}
	}
	q := reading{
		part: c.part, Removing: phase == Removing, Columns: list(at, func(f column) string { return f.Column }),
		Some: buckets.From > 0 || buckets.To < warehouse.Buckets-1, From: buckets.From, To: buckets.To,
	}
	r := &pager{fields: len(c.l.fields), at: at, from: *from, each: each}
	err := c.l.query(ctx, "read "+string(phase), c.l.render("read", q), r.row)
	if err == nil {
		err = r.flush()
	}
	*from = r.from
	if err != nil {
		return fmt.Errorf("read changes: %w", err)
	}
	return nil
}

// pager gathers rows into pages. One string backs all texts of a page: a few allocations
// for thousands of rows.
type pager struct {
	fields int
	at     []column
	from   int64
	each   func(*Page) error
	pool   sync.Pool

	page     *Page
	text     strings.Builder
	settings []int
	length   int
}

func (r *pager) row(row [][]byte) error {
	if r.page == nil {
		r.begin()
	}
	r.settings = append(r.settings, int(number(row[1])))
	r.text.Write(row[0])
	r.page.ends = append(r.page.ends, r.text.Len())
	for _, col := range row[2:] {
		r.text.Write(col)
		r.page.ends = append(r.page.ends, r.text.Len())
	}
	if len(r.settings) < pageRows {
		return nil
	}
	return r.flush()
}

func (r *pager) begin() {
	p, ok := r.pool.Get().(*Page)
	if !ok {
		p = &Page{pool: &r.pool}
	}
	r.page, r.settings = p, r.settings[:0]
	r.text = strings.Builder{}
	r.text.Grow(r.length + r.length/16)
}

func (r *pager) flush() error {
	if r.page == nil {
		return nil
	}
	p, all, n := r.page, r.text.String(), len(r.settings)
	r.page, r.length = nil, len(all)
	p.Rows = slices.Grow(p.Rows, n)[:n]
	p.values = slices.Grow(p.values, n*r.fields)[:n*r.fields]
	start, k := 0, 0
	for i := range p.Rows {
		row := &p.Rows[i]
		row.RecordID, start = all[start:p.ends[k]], p.ends[k]
		k++
		row.Settings, row.Texts = r.settings[i], p.values[i*r.fields:(i+1)*r.fields:(i+1)*r.fields]
		for _, f := range r.at {
			row.Texts[f.At], start = all[start:p.ends[k]], p.ends[k]
			k++
		}
	}
	p.From, p.To = r.from, r.from+int64(n)
	r.from = p.To
	return r.each(p)
}

// Sealed are changes that requests may go out for.
type Sealed struct {
	*Changes
}

// Ours says whether the run may still send: an error means that its lock is, or may be,
// another's.
func (s *Sealed) Ours() error { return s.l.ours() }

// Rounds hands out the parts of the changes that are delivered one after the other. A
// part is answered for when deliver gives nil: then every exception of it is on record.
func (s *Sealed) Rounds(ctx context.Context, deliver func(*Round) error) error {
	s.Answered = nil
	defer func() { s.Clean = s.all() && s.Exceptions == "" }()
	s.Clean = false
	rounds := s.rounds()
	for i, buckets := range rounds {
		if err := deliver(&Round{s: s, buckets: buckets, Last: i == len(rounds)-1}); err != nil {
			return err
		}
		detail := answeredDetail{Buckets: buckets, Exceptions: s.Exceptions != ""}
		if err := s.l.append(ctx, s.l.run, eventAnswered, detail); err != nil {
			return err
		}
		s.Answered = append(s.Answered, buckets)
	}
	return nil
}

// Round is a part of sealed changes.
type Round struct {
	// Last says that no other comes after it.
	Last bool

	s       *Sealed
	buckets span
}

// Read streams the part's changes of a phase, in pages that are numbered on from 1.
func (r *Round) Read(ctx context.Context, phase Phase, each func(*Page) error) error {
	from := int64(0)
	return r.s.readRound(ctx, phase, r.buckets, &from, each)
}
