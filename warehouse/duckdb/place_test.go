package duckdb_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// DuckDB points to a part of the line: wherever that begins, the place is that of the word in the text
// that somebody wrote.
func TestMistakesHaveTheirPlace(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "people.csv"), []byte("id,email\n1,a@example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := duckdb.Kind().Open(t.Context(), eddy.Source{Name: "files", Type: "duckdb", Dir: dir, Opened: []string{dir}})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("'padding' AS p, ", 40)
	for sql, want := range map[string]eddy.Point{
		"SELECT 1 AS id, nope":                               {Line: 1, Column: 17},
		"SELECT 1 AS id,\n  'ÄÖÜ€😀' AS x, nope":              {Line: 2, Column: 17},
		"SELECT 1 AS id,\n\n" + long + "nope, " + long + "2": {Line: 3, Column: len(long) + 1},
		"SELECT 1 AS id\nFRM x y":                            {Line: 2, Column: 1},
		"; SELECT 1 AS id,\n nope":                           {Line: 2, Column: 2},
		"SELECT id, nope FROM 'people.csv'":                  {},
	} {
		_, err := warehouse.Describe(t.Context(), src, eddy.Model{SQL: sql})
		if e, ok := errors.AsType[*eddy.Error](err); !ok || e.At != want {
			t.Errorf("%.60s: got %+v, want %+v: %v", sql, e.At, want, err)
		}
	}
}
