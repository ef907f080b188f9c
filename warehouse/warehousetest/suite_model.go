package warehousetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func modelChecks() []check {
	return []check{
		{name: "types", rule: "every column type can be an identifier or a field, and comes out as one fixed text; NULL stays NULL", run: checkTypes},
		{name: "odd names", rule: "schema, table and column names may hold anything that the warehouse lets them hold; a table is listed under a name that reads it", run: checkOddNames},
		{name: "views", rule: "a view is a model like a table, with or without its schema in front", run: checkViews},
		{name: "plain names", rule: "a model column is found by its exact name, also when it is a reserved word", run: checkPlainNames},
		{name: "ids", rule: "every row is staged as it is: also one without a record id, and each of those that repeat one", run: checkIDs},
		{name: "times as ids", rule: "a record id keeps the full text of a time, so that two ids never become one", run: checkTimesAsIDs},
		{name: "numbers as ids", rule: "a whole number is one record id and one field's text whatever the numeric type of its column; texts that look like numbers stay apart, and so do numbers that a float may not hold exactly", run: checkNumbersAsIDs},
		{name: "texts", rule: "texts of any script, with quotes, commas and control characters, come out as they went in", run: checkTexts},
		{name: "empty is not null", rule: "an empty text is a value, NULL is none", run: checkEmpty},
		{name: "no rows", rule: "a model without rows makes a table without rows", run: checkNoRows},
		{name: "huge value", rule: "a cell of 10 MB, or as long as the warehouse has any, is read like any other", run: checkHuge},
		{name: "constants", rule: "a field may be a constant, whatever characters it holds", run: checkConstants},
		{name: "cancelled", rule: "a cancelled context stops Stage at once, with context.Canceled; the engine can be used afterwards", run: checkCancelled},
		{name: "flat memory", rule: "memory stays flat whatever the table's size", run: checkMemory, alone: true},
	}
}

func checkTypes(w *world) {
	w.exec(w.h.Setup...)
	columns, values, nulls := []string{"id " + w.h.Spelling.Integer}, "1", "2"
	for i, t := range w.h.Types {
		columns = append(columns, fmt.Sprintf("c%d %s", i, t.Type))
		values += ", " + t.Value
		nulls += ", NULL"
	}
	w.table("kinds", columns...)
	w.exec("INSERT INTO kinds VALUES (" + values + "), (" + nulls + ")")
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
	s := w.h.Spelling
	for i, n := range oddNames {
		if w.h.Names != nil && !w.h.Names(n) {
			continue
		}
		schema := w.schema(n)
		q, table := s.Quote(n), s.Quote(schema)+"."+s.Quote(n)
		w.table(table, q+" "+s.Text, "email "+s.Text)
		w.exec(fmt.Sprintf("INSERT INTO %s VALUES (%s, 'a@x.com')", table, s.Literal(n)))
		w.id, w.mapping = n, []mapped{{"email", n, ""}, {"phone_number", "email", ""}}
		w.model = []eddy.Model{{Table: warehouse.Quote(schema) + "." + warehouse.Quote(n)}, {SQL: fmt.Sprintf("SELECT %s, email FROM %s", q, table)}}[i%2]
		if got := w.staged(); len(got) != 1 || !slices.Equal(got[0], []string{n, n, "a@x.com"}) {
			w.Errorf("%+v gave %q", w.model, got)
		}
		listed, err := w.open().(warehouse.Tables).ListTables(w.ctx)
		if name := warehouse.JoinName(schema, n); err != nil || !slices.Contains(Names(listed), name) {
			w.Errorf("%s is not among the tables that are listed: %q (%v)", name, listed, err)
		}
	}
}

func checkViews(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	sales := w.schema("sales")
	w.exec("CREATE TABLE "+sales+".people AS SELECT * FROM customers", "CREATE VIEW "+sales+".everyone AS SELECT * FROM "+sales+".people", "CREATE VIEW same AS SELECT * FROM customers")
	for _, table := range []string{"customers", "same", sales + ".people", sales + ".everyone", `"` + sales + `"."everyone"`, sales + `."everyone"`} {
		w.model = eddy.Model{Table: table}
		if got := w.staged(); len(got) != 1 || got[0][1] != "a@x.com" {
			w.Errorf("%s gave %v", table, got)
		}
	}
	listed, err := w.open().(warehouse.Tables).ListTables(w.ctx)
	for _, want := range []warehouse.Table{{Name: warehouse.JoinName(sales, "people"), Kind: warehouse.BaseTable}, {Name: warehouse.JoinName(sales, "everyone"), Kind: warehouse.View}} {
		if err != nil || !slices.Contains(listed, want) && (want.Kind != warehouse.View || !w.h.Viewless) {
			w.Errorf("%+v is not among %+v (%v)", want, listed, err)
		}
	}
	w.model = eddy.Model{SQL: "SELECT p.id, p.email, p.phone FROM " + sales + ".everyone p JOIN customers c ON c.id = p.id"}
	if got := w.staged(); len(got) != 1 {
		w.Errorf("a join gave %v", got)
	}
}

func checkPlainNames(w *world) {
	mail := "E-mail"
	if w.h.Names != nil && !w.h.Names(mail) {
		mail = strings.ToLower(mail)
	}
	s := w.h.Spelling
	w.table("customers", s.Quote("order")+" "+s.Text, s.Quote(mail)+" "+s.Text, s.Quote("group")+" "+s.Text)
	w.exec("INSERT INTO customers VALUES ('1', 'a@x.com', '+1')")
	w.id, w.mapping = "order", []mapped{{"email", mail, ""}, {"phone_number", "group", ""}}
	if got := w.staged(); !slices.Equal(got[0], []string{"1", "a@x.com", "+1"}) {
		w.Errorf("got %q", got)
	}
}

func checkIDs(w *world) {
	w.customers("(NULL, 'n1@x.com', NULL)", "('1', 'a@x.com', NULL)", "('1', 'a@x.com', NULL)", "('2', 'b@x.com', NULL)", "('2', 'b@x.com', '1')")
	rows := w.staged()
	slices.SortFunc(rows, slices.Compare)
	if got := fmt.Sprint(rows); got != "[[1 a@x.com <null>] [1 a@x.com <null>] [2 b@x.com 1] [2 b@x.com <null>] [<null> n1@x.com <null>]]" {
		w.Errorf("the stage holds %s", got)
	}
}

func checkTimesAsIDs(w *world) {
	w.table("visits", "seen "+w.h.Spelling.Timestamp)
	w.exec(fmt.Sprintf("INSERT INTO visits VALUES ("+w.h.Spelling.Moment+"), ("+w.h.Spelling.Moment+")", "2026-02-03 04:05:06.1", "2026-02-03 04:05:06.2"))
	w.model, w.id, w.mapping = eddy.Model{Table: "visits"}, "seen", []mapped{{"expires_at", "seen", ""}}
	rows := w.staged()
	if len(rows) != 2 || rows[0][0] == rows[1][0] || rows[0][1] != "2026-02-03T04:05:06Z" || rows[0][1] != rows[1][1] {
		w.Errorf("the stage holds %q", rows)
	}
}

func checkNumbersAsIDs(w *world) {
	s := w.h.Spelling
	// Where no float has 24 bits, the column is a float that holds all of these.
	w.table("amounts", "whole "+s.Integer, "price "+s.Decimal, "amount "+s.Double, "short "+cmp.Or(s.Single, s.Double), "word "+s.Text)
	w.exec("INSERT INTO amounts VALUES (1, 1, 1, 1, '1'), (7, 7, 7, 7, '1.0'), (9, 9, 9, 9, '1.00')",
		"INSERT INTO amounts VALUES (16777216, 0.5, 9007199254740992, 16777216, '1e0'), (16777217, 0.25, 9007199254740994, 16777218, '01')")
	w.model = eddy.Model{Table: "amounts"}
	for id, want := range map[string][]string{"whole": {"1", "7", "9"}, "price": {"1", "7", "9"}, "amount": {"1", "7", "9"}, "short": {"1", "7", "9"}, "word": {"1", "1.0", "1.00"}} {
		w.id, w.mapping = id, []mapped{{"twitter_id", id, ""}}
		ids := map[string]bool{}
		for _, row := range w.staged() {
			if ids[row[0]] = true; row[0] != row[1] {
				w.Errorf("%s is %q as a record id and %q as a field", id, row[0], row[1])
			}
		}
		for _, one := range want {
			if !ids[one] {
				w.Errorf("%s: no record %q among %v", id, one, ids)
			}
		}
		if len(ids) != 5 {
			w.Errorf("%s: five ids became %v", id, ids)
		}
		for one := range ids {
			if id != "whole" && id != "word" && (id != "short" || s.Single != "") && len(one) > 4 && !strings.HasPrefix(one, eddy.Rounded) {
				w.Errorf("%s: %q may be a number that was rounded", id, one)
			}
		}
	}
}

// oddTexts hold what breaks a text on its way.
var oddTexts = []string{ //nolint:gochecknoglobals // constant
	"plain", "it's", `say "hi"`, "a,b", "tab\tnew\nline\r\n", `back\slash \N \. \x41`, "żółć", "Ἀθῆναι", "ประเทศ", "北京市", "שלום", "🙂👨‍👩‍👧", "e\u0301", "\u202eright", "\ufeffbom", "\x01\x02\x1f\x7f", " spaces ", "$1 %s {} ${X}", "'; DROP TABLE customers; --",
}

func checkTexts(w *world) {
	tuples := make([]string, len(oddTexts))
	for i, s := range oddTexts {
		tuples[i] = fmt.Sprintf("(%[1]s, %[1]s, NULL)", w.h.Spelling.Literal(s))
	}
	w.customers(tuples...)
	got := map[string]string{}
	for _, row := range w.staged() {
		got[row[0]] = row[1]
	}
	for _, s := range oddTexts {
		if got[s] != s {
			w.Errorf("%q came out as %q", s, got[s])
		}
	}
}

func checkEmpty(w *world) {
	w.customers("('', 'empty@x.com', '')", "('1', 'a@x.com', NULL)", "('2', '', '')")
	if got := fmt.Sprintf("%q", w.staged()); got != `[["" "empty@x.com" ""] ["1" "a@x.com" "<null>"] ["2" "" ""]]` {
		w.Errorf("staged: %s", got)
	}
}

func checkNoRows(w *world) {
	w.customers()
	if got := w.staged(); len(got) != 0 {
		w.Errorf("staged: %q", got)
	}
}

func checkHuge(w *world) {
	w.customers("('2', 'b@x.com', NULL)")
	n := w.h.Spelling.long(10_000_000) - len("@x.com")
	w.exec("INSERT INTO customers SELECT '1', " + fmt.Sprintf(w.h.Spelling.Joined, fmt.Sprintf(w.h.Spelling.Repeated, "'x'", n), "'@x.com'") + ", NULL")
	if got := w.staged(); len(got) != 2 || got[0][1] != strings.Repeat("x", n)+"@x.com" || got[1][1] != "b@x.com" {
		w.Errorf("%d rows, the first of %d bytes", len(got), len(got[0][1]))
	}
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

// stopsWithin is how long a cancelled statement may go on.
const stopsWithin = 10 * time.Second

func checkCancelled(w *world) {
	w.model = eddy.Model{SQL: w.h.Spelling.Endless}
	ctx, stop := context.WithCancel(w.ctx)
	defer stop()
	var begun time.Time
	time.AfterFunc(100*time.Millisecond, func() {
		begun = time.Now()
		stop()
	})
	err := w.stage(ctx, func(warehouse.Engine, int64) error { return nil })
	if !errors.Is(err, context.Canceled) {
		w.Errorf("the error: %v", err)
	}
	if took := time.Since(begun); took > stopsWithin {
		w.Errorf("it took %s to stop", took)
	}
}

func checkMemory(w *world) {
	const rows, bound = 300_000, 64 << 20
	w.model = eddy.Model{SQL: w.h.Spelling.people(rows)}
	before := heap()
	err := w.stage(w.ctx, func(engine warehouse.Engine, staged int64) error {
		if grown := heap(); grown > before+bound {
			w.Errorf("the heap grew by %d MB for %d rows", (grown-before)>>20, rows)
		}
		n := 0
		err := engine.Query(w.ctx, "SELECT * FROM "+stageIn(engine), func([][]byte) error {
			if n++; n == rows {
				if grown := heap(); grown > before+bound {
					w.Errorf("the heap grew by %d MB while %d rows were read", (grown-before)>>20, rows)
				}
			}
			return nil
		})
		if n != rows || staged != rows {
			w.Errorf("%d of %d rows, and Stage said %d", n, rows, staged)
		}
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
}

// heap is what is alive on the heap now.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
