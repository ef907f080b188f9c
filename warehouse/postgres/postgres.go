// Package postgres is PostgreSQL, 13 and later, as a warehouse: models are read from
// it, and by default the state lies in it.
package postgres

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

// Kind declares PostgreSQL to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type:    "postgres",
		Help:    "PostgreSQL 13 and later, also as a managed service.",
		Options: product().Options("5432"),
		Place:   product().Place,
		Apart:   product().Apart,
		Open:    func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

func dialect() *warehouse.Dialect {
	return &warehouse.Dialect{
		Types:     warehouse.Types{Text: "text", Bigint: "bigint", Timestamp: "timestamptz"},
		Temporary: true,
		Views:     true,
		DropMany:  true,
		With:      warehouse.With{Inlined: "NOT MATERIALIZED "},
		Tables:    "(SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'v'))",
		Hashing:   warehouse.Hashing{Bucket: "hashtext(%s) & 1023", MD5: "md5(convert_to(%s, 'UTF8'))"},
		Sample:    "TABLESAMPLE BERNOULLI (%[1]g)",
		Bytes:     `%s COLLATE "C"`,
		Same:      "%s IS NOT DISTINCT FROM %s",
		// As a second item of FROM it would be a nested loop, which nothing else could be planned beside.
		Values:    "(SELECT %[2]s.*, unnest(string_to_array(%[3]s, ',')) AS v FROM %[1]s AS %[2]s) AS %[2]s",
		Canonical: canonical(),
		Digest:    `%s ~ '^[0-9A-Fa-f]{64}$'`,
	}
}

// source is one PostgreSQL database.
type source struct {
	name string
	cfg  *pgx.ConnConfig
	conn *pgx.Conn
	// patience is how long the server is to let a statement run.
	patience time.Duration
}

func open(ctx context.Context, src eddy.Source) (*source, error) {
	cfg, err := product().Config(src)
	if err != nil {
		return nil, err
	}
	maps.Copy(cfg.RuntimeParams, map[string]string{"application_name": "eddy", "timezone": "UTC", "datestyle": "ISO", "standard_conforming_strings": "on", "client_encoding": "UTF8"})
	s := &source{name: src.Name, cfg: cfg, patience: src.Patience}
	if s.conn, err = s.dial(ctx); err != nil {
		return nil, err
	}
	err = s.ownSession(ctx)
	if err == nil {
		err = s.set(ctx, s.conn)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// settings make texts of values, and so record ids, independent of what a role or a
// database sets as its defaults. The last one keeps the server from ending a session that
// waits, for X or for another session: with it would go the run's lock. Servers before
// version 14 do not know it.
//
// Those before it are of Eddy's own statements. Without statistics of tables that were made a
// moment ago the planner takes a million rows for one, and joins them row by row, which takes
// days, or sorts both sides by text where hashing them takes half the time; to compile
// expressions costs more than it saves. work_mem is left as it is: a hash of many megabytes
// falls out of the processor's cache, and joins a million rows half as fast as small parts do
// that are written to disk and read again. Who shares an identity is found by several workers, where
// the server lets it: the planner expects half of all rows of that search, and it finds few.
const settings = "SET extra_float_digits = 1; SET bytea_output = 'hex'; SET IntervalStyle = 'postgres'; " +
	"SET jit = off; SET enable_mergejoin = off; SET enable_nestloop = off; SET parallel_tuple_cost = 0.01; " +
	"SELECT set_config(name, '0', false) FROM pg_settings WHERE name = 'idle_session_timeout'"

// beginRead begins the transaction that a model is read in: a user's SQL is planned as the
// server's administrator has it.
const beginRead = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " +
	"SET LOCAL jit = DEFAULT; SET LOCAL enable_mergejoin = DEFAULT; SET LOCAL enable_nestloop = DEFAULT; SET LOCAL parallel_tuple_cost = DEFAULT"

// afterModel takes back what functions of a model set for the session, or locked.
func (s *source) afterModel() string {
	return "; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL; SELECT pg_advisory_unlock_all(); " + s.settings()
}

// connect opens another connection, for Eddy's own statements.
func (s *source) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.set(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// dial opens a connection on which nothing is set yet.
func (s *source) dial(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, s.cfg)
	if err != nil {
		return nil, product().ExplainConnect(s.name, s.cfg, err)
	}
	return conn, nil
}

// set gives a session Eddy's settings.
func (s *source) set(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, s.settings())
	return explain(ctx, err)
}

// settings are Eddy's of a session. A statement may run no longer than the source says, or
// than an administrator gave the role, if that is less.
func (s *source) settings() string {
	if s.patience <= 0 {
		return settings
	}
	return fmt.Sprintf("%s; SELECT set_config(name, '%[2]d', false) FROM pg_settings WHERE name = 'statement_timeout' AND CAST(setting AS bigint) NOT BETWEEN 1 AND %[2]d",
		settings, s.patience.Milliseconds())
}

// Columns describes the model's columns by preparing it, which runs nothing.
func (s *source) Columns(ctx context.Context, m eddy.Model) ([]warehouse.Column, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return nil, err
	}
	sd, err := s.conn.Prepare(ctx, "", "SELECT * FROM "+pgwire.From(warehouse.Standard(), m))
	if err != nil {
		return nil, explain(ctx, err)
	}
	return s.describe(ctx, sd)
}

// CheckRead asks for no rows: the server looks at rights when a statement begins.
func (s *source) CheckRead(ctx context.Context, m eddy.Model, sel []warehouse.Selected) error {
	if err := s.onlyReads(ctx, m); err != nil {
		return err
	}
	e := &engine{source: s, conn: s.conn}
	_, err := e.readOnly(ctx, "SELECT "+selectList(sel)+" FROM "+pgwire.From(warehouse.Standard(), m)+" LIMIT 0")
	return err
}

// onlySelect checks a user's SQL before it is put into another statement: it only reads, and
// is one statement that returns rows by itself.
func (s *source) onlySelect(ctx context.Context, m eddy.Model) error {
	if m.SQL == "" {
		return nil
	}
	if err := s.onlyReads(ctx, m); err != nil {
		return err
	}
	return product().OnlySelect(ctx, s.conn, warehouse.Standard(), m.SQL)
}

// namedStatement finds what texts name that does more than read; see the file.
//
//go:embed named.sql
var namedStatement string

// onlyReads refuses a model that names a function which does more than read.
func (s *source) onlyReads(ctx context.Context, m eddy.Model) error {
	return product().OnlyReads(m, func(all, called []string, tell func(string, []byte)) error {
		return query(ctx, s.conn, warehouse.Comment(ctx)+namedStatement, func(row [][]byte) error {
			tell(string(row[0]), row[1])
			return nil
		}, all, called)
	})
}

// Engine opens the database for a ledger, making Eddy's schema where the role may.
// Without a schema it makes nothing: temporary tables are all that can be written then.
func (s *source) Engine(ctx context.Context, schema string) (warehouse.Engine, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	ses := &engine{source: s, conn: conn, schema: schema}
	if schema == "" {
		return ses, nil
	}
	if err := ses.ensureSchema(ctx); err != nil {
		return nil, errors.Join(err, ses.Close())
	}
	return ses, nil
}

// ListTables lists the tables that the role may read, also views, materialised views and foreign
// tables; of a partitioned table itself, and not its parts.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	err = query(ctx, s.conn, `SELECT n.nspname, c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') AND NOT c.relispartition AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_temp%' AND n.nspname NOT LIKE 'pg\_toast%'
		AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT') ORDER BY 1, 2`, func(row [][]byte) error {
		out = append(out, warehouse.NewTable(string(row[0]), string(row[1]), string(row[2])))
		return nil
	})
	return out, err
}

// Close ends the source's own connection; sessions are closed by their users.
func (s *source) Close() error { return s.conn.Close(context.Background()) }
