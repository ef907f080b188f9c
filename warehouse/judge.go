package warehouse

import (
	"context"
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
)

// dropped finds the rows of the snapshot in which a field function dropped something.
func (st *State) dropped(f eddy.Field) string {
	return "strpos(" + Quote(f.Name) + ", " + QuoteText(Dropped) + ") > 0"
}

// judgeDigests finishes a snapshot of digests: it takes the reasons that the field
// functions left, and finds the rows that turned out invalid or expired.
func (st *State) judgeDigests(ctx context.Context) error {
	if !st.Digests {
		return nil
	}
	if err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_dropped", "CREATE TEMP TABLE eddy_dropped (seq "+st.d.Bigint+", record_id "+st.d.Text+", reason "+st.d.Text+", badtime BOOLEAN)"); err != nil {
		return err
	}
	if err := st.tellGroups(ctx); err != nil || st.has(eddy.Insert, eddy.Update, opInvalid, opExpired, opResting) == 0 {
		st.counted = err == nil
		return err
	}
	snap := st.snapshot()
	reason := "CASE " + st.list(" ", func(f eddy.Field) string {
		return fmt.Sprintf("WHEN %s THEN split_part(%s, %s, 2)", st.dropped(f), Quote(f.Name), QuoteText(Dropped))
	}) + " END"
	some := st.list(" OR ", st.dropped)
	n, err := st.s.Exec(ctx, fmt.Sprintf("INSERT INTO eddy_dropped SELECT seq, record_id, %s AS reason, (%s) AS badtime FROM %s WHERE %s",
		reason, st.badTimeSQL(), snap, some))
	if err != nil {
		return err
	}
	if n > 0 {
		clean := st.list(", ", func(f eddy.Field) string {
			return fmt.Sprintf("%[1]s = nullif(split_part(%[1]s, %[2]s, 1), '')", Quote(f.Name), QuoteText(Dropped))
		})
		if err := st.exec(ctx, "UPDATE "+snap+" SET "+clean+" WHERE seq IN (SELECT seq FROM eddy_dropped)"); err != nil {
			return err
		}
	}
	odd, err := st.judgeRows(ctx)
	st.counted = n+odd == 0
	return err
}

// badTimeSQL says that a time field could not be read: such a row is never sent,
// because it might be held for longer than asked.
func (st *State) badTimeSQL() string {
	var parts []string
	for _, f := range st.Fields {
		if !f.Identity {
			parts = append(parts, st.dropped(f))
		}
	}
	if len(parts) == 0 {
		return "false"
	}
	return strings.Join(parts, " OR ")
}

// judgeRows turns changed rows without a usable identity, with bad times, or past
// their expiry, into what that means for the record. It says how many there were.
func (st *State) judgeRows(ctx context.Context) (odd int64, err error) {
	none := []string{}
	for _, p := range st.identityFields() {
		none = append(none, Quote(p.Name)+" IS NULL")
	}
	bad := strings.Join(none, " AND ")
	become := "CASE WHEN operation = 'insert' THEN 'invalid' ELSE 'delete' END"
	if st.compared.Mode == eddy.Upsert {
		become = "'invalid'"
	}
	snap := st.snapshot()
	judgements := []string{
		fmt.Sprintf("UPDATE %[1]s SET operation = %[2]s, reason = d.reason FROM eddy_dropped d WHERE d.seq = %[3]s.seq AND d.badtime AND operation IN ('insert', 'update')", snap, become, st.alias(snap)),
		fmt.Sprintf("UPDATE %[1]s SET operation = %[2]s, reason = coalesce('no usable identity (' || (SELECT d.reason FROM eddy_dropped d WHERE d.seq = %[3]s.seq) || ')', %[4]s) WHERE operation IN ('insert', 'update') AND %[5]s",
			snap, become, st.alias(snap), QuoteText(reasonEmpty), bad),
	}
	if st.mapped("effective_at") && st.mapped("expires_at") {
		judgements = append(judgements, fmt.Sprintf("UPDATE %s SET operation = %s, reason = 'expires_at: not later than effective_at' WHERE operation IN ('insert', 'update') AND \"expires_at\" <= \"effective_at\"", snap, become))
	}
	for _, sql := range judgements {
		n, err := st.s.Exec(ctx, sql)
		if err != nil {
			return odd, err
		}
		odd += n
	}
	return odd, nil
}

// alias is how an UPDATE's own columns are named beside those of its FROM.
func (st *State) alias(table string) string {
	if i := strings.LastIndexByte(table, '.'); i >= 0 {
		return table[i+1:]
	}
	return table
}

// EachDropped streams the values that were dropped from rows that go on with others:
// record id and reason. Only where the state is local; else they come up in delivery.
func (st *State) EachDropped(ctx context.Context, each func(id, reason string)) error {
	if !st.Digests {
		return nil
	}
	return st.s.Query(ctx, "SELECT d.record_id, d.reason FROM eddy_dropped d JOIN "+st.snapshot()+" s ON s.seq = d.seq WHERE s.operation IN ('insert', 'update')", func(row [][]byte) error {
		each(string(row[0]), string(row[1]))
		return nil
	})
}

// unsettled brings in records with versions in doubt or left behind by upsert: what is
// not wanted of them must leave, and what is wanted is sent again (promises 1 and 7).
func (st *State) unsettled(ctx context.Context) error {
	if st.compared.Mode == eddy.Upsert {
		return nil
	}
	if st.states[stateDoubt]+st.states[stateLeft] == 0 {
		return nil
	}
	snap := st.snapshot()
	open := "(SELECT record_id FROM " + st.held() + " WHERE state IN ('doubt', 'left') AND " + st.awake() + ")"
	return st.execAll(ctx,
		"UPDATE "+snap+" SET operation = 'update' WHERE operation IN ('unchanged', 'renew') AND record_id IN "+open,
		st.refillSQL("operation = 'update' AND h.fingerprint = "+st.alias(snap)+".fingerprint AND h.record_id IN "+open),
		"UPDATE "+snap+" SET operation = 'delete' WHERE operation IN ('forget', 'invalid', 'expired', 'resting') AND record_id IN "+open,
		fmt.Sprintf("INSERT INTO %[1]s (seq, record_id, operation, %[2]s) SELECT (SELECT coalesce(max(seq), 0) FROM %[1]s) + row_number() OVER (), h.record_id, 'delete', %[3]s FROM (SELECT record_id, %[4]s FROM %[5]s WHERE state IN ('doubt', 'left') AND %[6]s GROUP BY record_id) h WHERE NOT EXISTS (SELECT 1 FROM %[1]s x WHERE x.record_id = h.record_id)",
			snap, st.columns(""), st.columns("h."), st.list(", ", func(f eddy.Field) string { return "max(" + Quote(f.Name) + ") AS " + Quote(f.Name) }), st.held(), st.awake()))
}

// freeze keeps records whose rows contradict each other as they are held: they do not
// lapse (promise 9), unless the time that they were held for is up.
func (st *State) freeze(ctx context.Context) error {
	if st.staged.Conflicts == 0 {
		return nil
	}
	held := func(where string) string {
		return "record_id IN (SELECT record_id FROM " + st.held() + " WHERE state = 'held' AND " + where + ")"
	}
	own, expired := "true", "false"
	if st.fieldIndex("expires_at") >= 0 {
		own, expired = `"expires_at" IS NULL`, held(st.lapsed())
	}
	lapsing := own + " AND " + st.lapsingSQL("lapses_at", literal)
	if st.compared.Mode == eddy.Upsert {
		return st.bringFrozen(ctx, lapsing)
	}
	renew, snap := held(lapsing), st.snapshot()
	sql := fmt.Sprintf("UPDATE %[1]s SET operation = CASE WHEN operation = 'forget' THEN 'invalid' WHEN %[2]s THEN 'delete' WHEN %[3]s THEN 'renew' ELSE 'unchanged' END, reason = CASE WHEN %[2]s THEN %[4]s ELSE %[5]s END WHERE record_id IN (SELECT record_id FROM eddy_conflicts)",
		snap, expired, renew, QuoteText(ReasonExpired), QuoteText(ReasonConflict))
	if st.states[stateLeft] == 0 {
		return st.exec(ctx, sql)
	}
	// What upsert left of it was given up before it froze, and leaves now: from beside what
	// is held, which is sent again, or as all that there is.
	in := func(states string) string {
		return "record_id IN (SELECT record_id FROM " + st.held() + " WHERE state IN (" + states + "))"
	}
	left := " WHERE record_id IN (SELECT record_id FROM eddy_conflicts) AND " + in("'left'") + " AND "
	return st.execAll(ctx, sql,
		"UPDATE "+snap+" SET operation = 'update'"+left+in("'held'")+" AND operation IN ('unchanged', 'renew')",
		st.refillSQL("operation = 'update' AND h.record_id IN (SELECT record_id FROM eddy_conflicts)"),
		"UPDATE "+snap+" SET operation = 'delete'"+left+"NOT "+in("'held', 'doubt'"))
}

// bringFrozen brings records whose rows contradict each other into a snapshot of upsert,
// which is made of the model's rows only, as they are held: they are renewed when it is time
// (promise 9), and sent again when X drops an identity that they share.
func (st *State) bringFrozen(ctx context.Context, lapsing string) error {
	expired := "false"
	if st.fieldIndex("expires_at") >= 0 {
		expired = "coalesce(" + st.lapsed() + ", false)"
	}
	values := st.columns("h.")
	if st.Digests {
		values = st.list(", ", func(eddy.Field) string { return "CAST(NULL AS " + st.d.Text + ")" }) // held has them
	}
	return st.exec(ctx, fmt.Sprintf("INSERT INTO %[1]s (seq, record_id, operation, reason, %[2]s) SELECT (SELECT coalesce(max(seq), 0) FROM %[1]s) + row_number() OVER (), h.record_id, CASE WHEN %[3]s THEN 'renew' ELSE 'unchanged' END, %[4]s, %[5]s FROM %[6]s h WHERE h.state = 'held' AND h.record_id IN (SELECT record_id FROM eddy_conflicts) AND NOT %[7]s",
		st.snapshot(), st.columns(""), lapsing, QuoteText(ReasonConflict), values, st.held(), expired))
}

// Reasons of rows that never become changes.
const (
	ReasonNullID   = "no record id: the identifier column is null"
	ReasonConflict = "rows with the same record id differ; the record is left as it is until they agree"
)
