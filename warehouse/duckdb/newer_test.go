package duckdb_test

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// headOfV2 are the three headers of a file that DuckDB v2.0.1 wrote, without the zeros at
// their ends.
var headOfV2 = []string{
	"f7177a20825002204455434be703000000000000000000000000000000000000000000000000000000000000000000000000" +
		"000076322e302e31000000000000000000000000000000000000000000000000000038643738313134653930000000000000" +
		"000000000000000000000000000000000000000000000000901b01b8155af25f101b74f30cf71aee",
	"1319555dab92acfe010000000000000000000000000000000000000000000002020000000000000000000400000000000008" +
		"00000000000045",
	"d83778781c5b444d0000000000000000ffffffffffffffffffffffffffffffff000000000000000000000400000000000008" +
		"00000000000045",
}

// TestFileOfANewerDuckDB: it is told which version wrote the file, and what makes it readable.
func TestFileOfANewerDuckDB(t *testing.T) {
	t.Parallel()
	const header = 4096
	var file []byte
	for _, text := range headOfV2 {
		head, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		file = append(file, append(head, make([]byte, header-len(head))...)...)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "shop.duckdb"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := duckdb.Kind().Open(t.Context(), eddy.Source{Name: "shop", Type: "duckdb", Dir: dir, Opened: []string{"/"}, OpenDir: true, Options: map[string]string{"path": "shop.duckdb"}})
	if err == nil {
		defer func() { _ = src.Close() }()
		_, err = src.Columns(t.Context(), eddy.Model{Table: "customers"})
	}
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{"shop.duckdb was written by DuckDB v2.0.1; this eddy has DuckDB v1.", "STORAGE_VERSION 'v1.4.0'"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("it does not say %q: %v", part, err)
		}
	}
}
