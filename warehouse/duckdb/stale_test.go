package duckdb

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStateFileHoldsNoStaleMemory: what the engine leaves between the values of a block is
// on disk too, and must not be memory that raw values lay in before (promise 10).
func TestStateFileHoldsNoStaleMemory(t *testing.T) {
	const mark = "zqxjkvwpyh"
	path := filepath.Join(t.TempDir(), "c.duckdb")
	opened, err := Engine{Path: path, MemoryLimit: "64MB"}.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*session)
	for _, sql := range staleMakers(s.schema, mark) {
		if _, err := s.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(data, []byte(mark)); n > 0 {
		t.Errorf("the state file has %d raw values", n)
	}
}

// staleMakers fill memory with marks in many ways, and then the state with digests.
func staleMakers(schema, mark string) (sql []string) {
	for i := range 3 {
		sql = append(sql,
			fmt.Sprintf("CREATE TEMP TABLE stage AS SELECT i::VARCHAR AS id, sha256(i::VARCHAR) || '.' || i || '@%s' AS v FROM range(%d) t(i)", mark, 50_000*(i+1)),
			fmt.Sprintf("CREATE TABLE %s.held%d AS SELECT id, sha256(v) AS a FROM (SELECT id, v, count(*) OVER (PARTITION BY id) AS n FROM stage) WHERE n = 1", schema, i),
			fmt.Sprintf("CREATE TABLE %s.snapshot%d AS SELECT h.id, sha256(s.v) AS a, sha256(h.a) AS b FROM %[1]s.held%[2]d h JOIN stage s ON s.id = h.id", schema, i),
			"DROP TABLE stage", "CHECKPOINT "+strings.TrimSuffix(schema, `."main"`))
	}
	return sql
}
