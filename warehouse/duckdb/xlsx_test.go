package duckdb_test

import (
	"archive/zip"
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// workbook writes a workbook with another program's library, as users have them.
func workbook(t *testing.T, fill func(*excelize.File) error, options ...excelize.Options) string {
	t.Helper()
	f := excelize.NewFile()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.xlsx")
	if err := f.SaveAs(path, options...); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// cells fills a sheet, and gives some cells a format.
func cells(sheet string, values map[string]any, formats map[string]string) func(*excelize.File) error {
	return func(f *excelize.File) error {
		if sheet != "Sheet1" {
			if _, err := f.NewSheet(sheet); err != nil {
				return err
			}
		}
		for cell, v := range values {
			if err := f.SetCellValue(sheet, cell, v); err != nil {
				return err
			}
		}
		for cell, code := range formats {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &code})
			if err != nil {
				return err
			}
			if err := f.SetCellStyle(sheet, cell, cell, style); err != nil {
				return err
			}
		}
		return nil
	}
}

// both runs several ways of filling one after the other.
func both(fills ...func(*excelize.File) error) func(*excelize.File) error {
	return func(f *excelize.File) error {
		for _, fill := range fills {
			if err := fill(f); err != nil {
				return err
			}
		}
		return nil
	}
}

// TestWorkbooks: a workbook that a spreadsheet program wrote is read as a person sees it.
func TestWorkbooks(t *testing.T) {
	people := cells("Sheet1", map[string]any{"A1": "id", "B1": "email", "A2": 1, "B2": "a@x.com", "A3": 2, "B3": "b@x.com"}, nil)
	files := map[string]string{
		"list.xlsx":  workbook(t, people),
		"macro.xlsm": workbook(t, people),
		"many.xlsx":  workbook(t, both(people, cells("Customers", map[string]any{"A1": "id", "A2": 7}, nil), cells("Old", map[string]any{"A1": "id", "A2": 8}, nil), func(f *excelize.File) error { return f.SetSheetVisible("Old", false) })),
		"hidden.xlsx": workbook(t, both(cells("Customers", map[string]any{"A1": "id", "A2": 7}, nil), func(f *excelize.File) error {
			f.SetActiveSheet(1)
			return f.SetSheetVisible("Sheet1", false)
		})),
		"types.xlsx": workbook(t, cells("Sheet1", map[string]any{
			"A1": "id", "A2": "phone", "B1": "v", "B2": 4915112345678, "A3": "zeros", "B3": "00123", "A4": "long", "B4": 1234567890123456, "A5": "sum", "B5": 0.30000000000000004,
			"A6": "yes", "B6": true, "A7": "day", "B7": time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), "A8": "both", "B8": time.Date(2026, 1, 2, 13, 4, 5, 0, time.UTC), "A9": "shown", "B9": 123,
			"A10": "money", "B10": 1234.5, "A11": "clock", "B11": 0.524259259259259, "A12": "hours", "B12": 1.1458333333333333, "A13": "minus", "B13": -7.25, "A14": "blanks", "B14": " x  y ",
			"A15": "lines", "B15": "a\nb", "A16": "leap", "B16": 59, "A17": "march", "B17": 61, "A18": "text", "B18": "=1+1", "A19": "tiny", "B19": 1e-7,
		}, map[string]string{
			"B7": "dd.mm.yyyy", "B8": `yyyy-mm-dd hh:mm`, "B9": "00000", "B10": `#,##0.00 "days"`, "B11": "h:mm:ss AM/PM", "B12": "[h]:mm", "B16": "m/d/yy", "B17": `[$-407]d/\ mmmm\ yyyy;@`,
		})),
		"title.xlsx":  workbook(t, cells("Sheet1", map[string]any{"A1": "Customers", "B3": "id", "D3": "email", "B4": 1, "C4": "x", "D4": "a@x.com", "F9": "sum"}, nil)),
		"gaps.xlsx":   workbook(t, cells("Sheet1", map[string]any{"B2": "id", "C2": "email", "B4": 1, "B9": 2, "C9": "b", "B40": ""}, nil)),
		"merged.xlsx": workbook(t, both(people, func(f *excelize.File) error { return f.MergeCell("Sheet1", "B2", "B3") })),
		"head.xlsx": workbook(t, both(cells("Sheet1", map[string]any{"A1": "id", "C1": "email", "A2": 1, "C2": "a"}, nil), func(f *excelize.File) error {
			return f.MergeCell("Sheet1", "A1", "B1")
		})),
		"formula.xlsx": workbook(t, both(people, cells("Sheet1", map[string]any{"C1": "sum"}, nil), func(f *excelize.File) error { return f.SetCellFormula("Sheet1", "C3", "A2+A3") })),
		"twice.xlsx":   workbook(t, cells("Sheet1", map[string]any{"A1": "id", "B1": "ID"}, nil)),
		"names.xlsx":   workbook(t, cells("Sheet1", map[string]any{"A1": "id", "A2": 1}, nil)),
		"secret.xlsx":  workbook(t, people, excelize.Options{Password: "zq"}),
		"empty.xlsx":   workbook(t, cells("Sheet1", nil, nil)),
		"~$list.xlsx":  "owner",
		"none.xlsx":    "id,email\n1,zq\n",
		"old.xlsx":     "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1zq",
		"list.xlsx.gz": "\x1f\x8b",
		"a.xlsx":       workbook(t, people), "b.xlsx": workbook(t, people),
	}
	dir := folder(t, "books", files)
	one := `["id" "email"] ["1" "a@x.com"] ["2" "b@x.com"]`
	for model, want := range map[eddy.Model]string{
		{Table: "list.xlsx"}:                                  one,
		{Table: "macro.xlsm"}:                                 one,
		{SQL: "SELECT * FROM 'list.xlsx'"}:                    one,
		{SQL: `SELECT * FROM "list.xlsx" AS sample LIMIT 50`}: one,
		{SQL: "SELECT list.id FROM list.xlsx"}:                `["id"] ["1"] ["2"]`,
		{SQL: "SELECT email FROM read_xlsx('list.xlsx', sheet = 'sheet1', header = true, all_varchar = true) WHERE id::INT > 1"}: `["email"] ["b@x.com"]`,
		{SQL: "FROM read_xlsx('list.xlsx', header := false)"}:                                                                    `["A" "B"] ["1" "a@x.com"] ["2" "b@x.com"] ["id" "email"]`,
		{SQL: "FROM read_xlsx('list.xlsx', header = false, range = 'A2:b2')"}:                                                    `["A" "B"] ["1" "a@x.com"]`,
		{SQL: "FROM read_xlsx('list.xlsx', ignore_errors = true)"}:                                                               "which Eddy does not have",
		{SQL: "FROM read_xlsx('list.xlsx', all_varchar = false)"}:                                                                "All values are texts",
		{SQL: "FROM read_xlsx('list.xlsx', range = 'B2:A1')"}:                                                                    "the option range of read_xlsx cannot be used",
		{SQL: "FROM read_xlsx('list.xlsx', range = 'D1:E9')"}:                                                                    "no value in it",
		{Table: "[ab].xlsx"}:                                      `["id" "email"] ["1" "a@x.com"] ["1" "a@x.com"] ["2" "b@x.com"] ["2" "b@x.com"]`,
		{Table: "*list.xlsx"}:                                     one,
		{Table: "[an]*s.xlsx"}:                                    `["id"] ["1"]`,
		{Table: "[al]*.xlsx"}:                                     `["id" "email"] ["1" "a@x.com"] ["1" "a@x.com"] ["2" "b@x.com"] ["2" "b@x.com"]`,
		{SQL: "FROM read_xlsx(['list.xlsx', 'names.xlsx'])"}:      `names.xlsx, sheet "Sheet1": its header has 1 column`,
		{Table: "many.xlsx"}:                                      `has more than one sheet, and which one is meant is not certain: it has "Sheet1", "Customers", "Old" (hidden)`,
		{SQL: "FROM read_xlsx('many.xlsx', sheet = 'customers')"}: `["id"] ["7"]`,
		{SQL: "FROM read_xlsx('many.xlsx', sheet = 'Old')"}:       `["id"] ["8"]`,
		{SQL: "FROM read_xlsx('many.xlsx', sheet = 'New')"}:       `no sheet "New": it has "Sheet1", "Customers", "Old" (hidden)`,
		{Table: "hidden.xlsx"}:                                    `["id"] ["7"]`,
		{Table: "types.xlsx"}: `["id" "v"] ["blanks" " x  y "] ["both" "2026-01-02T13:04:05"] ["clock" "12:34:56"] ["day" "2026-01-02"] ["hours" "27:30:00"] ["leap" "1900-02-28"] ["lines" "a\nb"] ` +
			`["long" "rounded 1.234567890123456e+15"] ["march" "1900-03-01"] ["minus" "-7.25"] ["money" "1234.5"] ["phone" "4915112345678"] ["shown" "00123"] ["sum" "0.3"] ["text" "=1+1"] ["tiny" "0.0000001"] ["yes" "true"] ["zeros" "00123"]`,
		{Table: "title.xlsx"}: `sheet "Sheet1", cell B3: a value stands beside the table`,
		{SQL: "FROM read_xlsx('title.xlsx', range = 'B3:D8')"}: `["id" "C" "email"] ["1" "x" "a@x.com"]`,
		{SQL: "FROM read_xlsx('title.xlsx', range = 'A3:Z')"}:  `cell F9: a value stands beside the table, whose first row goes from B to D`,
		{Table: "gaps.xlsx"}:                                   `["id" "email"] ["1" ""] ["2" "b"]`,
		{Table: "merged.xlsx"}:                                 "the cells B2 to B3 are merged",
		{SQL: "SELECT id FROM 'merged.xlsx' LIMIT 1"}:          "the cells B2 to B3 are merged",
		{Table: "head.xlsx"}:                                   `["id" "B" "email"] ["1" "" "a"]`,
		{Table: "formula.xlsx"}:                                `sheet "Sheet1", cell C3: its formula has no value`,
		{SQL: "FROM read_xlsx('formula.xlsx', range = 'A:A')"}: `["id"] ["1"] ["2"]`,
		{Table: "twice.xlsx"}:                                  "cell B1: the column has the same name as that of A1",
		{Table: "secret.xlsx"}:                                 "the workbook has a password",
		{Table: "empty.xlsx"}:                                  "no value in it",
		{Table: "~$list.xlsx"}:                                 "not an Excel workbook",
		{Table: "none.xlsx"}:                                   "not an Excel workbook",
		{Table: "old.xlsx"}:                                    "old Excel workbook",
		{Table: "list.xlsx.gz"}:                                "not compressed as a whole",
		{Table: "book.xls"}:                                    "Save it as an Excel workbook (.xlsx)",
		{SQL: "FROM 'b.ods'"}:                                  "Save it as an Excel workbook (.xlsx)",
		{Table: "gone.xlsx"}:                                   "No files found",
		{SQL: "SELECT r.* FROM (SELECT 'a.xlsx' AS f) t, read_xlsx(t.f) r"}:      "must be constants",
		{SQL: "SELECT count(*) AS n FROM 'a.xlsx' a JOIN 'b.xlsx' b USING (id)"}: `["n"] ["2"]`,
	} {
		if got := read(t, dir, nil, model); !strings.Contains(got, want) || strings.Contains(got, "zq") {
			t.Errorf("%+v gives %s\nwant %s", model, got, want)
		}
	}
}

const (
	bookHead = `<workbook xmlns:r="r"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>`
	bookRels = `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/><Relationship Id="b" Type="x/sharedStrings" Target="/xl/t.xml"/><Relationship Id="c" Type="x/styles" Target="f.xml"/></Relationships>`
)

// handmade is a workbook of parts as they are given; what is not given is as it should be.
func handmade(t *testing.T, rows string, parts map[string]string) string {
	t.Helper()
	all := map[string]string{
		"_rels/.rels": `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="xl/w.xml"/></Relationships>`, "xl/w.xml": bookHead, "xl/_rels/w.xml.rels": bookRels,
		"xl/s.xml": `<?xml version="1.0"?><worksheet><dimension ref="A1:XFD1048576"/><sheetData>` + rows + `</sheetData></worksheet>`,
		"xl/t.xml": `<sst><si><t>id</t></si><si><r><t>ze</t></r><r><t>ro</t></r><rPh><t>spoken</t></rPh></si><si/></sst>`,
		"xl/f.xml": `<styleSheet><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs></styleSheet>`,
	}
	maps.Copy(all, parts)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range all {
		if text == "" {
			continue
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestOddWorkbooks: what programs write, and what nobody should, is read as it is or refused
// with its cell, the cause and a way to mend it; never with a value of it (promises 3 and 10).
func TestOddWorkbooks(t *testing.T) {
	const head = `<row r="1"><c r="A1" t="s"><v>0</v></c></row>`
	row := func(c string) string { return head + `<row r="2"><c r="A2" ` + c + `</c></row>` }
	for name, c := range map[string]struct {
		rows  string
		parts map[string]string
		want  string
	}{
		"shared":     {row(`t="s"><v>1</v>`), nil, `["id"] ["zero"]`},
		"inline":     {row(`t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is>`), nil, `["id"] ["a b"]`},
		"escaped":    {row(`t="inlineStr"><is><t>a_x000A_b_x005F_x0041_&amp;_x</t></is>`), nil, `["id"] ["a\nb_x0041_&_x"]`},
		"unnumbered": {`<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>b</t></is></c></row><row><c><v>1</v></c><c/></row><row/>`, nil, `["id" "b"] ["1" ""]`},
		"exponent":   {row(`><v>4.915112345678E12</v>`), nil, `["id"] ["4915112345678"]`},
		"seventeen":  {row(`><v>1234.5599999999999</v>`), nil, `["id"] ["1234.56"]`},
		"huge":       {row(`><v>1E+300</v>`), nil, `["id"] ["rounded 1e+300"]`},
		"hex":        {row(`><v>0x1p4</v>`), nil, "cell A2: it is said to be a number and is none"},
		"infinite":   {row(`><v>1e999</v>`), nil, "cell A2: it is said to be a number and is none"},
		"boolean":    {row(`t="b"><v>0</v>`), nil, `["id"] ["false"]`},
		"date":       {row(`t="d"><v>2026-01-02</v>`), nil, `["id"] ["2026-01-02"]`},
		"1904":       {row(`s="1"><v>44562.5</v>`), map[string]string{"xl/w.xml": strings.Replace(bookHead, "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)}, `["id"] ["2026-01-02T12:00:00"]`},
		"no day":     {row(`s="1"><v>60</v>`), nil, "cell A2: it is shown as a date that there was not"},
		"before":     {row(`s="1"><v>-1</v>`), nil, "none between 1900 and 9999"},
		"style":      {row(`s="9"><v>1</v>`), nil, "cell A2: its format is missing"},
		"error":      {row(`t="e"><v>#N/A</v>`), nil, "sheet \"S\", cell A2: it holds the error #N/A"},
		"own error":  {row(`t="e"><v>zq</v>`), nil, "of a kind that is not known"},
		"formula":    {row(`><f>zq</f><v>3</v>`), nil, `["id"] ["3"]`},
		"no text":    {row(`t="str"><f>zq</f><v></v>`), nil, `["id"]`},
		"no value":   {row(`><f>zq</f>`), nil, "cell A2: its formula has no value"},
		"lost text":  {row(`t="s"><v>3</v>`), nil, "cell A2: its text is missing"},
		"minus text": {row(`t="s"><v>-1</v>`), nil, "cell A2: its text is missing"},
		"kind":       {row(`t="zq"><v>3</v>`), nil, "of a kind that is not known"},
		"order":      {head + head, nil, "its rows are not in order"},
		"row order":  {head + `<row r="2"><c r="B2"/><c r="A2"/></row>`, nil, "its cells are not in order"},
		"other row":  {head + `<row r="2"><c r="A3"><v>1</v></c></row>`, nil, "stands in another row"},
		"far row":    {`<row r="1048577"/>`, nil, "its rows are not in order"},
		"far column": {head + `<row r="2"><c r="ZZZ2"><v>1</v></c></row>`, nil, "its cells are not in order"},
		"last cell":  {head + `<row r="1048576"><c r="XFD1048576" t="s"><v>2</v></c></row>`, nil, `["id"]`},
		"stray":      {head + `<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`, nil, "cell XFD1048576: a value stands beside the table"},
		"entities":   {head, map[string]string{"xl/t.xml": `<!DOCTYPE sst [<!ENTITY a "zqzq"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>`}, "declares something of its own"},
		"outside":    {row(`t="inlineStr"><is><t>&zq;</t></is>`), nil, "not well-formed"},
		"deep":       {row(`>` + strings.Repeat("<x>", 100) + strings.Repeat("</x>", 100)), nil, "too deep"},
		"unclosed":   {row(`><v>1</v></c></zq>`), nil, "not well-formed"},
		"cut XML":    {head, map[string]string{"xl/s.xml": `<worksheet><sheetData>` + head}, "cut off"},
		"long text":  {head, map[string]string{"xl/t.xml": `<sst><si><t>` + strings.Repeat("z", 2_000_000) + `</t></si></sst>`}, "longer than a cell can be"},
		"long cell":  {row(`><v>` + strings.Repeat("1", 2_000_000) + `</v>`), nil, "cell A2: it is longer than a cell can be"},
		"endless":    {head, map[string]string{"xl/s.xml": `<worksheet x="` + strings.Repeat("z", 20_000_000)}, "longer than 16,000,000 bytes"},
		"no sheet":   {head, map[string]string{"xl/s.xml": ""}, "a part is missing"},
		"no links":   {head, map[string]string{"xl/_rels/w.xml.rels": ""}, "a part is missing"},
		"no start":   {head, map[string]string{"_rels/.rels": "<Relationships/>"}, "a part is missing"},
		"no sheets":  {head, map[string]string{"xl/w.xml": "<workbook/>"}, "no sheet with cells"},
		"chart":      {head, map[string]string{"xl/_rels/w.xml.rels": strings.Replace(bookRels, "x/worksheet", "x/chartsheet", 1)}, "no sheet with cells"},
		"elsewhere":  {head, map[string]string{"xl/_rels/w.xml.rels": strings.Replace(bookRels, `Target="s.xml"`, `Target="../../../etc/passwd"`, 1)}, "a part is missing"},
		"external":   {head, map[string]string{"xl/_rels/w.xml.rels": strings.Replace(bookRels, `Target="s.xml"`, `TargetMode="External" Target="http://zq/"`, 1)}, "no sheet with cells"},
		"no strings": {`<row><c t="inlineStr"><is><t>id</t></is></c></row>`, map[string]string{"xl/_rels/w.xml.rels": `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/></Relationships>`}, `["id"]`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, "odd", map[string]string{"w.xlsx": handmade(t, c.rows, c.parts)})
			for _, m := range []eddy.Model{{Table: "w.xlsx"}, {SQL: "SELECT * FROM 'w.xlsx'"}} {
				got := read(t, dir, nil, m)
				if !strings.Contains(got, c.want) || strings.Contains(got, "zq") {
					t.Errorf("%+v gives %.300s\nwant %s", m, got, c.want)
				}
			}
		})
	}
}

// TestWorkbooksOnlyWhereOpened: a workbook is a file like any other to the rule of what is read.
func TestWorkbooksOnlyWhereOpened(t *testing.T) {
	hidden := workbook(t, cells("Sheet1", map[string]any{"A1": "id", "A2": "zq"}, nil))
	dir := folder(t, "work", map[string]string{".eddy/w.xlsx": hidden})
	outside := folder(t, "outside", map[string]string{"w.xlsx": hidden})
	if err := os.Symlink(filepath.Join(outside, "w.xlsx"), filepath.Join(dir, "out.xlsx")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		".eddy/w.xlsx": "in Eddy's state folder", "out.xlsx": "a link leads out of them", "*.xlsx": "a link leads out of them",
		filepath.Join(outside, "w.xlsx"): "in none of the folders", "https://example.com/w.xlsx": "which no model does", filepath.Join(outside, "none.xlsx"): "in none of the folders",
	} {
		for _, m := range []eddy.Model{{Table: path}, {SQL: "FROM '" + path + "'"}, {SQL: "FROM read_xlsx(['" + path + "'], sheet = 'Sheet1')"}} {
			if got := read(t, dir, nil, m); !strings.Contains(got, want) || strings.Contains(got, "zq") {
				t.Errorf("%+v gives %s\nwant %s", m, got, want)
			}
		}
	}
}

// TestNamesMadeOfValues: a query can take a row of people for the header; such names are not
// told to those who may not see values.
func TestNamesMadeOfValues(t *testing.T) {
	dir := folder(t, "names", map[string]string{"w.xlsx": workbook(t, cells("Sheet1", map[string]any{"A1": "id", "B1": "email", "A2": "1", "B2": "a@x.com"}, nil))})
	src, err := duckdb.Kind().Open(t.Context(), eddy.Source{Name: "files", Dir: dir, Opened: []string{dir}, OpenDir: true})
	if err != nil {
		t.Fatal(err)
	}
	for sql, want := range map[string]bool{"FROM 'w.xlsx'": false, "FROM read_xlsx('w.xlsx', sheet = 'Sheet1')": false, "FROM read_xlsx('w.xlsx', range = 'B2:B9')": true} {
		columns, err := src.Columns(t.Context(), eddy.Model{SQL: sql})
		if err != nil || len(columns) == 0 || columns[0].Loose != want {
			t.Errorf("%s: %+v, %v", sql, columns, err)
		}
	}
}
