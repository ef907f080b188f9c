package warehousetest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func statementChecks() []check {
	return []check{
		{name: "usable statements", rule: "one SELECT is a model however it is written: with comments and semicolons at its end, with WITH, ORDER BY or VALUES", run: checkUsable},
		{name: "refused statements", rule: "a model only reads: what writes, attaches, has parameters or is more than one statement is refused and changes nothing", run: checkRefused},
		{name: "broken models", rule: "a model that names what does not exist fails with a message that says what, and how to mend it", run: checkBroken},
		{name: "half way", rule: "a model that fails half way leaves an error, never a part that is taken for all; the error quotes no value (promises 3 and 10)", run: checkHalfWay},
	}
}

func checkUsable(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	w.mapping = []mapped{{"email", "email", ""}}
	for _, sql := range append([]string{
		"SELECT id, email FROM customers",
		"SELECT id, email FROM customers;",
		"SELECT id, email FROM customers ; ; \n",
		"SELECT id, email FROM customers -- the last word",
		"SELECT id, email FROM customers; -- the last; word",
		"SELECT id, email FROM customers; /* a comment; */ ",
		"/* first */ SELECT id, email -- inside\n FROM customers\n--",
		"WITH c AS (SELECT * FROM customers) SELECT id, email FROM c ORDER BY id LIMIT 5",
		"SELECT id, email FROM customers " + cmp.Or(w.h.Spelling.Union, "UNION") + " SELECT id, email FROM customers",
		"SELECT id, email FROM customers WHERE email <> ';--' AND email <> '/*' AND email <> " + w.h.Spelling.Literal("it's"),
		"(SELECT id, email FROM customers)",
		"SELECT id, " + w.h.Spelling.Quote("email") + " FROM customers AS " + w.h.Spelling.Quote("odd;--name") + " ;",
	}, w.h.Usable...) {
		w.model = eddy.Model{SQL: sql}
		if got := fmt.Sprint(w.staged()); got != "[[1 a@x.com]]" {
			w.Errorf("%s gave %s", sql, got)
		}
	}
}

func checkRefused(w *world) {
	w.customers("('1', 'a@x.com', NULL)")
	w.exec(w.h.Setup...)
	refused := append([]string{
		"", " ; ", "-- nothing",
		"INSERT INTO customers (id, email) VALUES ('2', 'b@x.com') RETURNING id, email",
		"UPDATE customers SET email = 'b@x.com' RETURNING id, email",
		"DELETE FROM customers RETURNING id, email",
		"WITH gone AS (DELETE FROM customers RETURNING id, email) SELECT * FROM gone",
		"WITH more AS (INSERT INTO customers (id, email) VALUES ('2', 'b') RETURNING id, email) SELECT * FROM more",
		"DROP TABLE customers", "CREATE TABLE thief AS SELECT * FROM customers", "CREATE TEMP TABLE thief AS SELECT id, email FROM customers",
		"SELECT id, email FROM customers; DELETE FROM customers",
		"SELECT id, email FROM customers; SELECT id, email FROM customers",
		"SELECT id, email FROM customers) AS m; DELETE FROM customers; --",
		"SELECT id, email FROM customers) AS m, (SELECT 1",
		"SELECT 1) AS m WHERE false; DROP TABLE customers; SELECT (1",
		"SELECT id, email FROM customers WHERE id = $1",
		"SELECT id, email FROM customers WHERE id = 'open",
		"COPY customers TO '/tmp/eddy-thief.csv'", "BEGIN", "COMMIT", "SET search_path = ''", "TRUNCATE customers",
	}, w.h.Refused...)
	for _, sql := range refused {
		w.refuse(sql)
	}
	unchanged := map[string]string{"SELECT count(*) FROM customers": "1", "SELECT email FROM customers": "a@x.com"}
	maps.Copy(unchanged, w.h.Unchanged)
	for sql, want := range unchanged {
		if got, err := w.Value(sql); got != want || err != nil {
			w.Errorf("a refused model changed something: %s gives %s (%v), not %s", sql, got, err, want)
		}
	}
}

// refuse checks that a model cannot be staged.
func (w *world) refuse(sql string) {
	w.Helper()
	w.model = eddy.Model{SQL: sql}
	if sql == "" {
		w.model.SQL = "\n"
	}
	w.mapping = []mapped{{"email", "email", ""}}
	rows, err := w.tryStage()
	if err == nil {
		w.Errorf("not refused: %s; it gave %v", sql, rows)
	} else if code := eddy.ErrorCode(err); code != eddy.CodeSource && !strings.Contains(err.Error(), "no column") {
		w.Errorf("%s: the error has code %s: %v", sql, code, err)
	}
}

func checkBroken(w *world) {
	w.customers()
	for _, c := range []struct {
		model eddy.Model
		want  string
	}{
		{eddy.Model{Table: "nowhere"}, "nowhere"},
		{eddy.Model{Table: "no_schema.customers"}, "no_schema"},
		{eddy.Model{SQL: "SELECT id, mail FROM customers"}, "mail"},
		{eddy.Model{SQL: "SELECT id, email FROM nowhere"}, "nowhere"},
		{eddy.Model{SQL: "SELEC id FROM customers"}, "SELEC"},
		{eddy.Model{SQL: "SELECT no_such_function(id) FROM customers"}, "no_such_function"},
	} {
		_, err := w.open().Columns(w.ctx, c.model)
		if err == nil || eddy.ErrorCode(err) != eddy.CodeSource || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.want)) {
			w.Errorf("%+v: the error does not name %s: %v", c.model, c.want, err)
		}
	}
	// FRM is taken for another name of the column, and the word behind it is one too many. MySQL tells
	// no column.
	sql := "SELECT id, -- whose\n  email\n  FRM customers"
	_, err := warehouse.Describe(w.ctx, w.open(), eddy.Model{SQL: sql})
	if e, ok := errors.AsType[*eddy.Error](err); !ok || e.At.Line != 3 || e.At.Column > len("  FRM customers") {
		w.Errorf("the error is not of line 3: %+v: %v", e, err)
	}
}

func checkHalfWay(w *world) {
	w.mapping = []mapped{{"email", "email", ""}}
	w.model = eddy.Model{SQL: w.h.Spelling.HalfWay}
	_, err := w.tryStage()
	if err == nil {
		w.Fatal("the model did not fail")
	}
	if eddy.ErrorCode(err) != eddy.CodeSource || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), w.h.Spelling.HalfWaySays) {
		w.Errorf("the error: %v", err)
	}
}
