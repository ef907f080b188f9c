package sync_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/sync"
)

var rewrite = flag.Bool("rewrite", false, "write the statements that were sent") //nolint:gochecknoglobals // a flag of the test

// chance is what no two runs have alike in their statements.
func chance() []struct{ what, stands string } {
	return []struct{ what, stands string }{
		{`eddy_[a-z2-7]{26}\.csv`, "eddy_file.csv"},
		{`null [A-Z2-7]{26}`, "null of this load"},
		{`'[A-Z2-7]{26}'`, "'owner'"},
		{`"owner":"[^"]*"`, `"owner":"host:1"`},
		{`\\"owner\\":\\"[^"]*\\"`, `\"owner\":\"host:1\"`},
		{`"seconds":[0-9.e-]+`, `"seconds":0.1`},
		{`"usage":\{[^{}]*\}`, `"usage":{}`},
		{`TEST_\d+`, "SHOP"},
	}
}

// What a warehouse is asked in a first, an unchanged and a changed run stands in a file that
// somebody who knows it can read: as it was sent, by the driver, with what the source sends
// itself. go test ./sync -run Sent -rewrite writes it anew.
func TestStatementsAsTheyAreSent(t *testing.T) {
	for _, place := range onServers() {
		t.Run(place, func(t *testing.T) {
			w := newWorld(t, place)
			if w.local || w.site.Sent == nil {
				t.Skip("the server does not tell what it heard")
			}
			w.now = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
			var b strings.Builder
			seen := 0
			run := func(name, id string) {
				w.sync(func(j *sync.Job) { j.RunID = id })
				sent, err := w.site.Sent()
				if err != nil {
					t.Fatal(err)
				}
				b.WriteString("-- " + name + "\n\n")
				for _, one := range sent[seen:] {
					for _, c := range chance() {
						one = regexp.MustCompile(c.what).ReplaceAllString(one, c.stands)
					}
					b.WriteString(strings.ReplaceAll(one, w.audience, "a1") + ";\n\n")
				}
				seen = len(sent)
			}
			w.exec("INSERT INTO customers (id, email, phone) VALUES (1, 'a@x.com', '+14155550101'), (2, 'b@x.com', NULL), (3, 'c@x.com', NULL)")
			run("A first run.", "20261101090000aaaa")
			w.now = w.now.Add(time.Hour)
			run("A run with nothing to do.", "20261101100000bbbb")
			w.exec("UPDATE customers SET email = 'z@x.com' WHERE id = 1", "DELETE FROM customers WHERE id = 2", "INSERT INTO customers (id, email) VALUES (4, 'nobody')", "INSERT INTO customers (id, email) VALUES (5, 'e@x.com')")
			w.now = w.now.Add(time.Hour)
			run("A run in which one changed, one left, one is new and one is nobody.", "20261101110000cccc")
			compare(t, filepath.Join("..", "warehouse", w.site.Type, "testdata", "statements.sql"), b.String())
		})
	}
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
