package duckdb_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/eddy-retl/eddy"
)

// wide is a text in UTF-16 with its mark.
func wide(text string, big bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		if big {
			b.Write([]byte{byte(u >> 8), byte(u)})
		} else {
			b.Write([]byte{byte(u), byte(u >> 8)})
		}
	}
	return b.String()
}

// TestFormOfCSV: what the source says of its CSV files holds for tables and for names in SQL.
func TestFormOfCSV(t *testing.T) {
	few := `["id" "name"] ["1" "é"] ["2" "x"]`
	for _, c := range []struct {
		text, options, want string
	}{
		{"id,name\n1,\xe9\n2,x\n", "encoding=latin-1", few},
		{"id,name\n1,\x80\x9f\n", "encoding=windows-1252", `["id" "name"] ["1" "€Ÿ"]`},
		{"id,name\n1,x\n2,\x81zq\n", "encoding=windows-1252", "line 3: it is not valid windows-1252"},
		{wide("id,name\r\n1,é\r\n2,x\r\n", false), "encoding=utf-16", few},
		{wide("id,name\n1,é\n2,x", true), "encoding=utf-16", few},
		{wide("id,name\n1,😀\n", false), "encoding=utf-16", `["id" "name"] ["1" "😀"]`},
		{wide("id,name\n1,zq\n", false)[2:], "encoding=utf-16", "byte order mark"},
		{wide("id,name\n1,zq\n", false) + "\x00\xd8x\x00", "encoding=utf-16", "line 3: it is not valid utf-16"},
		{wide("id,name\n1,zq\n", false) + "x", "encoding=utf-16", "line 3: it is not valid utf-16"},
		{"id|name\n1|a;b\n", "delimiter=,", `["id|name"] ["1|a;b"]`},
		{"id,name;x\n1,é;x\n", "delimiter=;", `["id,name" "x"] ["1,é" "x"]`},
		{"id\tname\n1\té\n2\tx\n", `delimiter=\t`, few},
		{"id||name\n1||é\n2||x\n", `delimiter=||`, few},
		{"id,name\n1,'é'\n2,'x'\n", "quote='", few},
		{"id,name\n1,\"é\n", "quote=", `["id" "name"] ["1" "\"é"]`},
		{"id,name\n1,\"\\\"é\\\\\"\n", `escape=\`, `["id" "name"] ["1" "\"é\\"]`},
		{"id,name\n1,\"\\néq\"\n", `escape=\`, "line 2: the escape character stands before something else"},
		{"1,é\n2,x\n", "header=false", `["column0" "column1"] ["1" "é"] ["2" "x"]`},
		{"made by\r\nid,name\r\n1,é\r\n2,x\r\n", "skip=1", few},
		{"made by", "skip=1", "no more lines than csv: {skip} leaves out"},
		{"# made by\nid,name\n1,é\n# x\n2,x\n", "comment=#", few},
		{"id,name\n1,NULL\n2,\"NULL\"\n", "null=NULL", `["id" "name"] ["1" ""] ["2" "NULL"]`},
		{"id,name\n", "quote=ab", "source files: csv.quote is not one character"},
		{"id,name\n", "delimiter=\"", "source files: csv.delimiter is not"},
	} {
		dir := folder(t, "form", map[string]string{"c.csv": c.text, "c.csv.gz": string(packed(t, ".gz", []byte(c.text)))})
		name, value, _ := strings.Cut(c.options, "=")
		for _, m := range []eddy.Model{{Table: "c.csv"}, {Table: "c.csv.gz"}, {SQL: "SELECT * FROM 'c.csv' m"}} {
			if m.SQL != "" && name == "null" {
				continue // DuckDB knows no difference between a text in quotes and one without
			}
			if got := read(t, dir, map[string]string{"csv." + name: value}, m); !strings.Contains(got, c.want) {
				t.Errorf("%q with %s: %+v gives %s\nwant %s", c.text, c.options, m, got, c.want)
			}
		}
	}
	dir := folder(t, "both", map[string]string{"c.csv": "id,name\n1,\xe9\n"})
	for sql, want := range map[string]string{
		"FROM read_csv('c.csv', header = true)": "write the encoding there too", "FROM read_csv('c.csv', header = true, encoding = 'latin-1')": `["1" "é"]`, "FROM 'c.csv' LIMIT 0": `["id" "name"]`, "SELECT read_csv.name AS id FROM read_csv('c.csv')": `["id"] ["é"]`, "SELECT c.id FROM 'c.csv'": `["id"] ["1"]`,
	} {
		if got := read(t, dir, map[string]string{"csv.encoding": "windows-1252"}, eddy.Model{SQL: sql}); !strings.Contains(got, want) {
			t.Errorf("%s gives %s\nwant %s", sql, got, want)
		}
	}
}
