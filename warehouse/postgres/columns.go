package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

func (s *source) describe(ctx context.Context, sd *pgconn.StatementDescription) ([]warehouse.Column, error) {
	out := make([]warehouse.Column, len(sd.Fields))
	types := map[uint32]string{}
	for i, f := range sd.Fields {
		name, ok := types[f.DataTypeOID]
		if !ok {
			err := query(ctx, s.conn, fmt.Sprintf("SELECT format_type(%d, NULL)", f.DataTypeOID), func(row [][]byte) error {
				name = string(row[0])
				return nil
			})
			if err != nil {
				return nil, err
			}
			types[f.DataTypeOID] = name
		}
		out[i] = warehouse.Column{Name: f.Name, Type: name, Class: class(name), Made: f.TableOID == 0}
	}
	return out, nil
}

func class(typ string) warehouse.Class {
	switch {
	case strings.HasSuffix(typ, "[]"):
		return warehouse.List
	case typ == "text":
		return warehouse.Text
	case typ == "numeric":
		return warehouse.Decimal
	case typ == "real":
		return warehouse.Single
	case typ == "double precision":
		return warehouse.Double
	case typ == "date":
		return warehouse.Date
	case typ == "timestamp without time zone":
		return warehouse.Timestamp
	case typ == "timestamp with time zone":
		return warehouse.TimestampTZ
	default:
		return warehouse.Plain
	}
}

const iso = `'YYYY-MM-DD"T"HH24:MI:SS"Z"'`

// expression is a column's value as text. A record id keeps the full text of a time,
// so that two ids never become one.
func expression(sel warehouse.Selected) string {
	if sel.Column == nil {
		return warehouse.QuoteText(sel.Constant)
	}
	q := "m." + warehouse.Quote(sel.Column.Name)
	switch {
	case sel.Column.Class == warehouse.Text:
		return q
	case sel.Column.Class == warehouse.List:
		return list(q, sel.Column.Type)
	case sel.Column.Class.Numeric():
		return number(q, sel.Column.Class)
	case !sel.Time:
		return "CAST(" + q + " AS text)"
	case sel.Column.Class == warehouse.TimestampTZ:
		return finite(q, q+" AT TIME ZONE 'UTC'")
	case sel.Column.Class == warehouse.Timestamp, sel.Column.Class == warehouse.Date:
		return finite(q, q+"::timestamp")
	default:
		return "CAST(" + q + " AS text)"
	}
}

// number is a number as text, a whole one as its digits. NaN and the infinities are equal to
// themselves and greater than all others.
func number(q string, c warehouse.Class) string {
	text := "CAST(" + q + " AS text)"
	if c == warehouse.Decimal {
		return fmt.Sprintf("CASE WHEN %[1]s = trunc(%[1]s) THEN CAST(trunc(%[1]s) AS text) ELSE %[2]s END", q, text)
	}
	return fmt.Sprintf("CASE WHEN %[1]s IN ('NaN', 'Infinity', '-Infinity') THEN %[2]s WHEN abs(%[1]s) >= %[3]d THEN '%[4]s' || %[2]s WHEN %[1]s = trunc(%[1]s) THEN CAST(CAST(%[1]s AS bigint) AS text) ELSE %[2]s END",
		q, text, c.Exact(), eddy.Rounded)
}

// list joins the values of an array; numbers as they are outside of one.
func list(q, typ string) string {
	c := class(strings.TrimSuffix(typ, "[]"))
	if !c.Numeric() {
		return "array_to_string(" + q + ", ',')"
	}
	return "CASE WHEN " + q + " IS NOT NULL THEN array_to_string(ARRAY(SELECT " + number("x.v", c) + " FROM unnest(" + q + ") WITH ORDINALITY AS x(v, n) ORDER BY x.n), ',') END"
}

// finite keeps an infinite time as the text infinity: to_char would make it NULL, which
// reads as no time at all.
func finite(column, utc string) string {
	return "CASE WHEN isfinite(" + column + ") THEN to_char(" + utc + ", " + iso + ") ELSE CAST(" + column + " AS text) END"
}

func selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = expression(c) + "::text AS " + warehouse.Quote(c.As)
	}
	return strings.Join(parts, ", ")
}

// known is what the catalog says of a model.
type known struct {
	// plain says that reading it runs no function of a user's: it is a plain table without
	// row security.
	plain bool
	// unique says that a primary key or a unique index without nulls covers the column of a
	// plain table, so that repeats need not be looked for.
	unique bool
}

// lookUp asks the catalog about a model and a column of it. Two arrays can differ and be the
// same text.
func (s *source) lookUp(ctx context.Context, m eddy.Model, column string) (k known, err error) {
	if m.Table == "" {
		return k, nil
	}
	err = query(ctx, s.conn, warehouse.Comment(ctx)+`SELECT NOT c.relrowsecurity, EXISTS (SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
		WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attnotnull
		AND a.attname = $2 AND (SELECT y.typcategory FROM pg_type y WHERE y.oid = a.atttypid) <> 'A')
		FROM pg_class c WHERE c.oid = to_regclass($1) AND c.relkind = 'r' AND NOT c.relhassubclass`, func(row [][]byte) error {
		k = known{string(row[0]) == "t", string(row[1]) == "t"}
		return nil
	}, warehouse.QuoteName(m.Table), column)
	return k, err
}

// Stage makes a temporary table. In this database a plain table is read in one statement;
// whatever may run a user's code is read in a transaction that may write nothing but
// temporary tables. For any other engine the rows are streamed over.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return warehouse.Stage{}, err
	}
	first := ""
	if len(sel) > 0 && sel[0].Column != nil {
		first = sel[0].Column.Name
	}
	k, err := s.lookUp(ctx, m, first)
	if err != nil {
		return warehouse.Stage{}, err
	}
	if m.Table != "" && !k.plain {
		if err := s.onlyReads(ctx, m); err != nil {
			return warehouse.Stage{}, err
		}
	}
	rows, err := s.stage(ctx, into, table, sel, m, k.plain)
	return warehouse.Stage{Rows: rows, Unique: k.unique}, err
}

// stage makes the table; plain says that reading the model runs nobody's code.
func (s *source) stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model, plain bool) (int64, error) {
	read := "SELECT " + selectList(sel) + " FROM " + pgwire.From(warehouse.Standard(), m)
	e, ok := into.(*engine)
	if !ok {
		return s.stream(ctx, into, table, sel, read)
	}
	if plain {
		return e.Exec(ctx, warehouse.Comment(ctx)+"CREATE TEMP TABLE "+table+" AS "+read)
	}
	if _, err := e.Exec(ctx, warehouse.Comment(ctx)+"CREATE TEMP TABLE "+table+columnsOf(sel)); err != nil {
		return 0, err
	}
	return e.readOnly(ctx, warehouse.Comment(ctx)+"INSERT INTO "+table+" "+read)
}

// columnsOf declares the columns of a staging table.
func columnsOf(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = warehouse.Quote(c.As) + " text"
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// stream reads the model in one statement and loads it into another engine.
func (s *source) stream(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, read string) (int64, error) {
	if _, err := s.conn.Exec(ctx, beginRead); err != nil {
		return 0, explain(ctx, err)
	}
	defer func() { _, _ = s.conn.Exec(context.WithoutCancel(ctx), "ROLLBACK"+s.afterModel()) }()
	return warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error {
		return query(ctx, s.conn, warehouse.Comment(ctx)+read, each)
	})
}
