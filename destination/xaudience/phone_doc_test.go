package xaudience

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/destination"
)

// Each line of two sections of docs/values.md is a case.
func TestValuesOfThePage(t *testing.T) {
	page, err := os.ReadFile("../../docs/values.md")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for section := range strings.SplitSeq(string(page), "\n## ") {
		title, rest, _ := strings.Cut(section, "\n")
		if title != "Phone numbers" && title != "Numbers" {
			continue
		}
		for line := range strings.SplitSeq(rest, "\n") {
			cells := strings.Split(line, "|")
			if len(cells) != 6 || strings.TrimSpace(cells[1]) == "field" || strings.HasPrefix(cells[1], " ---") {
				continue
			}
			for i, cell := range cells {
				cells[i] = strings.TrimSpace(cell)
			}
			cases++
			readAs(t, cells[1], cells[2], strings.Trim(cells[3], "`"), cells[4])
		}
	}
	if cases < 60 {
		t.Errorf("%d lines were found", cases)
	}
}

// readAs checks one line: what is read stands in the last cell in backticks, why it is
// refused behind a word.
func readAs(t *testing.T, field, region, written, want string) {
	t.Helper()
	at := slices.IndexFunc(fields(), func(f destination.Field) bool { return f.Name == field })
	if at < 0 {
		t.Errorf("no field %q", field)
		return
	}
	p, err := NewPreparer(true, region)
	if err != nil {
		t.Errorf("%s: %v", region, err)
		return
	}
	var made destination.Prepared
	p.Prepare(record(map[string]string{field: written}), &made)
	normal := p.(destination.Normaliser).Normalised(at, written)
	got := "`" + strings.Join(normal, "` `") + "`"
	if len(made.Problems) > 0 {
		got = "refused: " + made.Problems[0].Reason
	}
	if got != want || len(made.Problems)+len(normal) != 1 || len(made.Identities) != len(normal) {
		t.Errorf("%s, %q, written %q: got %s, the page says %s", field, region, written, got, want)
	}
}
