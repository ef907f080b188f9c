package duckdb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// uploadName is how a server calls what it keeps.
const uploadName = "0123456789abcdef0123456789abcdef"

// keep takes a file in, and gives the source that is made of it.
func keep(t testing.TB, name, text string, before ...string) (duckdb.Kept, eddy.Source, error) {
	t.Helper()
	dir := t.TempDir()
	kept, err := duckdb.Keep(t.Context(), duckdb.Upload{Name: name, Text: []byte(text), Before: before, Room: 1 << 30}, filepath.Join(dir, uploadName))
	if err != nil {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s is left of an upload that was refused", left[0].Name())
		}
	}
	return kept, eddy.Source{Name: "people", Type: "upload", Uploads: dir, Options: map[string]string{"file": uploadName, "key": kept.Key}}, err
}

// rowsOf are the values of a model's columns, row by row; ø is none.
func rowsOf(t testing.TB, src eddy.Source, m eddy.Model) (out []string, err error) {
	t.Helper()
	ctx := t.Context()
	s, err := duckdb.UploadKind().Open(ctx, src)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	columns, err := s.Columns(ctx, m)
	if err != nil {
		return nil, err
	}
	var sel []warehouse.Selected
	for _, c := range columns {
		if c.Loose {
			t.Errorf("the name of column %s is said to be made of values", c.Name)
		}
		sel = append(sel, warehouse.Selected{As: c.Name, Column: &c})
	}
	e, err := duckdb.Engine{}.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	if _, err := s.Stage(ctx, e, "stage", sel, m); err != nil {
		return nil, err
	}
	return out, e.Query(ctx, "SELECT * FROM stage", func(row [][]byte) error {
		var texts []string
		for _, x := range row {
			if x == nil {
				x = []byte("ø")
			}
			texts = append(texts, string(x))
		}
		out = append(out, strings.Join(texts, "|"))
		return nil
	})
}

// TestUploads: whatever program wrote a file, its values are what a person sees there.
func TestUploads(t *testing.T) {
	t.Parallel()
	utf16File := func(text string) string {
		b := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(text)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	people := cells("Sheet1", map[string]any{"A1": "id", "B1": "phone", "C1": "born", "A2": "007", "B2": 491700000000, "A3": "8", "B3": 4.917e11}, nil)
	day := both(cells("Sheet1", map[string]any{"A1": "born", "A2": 46024}, map[string]string{"A2": "dd.mm.yyyy"}))
	for name, c := range map[string]struct{ file, text, table, want string }{
		"comma":       {"list.csv", "id,email\n007,a@x.com\n8,\n", "list", "007|a@x.com 8|ø"},
		"semicolon":   {"Kunden 2026.csv", "id;email\r\n1;\"a;b\"\r\n", "kunden_2026", "1|a;b"},
		"tab":         {"x.tsv", "id\temail\n1\ta,b\n", "x", "1|a,b"},
		"mark":        {"x.csv", "\xef\xbb\xbfid\n1\n", "x", "1"},
		"utf-16":      {"x.csv", utf16File("id,name\n1,Zoë\n"), "x", "1|Zoë"},
		"zero byte":   {"x.csv", "id,name\n1,a\x00b\n", "x", "1|a\x00b"},
		"no rows":     {"x.csv", "id,email\n", "x", ""},
		"no name":     {"x.csv", "id,,email\n1,2,3\n", "x", "1|2|3"},
		"odd title":   {"a@x.com.csv", "id\n1\n", "a_x", "1"},
		"no title":    {"---.csv", "id\n1\n", "data", "1"},
		"no ending":   {"x.txt", "id|n\n1|2\n", "x", "1|2"},
		"excel":       {"x.xlsx", workbook(t, people), "sheet1", "007|491700000000|ø 8|491700000000|ø"},
		"excel dates": {"x.xlsx", workbook(t, day), "sheet1", "2026-01-02"},
		"misnamed":    {"x.csv", workbook(t, people), "sheet1", "007|491700000000|ø 8|491700000000|ø"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept, src, err := keep(t, c.file, c.text)
			if err != nil {
				t.Fatal(err)
			}
			if len(kept.Tables) != 1 || kept.Tables[0].Name != c.table {
				t.Errorf("the tables are %+v", kept.Tables)
			}
			rows, err := rowsOf(t, src, eddy.Model{Table: kept.Tables[0].Name})
			if got := strings.Join(rows, " "); err != nil || got != c.want || int64(len(rows)) != kept.Tables[0].Rows {
				t.Errorf("the rows are %q of %d: %v", got, kept.Tables[0].Rows, err)
			}
		})
	}
}

// TestUploadsOfWorkbooks: each sheet that is a table is one; the others are told.
func TestUploadsOfWorkbooks(t *testing.T) {
	t.Parallel()
	text := workbook(t, both(
		cells("Sheet1", map[string]any{"A1": "id", "A2": 1}, nil),
		cells("VIP-Kunden", map[string]any{"A1": "id", "A2": 2, "A3": 3}, nil),
		cells("vip kunden", map[string]any{"A1": "id", "A2": 4}, nil),
		cells("Notes", map[string]any{"A1": "call ada@example.com", "A2": "x", "C2": "beside"}, nil),
		cells("Empty", nil, nil),
		cells("Old", map[string]any{"A1": "id", "A2": 9}, nil),
		func(f *excelize.File) error { return f.SetSheetVisible("Old", false) },
	))
	kept, src, err := keep(t, "crm.xlsx", text)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, table := range kept.Tables {
		names = append(names, table.Name)
	}
	if !slices.Equal(names, []string{"sheet1", "vip_kunden", "vip_kunden_2"}) {
		t.Errorf("the tables are %v", names)
	}
	if len(kept.Left) != 1 || kept.Left[0].Title != "Notes" || strings.Contains(kept.Left[0].Reason, "ada") {
		t.Errorf("what was left out is %+v", kept.Left)
	}
	rows, err := rowsOf(t, src, eddy.Model{SQL: "SELECT a.id FROM vip_kunden AS a ORDER BY id DESC"})
	if err != nil || strings.Join(rows, " ") != "3 2" {
		t.Errorf("the rows are %v: %v", rows, err)
	}
	s, err := duckdb.UploadKind().Open(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := s.(warehouse.Tables).ListTables(t.Context())
	if err := errors.Join(err, s.Close()); err != nil || len(tables) != 3 || tables[1].Name != "main.vip_kunden" {
		t.Errorf("the tables that are listed are %+v: %v", tables, err)
	}
}

// TestUploadsKeepTheirName: the table of a file that has one is called as it was.
func TestUploadsKeepTheirName(t *testing.T) {
	t.Parallel()
	kept, _, err := keep(t, "customers-2026-11-30.csv", "id\n1\n", "customers")
	if err != nil || kept.Tables[0].Name != "customers" {
		t.Errorf("the tables are %+v: %v", kept.Tables, err)
	}
	kept, _, err = keep(t, "new.csv", "id\n1\n", "one", "two")
	if err != nil || kept.Tables[0].Name != "new" {
		t.Errorf("the tables are %+v: %v", kept.Tables, err)
	}
}

// TestHostileUploads: what is refused says where and how to mend it, tells no value, and leaves
// nothing.
func TestHostileUploads(t *testing.T) {
	t.Parallel()
	wide := strings.TrimSuffix(strings.Repeat("c,", 2), ",")
	var many []string
	for i := range 1001 {
		many = append(many, "c"+string(rune('a'+i%26))+strings.Repeat("x", i/26))
	}
	people := cells("Sheet1", map[string]any{"A1": "id", "B1": "n", "A2": "secret"}, nil)
	locked := workbook(t, cells("Sheet1", map[string]any{"A1": "id"}, nil), excelize.Options{Password: "p"})
	for name, c := range map[string]struct{ file, text, want string }{
		"empty":          {"x.csv", "", "is empty"},
		"only a mark":    {"x.csv", "\xef\xbb\xbf", "no header line"},
		"bad text":       {"x.csv", "id,n\n1,ok\n2,secret\xff\n", "the file, line 3: it is not valid UTF-8"},
		"open quote":     {"x.csv", "id,n\n1,\"secret\n2,b\n", "a quote is opened and not closed"},
		"too few":        {"x.csv", "id,n\n1,a\nsecret\n", "the file, line 3: 1 field, the header has 2"},
		"same names":     {"x.csv", wide + "\n1,2\n", "columns 1 and 2 of the header have the same name"},
		"an address":     {"x.csv", "secret@example.com,1\nb@example.com,2\n", "line 1: column 1 of the first row looks like a value"},
		"a number":       {"x.csv", "n,+49 170 1234567\nb,+49 170 1234568\n", "column 2 of the first row looks like a value"},
		"a digest":       {"x.csv", strings.Repeat("ab", 32) + "\n", "column 1 of the first row looks like a value"},
		"too wide":       {"x.csv", strings.Join(many, ",") + "\n", "line 1: it has more than 1000 cells"},
		"long name":      {"x.csv", strings.Repeat("n", 300) + "\n1\n", "longer than 255"},
		"two delimiters": {"x.csv", "a,b;c\n1,2;3\n", "more than one of comma, semicolon, tab and bar"},
		"old excel":      {"x.xls", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600), "this is an old Excel workbook"},
		"html as excel":  {"x.xls", "<html><table></table></html>", "a form that is not read"},
		"password":       {"x.xlsx", locked, "password"},
		"cut off":        {"x.xlsx", locked[:100], "old Excel workbook (.xls), or one with a password"},
		"no workbook":    {"x.xlsx", "id,n\n1,2\n", "this is not an Excel workbook"},
		"an archive":     {"x.zip", "PK\x03\x04", "neither a CSV file nor an Excel workbook"},
		"parquet":        {"x.parquet", "PAR1", "neither a CSV file nor an Excel workbook"},
		"packed":         {"x.csv.gz", "id,name,email,phone\n1,2,3,4\n", "not compressed as its name says"},
		"formula":        {"x.xlsx", workbook(t, both(people, func(f *excelize.File) error { return f.SetCellFormula("Sheet1", "B2", "1+1") })), "cell B2"},
		"chart alone":    {"x.xlsx", workbook(t, cells("Sheet1", nil, nil)), "no sheet that is to be seen has a value"},
		"excel address":  {"x.xlsx", workbook(t, cells("Sheet1", map[string]any{"A1": "secret@example.com", "A2": "x"}, nil)), "looks like a value"},
		"excel beside":   {"x.xlsx", workbook(t, cells("Sheet1", map[string]any{"A1": "id", "A2": 1, "C7": "secret"}, nil)), `sheet "Sheet1", cell C7`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := keep(t, c.file, c.text)
			e, ok := errors.AsType[*eddy.Error](err)
			if !ok || !strings.Contains(e.What, c.want) || e.Mend == "" {
				t.Fatalf("refused with: %v", err)
			}
			for _, raw := range []string{"secret", "csv:", "1234567", strings.Repeat("ab", 20)} {
				if strings.Contains(err.Error(), raw) {
					t.Errorf("the error has %q: %v", raw, err)
				}
			}
		})
	}
}

// TestUploadsReadNothingElse: SQL over an upload sees its tables, and no file.
func TestUploadsReadNothingElse(t *testing.T) {
	t.Parallel()
	kept, src, err := keep(t, "x.csv", "id\n1\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"SELECT * FROM '/etc/passwd'", "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM 'x.csv'", "SELECT * FROM read_csv('" + filepath.Join(src.Uploads, uploadName) + "')",
		"SELECT * FROM glob('/*')", "SELECT * FROM read_csv('/data/*.csv')", "SELECT * FROM '/data/a.parquet'", "SELECT * FROM 'a.xls.csv'", "DROP VIEW x", "SELECT * FROM missing",
	} {
		rows, err := rowsOf(t, src, eddy.Model{SQL: sql})
		if err == nil || strings.Contains(err.Error(), "--files") || strings.Contains(err.Error(), "folders") {
			t.Errorf("%s: read %v: %v", sql, rows, err)
		}
		if names := strings.Contains(sql, "(") || strings.Contains(sql, ".csv") || strings.Contains(sql, ".parquet"); names && !strings.Contains(err.Error(), "an uploaded source reads only its own tables") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for name, options := range map[string]map[string]string{
		"another key":  {"file": uploadName, "key": strings.Repeat("A", 43) + "="},
		"no key":       {"file": uploadName},
		"another path": {"file": "../" + uploadName, "key": kept.Key},
		"missing":      {"file": strings.Repeat("0", 32), "key": kept.Key},
	} {
		other := src
		other.Options = options
		if _, err := rowsOf(t, other, eddy.Model{Table: "x"}); err == nil || eddy.ErrorCode(err) != eddy.CodeSource || strings.Contains(err.Error(), src.Uploads) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamagedUploadsAreNotStaged: what was cut on the disk never reads as fewer rows (promise 3).
func TestDamagedUploadsAreNotStaged(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("id,email\n")
	for i := range 100_000 {
		text.WriteString(strings.Repeat("7", 3+i%5) + ",person@example.com\n")
	}
	_, src, err := keep(t, "x.csv", text.String())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(src.Uploads, uploadName)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole[len(whole)/2] ^= 1
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = rowsOf(t, src, eddy.Model{Table: "x"})
	if e, ok := errors.AsType[*eddy.Error](err); !ok || !strings.Contains(e.Error(), "damaged") || !strings.Contains(e.Mend, "Upload the file again") {
		t.Errorf("staged: %v", err)
	}
	if _, err := rowsOf(t, src, eddy.Model{SQL: "SELECT count(*) AS n FROM x"}); err == nil {
		t.Error("rows of a damaged file were counted")
	}
}

// TestUploadsThatAreGivenUp: who gives up waits no longer, and nothing is left.
func TestUploadsThatAreGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if _, err := duckdb.Keep(ctx, duckdb.Upload{Name: "x.csv", Text: []byte("id\n1\n"), Room: 1 << 30}, filepath.Join(dir, uploadName)); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%s is left", left[0].Name())
	}
}

// TestUploadsThatUnpackToALot: a small workbook whose cells share long texts is refused whole, also
// where a sheet before it is a table, and takes no more of the disk than it is given.
func TestUploadsThatUnpackToALot(t *testing.T) {
	t.Parallel()
	var texts []string
	for i := range 8 {
		texts = append(texts, strings.Repeat(string(rune('a'+i)), 30_000))
	}
	text := workbook(t, both(cells("Sheet1", map[string]any{"A1": "id", "A2": "1"}, nil), func(f *excelize.File) error {
		if _, err := f.NewSheet("Long"); err != nil {
			return err
		}
		head, row := []any{}, []any{}
		for i := range texts {
			head, row = append(head, fmt.Sprintf("c%d", i)), append(row, texts[i])
		}
		err := f.SetSheetRow("Long", "A1", &head)
		for i := 2; i < 2_400 && err == nil; i++ {
			err = f.SetSheetRow("Long", fmt.Sprintf("A%d", i), &row)
		}
		return err
	}))
	_, _, err := keep(t, "x.xlsx", text)
	if e, ok := errors.AsType[*eddy.Error](err); !ok || !strings.Contains(e.What, "unpacks to more than an upload may hold") || e.Mend == "" {
		t.Errorf("550 MB in a workbook of %d bytes: %v", len(text), err)
	}
	dir := t.TempDir()
	_, err = duckdb.Keep(t.Context(), duckdb.Upload{Name: "x.csv", Text: []byte("id\n1\n"), Room: 100}, filepath.Join(dir, uploadName))
	if e, ok := errors.AsType[*eddy.Error](err); !ok || e.Code != eddy.CodeConflict || !strings.Contains(e.What, "no room") {
		t.Errorf("without room: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("%s is left", left[0].Name())
	}
}

// FuzzKeep: whatever is uploaded is taken whole or refused, and errors tell no value.
func FuzzKeep(f *testing.F) {
	for _, text := range []string{"id,email\n1,a@x.com\n", "\xff\xfei\x00d\x00\n\x00", "a;b\r\n\"x\"\"y\";2", "PK\x03\x04", "a,b\n\"", "\x00", "a\rb\rc"} {
		f.Add("x.csv", []byte(text))
	}
	f.Add("x.xlsx", []byte("PK\x03\x04"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		path := filepath.Join(dir, uploadName)
		_ = os.Remove(path)
		kept, err := duckdb.Keep(t.Context(), duckdb.Upload{Name: name, Text: text, Room: 1 << 30}, path)
		if err != nil {
			if _, missing := os.Stat(path); missing == nil || eddy.ErrorCode(err) != eddy.CodeSource {
				t.Errorf("%v; is the file there: %v", err, missing)
			}
			return
		}
		for _, table := range kept.Tables {
			for _, column := range table.Columns {
				if strings.Contains(column, "a@x.com") {
					t.Errorf("an address is a column's name: %q", column)
				}
			}
		}
	})
}
