package bigquery

import (
	"context"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// onlySelect has BigQuery say what the user's SQL is, as it stands and without running it: it
// must be one SELECT by itself before it is put into another statement.
func (s *source) onlySelect(ctx context.Context, m eddy.Model) error {
	if m.Table != "" {
		return nil
	}
	text := syntax().Statement(m.SQL)
	if text == "" {
		return refused("it is empty")
	}
	head := warehouse.Comment(ctx)
	plan, err := s.dryRun(ctx, head+text)
	if err != nil {
		return at(strings.Count(head, "\n"), err)
	}
	switch {
	case plan.StatementType != "SELECT":
		return refused("it is no SELECT, but " + strings.ReplaceAll(plan.StatementType, "_", " "))
	case len(plan.UndeclaredQueryParameterNames) > 0:
		return refused("it has parameters, which nobody gives")
	default:
		return nil
	}
}

func refused(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model's SQL cannot be used: " + why, Mend: "A model only reads: write one SELECT statement."}
}

// syntax is GoogleSQL's; see "Lexical structure" of its reference. Raw texts end where others do.
func syntax() *warehouse.Syntax {
	return &warehouse.Syntax{
		Lines: []string{"--", "#"}, LineEnds: "\r\n",
		Quotes: []warehouse.Quotes{
			{Open: "'''", Close: "'''", Escapes: true},
			{Open: `"""`, Close: `"""`, Escapes: true},
			{Open: "'", Close: "'", Escapes: true},
			{Open: `"`, Close: `"`, Escapes: true},
			{Open: "`", Close: "`", Escapes: true},
		},
	}
}

// Syntax is GoogleSQL's.
func (*source) Syntax() *warehouse.Syntax { return syntax() }
