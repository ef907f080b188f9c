package postgres_test

import "github.com/eddy-retl/eddy/warehouse/warehousetest"

// usable are models that only some SQL takes.
var usable = []string{
	"SELECT id, email FROM customers; /* a /* nested */ comment; */ ",
	"SELECT * FROM (VALUES ('1', 'a@x.com')) AS v(id, email)",
	"SELECT id, email FROM customers WHERE email <> E'\\';' ; --",
	"SELECT id, email FROM customers WHERE email <> $$;--$$;",
}

// unchanged shows that no refused model asked a sequence.
var unchanged = map[string]string{"SELECT nextval('numbers')": "1"}

var setup = []string{
	"CREATE SEQUENCE numbers",
	"CREATE TYPE mood AS ENUM ('sad', 'it''s, ok')", "CREATE DOMAIN word AS text", "CREATE DOMAIN words AS text[]", "CREATE DOMAIN day AS date", "CREATE DOMAIN price AS numeric(15, 2)", "CREATE TYPE pair AS (a int, b text)", "CREATE EXTENSION IF NOT EXISTS citext",
	"CREATE FUNCTION writes() RETURNS text LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO customers (id) VALUES ('9'); RETURN 'x'; END $$",
	"CREATE FUNCTION pretends() RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN DELETE FROM customers; RETURN 'x'; END $$",
}

var types = []warehousetest.Type{
	{Type: "smallint", Value: "-32768", Text: "-32768"},
	{Type: "integer", Value: "7", Text: "7"},
	{Type: "bigint", Value: "9007199254740993", Text: "9007199254740993"},
	{Type: "numeric(10, 2)", Value: "12.5", Text: "12.50"},
	{Type: "numeric", Value: "123456789012345678901234567890.0000001", Text: "123456789012345678901234567890.0000001"},
	{Type: "numeric", Value: "'NaN'", Text: "NaN"},
	{Type: "numeric(15, 2)", Value: "919876543210", Text: "919876543210"},
	{Type: "numeric", Value: "-9007199254740993.000", Text: "-9007199254740993"},
	{Type: "numeric", Value: "0.00", Text: "0"},
	{Type: "numeric", Value: "100.050", Text: "100.050"},
	{Type: "real", Value: "1.5", Text: "1.5"},
	{Type: "real", Value: "16777215", Text: "16777215"},
	{Type: "real", Value: "16777217", Text: "rounded 1.6777216e+07"},
	{Type: "double precision", Value: "14155552671", Text: "14155552671"},
	{Type: "double precision", Value: "'-0'", Text: "0"},
	{Type: "double precision", Value: "9007199254740991", Text: "9007199254740991"},
	{Type: "double precision", Value: "9007199254740993", Text: "rounded 9.007199254740992e+15"},
	{Type: "double precision", Value: "-1e300", Text: "rounded -1e+300"},
	{Type: "double precision", Value: "'NaN'", Text: "NaN"},
	{Type: "float8[]", Value: "ARRAY[14155552671, NULL, 0.5, 1e16]", Text: "14155552671,0.5,rounded 1e+16"},
	{Type: "float8[]", Value: "'{}'", Text: ""},
	{Type: "real[]", Value: "ARRAY[14155552671, 2]", Text: "rounded 1.4155553e+10,2"},
	{Type: "numeric(15, 2)[]", Value: "'{{14155552671, 1.5}}'", Text: "14155552671,1.50"},
	{Type: "price", Value: "14155552671", Text: "14155552671"},
	{Type: "double precision", Value: "0.1", Text: "0.1"},
	{Type: "double precision", Value: "'-Infinity'", Text: "-Infinity"},
	{Type: "boolean", Value: "true", Text: "true"},
	{Type: "text", Value: "'it''s'", Text: "it's"},
	{Type: "varchar(20)", Value: "'ab '", Text: "ab "},
	{Type: "char(5)", Value: "'ab'", Text: "ab"},
	{Type: "name", Value: "'ab'", Text: "ab"},
	{Type: "citext", Value: "'Ab'", Text: "Ab"},
	{Type: "word", Value: "'ab'", Text: "ab"},
	{Type: "uuid", Value: "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", Text: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	{Type: "bytea", Value: `'\x00ff61'`, Text: `\x00ff61`},
	{Type: "bit(4)", Value: "B'0101'", Text: "0101"},
	{Type: "mood", Value: "'it''s, ok'", Text: "it's, ok"},
	{Type: "json", Value: `'{"a":  [1, 2]}'`, Text: `{"a":  [1, 2]}`},
	{Type: "jsonb", Value: `'{"b":1,"a":  [1,2]}'`, Text: `{"a": [1, 2], "b": 1}`},
	{Type: "xml", Value: "'<a>1</a>'", Text: "<a>1</a>"},
	{Type: "inet", Value: "'192.168.0.1/24'", Text: "192.168.0.1/24"},
	{Type: "inet", Value: "'192.168.0.1'", Text: "192.168.0.1/32"},
	{Type: "macaddr", Value: "'08:00:2b:01:02:03'", Text: "08:00:2b:01:02:03"},
	{Type: "int4range", Value: "'[1,5)'", Text: "[1,5)"},
	{Type: "point", Value: "'(1,2)'", Text: "(1,2)"},
	{Type: "pair", Value: "ROW(1, 'x')", Text: "(1,x)"},
	{Type: "interval", Value: "'1 day 2 hours'", Text: "1 day 02:00:00"},
	{Type: "time", Value: "'12:34:56'", Text: "12:34:56"},
	{Type: "timetz", Value: "'12:34:56+02'", Text: "12:34:56+02"},
	{Type: "date", Value: "'2026-02-03'", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
	{Type: "date", Value: "'infinity'", Text: "infinity", Time: "infinity"},
	{Type: "day", Value: "'2026-02-03'", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
	{Type: "timestamp", Value: "'2026-02-03 04:05:06.789'", Text: "2026-02-03 04:05:06.789", Time: "2026-02-03T04:05:06Z"},
	{Type: "timestamp(0)", Value: "'2026-02-03 04:05:06'", Text: "2026-02-03 04:05:06", Time: "2026-02-03T04:05:06Z"},
	{Type: "timestamp", Value: "'-infinity'", Text: "-infinity", Time: "-infinity"},
	{Type: "timestamptz", Value: "'2026-02-03 04:05:06+09'", Text: "2026-02-02 19:05:06+00", Time: "2026-02-02T19:05:06Z"},
	{Type: "timestamptz(3)", Value: "'2026-02-03 04:05:06.1234+00'", Text: "2026-02-03 04:05:06.123+00", Time: "2026-02-03T04:05:06Z"},
	{Type: "timestamptz", Value: "'infinity'", Text: "infinity", Time: "infinity"},
	{Type: "text[]", Value: "ARRAY['a@x.com', NULL, 'b@x.com']", Text: "a@x.com,b@x.com"},
	{Type: "text[]", Value: "'{}'", Text: ""},
	{Type: "words", Value: "ARRAY['a', 'b']", Text: "a,b"},
	{Type: "varchar(9)[]", Value: "ARRAY['a', 'b']", Text: "a,b"},
	{Type: "integer[]", Value: "'{{1,2},{3,4}}'", Text: "1,2,3,4"},
	{Type: "mood[]", Value: "ARRAY['sad']::mood[]", Text: "sad"},
}

var refused = []string{
	"SELECT CAST(nextval('numbers') AS text) AS id, email FROM customers",
	"SELECT writes() AS id, email FROM customers", "SELECT id, email FROM customers WHERE pretends() = 'x'", "SELECT id, email FROM customers ORDER BY writes()",
	"SELECT CAST(setval('numbers', 7) AS text) AS id, email FROM customers", "SELECT id, email FROM customers FOR UPDATE",
	"SELECT id, email INTO thief FROM customers", "SELECT id, email INTO TEMP thief FROM customers", "EXPLAIN SELECT 1", "SHOW ALL", "CALL nothing()", "DO $$ BEGIN DELETE FROM customers; END $$",
	"COPY customers TO STDOUT", "COPY (SELECT 1) TO PROGRAM 'cat'", "LISTEN x", "NOTIFY x", "LOCK TABLE customers", "VACUUM", "SET ROLE none", "RESET ALL", "PREPARE p AS SELECT 1", "EXECUTE p", "DECLARE c CURSOR FOR SELECT 1",
	"SELECT set_config('transaction_read_only', 'off', true) AS id, writes() AS email",
	"SELECT (query_to_xml('DELETE FROM customers', true, true, ''))::text AS id, '' AS email",
	"MERGE INTO customers USING customers c ON false WHEN NOT MATCHED THEN DO NOTHING",
}
