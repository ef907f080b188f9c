package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/connectors"
)

// A page that repeats the code must not fall behind it.
func TestPagesAreFresh(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, name := range pages {
		old := read(t, name)
		results, err := readResults("../" + resultsPath)
		if err != nil {
			t.Fatal(err)
		}
		text, err := fill(old, results)
		switch {
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case text != old:
			t.Errorf("%s is behind the code: run  go run ./docs/gen", name)
		}
	}
}

// Every kind that can be configured has its table.
func TestKindsHaveTables(t *testing.T) {
	t.Parallel()
	page := read(t, "../configuration.md")
	var types []string
	for _, k := range connectors.Warehouses() {
		types = append(types, k.Type)
	}
	for _, k := range connectors.Destinations() {
		types = append(types, k.Type)
	}
	for _, typ := range types {
		if want := begin + "options " + typ + shut; !strings.Contains(page, want) {
			t.Errorf("docs/configuration.md has no line %q", want)
		}
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	page := "a\n<!-- gen: options duckdb -->\nSTALE\n<!-- end -->\nb\n"
	once, err := fill(page, nil)
	if err != nil || !strings.Contains(once, "| `path` |") || strings.Contains(once, "STALE") || !strings.HasSuffix(once, "<!-- end -->\nb\n") {
		t.Fatalf("%v\n%s", err, once)
	}
	if twice, err := fill(once, nil); err != nil || twice != once {
		t.Errorf("not the same the second time: %v\n%s", err, twice)
	}
	for _, bad := range []string{"<!-- gen: options duckdb -->\n", "<!-- gen: options duckdb\n -->\n<!-- end -->", "<!-- gen: options nothing -->\n<!-- end -->"} {
		if _, err := fill(bad, nil); err == nil {
			t.Errorf("no error for %q", bad)
		}
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := run(dir); err == nil {
		t.Error("no error for a folder without pages")
	}
	page := filepath.Join(dir, "page.md")
	if err := os.WriteFile(page, []byte("<!-- gen: fields x_audience -->\n<!-- end -->\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir); err != nil {
		t.Fatal(err)
	}
	if got := read(t, page); !strings.Contains(got, "| `expires_at` | no |") {
		t.Errorf("%s", got)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What pages say that was shown, was shown, and the other way round.
func TestResultsAreCompared(t *testing.T) {
	t.Parallel()
	a, b := result{"duckdb", "engine", "DuckDB"}, result{"trino", "engine", "Trino 483"}
	other := result{"trino", "engine", "Trino 500"}
	for what, c := range map[string]struct {
		claimed, now []result
		want         string
	}{
		"all was shown":        {[]result{a, b}, []result{a, b}, ""},
		"only one was tested":  {[]result{a, b}, []result{b}, ""},
		"less was shown":       {[]result{a, b}, []result{a, other}, `said to be shown on "Trino 483", and no test has shown it`},
		"more was shown":       {[]result{a}, []result{a, b}, "does not say so"},
		"nothing was recorded": {[]result{a, b}, nil, ""},
	} {
		err := shown(c.claimed, c.now)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
	path := filepath.Join(t.TempDir(), "results.tsv")
	if err := keep(path, []result{a, b}, []result{other}); err != nil {
		t.Fatal(err)
	}
	if got, err := readResults(path); err != nil || len(got) != 2 || got[0] != a || got[1] != other {
		t.Errorf("kept: %v (%v)", got, err)
	}
}
