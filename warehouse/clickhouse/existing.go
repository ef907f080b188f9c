package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// keeps is what the user may do with Eddy's own schema, to keep ledgers there.
const keeps = "SELECT, INSERT, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, ALTER DELETE"

// one gives the only value of a query's only row; empty for none.
func (s *source) one(ctx context.Context, sql string) (value string, err error) {
	err = s.query(ctx, nil, sql, func(row [][]byte) error {
		value = string(row[0])
		return nil
	})
	return value, explain(ctx, err)
}

// lookAtSchema says whether Eddy's schema exists, and whether the user may do there all that a
// ledger does.
func (s *source) lookAtSchema(ctx context.Context, schema string) (exists, may bool, err error) {
	n, err := s.one(ctx, "SELECT count() FROM system.databases WHERE name = "+literal(schema))
	if err != nil {
		return false, false, err
	}
	granted, err := s.one(ctx, "CHECK GRANT "+keeps+" ON "+quote(schema)+".*")
	return n != "0", granted == "1", err
}

// ensureSchema makes Eddy's schema, or says what an administrator must run.
func (s *source) ensureSchema(ctx context.Context, schema string) error {
	exists, may, err := s.lookAtSchema(ctx, schema)
	if err == nil && !exists {
		_, err = s.exec(ctx, nil, "CREATE DATABASE IF NOT EXISTS "+quote(schema))
		if exists = err == nil; code(err) == accessDenied {
			err = nil
		}
		err = explain(ctx, err)
	}
	if err != nil || exists && may {
		return err
	}
	return s.missing(schema, exists)
}

func (s *source) missing(schema string, exists bool) error {
	user, q := s.options.Auth.Username, quote(schema)
	e := &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("source %s: user %s may not keep Eddy's tables in database %s", s.name, user, q)}
	run := fmt.Sprintf("GRANT %s ON %s.* TO %s; GRANT TABLE ENGINE ON MergeTree TO %[3]s;", keeps, q, quote(user))
	if !exists {
		e.What = fmt.Sprintf("source %s: database %s is missing, or user %s may not see it, and may not make it", s.name, q, user)
		run = "CREATE DATABASE IF NOT EXISTS " + q + "; " + run
	}
	e.Mend = "Have an administrator run:  " + run + "\n  Or set state: local on the source: then Eddy only reads."
	return e
}

// CheckState says what an administrator must run where the user may neither keep ledgers in the
// schema nor make it.
func (s *source) CheckState(ctx context.Context, schema string) error {
	exists, may, err := s.lookAtSchema(ctx, schema)
	if err != nil || exists && may {
		return err
	}
	if !exists && may {
		create, err := s.one(ctx, "CHECK GRANT CREATE DATABASE ON "+quote(schema)+".*")
		if err != nil || create == "1" {
			return err
		}
	}
	return s.missing(schema, exists)
}

// Existing opens the state that an earlier run left in the server, for a look or to move it; nil
// when there is none. It makes nothing.
func (s *source) Existing(ctx context.Context, schema string) (warehouse.Engine, error) {
	_, err := s.one(ctx, "SELECT 1 FROM "+quote(schema)+".runs LIMIT 1")
	if e, ok := errors.AsType[*eddy.Error](err); ok && (e.Mend == advice(unknownTable) || e.Mend == advice(accessDenied)) {
		return nil, nil //nolint:nilnil // who may not read the state never kept any there
	}
	if err != nil {
		return nil, err
	}
	return s.engine(ctx, schema, true, warehouse.DefaultClaim)
}

// ListTables lists the tables and views that the user may see. What a materialised view keeps its
// rows in is left out.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	err = s.query(ctx, nil, "SELECT database, name, engine FROM system.tables WHERE NOT is_temporary AND database NOT IN ('system', 'INFORMATION_SCHEMA', 'information_schema') AND name NOT LIKE '.inner%' ORDER BY database, name", func(row [][]byte) error {
		out = append(out, warehouse.NewTable(string(row[0]), string(row[1]), string(row[2])))
		return nil
	})
	return out, explain(ctx, err)
}

// grant is a line of SHOW GRANTS; columns stand in brackets behind a privilege.
var (
	grant    = regexp.MustCompile(`^GRANT (.*) ON (\S+) TO `)
	ofColumn = regexp.MustCompile(`\([^)]*\)`)
)

// CheckRole says what the user may do beside reading: what a model cannot do then is what this
// package refuses, and not what the server does. readonly = 2 does not count: it lets files be
// written, and other servers be called.
func (s *source) CheckRole(ctx context.Context, schema string) (more []string, err error) {
	err = s.query(ctx, nil, "SHOW GRANTS FINAL", func(row [][]byte) error {
		parts := grant.FindStringSubmatch(string(row[0]))
		if parts == nil {
			return nil
		}
		own := schema != "" && strings.Trim(strings.TrimSuffix(parts[2], ".*"), "`\"") == schema
		list := strings.Split(ofColumn.ReplaceAllString(parts[1], ""), ", ")
		list = slices.DeleteFunc(list, func(p string) bool {
			return own || slices.Contains([]string{"SELECT", "SHOW", "CHECK", "TABLE ENGINE", "CREATE TEMPORARY TABLE", "dictGet", "USAGE"}, p) || strings.HasPrefix(p, "SHOW ")
		})
		const told = 4
		if len(list) > told {
			list = append(list[:told], fmt.Sprintf("%d more", len(list)-told))
		}
		if len(list) > 0 {
			more = append(more, "may "+strings.Join(list, ", ")+" on "+parts[2])
		}
		return nil
	})
	return more, explain(ctx, err)
}
