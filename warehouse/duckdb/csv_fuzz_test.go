package duckdb

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
)

// FuzzCSVBytes reads arbitrary bytes as a CSV file: each row has the header's number of
// valid texts, or there is an error. What Go's own reader takes is read alike.
func FuzzCSVBytes(f *testing.F) {
	for _, s := range []string{"id,email\n1,a\n", "id;a\r\n\"1\";\"x\"\"y\"\r\n", "a\rb\r", "\"", "a,\"b\nc\" ,d", "\xff\xfea\x00", "a,b\n\n1,2", "a\n#b\n", " \"a\" ,b\n", "a\tb\n\xe9\t\n"} {
		for encoding := range uint8(4) {
			f.Add(s, encoding)
		}
	}
	path := filepath.Join(f.TempDir(), "a.csv")
	f.Fuzz(func(t *testing.T, text string, encoding uint8) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		form := usualForm()
		form.encoding = []string{encodingUTF8, encodingUTF16, encodingLatin1, encodingWindows1252}[encoding%4]
		c, err := openCSV(t.Context(), path, plain, form)
		if err != nil {
			if eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), path) {
				t.Fatalf("a refusal that does not name the file: %v", err)
			}
			return
		}
		defer func() { _ = c.Close() }()
		var rows [][]string
		for err == nil {
			var cells []cell
			if cells, err = c.row(); err != nil {
				break
			}
			var row []string
			for _, x := range cells {
				if !utf8.Valid(x.text) {
					t.Fatal("a cell is not valid UTF-8")
				}
				row = append(row, string(x.text))
			}
			if rows = append(rows, row); len(row) != len(c.names) {
				t.Fatalf("%d cells under %d names", len(row), len(c.names))
			}
		}
		if errors.Is(err, io.EOF) && form.encoding == encodingUTF8 && len(c.names) > 1 && !strings.ContainsAny(text, "\r ") {
			sameAsGo(t, text, c.form.delimiter, rows)
		}
	})
}

// sameAsGo compares with the rows that Go's reader finds, where it finds no fault.
func sameAsGo(t *testing.T, text, delimiter string, rows [][]string) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = rune(delimiter[0])
	want, err := r.ReadAll()
	if err != nil || len(want) == 0 {
		return
	}
	if want = want[1:]; len(want) != len(rows) {
		t.Fatalf("%d rows, Go reads %d", len(rows), len(want))
	}
	for i := range want {
		for j := range want[i] {
			if want[i][j] != rows[i][j] {
				t.Fatalf("row %d cell %d: %q, Go reads %q", i, j, rows[i][j], want[i][j])
			}
		}
	}
}

// FuzzJSONShape follows arbitrary bytes in one piece and one by one: it finds the same.
func FuzzJSONShape(f *testing.F) {
	for _, s := range []string{`[{"id":1},{"id":2}]`, `[{"id":1},`, `{"a":"\""}{"b":[1,{}]}`, `[]`, `"\\`, `]`, `[1]`, "{}\n{}\n[", `[{}]{}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once, each := jsonShape{line: 1}, jsonShape{line: 1}
		want := once.take([]byte(text))
		got := ""
		for i := 0; i < len(text) && got == ""; i++ {
			got = each.take([]byte{text[i]})
		}
		if got != want || once != each || once.end() != each.end() {
			t.Fatalf("%q: %q %+v, byte by byte %q %+v", text, want, once, got, each)
		}
	})
}
