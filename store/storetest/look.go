package storetest

import (
	"database/sql"
	"fmt"
	"strings"
)

// dump is everything in the store's tables, as texts.
func (w *world) dump() string {
	w.Helper()
	var b strings.Builder
	for _, table := range w.column("SELECT name FROM sqlite_master WHERE type = 'table'", "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()") {
		for _, row := range w.rows("SELECT * FROM " + table) {
			fmt.Fprintln(&b, table, row)
		}
	}
	return b.String()
}

// nowhere makes sure that a secret is not in the database.
func (w *world) nowhere(secret, what string) {
	w.Helper()
	text := w.dump()
	if !strings.Contains(text, "eddy_counters") {
		w.Fatalf("the dump is empty:\n%s", text)
	}
	if strings.Contains(text, secret) {
		w.Errorf("%s stand in the database as they are", what)
	}
}

// exec changes the database behind the store's back, such as to let time pass.
func (w *world) exec(query string) {
	w.Helper()
	if _, err := w.s.DB().ExecContext(w.Context(), query); err != nil {
		w.Fatalf("%s: %v", query, err)
	}
}

// column reads one column with the query for this database.
func (w *world) column(sqlite, postgres string) (out []string) {
	w.Helper()
	query := sqlite
	if w.s.IsPostgres() {
		query = postgres
	}
	for _, row := range w.rows(query) {
		out = append(out, row[0])
	}
	return out
}

func (w *world) rows(query string) (out [][]string) {
	w.Helper()
	rows, err := w.s.DB().QueryContext(w.Context(), query)
	w.must(err)
	defer rows.Close()
	names, err := rows.Columns()
	w.must(err)
	for rows.Next() {
		cells, dest := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			dest[i] = &cells[i]
		}
		w.must(rows.Scan(dest...))
		texts := make([]string, len(names))
		for i, c := range cells {
			texts[i] = c.String
		}
		out = append(out, texts)
	}
	w.must(rows.Err())
	return out
}
