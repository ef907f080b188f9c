package duckdb

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
)

// zipped writes a workbook of one sheet, with parts as they are given beside it.
func zipped(t testing.TB, parts map[string]string) string {
	t.Helper()
	all := map[string]string{
		"_rels/.rels":         `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="w.xml"/></Relationships>`,
		"w.xml":               `<workbook><sheets><sheet name="S" r:id="a"/></sheets></workbook>`,
		"_rels/w.xml.rels":    `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/><Relationship Id="b" Type="x/sharedStrings" Target="t.xml"/><Relationship Id="c" Type="x/styles" Target="f.xml"/></Relationships>`,
		"t.xml":               `<sst><si><t>id</t></si><si><t>email</t></si></sst>`,
		"f.xml":               `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
		"s.xml":               `<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row></sheetData></worksheet>`,
		"docProps/ignored.xm": "<",
	}
	maps.Copy(all, parts)
	path := filepath.Join(t.TempDir(), "w.xlsx")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(file)
	for name, text := range all {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// sheetRows reads a workbook to its end.
func sheetRows(ctx context.Context, path string, each func()) (rows []string, err error) {
	f, err := openSheet(ctx, path, sheetForm{area: wholeSheet()})
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	for {
		cells, err := f.row()
		if errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		if each != nil {
			each()
			continue
		}
		row := ""
		for _, c := range cells {
			row += fmt.Sprintf("%q ", c.text)
		}
		rows = append(rows, row)
	}
}

// peopleSheet is a sheet of so many rows.
func peopleSheet(rows int) string {
	var b strings.Builder
	b.WriteString(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>`)
	for i := range rows {
		fmt.Fprintf(&b, `<row r="%d"><c r="A%d"><v>%d</v></c><c r="B%d" t="inlineStr"><is><t>user%d@example.com</t></is></c></row>`, i+2, i+2, i, i+2, i)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.String()
}

// TestWorkbooksInLittleMemory: a sheet is a stream, however large it is and says that it is.
func TestWorkbooksInLittleMemory(t *testing.T) {
	path := zipped(t, map[string]string{"s.xml": peopleSheet(200_000)})
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	n, peak := 0, uint64(0)
	_, err := sheetRows(t.Context(), path, func() {
		if n++; n%20_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	})
	if err != nil || n != 200_000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if peak > before.HeapAlloc+4_000_000 {
		t.Errorf("reading a sheet holds %d bytes", peak-before.HeapAlloc)
	}
}

// TestFormats: what a number is, a workbook says by how it shows it.
func TestFormats(t *testing.T) {
	for code, want := range map[string]string{
		"": "46024.5", "General": "46024.5", "0.00": "46024.5", "#,##0.00 \\d": "46024.5", `0 "days"`: "46024.5", "0.00E+00": "46024.5", "[Red]-0": "46024.5", "0%": "46024.5", "@": "46024.5", "# ?/?": "46024.5", "General;d": "46024.5",
		"yyyy-mm-dd": "2026-01-02T12:00:00", "DD.MM.YYYY": "2026-01-02T12:00:00", "mmm": "2026-01-02T12:00:00", "[$-407]d. mmm yyyy;@": "2026-01-02T12:00:00", `[>1]d"a";0`: "2026-01-02T12:00:00", "[Blue]m/d": "2026-01-02T12:00:00",
		"h:mm AM/PM": "2026-01-02T12:00:00", "mm:ss": "2026-01-02T12:00:00", "d/m h:mm": "2026-01-02T12:00:00", "[h]:mm": "1104588:00:00", "[mm]:ss.0": "1104588:00:00", "[h]:mm d": "2026-01-02T12:00:00",
	} {
		if got, why := new(workbook).number([]byte("46024.5"), formatOf(code)); got != want || why != "" {
			t.Errorf("%q shows %q %s, want %q", code, got, why, want)
		}
	}
	for id, want := range map[string]string{"0": "46024", "1": "46024", "14": "2026-01-02", "17": "2026-01-02", "20": "2026-01-02T00:00:00", "22": "2026-01-02T00:00:00", "31": "2026-01-02", "46": "1104576:00:00", "49": "46024", "57": "2026-01-02", "999": "46024"} {
		if got, why := new(workbook).number([]byte("46024"), formatOf(builtIn(id))); got != want || why != "" {
			t.Errorf("format %s shows %q %s, want %q", id, got, why, want)
		}
	}
	for n, want := range map[string]string{"0.00001157407407": "00:00:01", "0.5": "12:00:00", "0.520833333333333": "12:30:00", "0.000011580": "00:00:01.001", "1": "1900-01-01T00:00:00", "60.5": "", "61": "1900-03-01T00:00:00", "2958465.5": "9999-12-31T12:00:00", "2958466": "", "2958465.9999999995": "", "1e300": ""} {
		if got, why := new(workbook).number([]byte(n), formatOf("h:mm")); got != want || (why == "") != (want != "") {
			t.Errorf("%s as a time is %q %s, want %q", n, got, why, want)
		}
	}
}

// tired is a context whose owner gives up after a while.
type tired struct {
	context.Context
	asked int
}

func (c *tired) Err() error {
	if c.asked++; c.asked > 10 {
		return context.Canceled
	}
	return nil
}

// TestNobodyWaits: a file that gives no row for long is left when nobody waits for it.
func TestNobodyWaits(t *testing.T) {
	empty := `<worksheet><sheetData>` + strings.Repeat("<row></row>", 500_000) + `</sheetData></worksheet>`
	for where, parts := range map[string]map[string]string{"sheet": {"s.xml": empty}, "texts": {"t.xml": empty}} {
		ctx := &tired{Context: t.Context()}
		if _, err := sheetRows(ctx, zipped(t, parts), nil); !errors.Is(err, context.Canceled) || ctx.asked > 20 {
			t.Errorf("%s: after %d looks: %v", where, ctx.asked, err)
		}
	}
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte(strings.Repeat("#\n", 5_000_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	form := usualForm()
	form.comment = '#'
	if _, err := openCSV(&tired{Context: t.Context()}, path, plain, form); !errors.Is(err, context.Canceled) {
		t.Errorf("a CSV file without a row: %v", err)
	}
}

// TestDaysOf1904: workbooks of old Macs count days from another one.
func TestDaysOf1904(t *testing.T) {
	b := &workbook{since1904: true}
	for n, want := range map[string]string{"0": "1904-01-01", "44562": "2026-01-02", "2957003": "9999-12-31", "2957004": ""} {
		if got, why := b.number([]byte(n), formatOf("d.m.yy")); got != want || (why == "") != (want != "") {
			t.Errorf("day %s is %q %s, want %q", n, got, why, want)
		}
	}
}

// TestDamagedWorkbooks changes bytes of a workbook: it is read as it was, or refused.
func TestDamagedWorkbooks(t *testing.T) {
	whole, err := os.ReadFile(zipped(t, map[string]string{"s.xml": peopleSheet(50)}))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // places in a file
	path := filepath.Join(t.TempDir(), "w.xlsx")
	try := func(text []byte) ([]string, error) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return sheetRows(t.Context(), path, nil)
	}
	want, err := try(whole)
	if err != nil || len(want) != 50 {
		t.Fatalf("%d rows, %v", len(want), err)
	}
	for range 2000 {
		text := bytes.Clone(whole)
		at := random.IntN(len(text))
		text[at] ^= byte(1 + random.IntN(255))
		got, err := try(text)
		if err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("with another byte at %d there are %d rows", at, len(got))
		}
		if err != nil && (eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), path)) {
			t.Fatalf("a refusal that does not name the file: %v", err)
		}
	}
}

// TestWorkbooksThatTakeTooMuch: what a small file unpacks to is bounded before it is unpacked.
func TestWorkbooksThatTakeTooMuch(t *testing.T) {
	bomb := filepath.Join(t.TempDir(), "bomb.xlsx")
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"_rels/.rels", "w.xml", "_rels/w.xml.rels"} {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, UncompressedSize64: 100_000_000, CompressedSize64: 1}
		w, err := z.CreateRaw(header)
		if err == nil {
			_, err = w.Write([]byte{0})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), os.WriteFile(bomb, b.Bytes(), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := sheetRows(t.Context(), bomb, nil); err == nil || !strings.Contains(err.Error(), "unpacks to more than Eddy takes") {
		t.Errorf("a list that unpacks to much gives %v", err)
	}

	many := map[string]string{}
	for i := range 110_000 {
		many[fmt.Sprintf("a part that nobody reads %06d", i)] = ""
	}
	if _, err := sheetRows(t.Context(), zipped(t, many), nil); err == nil || !strings.Contains(err.Error(), "cut off, or is none") {
		t.Errorf("a workbook of very many parts gives %v", err)
	}

	var wide strings.Builder
	wide.WriteString(`<worksheet><sheetData><row r="1">`)
	for i := range 200 {
		fmt.Fprintf(&wide, `<c t="inlineStr"><is><t>c%d</t></is></c>`, i)
	}
	wide.WriteString("</row><row>" + strings.Repeat(`<c t="s"><v>2</v></c>`, 200) + "</row></sheetData></worksheet>")
	texts := `<sst><si/><si/><si><t>` + strings.Repeat("z", 130_000) + `</t></si></sst>`
	if _, err := sheetRows(t.Context(), zipped(t, map[string]string{"s.xml": wide.String(), "t.xml": texts}), nil); err == nil || !strings.Contains(err.Error(), "row 2 is longer than 16,000,000 bytes") {
		t.Errorf("a row that repeats a long text gives %v", err)
	}

	if os.Getenv("EDDY_FAULTS") == "all" {
		texts = `<sst>` + strings.Repeat(`<si><t>`+strings.Repeat("z", 130_000)+`</t></si>`, 2000) + `</sst>`
		if _, err := sheetRows(t.Context(), zipped(t, map[string]string{"t.xml": texts}), nil); err == nil || !strings.Contains(err.Error(), "more text than Eddy takes") {
			t.Errorf("too much text gives %v", err)
		}
	}
}

// endless is a file of long rows without an end, which counts what is asked of it.
type endless struct {
	asked int
	in    input
	text  []byte
}

func (e *endless) columns() []string              { return []string{"a"} }
func (e *endless) row() ([]cell, error)           { e.asked++; return []cell{{text: e.text}}, nil }
func (e *endless) value(x cell) ([]byte, bool)    { return x.text, true }
func (e *endless) headFault(what, _ string) error { return errors.New(what) }
func (e *endless) input() *input                  { return &e.in }
func (e *endless) Close() error                   { return nil }

// TestLongRowsInLittleMemory: few long rows are handed over at once.
func TestLongRowsInLittleMemory(t *testing.T) {
	e := &endless{text: bytes.Repeat([]byte("z"), 4_000_000)}
	table, err := newFileTable([]string{"endless"}, func(string) (rowFile, error) { return e, nil })
	if err != nil {
		t.Fatal(err)
	}
	s := engine(t)
	if err := table.register(s, "cells"); err != nil {
		t.Fatal(err)
	}
	if err := s.Query(t.Context(), "SELECT length(a) FROM cells() LIMIT 1", func([][]byte) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if e.asked > 100 {
		t.Errorf("%d rows of 4 MB were read for one", e.asked)
	}
}

// FuzzSheetBytes reads arbitrary parts: there are rows of the header's number of cells, or an
// error that names the file.
func FuzzSheetBytes(f *testing.F) {
	f.Add(peopleSheet(3), `<sst><si><t>id</t></si><si><t>a_x0041_</t></si></sst>`, `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[h]:mm&quot;d"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs></styleSheet>`)
	f.Add(`<worksheet><sheetData><row r="1"><c r="B1" t="e"><f/><v>#N/A</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`, `<sst/>`, `<styleSheet/>`)
	f.Add(`<worksheet><sheetData><row><c t="inlineStr"><is><r><t>id</t></r></is></c></row><row><c s="0"><v>60.5</v></c></row></sheetData></worksheet>`, ``, `<styleSheet><cellXfs><xf numFmtId="22"/></cellXfs></styleSheet>`)
	f.Fuzz(func(t *testing.T, sheet, texts, formats string) {
		path := zipped(t, map[string]string{"s.xml": sheet, "t.xml": texts, "f.xml": formats})
		if _, err := sheetRows(t.Context(), path, nil); err != nil && (eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(err.Error(), path)) {
			t.Fatalf("a refusal that does not name the file: %v", err)
		}
	})
}
