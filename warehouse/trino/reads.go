package trino

import (
	"context"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// onlySelect checks the user's SQL as it stands: it must be one statement by itself before it is
// put into another one. There it can be nothing but a query: what writes is a syntax error
// within FROM, and no function of Trino's writes, but those that hand SQL on to another database.
func (s *source) onlySelect(ctx context.Context, m eddy.Model) error {
	if m.Table != "" {
		return nil
	}
	text := syntax().Statement(m.SQL)
	if text == "" {
		return refused("it is empty")
	}
	if name := passesOn(text); name != "" {
		return refused("it calls the table function " + name + ", which may hand SQL on to another database, or more")
	}
	head := warehouse.Comment(ctx) + "EXPLAIN (TYPE VALIDATE)\n"
	return at(strings.Count(head, "\n"), s.query(ctx, head+text, func([][]byte) error { return nil }))
}

func refused(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model's SQL cannot be used: " + why, Mend: "A model only reads: write one SELECT statement."}
}

// harmless are the table functions that only make rows of their arguments, or of tables that the user may
// read. See https://trino.io/docs/current/functions/table.html and the connectors' pages.
func harmless(name string) bool {
	return slices.Contains([]string{"sequence", "exclude_columns", "table_changes"}, name)
}

// passesOn gives the first table function of a text that is not harmless; empty if there is
// none. TABLE(, and a name with a bracket behind it, is how all are called.
func passesOn(sql string) string {
	var parts []string
	for part, blank := range syntax().Tokens(sql) {
		if !blank || part == ";" {
			parts = append(parts, part)
		}
	}
	for i := 0; i+2 < len(parts); i++ {
		if !strings.EqualFold(parts[i], "TABLE") || parts[i+1] != "(" {
			continue
		}
		name := ""
		for i += 2; i < len(parts) && (name == "" || parts[i-1] == "." || parts[i] == "."); i++ {
			name += parts[i]
		}
		if i < len(parts) && parts[i] == "(" {
			last := warehouse.SplitName(name)
			if !harmless(strings.ToLower(last[len(last)-1])) && !strings.EqualFold(name, "SELECT") && !strings.EqualFold(name, "VALUES") {
				return name
			}
		}
		i -= 2 // what was taken for a name may be a call itself
	}
	return ""
}

// syntax is Trino's; see SqlBase.g4 of its parser. Its comments do not nest, and no text has
// escapes but doubled quotes.
func syntax() *warehouse.Syntax {
	return &warehouse.Syntax{
		Lines: []string{"--"}, LineEnds: "\r\n",
		Quotes: []warehouse.Quotes{{Open: "'", Close: "'"}, {Open: `"`, Close: `"`}, {Open: "`", Close: "`"}},
	}
}

// Syntax is Trino's.
func (*source) Syntax() *warehouse.Syntax { return syntax() }
