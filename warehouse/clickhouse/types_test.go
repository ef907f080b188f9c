package clickhouse

import (
	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// types are the column types, each with a value and what it becomes.
func types() []warehousetest.Type {
	const at, iso = "2026-02-03 04:05:06", "2026-02-03T04:05:06Z"
	return []warehousetest.Type{
		{Type: "String", Value: "'it''s'", Text: "it's"},
		{Type: "FixedString(4)", Value: "'ab'", Text: "ab"},
		{Type: "FixedString(2)", Value: `'\xff\x01'`, Text: `\xff01`},
		{Type: "Int8", Value: "-7", Text: "-7"},
		{Type: "UInt64", Value: "18446744073709551615", Text: "18446744073709551615"},
		{Type: "Int256", Value: "-170141183460469231731687303715884105729", Text: "-170141183460469231731687303715884105729"},
		{Type: "Decimal(15, 2)", Value: "toDecimal64('1.50', 2)", Text: "1.5"},
		{Type: "Decimal(15, 2)", Value: "toDecimal64('100', 2)", Text: "100"},
		{Type: "Float32", Value: "1.5", Text: "1.5"},
		{Type: "Float64", Value: "4155550101", Text: "4155550101"},
		{Type: "Float64", Value: "1e300", Text: eddy.Rounded + "1e300"},
		{Type: "Float64", Value: "nan", Text: "nan"},
		{Type: "Bool", Value: "true", Text: "true"},
		{Type: "UUID", Value: "'6ba7b810-9dad-11d1-80b4-00c04fd430c8'", Text: "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
		{Type: "Enum('a' = 1, 'b' = 2)", Value: "'b'", Text: "b"},
		{Type: "IPv4", Value: "'10.0.0.1'", Text: "10.0.0.1"},
		{Type: "IPv6", Value: "'2001:db8::1'", Text: "2001:db8::1"},
		{Type: "Date", Value: "'2026-02-03'", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
		{Type: "Date32", Value: "'1950-02-03'", Text: "1950-02-03", Time: "1950-02-03T00:00:00Z"},
		{Type: "DateTime('UTC')", Value: "'" + at + "'", Text: at, Time: iso},
		{Type: "DateTime('Asia/Tokyo')", Value: "toDateTime('" + at + "', 'UTC')", Text: at, Time: iso},
		{Type: "DateTime64(3, 'America/New_York')", Value: "toDateTime64('" + at + ".789', 3, 'UTC')", Text: at + ".789", Time: iso},
		{Type: "DateTime64(6, 'UTC')", Value: "toDateTime64('1950-02-03 04:05:06.7', 6, 'UTC')", Text: "1950-02-03 04:05:06.700000", Time: "1950-02-03T04:05:06Z"},
	}
}

// usable are models of ClickHouse's own SQL.
func usable() []string {
	return []string{
		"SELECT id, email FROM customers WHERE email <> 'it\\'s'",
		`SELECT id, email FROM customers WHERE email <> 'it\'s; -- ' ;-- `,
		"SELECT id, email FROM customers # it's; the end",
		"SELECT id, email FROM customers #! it's; the end",
		"SELECT id, email FROM customers // it's; the end\n;",
		"SELECT id, email FROM customers WHERE email <> $a$ it's; -- $a$ ;",
		"SELECT id, email FROM customers WHERE email <> $1$ it's; -- $1$ -- $1$",
		"SELECT id, email FROM customers WHERE email <> ‘it's; -- ’ ; -- ’",
		"SELECT id, `email` FROM customers AS `odd \\`; -- name` ;",
		`SELECT id, email FROM customers AS "odd \"; -- name" ;`,
		"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u /* a /* b */ */ WHERE id = '1' # it's",
		"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u // \r and so on\n WHERE id = '1'",
		"SELECT id, argMax(email, id) AS email FROM customers GROUP BY id",
		"SELECT id, email FROM customers CROSS JOIN numbers(1) AS n",
		"SELECT id, email FROM customers LIMIT 1 BY id",
		"SELECT c.id, c.email FROM customers AS c ARRAY JOIN [1] AS x",
	}
}

// refusedSQL is what a model must not do. The administrator may do it all.
func refusedSQL() []string {
	return []string{
		"SELECT line AS id, line AS email FROM file('/etc/passwd', 'LineAsString', 'line String')",
		"SELECT '1' AS id, file('users.xml') AS email",
		"SELECT '1' AS id, `file`('users.xml') AS email",
		`SELECT '1' AS id, "FILE"('users.xml') AS email`,
		"SELECT id, email FROM customers WHERE id IN (SELECT toString(file('users.xml')))",
		"SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'id String, email String')",
		"SELECT * FROM remote('127.0.0.1:1', 'x', 'y')",
		"SELECT * FROM remoteSecure('127.0.0.1:1', 'x', 'y')",
		"SELECT id, email FROM customers JOIN (SELECT * FROM s3('http://127.0.0.1:1/x', 'CSV', 'k String')) s ON s.k = id",
		"SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
		"SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
		"SELECT * FROM executable('x.sh', 'CSV', 'id String, email String')",
		"SELECT * FROM view(SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'id String, email String'))",
		"INSERT INTO FUNCTION file('thief.csv') SELECT * FROM customers",
		"SELECT id, email FROM customers INTO OUTFILE 'thief.csv'",
		"SELECT id, email FROM customers FORMAT CSV",
		"SELECT id, email FROM customers WHERE id = {id:String}",
		"SELECT id, email FROM customers), (SELECT 2",
		"EXPLAIN SELECT id, email FROM customers", "DESCRIBE customers", "SHOW TABLES", "SYSTEM FLUSH LOGS", "KILL QUERY WHERE 1",
		"ALTER TABLE customers DELETE WHERE 1", "OPTIMIZE TABLE customers", "RENAME TABLE customers TO thief", "EXISTS customers",
	}
}
