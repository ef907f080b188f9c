package duckdb_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// folder is a configuration's folder with files in it.
func folder(t *testing.T, name string, files map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// read stages all of a model's columns and gives the rows, or the error.
func read(t *testing.T, dir string, options map[string]string, m eddy.Model) string {
	t.Helper()
	ctx := context.Background()
	src, err := duckdb.Kind().Open(ctx, eddy.Source{Name: "files", Dir: dir, Options: options, Opened: []string{"/"}, OpenDir: true, Closed: []string{filepath.Join(dir, ".eddy")}})
	if err != nil {
		return err.Error()
	}
	columns, err := src.Columns(ctx, m)
	if err != nil {
		return err.Error()
	}
	ses, err := duckdb.Engine{}.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ses.Close() }()
	var sel []warehouse.Selected
	var names []string
	for i := range columns {
		sel = append(sel, warehouse.Selected{As: columns[i].Name, Column: &columns[i]})
		names = append(names, warehouse.Quote(columns[i].Name))
	}
	if _, err := src.Stage(ctx, ses, "s", sel, m); err != nil {
		return err.Error()
	}
	out := fmt.Sprint(names)
	err = ses.Query(ctx, "SELECT * FROM s ORDER BY 1", func(row [][]byte) error {
		out += fmt.Sprintf(" %q", row)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFilesAsTables(t *testing.T) {
	dir := folder(t, "it's [a] folder, with names", map[string]string{
		"quoted.csv": "id,email\n1,\"a,\"\"b\"\"\nc@x.com\"\n2,\n", "bom.csv": "\xef\xbb\xbfid,phone\n007,+1415\n", "crlf.csv": "id,email\r\n1,a@x.com\r\n",
		"empty.csv": "", "header.csv": "id,email\n", "semi.csv": "id;email\n1;a@x.com\n", "t.tsv": "id\temail\n1\ta@x.com\n", "sub/one.CSV": "id\n1\n", "wide.csv": "id,\"E Mail\",select\n1,a,b\n",
		"list.json": `[{"id": 1, "phone": "0123", "emails": ["a", "b"]}]`, "lines.ndjson": "{\"id\": \"x\"}\n{\"id\": \"y\"}\n", "broken.csv": "id,email\n1,\"open\n",
	})
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("COPY (SELECT 1::BIGINT AS id, 'a@x.com' AS email, DATE '2026-01-02' AS day) TO '" + strings.ReplaceAll(dir, "'", "''") + "/p.parquet'")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"quoted.csv":                  `["id" "email"] ["1" "a,\"b\"\nc@x.com"] ["2" ""]`,
		"bom.csv":                     `["id" "phone"] ["007" "+1415"]`,
		"crlf.csv":                    `["id" "email"] ["1" "a@x.com"]`,
		"header.csv":                  `["id" "email"]`,
		"semi.csv":                    `["id" "email"] ["1" "a@x.com"]`,
		"t.tsv":                       `["id" "email"] ["1" "a@x.com"]`,
		"sub/one.CSV":                 `["id"] ["1"]`,
		"wide.csv":                    `["id" "E Mail" "select"] ["1" "a" "b"]`,
		"list.json":                   `["id" "phone" "emails"] ["1" "0123" "a,b"]`,
		"lines.ndjson":                `["id"] ["x"] ["y"]`,
		"p.parquet":                   `["id" "email" "day"] ["1" "a@x.com" "2026-01-02"]`,
		filepath.Join(dir, "bom.csv"): `["id" "phone"] ["007" "+1415"]`,
	} {
		if got := read(t, dir, nil, eddy.Model{Table: name}); got != want {
			t.Errorf("%s gives %s\nwant %s", name, got, want)
		}
	}
	if got := read(t, dir, nil, eddy.Model{Table: "empty.csv"}); !strings.Contains(got, "is empty") {
		t.Errorf("an empty file gives %s", got)
	}
	for _, name := range []string{"gone.csv", "../other.csv", "/etc/passwd.csv"} {
		if got := read(t, dir, nil, eddy.Model{Table: name}); strings.HasPrefix(got, "[") {
			t.Errorf("%s gives %s", name, got)
		}
	}
}

func TestFilesInSQL(t *testing.T) {
	dir := folder(t, "conf", map[string]string{"c.csv": "id,email\n1,a@x.com\n", "d.csv": "id,email\n2,b@x.com\n", "sub/e.json": `[{"id": 3}]`, "t.txt": "hello", "../outside.csv": "id\n9\n"})
	one, two := `["id" "email"] ["1" "a@x.com"]`, `["id" "email"] ["1" "a@x.com"] ["2" "b@x.com"]`
	for text, want := range map[string]string{
		"select * from 'c.csv'":                                                                 one,
		`from "c.csv" -- all of it`:                                                             one,
		"select * from './sub/../c.csv';":                                                       one,
		"select * from read_csv('c.csv', header = true)":                                        one,
		"select * from READ_CSV_AUTO(['c.csv', 'd.csv'])":                                       two,
		"select * from read_csv('*.csv')":                                                       two,
		"from 'c.csv' union all from 'd.csv'":                                                   two,
		"with x as (from 'c.csv') select * from x":                                              one,
		"select * from 'c.csv' where id in (select id from 'c.csv')":                            one,
		"select a.* from 'c.csv' a left join (select * from 'd.csv') b using (id)":              one,
		"select id, (select max(email) from 'c.csv') as email from 'c.csv'":                     one,
		"select id from 'sub/e.json'":                                                           `["id"] ["3"]`,
		"select content as id from read_text('t.txt')":                                          `["id"] ["hello"]`,
		"select parse_filename(file) as id from glob('*.txt')":                                  `["id"] ["t.txt"]`,
		"select 'c.csv' as id":                                                                  `["id"] ["c.csv"]`,
		"select * from (pivot (select 1 as id, 'x' as k, 'y' as v) on k in ('x') using max(v))": `["id" "x"] ["1" "y"]`,
		"with \"v.csv\" as (select 7 as id) from \"v.csv\"":                                     "",
	} {
		got := read(t, dir, nil, eddy.Model{SQL: text})
		if want != "" && got != want {
			t.Errorf("%s gives %s\nwant %s", text, got, want)
		}
	}
	for _, text := range []string{
		"select * from '../outside.csv'", "select * from read_csv('../outside.csv')", "select * from read_csv(['c.csv', 'sub/../../outside.csv'])", "select * from 'x/../../outside.csv'",
		"select * from '" + filepath.Join(dir, "..", "outside.csv") + "'", "select * from '" + dir + "/../outside.csv'", "select * from read_csv('../' || 'outside.csv')",
	} {
		if got := read(t, dir, nil, eddy.Model{SQL: text}); !strings.Contains(got, "outside.csv is in none of the folders") {
			t.Errorf("%s gives %s", text, got)
		}
	}
	outside := filepath.Dir(dir)
	if got := read(t, dir, map[string]string{"files": ".."}, eddy.Model{SQL: "select id from '../outside.csv'"}); got != `["id"] ["9"]` {
		t.Errorf("a folder that the source grants gives %s (%s)", got, outside)
	}
}
