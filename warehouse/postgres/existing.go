package postgres

import (
	"context"
	"errors"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

// CheckState says what an administrator must run where the role may neither write the schema
// nor make it.
func (s *source) CheckState(ctx context.Context, schema string) error {
	e := &engine{source: s, conn: s.conn, schema: schema}
	exists, create, err := e.lookAtSchema(ctx)
	if err != nil || create {
		return err
	}
	if !exists {
		err = query(ctx, s.conn, "SELECT has_database_privilege(current_database(), 'CREATE')", func(row [][]byte) error {
			create = string(row[0]) == "t"
			return nil
		})
	}
	if err != nil || create {
		return err
	}
	return e.missing(exists)
}

// Existing opens a session on state that an earlier run left in the warehouse; nil when
// there is none. It makes nothing.
func (s *source) Existing(ctx context.Context, schema string) (warehouse.Engine, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	ses := &engine{source: s, conn: conn, schema: schema}
	found := false
	// A role that may not look into the schema cannot have left anything there, and
	// to_regclass would fail for it.
	err = query(ctx, ses.conn, `SELECT 1 WHERE CASE WHEN has_schema_privilege(to_regnamespace($1), 'USAGE') THEN coalesce(has_table_privilege(to_regclass($2), 'SELECT'), false) ELSE false END`, func([][]byte) error {
		found = true
		return nil
	}, ses.Schema(), ses.Schema()+".runs")
	if err == nil && found {
		// A role that may not read the state never kept any there.
		err = query(ctx, ses.conn, "SELECT 1 FROM "+ses.Schema()+".runs LIMIT 0", func([][]byte) error { return nil })
	}
	if e, ok := errors.AsType[*eddy.Error](err); ok && e.Mend == product().Mend(pgwire.InsufficientRights) {
		found, err = false, nil
	}
	if err != nil || !found {
		return nil, errors.Join(err, ses.Close())
	}
	return ses, nil
}
