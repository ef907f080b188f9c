// Package redshift is Amazon Redshift, clusters and serverless, as a warehouse: models are read
// from it, and by default the state lies in it.
package redshift

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

// Kind declares Redshift to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type:    "redshift",
		Help:    "Amazon Redshift, clusters and serverless.",
		Options: append(connection(), logIns()...),
		Place:   place,
		Apart:   apart,
		Open:    func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

// connection are the options of the protocol. What others of it leave to the server is verified
// here: an address of Redshift's is one of the internet.
func connection() []eddy.Option {
	all := product().Options("5439")
	for i := range all {
		switch all[i].Name {
		case "url":
			all[i].Example = "postgres://eddy:${REDSHIFT_PASSWORD}@shop.abc123.eu-west-1.redshift.amazonaws.com:5439/shop"
		case "host":
			all[i].Example, all[i].Help = "shop.abc123.eu-west-1.redshift.amazonaws.com", "Endpoint of the cluster or workgroup, without its port."
		case "user":
			all[i].Help = "User to log in as. The method iam says it by itself."
		case "password":
			all[i].Example, all[i].Help = "${REDSHIFT_PASSWORD}", "The user's password, with the method database."
		case "sslmode":
			all[i].Help = "How the connection is encrypted; verify-full without it."
		}
	}
	return all
}

// source is one Redshift database.
type source struct {
	name string
	cfg  *pgx.ConnConfig
	conn *pgx.Conn
	// logIn gives a user and a password that live for minutes; nil where the options have them.
	logIn logIn
	// patience is how long the server is to let a statement run.
	patience time.Duration
	dialect  *warehouse.Dialect
	// life is how long a claim of a lock lives; 0 is the usual.
	life time.Duration
}

func open(ctx context.Context, src eddy.Source) (*source, error) {
	if err := methodOf(src); err != nil {
		return nil, err
	}
	src.Options = complete(src.Options)
	cfg, err := product().Config(src)
	if err != nil {
		return nil, err
	}
	cfg.RuntimeParams["application_name"] = "eddy"
	cfg.RuntimeParams["client_encoding"] = "UTF8"
	s := &source{name: src.Name, cfg: cfg, patience: src.Patience}
	if s.logIn, err = newLogIn(ctx, src); err != nil {
		return nil, err
	}
	if s.conn, err = s.connect(ctx); err != nil {
		return nil, err
	}
	// What a backslash means in a literal is a setting of the server's.
	escapes := false
	if err := query(ctx, s.conn, `SELECT CHAR_LENGTH('\\')`, func(row [][]byte) error {
		escapes = string(row[0]) == "1"
		return nil
	}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.dialect = dialect(escapes)
	return s, nil
}

// connect opens a connection with Eddy's settings. A password that lives for minutes is asked
// for each time.
func (s *source) connect(ctx context.Context) (*pgx.Conn, error) {
	cfg := s.cfg.Copy()
	if s.logIn != nil {
		user, password, err := s.logIn(ctx)
		if err != nil {
			return nil, product().ExplainConnect(s.name, cfg, err)
		}
		cfg.User, cfg.Password = user, password
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, product().ExplainConnect(s.name, cfg, err)
	}
	for _, sql := range s.settings() {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return nil, errors.Join(explain(ctx, err), conn.Close(context.WithoutCancel(ctx)))
		}
	}
	return conn, nil
}

// settings make texts of values, and so record ids, independent of what a user or a database
// sets as its defaults. The query group is what an administrator sees.
func (s *source) settings() []string {
	all := []string{"SET timezone TO 'UTC'", "SET datestyle TO 'ISO'", "SET extra_float_digits TO 2", "SET query_group TO 'eddy'"}
	if s.patience > 0 {
		all = append(all, fmt.Sprintf("SET statement_timeout TO %d", s.patience.Milliseconds()))
	}
	return all
}

// Columns describes the model's columns by preparing it, which runs nothing.
func (s *source) Columns(ctx context.Context, m eddy.Model) ([]warehouse.Column, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return nil, err
	}
	sd, err := s.conn.Prepare(ctx, "", "SELECT * FROM "+pgwire.From(s.Syntax(), m))
	if err != nil {
		return nil, product().ExplainSQL(ctx, err)
	}
	return describe(sd.Fields), nil
}

// CheckRead asks for no rows: the server looks at rights when it plans a statement.
func (s *source) CheckRead(ctx context.Context, m eddy.Model, sel []warehouse.Selected) error {
	if err := s.onlySelect(ctx, m); err != nil {
		return err
	}
	_, err := s.conn.PgConn().ExecParams(ctx, "SELECT "+s.selectList(sel)+" FROM "+pgwire.From(s.Syntax(), m)+" LIMIT 0", nil, nil, nil, nil).Close()
	return explain(ctx, err)
}

// Syntax is PostgreSQL's, in which a backslash may escape in every text.
func (s *source) Syntax() *warehouse.Syntax {
	x := warehouse.Standard()
	x.Quotes[0].Escapes = s.dialect.QuoteText != nil
	return x
}

// onlySelect checks a user's SQL before it is put into another statement: it only reads, and
// is one statement that returns rows by itself.
func (s *source) onlySelect(ctx context.Context, m eddy.Model) error {
	if err := product().OnlyReads(m, s.ask(ctx)); err != nil || m.SQL == "" {
		return err
	}
	return product().OnlySelect(ctx, s.conn, s.Syntax(), m.SQL)
}

// Stage makes a temporary table: in this database in one statement, which cannot write anything
// else. For any other engine the rows are streamed over.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return warehouse.Stage{}, err
	}
	read := warehouse.Comment(ctx) + "SELECT " + s.selectList(sel) + " FROM " + pgwire.From(s.Syntax(), m)
	if e, ok := into.(*engine); ok {
		n, err := e.Exec(ctx, warehouse.Comment(ctx)+"CREATE TEMP TABLE "+table+" AS "+strings.TrimPrefix(read, warehouse.Comment(ctx)))
		return warehouse.Stage{Rows: n}, err
	}
	if _, err := s.conn.Exec(ctx, "BEGIN READ ONLY"); err != nil {
		return warehouse.Stage{}, explain(ctx, err)
	}
	defer func() { _, _ = s.conn.Exec(context.WithoutCancel(ctx), "ROLLBACK") }()
	n, err := warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error { return query(ctx, s.conn, read, each) })
	return warehouse.Stage{Rows: n}, err
}

// Engine opens the database for a ledger, making Eddy's schema where the user may.
func (s *source) Engine(ctx context.Context, schema string) (warehouse.Engine, error) {
	e, err := s.engine(ctx, schema)
	if err != nil || schema == "" {
		return e, err
	}
	if err := e.ensureSchema(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// ListTables lists the tables and views of the database, those that are bound late too, and
// those of external schemas.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	for _, sql := range []string{
		"SELECT table_schema, table_name, table_type FROM svv_tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'pg_internal', 'catalog_history', 'pg_automv', 'pg_auto_copy', 'pg_mv', 'pg_s3') AND table_schema NOT LIKE 'pg_temp%'",
		"SELECT schemaname, tablename, 'EXTERNAL TABLE' FROM svv_external_tables",
	} {
		err := query(ctx, s.conn, sql, func(row [][]byte) error {
			out = append(out, warehouse.NewTable(string(row[0]), string(row[1]), string(row[2])))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, warehouse.ByName)
	return slices.CompactFunc(out, func(a, b warehouse.Table) bool { return a.Name == b.Name }), nil
}

// Close ends the source's own connection; engines are closed by their users.
func (s *source) Close() error { return s.conn.Close(context.Background()) }

// complete has a user where the log-in says who it is: the library wants one.
func complete(o map[string]string) map[string]string {
	if method(o) == database || o["user"] != "" {
		return o
	}
	o = maps.Clone(o)
	o["user"] = method(o)
	return o
}

// place says where options lead, and as whom.
func place(o map[string]string) (map[string]string, error) {
	if err := methodOf(eddy.Source{Options: o, Served: true}); err != nil {
		return nil, err
	}
	out, err := product().Place(complete(o))
	if err == nil && o["url"] == "" {
		out["user"] = cmp.Or(o["user"], map[bool]string{true: out["user"]}[method(o) == database])
	}
	delete(out, "secret_access_key")
	return out, err
}

func apart(o map[string]string) (map[string]string, error) {
	out, err := product().Apart(complete(o))
	if err == nil && method(o) != database && out["user"] == method(o) {
		delete(out, "user")
	}
	return out, err
}
