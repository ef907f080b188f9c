package warehouse

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Phase is one of the two halves of a delivery: removals go first (promise 2).
type Phase string

// The phases.
const (
	Removing Phase = "remove"
	Adding   Phase = "add"
)

// pageSpan is how many numbers one page of changes spans: large enough that a page's
// round trip is nothing, small enough that a few pages in flight are. wholePage is how
// many changes are read in one page however far apart their numbers are.
const (
	pageSpan  = 20_000
	wholePage = 20_000
)

// sending are the operations that send a record.
const sending = "('insert', 'update', 'renew', 'reassert')"

// Page is a run of changes: all of a phase with From < Seq <= To.
type Page struct {
	From, To int64
	Changes  []eddy.Change
	// Leaving are the identities that leave the audience, ordered by Seq, in a page of removals.
	Leaving []Identity
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
	span := int64(pageSpan)
	if n <= wholePage {
		span = last
	} else if err := st.rangeIndex(ctx, phase); err != nil {
		return err
	}
	if span < last {
		if err := st.execAll(ctx, st.d.RangeBegin); err != nil {
			return err
		}
		defer func() { _ = st.execAll(context.WithoutCancel(ctx), st.d.RangeEnd) }()
	}
	for from := first - 1; from < last; from += span {
		page := &Page{From: from, To: min(from+span, last)}
		if err := read(ctx, page); err != nil {
			return fmt.Errorf("read changes: %w", err)
		}
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

// rangeIndex makes ranges of a large snapshot cheap to read.
func (st *State) rangeIndex(ctx context.Context, phase Phase) error {
	if phase != Adding || st.d.RangeIndex == "" {
		return nil
	}
	return st.exec(ctx, fmt.Sprintf(st.d.RangeIndex, st.snapshot(), "seq"))
}

// readFields are the fields whose values a page of additions has: those that are
// mapped, and all where a record that is frozen may be asserted again as it was held.
func (st *State) readFields() (at []int, columns string) {
	for i, f := range st.Fields {
		if st.mapped(f.Name) || st.staged.Conflicts > 0 {
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
	ends := make([]int, 0, 1024)
	sorted := true
	sql := "SELECT seq, operation, record_id" + columns + " FROM " + st.snapshot() + " WHERE seq > $1 AND seq <= $2 AND operation IN " + sending
	err := st.s.Query(ctx, sql, func(row [][]byte) error {
		seq := number(row[0])
		if k := len(page.Changes); k > 0 && page.Changes[k-1].Seq > seq {
			sorted = false
		}
		page.Changes = append(page.Changes, eddy.Change{Seq: seq, Operation: operation(row[1])})
		for _, col := range row[2:] {
			text.Write(col)
			ends = append(ends, text.Len())
		}
		return nil
	}, page.From, page.To)
	if err != nil {
		return err
	}
	// One string backs all texts of the page: a few allocations for thousands of rows.
	all, values := text.String(), make([]string, len(page.Changes)*n)
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
	// Invalid groups the rows that cannot be sent by reason.
	Invalid []eddy.RunError
}

// Summarise counts the snapshot as it stands, once it is known who leaves.
func (st *State) Summarise(ctx context.Context) (s Summary, err error) {
	s.Operations, s.Invalid = st.operations(), st.invalid()
	if s.Held, err = st.heldRecords(ctx); err != nil || st.removals == 0 {
		return s, err
	}
	s.Leaving, err = st.count(ctx, "SELECT count(DISTINCT r.record_id) FROM eddy_removals r WHERE r.operation = 'delete' AND coalesce(r.cause, '') <> $1 AND r.seq IN (SELECT seq FROM eddy_gone WHERE leaving)", ReasonExpired)
	return s, err
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
