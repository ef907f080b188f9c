package trino

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// engine is a schema as a ledger's place. Trino has no sessions: statements run beside each
// other, and a lock is a claim that is renewed.
type engine struct {
	source *source
	*session
	catalog, schema string
	claims          *warehouse.Claims

	// mu guards types, which are those of tables' columns.
	mu    sync.Mutex
	types map[string][]string
}

// place takes the name of Eddy's schema apart: catalog.schema, or a schema of the source's own
// catalog.
func (s *source) place(schema string) (string, string) {
	if parts := warehouse.SplitName(schema); len(parts) == 2 && parts[0] != "" && parts[1] != "" {
		return parts[0], parts[1]
	}
	return s.catalog, schema
}

// Engine opens a schema for a ledger, and makes it where the catalog can. There are no tables of a
// session's own, so that there is no engine without a schema.
func (s *source) Engine(ctx context.Context, schema string) (warehouse.Engine, error) {
	if schema == "" {
		return nil, eddy.Errorf(eddy.CodeInternal, "Trino has no tables of a session's own: a look without a schema is local")
	}
	e, err := s.engine(schema)
	if err != nil {
		return nil, err
	}
	if err := e.ensureSchema(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// engine makes one, and no statement.
func (s *source) engine(schema string) (*engine, error) {
	catalog, schema := s.place(schema)
	e := &engine{source: s, catalog: catalog, schema: schema, types: map[string][]string{}}
	var err error
	// A view's names are looked up where it was made: in the ledger's catalog.
	if e.session, err = s.connect(catalog, schema); err != nil {
		return nil, err
	}
	e.claims = warehouse.NewClaims(e, s.claim)
	return e, nil
}

// Dialect is Trino's.
func (e *engine) Dialect() *warehouse.Dialect { return dialect(e.catalog, e.schema) }

// Schema is Eddy's own schema, quoted, with its catalog.
func (e *engine) Schema() string { return quoteCatalog(e.catalog, e.schema) }

// ensureSchema makes Eddy's schema. To ask first keeps users without the right to make one
// from being refused.
func (e *engine) ensureSchema(ctx context.Context) error {
	there, err := e.there(ctx)
	if err != nil || there {
		return err
	}
	if _, err := e.Exec(ctx, warehouse.Comment(ctx)+"CREATE SCHEMA IF NOT EXISTS "+e.Schema()); err != nil {
		if there, failed := e.there(ctx); failed == nil && there {
			return nil // another run made it in the same moment
		}
		return e.cannot(err, "schema "+e.Schema()+" is missing and cannot be made")
	}
	return nil
}

// there says whether the schema exists.
func (e *engine) there(ctx context.Context) (found bool, err error) {
	err = e.Query(ctx, warehouse.Comment(ctx)+"SELECT 1 FROM "+warehouse.Quote(e.catalog)+".information_schema.schemata WHERE schema_name = "+warehouse.QuoteText(strings.ToLower(e.schema)), func([][]byte) error {
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
	out := &eddy.Error{Code: eddy.CodeSource, What: "source " + e.source.name + ": " + what, Err: err}
	out.Mend = "Name a catalog that can make tables (schema: catalog.schema), and allow the user to make and drop tables in it. Or set state: local on the source: then Eddy only reads."
	return out
}

// Exec runs one statement and says how many rows it wrote.
func (e *engine) Exec(ctx context.Context, sql string) (int64, error) {
	n, err := e.exec(ctx, sql)
	return n, e.own(err)
}

// Query streams one statement's result as texts.
func (e *engine) Query(ctx context.Context, sql string, each func(row [][]byte) error) error {
	return e.own(e.query(ctx, sql, each))
}

// longest is how long a statement that loads rows is at most: the server takes 1,000,000
// characters (query.max-length) unless its administrator says otherwise.
const longest = 900_000

// Load adds rows as texts of one JSON document, which the server reads ten times as fast as
// VALUES.
func (e *engine) Load(ctx context.Context, table string, columns []string, rows iter.Seq[[]any]) error {
	types, err := e.typesOf(ctx, table, columns)
	if err != nil {
		return err
	}
	names, values := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i] = warehouse.Quote(c)
		values[i] = fmt.Sprintf("CAST(r[%d] AS %s)", i+1, types[i])
	}
	head := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") SELECT " + strings.Join(values, ", ") + " FROM UNNEST(CAST(json_parse('["
	const tail = "]') AS array(array(varchar)))) AS t(r)"
	var b strings.Builder
	flush := func() error {
		if b.Len() == 0 {
			return nil
		}
		_, err := e.Exec(ctx, head+b.String()+tail)
		b.Reset()
		return err
	}
	for row := range rows {
		text, err := literal(row)
		if err == nil && len(head)+b.Len()+len(text)+len(tail) >= longest {
			err = flush()
		}
		if err != nil {
			return err
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(text)
	}
	return flush()
}

// literal is a row as a JSON array of texts, within a text literal.
func literal(row []any) (string, error) {
	texts := make([]*string, len(row))
	for i, v := range row {
		if v != nil {
			text := fmt.Sprint(v)
			texts[i] = &text
		}
	}
	out, err := json.Marshal(texts)
	return strings.ReplaceAll(string(out), "'", "''"), err
}

// typesOf are the types of columns: what is loaded comes as texts.
func (e *engine) typesOf(ctx context.Context, table string, columns []string) ([]string, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = warehouse.Quote(c)
	}
	text := fmt.Sprintf("SELECT %s FROM %s LIMIT 0", strings.Join(names, ", "), table)
	e.mu.Lock()
	known := e.types[text]
	e.mu.Unlock()
	if known != nil {
		return known, nil
	}
	described, err := e.describe(ctx, text)
	if err != nil {
		return nil, e.own(err)
	}
	for _, t := range described {
		known = append(known, t.DatabaseTypeName())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.types[text] = known
	return known, nil
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

// Close lets go what the engine has locked.
func (e *engine) Close() error {
	e.claims.Close()
	return e.close()
}
