package api_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/setup"
)

// TestPreviewsReadWhatIsOpened: an editor's source reads the folders that the operator
// opened, whatever it asks for. Where the operator opened the whole machine, the server's
// key, its store and everybody's state are closed all the same.
func TestPreviewsReadWhatIsOpened(t *testing.T) {
	for _, opened := range []string{"", "files", "/"} {
		t.Run("opened "+opened, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "", func(c *api.Config) {
				switch opened {
				case "":
					c.Files = setup.Files{}
				case "/":
					c.Files.Opened = []string{"/"}
				}
			})
			w.must(os.WriteFile(filepath.Join(w.files, "people.csv"), []byte("id,email\n1,a@x.com\n"), 0o600))
			w.put("sources", "all", map[string]any{"type": "duckdb", "files": []string{"/"}})
			w.put("sources", "none", map[string]any{"type": "duckdb"})
			w.put("sources", "store", map[string]any{"type": "duckdb", "path": filepath.Join(w.dir, "eddy.db")})
			status, text := w.text(w.raw, http.MethodPost, "/api/v1/sources/none/preview", `{"table":"`+filepath.Join(w.files, "people.csv")+`"}`)
			if worked := status == http.StatusOK && strings.Contains(text, "a@x.com"); worked != (opened != "") || !worked && !strings.Contains(text, "eddy serve --files "+w.files) {
				t.Errorf("a file of the opened folder: %d %s", status, text)
			}
			book := excelize.NewFile()
			w.must(errors.Join(book.SetSheetRow("Sheet1", "A1", &[]any{"id", "phone"}), book.SetSheetRow("Sheet1", "A2", &[]any{1, 4915112345678}), book.SaveAs(filepath.Join(w.files, "people.xlsx"))))
			status, text = w.text(w.raw, http.MethodPost, "/api/v1/sources/none/preview", `{"table":"`+filepath.Join(w.files, "people.xlsx")+`"}`)
			if worked := status == http.StatusOK && strings.Contains(text, `"4915112345678"`); worked != (opened != "") {
				t.Errorf("a workbook of the opened folder: %d %s", status, text)
			}
			key, err := os.ReadFile(filepath.Join(w.dir, "secret.key"))
			w.must(err)
			names := []string{filepath.Join(w.dir, "secret.key"), filepath.Join(w.dir, "eddy.db"), filepath.Join(w.dir, "*"), "/proc/self/environ", "/proc/*/environ"}
			if opened != "/" {
				names = append(names, "/etc/passwd", "../../etc/passwd", ".eddy/secret.key", "closed_test.go")
			}
			for _, name := range names {
				for _, path := range []string{name, "/proc/self/root" + name} {
					for _, call := range []string{"all/preview", "all/columns", "none/preview"} {
						status, text := w.text(w.raw, http.MethodPost, "/api/v1/sources/"+call, `{"sql":"SELECT content FROM read_blob('`+path+`')"}`)
						if status < 400 || strings.Contains(text, strings.TrimSpace(string(key))) || strings.Contains(text, "argon2id") || strings.Contains(text, "root:") {
							t.Errorf("%s of %s: %d %.300s", call, path, status, text)
						}
					}
				}
			}
			if status, text := w.text(w.raw, http.MethodPost, "/api/v1/sources/store/test", "{}"); !strings.Contains(text, `"ok":false`) {
				t.Errorf("the store as a source: %d %s", status, text)
			}
		})
	}
}
