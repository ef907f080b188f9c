package sync_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

// crowded is a world with so many rows, the first of which share one telephone number,
// written in two ways.
func (w *world) crowded(rows, sharing int) {
	w.t.Helper()
	w.exec(fmt.Sprintf(`INSERT INTO customers SELECT i, 'p' || i || '@x.com',
		CASE WHEN i > %d THEN NULL WHEN i %% 2 = 0 THEN '+1 415 555-0100' ELSE '+14155550100' END, NULL FROM generate_series(1, %d) AS s(i)`, sharing, rows))
}

// reasons are the texts of warnings.
func reasons(warnings []eddy.Warning) (out []string) {
	for _, w := range warnings {
		out = append(out, fmt.Sprintf("%s (%d)", w.Reason, w.Count))
	}
	return out
}

// A value that many rows share is told by the run and by the plan, exactly, however it is
// written; and told again by a run without changes. Its value is never shown.
func TestValueThatManyRowsShareIsTold(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.crowded(12_000, 8_400)
		job := w.job()
		defer job.Source.Close()
		plan, err := sync.Look(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		want := "[1 phone number stands in 8,400 of 12,000 rows (8400)]"
		if got := fmt.Sprint(reasons(plan.Warnings)); got != want {
			t.Errorf("the plan warns %s", got)
		}
		for _, what := range []string{"first", "unchanged"} {
			run := w.sync()
			if got := fmt.Sprint(reasons(run.Warnings)); got != want || run.Status != eddy.Succeeded {
				t.Errorf("the %s run ends %s and warns %s", what, run.Status, got)
			}
			if !strings.Contains(run.Warnings[0].Mend, "column phone") {
				t.Errorf("the advice is %q", run.Warnings[0].Mend)
			}
		}
		w.exec("UPDATE customers SET phone = NULL WHERE id > 121")
		if got := fmt.Sprint(reasons(w.sync().Warnings)); got != "[1 phone number stands in 121 of 12,000 rows (121)]" {
			t.Errorf("%s", got)
		}
		// One in a hundred is not more than one in a hundred.
		w.exec("UPDATE customers SET phone = NULL WHERE id > 120")
		if run := w.sync(); len(run.Warnings) != 0 {
			t.Errorf("%v", reasons(run.Warnings))
		}
	})
}

// Rows are counted: a list names each of its values, and a value twice is named once. What
// is nobody is not counted.
func TestSharedValuesAreCountedByRows(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.exec("INSERT INTO customers SELECT i, CASE WHEN i <= 150 THEN 'Shop@x.com' WHEN i <= 300 THEN 'p' || i || '@x.com, shop@x.com,shop@x.com' WHEN i <= 450 THEN 'desk@x.com,p' || i || '@x.com' ELSE 'p' || i || '@x.com' END, 'unknown', NULL FROM generate_series(1, 1000) AS s(i)")
		if got := fmt.Sprint(reasons(w.sync().Warnings)); got != "[2 emails stand in more than 100 rows each, the commonest in 300 of 1,000 (300)]" {
			t.Errorf("%s", got)
		}
		// A number that is sent in two forms is two identities, in a list and alone.
		w.dest["phone_formats"] = "e164,digits"
		w.exec("UPDATE customers SET email = 'p' || id || '@x.com', phone = CASE WHEN id <= 60 THEN '+14155550100' WHEN id <= 120 THEN '+1415555' || (id + 1000) || ',4155550100' END")
		w.conn.Settings.Guard.MaxRemovedPercent = 100
		if got := fmt.Sprint(reasons(w.sync().Warnings)); got != "[2 phone numbers stand in more than 100 rows each, the commonest in 120 of 1,000 (120)]" {
			t.Errorf("%s", got)
		}
	})
}

// With max_shared a run is refused while an identity stands in more rows, and nothing is
// sent; what is held stays until it does not.
func TestRunIsRefusedWhileAnIdentityStandsInTooManyRows(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.conn.Settings.MaxShared = 3
		w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550100', NULL), (2, 'b@x.com', '+1 415 555 0100', NULL), (3, NULL, '+1-415-555-0100', NULL)")
		if run := w.sync(); run.Status != eddy.Succeeded || len(run.Warnings) != 0 {
			t.Fatalf("three are allowed: %+v", run)
		}
		held := []string{"email=a@x.com", "email=b@x.com", "phone_number=+14155550100"}
		w.want(held...)
		w.exec("INSERT INTO customers VALUES (4, 'd@x.com', '(415) 555-0100', NULL), (5, 'e@x.com', NULL, NULL); DELETE FROM customers WHERE id = 1")
		w.exec("INSERT INTO customers VALUES (6, NULL, '4155550100', NULL)")
		job := w.job()
		defer job.Source.Close()
		for range 2 {
			run, err := sync.Run(t.Context(), job)
			if eddy.ErrorCode(err) != eddy.CodeSource || run.Status != eddy.StatusFailed || !strings.Contains(fmt.Sprint(err), "1 phone number stands in 4 of 5 rows; max_shared is 3\n") {
				t.Fatalf("%v, %+v", err, run)
			}
			w.want(held...)
		}
		if _, err := sync.Look(t.Context(), job); eddy.ErrorCode(err) != eddy.CodeSource {
			t.Errorf("the plan: %v", err)
		}
		w.exec("DELETE FROM customers WHERE id = 6")
		if run := w.sync(); run.Status != eddy.Succeeded {
			t.Errorf("it goes on: %+v", run)
		}
		w.want("email=b@x.com", "email=d@x.com", "email=e@x.com", "phone_number=+14155550100")
		w.conn.Settings.MaxShared = 2
		job = w.job()
		defer job.Source.Close()
		if _, err := sync.Run(t.Context(), job); eddy.ErrorCode(err) != eddy.CodeSource {
			t.Errorf("a lower limit holds for what was sent before, too: %v", err)
		}
	})
}

// One who leaves takes along what very many share: a thousand of them bring it back, and the
// others need not be sent (promise 2).
func TestRemovalOfWhatVeryManyShareSendsAThousand(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		const rows = 1500
		w.crowded(rows, rows)
		w.exec("UPDATE customers SET email = 'home@x.com,' || email WHERE id > 1490")
		w.sync()
		w.exec("DELETE FROM customers WHERE id IN (1, 1500)")
		run := w.sync()
		// Nine live with the last one, and are sent whoever shares the number.
		if c := run.Counts; c.Delete != 2 || c.Reassert < 1000 || c.Reassert > 1009 || run.Status != eddy.Succeeded {
			t.Errorf("%+v", run)
		}
		if got := fmt.Sprint(reasons(run.Warnings[1:])); got != "[1 phone number of those who leave stands in 1,498 rows that stay; 1,000 of them are sent again for it (1498)]" {
			t.Errorf("warnings: %s", got)
		}
		want := []string{"phone_number=+14155550100", "email=home@x.com"}
		for i := 2; i < rows; i++ {
			want = append(want, fmt.Sprintf("email=p%d@x.com", i))
		}
		w.want(want...)
		if run := w.sync(); run.Counts.Operations() != 0 {
			t.Errorf("it is done once: %+v", run.Counts)
		}
		// Where all leave, it leaves with them.
		w.exec("DELETE FROM customers WHERE id > 2; UPDATE customers SET phone = NULL")
		w.conn.Settings.Guard.MaxRemovedPercent = 100
		w.sync()
		w.want("email=p2@x.com")
	})
}

// A test of a connection looks at the first rows only, and says so.
func TestPreflightTellsWhatManyRowsShare(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		values := func() (out []string) {
			job := w.job()
			defer job.Source.Close()
			for _, s := range sync.Preflight(t.Context(), job) {
				if s.Err != nil || s.Name == "values" {
					out = append(out, fmt.Sprintf("%s %t %v %s", s.Name, s.Warning, s.Err, strings.Split(s.Detail, "\n")[0]))
				}
			}
			return out
		}
		w.crowded(500, 100)
		if got := values(); got != nil {
			t.Errorf("a hundred rows are no matter: %q", got)
		}
		w.exec("UPDATE customers SET phone = '+14155550100' WHERE id <= 120")
		if got := values(); len(got) != 1 || got[0] != "values true <nil> 1 phone number stands in 120 of 500 rows" {
			t.Errorf("%q", got)
		}
		w.conn.Settings.MaxShared = 119
		if got := values(); len(got) != 1 || !strings.HasPrefix(got[0], "values false 1 phone number stands in 120 of 500 rows; max_shared is 119\n") {
			t.Errorf("%q", got)
		}
		w.conn.Settings.MaxShared = 0
		w.exec("INSERT INTO customers SELECT 1000 + i, NULL, '+14155550100', NULL FROM generate_series(1, 120000) AS s(i)")
		if got := values(); len(got) != 1 || !strings.HasSuffix(got[0], " of the first 100,000 rows") {
			t.Errorf("%q", got)
		}
	})
}
