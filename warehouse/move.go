package warehouse

import (
	"context"
	"fmt"
	"iter"
)

// Existing is the ability of a source to open state that it already keeps, without
// making any; a nil session says that there is none.
type Existing interface {
	Existing(ctx context.Context, schema string) (Session, error)
}

// LastRun is a connection's newest run on the engine of s, nothing if there is none, and
// whether a run there never ended. Ids say which run is newer, not times: clocks jump.
func LastRun(ctx context.Context, s Session, connection string) (id string, open bool, err error) {
	sql := fmt.Sprintf("SELECT max(run_id), count(CASE WHEN status = 'running' THEN 1 END) FROM %s.%s WHERE connection_id = $1", s.Schema(), Quote("sync_runs"))
	err = s.Query(ctx, sql, func(row [][]byte) error {
		id, open = string(row[0]), number(row[1]) > 0
		return nil
	}, connection)
	return id, open, err
}

// Import replaces what is held with rows that another place of the state kept. Prepared
// is the number of the settings that the rows' values were prepared with.
func (st *State) Import(ctx context.Context, rows iter.Seq[HeldRow]) error {
	if err := st.emptyHeld(ctx); err != nil {
		return err
	}
	columns := []string{"record_id", "version", "seq", "state", "prepared", "lapses_at"}
	for _, f := range st.Fields {
		columns = append(columns, f.Name)
	}
	values := make([]any, len(columns))
	return st.s.Insert(ctx, st.held(), columns, func(yield func([]any) bool) {
		for h := range rows {
			values[0], values[1], values[2], values[3], values[4], values[5] = h.RecordID, h.Run, int64(0), h.State, int32(h.Prepared), null(h.LapsesAt)
			for i, v := range h.Values {
				values[6+i] = null(v)
			}
			if !yield(values) {
				return
			}
		}
	})
}

// emptyHeld makes room for rows that are taken over. A plan takes them into a held of
// its own.
func (st *State) emptyHeld(ctx context.Context) error {
	if !st.Dry {
		return st.exec(ctx, "DELETE FROM "+st.held())
	}
	st.dryHeld = "eddy_held"
	return st.execAll(ctx, "DROP TABLE IF EXISTS eddy_held", "CREATE TEMP TABLE eddy_held ("+st.heldColumns()+")")
}

func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// InDoubt is a row as it must be taken over from a place where a run never ended.
func (h HeldRow) InDoubt() HeldRow {
	if h.State == stateHeld || h.State == stateLeft {
		h.State = stateDoubt
	}
	return h
}

// Member says that the audience holds the version, or may hold it.
func (h HeldRow) Member() bool {
	return h.State == stateHeld || h.State == stateDoubt || h.State == stateLeft
}

// FeedOf finds the feed of the state's own connection.
func (st *State) FeedOf(ctx context.Context) (Feed, bool, error) {
	feeds, err := st.Feeds(ctx)
	if err != nil {
		return Feed{}, false, err
	}
	for _, f := range feeds {
		if f.Connection == st.Connection {
			return f, true, nil
		}
	}
	return Feed{Connection: st.Connection}, false, nil
}

// LastRun is the connection's newest run in this state.
func (st *State) LastRun(ctx context.Context) (string, error) {
	id, _, err := LastRun(ctx, st.s, st.Connection)
	if err != nil && st.Dry {
		return "", nil // nothing ran here yet
	}
	return id, err
}
