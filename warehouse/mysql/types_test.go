package mysql_test

import (
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// own is what one of the servers alone has.
type own struct {
	on                     string
	types                  []warehousetest.Type
	setup, usable, refused []string
}

// kind is what a pass is put on record for: MySQL cannot always be had, and MariaDB stands for it.
func (o own) kind() string {
	if o.on == "" {
		return ""
	}
	return "mysql"
}

func mariaDB() own {
	return own{
		on: "MariaDB of Debian",
		types: []warehousetest.Type{
			{Type: "uuid", Value: "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", Text: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
			{Type: "inet6", Value: "'2001:DB8::1'", Text: "2001:db8::1"},
			{Type: "inet4", Value: "'192.168.0.1'", Text: "192.168.0.1"},
			{Type: "json", Value: `'{"b":1,"a":  [1,2]}'`, Text: `{"b":1,"a":  [1,2]}`},
			{Type: "date", Value: "'0000-00-00'", Text: "0000-00-00", Time: "0000-00-00"},
			{Type: "date", Value: "'2026-02-00'", Text: "2026-02-00", Time: "2026-02-00"},
			{Type: "datetime", Value: "'0000-00-00 00:00:00'", Text: "0000-00-00 00:00:00", Time: "0000-00-00 00:00:00"},
		},
		setup:   []string{"CREATE SEQUENCE numbers"},
		usable:  []string{"SELECT `1` AS id, `a@x.com` AS email FROM (VALUES ('1', 'a@x.com')) AS v", "SELECT id, email FROM customers /*M!100000 WHERE id = '1' */"},
		refused: []string{"SELECT nextval(numbers) AS id, email FROM customers", "SELECT NEXT VALUE FOR numbers AS id, email FROM customers", "SELECT setval(numbers, 7) AS id, email FROM customers", "ANALYZE SELECT id, email FROM customers"},
	}
}

func mySQL() own {
	return own{
		types: []warehousetest.Type{
			{Type: "json", Value: `'{"bb":1,"a":  [1,2]}'`, Text: `{"a": [1, 2], "bb": 1}`},
			{Type: "geometry", Value: "ST_GeomFromText('POINT(1 2)')", Text: "000000000101000000000000000000F03F0000000000000040"},
			{Type: "vector(2)", Value: "STRING_TO_VECTOR('[1, 2]')", Text: "0000803F00000040"},
		},
		usable:  []string{"SELECT column_0 AS id, column_1 AS email FROM (VALUES ROW('1', 'a@x.com')) AS v", "SELECT id, email FROM (TABLE customers) AS t", "SELECT id, email FROM customers /*!80000 WHERE id = '1' */"},
		refused: []string{"SELECT id, email FROM customers FOR SHARE", "SELECT id, email FROM customers FOR /* x */ SHARE", "SELECT id, email FROM customers FOR UPDATE SKIP LOCKED", "EXPLAIN ANALYZE SELECT id, email FROM customers"},
	}
}

func types() []warehousetest.Type {
	return []warehousetest.Type{
		{Type: "tinyint", Value: "-128", Text: "-128"},
		{Type: "boolean", Value: "true", Text: "1"},
		{Type: "smallint unsigned", Value: "65535", Text: "65535"},
		{Type: "mediumint", Value: "-8388608", Text: "-8388608"},
		{Type: "int unsigned", Value: "4294967295", Text: "4294967295"},
		{Type: "int zerofill", Value: "42", Text: "42"},
		{Type: "bigint", Value: "-9223372036854775808", Text: "-9223372036854775808"},
		{Type: "bigint unsigned", Value: "18446744073709551615", Text: "18446744073709551615"},
		{Type: "bit(1)", Value: "b'1'", Text: "1"},
		{Type: "bit(64)", Value: "b'1111111111111111111111111111111111111111111111111111111111111111'", Text: "18446744073709551615"},
		{Type: "decimal(10, 2)", Value: "12.5", Text: "12.50"},
		{Type: "decimal(15, 2)", Value: "919876543210", Text: "919876543210"},
		{Type: "decimal(65, 30)", Value: "12345678901234567890.000000000000000000000000000001", Text: "12345678901234567890.000000000000000000000000000001"},
		{Type: "decimal(20, 3)", Value: "-9007199254740993.000", Text: "-9007199254740993"},
		{Type: "decimal(5, 2)", Value: "0", Text: "0"},
		{Type: "decimal(5, 2)", Value: "-0.0", Text: "0"},
		{Type: "float", Value: "1.5", Text: "1.5"},
		{Type: "float", Value: "0.1", Text: "0.1"},
		{Type: "float(7, 2)", Value: "1.1", Text: "1.1"},
		{Type: "float", Value: "16777215", Text: "16777215"},
		{Type: "float", Value: "16777217", Text: "rounded 1.6777216e+07"},
		{Type: "double", Value: "14155552671", Text: "14155552671"},
		{Type: "double", Value: "-0e0", Text: "0"},
		{Type: "double", Value: "9007199254740991", Text: "9007199254740991"},
		{Type: "double", Value: "9007199254740993", Text: "rounded 9.007199254740992e+15"},
		{Type: "double", Value: "-1e300", Text: "rounded -1e+300"},
		{Type: "double", Value: "0.1", Text: "0.1"},
		{Type: "double(10, 2)", Value: "1234567.5", Text: "1234567.5"},
		{Type: "char(5)", Value: "'ab'", Text: "ab"},
		{Type: "varchar(20)", Value: "'ab '", Text: "ab "},
		{Type: "varchar(20) CHARACTER SET latin1", Value: "'Müller'", Text: "Müller"},
		{Type: "tinytext", Value: "'it''s'", Text: "it's"},
		{Type: "mediumtext", Value: "'🙂'", Text: "🙂"},
		{Type: "binary(4)", Value: "x'00FF61'", Text: "00FF6100"},
		{Type: "varbinary(9)", Value: "x'00FF61'", Text: "00FF61"},
		{Type: "blob", Value: "x'C328'", Text: "C328"},
		{Type: "longblob", Value: "''", Text: ""},
		{Type: "enum('sad', 'it''s, ok')", Value: "'it''s, ok'", Text: "it's, ok"},
		{Type: "set('a', 'b', 'c')", Value: "'c,a'", Text: "a,c"},
		{Type: "year", Value: "2026", Text: "2026"},
		{Type: "time(3)", Value: "'-101:02:03.5'", Text: "-101:02:03.500"},
		{Type: "date", Value: "'2026-02-03'", Text: "2026-02-03", Time: "2026-02-03T00:00:00Z"},
		{Type: "datetime", Value: "'2026-02-03 04:05:06'", Text: "2026-02-03 04:05:06", Time: "2026-02-03T04:05:06Z"},
		{Type: "datetime(6)", Value: "'2026-02-03 04:05:06.789'", Text: "2026-02-03 04:05:06.789000", Time: "2026-02-03T04:05:06Z"},
		{Type: "timestamp NULL", Value: "'2026-02-03 04:05:06'", Text: "2026-02-03 04:05:06", Time: "2026-02-03T04:05:06Z"},
		{Type: "point", Value: "POINT(1, 2)", Text: "000000000101000000000000000000F03F0000000000000040"},
		{Type: "varchar(9)", Value: "'never'", Text: "never", Time: "never"},
	}
}

func prepares() []string {
	return []string{
		"CREATE FUNCTION writes() RETURNS int DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO customers (id) VALUES ('9'); RETURN 1; END",
	}
}

func usable() []string {
	return []string{
		"SELECT id, email FROM customers # the last word",
		"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u /* /* */ WHERE id = '1' -- */",
		"SELECT id, email FROM (SELECT '2' AS id, 'b@x.com' AS email UNION ALL SELECT id, email FROM customers) AS u -- the first\r and so on\n WHERE id = '1'",
		"SELECT id, email FROM customers; # the; last word\n;",
		"SELECT id, email FROM customers WHERE email <> 'it\\'s; -- ';-- ",
		"SELECT id, email FROM customers WHERE email <> \"say \\\"hi\\\"; # \" ;",
		"SELECT id, email FROM customers /*!50000 WHERE id = '1' */",
		"SELECT id, email FROM customers WHERE 5--1 = 6",
		"SELECT id, email FROM customers -- no /* comment",
		"SELECT id, email FROM (SELECT id, email, 7 AS `sleep`, 8 AS share FROM customers) AS s WHERE sleep = 7 AND share IN (8)",
		"; SELECT id, email FROM customers",
	}
}

func refusals() []string {
	return []string{
		"SELECT writes() AS id, email FROM customers", "SELECT id, email FROM customers WHERE writes() = 1",
		"SELECT id, email FROM customers FOR UPDATE", "SELECT id, email FROM customers LOCK IN SHARE MODE", "SELECT id, email FROM customers LOCK IN/**/SHARE MODE",
		"SELECT 1) x, (SELECT 2", "SELECT 1) AS x, (SELECT id, email FROM customers", "SELECT id, email FROM customers) AS m, (SELECT 1 AS x", "SELECT id, email FROM customers /*! ", "SELECT id, email FROM customers /*!99999 ",
		"SELECT id, email INTO @x, @y FROM customers", "SELECT id, email FROM customers INTO OUTFILE '/tmp/eddy-thief.csv'", "SELECT id, email FROM customers INTO DUMPFILE '/tmp/eddy-thief.csv'",
		"SELECT load_file('/etc/passwd') AS id, email FROM customers", "SELECT id, email FROM customers WHERE sleep(100) = 0", "SELECT id, email FROM customers WHERE /*!50000sleep*/ -- x\n(100) = 0",
		"SELECT id, email FROM customers WHERE `SLEEP` # x\n (100) = 0", "SELECT get_lock('x', 1) AS id, email FROM customers", "SELECT benchmark(1000000000, sha2('x', 512)) AS id, email FROM customers",
		"SHOW TABLES", "EXPLAIN SELECT id, email FROM customers", "DESCRIBE customers", "CALL nothing()", "DO 1", "SET @x = 1", "SET SESSION TRANSACTION READ WRITE", "USE mysql", "LOCK TABLES customers WRITE",
		"HANDLER customers OPEN", "KILL 1", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE customers", "SELECT id, email FROM customers WHERE id = ?", "REPLACE INTO customers (id) VALUES ('2')",
		"INSERT INTO customers (id) VALUES ('3')", "DELETE FROM customers", "CREATE TEMPORARY TABLE thief AS SELECT id, email FROM customers", "PREPARE p FROM 'SELECT 1'", "FLUSH TABLES", "GRANT ALL ON *.* TO eddy@'%'",
	}
}
