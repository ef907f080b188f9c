package warehouse

import (
	"context"

	"github.com/eddy-retl/eddy"
)

// HeldRow is one version that the state remembers of a record.
type HeldRow struct {
	RecordID string `json:"record_id"`
	// Run is the run that sent this version.
	Run string `json:"run_id"`
	// State is held, doubt (may be held), left (held, and upsert does not remove it),
	// invalid or rejected (both not held).
	State    string `json:"state"`
	LapsesAt string `json:"lapses_at"`
	Reason   string `json:"reason"`
	// Prepared is the number of the settings that Values were prepared with.
	Prepared int64    `json:"-"`
	Values   []string `json:"-"`
}

// EachHeld streams all that the state remembers of what was sent. Values are valid
// during the call.
func (st *State) EachHeld(ctx context.Context, each func(HeldRow) error) error {
	h := HeldRow{Values: make([]string, len(st.Fields))}
	return st.s.Query(ctx, "SELECT record_id, version, state, lapses_at, reason, coalesce(prepared, 0), "+st.columns("")+" FROM "+st.held(), func(row [][]byte) error {
		h.RecordID, h.Run, h.State, h.LapsesAt, h.Reason, h.Prepared = string(row[0]), string(row[1]), string(row[2]), string(row[3]), string(row[4]), number(row[5])
		for i := range h.Values {
			h.Values[i] = string(row[6+i])
		}
		return each(h)
	})
}

// Log streams the connection's sync log for one record. A look before the first run finds
// no log, which is an empty one.
func (st *State) Log(ctx context.Context, f LogFilter, each func(eddy.LogEntry) error) error {
	if st.Dry && st.exec(ctx, "SELECT 1 FROM "+st.table("sync_log")+" LIMIT 0") != nil {
		return ctx.Err()
	}
	return Logs(ctx, st.s, st.Connection, f, each)
}
