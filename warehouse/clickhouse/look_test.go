package clickhouse

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestALookHasItsOwnTables: they are its session's over both protocols, no other look sees them, and
// what is done while rows are handed out is done beside the session.
func TestALookHasItsOwnTables(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		database, ctx := s.Database(t), t.Context()
		src := reach(t, at(s, driver, database))
		look := func() warehouse.Engine {
			e, err := src.Engine(ctx, "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = e.Close() })
			return e
		}
		e, other := look(), look()
		if e.Schema() != "" || !e.Dialect().Temporary {
			t.Errorf("a look's schema is %q", e.Schema())
		}
		if n, err := e.Exec(ctx, e.Dialect().Scratch()+`"eddy_x" AS SELECT number AS n FROM numbers(5)`); n != 5 || err != nil {
			t.Fatal(n, err)
		}
		if err := e.Load(ctx, `"eddy_x"`, []string{"n"}, slices.Values([][]any{{int64(7)}})); err != nil {
			t.Fatal(err)
		}
		rows := 0
		err := e.Query(ctx, `SELECT n FROM "eddy_x"`, func([][]byte) error {
			rows++
			_, err := e.Exec(ctx, fmt.Sprintf("CREATE TABLE %s.beside%d AS SELECT 1 AS n", database, rows))
			return err
		})
		if rows != 6 || err != nil {
			t.Errorf("%d rows, %v", rows, err)
		}
		if err := other.Query(ctx, `SELECT n FROM "eddy_x"`, func([][]byte) error { return nil }); err == nil {
			t.Error("another look reads it")
		}
		if _, err := e.Lock(ctx, "vip"); err == nil {
			t.Error("a look took a lock")
		}
	})
}

// TestTypesThatAreNeverNull are those that the suite, whose columns can be NULL, cannot have.
func TestTypesThatAreNeverNull(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		database, ctx := s.Database(t), t.Context()
		src := reach(t, at(s, driver, database))
		e, err := src.Engine(ctx, database+"_eddy")
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		list, want := "", []string{}
		for _, c := range []struct{ value, text string }{
			{"['a', 'it''s', '']", "a,it's,"},
			{"CAST([1, NULL, 3] AS Array(Nullable(Int32)))", "1,3"},
			{"[1., 2.5, 1e300]", "1,2.5," + eddy.Rounded + "1e300"},
			{"[toDateTime('2026-02-03 04:05:06', 'UTC')]", "2026-02-03 04:05:06"},
			{"CAST([] AS Array(String))", ""},
			{"toLowCardinality('x')", "x"},
			{"CAST('y' AS LowCardinality(Nullable(String)))", "y"},
			{"(1, 'b')", "(1,'b')"},
			{"map('k', 'v')", "{'k':'v'}"},
			{"CAST('{\"a\":1}' AS JSON)", `{"a":1}`},
			{"NULL", "<null>"},
			{"unhex('ff00')", `\xff00`},
			{"toBFloat16(1.5)", "1.5"},
			{"-0.", "0"},
		} {
			if list != "" {
				list += ", "
			}
			list += fmt.Sprintf("%s AS c%d", c.value, len(want))
			want = append(want, c.text)
		}
		m := eddy.Model{SQL: "SELECT " + list}
		columns, err := src.Columns(ctx, m)
		if err != nil || len(columns) != len(want) {
			t.Fatal(columns, err)
		}
		var sel []warehouse.Selected
		for i := range columns {
			sel = append(sel, warehouse.Selected{As: columns[i].Name, Column: &columns[i]})
		}
		if _, err := src.Stage(ctx, e, e.Schema()+".s", sel, m); err != nil {
			t.Fatal(err)
		}
		err = e.Query(ctx, "SELECT * FROM "+e.Schema()+".s", func(row [][]byte) error {
			for i, text := range row {
				got := string(text)
				if text == nil {
					got = "<null>"
				}
				if got != want[i] {
					t.Errorf("%s became %q, not %q", columns[i].Type, got, want[i])
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// TestWhatReachesOutIsRefusedByName: before the server, which may let it, is asked to run it.
func TestWhatReachesOutIsRefusedByName(t *testing.T) {
	each(t, func(t *testing.T, s *warehousetest.ClickHouseServer, driver string) {
		src := reach(t, at(s, driver, "default"))
		for sql, name := range map[string]string{
			"SELECT file('users.xml') AS id":                                                           "file",
			"SELECT 1 AS id WHERE 1 IN (SELECT length(`FILE`('users.xml')))":                           "file",
			"SELECT * FROM (SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'id String')) AS u":        "url",
			"SELECT 1 AS id FROM numbers(1) AS n, remote('127.0.0.1:1', 'a', 'b') AS r":                "remote",
			"SELECT 1 AS id WHERE 1 IN executable('x.sh', 'CSV', 'id Int32')":                          "executable",
			"WITH x AS (SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV', 'id String')) SELECT * FROM x": "s3",
			"SELECT AIGenerate('x', 'y') AS id":                                                        "aigenerate",
		} {
			_, err := src.Columns(t.Context(), eddy.Model{SQL: sql})
			says(t, err, "it calls ", "A model only reads")
			if !strings.Contains(strings.ToLower(err.Error()), "it calls "+name+",") {
				t.Errorf("the error does not say %s: %v", name, err)
			}
		}
		for _, sql := range []string{"SELECT format('{}', toString(number)) AS id FROM numbers(3)", "SELECT id FROM values('id String', 'a')", "SELECT 'file(1)' AS id"} {
			if _, err := src.Columns(t.Context(), eddy.Model{SQL: sql}); err != nil {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}
