package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Mostly little changes, and to write every row of the model into a snapshot once more
// costs more than to find what changed. Where columns with a default cost nothing, the
// numbered stage itself becomes the snapshot: all of its rows are unchanged, or inserts
// where nothing is held yet, but those that the join with held finds to be otherwise.
//
//	eddy_delta  those rows, and the records of held that the model no longer has
//
// Its values are those that a removal needs: old ones of held and new ones of the model.

// fewChanges is the share of rows up to which changes are written into the stage. Many
// would leave it in disorder; then a snapshot is made afresh.
const fewChanges = 0.1

// inPlaceFits says whether the stage may become the snapshot, as far as is known before
// the join: not when every row is sent again anyway.
func (st *State) inPlaceFits() bool {
	return st.mayWorkInPlace() && !st.compared.Full && st.allPrepared()
}

// compareInPlace makes the snapshot of the stage, and says whether it did.
func (st *State) compareInPlace(ctx context.Context) (bool, error) {
	if !st.inPlaceFits() {
		return false, nil
	}
	if !st.inPlace {
		n, err := st.number(ctx, stageTable+" m")
		if err != nil {
			return false, err
		}
		st.numberedRows = n
	}
	if st.heldRows == 0 {
		return true, st.allInserts(ctx)
	}
	return st.findDelta(ctx)
}

// become gives the numbered stage the columns of a snapshot, and its name.
func (st *State) become(ctx context.Context, operation eddy.Operation, changes ...string) error {
	columns := []string{"ADD COLUMN operation " + st.d.Text + " DEFAULT " + QuoteText(string(operation)), "ADD COLUMN reason " + st.d.Text, "ADD COLUMN fingerprint " + st.d.RowKeyType}
	for _, f := range st.Fields {
		if !st.mapped(f.Name) {
			columns = append(columns, "ADD COLUMN "+Quote(f.Name)+" "+st.d.Text)
		}
	}
	if err := st.exec(ctx, "ALTER TABLE "+st.numbered()+" "+strings.Join(columns, ", ")); err != nil {
		return err
	}
	if err := st.execAll(ctx, changes...); err != nil {
		return err
	}
	st.inPlace = false
	name := Quote(st.snapshotName(st.run))
	if st.Dry {
		name = st.snapshot()
	}
	return st.execAll(ctx, "DROP TABLE IF EXISTS "+st.snapshot(), "ALTER TABLE "+st.numbered()+" RENAME TO "+name)
}

// allInserts is the comparison with nothing: every row that fills an identity and has
// not expired is new.
func (st *State) allInserts(ctx context.Context) error {
	empty := st.emptySQL()
	otherwise, operation, reason := "("+empty+")", "'invalid'", QuoteText(reasonEmpty)
	if st.mapped("expires_at") {
		expired := st.expiredSQL(literal, `s."expires_at"`)
		operation = "CASE WHEN " + expired + " THEN 'expired' ELSE 'invalid' END"
		reason = "CASE WHEN " + expired + " THEN " + QuoteText(ReasonExpired) + " ELSE " + reason + " END"
		otherwise = "(" + expired + " OR " + otherwise + ")"
	}
	if err := st.become(ctx, eddy.Insert); err != nil {
		return err
	}
	odd, err := st.s.Exec(ctx, "UPDATE "+st.snapshot()+" s SET operation = "+operation+", reason = "+reason+" WHERE "+otherwise)
	st.allNew = err == nil && odd == 0 && st.numberedRows > 0
	return err
}

// findDelta makes eddy_delta and, when it is small, writes it into the stage.
func (st *State) findDelta(ctx context.Context) (bool, error) {
	join := "FULL JOIN"
	if st.compared.Mode == eddy.Upsert {
		join = "LEFT JOIN"
	}
	var values strings.Builder
	for i, f := range st.Fields {
		old, now := "CAST(NULL AS "+st.d.Text+")", "CAST(NULL AS "+st.d.Text+")"
		if st.mapped(f.Name) {
			old, now = "h."+Quote(f.Name), "s."+Quote(f.Name)
		}
		fmt.Fprintf(&values, ", %s AS old_%d, %s AS new_%d", old, i, now, i)
	}
	sql := fmt.Sprintf("SELECT s.seq, coalesce(s.record_id, h.record_id) AS record_id, s.record_id IS NULL AS gone, %s AS operation, %s AS reason, %s AS prepared%s FROM %s s %s (%s WHERE state IN ('held', 'invalid', 'rejected')) h ON h.record_id = s.record_id",
		st.operationSQL(literal), st.reasonSQL(literal), st.heldPrepared(), values.String(), st.numbered(), join, st.heldSQL())
	sql = fmt.Sprintf("CREATE TEMP TABLE eddy_delta AS SELECT coalesce(d.seq, %d + row_number() OVER (ORDER BY d.seq, d.record_id)) AS number, d.* FROM (%s) d WHERE operation <> 'unchanged'", st.numberedRows, sql)
	if err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_delta"); err != nil {
		return false, err
	}
	n, err := st.s.Exec(ctx, sql)
	if err != nil || float64(n) > fewChanges*float64(st.numberedRows) && n > wholePage {
		return false, err
	}
	var mapped, olds strings.Builder
	for i, f := range st.Fields {
		if st.mapped(f.Name) {
			mapped.WriteString(", " + Quote(f.Name))
			fmt.Fprintf(&olds, ", old_%d", i)
		}
	}
	st.delta = true
	return true, st.become(ctx, eddy.Unchanged,
		"UPDATE "+st.numbered()+" s SET operation = d.operation, reason = d.reason FROM eddy_delta d WHERE d.seq = s.seq",
		"INSERT INTO "+st.numbered()+" (seq, record_id, operation, reason"+mapped.String()+") SELECT number, record_id, operation, reason"+olds.String()+" FROM eddy_delta WHERE gone")
}

// deltaGroups counts the snapshot by looking at eddy_delta only.
func (st *State) deltaGroups(ctx context.Context) error {
	st.groups = nil
	same := st.numberedRows
	err := st.s.Query(ctx, "SELECT operation, reason, count(*), min(number), max(number), count(seq) FROM eddy_delta GROUP BY operation, reason ORDER BY 3 DESC, 2", func(row [][]byte) error {
		st.groups = append(st.groups, group{operation: string(row[0]), reason: string(row[1]), count: number(row[2]), first: number(row[3]), last: number(row[4])})
		same -= number(row[5])
		return nil
	})
	if err != nil {
		return err
	}
	if same > 0 {
		st.groups = append(st.groups, group{operation: string(eddy.Unchanged), count: same})
	}
	return st.sample(ctx)
}

// deltaRemovals is eddy_removals made of eddy_delta, where held has nothing else to give:
// only what is held is updated or deleted.
func (st *State) deltaRemovals() string {
	var values strings.Builder
	var differ []string
	for i := range st.Fields {
		fmt.Fprintf(&values, ", old_%d, CASE WHEN operation = 'delete' THEN NULL ELSE new_%[1]d END AS new_%[1]d", i)
		differ = append(differ, fmt.Sprintf("old_%d IS DISTINCT FROM new_%[1]d", i)) // times can make it nobody
	}
	return "CREATE TEMP TABLE eddy_removals AS SELECT row_number() OVER (ORDER BY number) AS seq, record_id, prepared, number AS snap, operation, reason AS cause" + values.String() +
		" FROM eddy_delta WHERE operation = 'delete' OR operation = 'update' AND (" + strings.Join(differ, " OR ") + ")"
}
