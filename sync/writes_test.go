package sync_test

import (
	"regexp"
	"testing"
	"time"
)

// changed finds what a job of BigQuery changes: a table that it makes, drops, deletes rows of, loads
// rows into, or adds a result to.
var changed = regexp.MustCompile("(?s)^(?:-- The result goes into |-- A load job, .*?, into |(?:/\\*.*?\\*/\\s*)*(?:CREATE TABLE (?:IF NOT EXISTS )?|DROP TABLE IF EXISTS |DELETE FROM ))" +
	"`[^`]*`\\.`[^`]*`\\.`?([a-z_]+?)(?:_vip_[0-9a-z]+)?`?[ ,]")

// A table of BigQuery takes 1,500 changes a day, and about five in ten seconds: a run changes those
// that all runs share a handful of times, and its own twice. Exceptions wait for the next statement,
// however many requests they come from. Claims are renewed beside that, each hundred seconds.
func TestARunChangesATableAHandfulOfTimes(t *testing.T) {
	w := newWorld(t, "bigquery")
	w.now = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	// A run on a slow machine renews its claim once more.
	most, seen := map[string]int{"runs": 7, "claims": 8, "sync_log": 3}, 0
	for _, c := range []struct {
		what string
		rows []string
	}{
		{"first", []string{"INSERT INTO customers (id, email, phone) VALUES (1, 'a@x.com', '+14155550101'), (2, 'b@x.com', NULL), (3, 'c@x.com', NULL)"}},
		{"unchanged", nil},
		{"changed", []string{"UPDATE customers SET email = 'z@x.com' WHERE id = 1", "DELETE FROM customers WHERE id = 2", "INSERT INTO customers (id, email) VALUES (4, 'nobody'), (5, 'e@x.com')"}},
	} {
		w.exec(c.rows...)
		w.sync()
		w.now = w.now.Add(24 * time.Hour)
		sent, err := w.site.Sent()
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for _, one := range sent[seen:] {
			if parts := changed.FindStringSubmatch(one); parts != nil {
				counts[parts[1]]++
			}
		}
		seen = len(sent)
		for table, n := range counts {
			if n > max(most[table], 2) {
				t.Errorf("the %s run changed %s %d times", c.what, table, n)
			}
		}
		if counts["runs"] < 2 || counts["claims"] < 3 || counts["stage"] != 1 {
			t.Errorf("the %s run: %v", c.what, counts)
		}
	}
}
