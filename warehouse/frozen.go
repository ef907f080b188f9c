package warehouse

import (
	"context"
	"fmt"

	"github.com/eddy-retl/eddy"
)

// FrozenValues are the values of a record that contradicting rows left as it was held,
// numbered as in the snapshot.
type FrozenValues struct {
	Seq int64
	// Prepared is the number of the settings that Values were prepared with.
	Prepared int64
	Values   []string
}

// Frozen streams the frozen records that were prepared with other settings than this
// run's. Where the state is local there is none: digests are the same with all settings.
func (st *State) Frozen(ctx context.Context, each func(FrozenValues) error) error {
	if st.Digests || st.staged.Conflicts == 0 {
		return nil
	}
	v := FrozenValues{Values: make([]string, len(st.Fields))}
	sql := "SELECT s.seq, h.prepared, " + st.columns("h.") + " FROM " + st.snapshot() + " s JOIN " + st.held() + " h ON h.record_id = s.record_id AND h.state = 'held' WHERE s.operation IN ('unchanged', 'renew', 'update') AND s.record_id IN (SELECT record_id FROM eddy_conflicts) AND h.prepared <> " + fmt.Sprint(st.compared.Prepared)
	return st.s.Query(ctx, sql, func(row [][]byte) error {
		v.Seq, v.Prepared = number(row[0]), number(row[1])
		for i := range v.Values {
			v.Values[i] = string(row[2+i])
		}
		return each(v)
	})
}

// PutFrozen gives frozen records the values that stand for what is held of them with
// this run's settings.
func (st *State) PutFrozen(ctx context.Context, frozen []FrozenValues) error {
	if len(frozen) == 0 {
		return nil
	}
	columns := []string{"seq"}
	for _, f := range st.Fields {
		columns = append(columns, f.Name)
	}
	err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_frozen", fmt.Sprintf("CREATE TEMP TABLE eddy_frozen (seq %s, %s)", st.d.Bigint,
		st.list(", ", func(f eddy.Field) string { return Quote(f.Name) + " " + st.d.Text })))
	if err != nil {
		return err
	}
	row := make([]any, len(columns))
	err = st.s.Insert(ctx, "eddy_frozen", columns, func(yield func([]any) bool) {
		for _, v := range frozen {
			row[0] = v.Seq
			for i, text := range v.Values {
				row[1+i] = null(text)
			}
			if !yield(row) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	snap := st.snapshot()
	return st.exec(ctx, "UPDATE "+snap+" SET "+st.list(", ", func(f eddy.Field) string { return fmt.Sprintf("%[1]s = z.%[1]s", Quote(f.Name)) })+
		" FROM eddy_frozen z WHERE z.seq = "+st.alias(snap)+".seq")
}
