package sync_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
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
	const dropStage = `DO $$ DECLARE s text; BEGIN SELECT n.nspname INTO s FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'eddy_stage'; EXECUTE format('DROP TABLE %I.eddy_stage', s); END $$`
	const dropSnapshots = `DO $$ DECLARE n text; BEGIN FOR n IN SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'snapshot_vip%' LOOP EXECUTE 'DROP TABLE _eddy.' || n; END LOOP; END $$`
	return []breakage{
		{"the stage is dropped", "compare", dropStage, "", "eddy_stage"},
		{"the user's table is dropped before it is read", "stage", "ALTER TABLE customers RENAME TO gone", "ALTER TABLE gone RENAME TO customers", "Check the model's table name"},
		{"the user's table is dropped once it is read", "compare", "ALTER TABLE customers RENAME TO gone", "ALTER TABLE gone RENAME TO customers", ""},
		{"the snapshot is dropped", "ahead", dropSnapshots, "", "run again"},
		{"the snapshot is dropped while it is sent", "add", dropSnapshots, "", "run again"},
		drop("outcomes_vip", "remove"), drop("outcomes_vip", "settle"),
		drop("sync_log", "settle"), drop("sync_runs", "ahead"), drop("sync_runs", "settle"), drop("prepared_with", "stage"),
		{"connections is dropped once it is read", "stage", "DROP TABLE _eddy.connections", "", ""},
		{"held may not be written any more", "ahead", "ALTER TABLE _eddy.held_vip OWNER TO eddy", "ALTER TABLE _eddy.held_vip OWNER TO {role}", "permission denied"},
		{"held may not be settled any more", "settle", "ALTER TABLE _eddy.held_vip OWNER TO eddy", "ALTER TABLE _eddy.held_vip OWNER TO {role}", "permission denied"},
		{"the schema may not be used any more", "remove", "ALTER SCHEMA _eddy OWNER TO eddy; REVOKE ALL ON SCHEMA _eddy FROM {role}", "ALTER SCHEMA _eddy OWNER TO {role}; GRANT ALL ON SCHEMA _eddy TO {role}", "permission denied"},
		{"the user's table may not be read any more", "begin", "REVOKE SELECT ON customers FROM {role}", "GRANT SELECT ON customers TO {role}", "permission denied"},
		{"the sessions are ended before the stage", "stage", endSessions, "", "57P01"},
		{"the sessions are ended before held is written", "ahead", endSessions, "", "57P01"},
		{"the sessions are ended before a removal", "remove", endSessions, "", "57P01"},
		{"the sessions are ended before an addition", "add", endSessions, "", "57P01"},
		{"the sessions are ended before the end", "settle", endSessions, "", "57P01"},
		{"the log may not be pruned", "prune", "ALTER TABLE _eddy.sync_log OWNER TO eddy", "ALTER TABLE _eddy.sync_log OWNER TO {role}", ""},
		{"the sessions are ended before they are pruned", "prune", endSessions, "", ""},
		{"no temporary files may be written", "begin", "ALTER ROLE {role} SET temp_file_limit = 0; ALTER ROLE {role} SET work_mem = '64kB'", "ALTER ROLE {role} RESET ALL", "temp_file_limit"},
	}
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
	for _, step := range []string{"compare", "ahead", "remove", "add", "settle"} {
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

// TestALostHeldStopsTheRun: what the audience holds is known by one table only. Where it is
// gone, an empty one would leave everybody in the audience who left the model, so that the
// run, and each after it, waits for a person (promise 1).
func TestALostHeldStopsTheRun(t *testing.T) {
	for _, step := range []string{"begin", "compare", "settle"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newFaulty(t, "postgres")
			w.fill(sides()[1])
			err := w.atStep(step, func() { w.exec("DROP TABLE _eddy.held_vip") }, sides()[1])
			if step != "begin" {
				wantsMending(t, step, err)
			}
			for range 2 {
				job := w.job()
				run, err := sync.Run(t.Context(), job)
				if eddy.ErrorCode(err) != eddy.CodeApproval || run.Status != eddy.NeedsApproval || run.Counts.Requests != 0 || !strings.Contains(err.Error(), "is gone") || !strings.Contains(err.Error(), "--approve") {
					t.Errorf("%v %+v", err, run)
				}
				if _, err := sync.Look(t.Context(), job); eddy.ErrorCode(err) != eddy.CodeApproval {
					t.Errorf("a plan: %v", err)
				}
				_ = job.Source.Close()
			}
			run := w.sync(func(j *sync.Job) { j.Approve = true })
			if run.Status != eddy.Succeeded || run.Counts.Insert != int64(len(sides()[1])) {
				t.Errorf("approved: %+v", run)
			}
			// Those of the model are there; who left while nobody knew stays, as the error said.
			if missing := without(identities(sides()[1]), w.sandbox.Members(w.audience)); len(missing) > 0 {
				t.Errorf("approved, and not in the audience: %v", missing)
			}
			if run := w.sync(); run.Status != eddy.Succeeded || run.Counts.Operations() != 0 {
				t.Errorf("after the approval: %+v", run)
			}
		})
	}
}

// TestAnOutcomeThatCannotBeRecordedIsADoubt: people are added while the session that puts
// outcomes on record is ended, and the other one lives on. Before the next run they are gone
// from the table (promise 7).
func TestAnOutcomeThatCannotBeRecordedIsADoubt(t *testing.T) {
	for _, step := range []string{"remove", "add"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			w := newFaulty(t, "postgres")
			w.fill(sides()[1])
			err := w.atStep(step, func() {
				w.exec("SELECT pg_terminate_backend(pid, 10000) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
			}, sides()[1])
			wantsMending(t, step, err)
			w.fill(sides()[0])
			w.clean(step, sides()[0])
		})
	}
}

// TestHeldWithoutARunOnRecordIsADoubt: held says what may be sent, X takes none of it, and
// the record of runs is dropped before the run can settle. Nothing is left then that says
// that the run died, and held must not be believed (promise 8).
func TestHeldWithoutARunOnRecordIsADoubt(t *testing.T) {
	t.Parallel()
	w := newFaulty(t, "postgres")
	w.fill(sides()[1])
	w.strike(fault{text: "reset"}, position{})
	err := w.atStep("settle", func() { w.exec("DROP TABLE _eddy.sync_runs") }, sides()[1])
	wantsMending(t, "sync_runs is gone", err)
	w.clean("sync_runs is gone", sides()[1])
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

// TestADeadlockEndsExact has another session lock the log, wait until the run that settles
// waits for it, and then ask for held: PostgreSQL ends one of the two, which is the run.
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
		conn := w.blocker(t, "SET deadlock_timeout = '10s'", "BEGIN", "LOCK TABLE _eddy.sync_log")
		go func() { other <- block(t.Context(), conn, role) }()
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

// block asks for held once the role's session waits for a lock.
func block(ctx context.Context, conn *sql.Conn, role string) error {
	waits := 0
	var err error
	for err == nil && waits == 0 {
		err = conn.QueryRowContext(ctx, "SELECT count(*), pg_sleep(0.01) IS NULL FROM pg_stat_activity WHERE usename = $1 AND wait_event_type = 'Lock'", role).Scan(&waits, new(bool))
		if err == nil {
			_, err = conn.ExecContext(ctx, "SELECT pg_stat_clear_snapshot()")
		}
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, "LOCK TABLE _eddy.held_vip")
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
	cases := []struct{ step, table string }{{"stage", "customers"}, {"ahead", "_eddy.held_vip"}, {"remove", "_eddy.outcomes_vip"}, {"settle", "_eddy.sync_log"}}
	if w.local {
		cases = cases[:1] // nothing else is in PostgreSQL
	}
	for i, c := range cases {
		rows := sides()[(i+1)%2]
		w.fill(rows)
		w.exec("ALTER ROLE " + role + " SET statement_timeout = '500ms'")
		var conn *sql.Conn
		err := w.atStep(c.step, func() { conn = w.blocker(t, "BEGIN", "LOCK TABLE "+c.table) }, rows)
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
	for i, step := range []string{"stage", "ahead", "remove", "add", "settle"} {
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
// not be tidied is in the run's report and on record.
func TestWhatCannotBePrunedIsToldByARunThatSucceeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "postgres")
	role := w.asRole(t)
	w.fill(sides()[0])
	w.clean("the first run", sides()[0])
	w.fill(sides()[1])
	job := w.job()
	defer job.Source.Close()
	job.Approve = true
	job.Progress = func(p sync.Progress) {
		if p.Step == "prune" {
			w.exec("ALTER TABLE _eddy.sync_log OWNER TO eddy")
		}
	}
	run, err := sync.Run(t.Context(), job)
	if err != nil || run.Status != eddy.Succeeded || run.Counts.Delivered != run.Counts.Operations() || run.Counts.Delivered == 0 {
		t.Fatalf("%v %+v", err, run)
	}
	told := func(r eddy.Run) bool {
		return len(r.Errors) == 1 && strings.Contains(r.Errors[0].Reason, "could not all be removed, which the next run does") && strings.Contains(r.Errors[0].Reason, "permission denied")
	}
	if !told(run) {
		t.Errorf("the report says %+v", run.Errors)
	}
	w.exec("ALTER TABLE _eddy.sync_log OWNER TO " + role)
	if past := w.past(); len(past) == 0 || past[0].RunID != run.RunID || past[0].Status != eddy.Succeeded || !told(past[0]) {
		t.Errorf("on record is %+v", past)
	}
	w.clean("a run that could not prune", sides()[1])
}
