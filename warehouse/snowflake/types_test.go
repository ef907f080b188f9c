package snowflake_test

import "github.com/eddy-retl/eddy/warehouse/warehousetest"

var usable = []string{
	"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u WHERE id = '1' AND email <> '$$' -- $$",
	"SELECT id, email FROM customers WHERE email <> 'it\\';-- ' // the last",
	"SELECT id, email FROM customers WHERE email <> $$it's;--$$",
	"SELECT * FROM (VALUES ('1', 'a@x.com')) AS v(id, email)",
	"SELECT ID, EMAIL FROM CUSTOMERS QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY email) = 1",
}

// types leaves out arrays: fakesnow keeps them as JSON, and cannot join those, and whole
// numbers of more than 64 bits. TIME and the special
// floats are DuckDB's own texts.
var types = []warehousetest.Type{
	{Type: "BIGINT", Value: "9007199254740993", Text: "9007199254740993"},
	{Type: "NUMBER(10, 2)", Value: "12.5", Text: "12.50"},
	{Type: "NUMBER(15, 2)", Value: "919876543210", Text: "919876543210"},
	{Type: "NUMBER(38, 7)", Value: "1234567890123456789012345678901.0000001", Text: "1234567890123456789012345678901.0000001"},
	{Type: "NUMBER(6, 3)", Value: "0.000", Text: "0"},
	{Type: "FLOAT", Value: "14155552671", Text: "14155552671"},
	{Type: "FLOAT", Value: "1.5", Text: "1.5"},
	{Type: "FLOAT", Value: "-0.0::FLOAT", Text: "0"},
	{Type: "FLOAT", Value: "9007199254740991", Text: "9007199254740991"},
	{Type: "FLOAT", Value: "9007199254740993", Text: "rounded 9007199254740992.0"},
	{Type: "FLOAT", Value: "'NaN'::FLOAT", Text: "nan"},
	{Type: "FLOAT", Value: "'-inf'::FLOAT", Text: "-inf"},
	{Type: "BOOLEAN", Value: "TRUE", Text: "true"},
	{Type: "VARCHAR", Value: "'it''s'", Text: "it's"},
	{Type: "VARCHAR(20)", Value: "'ab '", Text: "ab "},
	{Type: "BINARY", Value: "TO_BINARY('00ff61', 'HEX')", Text: "00ff61"},
	{Type: "DATE", Value: "'2026-02-03'::DATE", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
	{Type: "TIMESTAMP_NTZ", Value: "'2026-02-03 04:05:06.789'::TIMESTAMP_NTZ", Text: "2026-02-03 04:05:06.789000000", Time: "2026-02-03T04:05:06Z"},
	{Type: "TIMESTAMP_TZ", Value: "'2026-02-03 04:05:06+09:00'::TIMESTAMP_TZ", Text: "2026-02-02 19:05:06.000000000", Time: "2026-02-02T19:05:06Z"},
	{Type: "VARIANT", Value: `PARSE_JSON('{"a":1}')`, Text: `{"a":1}`},
	{Type: "OBJECT", Value: `OBJECT_CONSTRUCT('a', 1)`, Text: `{"a":1}`},
	{Type: "TIME", Value: "'12:34:56.789'::TIME", Text: "12:34:56.789"},
}

var refused = []string{
	"INSERT INTO customers SELECT '2', 'b@x.com', NULL", "MERGE INTO customers USING (SELECT '1' AS id) s ON customers.id = s.id WHEN MATCHED THEN DELETE", "CREATE VIEW thief AS SELECT 1 AS id", "TRUNCATE TABLE customers",
	"SHOW TABLES", "DESCRIBE TABLE customers", "EXPLAIN SELECT 1", "CALL SYSTEM$WAIT(1)", "ALTER SESSION SET TIMEZONE = 'UTC'", "USE ROLE ACCOUNTADMIN", "GRANT SELECT ON customers TO ROLE thief", "BEGIN TRANSACTION",
	"PUT 'file:///etc/passwd' @~", "COPY INTO customers FROM @~", "SELECT 1) x, (SELECT 2", "SELECT id, email FROM customers) AS m -- ", "SELECT id, email FROM customers WHERE id = ?",
	"SELECT SYSTEM$CANCEL_ALL_QUERIES(1) AS id, 'x' AS email", `SELECT "SYSTEM$WAIT"(1) AS id, 'x' AS email`, "SELECT s.NEXTVAL AS id, 'x' AS email", "SELECT system$abort_session(1) AS id, 'x' AS email",
	"SELECT SNOWFLAKE.CORTEX.COMPLETE('m', 'x') AS id, 'x' AS email", `SELECT snowflake . "CORTEX" . summarize('x') AS id, 'x' AS email`, "SELECT AI_COMPLETE('m', 'x') AS id, 'x' AS email",
	"EXECUTE IMMEDIATE $$ DROP TABLE customers $$", "SELECT id, email FROM customers; -- x\nDROP TABLE customers",
}
