package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// SQLSTATE codes that have advice; see the PostgreSQL manual, appendix A.
const (
	invalidPassword      = "28P01"
	invalidAuthorization = "28000"
	unknownDatabase      = "3D000"
	insufficientRights   = "42501"
	undefinedTable       = "42P01"
	undefinedColumn      = "42703"
	readOnlyTransaction  = "25006"
	queryCanceled        = "57014"
	diskFull             = "53100"
	configuredLimit      = "53400"
	deadlock             = "40P01"
	lockTimeout          = "55P03"
	shutDown             = "57P01"
	crashed              = "57P02"
	startingUp           = "57P03"
	tooManyConnections   = "53300"
	uniqueViolation      = "23505"
	duplicateSchema      = "42P06"
	duplicateTable       = "42P07"
	dependentObjects     = "2BP01"
)

func code(err error) string {
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pe.Code
	}
	return ""
}

func denied(err error) bool { return code(err) == insufficientRights }

// explain turns PostgreSQL's errors into ones that say how to mend them. Messages that
// come while rows are read may quote values of the model, so only those are told that
// speak of the SQL or of the server; of all others the kind is (promise 10). The detail
// of a message is never told.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return &eddy.Error{Code: eddy.CodeSource, What: "PostgreSQL: the connection broke", Err: err, Mend: "The next run settles what this one left; check the server and the network between."}
	}
	e := &eddy.Error{Code: eddy.CodeSource, What: "PostgreSQL: " + pe.Message + " (SQLSTATE " + pe.Code + ")", Err: nil}
	switch {
	case harmless(pe):
	case strings.HasPrefix(pe.Code, "22"):
		e.What = "PostgreSQL: a value of the model cannot be converted (SQLSTATE " + pe.Code + ")"
		e.Mend = "Run the model's SQL by itself, in psql for example, to find the row."
	case strings.HasPrefix(pe.Code, "P0"):
		e.What = "PostgreSQL: a function that the model calls raised an error (SQLSTATE " + pe.Code + ")"
		e.Mend = "Run the model's SQL by itself, in psql for example, to see the function's message."
	default:
		e.What = "PostgreSQL stopped the statement (SQLSTATE " + pe.Code + ")"
		e.Mend = "Run the model's SQL by itself, in psql for example, to see the whole message: it may quote values."
	}
	if mend := advice(pe.Code); mend != "" {
		e.Mend = mend
	}
	if strings.Contains(pe.Message, "query_wait_timeout") { // pgbouncer's own, and no value
		e.Mend = "The pool before the server has no session left: Eddy needs three for a run. Give the pool more (pgbouncer: default_pool_size)."
	}
	if pe.Code == insufficientRights && strings.Contains(pe.Message, "temporary") {
		e.Mend = "A model is read into a temporary table. Have an administrator run:  GRANT TEMPORARY ON DATABASE ... TO ...;"
	}
	return e
}

// harmless says that a message cannot quote a value. Classes are those of the manual's
// appendix A. Errors of the SQL itself (42, 0A, names of databases and schemas, limits) point to
// a place in its text; those of values that are used as a name, as in email::regclass, or as a
// number, as in chr(id), have none, or say in which text they stand.
func harmless(pe *pgconn.PgError) bool {
	switch pe.Code[:2] {
	case "08", "23", "25", "28", "2B", "40", "53", "55", "57":
		return pe.Where == ""
	case "3D", "3F", "42", "54", "0A":
		own := pe.Code == insufficientRights || pe.Code == duplicateSchema || pe.Code == duplicateTable
		return (pe.Position > 0 || own) && pe.Where == ""
	default:
		return false
	}
}

// own gives the advice that fits where a table of Eddy's own schema is gone, and not one
// that a model names.
func (s *engine) own(err error) error {
	e, ok := errors.AsType[*eddy.Error](err)
	if ok && e.Mend == advice(undefinedTable) && strings.Contains(e.What, `relation "`+s.schema+`.`) {
		e.Mend = "Somebody dropped a table of Eddy's own while it ran; run again: what can be made anew is, and what was sent is settled then."
	}
	return err
}

func advice(code string) string {
	switch code {
	case insufficientRights:
		return "Grant the role what it lacks: USAGE on the schema and SELECT on the tables that the model reads."
	case undefinedTable:
		return "Check the model's table name and schema: table: takes names exactly as they are written here, in SQL those with upper case or spaces stand in double quotes."
	case undefinedColumn:
		return "Check the model's column names; names with upper case or spaces are written in double quotes."
	case readOnlyTransaction:
		return "A model only reads: take what writes out of its SQL."
	case queryCanceled:
		return "The server stopped the statement; raise statement_timeout for this role, or make the model cheaper."
	case configuredLimit:
		return "Raise the limit that the message names for this role, such as temp_file_limit."
	case diskFull:
		return "The server's disk is full: free disk space there, or keep fewer snapshots and logs (settings of the connection)."
	case dependentObjects:
		return "Drop what was made on top of it, such as a view of a snapshot, or let that read a copy."
	case deadlock, lockTimeout, "40001":
		return "Another session held what Eddy needed; run again: this run's changes are settled then."
	case shutDown, crashed, startingUp:
		return "The server is stopping or starting; run again when it is up: what this run left is settled then."
	case "42601":
		return "The model's SQL is run inside a larger statement; it must be one complete SELECT."
	case "0A000":
		return "A model is read as a subquery: WITH parts that write are not possible in it."
	default:
		return ""
	}
}

// explainConnect says why the database cannot be reached. The library's own text names
// host and user, never the password.
func explainConnect(s *source, err error) error {
	where := s.where()
	e := &eddy.Error{Code: eddy.CodeSource}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		e.What, e.Err = where+": cannot be reached", refused
		return e
	}
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		e.What, e.Err = where+": cannot be reached", shorten(err)
		e.Mend = "Check host and port, that the server runs and listens there, and firewalls between."
		return e
	}
	e.What = where + ": " + pe.Message
	switch pe.Code {
	case invalidPassword, invalidAuthorization:
		e.Mend = "Check user and password, and that pg_hba.conf lets this user in from here."
	case unknownDatabase:
		e.Mend = "Check the database name in url or database."
	case tooManyConnections:
		e.Mend = "The server has no connection left: Eddy needs three for a run."
	}
	return e
}

// where names the database and the role.
func (s *source) where() string {
	return fmt.Sprintf("source %s: PostgreSQL at %s:%d, database %s, user %s", s.name, s.cfg.Host, s.cfg.Port, s.cfg.Database, s.cfg.User)
}

// shorten keeps the innermost cause of a connection error.
func shorten(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
