package main

import "fmt"

// The engines and the data sets.
const (
	duckEngine     = "duckdb"
	postgresEngine = "postgres"
	emailData      = "email"
	phoneData      = "phone"
)

// email and phone are a customer's values in SQL, which both engines read alike: e-mails
// in lower case and phone numbers in E.164, so that nothing is left to normalise.
const (
	email = `'user' || i || '@example.com'`
	// Eight in ten numbers are North American, one is British and one German.
	phone = `CASE i % 10 WHEN 0 THEN '+447' || (400000000 + i) WHEN 1 THEN '+4915' || (110000000 + i)
  WHEN 2 THEN '+1415' || (2000000 + i * 7 % 8000000) WHEN 3 THEN '+1212' || (2000000 + i * 7 % 8000000) ELSE '+1305' || (2000000 + i * 7 % 8000000) END`
)

// customers is a SELECT of the customers from <= i < to.
func customers(data string, from, to int) string {
	columns := "CAST(i AS bigint) AS id, " + email + " AS email"
	if data == phoneData {
		columns += ", " + phone + " AS phone"
	}
	return fmt.Sprintf("SELECT %s FROM generate_series(CAST(%d AS bigint), CAST(%d AS bigint)) AS t(i)", columns, from, to-1)
}

// onePercent is the change: one row in a hundred gets another e-mail, one in two hundred
// goes, and as many come.
func onePercent(data string, rows int) []string {
	return []string{
		"UPDATE customers SET email = 'new' || id || '@example.com' WHERE id % 100 = 1",
		"DELETE FROM customers WHERE id % 200 = 2",
		"INSERT INTO customers " + customers(data, rows, rows+rows/200),
	}
}

// changeText says what onePercent does.
const changeText = "1 % change: 1 % of the rows get another e-mail, 0.5 % are deleted, 0.5 % are inserted"

// identities are the columns that are delivered.
func identities(data string) []string {
	if data == phoneData {
		return []string{"email", "phone"}
	}
	return []string{"email"}
}

// bareSQL is the least that a comparison in SQL can do: a copy of the table, and a join
// of it with the copy before. of is the table, was the earlier copy; table begins a
// CREATE TABLE.
func bareSQL(data, table, of, was string) []string {
	now, old, differ := "", "", ""
	for _, c := range identities(data) {
		now += ", n." + c
		old += ", o." + c + " AS old_" + c
		differ += " OR o." + c + " IS DISTINCT FROM n." + c
	}
	return []string{
		table + " bare_snapshot AS SELECT * FROM " + of,
		table + " bare_changes AS SELECT coalesce(n.id, o.id) AS id, CASE WHEN o.id IS NULL THEN 'add' WHEN n.id IS NULL THEN 'del' ELSE 'upd' END AS op" + now + old +
			" FROM " + was + " o FULL OUTER JOIN bare_snapshot n ON o.id = n.id WHERE o.id IS NULL OR n.id IS NULL" + differ,
	}
}
