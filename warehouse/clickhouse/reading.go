package clickhouse

import (
	"context"
	"regexp"
	"slices"
	"strings"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// again opens connections of their own to the same server, as one session where it has a name.
func (s *source) again(session string) (*source, error) {
	o := s.options
	if session != "" {
		// Over the native protocol a connection is a session.
		o.MaxOpenConns, o.MaxIdleConns = 1, 1
		if s.http {
			o.Settings = driver.Settings{"session_id": session, "session_timeout": 3600}
		}
	}
	conn, err := driver.Open(&o)
	if err != nil {
		return nil, explainConnect(s, err)
	}
	out := &source{name: s.name, options: s.options, calls: &calls{conn: conn, http: s.http, always: s.always}}
	out.killer = out.calls
	return out, nil
}

// Quote writes a name so that any text is taken as one name. A backslash escapes in names, too.
func (s *source) Quote(name string) string { return quote(name) }

func quote(name string) string {
	return warehouse.Quote(strings.ReplaceAll(name, `\`, `\\`))
}

// Syntax is ClickHouse's; see its Lexer.cpp. Comments nest, a number sign begins one only before a
// blank or an exclamation mark, and a backslash escapes in texts and in names.
func (*source) Syntax() *warehouse.Syntax {
	return &warehouse.Syntax{
		Lines: []string{"--", "//", "# ", "#!"}, LineEnds: "\n", Nested: true, Dollars: true, Numbered: true,
		Quotes: []warehouse.Quotes{{Open: "'", Close: "'", Escapes: true}, {Open: `"`, Close: `"`, Escapes: true}, {Open: "`", Close: "`", Escapes: true}, {Open: "‘", Close: "’"}, {Open: "“", Close: "”"}},
	}
}

// literal writes a text as a literal.
func literal(s string) string { return "'" + escapes().Replace(s) + "'" }

func escapes() *strings.Replacer { return strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\x00", `\0`) }

// Columns describes the model's columns without running it.
func (s *source) Columns(ctx context.Context, m eddy.Model) (out []warehouse.Column, err error) {
	if err := s.onlyReads(ctx, m); err != nil {
		return nil, err
	}
	err = s.query(ctx, nil, warehouse.Comment(ctx)+"DESCRIBE (SELECT * FROM "+from(s, m)+" AS m)", func(row [][]byte) error {
		name, typ := string(row[0]), string(row[1])
		out = append(out, warehouse.Column{Name: name, Type: typ, Class: class(typ), Made: m.Table == ""})
		return nil
	})
	return out, explain(ctx, err)
}

// CheckRead has the server plan the reading, for which it looks at rights.
func (s *source) CheckRead(ctx context.Context, m eddy.Model, sel []warehouse.Selected) error {
	if err := s.onlyReads(ctx, m); err != nil {
		return err
	}
	return explain(ctx, s.query(ctx, nil, warehouse.Comment(ctx)+"EXPLAIN "+reading(s, m, sel), func([][]byte) error { return nil }))
}

// from is the model as a FROM item.
func from(s *source, m eddy.Model) string {
	if m.Table == "" {
		return "(\n" + s.Syntax().Statement(m.SQL) + "\n)"
	}
	return warehouse.From(s, m)
}

func reading(s *source, m eddy.Model, sel []warehouse.Selected) string {
	return "SELECT " + selectList(sel) + " FROM " + from(s, m) + " AS m"
}

// onlyReads has the server read the user's SQL as it stands, before it is put into another
// statement: it must be one statement by itself, and call nothing that reaches out of the
// database. Grants are what keeps a user from that; but a few functions need none.
func (s *source) onlyReads(ctx context.Context, m eddy.Model) error {
	if m.Table != "" {
		return nil
	}
	sql := s.Syntax().Statement(m.SQL)
	if strings.TrimSpace(sql) == "" {
		return refused("it is empty")
	}
	var called []string
	selects, first := false, true
	head := warehouse.Comment(ctx) + "EXPLAIN AST\n"
	err := s.query(ctx, nil, head+sql, func(row [][]byte) error {
		line := strings.TrimSpace(string(row[0]))
		if first {
			selects, first = strings.HasPrefix(line, "SelectWithUnionQuery") || strings.HasPrefix(line, "SelectIntersectExceptQuery"), false
		}
		if name, ok := strings.CutPrefix(line, "Function "); ok {
			called = append(called, strings.ToLower(behindName.ReplaceAllString(name, "")))
		}
		return nil
	})
	if err != nil {
		return below(strings.Count(head, "\n"), explain(ctx, err))
	}
	if !selects {
		return refused("it must be one SELECT")
	}
	slices.Sort(called)
	called = slices.DeleteFunc(slices.Compact(called), func(name string) bool { return slices.Contains(harmlessFunctions(), name) })
	if len(called) == 0 {
		return nil
	}
	names := make([]string, len(called))
	for i, name := range called {
		names[i] = literal(name)
	}
	why := ""
	// Functions that begin with ai hand values to a service.
	err = s.query(ctx, nil, warehouse.Comment(ctx)+"SELECT name FROM system.table_functions WHERE lower(name) IN ("+strings.Join(names, ", ")+") UNION ALL SELECT name FROM system.functions WHERE (origin = 'ExecutableUserDefined' OR name = 'catboostEvaluate' OR name ILIKE 'ai%') AND lower(name) IN ("+strings.Join(names, ", ")+")", func(row [][]byte) error {
		why = string(row[0])
		return nil
	})
	if err == nil && why != "" {
		return refused("it calls " + why + ", which may read or write outside of the database")
	}
	return explain(ctx, err)
}

// behindName is what the server's reading of a statement has behind a function's name.
var behindName = regexp.MustCompile(` \((alias .*|children \d+)\)$`)

// harmlessFunctions are the functions in FROM that make rows of nothing but their arguments, or of
// tables that the user may read; format is a function of texts, too.
func harmlessFunctions() []string {
	return []string{"numbers", "numbers_mt", "zeros", "zeros_mt", "generate_series", "generateseries", "values", "sqlstandardvalues", "null", "generaterandom", "format", "merge", "view"}
}

func refused(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model's SQL cannot be used: " + why, Mend: "A model only reads tables and views of the database: write one SELECT statement."}
}

// Stage makes the scratch table. In this server it is one statement of the user's SQL, by the
// user's own settings; for any other engine the rows are streamed over.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	if err := s.onlyReads(ctx, m); err != nil {
		return warehouse.Stage{}, err
	}
	read := reading(s, m, sel)
	if e, ok := into.(*engine); ok {
		create := "CREATE TABLE " + table + " ENGINE = MergeTree ORDER BY tuple() AS "
		if e.look != nil {
			create = "CREATE TEMPORARY TABLE " + table + " AS "
		}
		n, err := e.on().exec(ctx, nil, warehouse.Comment(ctx)+create+read)
		return warehouse.Stage{Rows: n}, explain(ctx, err)
	}
	n, err := warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error {
		return explain(ctx, s.query(ctx, nil, warehouse.Comment(ctx)+read, each))
	})
	return warehouse.Stage{Rows: n}, err
}
