package eddy_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checked is the list of golden files of BigQuery's statements that GoogleSQL's analyzer found no
// mistake in, each with its hash as it was then. make check-sql writes it.
const checked = "scripts/checksql/passed.txt"

// TestGoldenSQLIsAnalysed: the analyzer takes minutes to build, so what is tested here is that it saw
// each golden file as it is.
func TestGoldenSQLIsAnalysed(t *testing.T) {
	t.Parallel()
	if wrong := unchecked(t, root); wrong != nil {
		t.Errorf("make check-sql has not seen:\n%s\nrun it, and commit %s", strings.Join(wrong, "\n"), checked)
	}
	// A file that changed, one that is new and one that is gone are told.
	dir := t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const one, two, gone = "ledger/testdata/bigquery/one.sql", "warehouse/bigquery/testdata/two.sql", "ledger/testdata/bigquery/gone.sql"
	line := func(name string) string { return fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte("SELECT 1;\n")), name) }
	write(one, "SELECT 1;\n")
	write(two, "SELECT 1;\n")
	write(checked, line(one)+line(two))
	if wrong := unchecked(t, dir); wrong != nil {
		t.Errorf("what was seen: %q", wrong)
	}
	write(one, "SELECT 2;\n")
	write(checked, line(one)+line(gone))
	if wrong := unchecked(t, dir); !slices.Equal(wrong, []string{gone, one, two}) {
		t.Errorf("what was not: %q", wrong)
	}
}

// unchecked lists the golden files below a folder that are not as the analyzer saw them.
func unchecked(t *testing.T, dir string) (wrong []string) {
	t.Helper()
	seen := map[string]string{}
	for line := range strings.Lines(read(t, filepath.Join(dir, checked))) {
		hash, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		seen[name] = hash
	}
	for _, pattern := range []string{"ledger/testdata/bigquery/*.sql", "warehouse/bigquery/testdata/*.sql"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, full := range names {
			name, err := filepath.Rel(dir, full)
			if err != nil {
				t.Fatal(err)
			}
			name = filepath.ToSlash(name)
			if seen[name] != fmt.Sprintf("%x", sha256.Sum256([]byte(read(t, full)))) {
				wrong = append(wrong, name)
			}
			delete(seen, name)
		}
	}
	for name := range seen {
		wrong = append(wrong, name)
	}
	slices.Sort(wrong)
	return wrong
}
