package ledger_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/DIALECT/CASE.sql") //nolint:gochecknoglobals // a flag of the test

// maxLines bounds a statement as it is sent, read over two runs: four files of sql at most.
const maxLines = 140

// golden is a case: what is rendered of the last of some runs.
type golden struct {
	name string
	runs []run
	// steps are the statements that the case is about; none are all.
	steps []string
}

// goldens are the runs whose statements are checked in. Each is carried out by the engine
// that it is rendered for.
func goldens() []golden {
	three := []person{{"1", "a@x.com", "+14155550101", ""}, {"2", "b@x.com", "", "2027-03-01T00:00:00Z"}, {"3", "c@x.com", "", ""}}
	// One record changes, one leaves, one is new.
	changed := []person{{"1", "z@x.com", "+14155550101", ""}, {"3", "c@x.com", "", ""}, {"4", "d@x.com", "", ""}}
	refused := outcome{"1", ledger.Rejected, "X refused it"}
	held := ledger.Version{RecordID: "1", State: "held", Until: "2027-12-01T09:00:00Z", Settings: 1, Values: []string{"a@x.com", "", ""}}
	half := &eddy.Holdout{Percent: 50, Salt: "it's"}
	return []golden{
		{"first", []run{{people: three}}, nil},
		{"unchanged", []run{{people: three}, {people: three}}, nil},
		{"changed", []run{{people: crowd(1, 40)}, {people: changed}}, nil},
		{"contradictions", []run{{people: three}, {people: append(slices.Clone(three), person{"3", "y@x.com", "", ""}, person{email: "n@x.com"})}}, []string{"count", "count conflicts", "compare", "log"}},
		{"upsert", []run{{people: three}, {people: changed, mode: eddy.Upsert}}, []string{"compare"}},
		{"times", []run{{people: []person{{"1", "a@x.com", "", "2027-03-01"}}}}, []string{"read times", "times", "compare"}},
		{"exceptions", []run{
			{people: crowd(1, 40)},
			{people: changed, misses: []outcome{{"3", ledger.Invalid, "no usable identity"}}, outcomes: []outcome{refused}},
		}, []string{"exceptions", "what leaves", "find who shares", "read remove", "read add", "report", "log"}},
		// What is held is read over a run that left exceptions, and over one that died.
		{"held", []run{{people: crowd(1, 40)}, {people: changed[:2], outcomes: []outcome{refused}}, {people: crowd(1, 3), dies: true}, {people: crowd(1, 2)}}, []string{"report", "log", "compare"}},
		{"shared", []run{{people: three, counts: func(ledger.Text) {}}}, []string{"sample the stage", "count who shares"}},
		{"fold", []run{{people: crowd(1, 3)}, {people: changed}}, []string{"fold", "base"}},
		{"snapshot", []run{{people: crowd(1, 40)}, {people: crowd(1, 19)}, {people: crowd(1, 18)}}, []string{"snapshot", "prune"}},
		// Of a record that is held out it does not matter that its rows contradict each other.
		{"holdout", []run{
			{people: three, brings: []ledger.Version{held}, dies: true},
			{people: append(slices.Clone(changed), person{"3", "y@x.com", "", ""}), holdout: half, brings: []ledger.Version{}, outs: []ledger.HeldOut{{RecordID: "9", Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}},
		}, []string{"bring held out", "count conflicts", "count held out", "compare", "hold out"}},
		// 1 is listed and has a row, 2 is and has none, 5 was sent with what is listed.
		{"suppressed", []run{
			{people: append(slices.Clone(three), person{"5", "e@x.com", "", ""})},
			{
				people: append(slices.Clone(changed), person{"3", "y@x.com", "", ""}, person{"5", "n@x.com", "", ""}), mode: eddy.Upsert, holdout: half,
				list: []person{{email: "z@x.com"}, {email: "b@x.com"}, {email: "e@x.com"}}, listed: []string{"1", "2", "5"},
				outcomes: []outcome{{"2", ledger.Refused, "X refused it"}},
			},
		}, []string{"stage list", "read list", "find who is listed", "suppress", "count suppressed", "count conflicts", "count held out", "compare", "count unremoved"}},
		{"moved", []run{{people: three, brings: []ledger.Version{held}, dies: true}}, []string{"bring", "check", "base", "compare"}},
	}
}

// Every statement that a run sends can be read as it is sent, for each dialect: in
// testdata, which go test ./ledger -run Statements -rewrite writes anew.
func TestStatementsAreCheckedIn(t *testing.T) {
	for dialect, open := range dialects() {
		known := map[string]bool{}
		for _, g := range goldens() {
			known[g.name+".sql"] = true
			t.Run(dialect+"/"+g.name, func(t *testing.T) {
				t.Parallel()
				checkGolden(t, filepath.Join("testdata", dialect, g.name+".sql"), g.render(open(t)))
			})
		}
		files, err := os.ReadDir(filepath.Join("testdata", dialect))
		if err != nil && !*rewrite {
			t.Fatal(err)
		}
		for _, f := range files {
			if !known[f.Name()] {
				t.Errorf("testdata/%s/%s is of no case any more", dialect, f.Name())
			}
		}
	}
}

// render tells the case's runs and gives the statements of the last one.
func (g golden) render(s *story) (out []string) {
	for _, r := range g.runs {
		s.e.statements = nil
		s.tell(r)
	}
	for _, statement := range s.e.statements {
		head, _, _ := strings.Cut(statement, "\n")
		of := func(step string) bool {
			return strings.HasSuffix(head, ", "+step+" */") || strings.HasPrefix(head, "-- ") && strings.Contains(head, `"`+step+"_")
		}
		if len(g.steps) == 0 || slices.ContainsFunc(g.steps, of) {
			out = append(out, statement)
		}
	}
	return out
}

func checkGolden(t *testing.T, path string, statements []string) {
	t.Helper()
	var b strings.Builder
	for i, s := range statements {
		if i > 0 {
			b.WriteString("\n")
		}
		if n := strings.Count(s, "\n") + 1; n > maxLines {
			t.Errorf("a statement has %d lines, at most %d:\n%s", n, maxLines, s)
		}
		b.WriteString(s)
		if !strings.HasPrefix(s, "-- ") {
			b.WriteString(";")
		}
		b.WriteString("\n")
	}
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, old := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range got {
		if i >= len(old) || got[i] != old[i] {
			t.Fatalf("%s is not what is sent; go test ./ledger -run Statements -rewrite writes it. Line %d is now\n%s", path, i+1, got[i])
		}
	}
	if len(old) > len(got) {
		t.Errorf("%s has more than is sent; go test ./ledger -run Statements -rewrite writes it", path)
	}
}
