package eddy_test

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"unicode"

	"github.com/eddy-retl/eddy"
)

// What a spreadsheet would run, in every dress, begins with an apostrophe; anything else stays.
func TestCellsAreNoFormulas(t *testing.T) {
	for _, text := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "\u00a0=1", "\u3000＝1", "＝1+1", "＋1", "－1", "＠x", "\ufeff=1", "\u200b=1", "\u202e=1",
		"'=1", "''=1", " '=1", "|calc", "%0A", "=cmd|'/c calc'!A0", "\x00=1", "\x0b=1", "\u2028=1", "'\tx", "\x00",
	} {
		if got := eddy.Cells(text)[0]; got != "'"+text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	// Where a spreadsheet parts cells at a semicolon, what stands behind one is a cell.
	for text, want := range map[string]string{
		"\t=1": "'\t'=1", "\r=1": "'\r'=1", "ada;=HYPERLINK(1)": "ada;'=HYPERLINK(1)", "ada; ＝1": "ada;' ＝1", "a\t+1;x\n-1": "a\t'+1;x\n'-1", "=1;@x": "'=1;'@x", ";=1": ";'=1", "a;'=1": "a;''=1", "a;\ufeff=1;b": "a;'\ufeff=1;b", "x\r\n=1": "x\r\n'=1",
	} {
		if got := eddy.Cells(text)[0]; got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"", "ada@example.com", "1-2", "a=b", "'quoted'", "Ömer", " x", "'", "x\ty", "2026-01-02", "a;b", "a=1;b", "x\ny"} {
		if got := eddy.Cells(text)[0]; got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}

// FuzzCells gives arbitrary texts: a file of CSV has them all, and what was done can be undone.
func FuzzCells(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "'x", "a,b\n\"c\"", " ＝", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "\r\n", "\n") // a reader of CSV takes one for the other
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		_ = w.Write(append(eddy.Cells(text), "end"))
		w.Flush()
		row, err := csv.NewReader(&file).Read()
		if err != nil || len(row) != 2 {
			t.Fatalf("%q: %q, %v", text, row, err)
		}
		back := ""
		for i, part := range parts(row[0]) {
			rest, marked := strings.CutPrefix(part, "'")
			if behind := strings.TrimPrefix(eddy.Cells(";" + rest)[0], ";"); marked && (behind == part || i == 0 && eddy.Cells(rest)[0] == part) {
				part = rest
			}
			back += part
		}
		if back != text {
			t.Fatalf("%q comes back as %q", text, back)
		}
		for _, part := range parts(row[0]) {
			if r := []rune(strings.TrimLeftFunc(part, unicode.IsSpace)); len(r) > 0 && strings.ContainsRune("=+-@＝＋－＠", r[0]) {
				t.Fatalf("%q stands in the file as %q", text, row[0])
			}
		}
	})
}

// parts are what a spreadsheet may part a cell into, with what parts them at their ends.
func parts(text string) (out []string) {
	for text != "" {
		end := strings.IndexAny(text, ";\t\r\n") + 1
		if end == 0 {
			end = len(text)
		}
		out, text = append(out, text[:end]), text[end:]
	}
	return out
}

// What cannot be seen is refused in names, and shown where it comes from elsewhere.
func TestHiddenCharacters(t *testing.T) {
	for text, want := range map[string]string{
		"a\u202eb": "a<U+202E>b", "\u2066x\u2069": "<U+2066>x<U+2069>", "a\u200fb": "a<U+200F>b", "a\u061cb": "a<U+061C>b", "\x1b[31mred": "<U+001B>[31mred",
		"a\x00": "a<U+0000>", "a\u0085b": "a<U+0085>b", "a\u2028b": "a<U+2028>b", "a\nb": "a<U+000A>b", "a\xffb": "a\ufffdb", "a\x7f": "a<U+007F>",
	} {
		if got := eddy.Visible(text); got != want || eddy.Visible(got) != got {
			t.Errorf("%q is shown as %q", text, got)
		}
		if eddy.CheckName("a thing", text) == nil {
			t.Errorf("%q is a name", text)
		}
	}
	for _, text := range []string{"VIP", "Käufer 2026", "顧客", "عملاء", "नाम\u200dक", "👩\u200d👧", "a\ufffdb", ""} {
		if err := eddy.CheckName("a thing", text); err != nil || eddy.Visible(text) != text {
			t.Errorf("%q: %v, shown as %q", text, err, eddy.Visible(text))
		}
	}
	if got := eddy.VisibleLines("a\n\tb\r\u202e"); got != "a\n\tb<U+000D><U+202E>" {
		t.Errorf("lines are shown as %q", got)
	}
}
