package bigquery_test

import "github.com/eddy-retl/eddy/warehouse/warehousetest"

func usable() []string {
	return []string{
		"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u WHERE id = '1' /* /* */ -- */",
		"SELECT id, email FROM customers WHERE email <> 'it\\';-- ' # the last; word",
		"SELECT id, email FROM customers WHERE email <> r'\\d'",
		"SELECT id, email FROM `customers` AS `odd;--name`;",
		"SELECT id, email FROM customers QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY email) = 1",
	}
}

func types() []warehousetest.Type {
	return []warehousetest.Type{
		{Type: "INT64", Value: "-9007199254740993", Text: "-9007199254740993"},
		{Type: "BOOL", Value: "TRUE", Text: "true"},
		{Type: "STRING", Value: `'it\'s'`, Text: "it's"},
		{Type: "STRING(20)", Value: "'ab '", Text: "ab "},
		{Type: "BYTES", Value: "b'\\x00\\xffa'", Text: "00ff61"},
		{Type: "NUMERIC", Value: "NUMERIC '919876543210'", Text: "919876543210"},
		{Type: "NUMERIC", Value: "NUMERIC '12.50'", Text: "12.5"},
		{Type: "NUMERIC(10, 2)", Value: "NUMERIC '100.05'", Text: "100.05"},
		{Type: "NUMERIC", Value: "NUMERIC '0'", Text: "0"},
		{Type: "NUMERIC", Value: "NUMERIC '-99999999999999999999999999999.999999999'", Text: "-99999999999999999999999999999.999999999"},
		{Type: "BIGNUMERIC", Value: "BIGNUMERIC '12345678901234567890.5'", Text: "12345678901234567890.5"},
		{Type: "FLOAT64", Value: "14155552671.0", Text: "14155552671"},
		{Type: "FLOAT64", Value: "-0.0", Text: "0"},
		{Type: "FLOAT64", Value: "9007199254740991.0", Text: "9007199254740991"},
		{Type: "FLOAT64", Value: "9007199254740993.0", Text: "rounded 9007199254740992"},
		{Type: "FLOAT64", Value: "0.1", Text: "0.1"},
		{Type: "FLOAT64", Value: "CAST('nan' AS FLOAT64)", Text: "NaN"},
		{Type: "FLOAT64", Value: "CAST('-inf' AS FLOAT64)", Text: "-inf"},
		{Type: "DATE", Value: "DATE '2026-02-03'", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
		{Type: "DATETIME", Value: "DATETIME '2026-02-03 04:05:06.789'", Text: "2026-02-03 04:05:06.789000", Time: "2026-02-03T04:05:06Z"},
		{Type: "DATETIME", Value: "DATETIME '2026-02-03 04:05:06.999999'", Text: "2026-02-03 04:05:06.999999", Time: "2026-02-03T04:05:06Z"},
		{Type: "TIMESTAMP", Value: "TIMESTAMP '2026-02-03 04:05:06+09:00'", Text: "2026-02-02 19:05:06.000000+00", Time: "2026-02-02T19:05:06Z"},
		{Type: "TIMESTAMP", Value: "TIMESTAMP '2026-02-03 04:05:06.999999 Europe/Berlin'", Text: "2026-02-03 03:05:06.999999+00", Time: "2026-02-03T03:05:06Z"},
		{Type: "TIME", Value: "TIME '12:34:56.789'", Text: "12:34:56.789000"},
		{Type: "JSON", Value: `JSON '{"a": [1, 2], "b": 1}'`, Text: `{"a":[1,2],"b":1}`},
		{Type: "ARRAY<STRING>", Value: "['a@x.com', 'b@x.com']", Text: "a@x.com,b@x.com"},
		{Type: "ARRAY<FLOAT64>", Value: "[14155552671.0, 0.5, 1e16]", Text: "14155552671,0.5,rounded 1e+16"},
		{Type: "ARRAY<NUMERIC>", Value: "[NUMERIC '14155552671', NUMERIC '1.5']", Text: "14155552671,1.5"},
		{Type: "ARRAY<DATE>", Value: "[DATE '2026-02-03']", Text: "2026-02-03"},
		{Type: "STRUCT<a INT64, b STRING>", Value: "STRUCT(1 AS a, 'x' AS b)", Text: `{"a":1,"b":"x"}`},
	}
}

func refused() []string {
	return []string{
		"INSERT INTO customers VALUES ('2', 'b@x.com', NULL)", "UPDATE customers SET email = 'x' WHERE TRUE", "DELETE FROM customers WHERE TRUE", "MERGE customers c USING customers d ON c.id = d.id WHEN MATCHED THEN DELETE",
		"CREATE VIEW thief AS SELECT 1 AS id", "CREATE OR REPLACE TABLE customers AS SELECT 1 AS id", "TRUNCATE TABLE customers", "DROP TABLE customers", "ALTER TABLE customers RENAME TO thief",
		"EXPORT DATA OPTIONS(uri='gs://x/*', format='CSV') AS SELECT 1", "EXECUTE IMMEDIATE 'DROP TABLE customers'", "CALL p()", "BEGIN DROP TABLE customers; END",
		"DECLARE x INT64; SELECT id, email FROM customers", "SELECT 1; DROP TABLE customers", "SELECT id, email FROM customers) AS m -- ", "SELECT id, email FROM customers WHERE id = ?", "SELECT id, email FROM customers WHERE id = @id",
		"GRANT `roles/bigquery.dataViewer` ON TABLE customers TO 'user:thief@x.com'",
	}
}
