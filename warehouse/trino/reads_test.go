package trino

import "testing"

// A model calls no table function but those that hand no SQL on, however the call is written.
func TestTableFunctions(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"SELECT * FROM TABLE(sequence(1, 3))":                                                                 "",
		"SELECT * FROM TABLE(system.builtin.sequence(1, 3))":                                                  "",
		"SELECT * FROM TABLE(exclude_columns(input => TABLE(orders), columns => DESCRIPTOR(x)))":              "",
		"SELECT * FROM TABLE(exclude_columns(input => TABLE(SELECT (1)), columns => DESCRIPTOR(x)))":          "",
		"SELECT 'TABLE(query(1))', \"TABLE(query(1))\" FROM t -- TABLE(query(1))":                             "",
		"SELECT a.table, (x) FROM t":                                                                          "",
		"TABLE customers":                                                                                     "",
		"SELECT * FROM TABLE(pg.system.query(query => 'x'))":                                                  "pg.system.query",
		"SELECT * FROM tAbLe\n(\tquery (query => 'x'))":                                                       "query",
		"SELECT * FROM TABLE/* ( */(\"pg\" . \"system\" . \"Query\"(query => 'x'))":                           `"pg"."system"."Query"`,
		"SELECT * FROM TABLE(-- it's\n raw_query(x => 'x'))":                                                  "raw_query",
		"SELECT '/*' FROM TABLE(query(query => '*/'))":                                                        "query",
		"SELECT \"a--\" FROM TABLE(query(query => 'x'))":                                                      "query",
		"SELECT 1/* a /* b */FROM TABLE(query(query => 'x')) -- */":                                           "query",
		"SELECT * FROM TABLE(sequence(1, 3)) a, TABLE(query(query => 'x')) b":                                 "query",
		"SELECT * FROM TABLE(exclude_columns(input => TABLE(query(query => 'x')), columns => DESCRIPTOR(x)))": "query",
		"SELECT 1FROM TABLE(\"sequence\"\"\"(1))":                                                             `"sequence"""`,
		"SELECT * FROM TABLE(\"a.sequence\"(1))":                                                              `"a.sequence"`,
	} {
		if got := passesOn(sql); got != want {
			t.Errorf("%s calls %q, not %q", sql, got, want)
		}
	}
}
