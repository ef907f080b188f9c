package postgres

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/pgwire"
)

// dependentObjects is the SQLSTATE of a table that something else is made of.
const dependentObjects = "2BP01"

func product() pgwire.Product {
	return pgwire.Product{
		Name: "PostgreSQL", LongestName: 63, // bytes, of a server that is built as usual
		LogIn: "Check user and password, and that pg_hba.conf lets this user in from here.",
		Advice: func(code string) string {
			if code == dependentObjects {
				return "Drop what was made on top of it, such as a view of a snapshot, or let that read a copy."
			}
			return ""
		},
	}
}

func denied(err error) bool { return pgwire.Code(err) == pgwire.InsufficientRights }

// explain turns PostgreSQL's errors into ones that say how to mend them.
func explain(ctx context.Context, err error) error {
	told := product().Explain(ctx, err)
	e, ok := errors.AsType[*eddy.Error](told)
	pe, its := errors.AsType[*pgconn.PgError](err)
	if !ok || !its {
		return told
	}
	if strings.Contains(pe.Message, "query_wait_timeout") { // pgbouncer's own, and no value
		e.Mend = "The pool before the server has no session left: Eddy needs three for a run. Give the pool more (pgbouncer: default_pool_size)."
	}
	if pe.Code == pgwire.InsufficientRights && strings.Contains(pe.Message, "temporary") {
		e.Mend = "A model is read into a temporary table. Have an administrator run:  GRANT TEMPORARY ON DATABASE ... TO ...;"
	}
	return told
}

// own gives the advice that fits where a table of Eddy's own schema is gone, and not one
// that a model names.
func (s *engine) own(err error) error {
	e, ok := errors.AsType[*eddy.Error](err)
	if ok && e.Mend == product().Mend(pgwire.UndefinedTable) && strings.Contains(e.What, `relation "`+s.schema+`.`) {
		e.Mend = "Somebody dropped a table of Eddy's own while it ran; run again: what can be made anew is, and what was sent is settled then."
	}
	return err
}
