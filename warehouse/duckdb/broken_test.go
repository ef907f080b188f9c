package duckdb_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xuri/excelize/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// packed compresses parts as one file of several members.
func packed(t *testing.T, how string, parts ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, part := range parts {
		var err error
		switch how {
		case ".gz":
			w := gzip.NewWriter(&b)
			_, err = w.Write(part)
			if err == nil {
				err = w.Close()
			}
		case ".zst":
			w, _ := zstd.NewWriter(&b)
			_, err = w.Write(part)
			if err == nil {
				err = w.Close()
			}
		default:
			_, err = b.Write(part)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// people is a file of a form with some rows.
func people(t *testing.T, form string, rows int) []byte {
	t.Helper()
	if form == "parquet" {
		path := filepath.Join(t.TempDir(), "p.parquet")
		if err := duckdb.Write(t.Context(), "", fmt.Sprintf("COPY (SELECT i AS id, 'user' || i || '@example.com' AS email FROM range(%d) t(i)) TO '%s' (FORMAT parquet, ROW_GROUP_SIZE 2048)", rows, path)); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path) //nolint:gosec // of the test
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if form == "xlsx" {
		return []byte(workbook(t, func(f *excelize.File) error {
			err := f.SetSheetRow("Sheet1", "A1", &[]any{"id", "email"})
			for i := range rows {
				err = errors.Join(err, f.SetSheetRow("Sheet1", fmt.Sprint("A", i+2), &[]any{i, fmt.Sprintf("user%d@example.com", i)}))
			}
			return err
		}))
	}
	line := map[string]string{"csv": "%d,\"user%d@example.com\"\n", "tsv": "%d\tuser%d@example.com\n", "json": "{\"id\": %d, \"email\": \"user%d@example.com\"}", "ndjson": "{\"id\": %d, \"email\": \"user%d@example.com\"}\n"}[form]
	var lines []string
	for i := range rows {
		lines = append(lines, fmt.Sprintf(line, i, i))
	}
	switch form {
	case "json":
		return []byte("[" + strings.Join(lines, ",\n") + "]\n")
	case "csv":
		return []byte("id,email\n" + strings.Join(lines, ""))
	case "tsv":
		return []byte("id\temail\n" + strings.Join(lines, ""))
	}
	return []byte(strings.Join(lines, ""))
}

// TestCutFiles cuts files of every form at random places: reading one fails, or gives all of
// its rows (promise 3). A line's end in a file that is not compressed is left out, and so is
// the last line of a CSV: nobody can know there that something is missing.
func TestCutFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // places in a file
	files, cuts := 40, 3
	if os.Getenv("EDDY_FAULTS") == "all" {
		cuts = 50
	}
	forms := []string{"csv.gz", "csv.zst", "tsv.gz", "tsv.zst", "json.gz", "json.zst", "ndjson.gz", "ndjson.zst", "parquet", "xlsx", "json", "csv", "tsv", "ndjson"}
	for n := range files {
		form := forms[n%len(forms)]
		kind, _, compressed := strings.Cut(form, ".")
		whole := people(t, kind, 1+random.IntN(3000))
		if compressed {
			half := len(whole)
			if kind != "json" {
				half = bytes.LastIndexByte(whole[:len(whole)/2], '\n') + 1
			}
			whole = packed(t, strings.TrimPrefix(form, kind), whole[:half], whole[half:])
		}
		dir := folder(t, "cut", map[string]string{"whole." + form: string(whole)})
		want := read(t, dir, nil, eddy.Model{Table: "whole." + form})
		if !strings.HasPrefix(want, "[") {
			t.Fatalf("%s: %s", form, want)
		}
		for range cuts {
			at := random.IntN(len(whole))
			if !compressed && kind != "parquet" && kind != "xlsx" && unknowable(kind, whole[:at]) {
				continue
			}
			name := "cut." + form
			if err := os.WriteFile(filepath.Join(dir, name), whole[:at], 0o600); err != nil {
				t.Fatal(err)
			}
			models := []eddy.Model{{Table: name}}
			if at%5 == 0 {
				models = append(models, eddy.Model{SQL: "SELECT * FROM '" + name + "'"}, eddy.Model{SQL: "SELECT * FROM 'c*." + form + "'"})
			}
			for _, m := range models {
				if got := read(t, dir, nil, m); strings.HasPrefix(got, "[") && got != want {
					t.Fatalf("%s of %d bytes cut at %d: %+v gives %d bytes of rows, not %d", form, len(whole), at, m, len(got), len(want))
				}
			}
		}
	}
}

// unknowable says that what is left is a whole file itself.
func unknowable(kind string, left []byte) bool {
	if kind == "json" {
		return false
	}
	rest := left[bytes.LastIndexByte(left, '\n')+1:]
	if kind == "ndjson" {
		return len(rest) == 0 || bytes.HasSuffix(rest, []byte("}"))
	}
	sep := map[string]string{"csv": ",", "tsv": "\t"}[kind]
	return len(rest) == 0 || bytes.Contains(rest, []byte(sep)) || bytes.Count(left, []byte("\n")) == 0
}

// TestOddFiles: what a file has is read as it is, or the file is refused with its name, the
// line, the cause and a way to mend it; never with a value of it (promises 3 and 10).
func TestOddFiles(t *testing.T) {
	const head, row = "id,email\n", "1,zq@x.com\n"
	long := head
	for i := range 29 {
		long += fmt.Sprintf("%d,u%d@x.com\n", i, i)
	}
	for name, c := range map[string]struct{ text, want string }{
		"hash.csv":      {head + "1,a\n#2,b\n3,c\n", `["id" "email"] ["#2" "b"] ["1" "a"] ["3" "c"]`},
		"wider.csv":     {long + strings.Repeat("1,2,zq,4\n", 100), "line 31: 4 fields, the header has 2"},
		"short.csv":     {head + row + "2\n", "line 3: 1 field, the header has 2"},
		"lines.csv":     {head + "1,\"a\nb\"\n\n2,x,zq\n", "line 5: 3 fields"},
		"open.csv":      {head + row + "2,\"zq\n3,c\n", "line 3: a quote is opened and not closed"},
		"behind.csv":    {head + "2,\"zq\"zq\n", "line 2: something else than the delimiter follows a closing quote"},
		"spaces.csv":    {head + "1, \"a,b\" \n2,c\"d\n", `["id" "email"] ["1" "a,b"] ["2" "c\"d"]`},
		"mixed.csv":     {"id,email\r\n1,a\n2,b\r\n", `["id" "email"] ["1" "a"] ["2" "b"]`},
		"mac.csv":       {"id,email\r1,a\r2,b\r", `["id" "email"] ["1" "a"] ["2" "b"]`},
		"stray.csv":     {head + "1,zq\rzq\n", "line 2: another sign of a line's end"},
		"noend.csv":     {head + "1,a", `["id" "email"] ["1" "a"]`},
		"latin.csv":     {head + row + "2,\xe9zq\n", "line 3: it is not valid UTF-8"},
		"utf16.csv":     {"\xff\xfei\x00d\x00\n\x001\x00\n\x00", "is UTF-16"},
		"last.csv":      {head + "\"1\",", `["id" "email"] ["1" ""]`},
		"zero.csv":      {head + "1,a\x00b\n", `["id" "email"] ["1" "a\x00b"]`},
		"twice.csv":     {"id,email,ID\n1,zq,2\n", "columns 1 and 3 of the header have the same name"},
		"certain.csv":   {"id;email\n1;a,b\n", `["id" "email"] ["1" "a,b"]`},
		"uncertain.csv": {"id;email,zq\n1;2,3\n", "more than one of comma, semicolon, tab and bar"},
		"quoted.csv":    {"\"id\",\"e;mail\"\n\"1\",\"a\"\"b\"\n", `["id" "e;mail"] ["1" "a\"b"]`},
		"bom.csv":       {"\xef\xbb\xbf\"id\",\"email\"\n1,a\n", `["id" "email"] ["1" "a"]`},
		"one.csv":       {"id\n1\n\n2\n", `["id"] ["1"] ["2"] [""]`},
		"unnamed.csv":   {"id, email ,\n1,a,b\n", `["id" "email" "column2"] ["1" "a" "b"]`},
		"head.csv":      {head, `["id" "email"]`},
		"blank.csv":     {"\n", `["column0"]`},
		"nothing.csv":   {"", "is empty"},
		"zip.csv":       {"PK\x03\x04zq", "a .zip archive or an Excel workbook"},
		"gz.csv":        {string(packed(t, ".gz", []byte(head+row))), "is compressed with gzip, and its name does not say so"},
		"none.csv.gz":   {head + row, "not compressed as its name says"},
		"empty.csv.gz":  {string(packed(t, ".gz", nil)), "is empty"},
		"more.csv.gz":   {string(packed(t, ".gz", []byte(head), []byte("1,a\n"), nil, []byte("2,b\n"))), `["id" "email"] ["1" "a"] ["2" "b"]`},
		"more.csv.zst":  {string(packed(t, ".zst", []byte(head), []byte("1,a\n"), []byte("2,b\n"))), `["id" "email"] ["1" "a"] ["2" "b"]`},
		"tail.csv.gz":   {string(packed(t, ".gz", []byte(head+row))) + "something else", "something else follows its compressed end"},
		"p.parquet.gz":  {string(packed(t, ".gz", []byte("PAR1"))), "not compressed as a whole"},
		"p.parquet":     {head + row, "this is not a Parquet file"},
		"comma.json":    {`[{"id":1},{"id":2},`, "line 1: the file is cut off"},
		"closed.json":   {`[]`, ""},
		"later.ndjson":  {strings.Repeat("{\"id\":1}\n", 30_000) + "{\"id\":2,\"email\":\"a\"}\n", `["id" "email"]`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, "odd", map[string]string{name: c.text})
			models := []eddy.Model{{Table: name}, {SQL: "SELECT * FROM '" + name + "'"}}
			if strings.Contains(name, ".csv") {
				models = append(models, eddy.Model{SQL: "SELECT m.* FROM read_csv(['" + name + "']) m"})
			}
			if name == "mixed.csv" { // DuckDB refuses it
				models = models[:1]
			}
			for _, m := range models {
				got := read(t, dir, nil, m)
				if !strings.Contains(got, c.want) {
					t.Errorf("%+v gives %.300s\nwant %s", m, got, c.want)
				}
				if !strings.HasPrefix(c.want, "[") && strings.Contains(got, "zq") {
					t.Errorf("%+v tells a value: %s", m, got)
				}
			}
		})
	}
}

// TestFilesInViews: Eddy does not see what a view reads, so it does not let DuckDB read it.
func TestFilesInViews(t *testing.T) {
	dir := folder(t, "views", map[string]string{"c.csv": "id\n1\n"})
	path := strings.ReplaceAll(filepath.Join(dir, "c.csv"), "'", "''")
	if err := duckdb.Write(t.Context(), filepath.Join(dir, "shop.duckdb"), "CREATE VIEW v AS FROM '"+path+"'", "CREATE MACRO m() AS TABLE FROM '"+path+"'", "CREATE TABLE t AS SELECT 2 AS id"); err != nil {
		t.Fatal(err)
	}
	options := map[string]string{"path": "shop.duckdb", "files": "."}
	for _, m := range []eddy.Model{{Table: "v"}, {SQL: "FROM v"}, {SQL: "FROM m()"}, {SQL: "FROM t UNION ALL FROM v"}} {
		if got := read(t, dir, options, m); !strings.Contains(got, "a view or a macro of the database reads this file") {
			t.Errorf("%+v gives %s", m, got)
		}
	}
	if got := read(t, dir, options, eddy.Model{SQL: "FROM t UNION ALL FROM 'c.csv' ORDER BY 1"}); got != `["id"] ["1"] ["2"]` {
		t.Errorf("a file that the model names gives %s", got)
	}
}

// TestFilesNamedInParts: people.csv without quotes is the table csv of the schema people, and
// the file where there is no such table.
func TestFilesNamedInParts(t *testing.T) {
	dir := folder(t, "parts", map[string]string{"people.csv": "id\n1\n", "main.csv": "id\n1\n"})
	path := filepath.Join(dir, "people.csv")
	for _, m := range []eddy.Model{
		{SQL: "FROM people.csv"},
		{SQL: `SELECT * FROM "people"."csv" LIMIT 5`},
		{SQL: `FROM "people.csv" AS p`},
		{SQL: "SELECT people.id FROM people.csv"},
		{SQL: "SELECT * FROM " + warehouse.QuoteName(path) + " AS sample LIMIT 50"},
	} {
		if got := read(t, dir, nil, m); got != `["id"] ["1"]` {
			t.Errorf("%+v gives %s", m, got)
		}
	}
	if err := duckdb.Write(t.Context(), filepath.Join(dir, "shop.duckdb"), "CREATE TABLE csv AS SELECT 2 AS id"); err != nil {
		t.Fatal(err)
	}
	options := map[string]string{"path": "shop.duckdb", "files": "."}
	for sql, want := range map[string]string{"FROM main.csv": `["id"] ["2"]`, "FROM shop.main.csv": `["id"] ["2"]`, "FROM 'main.csv'": `["id"] ["1"]`, "FROM people.csv": `["id"] ["1"]`} {
		if got := read(t, dir, options, eddy.Model{SQL: sql}); got != want {
			t.Errorf("%s gives %s", sql, got)
		}
	}
}
