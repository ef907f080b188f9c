package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
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
		out[i] = warehouse.Column{Name: f.Name, Type: name, Class: class(name)}
	}
	return out, nil
}

func class(typ string) warehouse.Class {
	switch {
	case strings.HasSuffix(typ, "[]"):
		return warehouse.List
	case typ == "text":
		return warehouse.Text
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
		return "array_to_string(" + q + ", ',')"
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

// finite keeps an infinite time as the text infinity: to_char would make it NULL, which
// reads as no time at all.
func finite(column, utc string) string {
	return "CASE WHEN isfinite(" + column + ") THEN to_char(" + utc + ", " + iso + ") ELSE CAST(" + column + " AS text) END"
}

func selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = expression(c)
	}
	return strings.Join(parts, ", ")
}

// IsUnique says that a primary key or a unique index without nulls covers the column
// of a plain table, so that repeats need not be looked for. Two arrays can differ and be the
// same text.
func (s *source) IsUnique(ctx context.Context, m eddy.Model, column string) (bool, error) {
	if m.Table == "" {
		return false, nil
	}
	unique := false
	err := query(ctx, s.conn, `SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attnotnull AND c.relkind = 'r' AND NOT c.relhassubclass
		AND i.indrelid = to_regclass($1) AND a.attname = $2 AND (SELECT y.typcategory FROM pg_type y WHERE y.oid = a.atttypid) <> 'A'`, func([][]byte) error {
		unique = true
		return nil
	}, warehouse.QuoteName(m.Table), column)
	return unique, err
}

// PlainSelect reads a plain table with a unique identifier. Row security may call
// functions, so that such tables are read like any SQL of users.
func (s *source) PlainSelect(ctx context.Context, into warehouse.Session, m eddy.Model, sel []warehouse.Selected) (string, error) {
	if _, ok := into.(*session); !ok {
		return "", nil
	}
	unique, err := s.IsUnique(ctx, m, sel[0].Column.Name)
	if err != nil || !unique {
		return "", err
	}
	secured := false
	err = query(ctx, s.conn, "SELECT 1 FROM pg_class WHERE oid = to_regclass($1) AND relrowsecurity", func([][]byte) error {
		secured = true
		return nil
	}, warehouse.QuoteName(m.Table))
	if err != nil || secured {
		return "", err
	}
	parts := make([]string, len(sel))
	for i, c := range sel {
		parts[i] = expression(c) + "::text AS " + warehouse.Quote(c.As)
	}
	return "SELECT " + strings.Join(parts, ", ") + " FROM " + from(m), nil
}

// Stage fills a temporary table. On a session of this database that is one statement in
// a transaction that may write nothing but temporary tables; for any other engine the
// rows are streamed over.
func (s *source) Stage(ctx context.Context, into warehouse.Session, table string, sel []warehouse.Selected, m eddy.Model) error {
	if err := s.onlySelect(ctx, m); err != nil {
		return err
	}
	read := "SELECT " + selectList(sel) + " FROM " + from(m)
	if ses, ok := into.(*session); ok {
		return ses.readOnly(ctx, "INSERT INTO "+table+" "+read)
	}
	return s.stream(ctx, into, table, sel, read)
}

// stream reads the model in one statement and inserts it into another engine.
func (s *source) stream(ctx context.Context, into warehouse.Session, table string, sel []warehouse.Selected, read string) error {
	cols := make([]string, len(sel))
	for i, c := range sel {
		cols[i] = c.As
	}
	if _, err := s.conn.Exec(ctx, beginRead); err != nil {
		return explain(ctx, err)
	}
	defer func() { _, _ = s.conn.Exec(context.WithoutCancel(ctx), "ROLLBACK; RESET ALL; RESET ROLE; "+settings) }()
	var failed error
	values := make([]any, len(sel))
	err := into.Insert(ctx, table, cols, func(yield func([]any) bool) {
		failed = query(ctx, s.conn, read, func(row [][]byte) error {
			for i, v := range row {
				values[i] = nil
				if v != nil {
					values[i] = string(v)
				}
			}
			if !yield(values) {
				return errStopped
			}
			return nil
		})
	})
	if failed != nil && !errors.Is(failed, errStopped) {
		return failed
	}
	return err
}
