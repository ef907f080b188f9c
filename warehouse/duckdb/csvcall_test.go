package duckdb_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
)

// TestCallsOfReadCSV: what a user writes stands, what is left out is filled in so that no row
// is lost, and what is verified is what is read.
func TestCallsOfReadCSV(t *testing.T) {
	dir := folder(t, "calls", map[string]string{
		"c.csv": "id,email\n1,a\n#2,b\n", "d.csv": "id,email\n3,c\n", "swapped.csv": "email,id\na,1\n", "semi.csv": "id;email\n1;a,b\n", "headless.csv": "1,a\n2,b\n",
		"top.csv": "made by hand\nid,email\n1,a\n", "wide.csv": "id,email\n1,a\n2,b,c\n", "single.csv": "id,email\n1,'a,b'\n", "back.csv": "id,email\n1,\"a\\\"b\"\n",
		"types.csv": "id,day\n7,2026-01-02\n", "packed.data": string(packed(t, ".gz", []byte("id,email\n1,a\n"))), "p20261128.csv": "id\n5\n", "a b.json": "{\"id\": 1}\n",
		"cut.csv.gz": string(packed(t, ".gz", []byte("id,email\n1,a\n"))[:20]), "latin.csv": "id,email\n1,\xe9\n",
	})
	one := `["id" "email"] ["1" "a"]`
	for sql, want := range map[string]string{
		"FROM 'c.csv'":                          `["id" "email"] ["#2" "b"] ["1" "a"]`,
		"FROM read_csv('c.csv', comment = '#')": one,
		"FROM read_csv('c.csv', all_varchar => true, comment => '#')":   one,
		"FROM read_csv(['c.csv', 'd.csv'], comment = '#')":              `["id" "email"] ["1" "a"] ["3" "c"]`,
		"FROM read_csv(['d.csv', 'swapped.csv'])":                       "column 1 of its header is another one",
		"FROM read_csv(['d.csv', 'swapped.csv'], union_by_name = true)": `["id" "email"] ["1" "a"] ["3" "c"]`,
		"FROM 'semi.csv'":                        `["id" "email"] ["1" "a,b"]`,
		"FROM read_csv('semi.csv', delim = ',')": "line 2: 2 fields, the header has 1",
		"SELECT column0 AS id, column1 AS email FROM read_csv('headless.csv', header = false)":      `["id" "email"] ["1" "a"] ["2" "b"]`,
		"FROM read_csv('headless.csv', names = ['id', 'email'])":                                    "say with header = true or header = false",
		"FROM read_csv('headless.csv', names = ['id', 'email'], header = false)":                    `["id" "email"] ["1" "a"] ["2" "b"]`,
		"FROM read_csv('d.csv', columns = {'id': 'VARCHAR', 'email': 'VARCHAR'})":                   `["id" "email"] ["3" "c"]`,
		"FROM read_csv('headless.csv', columns = {'id': 'VARCHAR', 'email': 'VARCHAR'})":            "say with header = true or header = false",
		"FROM read_csv('top.csv', skip = 1)":                                                        one,
		"FROM 'top.csv'":                                                                            "line 2: 2 fields, the header has 1",
		"FROM read_csv('wide.csv', ignore_errors = true)":                                           one,
		"FROM read_csv('wide.csv', null_padding = false)":                                           "line 3: 3 fields, the header has 2",
		"FROM read_csv('single.csv', quote = '''')":                                                 `["id" "email"] ["1" "a,b"]`,
		`FROM read_csv('back.csv', escape = '\')`:                                                   `["id" "email"] ["1" "a\"b"]`,
		"SELECT id + 1 AS id, day + 1 AS day FROM 'types.csv'":                                      `["id" "day"] ["8" "2026-01-03`,
		"SELECT types.id FROM 'types.csv'":                                                          `["id"] ["7"]`,
		"SELECT t.n FROM 'types.csv' AS t(n, d)":                                                    `["n"] ["7"]`,
		"SELECT read_csv.id FROM read_csv('types.csv')":                                             `["id"] ["7"]`,
		"FROM read_csv('packed.data', compression = 'gzip')":                                        one,
		"FROM read_csv('packed.data')":                                                              "compressed with gzip, and its name does not say so",
		"FROM read_csv('p' || strftime(DATE '2026-11-28', '%Y%m%d') || '.csv')":                     `["id"] ["5"]`,
		"SELECT r.* FROM (SELECT 'c.csv' AS f) t, read_csv(t.f) r":                                  "must be constants",
		"FROM read_csv('cut.csv.gz', ignore_errors = true)":                                         "cut off",
		"FROM read_csv('cut.csv.gz', compression = 'gzip', delim = ',', quote = '', header = true)": "cut off",
		"SELECT content AS id FROM read_text('p20261128.csv')":                                      `["id"] ["id\n5\n"]`,
		"FROM read_json('a b.json', columns = {id: 'VARCHAR'})":                                     `["id"] ["1"]`,
		"FROM read_csv('latin.csv', encoding = 'latin-1')":                                          `["id" "email"] ["1" "é"]`,
		"FROM read_csv('d.csv', encoding = 'UTF-8')":                                                `["id" "email"] ["3" "c"]`,
		"SELECT count(*) AS id FROM (FROM 'c.csv' LIMIT 1)":                                         `["id"] ["1"]`,
	} {
		if got := read(t, dir, nil, eddy.Model{SQL: sql}); !strings.Contains(got, want) {
			t.Errorf("%s gives %s\nwant %s", sql, got, want)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub.csv"), 0o700); err != nil {
		t.Fatal(err)
	}
	for model, want := range map[eddy.Model]string{
		{Table: "sub.csv"}: "this is a folder", {SQL: "FROM 'sub.csv'"}: "this is a folder", {Table: "sub"}: "no ending that says what it holds",
		{Table: "book.xls"}: "Save it as an Excel workbook", {SQL: "FROM 'book.ods'"}: "Save it as an Excel workbook", {Table: "all.zip"}: "Unpack it",
		{Table: "[cd].csv"}: `["id" "email"] ["#2" "b"] ["1" "a"] ["3" "c"]`, {Table: "s[we]*.csv"}: "column 1 of its header is another one",
	} {
		if got := read(t, dir, nil, model); !strings.Contains(got, want) {
			t.Errorf("%+v gives %s\nwant %s", model, got, want)
		}
	}
}
