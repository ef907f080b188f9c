package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// A table of two warehouses that differ in one value: whatever an editor without the right to see
// raw values asks by previews, both answer alike.
func TestValuesCannotBeSpelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(40)
	w.put("sources", "pg", map[string]any{"type": "postgres", "url": warehousetest.Postgres(t)})
	const people = `(SELECT i AS id, CASE WHEN i = 7 THEN '%s' ELSE 'p' || i || '@x.example' END AS email FROM generate_series(1, 40) AS g(i)) AS people`
	const bit = "(SELECT min(email) LIKE 'a%%' FROM " + people + " WHERE id = 7)"
	many := "FROM generate_series(1, 50) AS n(n)"
	for _, sql := range []string{
		"SELECT email FROM " + people, "SELECT email FROM " + people + " WHERE id = 7", "SELECT * FROM " + people + " ORDER BY email",
		"SELECT CASE WHEN " + bit + " THEN NULL ELSE 1 END AS v", "SELECT CASE WHEN " + bit + " THEN NULL ELSE n END AS v " + many,
		"SELECT CASE WHEN " + bit + " THEN n || '@x.example' ELSE n || '' END AS v " + many, "SELECT repeat('x', CASE WHEN " + bit + " THEN 3 ELSE 3000 END) || n AS v " + many,
		"SELECT repeat('@', (SELECT ascii(min(email)) FROM " + people + " WHERE id = 7)) AS v", "SELECT translate(email, 'abcxyz', '@.-+:/') AS v FROM " + people,
		"SELECT n AS v " + many + " ORDER BY CASE WHEN " + bit + " THEN n ELSE -n END", "SELECT md5(email) AS v FROM " + people,
		"SELECT n AS v " + many + " UNION ALL SELECT ascii(email) FROM " + people + " WHERE id = 7",
		"SELECT v, count(*) AS k FROM (SELECT left(email, 1) AS v FROM " + people + ") AS s GROUP BY v",
		"SELECT v FROM (SELECT email AS v FROM " + people + ") AS s LIMIT 7",
	} {
		for _, source := range []string{"shop", "pg"} {
			for _, path := range []string{"preview", "columns"} {
				var answers []string
				for _, value := range []string{"ada.lovelace@analytical.example", "zoe"} {
					filled := strings.ReplaceAll(strings.ReplaceAll(sql, people, fmt.Sprintf(people, value)), "%%", "%")
					_, text := w.text(w.editor, "POST", "/api/v1/sources/"+source+"/"+path, fmt.Sprintf(`{"sql":%q}`, filled))
					answers = append(answers, text)
				}
				if answers[0] != answers[1] || strings.Contains(answers[0], "lovelace") || !strings.Contains(answers[0], `"masked":true`) {
					t.Errorf("%s of %s on %s:\n%s\n%s", path, sql, source, answers[0], answers[1])
				}
			}
		}
	}
}

// What is told of a table's own columns is what its values have in common.
func TestWhatIsToldOfColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(40)
	var rows api.Rows
	w.call(w.editor, "POST", "/api/v1/sources/shop/preview", api.Query{Model: api.Model{Table: "customers"}, Limit: 1}, &rows)
	if len(rows.Rows) != 0 || len(rows.Columns) != 3 {
		t.Fatalf("got %+v", rows)
	}
	if s := rows.Columns[1].Seen; s == nil || s.Kind != "e-mail" || s.Valid != "all" || s.Nulls != "none" {
		t.Errorf("e-mail addresses: %+v", s)
	}
	if s := rows.Columns[2].Seen; s == nil || s.Kind != "phone number" || s.Nulls != "some" || s.Length != "9 to 64" {
		t.Errorf("phone numbers: %+v", s)
	}
	w.duck("CREATE TABLE one AS SELECT 'ada@x.com' AS email FROM range(40)")
	var one api.Rows
	w.call(w.editor, "POST", "/api/v1/sources/shop/preview", api.Query{Model: api.Model{Table: "one"}}, &one)
	if one.Columns[0].Seen != nil {
		t.Errorf("one value: %+v", one.Columns[0].Seen)
	}
}

// Names of columns, types, errors and record ids are outputs too.
func TestValuesAreNoNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(10)
	w.put("sources", "pg", map[string]any{"type": "postgres", "url": warehousetest.Postgres(t)})
	dir := w.files
	w.must(os.WriteFile(filepath.Join(dir, "people.csv"), []byte("id,email\n1,lovelace@x.example\n2,hopper@x.example\n3,turing@x.example\n"), 0o600))
	w.put("sources", "files", map[string]any{"type": "duckdb", "files": []string{dir}})
	secret := []string{"user1@", "lovelace", "hopper", "turing", "4930123456"}
	file := filepath.Join(dir, "people.csv")
	for _, x := range [][2]string{
		{"shop", "PIVOT customers ON email USING count(*)"},
		{"shop", "SELECT * FROM (PIVOT customers ON email USING count(*))"},
		{"shop", "SELECT p FROM (PIVOT customers ON email USING count(*)) AS p"},
		{"shop", "SELECT nothing FROM (PIVOT customers ON email USING count(*))"},
		{"shop", "SELECT email::INT FROM customers"},
		{"shop", "SELECT CASE WHEN email LIKE 'user1%' THEN error(email) ELSE email END AS v FROM customers"},
		{"shop", "SELECT strptime(email, '%d') FROM customers"},
		{"shop", "SELECT now() AT TIME ZONE email FROM customers"},
		{"shop", "SELECT (SELECT email FROM customers)::DATE"},
		{"files", "SELECT * FROM read_csv('" + file + "', skip = 1)"},
		{"files", "SELECT * FROM read_csv('" + file + "', skip = 2, header = true, all_varchar = true)"},
		{"files", "SELECT nothing FROM read_csv('" + file + "', skip = 2, header = true)"},
		{"pg", "SELECT ('lovela' || 'ce@x.example')::text::int AS v"},
		{"pg", "SELECT ('lovela' || 'ce')::text::regclass AS v"},
		{"pg", "SELECT 1 / (length('lovela' || 'ce') - 8) AS v"},
	} {
		for _, path := range []string{"preview", "columns", "suggestions", "identifier"} {
			_, text := w.text(w.editor, "POST", "/api/v1/sources/"+x[0]+"/"+path, map[string]string{
				"suggestions": fmt.Sprintf(`{"sql":%q,"destination":"x"}`, x[1]), "identifier": fmt.Sprintf(`{"sql":%q,"column":"v"}`, x[1]),
			}[path]+map[string]string{"preview": fmt.Sprintf(`{"sql":%q}`, x[1]), "columns": fmt.Sprintf(`{"sql":%q}`, x[1])}[path])
			for _, s := range secret {
				if strings.Contains(strings.ToLower(text), s) {
					t.Errorf("%s of %s tells %s: %s", path, x[1], s, text)
				}
			}
		}
	}
	// Names that the query or the database has are told.
	var rows api.Rows
	w.call(w.editor, "POST", "/api/v1/sources/files/preview", api.Query{Model: api.Model{SQL: "SELECT * FROM '" + file + "'"}}, &rows)
	if len(rows.Columns) != 2 || rows.Columns[1].Name != "email" {
		t.Errorf("columns of a file: %+v", rows.Columns)
	}
	w.call(w.editor, "POST", "/api/v1/sources/shop/preview", api.Query{Model: api.Model{SQL: "SELECT *, lower(email) AS small FROM customers"}}, &rows)
	if len(rows.Columns) != 4 || rows.Columns[1].Name != "email" || rows.Columns[3].Name != "small" {
		t.Errorf("columns of a query: %+v", rows.Columns)
	}
	// What is looked at without a run names no record by a column that somebody chose.
	spec := w.connection(map[string]any{"identifier": "email"})
	_, text := w.text(w.editor, "POST", "/api/v1/connections/vip/plan", fmt.Sprintf(`{"spec":%s}`, marshal(t, spec)))
	if strings.Contains(text, "user1@") {
		t.Errorf("a plan: %s", text)
	}
	var plan sync.Plan
	w.call(w.raw, "POST", "/api/v1/connections/vip/plan", map[string]any{"spec": spec}, &plan)
	if len(plan.Samples) == 0 || !strings.Contains(plan.Samples[0].RecordID, "@") {
		t.Errorf("with the right: %+v", plan.Samples)
	}
	w.put("connections", "by-phone", w.connection(map[string]any{"identifier": "phone", "audience": map[string]any{"create": map[string]any{"name": "New"}}}))
	const question = `{"field":"email","value":"user1@example.com"}`
	_, text = w.text(w.editor, "POST", "/api/v1/connections/by-phone/why", question)
	_, told := w.text(w.raw, "POST", "/api/v1/connections/by-phone/why", question)
	if strings.Contains(text, "4930123456") || !strings.Contains(text, `"verdict"`) || !strings.Contains(told, "4930123456") {
		t.Errorf("why: %s\nwith the right: %s", text, told)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
