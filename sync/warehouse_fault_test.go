package sync_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/postgres"
)

// reach makes the world's source and state be opened under another URL; back undoes it.
func (w *world) reach(url string) (back func()) {
	direct := w.source
	w.source = func() (warehouse.Source, error) { return w.open(postgres.Kind(), map[string]string{"url": url}) }
	return func() { w.source = direct }
}

// wantsMending checks that an error of the warehouse says what, and how to mend it.
func wantsMending(t *testing.T, name string, err error) {
	t.Helper()
	e, ok := errors.AsType[*eddy.Error](err)
	if !ok || e.Code != eddy.CodeSource || e.What == "" || !strings.Contains(err.Error(), "\n  ") {
		t.Errorf("%s: not an error that says what to do: %v", name, err)
	}
}

// TestCutConnectionsEndExact cuts the connection to PostgreSQL at each statement of a run
// in turn: before it reached the server; after it was carried out and before its answer came
// (a COMMIT too); and all connections at once. The next run makes the audience the model
// (promises 1, 3, 7 and 8), also where people went from the model in between. Where the state
// is local, the statements are those that read the model. A cut before a statement leaves the
// server where one after the statement before it does: unless EDDY_FAULTS=all, every other one
// is enough, and every third for all connections at once.
func TestCutConnectionsEndExact(t *testing.T) {
	for name, how := range map[string]cut{"before a statement": unsent, "before its answer": unheard, "all": everything} {
		for _, place := range []string{"postgres", "postgres local"} {
			t.Run(name+", "+place, func(t *testing.T) {
				t.Parallel()
				step := map[cut]int{unheard: 1, unsent: 2, everything: 3}[how]
				switch {
				case os.Getenv("EDDY_FAULTS") == "all" || place == "postgres local":
					step = 1
				case testing.Short():
					step = 9
				}
				cutEach(t, place, name, how, step)
			})
		}
	}
}

// cutEach cuts at every step-th statement, as long as a run has one.
func cutEach(t *testing.T, place, name string, how cut, step int) {
	t.Helper()
	w := newFaulty(t, place)
	c := newCutter(t, w.database)
	lock, err := sql.Open("pgx", w.database)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	least := map[string]int{"postgres": 20, "postgres local": 3}[place]
	// Runs differ in how many statements they need: some fold, and some drop.
	whole := 0
	for at := 1; ; at += step {
		w.turn++
		rows := sides()[w.turn%2]
		w.fill(rows)
		back := w.reach(c.url)
		c.arm(at, how)
		what := fmt.Sprintf("a cut of %s at statement %d", name, at)
		err := w.cutRun(what, rows)
		back()
		struck, statement, seen := c.struck()
		what += " " + statement
		if !struck {
			if err != nil || seen < least {
				t.Errorf("%s: a run that was not cut made %d statements: %v", what, seen, err)
			}
			if whole++; whole == 4 {
				t.Logf("%d statements, cut at every %d", at-3*step-1, step)
				return
			}
			continue
		}
		if err != nil {
			wantsMending(t, what, err)
		}
		w.unlocked(lock)
		if at%3 != 0 {
			w.turn++
			rows = sides()[w.turn%2]
			w.fill(rows)
		}
		w.clean(what, rows)
	}
}

// cutRun is a run whose source may already fail to be opened.
func (w *world) cutRun(name string, rows []person) (err error) {
	w.t.Helper()
	job, err := w.tryJob()
	if err != nil {
		return err
	}
	defer job.Source.Close()
	_, err = w.brokenJob(name, rows, job)
	return err
}

// unlocked waits until the server has noticed that the run is gone.
func (w *world) unlocked(db *sql.DB) {
	w.t.Helper()
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err == nil {
		_, err = conn.ExecContext(ctx, `SELECT pg_advisory_lock(hashtextextended('eddy/"_eddy"/vip', 0)), pg_advisory_unlock(hashtextextended('eddy/"_eddy"/vip', 0))`)
		err = errors.Join(err, conn.Close())
	}
	if err != nil {
		w.t.Fatalf("wait for the lock: %v", err)
	}
}
