package warehousetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func modelChecks() []check {
	return []check{
		{name: "types", rule: "every column type can be an identifier or a field, and comes out as one fixed text; NULL stays NULL", run: checkTypes},
		{name: "odd names", rule: "schema, table and column names may hold anything that the engine lets them hold", run: checkOddNames},
		{name: "views", rule: "a view is a model like a table, with or without its schema in front", run: checkViews},
		{name: "plain names", rule: "a model column is found by its exact name, also when it is a reserved word", run: checkPlainNames},
		{name: "ids", rule: "a null record id is invalid, equal duplicates collapse into one, duplicates that differ are set aside", run: checkIDs},
		{name: "conflicts are frozen", rule: "while rows with one record id differ, the record stays in the audience as it is", run: checkFrozen},
		{name: "texts", rule: "texts of any script, with quotes, commas and control characters, come out as they went in", run: checkTexts},
		{name: "empty is not null", rule: "an empty text is a value, NULL is none, and a change from one to the other is seen", run: checkEmpty},
		{name: "huge value", rule: "a cell of 10 MB is read and compared like any other", run: checkHuge},
		{name: "constants", rule: "a field may be a constant, whatever characters it holds", run: checkConstants},
	}
}

// rows reads the stage: the record id and the given columns, NULL as <null>.
func (f *flow) rows(columns ...string) (out [][]string) {
	f.Helper()
	var list strings.Builder
	list.WriteString("record_id")
	for _, c := range columns {
		list.WriteString(", " + warehouse.Quote(c))
	}
	f.query("SELECT "+list.String()+" FROM eddy_stage ORDER BY record_id", func(row [][]byte) {
		out = append(out, mapSlice(row, func(b []byte) string {
			if b == nil {
				return "<null>"
			}
			return string(b)
		}))
	})
	return out
}

// staged gives the model's rows as the source stages them, without any state.
func (w *world) staged() [][]string {
	w.Helper()
	rows, err := w.tryStage()
	if err != nil {
		w.Fatal(err)
	}
	return rows
}

func (w *world) tryStage() ([][]string, error) {
	w.Helper()
	f := &flow{world: w, src: w.open()}
	m, err := w.resolve(f.src)
	if err != nil {
		return nil, err
	}
	if f.session, err = w.State(w.ctx, f.src, w.name); err != nil {
		return nil, err
	}
	defer func() { _ = f.session.Close() }()
	names := mapSlice(w.mapping, func(m mapped) string { return m.field })
	columns := mapSlice(append([]string{"record_id"}, names...), func(n string) string { return warehouse.Quote(n) + " " + f.session.Dialect().Text })
	if _, err := f.session.Exec(w.ctx, "CREATE TEMP TABLE eddy_stage ("+strings.Join(columns, ", ")+")"); err != nil {
		return nil, err
	}
	sel := append([]warehouse.Selected{{As: "record_id", Column: &m.Identifier}}, m.Mapped...)
	if err := f.src.Stage(w.ctx, f.session, "eddy_stage", sel, m.Model); err != nil {
		return nil, err
	}
	return f.rows(names...), nil
}

func checkTypes(w *world) {
	w.exec(w.h.Setup...)
	columns, values, nulls := []string{"id integer"}, "1", "2"
	for i, t := range w.h.Types {
		columns = append(columns, fmt.Sprintf("c%d %s", i, t.Type))
		values += ", " + t.Value
		nulls += ", NULL"
	}
	w.exec("CREATE TABLE kinds ("+strings.Join(columns, ", ")+")", "INSERT INTO kinds VALUES ("+values+"), ("+nulls+")")
	w.model, w.mapping = eddy.Model{Table: "kinds"}, nil
	for i, t := range w.h.Types {
		w.mapping = append(w.mapping, mapped{fmt.Sprintf("f%d", i), fmt.Sprintf("c%d", i), ""})
		if t.Time != "" {
			w.mapping = append(w.mapping, mapped{fmt.Sprintf("f%d_at", i), fmt.Sprintf("c%d", i), ""})
		}
	}
	rows := w.staged()
	at := 1
	expect := func(t Type, want string) {
		if got := rows[0][at]; got != want {
			w.Errorf("%s %s became %q, not %q", t.Type, t.Value, got, want)
		}
		if rows[1][at] != "<null>" {
			w.Errorf("NULL of %s became %q", t.Type, rows[1][at])
		}
		at++
	}
	for _, t := range w.h.Types {
		expect(t, t.Text)
		if t.Time != "" {
			expect(t, t.Time)
		}
	}
}

// oddNames are names that break what is quoted without care.
var oddNames = []string{ //nolint:gochecknoglobals // constant
	"two words", `quote"d`, `"`, "it's", "UPPER", "MixedCase", "select", "user", "dotted.name", `a"."b`, "semi;colon--", "客户", "naïve ünïcode", "🙂", "$1", "100%", `back\slash`, "m", "seq", "record_id",
	strings.Repeat("x", 63), strings.Repeat("é", 31) + "x",
}

func checkOddNames(w *world) {
	w.model, w.id = eddy.Model{}, ""
	var setup []string
	for _, n := range oddNames {
		q := warehouse.Quote(n)
		setup = append(setup, "CREATE SCHEMA "+q, fmt.Sprintf("CREATE TABLE %[1]s.%[1]s (%[1]s text, email text)", q), fmt.Sprintf("INSERT INTO %[1]s.%[1]s VALUES (%[2]s, 'a@x.com')", q, warehouse.QuoteText(n)))
	}
	w.exec(setup...)
	for i, n := range oddNames {
		q := warehouse.Quote(n)
		w.id, w.mapping = n, []mapped{{"email", n, ""}, {"phone_number", "email", ""}}
		w.model = []eddy.Model{{Table: q + "." + q}, {SQL: fmt.Sprintf("SELECT %[1]s, email FROM %[1]s.%[1]s", q)}}[i%2]
		if got := w.staged(); len(got) != 1 || !slices.Equal(got[0], []string{n, n, "a@x.com"}) {
			w.Errorf("%+v gave %q", w.model, got)
		}
	}
}

func checkViews(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	w.exec("CREATE SCHEMA sales", "CREATE TABLE sales.people AS SELECT * FROM customers", "CREATE VIEW sales.everyone AS SELECT * FROM sales.people", "CREATE VIEW same AS SELECT * FROM customers")
	for _, table := range []string{"customers", "same", "sales.people", "sales.everyone", `"sales"."everyone"`, `sales."everyone"`} {
		w.model = eddy.Model{Table: table}
		if got := w.staged(); len(got) != 1 || got[0][1] != "a@x.com" {
			w.Errorf("%s gave %v", table, got)
		}
	}
	w.model = eddy.Model{SQL: "SELECT p.id, p.email, p.phone FROM sales.everyone p JOIN customers c ON c.id = p.id"}
	if got := w.staged(); len(got) != 1 {
		w.Errorf("a join gave %v", got)
	}
}

func checkPlainNames(w *world) {
	w.exec(`CREATE TABLE customers ("order" text, "E-mail" text, "group" text)`, `INSERT INTO customers VALUES ('1', 'a@x.com', '+1')`)
	w.id, w.mapping = "order", []mapped{{"email", "E-mail", ""}, {"phone_number", "group", ""}}
	if got := w.staged(); !slices.Equal(got[0], []string{"1", "a@x.com", "+1"}) {
		w.Errorf("got %q", got)
	}
}

func checkIDs(w *world) {
	w.customers("(NULL, 'n1@x.com', NULL)", "(NULL, 'n2@x.com', NULL)", "('1', 'a@x.com', NULL)", "('1', 'a@x.com', NULL)", "('1', 'a@x.com', NULL)",
		"('2', 'b@x.com', NULL)", "('2', 'other@x.com', NULL)", "('3', 'c@x.com', NULL)", "('4', 'd@x.com', '1')", "('4', 'd@x.com', NULL)")
	f := w.begin()
	if err := f.stage(w.ctx); err != nil {
		w.Fatal(err)
	}
	s := f.staged
	if s.Rows != 10 || s.NullIDs != 2 || s.Conflicts != 4 || s.Collapsed != 2 || !slices.Equal(s.ConflictIDs, []string{"2", "4"}) {
		w.Errorf("staged: %+v", s)
	}
	if got := fmt.Sprint(f.rows("email")); got != "[[1 a@x.com] [3 c@x.com]]" {
		w.Errorf("the stage holds %s", got)
	}
}

func checkFrozen(w *world) {
	w.customers("('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)")
	w.sync(deliverAll)
	w.insert("('1', 'other@x.com', NULL)", "('3', 'c@x.com', NULL)", "('3', 'd@x.com', NULL)")
	f := w.sync(deliverAll)
	if f.tally.Operations["delete"]+f.tally.Operations["update"]+f.tally.Operations["insert"] != 0 {
		w.Errorf("a conflict changed something: %v", f.tally.Operations)
	}
	w.want("a@x.com", "b@x.com")
	if n := f.summary.Invalid; len(n) != 1 || n[0].Count != 4 || n[0].Reason != warehouse.ReasonConflict {
		w.Errorf("invalid rows: %+v", n)
	}
	w.exec("DELETE FROM customers WHERE id = '1' AND email = 'a@x.com'", "DELETE FROM customers WHERE id = '3'")
	w.sync(deliverAll)
	w.want("other@x.com", "b@x.com")
}

// oddTexts hold what breaks a text on its way.
var oddTexts = []string{ //nolint:gochecknoglobals // constant
	"plain", "it's", `say "hi"`, "a,b", "tab\tnew\nline\r\n", `back\slash \N \. \x41`, "żółć", "Ἀθῆναι", "ประเทศ", "北京市", "שלום", "🙂👨‍👩‍👧", "e\u0301", "\u202eright", "\ufeffbom", "\x01\x02\x1f\x7f", " spaces ", "$1 %s {} ${X}", "'; DROP TABLE customers; --",
}

func checkTexts(w *world) {
	w.customers(mapSlice(oddTexts, func(s string) string { return fmt.Sprintf("(%[1]s, %[1]s, NULL)", warehouse.QuoteText(s)) })...)
	got := map[string]string{}
	for _, row := range w.staged() {
		got[row[0]] = row[1]
	}
	for _, s := range oddTexts {
		if got[s] != s {
			w.Errorf("%q came out as %q", s, got[s])
		}
	}
	w.sync(deliverAll)
	if f := w.sync(deliverAll); f.tally.Operations["unchanged"] != int64(len(oddTexts)) || len(f.tally.Operations) != 1 {
		w.Errorf("the second run sees changes: %v", f.tally.Operations)
	}
}

func checkEmpty(w *world) {
	w.customers("('', 'empty@x.com', '')", "('1', 'a@x.com', NULL)", "('2', '', '')")
	if got := fmt.Sprintf("%q", w.staged()); got != `[["" "empty@x.com" ""] ["1" "a@x.com" "<null>"] ["2" "" ""]]` {
		w.Errorf("staged: %s", got)
	}
	w.sync(deliverAll)
	w.exec("UPDATE customers SET phone = '5551234' WHERE id = ''")
	if f := w.sync(deliverAll); f.tally.Operations["update"] != 1 || f.tally.Operations["invalid"] != 1 || f.tally.Operations["unchanged"] != 1 {
		w.Errorf("operations: %v", f.tally.Operations)
	}
	w.want("empty@x.com", "+5551234", "a@x.com")
}

func checkHuge(w *world) {
	w.customers("('1', repeat('x', 10000000) || '@x.com', NULL)", "('2', 'b@x.com', NULL)")
	w.sync(deliverAll)
	w.exec("UPDATE customers SET email = 'y' || email WHERE id = '1'")
	if f := w.sync(deliverAll); f.tally.Operations["update"] != 1 || f.tally.Operations["unchanged"] != 1 {
		w.Errorf("operations: %v", f.tally.Operations)
	}
	w.want("y"+strings.Repeat("x", 10_000_000)+"@x.com", "b@x.com")
}

func checkConstants(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	for _, s := range []string{"it's", `"quoted"`, `back\slash`, "$1", "%s", "北京", "", "2030-01-01T00:00:00Z"} {
		w.mapping = []mapped{{"email", "email", ""}, {"phone_number", "", s}}
		if got := w.staged(); got[0][2] != s {
			w.Errorf("the constant %q came out as %q", s, got[0][2])
		}
	}
}
