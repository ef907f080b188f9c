package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPreviewsNeverReadTheStateFolder: an editor's source that allows the whole machine does
// not open the server's key, its store or anybody's state.
func TestPreviewsNeverReadTheStateFolder(t *testing.T) {
	w := newWorld(t, "", nil)
	w.put("sources", "all", map[string]any{"type": "duckdb", "files": []string{"/"}})
	key, err := os.ReadFile(filepath.Join(w.dir, "secret.key"))
	w.must(err)
	for _, name := range []string{filepath.Join(w.dir, "secret.key"), filepath.Join(w.dir, "eddy.db"), filepath.Join(w.dir, "*"), "/proc/self/environ", "/proc/*/environ"} {
		for _, path := range []string{name, "/proc/self/root" + name} {
			for _, call := range []string{"preview", "columns"} {
				status, text := w.text(w.raw, http.MethodPost, "/api/v1/sources/all/"+call, `{"sql":"SELECT content FROM read_blob('`+path+`')"}`)
				if status < 400 || strings.Contains(text, strings.TrimSpace(string(key))) || strings.Contains(text, "argon2id") {
					t.Errorf("%s of %s: %d %.300s", call, path, status, text)
				}
			}
		}
	}
	w.put("sources", "store", map[string]any{"type": "duckdb", "path": filepath.Join(w.dir, "eddy.db")})
	if status, text := w.text(w.raw, http.MethodPost, "/api/v1/sources/store/test", "{}"); !strings.Contains(text, "state folder") {
		t.Errorf("the store as a source: %d %s", status, text)
	}
}
