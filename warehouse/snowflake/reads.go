package snowflake

import (
	"context"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// onlySelect checks the user's SQL as it stands, which the server describes and does not carry
// out: it must be one statement by itself before it is put into another one. There it can be
// nothing but a query: what writes is a syntax error within FROM. What a query may call and that
// does more than read is refused here: SYSTEM$ functions, which stop other people's statements
// and more, sequences, which move on, and functions of Cortex, which hand values to models.
func (s *source) onlySelect(ctx context.Context, m eddy.Model) error {
	if m.Table != "" {
		return nil
	}
	text := syntax().Statement(m.SQL)
	if text == "" {
		return refused("it is empty")
	}
	if name := does(text); name != "" {
		return refused(name + " does more than read")
	}
	head := warehouse.Comment(ctx)
	_, err := s.describe(ctx, head+text)
	return at(strings.Count(head, "\n"), err)
}

func refused(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model's SQL cannot be used: " + why, Mend: "A model only reads: write one SELECT statement."}
}

// does gives what a text calls that does more than read; empty if there is nothing. A question
// mark stands for a value that nobody gives.
func does(sql string) string {
	last := ""
	for part, blank := range syntax().Tokens(sql) {
		if blank {
			continue
		}
		name := strings.ToUpper(strings.Trim(part, `"`))
		switch {
		case strings.HasPrefix(name, "SYSTEM$"), last == "." && name == "NEXTVAL", part == "?":
			return part
		case part == "." && last == "CORTEX", part == "(" && strings.HasPrefix(last, "AI_"):
			return last
		}
		last = name
	}
	return ""
}

// syntax is Snowflake's: https://docs.snowflake.com/en/sql-reference/data-types-text. Texts have
// escapes, or stand between two $$.
func syntax() *warehouse.Syntax {
	return &warehouse.Syntax{
		Lines: []string{"--", "//"}, LineEnds: "\r\n", Dollars: true,
		Quotes: []warehouse.Quotes{{Open: "'", Close: "'", Escapes: true}, {Open: `"`, Close: `"`}},
	}
}

// Syntax is Snowflake's.
func (*source) Syntax() *warehouse.Syntax { return syntax() }
