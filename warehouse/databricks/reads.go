package databricks

import (
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// onlySelect gives the user's SQL as it can stand behind DESCRIBE QUERY, where only a query can:
// what writes is a syntax error there, and no function writes, but those that call others.
func onlySelect(sql string) (string, error) {
	text := syntax().Statement(sql)
	if text == "" {
		return "", refused("it is empty")
	}
	if name := callsOut(text); name != "" {
		return "", refused("it calls " + name + ", which may hand work on to another system, or any function")
	}
	return text, nil
}

func refused(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model's SQL cannot be used: " + why, Mend: "A model only reads: write one SELECT statement."}
}

// callsOut gives the first function of a text that hands SQL, or a request, on to another system,
// or calls a function by a text; empty if there is none. See
// https://docs.databricks.com/sql/language-manual/sql-ref-functions-builtin-alpha.
func callsOut(sql string) string {
	last := ""
	for part, blank := range syntax().Tokens(sql) {
		if blank && part != ";" {
			continue
		}
		name := strings.ToLower(strings.Trim(last, "`"))
		// ai_query and its like hand values to a model that is served anywhere.
		if part == "(" && (slices.Contains([]string{"remote_query", "http_request", "identifier", "java_method", "reflect", "try_reflect"}, name) || strings.HasPrefix(name, "ai_")) {
			return name
		}
		last = part
	}
	return ""
}

// syntax is that of Databricks SQL; see SqlBaseLexer.g4 of Spark, from which it comes. Its comments
// nest. Double quotes are those of texts.
func syntax() *warehouse.Syntax {
	return &warehouse.Syntax{
		Lines: []string{"--"}, LineEnds: "\r\n", Nested: true,
		Quotes: []warehouse.Quotes{
			{Open: "'", Close: "'", Escapes: true},
			{Open: `"`, Close: `"`, Escapes: true},
			{Open: "`", Close: "`"},
			{Open: "r'", Close: "'"},
			{Open: "R'", Close: "'"},
			{Open: `r"`, Close: `"`},
			{Open: `R"`, Close: `"`},
		},
	}
}

// Syntax is that of Databricks SQL.
func (*source) Syntax() *warehouse.Syntax { return syntax() }
