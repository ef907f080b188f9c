package sync_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sandbox"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// queries are those of the page about the state, by their headings.
func queries(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/state.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range regexp.MustCompile("(?ms)^### ([^\n]+)\n(?:[^#`]|`[^`])*?^```sql\n(.*?);\n```").FindAllStringSubmatch(string(page), -1) {
		out[m[1]] = m[2]
	}
	return out
}

// TestQueriesOfThePage runs what docs/state.md tells users to ask their warehouse, on runs
// in which there is something to answer.
func TestQueriesOfThePage(t *testing.T) {
	for _, place := range []string{"postgres", "duckdb"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, place)
			soon := w.now.AddDate(0, 0, 10).Format("2006-01-02T15:04:05Z")
			day, before, earlier := w.now.Format(time.DateOnly), w.now.AddDate(0, 0, -1).Format(time.DateOnly), w.now.AddDate(0, 0, -2).Format(time.DateOnly)
			doubtful, first, second := w.queried()
			emails := []string{"1|a@x.com|z@x.com|+14155550101|+14155550101"}
			if w.local {
				hash := func(text string) string { return hexDigest(text) }
				emails = []string{fmt.Sprintf("1|%s|%s|%s|%s", hash("a@x.com"), hash("z@x.com"), hash("+14155550101"), hash("+14155550101"))}
			}
			want := map[string][]string{
				"Who left in the last run, and why":   {"2|the model has no row of it", "3|no usable identity (email: no @)"},
				"Who was rejected, and why":           {second + "|6|insert|*"},
				"How many are in doubt":               {"4"},
				"Size after each retained run":        {first + "|4", second + "|3"},
				"Who was added between two snapshots": {"5"},
				"Records whose identities changed":    emails,
				"Counts of each day":                  {earlier + "|insert|failed|4", before + "|reassert|delivered|4", day + "|delete|delivered|2", day + "|delete|held|3", day + "|insert|delivered|1", day + "|insert|rejected|1", day + "|update|delivered|1"},
				"What a run did":                      {"delete|delivered|2", "insert|delivered|1", "insert|rejected|1", "update|delivered|1"},
				"Failed runs, and why":                {doubtful + "|failed|*no answer*", "*|needs_approval|the run would empty the audience: it would remove 4 of 4 identities and 3 of 3 people", "*|failed|*nosuch*"},
				"Who lapses in the next 30 days":      {"4|" + soon},
			}
			asked := queries(t)
			for heading, answer := range want {
				if asked[heading] == "" {
					t.Errorf("the page does not ask: %s", heading)
					continue
				}
				if w.local && strings.Contains(asked[heading], "jsonb") {
					continue // it says that it is for PostgreSQL
				}
				newer := second
				if heading == "How many are in doubt" {
					newer = doubtful
				}
				w.answers(heading, strings.NewReplacer("RUN1", first, "RUN2", newer).Replace(asked[heading]), answer)
			}
			for heading := range asked {
				if want[heading] == nil && heading != worth {
					t.Errorf("nobody knows the answer to %q", heading)
				}
			}
		})
	}
}

// queried is a run that X does not answer, and two that it does, a day apart: somebody
// comes, changes, leaves, becomes nobody, is refused, and lapses soon. Then one waits for
// approval, and one fails.
func (w *world) queried() (doubtful, first, second string) {
	w.t.Helper()
	w.conn.Mapping = append(w.conn.Mapping, eddy.FieldMapping{Field: "expires_at", Column: "expires"})
	w.conn.Settings.Guard.MaxRemovedPercent = 60
	soon := w.now.AddDate(0, 0, 10).Format("2006-01-02 15:04:05")
	w.now = w.now.AddDate(0, 0, -2)
	w.exec("INSERT INTO customers VALUES (1, 'a@x.com', '+14155550101', NULL), (2, 'b@x.com', NULL, NULL), (3, 'c@x.com', NULL, NULL), (4, 'd@x.com', NULL, '" + soon + "')")
	w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Reset: true})
	doubtful = w.sync().RunID
	w.sandbox.ClearFaults()
	w.now = w.now.AddDate(0, 0, 1)
	first = w.sync().RunID
	w.now = w.now.AddDate(0, 0, 1)
	w.exec("UPDATE customers SET email = 'z@x.com' WHERE id = 1", "DELETE FROM customers WHERE id = 2", "UPDATE customers SET email = 'garbage' WHERE id = 3",
		"INSERT INTO customers VALUES (5, 'e@x.com', NULL, NULL), (6, 'f@x.com', NULL, NULL)")
	w.sandbox.Fault(sandbox.Fault{On: sandbox.OnUsers, Poison: []string{"email:" + hexDigest("f@x.com")}, Shape: sandbox.ShapeErrors})
	second = w.sync().RunID
	w.exec("DELETE FROM customers")
	w.now = w.now.Add(time.Minute)
	if run := w.sync(); run.Status != eddy.NeedsApproval {
		w.t.Errorf("%+v", run)
	}
	w.now = w.now.Add(time.Minute)
	job := w.job()
	defer job.Source.Close()
	job.Connection.Audience.ID = "nosuch"
	job.Approve = true
	if _, err := sync.Run(context.Background(), job); err == nil {
		w.t.Fatalf("a run into an audience that is not there succeeded")
	}
	return doubtful, first, second
}

// answers checks a query's rows; * stands for anything.
func (w *world) answers(heading, sql string, want []string) {
	w.t.Helper()
	var got []string
	w.inState(func(e warehouse.Engine) error {
		return e.Query(context.Background(), strings.ReplaceAll(sql, "_eddy.", e.Schema()+"."), func(row [][]byte) error {
			var texts []string
			for _, b := range row {
				texts = append(texts, strings.TrimSuffix(string(b), "T00:00:00Z"))
			}
			got = append(got, strings.Join(texts, "|"))
			return nil
		})
	})
	same := len(got) == len(want)
	for i := range want {
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(want[i]), `\*`, ".*") + "$"
		same = same && regexp.MustCompile(pattern).MatchString(got[i])
	}
	if !same {
		w.t.Errorf("%s\n%s\n got %q\nwant %q", heading, sql, got, want)
	}
}
