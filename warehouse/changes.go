package warehouse

import (
	"context"
	"fmt"
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
// round trip is nothing, small enough that a few pages in flight are.
const pageSpan = 20_000

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
	table := "eddy_removals"
	if phase == Adding {
		table = st.snapshot()
	}
	last, err := st.count(ctx, "SELECT coalesce(max(seq), 0) FROM "+table)
	if err != nil {
		return err
	}
	for from := int64(0); from < last; from += pageSpan {
		page := &Page{From: from, To: min(from+pageSpan, last)}
		if phase == Adding {
			err = st.readAdditions(ctx, page)
		} else {
			err = st.readRemovals(ctx, page)
		}
		if err != nil {
			return fmt.Errorf("read changes: %w", err)
		}
		if err := each(page); err != nil {
			return err
		}
	}
	return nil
}

func (st *State) readAdditions(ctx context.Context, page *Page) error {
	n := len(st.Fields)
	var text strings.Builder
	ends := make([]int, 0, 1024)
	sql := "SELECT seq, operation, record_id, " + st.columns("") + " FROM " + st.snapshot() + " WHERE seq > $1 AND seq <= $2 AND operation IN " + sending + " ORDER BY seq"
	err := st.s.Query(ctx, sql, func(row [][]byte) error {
		page.Changes = append(page.Changes, eddy.Change{Seq: number(row[0]), Operation: operation(row[1])})
		for _, col := range row[2 : 3+n] {
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
		for j := range n {
			c.Values[j], start = all[start:ends[k]], ends[k]
			k++
		}
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

// Summarise counts the snapshot as it stands.
func (st *State) Summarise(ctx context.Context) (Summary, error) {
	s := Summary{Operations: map[string]int64{}}
	err := st.s.Query(ctx, "SELECT operation, count(*) FROM "+st.snapshot()+" GROUP BY operation", func(row [][]byte) error {
		s.Operations[string(row[0])] = number(row[1])
		return nil
	})
	if err != nil {
		return s, err
	}
	if st.heldRows > 0 {
		if s.Held, err = st.count(ctx, "SELECT count(DISTINCT record_id) FROM "+st.held()+" WHERE state IN ('held', 'doubt') AND version <> $1", st.run); err != nil {
			return s, err
		}
		s.Leaving, err = st.count(ctx, "SELECT count(DISTINCT r.record_id) FROM eddy_removals r WHERE r.operation = 'delete' AND coalesce(r.cause, '') <> $1 AND r.seq IN (SELECT seq FROM eddy_gone WHERE leaving)", ReasonExpired)
		if err != nil {
			return s, err
		}
	}
	s.Invalid, err = st.invalid(ctx)
	return s, err
}

// notSent are the snapshot rows of the model that cannot be sent now. A delete with a
// reason of its own, other than expiry, is a row that became invalid.
const notSent = "(operation IN ('invalid', 'resting') OR (operation = 'delete' AND reason IS NOT NULL AND reason <> '" + ReasonExpired + "'))"

func (st *State) invalid(ctx context.Context) ([]eddy.RunError, error) {
	var out []eddy.RunError
	if st.staged.NullIDs > 0 {
		out = append(out, eddy.RunError{Reason: ReasonNullID, Count: st.staged.NullIDs, SampleIDs: []string{}})
	}
	if st.staged.Conflicts > 0 {
		out = append(out, eddy.RunError{Reason: ReasonConflict, Count: st.staged.Conflicts, SampleIDs: st.staged.ConflictIDs})
	}
	sql := "SELECT coalesce(reason, ''), count(*), min(record_id), max(record_id) FROM " + st.snapshot() + " WHERE " + notSent + " AND coalesce(reason, '') <> " + QuoteText(ReasonConflict) + " GROUP BY 1 ORDER BY 2 DESC, 1"
	err := st.s.Query(ctx, sql, func(row [][]byte) error {
		e := eddy.RunError{Reason: string(row[0]), Count: number(row[1]), SampleIDs: []string{string(row[2])}}
		if e.Count > 1 {
			e.SampleIDs = append(e.SampleIDs, string(row[3]))
		}
		out = append(out, e)
		return nil
	})
	return out, err
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
