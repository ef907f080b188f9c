package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/eddy-retl/eddy"
)

// Begin puts a run on record, after settling what a run that died left behind
// (promise 8). It says which run died, if one did. What before does is done in between:
// if it fails, the run was never there.
func (st *State) Begin(ctx context.Context, run eddy.Run, owner string, before ...func(context.Context) error) (died string, err error) {
	st.run = run.RunID
	if !st.Dry {
		if died, err = st.recover(ctx); err != nil {
			return died, fmt.Errorf("recover run %s: %w", died, err)
		}
	}
	for _, fn := range before {
		if err := fn(ctx); err != nil {
			return died, err
		}
	}
	if st.Dry {
		return "", nil
	}
	return died, st.exec(ctx, "INSERT INTO "+st.table("sync_runs")+" (run_id, connection_id, status, trigger_type, started_at, owner) VALUES ($1, $2, $3, $4, CAST($5 AS TIMESTAMPTZ), $6)",
		run.RunID, st.Connection, string(eddy.Running), run.Trigger, run.StartedAt.UTC().Format(time.RFC3339Nano), owner)
}

// recover finds a run of this connection that never ended. The lock is ours, so it is
// dead: what it may have sent without an answer on record becomes doubt.
func (st *State) recover(ctx context.Context) (died string, err error) {
	runs := int64(0)
	err = st.s.Query(ctx, "SELECT max(CASE WHEN status = $2 THEN run_id END), count(*) FROM "+st.table("sync_runs")+" WHERE connection_id = $1", func(row [][]byte) error {
		died, runs = string(row[0]), number(row[1])
		return nil
	}, st.Connection, string(eddy.Running))
	if err == nil && runs == 0 {
		// Held without a run on record: whether the last one ended, nobody knows any more.
		err = st.exec(ctx, "UPDATE "+st.held()+" SET state = 'doubt' WHERE state = 'held'")
	}
	if err != nil || died == "" {
		return "", err
	}
	return died, st.inTx(ctx, func() error {
		// First, so that a run which only lost its lock cannot write ahead meanwhile: see ours.
		err := st.exec(ctx, "UPDATE "+st.table("sync_runs")+" SET status = $1, finished_at = now(), errors = $2 WHERE connection_id = $3 AND status = $4",
			string(eddy.StatusFailed), `[{"reason":"the run died before it ended; the next run settled what it left","count":1,"sample_ids":[]}]`, st.Connection, string(eddy.Running))
		if err != nil {
			return err
		}
		// A delivered insert stays held; a record with several versions is in doubt as a
		// whole, because its removal and its addition are settled by different answers.
		settled := "EXISTS (SELECT 1 FROM " + st.outcomes() + " o WHERE o.phase = 'add' AND o.result = 'delivered' AND h.seq > o.from_seq AND h.seq <= o.to_seq) AND NOT EXISTS (SELECT 1 FROM " +
			st.outcomes() + " o WHERE o.phase = 'add' AND o.result <> 'delivered' AND o.to_seq = h.seq)"
		return st.execAll(ctx, "DROP TABLE IF EXISTS eddy_dead",
			"CREATE TEMP TABLE eddy_dead AS SELECT h.record_id FROM "+st.held()+" h WHERE h.version = "+QuoteText(died)+" AND NOT ("+settled+") UNION SELECT record_id FROM "+st.held()+
				" WHERE record_id IN (SELECT record_id FROM "+st.held()+" WHERE version = "+QuoteText(died)+") GROUP BY record_id HAVING count(*) > 1",
			"UPDATE "+st.held()+" SET state = 'doubt' WHERE state = 'held' AND record_id IN (SELECT record_id FROM eddy_dead)",
			"DELETE FROM "+st.held()+" WHERE state IN ('invalid', 'rejected') AND record_id IN (SELECT record_id FROM eddy_dead)",
			"DELETE FROM "+st.outcomes())
	})
}

// ours refuses to go on with a run that another one took for dead, because the session
// that held its lock had ended: two runs never overlap (promise 8).
func (st *State) ours(ctx context.Context) error {
	n, err := st.s.Exec(ctx, "UPDATE "+st.table("sync_runs")+" SET status = status WHERE run_id = $1 AND connection_id = $2 AND status = $3", st.run, st.Connection, string(eddy.Running))
	if err != nil || n > 0 {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeConflict,
		What: fmt.Sprintf("connection %s: the lock of this run was lost, and another run has begun since", st.Connection),
		Mend: "Look why the server ends sessions (idle_session_timeout, a pooler, a person); the other run settles what this one left.",
	}
}

// Ahead writes into held, before the first request, all that the run may come to send:
// new versions as this run's, and what may leave as doubt. From here on a crash at any
// moment leaves the truth in held (promises 7 and 8).
func (st *State) Ahead(ctx context.Context) error {
	// Beside it, on the other session, the snapshot is made ready to be read in pages. What
	// fails there must fail this before it is committed: a run that thinks it wrote nothing
	// ahead settles nothing.
	var g errgroup.Group
	g.Go(func() error { return st.indexAdditions(ctx, st.side) })
	defer func() { _ = g.Wait() }() // the session is free again when this returns
	return st.inTx(ctx, func() error {
		if err := st.ahead(ctx); err != nil {
			return err
		}
		return g.Wait()
	})
}

func (st *State) ahead(ctx context.Context) error {
	held, snap := st.held(), st.snapshot()
	lapses := QuoteText(st.compared.Lapses.UTC().Format(isoLayout))
	if st.mapped("expires_at") {
		lapses = fmt.Sprintf("CASE WHEN \"expires_at\" IS NULL THEN %s WHEN \"expires_at\" LIKE %s THEN \"expires_at\" END", lapses, QuoteText(isoPattern))
	}
	if err := st.ours(ctx); err != nil {
		return err
	}
	if st.has(eddy.Insert, eddy.Update) > 0 {
		if err := st.addVersions(ctx, lapses); err != nil {
			return err
		}
	}
	if st.removals > 0 && st.has(eddy.Delete) > 0 {
		err := st.exec(ctx, "UPDATE "+held+" SET state = 'doubt' WHERE state IN ('held', 'left') AND record_id IN (SELECT record_id FROM eddy_removals WHERE operation = 'delete' AND seq IN (SELECT seq FROM eddy_gone WHERE leaving))")
		if err != nil {
			return err
		}
	}
	if st.has(eddy.Reassert) == 0 {
		return nil
	}
	return st.exec(ctx, "UPDATE "+held+" SET state = 'doubt' WHERE state = 'held' AND record_id IN (SELECT record_id FROM "+snap+" WHERE operation = 'reassert')")
}

// addVersions adds the new version of each insert and update to held.
func (st *State) addVersions(ctx context.Context, lapses string) error {
	if st.madeHeld && st.heldRows == 0 && st.d.InPlace {
		return st.fill(ctx, lapses)
	}
	return st.exec(ctx, fmt.Sprintf("INSERT INTO %[1]s (record_id, version, seq, state, prepared, lapses_at, fingerprint, %[2]s) SELECT record_id, %[3]s, seq, 'held', %[4]d, %[5]s, fingerprint, %[2]s FROM %[6]s WHERE operation IN ('insert', 'update')",
		st.held(), st.columns(""), QuoteText(st.run), st.compared.Prepared, lapses, st.snapshot()))
}

// fill makes held anew with all that a first run adds. What is the same for every row is
// a column's default, which such an engine keeps once for the rows that are there.
func (st *State) fill(ctx context.Context, lapses string) error {
	t := st.d.Text
	rows := []string{"record_id", "seq"}
	same := []string{
		"ALTER COLUMN record_id SET NOT NULL", "ALTER COLUMN seq SET NOT NULL",
		"ADD COLUMN version " + t + " NOT NULL DEFAULT " + QuoteText(st.run), "ADD COLUMN state " + t + " NOT NULL DEFAULT 'held'",
		fmt.Sprintf("ADD COLUMN prepared INTEGER DEFAULT %d", st.compared.Prepared),
		"ADD COLUMN attempts INTEGER", "ADD COLUMN reason " + t, "ADD COLUMN fingerprint " + st.d.RowKeyType,
	}
	later := []string{"ALTER COLUMN version DROP DEFAULT", "ALTER COLUMN state DROP DEFAULT", "ALTER COLUMN prepared DROP DEFAULT"}
	if st.mapped("expires_at") {
		rows = append(rows, lapses+" AS lapses_at")
	} else {
		same = append(same, "ADD COLUMN lapses_at "+t+" DEFAULT "+lapses)
		later = append(later, "ALTER COLUMN lapses_at DROP DEFAULT")
	}
	for _, f := range st.Fields {
		if st.filled(f) {
			rows = append(rows, Quote(f.Name))
		} else {
			same = append(same, "ADD COLUMN "+Quote(f.Name)+" "+t)
		}
	}
	held, name := st.table("filling_"+st.slug), Quote("held_"+st.slug)
	return st.execAll(ctx, "DROP TABLE IF EXISTS "+held,
		"CREATE TABLE "+held+" AS SELECT "+strings.Join(rows, ", ")+" FROM "+st.snapshot()+" WHERE operation IN ('insert', 'update')",
		"ALTER TABLE "+held+" "+strings.Join(same, ", "), "ALTER TABLE "+held+" "+strings.Join(later, ", "),
		"DROP TABLE "+st.held(), "ALTER TABLE "+held+" RENAME TO "+name)
}

// Report puts outcomes on record: everything of the phase with from < seq <= to was
// delivered, except the given outcomes.
func (st *State) Report(ctx context.Context, phase Phase, from, to int64, misses []eddy.Outcome) error {
	err := st.side.Insert(ctx, st.outcomes(), []string{"run_id", "phase", "from_seq", "to_seq", "result", "reason"}, func(yield func([]any) bool) {
		for _, o := range misses {
			if !yield([]any{st.run, string(phase), o.Seq - 1, o.Seq, o.Result.String(), o.Reason}) {
				return
			}
		}
		if to > from {
			yield([]any{st.run, string(phase), from, to, eddy.Delivered.String(), nil})
		}
	})
	if err != nil {
		st.unrecorded.Store(true)
		return fmt.Errorf("put outcomes on record: %w", err)
	}
	st.ranges[phase].add(from, to)
	if len(misses) > 0 {
		st.missed.Store(true)
	}
	return nil
}
