// Package databricks is a Databricks SQL warehouse as a warehouse of Eddy's: models are read from
// Unity Catalog, through the public API of package dbsql.
package databricks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Kind declares Databricks to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type: "databricks",
		Help: "Databricks SQL: tables and views of Unity Catalog; the state lies in a schema of one.",
		Options: []eddy.Option{
			{Name: "host", Kind: eddy.TextOption, Required: true, Part: eddy.PlacePart, Example: "dbc-a1b2c3d4-e5f6.cloud.databricks.com", Help: "Name of the workspace's server."},
			{Name: "http_path", Kind: eddy.TextOption, Required: true, Part: eddy.PlacePart, Example: "/sql/1.0/warehouses/a1b2c3d4e5f6a7b8", Help: "HTTP path of the SQL warehouse, from its connection details."},
			{Name: "catalog", Kind: eddy.TextOption, Required: true, Part: eddy.PlacePart, Example: "main", Help: "The catalog of tables that are named without one."},
			{Name: "default_schema", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "The schema of tables that a model names without one."},
			{Name: "auth_type", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: "token", Choices: []string{"token", "oauth", "workload_identity"}, Help: "How to log in: a personal access token, OAuth from machine to machine, or a token of another provider that the workspace trusts.", UnservedChoices: []string{"workload_identity"}},
			{Name: "token", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${DATABRICKS_TOKEN}", Help: "The personal access token, for auth_type token.", With: eddy.With{Option: "auth_type", Values: []string{"token"}}},
			{Name: "client_id", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "3f1c0a52-8d4e-4b7a-9c6d-1e2f3a4b5c6d", Help: "Application ID of the service principal, for oauth and workload_identity.", With: eddy.With{Option: "auth_type", Values: []string{"oauth", "workload_identity"}}},
			{Name: "client_secret", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${DATABRICKS_CLIENT_SECRET}", Help: "Its OAuth secret, for auth_type oauth.", With: eddy.With{Option: "auth_type", Values: []string{"oauth"}}},
			{Name: "oidc_token_filepath", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "/var/run/secrets/databricks/token", Help: "A file that always holds a fresh token of the other provider, for workload_identity. Not taken on a server.", With: eddy.With{Option: "auth_type", Values: []string{"workload_identity"}}, Unserved: true},
			{Name: "volume", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "main._eddy.loads", Help: "A volume, as catalog.schema.volume, through which rows are loaded into the state, in files that are removed at once. Without it they are parameters of statements, which is slower where there are very many."},
			{Name: "cloud_fetch", Kind: eddy.BoolOption, Part: eddy.PlainPart, Default: "true", Help: "Read results from the workspace's storage. false has them come from the workspace itself, where storage cannot be reached: at most 25 MiB a statement."},
		},
		LocalLooks: true,
		Awake:      "each wakes the SQL warehouse, which is paid for until it has been idle for its auto-stop time: run less often, or have it stop sooner",
		Open:       func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

// source is one SQL warehouse, seen from one catalog.
type source struct {
	name, host string
	*session
	// volume is the path of the volume through which rows are loaded; empty for none.
	volume string
	// claim is how long a claim of a ledger's lock lives; 0 is what it does by default.
	claim time.Duration
}

func open(ctx context.Context, src eddy.Source) (*source, error) {
	s, err := logIn(src)
	if err != nil {
		if e, ok := errors.AsType[*eddy.Error](err); ok {
			return nil, &eddy.Error{Code: e.Code, What: fmt.Sprintf("source %s: %s", src.Name, e.What), Mend: e.Mend}
		}
		return nil, err
	}
	if err := s.reach(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// reach looks whether the user is let in, and may use the warehouse, which a first statement
// starts, and the catalog.
func (s *source) reach(ctx context.Context) error {
	_, err := s.run(ctx, warehouse.Comment(ctx)+"SELECT 1")
	return s.explainConnect(ctx, err)
}

// Columns describes the model's columns. Nothing is read.
func (s *source) Columns(ctx context.Context, m eddy.Model) (out []warehouse.Column, err error) {
	text := "SELECT * FROM " + quoteName(m.Table)
	if m.Table == "" {
		// Alone, so that it is one query by itself before it is put into another statement.
		if text, err = onlySelect(m.SQL); err != nil {
			return nil, err
		}
	}
	head := warehouse.Comment(ctx) + "DESCRIBE QUERY\n"
	err = s.query(ctx, head+text, func(row [][]byte) error {
		typ := strings.ToLower(string(row[1]))
		out = append(out, warehouse.Column{Name: string(row[0]), Type: typ, Class: class(typ), Made: m.Table == "", Loose: ofFiles.MatchString(m.SQL)})
		return nil
	})
	return out, at(strings.Count(head, "\n"), err)
}

// ofFiles matches what may make names of columns of what a file holds.
var ofFiles = regexp.MustCompile("(?i)\\bread_files\\b|\\b(csv|json|text|xml|avro|parquet|orc|delta|binaryfile)\\s*\\.\\s*`")

// CheckRead has the warehouse plan what Stage reads, and reads no rows: it looks at rights when
// it plans.
func (s *source) CheckRead(ctx context.Context, m eddy.Model, sel []warehouse.Selected) error {
	if _, err := s.Columns(ctx, m); err != nil {
		return err
	}
	return s.query(ctx, warehouse.Comment(ctx)+"SELECT "+selectList(sel)+" FROM "+from(m)+" LIMIT 0", func([][]byte) error { return nil })
}

// Stage makes a table of the model in one statement, which reads one version of each table. For any
// other engine the rows are streamed over.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	if _, err := s.Columns(ctx, m); err != nil {
		return warehouse.Stage{}, err
	}
	read := "SELECT " + selectList(sel) + " FROM " + from(m)
	if _, ok := into.(*engine); ok {
		// In a session of the source's: names without a schema are the user's.
		n, err := s.written(ctx, warehouse.Comment(ctx)+"CREATE TABLE "+table+" AS "+read)
		return warehouse.Stage{Rows: n}, err
	}
	read = warehouse.Comment(ctx) + read
	n, err := warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error { return s.query(ctx, read, each) })
	return warehouse.Stage{Rows: n}, err
}

// ListTables lists the tables and views of the catalog that the user may see.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	err = s.query(ctx, warehouse.Comment(ctx)+"SELECT table_schema, table_name, table_type FROM "+s.Quote(s.catalog)+
		".information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1, 2", func(row [][]byte) error {
		out = append(out, warehouse.NewTable(string(row[0]), string(row[1]), string(row[2])))
		return nil
	})
	return out, err
}

// Close ends the source's connections.
func (s *source) Close() error {
	s.client.Close()
	return nil
}
