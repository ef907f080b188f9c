package databricks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dbsql"
	"github.com/eddy-retl/eddy/warehouse"
)

// engine is a schema as a ledger's place. Each statement is a session of its own, so that a lock
// is a claim that is renewed.
type engine struct {
	*session
	source *source
	// own is the schema's name; its catalog is the session's.
	own    string
	claims *warehouse.Claims
}

// place takes the name of Eddy's schema apart: catalog.schema, or a schema of the source's own
// catalog.
func (s *source) place(schema string) (string, string) {
	if parts := warehouse.SplitName(schema); len(parts) == 2 && parts[0] != "" && parts[1] != "" {
		return parts[0], parts[1]
	}
	return s.catalog, schema
}

// Engine opens a schema for a ledger, and makes it where the user may. There are no tables of a
// session's own, so that there is no engine without a schema.
func (s *source) Engine(ctx context.Context, schema string) (warehouse.Engine, error) {
	if schema == "" {
		return nil, eddy.Errorf(eddy.CodeInternal, "Databricks has no tables of a session's own here: a look without a schema is local")
	}
	e := s.engine(schema)
	if err := e.ensureSchema(ctx); err != nil {
		return nil, err
	}
	return e, nil
}

// engine makes one, and no statement.
func (s *source) engine(schema string) *engine {
	catalog, own := s.place(schema)
	// Nothing of a ledger is named without its schema, which may be missing yet.
	e := &engine{source: s, own: own, session: &session{client: s.client, catalog: catalog, patience: s.patience}}
	e.claims = warehouse.NewClaims(e, cmp.Or(s.claim, claimLife))
	return e
}

// claimLife is how long a claim lives. A warehouse that is full, or cold, takes seconds for a
// statement, and to claim takes four.
const claimLife = 3 * time.Minute

// Dialect is that of Databricks SQL.
func (e *engine) Dialect() *warehouse.Dialect { return dialect(e.catalog, e.own) }

// Schema is Eddy's own schema, quoted, with its catalog.
func (e *engine) Schema() string { return quote(e.catalog) + "." + quote(e.own) }

// ensureSchema makes Eddy's schema. To ask first keeps users without the right to make one from
// being refused.
func (e *engine) ensureSchema(ctx context.Context) error {
	there, err := e.there(ctx)
	if err != nil {
		return e.cannot(err, "catalog "+quote(e.catalog)+" cannot be used for the state")
	}
	if there {
		return nil
	}
	if _, err := e.Exec(ctx, warehouse.Comment(ctx)+"CREATE SCHEMA IF NOT EXISTS "+e.Schema()); err != nil {
		if there, failed := e.there(ctx); failed == nil && there {
			return nil // another run made it in the same moment
		}
		return e.cannot(err, "schema "+e.Schema()+" is missing and cannot be made")
	}
	return nil
}

// there says whether the schema exists, as far as the user may see.
func (e *engine) there(ctx context.Context) (found bool, err error) {
	err = e.query(ctx, warehouse.Comment(ctx)+"SELECT 1 FROM "+quote(e.catalog)+".information_schema.schemata WHERE schema_name = "+literal(strings.ToLower(e.own)), func([][]byte) error {
		found = true
		return nil
	})
	return found, err
}

// cannot says why a ledger cannot live here, and what can be done.
func (e *engine) cannot(err error, what string) error {
	if kind(err) == "" {
		return err
	}
	return &eddy.Error{
		Code: eddy.CodeSource, What: "source " + e.source.name + ": " + what, Err: err,
		Mend: "Have an owner make it and open it to the user: CREATE SCHEMA " + e.Schema() + "; GRANT USE CATALOG ON CATALOG " + quote(e.catalog) + ", then GRANT USE SCHEMA, CREATE TABLE ON SCHEMA " + e.Schema() +
			". Only catalogs of Unity Catalog can hold the state. Or set state: local on the source: then Eddy only reads.",
	}
}

// made finds the table that a statement makes of a query.
var made = regexp.MustCompile("(?s)^\\s*(?:/\\*.*?\\*/\\s*)*CREATE TABLE ((?:`(?:[^`]|``)*`|[\\w.])+)\\s+AS\\b")

// Exec runs one statement and says how many rows it wrote. What says nothing of them is a table
// that was made of a query: its rows are counted, which Delta does without reading them.
func (e *engine) Exec(ctx context.Context, sql string) (int64, error) { return e.load(ctx, sql) }

// load runs a statement with parameters.
func (e *engine) load(ctx context.Context, sql string, parameters ...dbsql.Parameter) (int64, error) {
	n, err := e.written(ctx, sql, parameters...)
	return n, e.ownError(err)
}

// written runs one statement and says how many rows it wrote.
func (s *session) written(ctx context.Context, sql string, parameters ...dbsql.Parameter) (int64, error) {
	n, told, err := s.exec(ctx, sql, parameters...)
	if err != nil || told {
		return n, err
	}
	if table := made.FindStringSubmatch(sql); table != nil {
		err = s.query(ctx, warehouse.Comment(ctx)+"SELECT count(*) FROM "+table[1], func(row [][]byte) error {
			_, err := fmt.Sscan(string(row[0]), &n)
			return err
		})
	}
	return n, err
}

// Query streams one statement's result as texts.
func (e *engine) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	return e.ownError(e.query(ctx, sql, each))
}

// ownError gives the advice that fits where it is about Eddy's own schema, and not about what a
// model names.
func (e *engine) ownError(err error) error {
	out, ok := errors.AsType[*eddy.Error](err)
	if !ok {
		return err
	}
	switch refusal(err) {
	case missing:
		out.Mend = "Somebody dropped a table of Eddy's own while it ran, or took a grant away; run again: what can be made anew is, and what was sent is settled then."
	case forbidden:
		out.Mend = "Have an owner grant the user USE CATALOG on the catalog, and USE SCHEMA and CREATE TABLE on schema " + e.Schema() + "; tables that another user's runs made need SELECT, MODIFY and MANAGE there. Or set state: local on the source."
	}
	return err
}

// most is how much is loaded at once where there is no volume: a statement has at most 16 MiB,
// with its parameters.
const most = 2 << 20 // bytes

// Load adds rows as texts: by files of the volume, or else as JSON documents that are parameters of
// statements.
func (e *engine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	limit, load := most, e.inside
	if e.source.volume != "" {
		limit, load = mostOfFile, e.through
	}
	b := newBatch(columns)
	flush := func() error {
		if len(b.rows) == 0 {
			return nil
		}
		n, err := load(ctx, table, b)
		// Of what it does not understand Spark may make no rows, without an error.
		if err == nil && n != int64(len(b.rows)) {
			err = eddy.Errorf(eddy.CodeSource, "Databricks took %d rows of %d", n, len(b.rows))
		}
		b = newBatch(columns)
		return err
	}
	for row := range rows {
		b.add(row)
		if b.bytes < limit {
			continue
		}
		if err := flush(); err != nil {
			return err
		}
	}
	return flush()
}

// inside loads a batch within a statement.
func (e *engine) inside(ctx context.Context, table string, b *batch) (int64, error) {
	document, err := json.Marshal(b.rows)
	if err != nil {
		return 0, err
	}
	text := string(document)
	return e.load(ctx, warehouse.Comment(ctx)+b.insert(table, "r[%d]")+
		"(SELECT explode(from_json(:rows, 'array<array<string>>', map('mode', 'FAILFAST'))) AS r) loaded", dbsql.Parameter{Name: "rows", Value: &text})
}

// batch is rows on their way to a table, as texts.
type batch struct {
	columns []string
	rows    [][]*string
	bytes   int
	// texts and numbers say what a column has; neither is one of NULLs.
	texts, numbers []bool
}

func newBatch(columns []string) *batch {
	return &batch{columns: columns, texts: make([]bool, len(columns)), numbers: make([]bool, len(columns))}
}

func (b *batch) add(row []any) {
	texts := make([]*string, len(row))
	for i, v := range row {
		b.bytes += 8
		switch v := v.(type) {
		case nil:
			continue
		case string:
			b.texts[i], texts[i] = true, &v
		default:
			text := fmt.Sprint(v)
			b.numbers[i], texts[i] = true, &text
		}
		b.bytes += len(*texts[i])
	}
	b.rows = append(b.rows, texts)
}

// insert begins the statement that adds the rows to a table, up to where they come from; value is
// the text of the column of a number there.
func (b *batch) insert(table, value string) string {
	names, values := make([]string, len(b.columns)), make([]string, len(b.columns))
	for i, c := range b.columns {
		names[i], values[i] = quote(c), fmt.Sprintf(value, i)
		switch {
		case b.texts[i]:
		case b.numbers[i]:
			values[i] = "CAST(" + values[i] + " AS BIGINT)"
		default:
			values[i] = "NULL"
		}
	}
	return "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM "
}

// Lock claims a name.
func (e *engine) Lock(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Lock(ctx, name)
}

// Mark marks a name as in use: a look's tables are tables like others here, and outlive it.
func (e *engine) Mark(ctx context.Context, name string) (warehouse.Lease, error) {
	return e.claims.Mark(ctx, name)
}

// Marked lists the names that are in use.
func (e *engine) Marked(ctx context.Context) ([]string, error) { return e.claims.Marked(ctx) }

// Close lets go what the engine has locked; connections are the source's.
func (e *engine) Close() error {
	e.claims.Close()
	return nil
}
