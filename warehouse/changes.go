package warehouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/eddy-retl/eddy"
)

// Phase is one of the two halves of a delivery: removals go first (promise 2).
type Phase string

// The phases.
const (
	Removing Phase = "remove"
	Adding   Phase = "add"
)

// wholePage is how many changes are read in one page however far apart their numbers
// are. Larger sets are read in spans of [Dialect.PageSpan]: large enough that a page's
// round trip is nothing, small enough that a few pages in flight are.
const wholePage = 20_000

// sending are the operations that send a record.
const sending = "('insert', 'update', 'renew', 'reassert')"

// Page is a run of changes: all of a phase with From < Seq <= To.
type Page struct {
	From, To int64
	Changes  []eddy.Change
	// Leaving are the identities that leave the audience, ordered by Seq, in a page of removals.
	Leaving []Identity

	// values and ends back Changes and are filled again after Release.
	values []string
	ends   []int
	pool   *sync.Pool
}

// Release gives the page's memory back for a later one. Texts that were taken from it
// stay good.
func (p *Page) Release() {
	clear(p.values) // or the texts stay alive
	p.Changes, p.Leaving, p.values, p.ends = p.Changes[:0], p.Leaving[:0], p.values[:0], p.ends[:0]
	p.pool.Put(p)
}

func newPage(pool *sync.Pool, from, to int64) *Page {
	p, ok := pool.Get().(*Page)
	if !ok {
		p = &Page{pool: pool}
	}
	p.From, p.To = from, to
	return p
}

// Changes streams one phase's changes in pages, in the order of Seq. Pages are read by
// range, so that no transaction or cursor stays open while the destination is slow.
func (st *State) Changes(ctx context.Context, phase Phase, each func(*Page) error) error {
	read := st.readAdditions
	var n, first, last int64
	if phase == Adding {
		n, first, last = st.added()
	} else {
		read, first, n = st.readRemovals, 1, st.removals
		last = n
	}
	if n == 0 {
		return nil
	}
	span := st.d.PageSpan
	if n <= wholePage {
		span = max(last, 1)
	} else if err := st.indexAdditions(ctx, st.s); err != nil {
		return err
	}
	if span < last {
		if err := st.execAll(ctx, st.d.RangeBegin); err != nil {
			return err
		}
		defer func() { _ = st.execAll(context.WithoutCancel(ctx), st.d.RangeEnd) }()
	}
	var pool sync.Pool
	for from := first - 1; from < last; {
		// Pages end where blocks of rows do.
		to := min((from/span+1)*span, last)
		page := newPage(&pool, from, to)
		if err := read(ctx, page); err != nil {
			return fmt.Errorf("read changes: %w", err)
		}
		if err := each(page); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// indexAdditions makes ranges of a large snapshot cheap to read, unless that was done.
func (st *State) indexAdditions(ctx context.Context, on Session) error {
	if n, _, _ := st.added(); n <= wholePage || st.d.RangeIndex == "" || st.indexed {
		return nil
	}
	st.indexed = true
	_, err := on.Exec(ctx, fmt.Sprintf(st.d.RangeIndex, st.snapshot(), "seq"))
	return err
}

// readFields are the fields whose values a page of additions has: those that are
// mapped, and all where a record that is frozen may be asserted again as it was held.
func (st *State) readFields() (at []int, columns string) {
	for i, f := range st.Fields {
		if st.filled(f) {
			at = append(at, i)
			columns += ", " + Quote(f.Name)
		}
	}
	return at, columns
}

func (st *State) readAdditions(ctx context.Context, page *Page) error {
	n := len(st.Fields)
	at, columns := st.readFields()
	var text strings.Builder
	text.Grow(st.pageLength + st.pageLength/16)
	// Most pages of a large set are full; memory that grows is copied over and over.
	changes, _, _ := st.added()
	rows := int(min(page.To-page.From, changes))
	page.Changes = slices.Grow(page.Changes, rows)
	ends := slices.Grow(page.ends, rows*(1+len(at)))
	sorted := true
	sql, only := "SELECT seq, record_id"+columns, st.onlyOperation()
	if only == "" {
		sql += ", operation"
	}
	sql += " FROM " + st.snapshot() + " WHERE seq > $1 AND seq <= $2"
	if only == "" || len(st.groups) > 1 {
		sql += " AND operation IN " + sending
	}
	err := st.s.Query(ctx, sql, func(row [][]byte) error {
		seq, op := number(row[0]), only
		if k := len(page.Changes); k > 0 && page.Changes[k-1].Seq > seq {
			sorted = false
		}
		if only == "" {
			row, op = row[:len(row)-1], operation(row[len(row)-1])
		}
		page.Changes = append(page.Changes, eddy.Change{Seq: seq, Operation: op})
		for _, col := range row[1:] {
			text.Write(col)
			ends = append(ends, text.Len())
		}
		return nil
	}, page.From, page.To)
	if err != nil {
		return err
	}
	// One string backs all texts of the page: a few allocations for thousands of rows.
	all := text.String()
	page.values = slices.Grow(page.values, len(page.Changes)*n)[:len(page.Changes)*n]
	page.ends, st.pageLength = ends, len(all)
	values := page.values
	start, k := 0, 0
	for i := range page.Changes {
		c := &page.Changes[i]
		c.RecordID, start = all[start:ends[k]], ends[k]
		k++
		c.Values = values[i*n : (i+1)*n : (i+1)*n]
		for _, j := range at {
			c.Values[j], start = all[start:ends[k]], ends[k]
			k++
		}
	}
	if !sorted {
		// Engines give rows nearly in order; sorting here is cheaper than asking them to.
		slices.SortFunc(page.Changes, func(a, b eddy.Change) int { return cmp.Compare(a.Seq, b.Seq) })
	}
	return nil
}

// onlyOperation is the operation of all rows that send a record, or nothing when there
// are several: then each row tells.
func (st *State) onlyOperation() (only eddy.Operation) {
	for _, op := range []eddy.Operation{eddy.Insert, eddy.Update, eddy.Renew, eddy.Reassert} {
		switch {
		case st.has(op) == 0:
		case only != "":
			return ""
		default:
			only = op
		}
	}
	return only
}

func operation(b []byte) eddy.Operation {
	switch string(b) {
	case "insert":
		return eddy.Insert
	case "update":
		return eddy.Update
	case "renew":
		return eddy.Renew
	default:
		return eddy.Reassert
	}
}

func (st *State) readRemovals(ctx context.Context, page *Page) error {
	return st.s.Query(ctx, "SELECT seq, field, value FROM eddy_gone WHERE leaving AND seq > $1 AND seq <= $2 ORDER BY seq, field, value", func(row [][]byte) error {
		page.Leaving = append(page.Leaving, Identity{Seq: number(row[0]), Field: int(number(row[1])), Value: string(row[2]), Leaving: true})
		return nil
	}, page.From, page.To)
}

// Summary is what a compared snapshot holds.
type Summary struct {
	// Operations counts the snapshot's records by operation, the internal ones included.
	Operations map[string]int64
	// Held counts the records in the audience because of this connection, and Leaving
	// those of them that the model no longer has and that lose an identity.
	Held, Leaving int64
	// Invalid groups by reason the rows that cannot be sent, and the records whose removal rests.
	Invalid []eddy.RunError
}

// Summarise counts the snapshot as it stands, once it is known who leaves.
func (st *State) Summarise(ctx context.Context) (s Summary, err error) {
	s.Operations, s.Invalid = st.operations(), st.invalid()
	resting, err := st.tellRestingRemovals(ctx)
	if err != nil {
		return s, err
	}
	s.Invalid = append(s.Invalid, resting...)
	if s.Held, err = st.heldRecords(ctx); err != nil || st.removals == 0 {
		return s, err
	}
	s.Leaving, err = st.count(ctx, "SELECT count(DISTINCT r.record_id) FROM eddy_removals r WHERE r.operation = 'delete' AND NOT ("+st.lapsedByItself()+") AND r.seq IN (SELECT seq FROM eddy_gone WHERE leaving)")
	return s, err
}

// lapsedByItself says that a version in eddy_removals was held until a time that has passed:
// X has dropped it, and nobody is removed. A row that says so only now does remove.
func (st *State) lapsedByItself() string {
	i := st.fieldIndex("expires_at")
	if i < 0 {
		return "false"
	}
	return fmt.Sprintf("old_%d IS NOT NULL AND coalesce(cause, '') = %s AND (old_%[1]d NOT LIKE %[3]s OR old_%[1]d <= %[4]s)",
		i, QuoteText(ReasonExpired), QuoteText(isoPattern), QuoteText(st.compared.Now.UTC().Format(isoLayout)))
}

// RemovalIDs names the records of removals with from < seq <= to.
func (st *State) RemovalIDs(ctx context.Context, from, to int64) (map[int64]string, error) {
	out := map[int64]string{}
	err := st.s.Query(ctx, "SELECT seq, record_id FROM eddy_removals WHERE seq > $1 AND seq <= $2", func(row [][]byte) error {
		out[number(row[0])] = string(row[1])
		return nil
	}, from, to)
	return out, err
}

// SampleDeletes names a few records that a run would remove.
func (st *State) SampleDeletes(ctx context.Context, limit int) (ids []string, err error) {
	if st.compared.Mode == eddy.Upsert {
		return nil, nil
	}
	err = st.s.Query(ctx, fmt.Sprintf("SELECT record_id FROM %s WHERE operation = 'delete' ORDER BY seq LIMIT %d", st.snapshot(), limit), func(row [][]byte) error {
		ids = append(ids, string(row[0]))
		return nil
	})
	return ids, err
}
