package duckdb_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// TestNoModelReadsTheStateFolder: the state folder has the key of all passwords. Whatever
// the source allows and however a path is written, no model reads it, and no link leads out
// of what a source allows.
func TestNoModelReadsTheStateFolder(t *testing.T) {
	const secret, elsewhere = "s3cr3t-of-the-server", "s3cr3t-of-another-folder"
	dir := folder(t, "work", map[string]string{
		".eddy/secret.key": secret, ".eddy/people.csv": "id,email\n1," + secret + "\n", ".eddy/a.json": `[{"id":"` + secret + `"}]`,
		"people.csv": "id,email\n1,a@x.com\n", "sub/more.csv": "id,email\n2,b@x.com\n",
	})
	outside := folder(t, "outside", map[string]string{"people.csv": "id,email\n3," + elsewhere + "\n"})
	for link, to := range map[string]string{
		"link": ".eddy", "link.csv": ".eddy/people.csv", "sub/up": "..", "root": "/", "out": outside, "out.csv": filepath.Join(outside, "people.csv"),
	} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	base := strings.TrimPrefix(dir, "/")
	for _, path := range []string{
		".eddy/secret.key", "./.eddy/secret.key", "sub/../.eddy/secret.key", filepath.Join(dir, ".eddy/secret.key"), "link/secret.key", "sub/up/.eddy/secret.key",
		".eddy/*", ".edd?/secret.key", "*/secret.key", "**/secret.key", "link/*", "[.]eddy/secret.key", dir + "//.eddy//secret.key",
		".eddy/people.csv", "link.csv", "link/people.csv", "*/people.csv", "/proc/self/root/" + base + "/.eddy/secret.key", "/proc/self/cwd/../../../../../../../" + base + "/.eddy/secret.key",
		"root/" + base + "/.eddy/secret.key", "out/people.csv", "out.csv", "out*.csv", "file:" + dir + "/.eddy/secret.key", "file://" + dir + "/.eddy/secret.key",
	} {
		for _, files := range []string{"", "/", ".eddy", "sub,.edd?,link"} {
			for _, m := range []eddy.Model{
				{Table: path},
				{SQL: "SELECT * FROM '" + path + "'"},
				{SQL: "SELECT * FROM read_text('" + path + "')"},
				{SQL: "SELECT * FROM read_blob(['" + path + "'])"},
				{SQL: "SELECT * FROM read_csv('" + path + "', header = false, delim = '|')"},
				{SQL: "SELECT * FROM sniff_csv('" + path + "')"},
				{SQL: "SELECT * FROM read_json('" + path + "')"},
				{SQL: "SELECT (SELECT content FROM read_text('" + path + "')) AS id"},
				{SQL: "SELECT * FROM glob('" + path + "')"},
			} {
				if m.Table == "" && strings.Contains(files, "d") {
					continue // as without files, and as with all
				}
				got := read(t, dir, map[string]string{"files": files}, m)
				if strings.Contains(got, secret) || files != "/" && strings.Contains(got, elsewhere) || strings.HasPrefix(m.SQL, "SELECT * FROM glob") && strings.HasPrefix(got, "[") && strings.Contains(strings.SplitN(got, "]", 2)[1], "secret.key") {
					t.Errorf("files %q, %+v gives %s", files, m, got)
				}
			}
		}
	}
	for path, want := range map[string]string{
		"people.csv": "a@x.com", "*.csv": "a link leads out of them", "sub/*.csv": "b@x.com", "**/more.csv": "b@x.com", ".eddy/people.csv": "in Eddy's state folder or tells of its process or of the machine, which no model reads", "out.csv": "a link leads out of them",
	} {
		if got := read(t, dir, nil, eddy.Model{Table: path}); !strings.Contains(got, want) {
			t.Errorf("%s gives %s, want %s", path, got, want)
		}
	}
	// A folder that a source names itself is resolved, too.
	if got := read(t, dir, map[string]string{"files": "out"}, eddy.Model{Table: "out/people.csv"}); !strings.Contains(got, elsewhere) {
		t.Errorf("a folder by a link: %s", got)
	}
	db := filepath.Join(dir, ".eddy", "state.duckdb")
	if err := duckdb.Write(t.Context(), db, "CREATE TABLE t AS SELECT 1 AS id, '"+secret+"' AS email"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{".eddy/state.duckdb", "link/state.duckdb", "/proc/self/root" + db} {
		if got := read(t, dir, map[string]string{"path": path}, eddy.Model{Table: "t"}); !strings.Contains(got, "in Eddy's state folder") {
			t.Errorf("path %s gives %s", path, got)
		}
	}
}
