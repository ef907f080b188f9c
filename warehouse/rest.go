package warehouse

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
)

// tellResting writes into the snapshot that a record rests, and after how many refusals,
// in front of why it was refused: whoever reads the reason must know that waiting will
// not help.
func (st *State) tellResting(ctx context.Context) error {
	if st.states[stateRejected] == 0 {
		return nil
	}
	tables := []string{st.snapshot()}
	if st.delta {
		tables = append(tables, "eddy_delta") // groups are counted there
	}
	for _, table := range tables {
		of := func(what string) string {
			return fmt.Sprintf("(SELECT max(%s) FROM %s h WHERE h.record_id = %s.record_id AND h.state = 'rejected')", what, st.held(), st.alias(table))
		}
		n, err := st.s.Exec(ctx, fmt.Sprintf("UPDATE %s SET reason = 'rests until its row changes (refusals: ' || CAST(%s AS %s) || '): ' || coalesce(reason, '') WHERE operation = 'resting'",
			table, of("h.attempts"), st.d.Text))
		if err != nil {
			return err
		}
		st.counted = st.counted && n == 0
	}
	return nil
}

// tried is how often a change is sent that the destination refuses, before it rests.
func (st *State) tried() int64 { return int64(max(st.compared.MaxAttempts, 1)) }

// awake says that a version that must leave is to be removed in this run: not if the
// destination refused that too often.
func (st *State) awake() string {
	if st.compared.Full {
		return "true"
	}
	return fmt.Sprintf("(state = 'left' OR coalesce(attempts, 0) < %d)", st.tried())
}

// restingRemovals are the versions h whose removal rests: the destination refused it too
// often, and their record has no change in this run. They are in the audience, where
// nothing wants them, and a run that leaves them there must say so (promise 1).
func (st *State) restingRemovals() string {
	return fmt.Sprintf("%s h WHERE h.state = 'doubt' AND h.attempts >= %d AND NOT EXISTS (SELECT 1 FROM %s x WHERE x.record_id = h.record_id AND x.operation IN ('insert', 'update', 'delete'))",
		st.held(), st.tried(), st.snapshot())
}

// restingReason says that a removal rests, after how many refusals, and why it was refused.
func (st *State) restingReason() string {
	return fmt.Sprintf("'its removal rests until its row changes (refusals: ' || CAST(h.attempts AS %s) || '): ' || coalesce(h.reason, '')", st.d.Text)
}

// tellRestingRemovals groups the records whose removal rests by reason.
func (st *State) tellRestingRemovals(ctx context.Context) (out []eddy.RunError, err error) {
	st.resting = 0
	if st.compared.Mode == eddy.Upsert || st.states[stateDoubt] == 0 {
		return nil, nil
	}
	err = st.s.Query(ctx, "SELECT "+st.restingReason()+", count(DISTINCT h.record_id), min(h.record_id), max(h.record_id) FROM "+st.restingRemovals()+" GROUP BY 1 ORDER BY 2 DESC, 1", func(row [][]byte) error {
		e := eddy.RunError{Reason: string(row[0]), Count: number(row[1]), SampleIDs: []string{string(row[2])}}
		if e.Count > 1 {
			e.SampleIDs = append(e.SampleIDs, string(row[3]))
		}
		st.resting += e.Count
		out = append(out, e)
		return nil
	})
	return out, err
}
