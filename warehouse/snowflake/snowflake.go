// Package snowflake is Snowflake as a warehouse: models are read through its own driver, in
// sessions whose settings do not depend on the account's.
package snowflake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Kind declares Snowflake to the configuration.
func Kind() warehouse.Kind {
	return warehouse.Kind{
		Type:       "snowflake",
		Help:       "Snowflake: tables and views of its databases; the state lies in a schema of one.",
		Options:    options(),
		LocalLooks: true,
		Awake:      "each wakes the warehouse, which is paid for 60 s at least, and until it has been idle for its AUTO_SUSPEND: run less often, or set AUTO_SUSPEND = 60",
		Open:       func(ctx context.Context, src eddy.Source) (warehouse.Source, error) { return open(ctx, src) },
	}
}

// source is one Snowflake account, seen by one role.
type source struct {
	*login
	*sessions
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
	s := &source{login: l, sessions: l.sessions()}
	if err := s.reach(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// reach logs in, and looks whether there is a warehouse that runs statements: nothing is read, so
// that one that is suspended goes on sleeping.
func (s *source) reach(ctx context.Context) error {
	under, watch := watched(ctx, true)
	defer watch.end()
	conn, err := s.db.Conn(under)
	if err != nil {
		return s.explainConnect(ctx, watch.why(err))
	}
	return conn.Close()
}

// Columns describes the model's columns. Nothing is carried out.
func (s *source) Columns(ctx context.Context, m eddy.Model) ([]warehouse.Column, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return nil, err
	}
	types, err := s.describe(ctx, warehouse.Comment(ctx)+"SELECT * FROM "+s.from(m))
	if err != nil {
		return nil, err
	}
	return described(types, m), nil
}

// CheckRead has the server describe what is read: it looks at rights when it does.
func (s *source) CheckRead(ctx context.Context, m eddy.Model, sel []warehouse.Selected) error {
	if err := s.onlySelect(ctx, m); err != nil {
		return err
	}
	_, err := s.describe(ctx, warehouse.Comment(ctx)+"SELECT "+selectList(sel, warehouse.Quote)+" FROM "+s.from(m))
	return err
}

// Stage makes a table of the model in one statement. For any other engine the rows are
// streamed over.
func (s *source) Stage(ctx context.Context, into warehouse.Engine, table string, sel []warehouse.Selected, m eddy.Model) (warehouse.Stage, error) {
	if err := s.onlySelect(ctx, m); err != nil {
		return warehouse.Stage{}, err
	}
	if _, ok := into.(*engine); ok {
		// In a session of the source's: names without a schema are the user's.
		table = spelled(table)
		if _, err := s.exec(ctx, warehouse.Comment(ctx)+"CREATE TABLE "+table+" AS SELECT "+selectList(sel, func(name string) string { return spelled(warehouse.Quote(name)) })+" FROM "+s.from(m)); err != nil {
			return warehouse.Stage{}, err
		}
		n, err := s.count(ctx, table)
		return warehouse.Stage{Rows: n}, err
	}
	n, err := warehouse.Stream(ctx, into, table, sel, func(each func(row [][]byte) error) error {
		return s.query(ctx, warehouse.Comment(ctx)+"SELECT "+selectList(sel, warehouse.Quote)+" FROM "+s.from(m), each)
	})
	return warehouse.Stage{Rows: n}, err
}

// ListTables lists the tables and views of the database that the role may see.
func (s *source) ListTables(ctx context.Context) (out []warehouse.Table, err error) {
	err = s.query(ctx, warehouse.Comment(ctx)+"SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM "+quote(s.config.Database)+
		".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA <> 'INFORMATION_SCHEMA' ORDER BY 1, 2", func(row [][]byte) error {
		out = append(out, warehouse.NewTable(shown(string(row[0])), shown(string(row[1])), string(row[2])))
		return nil
	})
	return out, err
}

// Close ends the source's sessions.
func (s *source) Close() error {
	err := s.close()
	s.transport.CloseIdleConnections()
	return err
}

// roles are those that a role inherits from when everything is open to it.
func roles() []string { return []string{"ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN"} }

// CheckRole says where the session's role is one of those that may do everything, or brings the
// user's others along.
func (s *source) CheckRole(ctx context.Context, _ string) (out []string, err error) {
	err = s.query(ctx, warehouse.Comment(ctx)+"SELECT CURRENT_ROLE()", func(row [][]byte) error {
		for _, role := range roles() {
			if strings.EqualFold(string(row[0]), role) {
				out = append(out, "is "+role+", which may do nearly everything")
			}
		}
		return nil
	})
	return out, err
}
