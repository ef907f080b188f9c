package warehouse_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eddy-retl/eddy/warehouse"
)

func TestStatement(t *testing.T) {
	for sql, want := range map[string]string{
		"":                           "",
		" ;\n-- no":                  "",
		"select 1":                   "select 1",
		"select 1 ; ;":               "select 1",
		"select 1; -- a;b":           "select 1",
		"select 1 /* a /* b */ ; */": "select 1",
		"select 1 /* open":           "select 1",
		"select 1 -- a\r, 2 -- b":    "select 1 -- a\r, 2",
		"select ';' -- x":            "select ';'",
		"select 'it''s;--' ;":        "select 'it''s;--'",
		`select ";--" ;`:             `select ";--"`,
		`select E'\';--' ;`:          `select E'\';--'`,
		`select E'a''\';--' ;`:       `select E'a''\';--'`,
		`select name'\' ;`:           `select name'\'`,
		"select $$;--$$ ; --":        "select $$;--$$",
		"select 1$$;--$$ ; --":       "select 1$$;--$$",
		"select $a$ $$ ;--$a$ ;":     "select $a$ $$ ;--$a$",
		"select $1 ;":                "select $1",
		"select $a$ 1 ; -- open":     "select $a$ 1",
		"select 1 - -1 --":           "select 1 - -1",
		"select 4 / 2 ;":             "select 4 / 2",
		"select 1; select 2;":        "select 1; select 2",
		"; ;select 1;":               "select 1",
		" ;-- a\n select 1":          "-- a\n select 1",
		"; ;":                        "",
	} {
		if got := warehouse.Standard().Statement(sql); got != want {
			t.Errorf("%q ends as %q, want %q", sql, got, want)
		}
	}
}

// anySyntax is one of all kinds of syntax that warehouses have, and of many more.
func anySyntax(bits uint8) *warehouse.Syntax {
	has := func(i int) bool { return bits&(1<<i) != 0 }
	x := &warehouse.Syntax{
		Lines: []string{"--"}, LineEnds: map[bool]string{true: "\n", false: "\r\n"}[has(0)], Apart: has(1), Nested: has(2), Dollars: has(3), Numbered: has(7),
		Quotes: []warehouse.Quotes{{Open: "'", Close: "'", Escapes: has(4)}, {Open: `"`, Close: `"`, Escapes: has(5)}},
	}
	if has(6) {
		x.Lines = append(x.Lines, "#", "//")
		x.CarriedOut = []string{"/*!"}
		x.Quotes = append(x.Quotes, warehouse.Quotes{Open: "`", Close: "`"}, warehouse.Quotes{Open: "‘", Close: "’"})
	}
	if has(7) {
		x.Quotes = append(x.Quotes, warehouse.Quotes{Open: "E'", Close: "'", Escapes: true})
	}
	return x
}

// FuzzStatement: what is cut off begins or ends the SQL and means nothing. It is not more the second
// time, and a line behind what is left begins anew, unless something in it has no end.
func FuzzStatement(f *testing.F) {
	for i, s := range []string{"select 1;", "select 'a", `select "a`, "/* /*", "$a$", "$", "e'\\", "--", "select é$x$", ";select 1", "a /*! b */ -- c", "`\\`;", "x‘’’; # a", "a --\rb", "--a\n;;", "E'a''\\';'"} {
		f.Add(s, uint8(i*17))
	}
	f.Fuzz(func(t *testing.T, sql string, bits uint8) {
		x := anySyntax(bits)
		got := x.Statement(sql)
		if x.Apart && strings.HasSuffix(got, "--") {
			t.Skip("two signs that were none of a comment are one at the end")
		}
		if !strings.Contains(sql, got) || x.Statement(got) != got || utf8.ValidString(sql) && !utf8.ValidString(got) {
			t.Errorf("%q ends as %q", sql, got)
		}
		var all strings.Builder
		last := ""
		for token := range x.Tokens(got + "\n)") {
			all.WriteString(token)
			last = token
		}
		if all.String() != got+"\n)" || last != ")" && !strings.HasSuffix(last, "\n)") {
			t.Errorf("%q and what stands behind it has the pieces %q, the last of which is %q", got, all.String(), last)
		}
	})
}
