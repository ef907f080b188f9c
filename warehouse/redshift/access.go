package redshift

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

func product() pgwire.Product {
	return pgwire.Product{
		Name: "Redshift", Port: "5439", SSLMode: "verify-full", LongestName: 127, // bytes
		// https://docs.aws.amazon.com/redshift/latest/mgmt/rs-mgmt-pause-resume-cluster.html
		Reach: "A cluster that is paused answers nobody: resume it, or let the sync's schedule fit.",
		LogIn: "Check user and password, and that the user exists in this database; with the methods iam and serverless, that the role may get a log-in.",
		Advice: func(code string) string {
			switch code {
			case "2BP01":
				return "Drop what was made on top of it, such as a view of a snapshot, or let that read a copy."
			case "57014":
				return "The server stopped the statement: by its statement_timeout, a rule of its workload management, or somebody's hand. Raise the limit for this user, or make the model cheaper."
			case "XX000":
				return "Look it up in SYS_QUERY_HISTORY (error_message), under query_label eddy, and whether a usage limit turned queries off (usage_limit); a conflict with another session (1023) is over when Eddy runs again."
			default:
				return ""
			}
		},
	}
}

func explain(ctx context.Context, err error) error { return product().Explain(ctx, err) }

func query(ctx context.Context, conn *pgx.Conn, sql string, each func(row [][]byte) error) error {
	return pgwire.Query(ctx, conn, explain, sql, each)
}

// harmful are the functions of Redshift's own that do more than read: they end sessions, set
// what holds for one, or restart the cluster.
// https://docs.aws.amazon.com/redshift/latest/dg/r_System_administration_functions.html
const harmful = "'pg_cancel_backend', 'pg_terminate_backend', 'reboot_cluster', 'set_config'"

// ask asks the catalog, which is the leader's, about names that a model has. Functions that call
// Lambda or a model of SageMaker send values out; what others do that users made, they do to
// values alone. Views and the bodies of functions are looked through in turn.
// https://docs.aws.amazon.com/redshift/latest/dg/udf-creating-a-lambda-sql-udf.html
func (s *source) ask(ctx context.Context) pgwire.Asks {
	return func(all, _ []string, tell func(string, []byte)) error {
		if len(all) == 0 {
			return nil
		}
		names := make([]string, len(all))
		for i, n := range all {
			names[i] = s.dialect.Literal(n)
		}
		in := "IN (" + strings.Join(names, ", ") + ")"
		own := "(l.lanname = 'sql' AND p.pronamespace <> (SELECT oid FROM pg_namespace WHERE nspname = 'pg_catalog'))"
		for _, sql := range []string{
			"SELECT p.proname, CASE WHEN p.proname IN (" + harmful + ") OR l.lanname IN ('exfunc', 'mlfunc') THEN NULL ELSE p.prosrc END FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.proname " + in +
				" AND (p.proname IN (" + harmful + ") OR l.lanname IN ('exfunc', 'mlfunc') OR " + own + ")",
			"SELECT relname, pg_get_viewdef(oid) FROM pg_class WHERE relkind = 'v' AND relname " + in,
		} {
			err := query(ctx, s.conn, warehouse.Comment(ctx)+sql, func(row [][]byte) error {
				tell(string(row[0]), row[1])
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// ensureSchema makes Eddy's schema, or says what an administrator must run.
func (e *engine) ensureSchema(ctx context.Context) error {
	exists, create, err := e.source.lookAtSchema(ctx, e.schema)
	if err != nil || create {
		return err
	}
	if !exists {
		_, err = e.conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+e.Schema())
		if err == nil {
			return nil
		}
		// Another run may have made it in the same moment.
		if exists, create, e := e.source.lookAtSchema(ctx, e.schema); e == nil && exists && create {
			return nil
		}
		if pgwire.Code(err) != pgwire.InsufficientRights {
			return explain(ctx, err)
		}
	}
	return e.source.missing(e.schema, exists)
}

// lookAtSchema says whether a schema exists, and whether the user may create in it.
func (s *source) lookAtSchema(ctx context.Context, schema string) (exists, create bool, err error) {
	err = query(ctx, s.conn, "SELECT has_schema_privilege(nspname, 'create') AND has_schema_privilege(nspname, 'usage') FROM pg_namespace WHERE nspname = "+s.dialect.Literal(schema), func(row [][]byte) error {
		exists, create = true, string(row[0]) == "t"
		return nil
	})
	return exists, create, err
}

func (s *source) missing(schema string, exists bool) error {
	user, q := warehouse.Quote(s.conn.Config().User), warehouse.Quote(schema)
	e := &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("source %s: user %s may not create tables in schema %s", s.name, user, q)}
	run := "GRANT USAGE, CREATE ON SCHEMA " + q + " TO " + user + ";"
	if !exists {
		e.What = fmt.Sprintf("source %s: schema %s is missing and user %s may not create it", s.name, q, user)
		run = "CREATE SCHEMA " + q + " AUTHORIZATION " + user + ";"
	}
	e.Mend = "Have an administrator run:  " + run + "\n  Or set state: local on the source: then Eddy only reads."
	return e
}

// CheckState says what an administrator must run where the user may neither write the schema
// nor make it.
func (s *source) CheckState(ctx context.Context, schema string) error {
	exists, create, err := s.lookAtSchema(ctx, schema)
	if err == nil && !exists {
		err = query(ctx, s.conn, "SELECT has_database_privilege(current_database(), 'create')", func(row [][]byte) error {
			create = string(row[0]) == "t"
			return nil
		})
	}
	if err != nil || create {
		return err
	}
	return s.missing(schema, exists)
}

// Existing opens state that an earlier run left in the warehouse; nil when there is none. It
// makes nothing.
func (s *source) Existing(ctx context.Context, schema string) (warehouse.Engine, error) {
	e, err := s.engine(ctx, schema)
	if err != nil {
		return nil, err
	}
	rows, err := e.conn.Query(ctx, "SELECT 1 FROM "+e.Schema()+".runs LIMIT 0")
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	if err == nil {
		return e, nil
	}
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pe.Code { // a user that may not read the state never kept any there
		case pgwire.InsufficientRights, pgwire.UndefinedTable, "3F000":
			return nil, e.Close()
		}
	}
	return nil, errors.Join(explain(ctx, err), e.Close())
}

// CheckRole says what the user may do beside reading, outside of Eddy's own schema.
func (s *source) CheckRole(ctx context.Context, schema string) (more []string, err error) {
	super := false
	if err := query(ctx, s.conn, "SELECT usesuper FROM pg_user WHERE usename = current_user", func(row [][]byte) error {
		super = string(row[0]) == "t"
		return nil
	}); err != nil || super {
		return []string{"is a superuser"}[:map[bool]int{true: 1}[super]], err
	}
	own := s.dialect.Literal(schema)
	const users = "nspname NOT LIKE 'pg%' AND nspname <> 'information_schema'"
	for _, c := range []struct{ what, sql string }{
		{"may make schemas in the database", "SELECT '' WHERE has_database_privilege(current_database(), 'create') AND (" + own + " = '' OR EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = " + own + "))"},
		{"may make tables in schema ", "SELECT nspname FROM pg_namespace WHERE " + users + " AND nspname <> " + own + " AND has_schema_privilege(nspname, 'create') ORDER BY 1"},
		{"may change ", "SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND " + users + " AND nspname <> " + own +
			" AND has_schema_privilege(nspname, 'usage') AND (has_table_privilege(c.oid, 'insert') OR has_table_privilege(c.oid, 'update') OR has_table_privilege(c.oid, 'delete')) ORDER BY 1"},
	} {
		var names []string
		if err := query(ctx, s.conn, warehouse.Comment(ctx)+c.sql, func(row [][]byte) error {
			names = append(names, string(row[0]))
			return nil
		}); err != nil {
			return nil, err
		}
		if len(names) > 0 {
			more = append(more, c.what+strings.Join(names[:min(len(names), 3)], ", ")+map[bool]string{true: fmt.Sprintf(" and %d more", len(names)-3)}[len(names) > 3])
		}
	}
	return more, nil
}
