package duckdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
)

// keptOf takes in what lies in a file.
func keptOf(t testing.TB, name, text string) (Kept, error) {
	t.Helper()
	dir := t.TempDir()
	kept, err := Keep(t.Context(), Upload{Name: name, Text: []byte(text), Room: 1 << 30}, filepath.Join(dir, "kept"))
	if left, _ := os.ReadDir(dir); err != nil && len(left) != 0 {
		t.Errorf("%s is left of what was refused", left[0].Name())
	}
	return kept, err
}

// manySheets are the parts of a workbook with sheets of some names, each the part that is told.
func manySheets(n int, name func(i int) string, part func(i int) string, text func(i int) string) map[string]string {
	var list, links strings.Builder
	parts := map[string]string{}
	for i := range n {
		fmt.Fprintf(&list, `<sheet name="%s" r:id="s%d"/>`, name(i), i)
		fmt.Fprintf(&links, `<Relationship Id="s%d" Type="x/worksheet" Target="%s"/>`, i, part(i))
		parts[part(i)] = text(i)
	}
	parts["w.xml"] = "<workbook><sheets>" + list.String() + "</sheets></workbook>"
	parts["_rels/w.xml.rels"] = `<Relationships><Relationship Id="t" Type="x/sharedStrings" Target="t.xml"/><Relationship Id="f" Type="x/styles" Target="f.xml"/>` + links.String() + "</Relationships>"
	return parts
}

// headOf is a sheet of one row.
func headOf(names ...string) string {
	var b strings.Builder
	b.WriteString(`<worksheet><sheetData><row r="1">`)
	for i, name := range names {
		fmt.Fprintf(&b, `<c r="%s1" t="inlineStr"><is><t>%s</t></is></c>`, columnLetters(i+1), name)
	}
	b.WriteString(`</row></sheetData></worksheet>`)
	return b.String()
}

// TestUploadsAreBounded: what a small file says that it holds is refused before the server has it
// in memory, and says what is too much.
func TestUploadsAreBounded(t *testing.T) {
	numbered := func(before string) func(int) string {
		return func(i int) string { return fmt.Sprintf("%s%d", before, i) }
	}
	always := func(text string) func(int) string { return func(int) string { return text } }
	wide := make([]string, 1000)
	for i := range wide {
		wide[i] = "n" + strings.Repeat("x", 245) + fmt.Sprintf("%04d", i)
	}
	people := headOf("id", "email")
	for name, c := range map[string]struct {
		parts map[string]string
		want  string
	}{
		"one part":     {manySheets(1500, numbered("S"), always("s.xml"), always(people)), "two of its sheets are one part"},
		"many sheets":  {manySheets(101, numbered("S"), numbered("p"), always(people)), "the workbook has 101 sheets, and at most 100"},
		"many names":   {manySheets(5, numbered("S"), numbered("p"), always(headOf(wide...))), "the names of its columns are longer than 1024 KiB together"},
		"long title":   {manySheets(2, func(i int) string { return strings.Repeat("S", 1+i*300) }, numbered("p"), always(people)), "the name of a sheet is longer than 255 bytes"},
		"many texts":   {map[string]string{"t.xml": "<sst>" + strings.Repeat("<si/>", 4_000_001) + "</sst>"}, "more text than Eddy takes"},
		"long texts":   {map[string]string{"t.xml": "<sst>" + strings.Repeat("<si><t>"+strings.Repeat("x", 130_000)+"</t></si>", 520) + "</sst>"}, "more text than Eddy takes"},
		"many formats": {map[string]string{"f.xml": "<styleSheet><cellXfs>" + strings.Repeat("<xf/>", 4_000_000) + "</cellXfs></styleSheet>"}, "unpacks to more than Eddy takes"},
		"zero byte":    {map[string]string{"s.xml": headOf("a", "a_x0000_b")}, `sheet "S": the name of column 2 has a line break`},
		"line break":   {map[string]string{"s.xml": headOf("a_x000A_b")}, `sheet "S": the name of column 1 has a line break`},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(zipped(t, c.parts))
			if err != nil {
				t.Fatal(err)
			}
			_, err = keptOf(t, "x.xlsx", string(text))
			e, ok := errors.AsType[*eddy.Error](err)
			if !ok || e.Code != eddy.CodeSource || !strings.Contains(e.What, c.want) || e.Mend == "" || strings.Contains(e.Mend, "no limit") {
				t.Errorf("refused with: %v", err)
			}
		})
	}
	kept, err := os.ReadFile(zipped(t, manySheets(100, numbered("S"), numbered("p"), always(people))))
	if err != nil {
		t.Fatal(err)
	}
	if k, err := keptOf(t, "x.xlsx", string(kept)); err != nil || len(k.Tables) != 100 {
		t.Errorf("a hundred sheets are %d tables: %v", len(k.Tables), err)
	}
}

// TestWideUploadsInLittleMemory: a header of millions of cells is refused as soon as it is too wide,
// whether a quote is in it or not.
func TestWideUploadsInLittleMemory(t *testing.T) {
	for _, text := range []string{"a" + strings.Repeat(",", 15_000_000), `"a"` + strings.Repeat(",", 15_000_000)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := keptOf(t, "x.csv", text+"\n")
		runtime.ReadMemStats(&after)
		if e, ok := errors.AsType[*eddy.Error](err); !ok || !strings.Contains(e.What, "line 1: it has more than 1000 cells") {
			t.Errorf("refused with: %v", err)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 200<<20 {
			t.Errorf("a header of 15 MB took %d MiB", took>>20)
		}
	}
	if _, err := keptOf(t, "x.csv", "id,a\x07b\n1,2\n"); err == nil || !strings.Contains(err.Error(), "line 1: the name of column 2 has") {
		t.Errorf("a bell in a header: %v", err)
	}
}
