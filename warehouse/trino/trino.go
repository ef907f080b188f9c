// Package trino is Trino as a warehouse: models are read from any of its catalogs, and by
// default the state lies in one that can make tables.
package trino

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Kind declares Trino to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type: "trino",
		Help: "Trino: tables and views of any catalog; the state lies in one that can make tables.",
		Options: []eddy.Option{
			{Name: "host", Kind: eddy.TextOption, Required: true, Part: eddy.PlacePart, Example: "trino.example.com", Help: "Name of the coordinator."},
			{Name: "port", Kind: eddy.PortOption, Part: eddy.PlacePart, Example: "8443", Help: "Its port; 443 for https and 8080 for http unless it is given."},
			{Name: "http_scheme", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: "https", Choices: []string{"https", "http"}, Help: "Over http nothing is encrypted, and only method none is taken."},
			{Name: "cert", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "trino-ca.pem", Help: "A PEM file of the authorities that may have signed the server's certificate, in place of the machine's own."},
			{Name: "user", Kind: eddy.TextOption, Required: true, Part: eddy.PlacePart, Example: "eddy", Help: "User to run statements as."},
			{Name: "method", Kind: eddy.TextOption, Part: eddy.PlacePart, Default: "none", Choices: []string{"none", "ldap", "jwt", "certificate"}, Help: "How the user logs in. ldap is any log-in by a password.", UnservedChoices: []string{"certificate"}},
			{Name: "password", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${TRINO_PASSWORD}", Help: "The user's password, for method ldap.", With: eddy.With{Option: "method", Values: []string{"ldap"}}},
			{Name: "jwt_token", Kind: eddy.TextOption, Part: eddy.SecretPart, Example: "${TRINO_TOKEN}", Help: "The token of method jwt.", With: eddy.With{Option: "method", Values: []string{"jwt"}}},
			{Name: "client_certificate", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "eddy.pem", Help: "A PEM file of the user's certificate, for method certificate. Not taken on a server.", With: eddy.With{Option: "method", Values: []string{"certificate"}}, Unserved: true},
			{Name: "client_private_key", Kind: eddy.PathOption, Part: eddy.PlacePart, Example: "eddy.key", Help: "A PEM file of its key. Not taken on a server.", With: eddy.With{Option: "method", Values: []string{"certificate"}}, Unserved: true},
			{Name: "catalog", Kind: eddy.TextOption, Required: true, Part: eddy.PlacePart, Example: "iceberg", Help: "The catalog of tables that are named without one, and of Eddy's own schema, unless `schema` names another: `catalog.schema`."},
			{Name: "default_schema", Kind: eddy.TextOption, Part: eddy.PlacePart, Example: "shop", Help: "The schema of tables that a model names without one."},
			{Name: "session_properties", Kind: eddy.ListOption, Part: eddy.PlacePart, Example: "[join_distribution_type=PARTITIONED]", Help: "Session properties, each as name=value."},
		},
		LocalLooks: true,
		Open:       func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

// source is one Trino, seen from one catalog.
type source struct {
	login
	*session
	// claim is how long a claim of a ledger's lock lives; 0 is what it does by default.
	claim time.Duration
}

func open(ctx context.Context, src eddy.Source) (*source, error) {
	l, err := logIn(src)
	if err != nil {
		if e, ok := errors.AsType[*eddy.Error](err); ok {
			return nil, &eddy.Error{Code: e.Code, What: fmt.Sprintf("source %s: %s", src.Name, e.What), Mend: e.Mend}
		}
		return nil, err
	}
	s := &source{login: *l}
	if s.session, err = s.connect(l.catalog, src.Options["default_schema"]); err != nil {
		return nil, err
	}
	if err := s.reach(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// reach looks whether the user is let in and the catalog is there.
func (s *source) reach(ctx context.Context) error {
	found := false
	err := s.query(ctx, warehouse.Comment(ctx)+"SELECT 1 FROM system.metadata.catalogs WHERE catalog_name = "+warehouse.QuoteText(strings.ToLower(s.catalog)), func([][]byte) error {
		found = true
		return nil
	})
	if err != nil {
		return s.explainConnect(ctx, err)
	}
	if !found {
		return &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("%s: there is no catalog %s, or the user may not see it", s.where(), s.catalog), Mend: "SHOW CATALOGS lists those that the user may use; set catalog to one."}
	}
	return nil
}

// Columns describes the model's columns. Nothing is read: a limit of no rows is known to the
// planner.
func (s *source) Columns(ctx context.Context, m eddy.Model) ([]warehouse.Column, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return nil, err
	}
	types, err := s.describe(ctx, warehouse.Comment(ctx)+"SELECT * FROM "+from(m)+" LIMIT 0")
	if err != nil {
		return nil, err
	}
	out := make([]warehouse.Column, len(types))
	for i, t := range types {
		typ := strings.ToLower(t.DatabaseTypeName())
		out[i] = warehouse.Column{Name: t.Name(), Type: typ, Class: class(typ), Made: m.Table == ""}
	}
	return out, nil
}

// CheckRead asks for no rows: the server looks at rights when it plans.
func (s *source) CheckRead(ctx context.Context, m eddy.Model, sel []warehouse.Selected) error {
	if err := s.onlySelect(ctx, m); err != nil {
		return err
	}
	return s.query(ctx, warehouse.Comment(ctx)+"SELECT "+selectList(sel)+" FROM "+from(m)+" LIMIT 0", func([][]byte) error { return nil })
}

// Stage makes a table of the model in one statement. For any other engine the rows are
// streamed over.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return warehouse.Stage{}, err
	}
	read := "SELECT " + selectList(sel) + " FROM " + from(m)
	if _, ok := into.(*engine); ok {
		// In a session of the source's: names without a catalog are the user's.
		n, err := s.exec(ctx, warehouse.Comment(ctx)+"CREATE TABLE "+table+" AS "+read)
		return warehouse.Stage{Rows: n}, err
	}
	n, err := warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error {
		return s.query(ctx, warehouse.Comment(ctx)+read, each)
	})
	return warehouse.Stage{Rows: n}, err
}

// ListTables lists the tables and views of the catalog that the user may see; those of a
// materialised view are among them.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	err = s.query(ctx, warehouse.Comment(ctx)+"SELECT table_schema, table_name, table_type FROM "+warehouse.Quote(s.catalog)+
		".information_schema.tables WHERE table_schema <> 'information_schema' ORDER BY 1, 2", func(row [][]byte) error {
		out = append(out, warehouse.NewTable(string(row[0]), string(row[1]), string(row[2])))
		return nil
	})
	return out, err
}

// Close ends the source's connections.
func (s *source) Close() error {
	s.transport.CloseIdleConnections()
	return s.session.close()
}
