package duckdb_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
)

// TestMessagesNeverQuoteValues: models fail while they read rows, in every way in which
// DuckDB's message repeats a value; what is told does not (promise 10). Messages about the
// SQL itself are told in full.
func TestMessagesNeverQuoteValues(t *testing.T) {
	const mark = "zqxjkvwpyh"
	dir := folder(t, "leak", map[string]string{
		"headless.csv": "Ada@Zqxjkvwpyh.example,Zqxjkvwpyh Lovelace\nbob@zqxjkvwpyh.example,Bob\n",
		"broken.csv":   "id,email\n1,a@x.com\n2,ada@zqxjkvwpyh.example,too,many\n",
		"broken.json":  `{"id":1,"email":"ada@zqxjkvwpyh.example"}` + "\n" + `{"id":2,"email":"ada@zqxjkvwpyh.example`,
	})
	if err := duckdb.Write(t.Context(), filepath.Join(dir, "shop.duckdb"), "CREATE TABLE people AS SELECT i::VARCHAR AS id, 'Ada@Zqxjkvwpyh.example' AS email FROM range(3) t(i)"); err != nil {
		t.Fatal(err)
	}
	options := map[string]string{"path": "shop.duckdb"}
	for _, email := range []string{
		"email::INT", "email::DATE", "email::UUID", "email::DECIMAL(3, 1)", "email::STRUCT(a INT)", "email::INT[]", "email::ENUM('a')", "email::BLOB::INT", "email::TIMESTAMPTZ", "error('no ' || email)",
		"strptime(email, '%Y')", "json_extract(email, '$.a')", "regexp_matches('x', '(' || email)", "now() AT TIME ZONE email", "date_trunc(email, now())", "date_part(email, now())",
		"printf(email || '%d', 'x')", "format(email || '{', 1)", "(SELECT email FROM people)", "unhex(email)", "from_base64(email || '!')", "list_sort([1], email)", "json_deserialize_sql(email)",
		"email::JSON", "json_transform_strict('{\"a\":\"' || email || '\"}', '{\"a\":\"INT\"}')", "map([email, email], [1, 2])::VARCHAR", "strftime(now(), email || '%')", "from_json_strict(email, '\"INT\"')",
	} {
		got := read(t, dir, options, eddy.Model{SQL: "SELECT id, (" + email + ")::VARCHAR AS email FROM people"})
		if strings.Contains(strings.ToLower(got), mark) {
			t.Errorf("%s: %s", email, got)
		}
	}
	for _, sql := range []string{
		"SELECT id, email FROM read_csv('headless.csv')", "SELECT m.id FROM 'headless.csv' m", "SELECT * EXCLUDE (id) FROM read_csv('headless.csv')", "SELECT id FROM read_csv('headless.csv') a JOIN read_csv('headless.csv') b USING (id)",
		"SELECT id, email::INT AS email FROM read_csv('broken.csv', header = true, all_varchar = true)", "SELECT id, email FROM 'broken.json'",
	} {
		if got := read(t, dir, nil, eddy.Model{SQL: sql}); strings.Contains(strings.ToLower(got), mark) {
			t.Errorf("%s: %s", sql, got)
		}
	}
	// Sizes are made of values as well.
	small := map[string]string{"path": "shop.duckdb", "memory_limit": "200MB"}
	for _, sql := range []string{
		"SELECT id, repeat('x', (SELECT ascii(email) FROM people LIMIT 1) * %d) AS email FROM people", "SELECT id, printf('%%' || ((SELECT ascii(email) FROM people LIMIT 1) * %d) || 'd', 1) AS email FROM people",
	} {
		var told []string
		for _, factor := range []int{15_000_000, 31_000_000} {
			told = append(told, read(t, dir, small, eddy.Model{SQL: fmt.Sprintf(sql, factor)}))
		}
		if told[0] != told[1] || !strings.Contains(told[0], "out of memory") {
			t.Errorf("%s:\n%s\n%s", sql, told[0], told[1])
		}
	}
	for sql, want := range map[string]string{
		"SELECT id, emial FROM people": `Candidate bindings: "email"`, "SELECT id FROM nowhere": "nowhere does not exist", "SELEC id": "syntax error", "SELECT nope(email) FROM people": "nope does not exist",
	} {
		if got := read(t, dir, options, eddy.Model{SQL: sql}); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want it to say %s", sql, got, want)
		}
	}
}
