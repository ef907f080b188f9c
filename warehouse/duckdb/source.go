package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/sealed"
)

// Kind declares DuckDB to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type:      "duckdb",
		Help:      "A DuckDB file, or CSV, Excel, Parquet and JSON files, that lie where Eddy runs.",
		LocalOnly: true,
		Options: append([]eddy.Option{
			{Name: "path", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "shop.duckdb", Help: "The DuckDB file, opened read-only and only while a model is staged. Leave it out for models over CSV, Excel, Parquet and JSON files. On a server it is in a folder that its operator opened with `eddy serve --files`."},
			{Name: "files", Kind: eddy.ListOption, Part: eddy.PlacePart, Example: "[/data/exports]", Help: "Folders whose files models may read, beside the configuration's own folder. With path, only these. On a server, only these, in folders that its operator opened with `eddy serve --files`; without path and files, all of those."},
			{Name: "memory_limit", Kind: eddy.TextOption, Part: eddy.PlainPart, Default: DefaultMemoryLimit, Example: "2GB", Help: "DuckDB's memory limit; beyond it DuckDB spills to the state folder, encrypted."},
		}, csvOptions()...),
		Open: func(_ context.Context, src eddy.Source) (warehouse.Source, error) { return open(src) },
	}
}

// source reads a DuckDB file, or files beside the configuration.
type source struct {
	path string // the user's file; empty for models over files
	dir  string // where relative paths start
	csv  form   // how CSV files are written

	// kept is what was uploaded, of which each table is one of uploads; nil for all else.
	kept    *sealed.File
	uploads []*fileTable

	access access
}

func open(src eddy.Source) (*source, error) {
	dir, err := filepath.Abs(src.Dir)
	if err != nil {
		return nil, err
	}
	s := &source{dir: dir}
	if s.csv, err = csvForm(src); err != nil {
		return nil, err
	}
	if s.access, err = newAccess(src.Opened, src.Closed); err != nil {
		return nil, err
	}
	if p := src.Options["path"]; p != "" {
		s.path = filepath.Clean(s.absolute(p))
		if err := s.access.database(s.path); err != nil {
			return nil, err
		}
		if _, err := os.Stat(s.path); err != nil {
			return nil, &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("source %s: no DuckDB file at %s", src.Name, s.path), Mend: "Check path; relative paths start at the configuration file's folder."}
		}
	}
	return s, s.access.narrow(s.folders(src))
}

// folders are those that a source's models read files of. Where there is neither a database
// nor a folder that the source names, it's all that the operator opened.
func (s *source) folders(src eddy.Source) (dirs []string) {
	for d := range strings.SplitSeq(src.Options["files"], ",") {
		if d = strings.TrimSpace(d); d != "" {
			dirs = append(dirs, s.absolute(d))
		}
	}
	switch {
	case s.path != "":
		return dirs
	case src.OpenDir:
		return append(dirs, s.dir)
	case len(dirs) == 0:
		for _, d := range src.Opened {
			dirs = append(dirs, s.absolute(d))
		}
	}
	return dirs
}

func (s *source) absolute(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(s.dir, p)
}

// Columns describes the model's columns.
func (s *source) Columns(ctx context.Context, m eddy.Model) (out []warehouse.Column, err error) {
	r, err := s.read(ctx, m)
	if err != nil {
		return nil, err
	}
	err = s.with(ctx, r.paths(), func(ses *session) error {
		from, err := r.bind(ctx, ses)
		if err != nil {
			return err
		}
		err = ses.query(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+from+")", func(row [][]byte) error {
			c := warehouse.Column{Name: string(row[0]), Type: string(row[1]), Made: m.SQL != ""}
			c.Class = class(c.Type)
			out = append(out, c)
			return nil
		})
		if err != nil || m.SQL == "" {
			return err
		}
		return s.loose(ctx, ses, r, m.SQL, out)
	})
	return out, r.explain(ctx, s.unseen(err))
}

// loose marks the columns of a query whose names may be made of values: those that neither
// stand in its text, nor are columns of the database's tables or of files as a table of them
// has them. Nothing that a query says of how a file is read, or what it turns into columns, is
// one of these.
func (s *source) loose(ctx context.Context, ses *session, r *reading, sql string, columns []warehouse.Column) error {
	known := map[string]bool{}
	for _, word := range regexp.MustCompile(`"(?:[^"]|"")*"|[\pL\pN_$]+`).FindAllString(sql, -1) {
		known[strings.ToLower(strings.ReplaceAll(strings.Trim(word, `"`), `""`, `"`))] = true
	}
	names := func(from string) error {
		return ses.query(ctx, "SELECT column_name FROM "+from, func(row [][]byte) error {
			known[strings.ToLower(string(row[0]))] = true
			return nil
		})
	}
	table := func(rows *fileTable) {
		for _, name := range rows.names {
			known[strings.ToLower(name)] = true
		}
	}
	err := names("duckdb_columns()")
	for _, p := range r.parts {
		switch p.kind {
		case csvKind:
			// As the source says that files are written, and not as the query does.
			if rows, _, e := csvTable(ctx, p.files, "", s.csv); e == nil {
				table(rows)
			}
		case xlsxKind:
			if rows, e := sheetTable(ctx, p.files, sheetForm{sheet: p.sheet, area: wholeSheet()}); e == nil {
				table(rows)
			}
		case parquetKind:
			err = errors.Join(err, names("(DESCRIBE SELECT * FROM read_parquet("+fileList(p.files)+"))"))
		}
	}
	for i := range columns {
		columns[i].Loose = !known[strings.ToLower(columns[i].Name)]
	}
	return err
}

// with runs fn on a passing instance that has the user's file, and sees files of these
// names and nothing else.
func (s *source) with(ctx context.Context, paths []string, fn func(*session) error) error {
	return passing(ctx, func(ses *session) error {
		if _, err := s.attach(ctx, ses, paths); err != nil {
			return err
		}
		return fn(ses)
	})
}

func passing(ctx context.Context, fn func(*session) error) error {
	ses, err := Engine{}.Open(ctx)
	if err != nil {
		return err
	}
	return errors.Join(fn(ses.(*session)), ses.Close())
}

// attach lets the session see the user's file and files of these names, and nothing from
// then on. It gives the name under which the user's file is attached.
func (s *source) attach(ctx context.Context, ses *session, paths []string) (catalog string, err error) {
	if s.path == "" {
		if err := ses.lock(ctx, nil, paths); err != nil {
			return "", err
		}
		return "", s.expose(ctx, ses)
	}
	if catalog, err = s.attachFile(ctx, ses); err != nil {
		return "", err
	}
	if err = ses.lock(ctx, nil, paths); err == nil {
		_, err = ses.Exec(ctx, "USE "+warehouse.Quote(catalog))
	}
	return catalog, err
}

// lock lets the session open files of these folders and of these names, and nothing else
// for as long as it lives: no other file, no address of a network, no other database.
func (s *session) lock(ctx context.Context, dirs, paths []string) error {
	var settings []string
	if len(dirs) > 0 {
		settings = append(settings, "SET allowed_directories = "+textList(dirs))
	}
	if len(paths) > 0 {
		settings = append(settings, "SET allowed_paths = "+textList(paths))
	}
	for _, sql := range append(settings, "SET enable_external_access = false", "SET lock_configuration = true") {
		if _, err := s.Exec(ctx, sql); err != nil {
			return fmt.Errorf("grant what the source grants: %w", err)
		}
	}
	return nil
}

// spareCatalog is the name of a file that cannot be attached under its own.
const spareCatalog = "eddy_source"

// attachFile attaches the user's file under the name that DuckDB itself gives it,
// because views and models may name their tables in full. A schema of the same name
// would make every schema.table ambiguous.
func (s *source) attachFile(ctx context.Context, ses *session) (string, error) {
	name, _, _ := strings.Cut(filepath.Base(s.path), ".")
	if lower := strings.ToLower(name); lower == "" || slices.Contains([]string{"main", "memory", "system", "temp"}, lower) || strings.HasPrefix(lower, "eddy_") {
		name = spareCatalog
	}
	attach := "ATTACH " + warehouse.QuoteText(s.path) + " AS %s (READ_ONLY)"
	if _, err := ses.Exec(ctx, fmt.Sprintf(attach, warehouse.Quote(name))); err != nil {
		return "", newer(ctx, ses, s.path, err)
	}
	clash := false
	err := ses.query(ctx, "SELECT 1 FROM duckdb_schemas() WHERE database_name = $1 AND lower(schema_name) = lower($1)", func([][]byte) error {
		clash = true
		return nil
	}, name)
	if err != nil || !clash {
		return name, err
	}
	if _, err := ses.Exec(ctx, "DETACH "+warehouse.Quote(name)); err != nil {
		return "", err
	}
	_, err = ses.Exec(ctx, fmt.Sprintf(attach, spareCatalog))
	return spareCatalog, err
}

// Stage makes the table in one statement; the user's file is let go right after.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (staged warehouse.Stage, err error) {
	ses, ok := into.(*session)
	if !ok {
		return staged, errors.New("stage DuckDB into another engine: not possible")
	}
	r, err := s.read(ctx, m)
	if err == nil {
		err = r.verify(ctx)
	}
	if err != nil {
		return staged, err
	}
	catalog, err := s.attach(ctx, ses, r.paths())
	if err != nil {
		return staged, err
	}
	from, err := r.bind(ctx, ses)
	if err == nil {
		staged.Rows, err = ses.Exec(ctx, warehouse.Comment(ctx)+"CREATE TEMP TABLE "+table+" AS SELECT "+selectList(sel)+" FROM "+from)
	}
	if err != nil {
		err = r.fault(s.unseen(err))
	} else if err = r.unchanged(); err == nil {
		err = r.complete(ctx, ses, staged.Rows)
	}
	if s.path == "" {
		return staged, err
	}
	clean := context.WithoutCancel(ctx)
	_, e1 := ses.Exec(clean, "USE memory")
	_, e2 := ses.Exec(clean, "DETACH "+warehouse.Quote(catalog))
	return staged, errors.Join(err, e1, e2)
}

func selectList(sel []warehouse.Selected) string {
	parts := make([]string, len(sel))
	for i, c := range sel {
		if c.Column == nil {
			parts[i] = warehouse.QuoteText(c.Constant)
		} else {
			parts[i] = expression(c)
		}
		parts[i] += " AS " + warehouse.Quote(c.As)
	}
	return strings.Join(parts, ", ")
}

// expression is a column's value as text. A record id keeps the full text of a time,
// so that two ids never become one.
func expression(sel warehouse.Selected) string {
	q := "m." + warehouse.Quote(sel.Column.Name)
	switch {
	case sel.Column.Class == warehouse.Text:
		return q
	case sel.Column.Class == warehouse.List:
		return "array_to_string(" + elements(q, sel.Column.Type) + ", ',')"
	case sel.Column.Class.Numeric():
		return number(q, sel.Column.Class)
	case !sel.Time:
		return "CAST(" + q + " AS VARCHAR)"
	case sel.Column.Class == warehouse.Date, sel.Column.Class == warehouse.Timestamp:
		return "strftime(" + q + ", '%Y-%m-%dT%H:%M:%SZ')"
	case sel.Column.Class == warehouse.TimestampTZ:
		return "strftime(" + q + " AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
	default:
		return "CAST(" + q + " AS VARCHAR)"
	}
}

func class(typ string) warehouse.Class {
	switch {
	case strings.HasSuffix(typ, "]"):
		return warehouse.List
	case strings.HasPrefix(typ, "DECIMAL("):
		return warehouse.Decimal
	case typ == "FLOAT":
		return warehouse.Single
	case typ == "DOUBLE":
		return warehouse.Double
	case typ == "VARCHAR":
		return warehouse.Text
	case typ == "DATE":
		return warehouse.Date
	case typ == "TIMESTAMP WITH TIME ZONE":
		return warehouse.TimestampTZ
	case strings.HasPrefix(typ, "TIMESTAMP"):
		return warehouse.Timestamp
	default:
		return warehouse.Plain
	}
}

// number is a number as text, a whole one as its digits.
func number(q string, c warehouse.Class) string {
	text := "CAST(" + q + " AS VARCHAR)"
	if c == warehouse.Decimal {
		return "regexp_replace(" + text + `, '\.0+$', '')`
	}
	return fmt.Sprintf("CASE WHEN NOT isfinite(%[1]s) THEN %[2]s WHEN abs(%[1]s) >= %[3]d THEN '%[4]s' || %[2]s WHEN %[1]s = trunc(%[1]s) THEN CAST(CAST(%[1]s AS BIGINT) AS VARCHAR) ELSE %[2]s END",
		q, text, c.Exact(), eddy.Rounded)
}

// elements are the values of a list; numbers as they are outside of one.
func elements(q, typ string) string {
	c := class(typ[:strings.LastIndexByte(typ, '[')])
	if !c.Numeric() {
		return q
	}
	return "list_transform(" + q + ", lambda x: " + number("x", c) + ")"
}

// bind gives the FROM item of a model that is ready, named m, in a session that sees what
// it reads. SQL is checked there.
func (r *reading) bind(ctx context.Context, ses *session) (string, error) {
	if err := r.register(ses); err != nil {
		return "", err
	}
	if r.sql == "" {
		return r.from, nil
	}
	if err := ses.onlySelect(ctx, r); err != nil && (len(r.parts) > 0 || strings.Contains(strings.ToLower(r.sql), "pivot")) {
		return "", withoutNames(err)
	} else if err != nil {
		return "", err
	}
	return "(" + r.sql + "\n) AS m", nil
}

// onlySelect refuses everything that is not exactly one SELECT, looked at on its own.
func (s *session) onlySelect(ctx context.Context, r *reading) error {
	return s.raw(func(c *duckdb.Conn) error {
		stmt, err := c.Prepare(r.sql)
		if err != nil {
			if strings.Contains(err.Error(), "prepare") && !errors.As(err, new(*duckdb.Error)) {
				return notSelect("it must be exactly one statement")
			}
			if len(r.parts) > 0 {
				return explain(ctx, err) // of files it is not the text that somebody wrote
			}
			return warehouse.Point(explain(ctx, err), r.sql, pointed(err.Error(), r.sql))
		}
		defer func() { _ = stmt.Close() }()
		typ, err := stmt.(*duckdb.Stmt).StatementType()
		if err != nil {
			return err
		}
		if typ != duckdb.STATEMENT_TYPE_SELECT {
			return notSelect("it must be a SELECT")
		}
		if stmt.NumInput() > 0 {
			return notSelect("it has parameters, which nothing fills")
		}
		return nil
	})
}

func notSelect(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model's SQL cannot be used: " + why, Mend: "A model only reads: write one SELECT statement."}
}

// Engine says that the ledgers of DuckDB sources lie in the state folder.
func (s *source) Engine(context.Context, string) (warehouse.Engine, error) {
	return nil, errors.New("a DuckDB source keeps no ledger of its own")
}

// ListTables lists the tables and views of the user's file.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	err = s.with(ctx, nil, func(ses *session) error {
		return ses.query(ctx, "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY 1, 2", func(row [][]byte) error {
			out = append(out, warehouse.NewTable(string(row[0]), string(row[1]), string(row[2])))
			return nil
		})
	})
	return out, err
}

// Close closes what was uploaded; all else is let go after each look.
func (s *source) Close() error {
	if s.kept == nil {
		return nil
	}
	return s.kept.Close()
}
