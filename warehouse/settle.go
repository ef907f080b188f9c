package warehouse

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Tally is what became of a run's records.
type Tally struct {
	// Operations counts the snapshot's records by operation, after all judgements.
	Operations       map[string]int64
	Rejected, Failed int64
	// Errors groups what was not delivered by reason.
	Errors []eddy.RunError
}

// Settle turns outcomes into held, in one transaction: what was delivered is held, what
// was removed is gone, the rest stays in doubt; it writes the sync log. notSent is the
// reason of changes that were never reported. finish completes the run's counts from
// the tally; the run's end goes on record with the rest, so that both or neither happened.
func (st *State) Settle(ctx context.Context, run *eddy.Run, logs bool, notSent string, finish func(Tally)) error {
	if st.unrecorded.Load() {
		// What was sent and has no outcome on record would pass for not sent. Left as it is,
		// the run is one that died: the next one takes it for doubt (promise 7).
		return &eddy.Error{Code: eddy.CodeSource, What: "settle: the outcome of a request could not be put on record", Mend: "Run again: the next run settles what this one left."}
	}
	err := st.inTx(ctx, func() error {
		if err := st.ours(ctx); err != nil {
			return err
		}
		var t Tally
		missed, err := st.gather(ctx, notSent)
		if err != nil {
			return err
		}
		if missed {
			if t, err = st.settleMissed(ctx); err != nil {
				return err
			}
		}
		if err := st.settleDelivered(ctx, missed); err != nil {
			return err
		}
		t.Operations = st.operations()
		if logs {
			if err := st.log(ctx, run, missed); err != nil {
				return err
			}
		}
		if err := st.exec(ctx, "DELETE FROM "+st.outcomes()); err != nil {
			return err
		}
		finish(t)
		return st.End(ctx, run)
	})
	if err != nil {
		return fmt.Errorf("settle: %w", err)
	}
	return nil
}

// gather makes eddy_missed: one row for each record of which a change was not
// delivered, with what became of its addition and of its removal.
func (st *State) gather(ctx context.Context, notSent string) (bool, error) {
	n, firstAdd, lastAdd := st.added()
	if n > 0 {
		st.ranges[Adding].add(0, firstAdd-1) // pages begin with the first change
	}
	lastRemove := int64(0)
	if st.removals > 0 {
		var err error
		if lastRemove, err = st.count(ctx, "SELECT coalesce(max(seq), 0) FROM eddy_gone WHERE leaving"); err != nil {
			return false, err
		}
	}
	add, remove := st.ranges[Adding].gaps(lastAdd), st.ranges[Removing].gaps(lastRemove)
	if !st.missed.Load() && len(add) == 0 && len(remove) == 0 {
		return false, nil
	}
	misses := "SELECT to_seq AS seq, result, reason FROM " + st.outcomes() + " WHERE result <> 'delivered' AND phase = "
	err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_missed_add", "DROP TABLE IF EXISTS eddy_missed_remove", "DROP TABLE IF EXISTS eddy_missed",
		"CREATE TEMP TABLE eddy_missed_add AS "+misses+"'add'", "CREATE TEMP TABLE eddy_missed_remove AS "+misses+"'remove'")
	if err != nil {
		return false, err
	}
	for _, g := range add {
		if err := st.exec(ctx, fmt.Sprintf("INSERT INTO eddy_missed_add SELECT seq, 'failed', %s FROM %s WHERE seq > %d AND seq <= %d AND operation IN %s AND seq NOT IN (SELECT seq FROM eddy_missed_add)",
			QuoteText(notSent), st.snapshot(), g.from, g.to, sending)); err != nil {
			return false, err
		}
	}
	for _, g := range remove {
		if err := st.exec(ctx, fmt.Sprintf("INSERT INTO eddy_missed_remove SELECT DISTINCT seq, 'failed', %s FROM eddy_gone WHERE leaving AND seq > %d AND seq <= %d AND seq NOT IN (SELECT seq FROM eddy_missed_remove)",
			QuoteText(notSent), g.from, g.to)); err != nil {
			return false, err
		}
	}
	snap := st.snapshot()
	err = st.execAll(ctx,
		fmt.Sprintf("UPDATE %s SET operation = 'expired', reason = %s FROM eddy_missed_add m WHERE m.seq = %s.seq AND m.result = 'expired'", snap, QuoteText(ReasonExpired), st.alias(snap)),
		fmt.Sprintf("UPDATE %s SET operation = 'invalid', reason = m.reason FROM eddy_missed_add m WHERE m.seq = %s.seq AND m.result = 'invalid'", snap, st.alias(snap)),
		"CREATE TEMP TABLE eddy_missed AS SELECT s.seq, s.record_id, s.operation, a.result AS added, r.result AS removed, coalesce(a.reason, r.reason) AS reason, CASE WHEN r.result = 'rejected' AND r.least = 'rejected' THEN r.reason END AS refusal FROM "+snap+
			" s LEFT JOIN eddy_missed_add a ON a.seq = s.seq LEFT JOIN (SELECT v.snap, max(m.result) AS result, min(m.result) AS least, max(coalesce(m.reason, '')) AS reason FROM eddy_missed_remove m JOIN eddy_removals v ON v.seq = m.seq GROUP BY v.snap) r ON r.snap = s.seq WHERE a.seq IS NOT NULL OR r.snap IS NOT NULL")
	if err != nil {
		return true, err
	}
	return true, st.tellGroups(ctx)
}

// settleMissed settles the records of eddy_missed and counts them.
func (st *State) settleMissed(ctx context.Context) (Tally, error) {
	held, run := st.held(), QuoteText(st.run)
	same := st.list(" AND ", func(f eddy.Field) string {
		return fmt.Sprintf("o.%[1]s IS NOT DISTINCT FROM n.%[1]s", Quote(f.Name))
	})
	seqs := func(result string) string {
		return "(SELECT seq FROM eddy_missed WHERE added = " + QuoteText(result) + ")"
	}
	alias := st.alias(held)
	err := st.execAll(ctx,
		// How often these very values were refused before.
		"DROP TABLE IF EXISTS eddy_tries",
		"CREATE TEMP TABLE eddy_tries AS SELECT n.seq, max(o.attempts) AS attempts FROM "+held+" n JOIN "+held+" o ON o.record_id = n.record_id AND o.version <> n.version AND o.state = 'rejected' AND "+same+" WHERE n.version = "+run+" AND n.seq IN "+seqs("rejected")+" GROUP BY n.seq",
		// Joined, because subqueries for each row take the square of many missed records.
		"UPDATE "+held+" SET state = 'rejected', attempts = 1 + coalesce(t.attempts, 0), reason = m.reason FROM eddy_missed m LEFT JOIN eddy_tries t ON t.seq = m.seq WHERE "+alias+".version = "+run+" AND m.seq = "+alias+".seq AND m.added = 'rejected'",
		"UPDATE "+held+" SET state = 'invalid', reason = m.reason FROM eddy_missed m WHERE "+alias+".version = "+run+" AND m.seq = "+alias+".seq AND m.added = 'invalid'",
		"UPDATE "+held+" SET state = 'doubt' WHERE version = "+run+" AND seq IN "+seqs("doubt"),
		// An identity that stayed only for a record's sake, when another one gave it up, is
		// in the audience without being that record's: it is the record's doubt.
		"UPDATE "+held+" SET state = 'doubt' WHERE version = "+run+" AND seq IN "+seqs("failed")+" AND seq IN (SELECT seq FROM eddy_kept)",
		"INSERT INTO "+held+" (record_id, version, seq, state, prepared, lapses_at, fingerprint, "+st.columns("")+") SELECT record_id, version, seq, 'doubt', prepared, lapses_at, fingerprint, "+st.columns("")+
			" FROM "+held+" WHERE version = "+run+" AND state IN ('rejected', 'invalid') AND seq IN (SELECT seq FROM eddy_kept)",
		"DELETE FROM "+held+" WHERE version = "+run+" AND state <> 'doubt' AND seq IN (SELECT seq FROM eddy_missed WHERE added IN ('failed', 'expired'))",
		// A version that this run's would have replaced is in doubt as soon as anything was sent about the record.
		"UPDATE "+held+" SET state = 'doubt' WHERE version <> "+run+" AND state = 'held' AND record_id IN (SELECT record_id FROM eddy_missed WHERE operation IN ('insert', 'update', 'invalid', 'expired') AND (added <> 'failed' OR seq IN (SELECT snap FROM eddy_removals WHERE seq IN (SELECT seq FROM eddy_gone WHERE leaving))))",
		// Values that the destination no longer takes are a version to be settled like a new
		// one: sent again, counted, and at rest one day.
		"UPDATE "+held+" SET state = 'doubt' WHERE state = 'held' AND record_id IN (SELECT record_id FROM eddy_missed WHERE operation = 'renew' AND added = 'rejected')",
		"DELETE FROM "+held+" WHERE version <> "+run+" AND state IN ('invalid', 'rejected') AND record_id IN (SELECT record_id FROM eddy_missed WHERE added IS NOT NULL AND added <> 'failed')",
		// A removal without an answer may be carried out later than the addition. One that was
		// refused was not carried out: what was added is held, and of the rest the refusals count.
		"UPDATE "+held+" SET state = 'doubt' WHERE state = 'held' AND record_id IN (SELECT record_id FROM eddy_missed WHERE removed IS NOT NULL AND (refusal IS NULL OR added IS NOT NULL))",
		"DELETE FROM "+held+" WHERE version <> "+run+" AND state = 'doubt' AND record_id IN (SELECT record_id FROM eddy_missed WHERE refusal IS NOT NULL AND added IS NULL) AND "+st.sentAgain(alias),
		"UPDATE "+held+" SET attempts = 1 + coalesce(attempts, 0), reason = (SELECT max(m.refusal) FROM eddy_missed m WHERE m.record_id = "+alias+".record_id) WHERE state = 'doubt' AND version <> "+run+" AND record_id IN (SELECT record_id FROM eddy_missed WHERE refusal IS NOT NULL)")
	if err != nil {
		return Tally{}, err
	}
	return st.tally(ctx)
}

func (st *State) tally(ctx context.Context) (t Tally, err error) {
	sent := "(added IS NULL OR added NOT IN ('invalid', 'expired'))"
	if t.Rejected, err = st.count(ctx, "SELECT count(*) FROM eddy_missed WHERE "+sent+" AND coalesce(added, removed) = 'rejected'"); err != nil {
		return t, err
	}
	if t.Failed, err = st.count(ctx, "SELECT count(*) FROM eddy_missed WHERE "+sent+" AND coalesce(added, removed) <> 'rejected'"); err != nil {
		return t, err
	}
	err = st.s.Query(ctx, "SELECT coalesce(reason, ''), count(*), min(record_id), max(record_id) FROM eddy_missed WHERE "+sent+" GROUP BY 1 ORDER BY 2 DESC, 1", func(row [][]byte) error {
		e := eddy.RunError{Reason: string(row[0]), Count: number(row[1]), SampleIDs: []string{string(row[2])}}
		if e.Count > 1 {
			e.SampleIDs = append(e.SampleIDs, string(row[3]))
		}
		t.Errors = append(t.Errors, e)
		return nil
	})
	return t, err
}

// settleDelivered settles all records that are not in eddy_missed.
func (st *State) settleDelivered(ctx context.Context, missed bool) error {
	if st.heldRows == 0 {
		return nil
	}
	held, snap, run := st.held(), st.snapshot(), QuoteText(st.run)
	but := ""
	if missed {
		but = " AND record_id NOT IN (SELECT record_id FROM eddy_missed)"
	}
	if st.has(eddy.Insert, eddy.Update, eddy.Delete, eddy.Renew, eddy.Reassert, opForget) == 0 {
		return nil
	}
	// The snapshot is looked through once.
	if err := st.execAll(ctx, "DROP TABLE IF EXISTS eddy_touched",
		"CREATE TEMP TABLE eddy_touched AS SELECT record_id, operation, reason FROM "+snap+" WHERE operation NOT IN ('unchanged', 'invalid', 'expired', 'resting')",
		analyze(st.d, "eddy_touched")); err != nil {
		return err
	}
	of := func(operations string) string {
		return " AND record_id IN (SELECT record_id FROM eddy_touched WHERE operation IN (" + operations + "))" + but
	}
	lapses := fmt.Sprintf("CASE WHEN \"expires_at\" IS NULL THEN %s ELSE lapses_at END", QuoteText(st.compared.Lapses.UTC().Format(isoLayout)))
	renewed := ""
	if st.has(eddy.Renew, eddy.Reassert) > 0 {
		renewed = "UPDATE " + held + " SET state = 'held', lapses_at = " + lapses + " WHERE state IN ('held', 'doubt') AND coalesce(attempts, 0) = 0" + of("'renew', 'reassert'")
	}
	if st.compared.Mode == eddy.Upsert {
		lapsed := ""
		if st.removals > 0 {
			lapsed = "UPDATE " + held + " SET state = CASE WHEN state = 'held' THEN 'left' ELSE state END, lapses_at = NULL WHERE version <> " + run + " AND " + st.lapsed()
		}
		return st.execAll(ctx, renewed, lapsed,
			"DELETE FROM "+held+" WHERE version <> "+run+" AND state IN ('invalid', 'rejected')"+of("'insert', 'update'"),
			"UPDATE "+held+" SET state = 'left' WHERE version <> "+run+" AND state IN ('held', 'doubt')"+of("'insert', 'update'"),
			"DELETE FROM "+held+" WHERE state = 'left' AND "+st.sentAgain(st.alias(held)))
	}
	return st.execAll(ctx, renewed, st.outdatedSQL(missed))
}

// outdatedSQL deletes, looking through held once, the versions that were replaced, the
// records that were removed, and what is remembered of those that are no concern any more.
func (st *State) outdatedSQL(missed bool) string {
	other := "h.version <> " + QuoteText(st.run)
	var or []string
	if st.has(eddy.Insert, eddy.Update) > 0 {
		or = append(or, "t.operation IN ('insert', 'update') AND "+other)
	}
	if st.has(eddy.Delete) > 0 {
		or = append(or, "t.operation = 'delete' AND h.state NOT IN ('invalid', 'rejected') AND "+other)
	}
	if st.states[stateInvalid]+st.states[stateRejected] > 0 && st.has(opForget, eddy.Delete) > 0 {
		// A delete with a reason is of a row that the model still has: what is known of its
		// values stays, or it would be tried again.
		or = append(or, "(t.operation = 'forget' OR t.operation = 'delete' AND t.reason IS NULL) AND h.state IN ('invalid', 'rejected')")
	}
	if len(or) == 0 {
		return ""
	}
	sql := "DELETE FROM " + st.held() + " h USING eddy_touched t WHERE t.record_id = h.record_id AND (" + strings.Join(or, " OR ") + ")"
	if missed {
		sql += " AND h.record_id NOT IN (SELECT record_id FROM eddy_missed)"
	}
	return sql
}

// sentAgain says that this run's version of a record holds the same identities as another.
func (st *State) sentAgain(other string) string {
	return "EXISTS (SELECT 1 FROM " + st.held() + " n WHERE n.record_id = " + other + ".record_id AND n.version = " + QuoteText(st.run) + " AND n.state = 'held' AND n.prepared = " + other + ".prepared AND " + st.sameIdentities("n", other) + ")"
}

func (st *State) sameIdentities(a, b string) string {
	var out strings.Builder
	out.WriteString("true")
	for _, p := range st.identityFields() {
		out.WriteString(fmt.Sprintf(" AND %s.%s IS NOT DISTINCT FROM %s.%[2]s", a, Quote(p.Name), b))
	}
	return out.String()
}

// log writes one row of the sync log for each change and each row that cannot be sent.
func (st *State) log(ctx context.Context, run *eddy.Run, missed bool) error {
	finished := time.Now().UTC()
	if finished.Before(run.StartedAt) {
		finished = run.StartedAt.UTC() // the clock was set back meanwhile
	}
	head := fmt.Sprintf("INSERT INTO %s (connection_id, sync_run_id, primary_key, operation, status, error_reason, sync_started_at, sync_finished_at) ", st.table("sync_log"))
	ids := QuoteText(st.Connection) + ", " + QuoteText(run.RunID) + ", "
	times := fmt.Sprintf(", CAST('%s' AS TIMESTAMPTZ), CAST('%s' AS TIMESTAMPTZ)", run.StartedAt.UTC().Format(time.RFC3339Nano), finished.Format(time.RFC3339Nano))
	changed := "operation IN ('insert', 'update', 'delete', 'renew', 'reassert')"
	if st.compared.Mode == eddy.Upsert {
		changed = "operation IN ('insert', 'update', 'renew', 'reassert')"
	}
	delivered := head + "SELECT " + ids + "record_id, operation, 'delivered', CASE WHEN operation = 'delete' THEN reason END" + times + " FROM " + st.snapshot() + " WHERE " + changed
	rest := ""
	if missed {
		delivered += " AND record_id NOT IN (SELECT record_id FROM eddy_missed)"
		rest = head + "SELECT " + ids + "record_id, operation, CASE WHEN coalesce(added, removed) = 'rejected' THEN 'rejected' ELSE 'failed' END, reason" + times + " FROM eddy_missed WHERE " + changed
	}
	invalid := head + "SELECT " + ids + "record_id, 'insert', 'invalid', reason" + times + " FROM " + st.snapshot() + " WHERE operation IN ('invalid', 'resting')"
	conflicts, nulls := "", ""
	if st.staged.Conflicts > 0 {
		invalid += " AND record_id NOT IN (SELECT record_id FROM eddy_conflicts)"
		conflicts = head + "SELECT " + ids + "record_id, 'unchanged', 'invalid', " + QuoteText(ReasonConflict) + times + " FROM eddy_conflicts"
	}
	if st.staged.NullIDs > 0 {
		nulls = head + "SELECT " + ids + "NULL, 'insert', 'invalid', " + QuoteText(fmt.Sprintf("%s (%d rows)", ReasonNullID, st.staged.NullIDs)) + times
	}
	if st.has(eddy.Insert, eddy.Update, eddy.Delete, eddy.Renew, eddy.Reassert) == 0 {
		delivered = ""
	}
	if st.has(opInvalid, opResting) == 0 {
		invalid = ""
	}
	removals := ""
	if st.resting > 0 {
		removals = head + "SELECT DISTINCT " + ids + "record_id, 'delete', 'invalid', " + st.restingReason() + times + " FROM " + st.restingRemovals()
	}
	return st.execAll(ctx, delivered, rest, invalid, conflicts, nulls, removals)
}

// End puts the end of a run on record. Runs that sent nothing end without Settle.
func (st *State) End(ctx context.Context, run *eddy.Run) error {
	counts, err := json.Marshal(run.Counts)
	if err != nil {
		return err
	}
	errs, err := json.Marshal(run.Errors)
	if err != nil {
		return err
	}
	return st.exec(ctx, "UPDATE "+st.table("sync_runs")+" SET status = $1, finished_at = CAST($2 AS TIMESTAMPTZ), audience_id = $3, counts = $4, errors = $5 WHERE run_id = $6 AND connection_id = $7",
		string(run.Status), run.FinishedAt.UTC().Format(time.RFC3339Nano), run.AudienceID, string(counts), string(errs), run.RunID, st.Connection)
}
