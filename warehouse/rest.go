package warehouse

import (
	"context"
	"fmt"
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
