package duckdb_test

import "github.com/eddy-retl/eddy/warehouse/warehousetest"

// usable are models that only some SQL takes.
var usable = []string{
	"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u /* /* */ */ WHERE id = '1' -- */",
	"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u -- the first\rWHERE id = '1'",
	"SELECT id, email FROM customers; /* a /* nested */ comment; */ ",
	"SELECT * FROM (VALUES ('1', 'a@x.com')) AS v(id, email)",
	"SELECT id, email FROM customers WHERE email <> E'\\';' ; --",
	"SELECT id, email FROM customers WHERE email <> $$;--$$;",
}

// unchanged shows that no refused model asked a sequence.
var unchanged = map[string]string{"SELECT nextval('numbers')": "1"}

var setup = []string{"CREATE SEQUENCE numbers", "CREATE TYPE mood AS ENUM ('sad', 'it''s, ok')"}

var types = []warehousetest.Type{
	{Type: "TINYINT", Value: "-128", Text: "-128"},
	{Type: "SMALLINT", Value: "7", Text: "7"},
	{Type: "INTEGER", Value: "-2147483648", Text: "-2147483648"},
	{Type: "BIGINT", Value: "9007199254740993", Text: "9007199254740993"},
	{Type: "UBIGINT", Value: "18446744073709551615", Text: "18446744073709551615"},
	{Type: "HUGEINT", Value: "170141183460469231731687303715884105727", Text: "170141183460469231731687303715884105727"},
	{Type: "BIGNUM", Value: "'123456789012345678901234567890123456789012345678901234567890'", Text: "123456789012345678901234567890123456789012345678901234567890"},
	{Type: "DECIMAL(10, 2)", Value: "12.50", Text: "12.50"},
	{Type: "DECIMAL(38, 0)", Value: "99999999999999999999999999999999999999", Text: "99999999999999999999999999999999999999"},
	{Type: "DECIMAL(15, 2)", Value: "919876543210.00", Text: "919876543210"},
	{Type: "DECIMAL(20, 1)", Value: "-9007199254740993.0", Text: "-9007199254740993"},
	{Type: "DECIMAL(4, 3)", Value: "0.000", Text: "0"},
	{Type: "DECIMAL(10, 3)", Value: "100.050", Text: "100.050"},
	{Type: "DOUBLE", Value: "0.1", Text: "0.1"},
	{Type: "DOUBLE", Value: "14155552671", Text: "14155552671"},
	{Type: "DOUBLE", Value: "-0.0", Text: "0"},
	{Type: "DOUBLE", Value: "'-infinity'", Text: "-inf"},
	{Type: "DOUBLE", Value: "9007199254740991", Text: "9007199254740991"},
	{Type: "DOUBLE", Value: "9007199254740993", Text: "rounded 9007199254740992.0"},
	{Type: "DOUBLE", Value: "-1e300", Text: "rounded -1e+300"},
	{Type: "FLOAT", Value: "16777215", Text: "16777215"},
	{Type: "FLOAT", Value: "14155552671", Text: "rounded 14155553000.0"},
	{Type: "DOUBLE[]", Value: "[14155552671, NULL, 0.5, 1e16]", Text: "14155552671,0.5,rounded 1e+16"},
	{Type: "DOUBLE[]", Value: "[]", Text: ""},
	{Type: "FLOAT[]", Value: "[14155552671, 2]", Text: "rounded 14155553000.0,2"},
	{Type: "DECIMAL(15, 2)[2]", Value: "[14155552671, 1.5]", Text: "14155552671,1.50"},
	{Type: "INTEGER[][]", Value: "[[1, 2]]", Text: "[1, 2]"},
	{Type: "DOUBLE[][]", Value: "[[1.5, 2]]", Text: "[1.5, 2.0]"},
	{Type: "DOUBLE", Value: "'nan'", Text: "nan"},
	{Type: "FLOAT", Value: "1.5", Text: "1.5"},
	{Type: "BOOLEAN", Value: "true", Text: "true"},
	{Type: "VARCHAR", Value: "'it''s'", Text: "it's"},
	{Type: "VARCHAR", Value: "'a' || chr(0) || 'b'", Text: "a\x00b"},
	{Type: "CHAR(5)", Value: "'ab '", Text: "ab "},
	{Type: "UUID", Value: "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", Text: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	{Type: "BLOB", Value: `'\x00\xFFab'`, Text: `\x00\xFFab`},
	{Type: "BIT", Value: "'0101'", Text: "0101"},
	{Type: "mood", Value: "'it''s, ok'", Text: "it's, ok"},
	{Type: "JSON", Value: `'{"a": [1, 2]}'`, Text: `{"a": [1, 2]}`},
	{Type: "DATE", Value: "'2026-02-03'", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
	{Type: "DATE", Value: "'infinity'", Text: "infinity", Time: "infinity"},
	{Type: "TIME", Value: "'12:34:56'", Text: "12:34:56"},
	{Type: "INTERVAL", Value: "'1 day 2 hours'", Text: "1 day 02:00:00"},
	{Type: "TIMESTAMP", Value: "'2026-02-03 04:05:06.789'", Text: "2026-02-03 04:05:06.789", Time: "2026-02-03T04:05:06Z"},
	{Type: "TIMESTAMP", Value: "'-infinity'", Text: "-infinity", Time: "-infinity"},
	{Type: "TIMESTAMP_S", Value: "'2026-02-03 04:05:06'", Text: "2026-02-03 04:05:06", Time: "2026-02-03T04:05:06Z"},
	{Type: "TIMESTAMP_MS", Value: "'2026-02-03 04:05:06.7'", Text: "2026-02-03 04:05:06.7", Time: "2026-02-03T04:05:06Z"},
	{Type: "TIMESTAMP_NS", Value: "'2026-02-03 04:05:06.123456789'", Text: "2026-02-03 04:05:06.123456789", Time: "2026-02-03T04:05:06Z"},
	{Type: "TIMESTAMPTZ", Value: "'2026-02-03 04:05:06+09:00'", Text: "2026-02-02 19:05:06+00", Time: "2026-02-02T19:05:06Z"},
	{Type: "TIMESTAMPTZ", Value: "'infinity'", Text: "infinity", Time: "infinity"},
	{Type: "VARCHAR[]", Value: "['a@x.com', NULL, 'b@x.com']", Text: "a@x.com,b@x.com"},
	{Type: "VARCHAR[]", Value: "[]", Text: ""},
	{Type: "VARCHAR[2]", Value: "['a', 'b']", Text: "a,b"},
	{Type: "INTEGER[]", Value: "[1, 2]", Text: "1,2"},
	{Type: "STRUCT(a INTEGER, b VARCHAR[])", Value: "{'a': 1, 'b': ['x']}", Text: "{'a': 1, 'b': [x]}"},
	{Type: "MAP(VARCHAR, INTEGER)", Value: "MAP {'k': 1}", Text: "{k=1}"},
}

var refused = []string{
	"SELECT CAST(nextval('numbers') AS text) AS id, email FROM customers",
	"ATTACH 'other.duckdb'", "DETACH shop", "INSTALL httpfs", "LOAD httpfs", "PRAGMA database_list", "CALL pragma_version()", "CHECKPOINT", "USE memory", "EXPORT DATABASE 'out'", "VACUUM",
	"SELECT path AS id, path AS email FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd.csv'",
	"SELECT content AS id, content AS email FROM read_text('shop.duckdb')", "SELECT file AS id, file AS email FROM glob('/etc/*')", "SELECT file AS id, file AS email FROM glob('*')",
	"SELECT content::text AS id, '' AS email FROM read_blob('state/vip.duckdb')",
	"SELECT * FROM read_duckdb('state/vip.duckdb')",
	"SELECT sync_run_id AS id, status AS email FROM query_table((SELECT database_name || '.main.sync_log' FROM duckdb_databases() WHERE database_name LIKE 'eddy_%'))",
	"SELECT * FROM query('SELECT 1 AS id, 2 AS email')",
	"SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1 AS id, 2 AS email'))",
	"SELECT '1' AS id, '2' AS email FROM enable_logging('QueryLog')", `SELECT '1' AS id, '2' AS email FROM "enable_profiling"(save_location = 'out.json')`,
	"SELECT '1' AS id, write_log('x')::text AS email",
	"SELECT * FROM 'https://example.com/x.csv'", "SELECT * FROM read_csv('s3://bucket/x.csv')",
}
