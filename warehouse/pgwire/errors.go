package pgwire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// SQLSTATE codes that have advice; see the PostgreSQL manual, appendix A.
const (
	InsufficientRights = "42501"
	UndefinedTable     = "42P01"
	UniqueViolation    = "23505"
	DuplicateSchema    = "42P06"
	DuplicateTable     = "42P07"

	invalidPassword      = "28P01"
	invalidAuthorization = "28000"
	unknownDatabase      = "3D000"
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
)

// Code is the SQLSTATE of an error of the server; empty for others.
func Code(err error) string {
	if pe, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pe.Code
	}
	return ""
}

// Explain turns the server's errors into ones that say how to mend them. Messages that
// come while rows are read may quote values of the model, so only those are told that
// speak of the SQL or of the server; of all others the kind is (promise 10). The detail
// of a message is never told.
func (p Product) Explain(ctx context.Context, err error) error { return p.explain(ctx, err, false) }

// ExplainSQL is Explain for a statement that was prepared and read no row: nothing but the
// SQL that somebody wrote can be in the message.
func (p Product) ExplainSQL(ctx context.Context, err error) error { return p.explain(ctx, err, true) }

func (p Product) explain(ctx context.Context, err error, prepared bool) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		return &eddy.Error{Code: eddy.CodeSource, What: p.Name + ": the connection broke", Err: err, Mend: "The next run settles what this one left; check the server and the network between."}
	}
	e := &eddy.Error{Code: eddy.CodeSource, What: p.Name + ": " + pe.Message + " (SQLSTATE " + pe.Code + ")", Err: nil}
	switch {
	case pe.Code == diskFull && !strings.Contains(pe.Message, "No space left"):
		// Of a write that came half-way the server tells how many bytes were written, and not why.
		e.What = p.Name + ": the server's disk is full (SQLSTATE " + pe.Code + ")"
	case prepared && pe.Where == "" || harmless(pe):
	case strings.HasPrefix(pe.Code, "22"):
		e.What = p.Name + ": a value of the model cannot be converted (SQLSTATE " + pe.Code + ")"
		e.Mend = "Run the model's SQL by itself, in psql for example, to find the row."
	case strings.HasPrefix(pe.Code, "P0"):
		e.What = p.Name + ": a function that the model calls raised an error (SQLSTATE " + pe.Code + ")"
		e.Mend = "Run the model's SQL by itself, in psql for example, to see the function's message."
	default:
		e.What = p.Name + " stopped the statement (SQLSTATE " + pe.Code + ")"
		e.Mend = "Run the model's SQL by itself, in psql for example, to see the whole message: it may quote values."
	}
	if mend := p.Mend(pe.Code); mend != "" {
		e.Mend = mend
	}
	return e
}

// harmless says that a message cannot quote a value. Classes are those of the manual's
// appendix A. Errors of the SQL itself (42, 0A, names of databases and schemas, limits) point to
// a place in its text; those of values that are used as a name, as in email::regclass, or as a
// number, as in chr(id), have none, or say in which text they stand.
func harmless(pe *pgconn.PgError) bool {
	switch pe.Code[:min(2, len(pe.Code))] {
	case "08", "23", "25", "28", "2B", "40", "53", "55", "57":
		return pe.Where == ""
	case "3D", "3F", "42", "54", "0A":
		own := pe.Code == InsufficientRights || pe.Code == DuplicateSchema || pe.Code == DuplicateTable
		return (pe.Position > 0 || own) && pe.Where == ""
	default:
		return false
	}
}

// Mend says how to mend an error of a statement, by its SQLSTATE: as the product does, or as
// all of them.
func (p Product) Mend(code string) string {
	if p.Advice != nil {
		if mend := p.Advice(code); mend != "" {
			return mend
		}
	}
	switch code {
	case InsufficientRights:
		return "Grant the role what it lacks: USAGE on the schema and SELECT on the tables that the model reads."
	case UndefinedTable:
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

// ExplainConnect says why a database of a source cannot be reached. The library's own text
// names host and user, never the password.
func (p Product) ExplainConnect(source string, cfg *pgx.ConnConfig, err error) error {
	where := p.Where(source, cfg)
	e := &eddy.Error{Code: eddy.CodeSource}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		e.What, e.Err = where+": cannot be reached", refused
		return e
	}
	if own, ok := errors.AsType[*eddy.Error](err); ok { // of the way there: an SSH host, a log-in
		return &eddy.Error{Code: own.Code, What: where + ": cannot be reached: " + own.What, Err: own.Err, Mend: own.Mend}
	}
	pe, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		e.What, e.Err = where+": cannot be reached", shorten(err)
		e.Mend = strings.TrimSpace("Check host and port, that the server runs and listens there, and firewalls between. " + p.Reach)
		return e
	}
	e.What = where + ": " + pe.Message
	switch pe.Code {
	case invalidPassword, invalidAuthorization:
		e.Mend = p.LogIn
	case unknownDatabase:
		e.Mend = "Check the database name in url or database."
	case tooManyConnections:
		e.Mend = "The server has no connection left: Eddy needs three for a run."
	}
	return e
}

// Where names the database and the role of a source.
func (p Product) Where(source string, cfg *pgx.ConnConfig) string {
	return fmt.Sprintf("source %s: %s at %s:%d, database %s, user %s", source, p.Name, cfg.Host, cfg.Port, cfg.Database, cfg.User)
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
