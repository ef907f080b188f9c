package sync_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// asRole makes the world run as a role of its own, which is no administrator.
func (w *world) asRole(t *testing.T) (role string) {
	t.Helper()
	u, err := url.Parse(w.database)
	if err != nil {
		t.Fatal(err)
	}
	role = "eddy_" + strings.TrimPrefix(u.Path, "/")
	w.exec("CREATE ROLE " + role + " LOGIN PASSWORD 'r'")
	w.exec("CREATE SCHEMA _eddy AUTHORIZATION " + role)
	w.exec("GRANT SELECT ON customers TO " + role)
	t.Cleanup(func() { w.exec("DROP OWNED BY " + role); w.exec("DROP ROLE " + role) })
	u.User = url.UserPassword(role, "r")
	w.reach(u.String())
	return role
}

// breakage is something that happens to the warehouse at a step of a run.
type breakage struct {
	name, step string
	// sql breaks, in a session of an administrator; mend undoes it.
	sql, mend string
	// says is what the run's error tells; a run that goes on says nothing.
	says string
}

func breakages() []breakage {
	drop := func(table, step string) breakage {
		return breakage{name: table + " is dropped", step: step, sql: "DROP TABLE _eddy." + table, says: "run again"}
	}
	// Tables are made by the role, and an administrator who owns one keeps the role out.
	owned := func(table, step string) breakage {
		return breakage{
			table + " may not be written any more at " + step, step, "ALTER TABLE _eddy." + table + " OWNER TO eddy",
			"ALTER TABLE _eddy." + table + " OWNER TO {role}", "permission denied",
		}
	}
	const dropStage = `DO $$ DECLARE s text; BEGIN SELECT n.nspname INTO s FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'eddy_stage'; EXECUTE format('DROP TABLE %I.eddy_stage', s); END $$`
	const readOnly, writable = "ALTER SCHEMA _eddy OWNER TO eddy; GRANT USAGE ON SCHEMA _eddy TO {role}", "ALTER SCHEMA _eddy OWNER TO {role}; GRANT ALL ON SCHEMA _eddy TO {role}"
	list := []breakage{
		{"the stage is dropped", "compare", dropStage, "", "eddy_stage"},
		{"the user's table is dropped before it is read", "stage", "ALTER TABLE customers RENAME TO gone", "ALTER TABLE gone RENAME TO customers", "Check the model's table name"},
		{"the user's table is dropped once it is read", "compare", "ALTER TABLE customers RENAME TO gone", "ALTER TABLE gone RENAME TO customers", ""},
		{"the changes are dropped before they are sealed", "share", eachOf("changes", newest, "DROP TABLE %s"), "", "run again"},
		drop("sync_log", "settle"), owned("sync_log", "settle"),
		owned("runs", "stage"), owned("runs", "seal"), owned("runs", "add"), owned("runs", "settle"),
		{"no table may be made any more", "compare", readOnly, writable, "permission denied"},
		{"no exceptions may be made any more", "share", readOnly, writable, "permission denied"},
		{"the changes may not be read any more", "remove", eachOf("changes", all, "ALTER TABLE %s OWNER TO eddy"), eachOf("changes", all, "ALTER TABLE %s OWNER TO {role}"), "permission denied"},
		{"the schema may not be used any more", "remove", "ALTER SCHEMA _eddy OWNER TO eddy; REVOKE ALL ON SCHEMA _eddy FROM {role}", writable, "permission denied"},
		{"the user's table may not be read any more", "begin", "REVOKE SELECT ON customers FROM {role}", "GRANT SELECT ON customers TO {role}", "permission denied"},
		{"the log may not be pruned", "prune", "ALTER TABLE _eddy.sync_log OWNER TO eddy", "ALTER TABLE _eddy.sync_log OWNER TO {role}", ""},
		{"the sessions are ended before they are pruned", "prune", endSessions, "", ""},
		{"no temporary files may be written", "begin", "ALTER ROLE {role} SET temp_file_limit = 0; ALTER ROLE {role} SET work_mem = '64kB'", "ALTER ROLE {role} RESET ALL", "temp_file_limit"},
	}
	for _, step := range []string{"stage", "compare", "share", "seal", "remove", "add", "settle"} {
		list = append(list, breakage{"the sessions are ended before " + step, step, endSessions, "", "57P01"})
	}
	return list
}

// Which of the connection's tables of a kind: every one, or that of the newest run.
const all, newest = "n", "max(n)"

// eachOf does something to tables that runs of the connection left.
func eachOf(kind, which, do string) string {
	return fmt.Sprintf(`DO $$ DECLARE t text; BEGIN FOR t IN SELECT %s FROM (SELECT relname::text AS n FROM pg_class WHERE relname LIKE '%s\_vip\_%%' AND relkind IN ('r', 'v')) x LOOP EXECUTE '%s'; END LOOP; END $$`,
		which, kind, strings.Replace(do, "%s", "_eddy.' || quote_ident(t) || '", 1))
}

const endSessions = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = '{role}'"

// sourceBreakages are those that concern a run which only reads its model there. Once it is
// read, nothing that happens to PostgreSQL matters. Deadlocks, and limits on temporary files,
// cannot be met: one table, or query, is read by one statement, and row by row.
func sourceBreakages() []breakage {
	list := []breakage{
		{"the user's table is dropped before it is read", "stage", "ALTER TABLE customers RENAME TO gone", "ALTER TABLE gone RENAME TO customers", "Check the model's table name"},
		{"the user's table is dropped once it is read", "compare", "ALTER TABLE customers RENAME TO gone", "ALTER TABLE gone RENAME TO customers", ""},
		{"the user's table may not be read any more", "begin", "REVOKE SELECT ON customers FROM {role}", "GRANT SELECT ON customers TO {role}", "permission denied"},
		{"the user's table may not be read once it is looked up", "stage", "REVOKE SELECT ON customers FROM {role}", "GRANT SELECT ON customers TO {role}", "permission denied"},
		{"a column is dropped before it is read", "stage", "ALTER TABLE customers RENAME email TO mail", "ALTER TABLE customers RENAME mail TO email", "Check the model's column names"},
		{"the role may not log in any more", "begin", "ALTER ROLE {role} NOLOGIN", "ALTER ROLE {role} LOGIN", "is not permitted to log in"},
	}
	for _, step := range []string{"compare", "seal", "remove", "add", "settle"} {
		list = append(list, breakage{"the sessions are ended before " + step, step, endSessions, "", ""})
	}
	return list
}

// TestBrokenWarehousesEndExact breaks PostgreSQL in the middle of a run: tables dropped,
// rights revoked, sessions ended, limits met. The run ends with an error that says what to
// do, and the one after it makes the audience the model (promises 1, 3, 5 and 8).
func TestBrokenWarehousesEndExact(t *testing.T) {
	for place, list := range map[string][]breakage{"postgres": breakages(), "postgres local": sourceBreakages()} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			breaks(t, place, list)
		})
	}
}

func breaks(t *testing.T, place string, list []breakage) {
	t.Helper()
	w := newWorld(t, place)
	w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
	role := w.asRole(t)
	turn := 0
	w.fill(sides()[0])
	w.clean("the first run", sides()[0])
	do := func(sql string) {
		if sql != "" {
			w.exec(strings.ReplaceAll(sql, "{role}", role))
		}
	}
	for _, b := range list {
		turn++
		rows := sides()[turn%2]
		w.fill(rows)
		w.pass(1) // the log is pruned once a day
		if strings.Contains(b.sql, "temp_file_limit") {
			w.exec("INSERT INTO customers (id, email) SELECT i, 'many' || i || '@x.com' FROM generate_series(1000, 9000) g(i)")
		}
		err := w.atStep(b.step, func() { do(b.sql) }, rows)
		do(b.mend)
		switch {
		case b.says == "" && err != nil:
			t.Errorf("%s: %v", b.name, err)
		case b.says != "":
			wantsMending(t, b.name, err)
			if err != nil && !strings.Contains(err.Error(), b.says) {
				t.Errorf("%s: the error does not say %q: %v", b.name, b.says, err)
			}
		}
		turn++
		rows = sides()[turn%2]
		w.fill(rows)
		w.clean(b.name, rows)
	}
	if !w.local {
		w.tidied(t)
	}
}

// tidied checks that nothing but what the retained snapshots need is left of all the runs.
func (w *world) tidied(t *testing.T) {
	t.Helper()
	db, err := sql.Open("pgx", w.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var tables, views int
	err = db.QueryRowContext(t.Context(), `SELECT count(*) FILTER (WHERE relkind = 'r'), count(*) FILTER (WHERE relkind = 'v') FROM pg_class WHERE relname LIKE '%\_vip\_%'`).Scan(&tables, &views)
	if n := w.conn.Settings.SnapshotsToRetain; err != nil || views > n || tables > 3*n+3 {
		t.Errorf("%d tables and %d views are left: %v", tables, views, err)
	}
}

// atStep is a run in which something happens when it comes to a step; begin is before it.
func (w *world) atStep(step string, happens func(), rows []person) error {
	w.t.Helper()
	if step == "begin" {
		happens()
	}
	job, err := w.tryJob()
	if err != nil {
		return err
	}
	defer job.Source.Close()
	happened := step == "begin"
	job.Progress = func(p sync.Progress) {
		if p.Step == step && !happened {
			happened = true
			happens()
		}
	}
	_, err = w.brokenJob(step, rows, job)
	if !happened {
		w.t.Fatalf("the run never came to %q", step)
	}
	return err
}

// TestALostHeldStopsTheRun: whom the audience holds is known by tables that runs left, and by
// the record of these runs. Where one is gone, to go on without it would leave everybody in
// the audience who left the model, so that the run, and each after it, waits for a person
// (promise 1). What is gone when a run has begun to send is gone for the next one.
func TestALostHeldStopsTheRun(t *testing.T) {
	changes, base := eachOf("changes", all, "DROP TABLE %s CASCADE"), eachOf("base", all, "DROP TABLE %s CASCADE")
	const runs = "DROP TABLE _eddy.runs"
	for _, c := range []struct{ name, step, sql, says string }{
		{"the first changes", "begin", changes, "table changes_vip_"},
		{"the first changes", "compare", changes, "table changes_vip_"},
		{"the changes", "seal", changes, "table changes_vip_"},
		{"the changes", "remove", changes, "table changes_vip_"},
		{"the changes", "add", changes, "table changes_vip_"},
		{"the changes", "settle", changes, "table changes_vip_"},
		{"the exceptions", "settle", eachOf("exceptions", all, "DROP TABLE %s CASCADE"), "table exceptions_vip_"},
		{"the base", "begin", base, "table base_vip_"},
		{"the base", "compare", base, "table base_vip_"},
		{"runs", "begin", runs, "0 runs are on record"},
		{"runs", "seal", runs, "0 runs are on record"},
		{"runs", "add", runs, "0 runs are on record"},
		{"runs", "settle", runs, "0 runs are on record"},
	} {
		t.Run(c.name+" at "+c.step, func(t *testing.T) {
			t.Parallel()
			w := newFaulty(t, "postgres")
			if c.name == "the base" {
				w.fill(sides()[1])
				w.clean("a run that folds", sides()[1])
				w.fill(sides()[0])
			} else {
				w.fill(sides()[1])
			}
			losesHeld(t, w.world, c.step, func() { w.exec(c.sql) }, c.says)
		})
	}
	for kind, says := range map[string]string{"changes": "table changes_vip_", "runs": "0 runs are on record"} {
		t.Run(kind+" of a local state", func(t *testing.T) {
			t.Parallel()
			w := newFaulty(t, "duckdb")
			w.fill(sides()[1])
			losesHeld(t, w.world, "begin", func() { w.dropState(kind) }, says)
		})
	}
}

// dropState drops the tables of a kind in the state.
func (w *world) dropState(kind string) {
	w.inState(func(s warehouse.Engine) (err error) {
		ctx := context.Background()
		var names []string
		err = s.Query(ctx, "SELECT name FROM "+fmt.Sprintf(s.Dialect().Tables, warehouse.QuoteText(s.Schema())), func(row [][]byte) error {
			if name := string(row[0]); strings.HasPrefix(name, kind) {
				names = append(names, name)
			}
			return nil
		})
		for _, name := range names {
			_, e := s.Exec(ctx, "DROP TABLE "+s.Schema()+"."+warehouse.Quote(name))
			err = errors.Join(err, e)
		}
		return err
	})
}

// losesHeld loses what says whom the audience holds at a step of a run.
func losesHeld(t *testing.T, w *world, step string, lose func(), says string) {
	t.Helper()
	err := w.atStep(step, lose, sides()[1])
	if eddy.ErrorCode(err) != eddy.CodeApproval {
		wantsMending(t, step, err)
	}
	w.fill(sides()[1])
	for range 2 {
		job := w.job()
		run, err := sync.Run(t.Context(), job)
		if eddy.ErrorCode(err) != eddy.CodeApproval || run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 {
			t.Errorf("%v %+v", err, run)
		}
		for _, part := range []string{says, "is gone", "on record", "Restore it from a backup", "--approve"} {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("the error does not say %q: %v", part, err)
			}
		}
		if _, err := sync.Look(t.Context(), job); eddy.ErrorCode(err) != eddy.CodeApproval {
			t.Errorf("a plan: %v", err)
		}
		job.Approve = true
		if p, err := sync.Look(t.Context(), job); err != nil || p.Counts.Insert != int64(len(sides()[1])) {
			t.Errorf("a plan that is approved: %v %+v", err, p)
		}
		_ = job.Source.Close()
	}
	run := w.sync(func(j *sync.Job) { j.Approve = true })
	if run.Status != eddy.Succeeded || run.Counts.Insert != int64(len(sides()[1])) || len(run.Errors) > 0 {
		t.Errorf("approved: %+v", run)
	}
	// Those of the model are there; who left while nobody knew stays, as the error said.
	if missing := without(identities(sides()[1]), w.sandbox.Members(w.audience)); len(missing) > 0 {
		t.Errorf("approved, and not in the audience: %v", missing)
	}
	if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Operations() != 0 {
		t.Errorf("after the approval: %+v", run)
	}
	w.fill(sides()[0])
	if run := w.sync(); run.Status != eddy.Succeeded || len(run.Errors) > 0 {
		t.Errorf("the first changes after the approval: %+v", run)
	}
	if missing := without(identities(sides()[0]), w.sandbox.Members(w.audience)); len(missing) > 0 {
		t.Errorf("after the first changes, not in the audience: %v", missing)
	}
}

// TestAnOutcomeThatCannotBeRecordedIsADoubt: X takes people and refuses one, and that cannot
// be put on record, because the session that does so is ended, and the other one lives on, or
// because the table may not be written. The run ends there, and whatever it sent is in doubt.
// Before the next run they are gone from the table (promise 7).
func TestAnOutcomeThatCannotBeRecordedIsADoubt(t *testing.T) {
	for _, step := range []string{"remove", "add"} {
		for name, c := range map[string]struct{ sql, mend string }{
			"the session is ended":  {"SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())", ""},
			"no table may be made":  {"ALTER SCHEMA _eddy OWNER TO eddy; GRANT USAGE ON SCHEMA _eddy TO {role}", "ALTER SCHEMA _eddy OWNER TO {role}"},
			"it may not be written": {eachOf("exceptions", all, "REVOKE INSERT ON %s FROM {role}"), eachOf("exceptions", all, "GRANT INSERT ON %s TO {role}")},
		} {
			t.Run(name+" before "+step, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, "postgres")
				w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
				role := w.asRole(t)
				do := func(sql string) { w.exec(strings.ReplaceAll(sql, "{role}", role)) }
				first, second := sides()[0], sides()[1]
				if name == "no table may be made" {
					first, second = second, first // exceptions are made before the first request in one direction only
				}
				w.fill(first)
				w.clean("the first run", first)
				w.fill(second)
				refused := without(identities(first), identities(second))
				if step == "add" {
					refused = without(identities(second), identities(first))
				}
				w.strike(fault{text: "poison=" + refused[0]}, position{})
				err := w.atStep(step, func() { do(c.sql) }, second)
				do(c.mend)
				wantsMending(t, step, err)
				w.fill(first)
				w.clean(step, first)
			})
		}
	}
}

// without are the entries of a that b does not have.
func without(a, b []string) (out []string) {
	have := map[string]bool{}
	for _, x := range b {
		have[x] = true
	}
	for _, x := range a {
		if !have[x] {
			out = append(out, x)
		}
	}
	return out
}

// blocker is a session that holds what Eddy needs.
func (w *world) blocker(t *testing.T, statements ...string) *sql.Conn {
	t.Helper()
	db, err := sql.Open("pgx", w.database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(t.Context())
	for _, q := range statements {
		if err == nil {
			_, err = conn.ExecContext(t.Context(), q)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestADeadlockEndsExact has another session lock the exceptions, wait until the run that
// settles has the changes and waits for it, and then ask for the changes: PostgreSQL ends one
// of the two, which is the run.
func TestADeadlockEndsExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postgres")
	w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
	role := w.asRole(t)
	w.fill(sides()[0])
	w.clean("the first run", sides()[0])
	w.exec("ALTER ROLE " + role + " SET deadlock_timeout = '1s'")
	w.fill(sides()[1])
	other := make(chan error, 1)
	err := w.atStep("settle", func() {
		conn := w.blocker(t, "SET deadlock_timeout = '10s'", "BEGIN", eachOf("exceptions", newest, "LOCK TABLE %s"))
		go func() { other <- block(t.Context(), conn, role, eachOf("changes", newest, "LOCK TABLE %s")) }()
	}, sides()[1])
	wantsMending(t, "deadlock", err)
	if err == nil || !strings.Contains(err.Error(), "40P01") {
		t.Errorf("not a deadlock: %v", err)
	}
	if err := <-other; err != nil {
		t.Errorf("the other session: %v", err)
	}
	w.clean("a deadlock", sides()[1])
}

// block runs a statement once the role's session waits for a lock.
func block(ctx context.Context, conn *sql.Conn, role, statement string) error {
	waits := 0
	var err error
	for err == nil && waits == 0 {
		err = conn.QueryRowContext(ctx, "SELECT count(*), pg_sleep(0.01) IS NULL FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'", role).Scan(&waits, new(bool))
		if err == nil {
			_, err = conn.ExecContext(ctx, "SELECT pg_stat_clear_snapshot()")
		}
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, statement)
	}
	_, e := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return errors.Join(err, e, conn.Close())
}

// TestAStatementTimeoutEndsExact gives the role a statement_timeout that waiting for a lock
// exceeds, at each step that writes.
func TestAStatementTimeoutEndsExact(t *testing.T) {
	for _, place := range []string{"postgres", "postgres local"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			timesOut(t, place)
		})
	}
}

func timesOut(t *testing.T, place string) {
	t.Helper()
	w := newWorld(t, place)
	w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
	role := w.asRole(t)
	w.fill(sides()[0])
	w.clean("the first run", sides()[0])
	cases := []struct{ step, lock string }{
		{"stage", "LOCK TABLE customers"},
		{"compare", eachOf("base", newest, "LOCK TABLE %s")},
		{"seal", "LOCK TABLE _eddy.runs"},
		{"remove", eachOf("changes", newest, "LOCK TABLE %s")},
		{"add", eachOf("exceptions", newest, "LOCK TABLE %s")},
		{"settle", "LOCK TABLE _eddy.sync_log"},
	}
	if w.local {
		cases = cases[:1] // nothing else is in PostgreSQL
	}
	for i, c := range cases {
		rows := sides()[(i+1)%2]
		w.fill(rows)
		w.exec("ALTER ROLE " + role + " SET statement_timeout = '500ms'")
		var conn *sql.Conn
		err := w.atStep(c.step, func() { conn = w.blocker(t, "BEGIN", c.lock) }, rows)
		_, _ = conn.ExecContext(t.Context(), "ROLLBACK")
		w.exec("ALTER ROLE " + role + " RESET ALL")
		wantsMending(t, c.step, err)
		if err == nil || !strings.Contains(err.Error(), "statement_timeout") {
			t.Errorf("%s: %v", c.step, err)
		}
		w.clean("a timeout at "+c.step, rows)
	}
}

// TestACrashedServerEndsExact crashes PostgreSQL at each step of a run, which empties its
// unlogged tables, and starts it again.
func TestACrashedServerEndsExact(t *testing.T) {
	t.Parallel()
	server, err := warehousetest.StartPostgres()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	w := newWorld(t, "duckdb")
	w.onServer(t, server.URL("postgres"))
	w.local = false
	w.exec("CREATE TABLE customers (id bigint, email text, phone text, expires timestamp)")
	w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
	w.fill(sides()[0])
	w.clean("the first run", sides()[0])
	for i, step := range []string{"stage", "seal", "remove", "add", "settle"} {
		rows := sides()[(i+1)%2]
		w.fill(rows)
		err := w.atStep(step, server.Crash, rows)
		wantsMending(t, step, err)
		if _, err := w.tryJob(); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
			t.Errorf("while the server is down: %v", err)
		}
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
		w.clean("a crash at "+step, rows)
	}
}

// TestWhatCannotBePrunedIsToldByARunThatSucceeded: once a run is settled the audience is
// the model, and a program that waits for the run must not take it for failed. What could
// not be tidied is in the run's report, and on record.
func TestWhatCannotBePrunedIsToldByARunThatSucceeded(t *testing.T) {
	for _, c := range []struct{ what, sql, mend, says, why string }{
		{"a snapshot that somebody reads", eachOf("snapshot", all, "CREATE VIEW mine AS SELECT * FROM %s"), "DROP VIEW mine", "what no retained snapshot needs could not all be removed, which the next run does", "other objects depend on"},
		{"changes", eachOf("changes", all, "ALTER TABLE %s OWNER TO eddy"), eachOf("changes", all, "ALTER TABLE %s OWNER TO {role}"), "what no retained snapshot needs could not all be removed, which the next run does", "permission denied"},
		{"the log", "ALTER TABLE _eddy.sync_log OWNER TO eddy", "ALTER TABLE _eddy.sync_log OWNER TO {role}", "old lines of the sync log could not be deleted, which the next run does", "permission denied"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "postgres")
			w.conn.Settings.SnapshotsToRetain = 1
			role := w.asRole(t)
			do := func(sql string) { w.exec(strings.ReplaceAll(sql, "{role}", role)) }
			w.fill(sides()[0])
			w.clean("the first run", sides()[0])
			w.pass(1) // the log is pruned once a day
			w.fill(sides()[1])
			job := w.job()
			defer job.Source.Close()
			job.Approve = true
			job.Progress = func(p sync.Progress) {
				if p.Step == "prune" {
					do(c.sql)
				}
			}
			run, err := sync.Run(t.Context(), job)
			if err != nil || run.Status != eddy.Succeeded || run.Counts.Delivered != run.Counts.Operations() || run.Counts.Delivered == 0 {
				t.Fatalf("%v %+v", err, run)
			}
			told := func(r eddy.Run) bool {
				return len(r.Errors) == 1 && strings.Contains(r.Errors[0].Reason, c.says) && strings.Contains(r.Errors[0].Reason, c.why) && r.Errors[0].Mend != ""
			}
			if !told(run) {
				t.Errorf("the report says %+v", run.Errors)
			}
			do(c.mend)
			if past := w.past(); len(past) == 0 || past[0].RunID != run.RunID || past[0].Status != eddy.Succeeded || !told(past[0]) {
				t.Errorf("on record is %+v", past)
			}
			w.clean("a run that could not prune", sides()[1])
		})
	}
}
