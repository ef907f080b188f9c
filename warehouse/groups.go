package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
)

// group counts the snapshot's rows with one operation and one reason.
type group struct {
	operation, reason string
	count             int64
	// first and last are the least and the greatest seq.
	first, last int64
	// Two of the records, for rows with a reason.
	sample, other string
}

// tellGroups counts the snapshot in one scan. All later steps look here first, and leave
// out the statements that have nothing to do.
func (st *State) tellGroups(ctx context.Context) error {
	st.groups = nil
	err := st.s.Query(ctx, "SELECT operation, reason, count(*), min(seq), max(seq) FROM "+st.snapshot()+" GROUP BY operation, reason ORDER BY 3 DESC, 2", func(row [][]byte) error {
		st.groups = append(st.groups, group{operation: string(row[0]), reason: string(row[1]), count: number(row[2]), first: number(row[3]), last: number(row[4])})
		return nil
	})
	if err != nil {
		return err
	}
	return st.sample(ctx)
}

// sample names two records of each group that has a reason.
func (st *State) sample(ctx context.Context) error {
	ids := map[int64]string{}
	var seqs []string
	for _, g := range st.groups {
		if g.reason != "" {
			seqs = append(seqs, fmt.Sprint(g.first), fmt.Sprint(g.last))
		}
	}
	if len(seqs) == 0 {
		return nil
	}
	err := st.s.Query(ctx, "SELECT seq, record_id FROM "+st.snapshot()+" WHERE seq IN ("+strings.Join(seqs, ", ")+")", func(row [][]byte) error {
		ids[number(row[0])] = string(row[1])
		return nil
	})
	for i := range st.groups {
		g := &st.groups[i]
		g.sample, g.other = ids[g.first], ids[g.last]
	}
	return err
}

// has counts the snapshot's rows with one of the operations.
func (st *State) has(operations ...eddy.Operation) (n int64) {
	for _, g := range st.groups {
		for _, op := range operations {
			if g.operation == string(op) {
				n += g.count
			}
		}
	}
	return n
}

// added gives the number of rows that send a record, and their least and greatest seq.
func (st *State) added() (n, first, last int64) {
	for _, g := range st.groups {
		switch eddy.Operation(g.operation) {
		case eddy.Insert, eddy.Update, eddy.Renew, eddy.Reassert:
			if n == 0 || g.first < first {
				first = g.first
			}
			n, last = n+g.count, max(last, g.last)
		}
	}
	return n, first, last
}

// operations counts the snapshot's rows by operation.
func (st *State) operations() map[string]int64 {
	out := map[string]int64{}
	for _, g := range st.groups {
		out[g.operation] += g.count
	}
	return out
}

// invalid groups the rows that cannot be sent by reason. A delete with a reason of its
// own, other than expiry, is a row that became invalid.
func (st *State) invalid() []eddy.RunError {
	var out []eddy.RunError
	if st.staged.NullIDs > 0 {
		out = append(out, eddy.RunError{Reason: ReasonNullID, Count: st.staged.NullIDs, SampleIDs: []string{}})
	}
	if st.staged.Conflicts > 0 {
		out = append(out, eddy.RunError{Reason: ReasonConflict, Count: st.staged.Conflicts, SampleIDs: st.staged.ConflictIDs})
	}
	at := map[string]int{}
	for _, g := range st.groups {
		became := g.operation == string(eddy.Delete) && g.reason != "" && g.reason != ReasonExpired
		if !became && g.operation != opInvalid && g.operation != opResting || g.reason == ReasonConflict {
			continue
		}
		i, ok := at[g.reason]
		if !ok {
			i = len(out)
			at[g.reason] = i
			out = append(out, eddy.RunError{Reason: g.reason, SampleIDs: []string{g.sample}})
		}
		out[i].Count += g.count
		if g.other != g.sample && len(out[i].SampleIDs) < 2 {
			out[i].SampleIDs = append(out[i].SampleIDs, g.other)
		}
	}
	return out
}

// heldRecords counts the records in the audience because of this connection, as the run
// found them: a record is held once, or in doubt in several versions, or held beside what the
// destination refuses to remove.
func (st *State) heldRecords(ctx context.Context) (int64, error) {
	n := st.states[stateHeld]
	if st.states[stateDoubt] == 0 {
		return n, nil
	}
	doubt, err := st.count(ctx, fmt.Sprintf("SELECT count(DISTINCT record_id) FROM %s WHERE state = 'doubt' AND version <> %s AND record_id NOT IN (SELECT record_id FROM %[1]s WHERE state = 'held')", st.held(), QuoteText(st.run)))
	return n + doubt, err
}
