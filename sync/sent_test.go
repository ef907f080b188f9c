package sync_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/sync"
)

var rewrite = flag.Bool("rewrite", false, "write the statements that were sent") //nolint:gochecknoglobals // a flag of the test

// chance is what no two runs have alike in their statements.
func chance() []struct{ what, stands string } {
	return []struct{ what, stands string }{
		{`eddy_[a-z2-7]{26}\.csv`, "eddy_file.csv"},
		{`null [A-Z2-7]{26}`, "null of this load"},
		{`'[A-Z2-7]{26}'`, "'owner'"},
		{`'\{"(?:[^']|''){40,}'`, "'{details, as JSON}'"},
		{`"owner":"[^"]*"`, `"owner":"host:1"`},
		{`TEST_\d+`, "SHOP"},
		{`test_\d+_own`, "_eddy"},
		{`test_\d+`, "shop"},
		{`spark_catalog`, "main"},
	}
}

// likeness is what two statements have in common that differ in texts, numbers and the run whose
// tables they name.
func likeness(sql string) string {
	for _, part := range []string{`\d{14}[a-zA-Z]{4}`, `'(?:[^']|'')*'`, `\d+`} {
		sql = regexp.MustCompile(part).ReplaceAllString(sql, "?")
	}
	return regexp.MustCompile(`/\*.*?\*/\s*`).ReplaceAllString(sql, "")
}

// What a warehouse is asked in a first, an unchanged and a changed run stands in a file that
// somebody who knows it can read: as it was sent, by the driver, with what the source sends
// itself. One that is like one before, but for its values and the run, is named by that one's
// number. go test ./sync -run Sent -rewrite writes it anew.
func TestStatementsAsTheyAreSent(t *testing.T) {
	for _, place := range onServers() {
		t.Run(place, func(t *testing.T) {
			w := newWorld(t, place)
			if w.local || w.site.Sent == nil {
				t.Skip("the server does not tell what it heard")
			}
			w.conn.Mapping = eddy.Mapping{{Field: "email", Column: "email"}}
			w.now = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
			var b strings.Builder
			seen, number, numbers := 0, 0, map[string]int{}
			run := func(name, id string, loads bool) {
				w.sync(func(j *sync.Job) { j.RunID = id })
				sent, err := w.site.Sent()
				if err != nil {
					t.Fatal(err)
				}
				b.WriteString("\n-- " + name + "\n\n")
				claims := map[string]bool{}
				for _, one := range sent[seen:] {
					for _, c := range chance() {
						one = regexp.MustCompile(c.what).ReplaceAllString(one, c.stands)
					}
					one = strings.ReplaceAll(one, w.audience, "a1")
					// A claim is renewed as often as a run is long.
					if loads && stepOf(one) != "" || claims[one] {
						continue
					}
					claims[one] = strings.Contains(one, ".claims (name")
					like := likeness(one)
					number++
					if first, again := numbers[like]; again {
						fmt.Fprintf(&b, "-- %d. As %d%s\n", number, first, stepOf(one))
						continue
					}
					numbers[like] = number
					fmt.Fprintf(&b, "\n-- %d.\n%s;\n\n", number, one)
				}
				seen = len(sent)
			}
			w.exec("INSERT INTO customers (id, email, phone) VALUES (1, 'a@x.com', NULL), (2, 'b@x.com', NULL)")
			for i := range 8 {
				w.exec(fmt.Sprintf("INSERT INTO customers (id, email) VALUES (%d, 'c%[1]d@x.com')", 10+i))
			}
			run("A first run.", "20261101090000aaaa", false)
			w.now = w.now.Add(time.Hour)
			run("A run with nothing to do.", "20261101100000bbbb", false)
			w.exec("UPDATE customers SET email = 'z@x.com' WHERE id = 1", "DELETE FROM customers WHERE id = 2", "INSERT INTO customers (id, email) VALUES (4, 'e@x.com')")
			w.now = w.now.Add(time.Hour)
			run("A run in which one changed, one left and one is new.", "20261101110000cccc", false)
			w.exec("INSERT INTO customers (id, email) VALUES (5, 'nobody')")
			w.now = w.now.Add(time.Hour)
			run("A run in which one row is nobody: what the source sends by itself, which loads that row's outcome.", "20261101120000dddd", true)
			compare(t, filepath.Join("..", "warehouse", w.site.Type, "testdata", "statements.sql"), regexp.MustCompile(`\n{3,}`).ReplaceAllString(strings.TrimSpace(b.String())+"\n", "\n\n"))
		})
	}
}

// stepOf is the step that a statement's comment names.
func stepOf(sql string) string {
	if m := regexp.MustCompile(`/\* eddy: .*, ([^,*]*) \*/`).FindStringSubmatch(sql); m != nil {
		return " (" + m[1] + ")"
	}
	return ""
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what is sent; -rewrite writes it. It was:\n%s", path, got)
	}
}
