package warehouse

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/eddy-retl/eddy"
)

// The temporary tables in which removals are worked out:
//
//	eddy_removals  each version in held from which something may have to leave
//	eddy_gone      its identities; leaving says that the record itself no longer wants it
//	eddy_kept      the identities of records that stay and may share one with eddy_gone
//
// An identity leaves the audience when it is leaving and no record that stays keeps it
// (promise 2).

// Old is a version in held from which something may have to leave, and what the
// record's row says now.
type Old struct {
	Seq, Snapshot int64
	RecordID      string
	// Prepared is the number of the settings that OldValues were prepared with.
	Prepared  int64
	OldValues []string
	// Wanted says that the record stays; NewValues are its values then.
	Wanted    bool
	NewValues []string
}

// Identity is one identity of a numbered row.
type Identity struct {
	Seq     int64
	Field   int
	Value   string
	Leaving bool
}

// Verdict changes what the snapshot says about a record, after Go has judged its values.
type Verdict struct {
	Snapshot  int64
	Operation eddy.Operation
	Reason    string
}

// FindRemovals makes eddy_removals and says how many versions are in it.
func (st *State) FindRemovals(ctx context.Context) (int64, error) {
	st.removals = 0
	members := st.states[stateHeld] + st.states[stateDoubt] + st.states[stateLeft]
	touched := st.has(eddy.Delete, eddy.Update)
	if st.states[stateDoubt]+st.states[stateLeft] > 0 {
		touched += st.has(eddy.Insert)
	}
	find := st.removalsSQL()
	if st.compared.Mode == eddy.Upsert {
		find, touched = st.lapsedSQL(), 1
	}
	if len(find) == 0 || members == 0 || touched == 0 {
		return 0, st.emptyRemovals(ctx)
	}
	if err := st.execAll(ctx, append([]string{"DROP TABLE IF EXISTS eddy_removals", "DROP TABLE IF EXISTS eddy_changed"}, find...)...); err != nil {
		return 0, fmt.Errorf("find removals: %w", err)
	}
	if err := st.identityTables(ctx); err != nil {
		return 0, err
	}
	var err error
	if st.removals, err = st.count(ctx, "SELECT count(*) FROM eddy_removals"); err != nil || st.removals == 0 {
		return st.removals, err
	}
	return st.removals, st.execAll(ctx, analyze(st.d, "eddy_removals"))
}

// removalsSQL joins held with the records that are deleted or changed. Few of them are put
// aside first: an engine that knows how few they are looks at nothing else of held.
func (st *State) removalsSQL() []string {
	if st.delta {
		return []string{st.deltaRemovals()}
	}
	changed := "SELECT * FROM " + st.snapshot() + " WHERE operation IN ('delete', 'insert', 'update')"
	from, aside, done := "("+changed+")", "", ""
	if float64(st.has(eddy.Delete, eddy.Insert, eddy.Update)) < fewChanges*float64(st.heldRows) {
		from, aside, done = "eddy_changed", "CREATE TEMP TABLE eddy_changed AS "+changed, "DROP TABLE eddy_changed"
	}
	differ := []string{"h.prepared <> " + fmt.Sprint(st.compared.Prepared)}
	var olds, news strings.Builder
	for i, f := range st.Fields {
		q := Quote(f.Name)
		fmt.Fprintf(&olds, ", h.%s AS old_%d", q, i)
		fmt.Fprintf(&news, ", CASE WHEN s.operation = 'delete' THEN NULL ELSE s.%s END AS new_%d", q, i)
		differ = append(differ, fmt.Sprintf("h.%[1]s IS DISTINCT FROM s.%[1]s", q)) // times can make it nobody
	}
	join := fmt.Sprintf("CREATE TEMP TABLE eddy_removals AS SELECT row_number() OVER () AS seq, h.record_id, h.prepared, s.seq AS snap, s.operation, s.reason AS cause%s%s FROM %s s JOIN %s h ON s.record_id = h.record_id WHERE h.state IN ('held', 'doubt', 'left') AND (s.operation = 'delete' OR %s)",
		olds.String(), news.String(), from, st.held(), strings.Join(differ, " OR "))
	return []string{aside, join, done}
}

// lapsedSQL is what takes the place of removals in upsert, which has none: versions whose
// own expires_at has passed. X has dropped their identities, also those that a record
// shares whose time is not up.
func (st *State) lapsedSQL() []string {
	if st.fieldIndex("expires_at") < 0 {
		return nil
	}
	var fields strings.Builder
	for i, f := range st.Fields {
		fmt.Fprintf(&fields, ", h.%s AS old_%d, CAST(NULL AS %s) AS new_%d", Quote(f.Name), i, st.d.Text, i)
	}
	return []string{fmt.Sprintf("CREATE TEMP TABLE eddy_removals AS SELECT row_number() OVER () AS seq, h.record_id, h.version, h.prepared, CAST(NULL AS %s) AS snap, 'delete' AS operation, %s AS cause%s FROM %s h WHERE %s",
		st.d.Bigint, QuoteText(ReasonExpired), fields.String(), st.held(), st.lapsed())}
}

// lapsed says that a version's own expires_at has passed, and that this was not seen to yet.
func (st *State) lapsed() string {
	return fmt.Sprintf("state IN ('held', 'doubt', 'left') AND \"expires_at\" IS NOT NULL AND lapses_at <= %s", QuoteText(st.compared.Now.UTC().Format(isoLayout)))
}

func (st *State) emptyRemovals(ctx context.Context) error {
	err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_removals",
		fmt.Sprintf("CREATE TEMP TABLE eddy_removals (seq %[1]s, record_id %[2]s, snap %[1]s, operation %[2]s, cause %[2]s)", st.d.Bigint, st.d.Text))
	if err != nil {
		return err
	}
	return st.identityTables(ctx)
}

func (st *State) identityTables(ctx context.Context) error {
	n, t := st.d.Bigint, st.d.Text
	return st.execAll(ctx, "DROP TABLE IF EXISTS eddy_gone", "DROP TABLE IF EXISTS eddy_kept", "DROP TABLE IF EXISTS eddy_verdicts",
		fmt.Sprintf("CREATE TEMP TABLE eddy_gone (seq %s, field INTEGER, value %s, leaving BOOLEAN)", n, t),
		fmt.Sprintf("CREATE TEMP TABLE eddy_kept (seq %s, field INTEGER, value %s)", n, t),
		fmt.Sprintf("CREATE TEMP TABLE eddy_verdicts (seq %s, operation %s, reason %s)", n, t, t))
}

// Removals streams the eddy_removals with from < Seq <= to for Go to prepare. Where the state is local, the
// digests are in the tables already and [State.SplitDigests] does it in SQL.
func (st *State) Removals(ctx context.Context, from, to int64, each func(Old) error) error {
	cols := []string{"seq", "snap", "record_id", "coalesce(prepared, 0)", "operation"}
	n := len(st.Fields)
	for i := range n {
		cols = append(cols, fmt.Sprintf("old_%d", i))
	}
	for i := range n {
		cols = append(cols, fmt.Sprintf("new_%d", i))
	}
	old := Old{OldValues: make([]string, n), NewValues: make([]string, n)}
	return st.s.Query(ctx, "SELECT "+strings.Join(cols, ", ")+" FROM eddy_removals WHERE seq > $1 AND seq <= $2 ORDER BY seq", func(row [][]byte) error {
		old.Seq, old.Snapshot, old.RecordID, old.Prepared = number(row[0]), number(row[1]), string(row[2]), number(row[3])
		old.Wanted = string(row[4]) != string(eddy.Delete)
		for i := range n {
			old.OldValues[i], old.NewValues[i] = string(row[5+i]), string(row[5+n+i])
		}
		return each(old)
	}, from, to)
}

// PutGone fills eddy_gone with prepared identities of removals.
func (st *State) PutGone(ctx context.Context, rows iter.Seq[Identity]) error {
	return st.s.Insert(ctx, "eddy_gone", []string{"seq", "field", "value", "leaving"}, func(yield func([]any) bool) {
		for r := range rows {
			if !yield([]any{r.Seq, int64(r.Field), r.Value, r.Leaving}) {
				return
			}
		}
	})
}

// PutVerdicts changes what the snapshot says about records whose new values turned out
// to be nobody: they leave the audience (promise 1).
func (st *State) PutVerdicts(ctx context.Context, verdicts []Verdict) error {
	if len(verdicts) == 0 {
		return nil
	}
	err := st.s.Insert(ctx, "eddy_verdicts", []string{"seq", "operation", "reason"}, func(yield func([]any) bool) {
		for _, v := range verdicts {
			if !yield([]any{v.Snapshot, string(v.Operation), v.Reason}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	snap := st.snapshot()
	err = st.execAll(ctx,
		fmt.Sprintf("UPDATE %s SET operation = v.operation, reason = v.reason FROM eddy_verdicts v WHERE v.seq = %s.seq", snap, st.alias(snap)),
		"UPDATE eddy_removals SET operation = v.operation, cause = v.reason FROM eddy_verdicts v WHERE v.seq = eddy_removals.snap")
	if err != nil {
		return err
	}
	return st.tellGroups(ctx)
}

// SplitDigests fills eddy_gone and eddy_kept from digests in the tables.
func (st *State) SplitDigests(ctx context.Context) error {
	for _, p := range st.identityFields() {
		values := fmt.Sprintf(st.d.Values, fmt.Sprintf("r.old_%d", p.i))
		err := st.exec(ctx, fmt.Sprintf("INSERT INTO eddy_gone SELECT r.seq, %[1]d, v.v, coalesce(strpos(',' || r.new_%[1]d || ',', ',' || v.v || ',') = 0, true) FROM eddy_removals r, %[2]s WHERE r.old_%[1]d IS NOT NULL", p.i, values))
		if err != nil {
			return err
		}
	}
	gone := map[int]bool{}
	err := st.s.Query(ctx, "SELECT DISTINCT field FROM eddy_gone", func(row [][]byte) error {
		gone[int(number(row[0]))] = true
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range st.identityFields() {
		if !gone[p.i] {
			continue
		}
		if err := st.keptDigests(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// keptDigests finds the records that stay and have a digest that somebody gives up. New
// digests are in the snapshot, those of unchanged records in held: few of them are found
// there before they are joined with the snapshot.
func (st *State) keptDigests(ctx context.Context, p place) error {
	gone := fmt.Sprintf("(SELECT value FROM eddy_gone WHERE field = %d)", p.i)
	q := Quote(p.Name)
	find := func(what, from, where string) string {
		one := fmt.Sprintf("SELECT %s, %d, %s FROM %s WHERE %[3]s IN %[5]s AND strpos(%[3]s, ',') = 0 AND %[6]s", what, p.i, q, from, gone, where)
		several := fmt.Sprintf("SELECT %s, %d, v.v FROM %s, %s WHERE strpos(%s, ',') > 0 AND v.v IN %s AND %s", what, p.i, from, fmt.Sprintf(st.d.Values, q), q, gone, where)
		return one + " UNION ALL " + several
	}
	return st.execAll(ctx,
		"INSERT INTO eddy_kept "+find("seq", st.snapshot(), "operation IN ('insert', 'update')"),
		"DROP TABLE IF EXISTS eddy_found",
		fmt.Sprintf("CREATE TEMP TABLE eddy_found (record_id %[1]s, field INTEGER, value %[1]s)", st.d.Text),
		"INSERT INTO eddy_found "+find("record_id", st.held(), "state = 'held'"),
		"INSERT INTO eddy_kept SELECT s.seq, f.field, f.value FROM eddy_found f JOIN "+st.snapshot()+" s ON s.record_id = f.record_id WHERE s.operation IN ('renew', 'unchanged')",
		"DROP TABLE eddy_found")
}

// Share settles who keeps what: identities that a staying record keeps do not leave,
// and staying records that share an identity with somebody who leaves, or who gave it an
// expiry of their own, are asserted again (promise 2): X keeps the time that was sent last.
func (st *State) Share(ctx context.Context) error {
	snap := st.snapshot()
	if st.compared.Mode == eddy.Upsert {
		if err := st.exec(ctx, "UPDATE eddy_gone SET leaving = false"); err != nil {
			return err
		}
	}
	timed := ""
	if i := st.fieldIndex("expires_at"); i >= 0 {
		timed = fmt.Sprintf(" OR old_%d IS NOT NULL", i)
	}
	if _, err := st.s.Exec(ctx, "UPDATE eddy_gone SET leaving = false FROM eddy_kept k WHERE k.field = eddy_gone.field AND k.value = eddy_gone.value AND eddy_gone.leaving"); err != nil {
		return err
	}
	// A record that changes itself is sent anyway.
	err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_again",
		"CREATE TEMP TABLE eddy_again AS SELECT DISTINCT k.seq FROM eddy_kept k JOIN eddy_gone g ON g.field = k.field AND g.value = k.value WHERE g.seq IN (SELECT seq FROM eddy_gone WHERE leaving UNION SELECT seq FROM eddy_removals WHERE cause = "+QuoteText(ReasonExpired)+timed+") AND k.seq NOT IN (SELECT snap FROM eddy_removals WHERE snap IS NOT NULL)")
	if err != nil {
		return err
	}
	if again, err := st.count(ctx, "SELECT count(*) FROM eddy_again"); err != nil || again == 0 {
		return err // mostly: the snapshot need not be looked through
	}
	again, err := st.s.Exec(ctx, "UPDATE "+snap+" SET operation = 'reassert' WHERE operation IN ('unchanged', 'renew') AND seq IN (SELECT seq FROM eddy_again)")
	if err != nil || again == 0 {
		return err
	}
	return st.tellGroups(ctx)
}

// Refill gives the records that are sent again as they were their digests from held.
func (st *State) Refill(ctx context.Context) error {
	if !st.Digests || st.has(eddy.Renew, eddy.Reassert) == 0 {
		return nil
	}
	return st.exec(ctx, st.refillSQL("operation IN ('renew', 'reassert')"))
}

// refillSQL takes the digests of some of the snapshot's rows from held; empty where the
// snapshot has its values already.
func (st *State) refillSQL(which string) string {
	if !st.Digests {
		return ""
	}
	snap := st.snapshot()
	values := st.list(", ", func(f eddy.Field) string { return fmt.Sprintf("%[1]s = h.%[1]s", Quote(f.Name)) })
	return "UPDATE " + snap + " SET " + values + " FROM " + st.held() + " h WHERE h.record_id = " + st.alias(snap) + ".record_id AND h.state = 'held' AND " + which
}
