package databricks

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dbsql"
	"github.com/eddy-retl/eddy/dial"
)

// condition matches the name that Databricks gives an error; see
// https://docs.databricks.com/error-messages/error-classes.
var condition = regexp.MustCompile(`^\[([A-Z][A-Z0-9_.]*)\] ?`)

// kind is the name of an error, without its kinds of its own; empty for those that have none.
func kind(err error) string {
	e, ok := errors.AsType[*dbsql.Error](err)
	if !ok {
		return ""
	}
	if found := condition.FindStringSubmatch(strings.TrimSpace(e.Message)); found != nil {
		name, _, _ := strings.Cut(found[1], ".")
		return name
	}
	return e.Code
}

// trouble is what a statement met, as far as more than its advice goes by it.
type trouble int

const (
	other trouble = iota
	// missing is a table, schema or catalog, and forbidden what the user may not do.
	missing
	forbidden
)

// refusal says why a statement was refused.
func refusal(err error) trouble {
	e, ok := errors.AsType[*dbsql.Error](err)
	if !ok {
		return other
	}
	switch name := kind(err); {
	case e.SQLState == "42501", name == "INSUFFICIENT_PERMISSIONS", name == "PERMISSION_DENIED":
		return forbidden
	case name == "TABLE_OR_VIEW_NOT_FOUND", name == "SCHEMA_NOT_FOUND", name == "NO_SUCH_CATALOG_EXCEPTION", name == "CATALOG_NOT_FOUND":
		return missing
	}
	return other
}

// writeFailed is the name of what became of a table whose rows failed half way; what failed is in
// it only at times.
const writeFailed = "TASK_WRITE_FAILED"

// conflicts says that a statement wrote nothing because another one wrote in the same moment: a
// table's data, or the table itself; see https://docs.databricks.com/optimizations/isolation-level.
func conflicts(err error) bool {
	e, ok := errors.AsType[*dbsql.Error](err)
	return ok && (e.SQLState == "2D521" || strings.HasPrefix(kind(err), "DELTA_CONCURRENT_") || kind(err) == "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION")
}

// told says that a message speaks of SQL, of names and of the server, and never of a value that
// was read. The class of an error does not say it: INVALID_FORMAT is a syntax error, and quotes one.
func told(e *dbsql.Error) bool {
	switch kind(e) {
	case "PARSE_SYNTAX_ERROR", "PARSE_EMPTY_STATEMENT", "TABLE_OR_VIEW_NOT_FOUND", "TABLE_OR_VIEW_ALREADY_EXISTS", "SCHEMA_NOT_FOUND", "SCHEMA_ALREADY_EXISTS", "NO_SUCH_CATALOG_EXCEPTION", "CATALOG_NOT_FOUND",
		"UNRESOLVED_COLUMN", "UNRESOLVED_ROUTINE", "UNRESOLVED_TABLE_VALUED_FUNCTION", "UNRESOLVED_FIELD", "UNRESOLVED_MAP_KEY", "AMBIGUOUS_REFERENCE", "COLUMN_ALREADY_EXISTS", "UNBOUND_SQL_PARAMETER",
		"DATATYPE_MISMATCH", "WRONG_NUM_ARGS", "MISSING_AGGREGATION", "MISSING_GROUP_BY", "NUM_COLUMNS_MISMATCH", "INCOMPATIBLE_COLUMN_TYPE", "REQUIRES_SINGLE_PART_NAMESPACE", "UNSUPPORTED_FEATURE",
		"INSUFFICIENT_PERMISSIONS", "INVALID_IDENTIFIER", "INVALID_SCHEMA_OR_RELATION_NAME":
		return true
	}
	return e.State == "" && e.Status/100 == 4
}

// explain turns errors into ones that say how to mend them. Of those whose message may quote a
// value only the name is told (promise 10).
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if own, ok := errors.AsType[*eddy.Error](err); ok {
		return own
	}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		return &eddy.Error{Code: eddy.CodeSource, What: "Databricks cannot be reached", Err: refused}
	}
	out := &eddy.Error{Code: eddy.CodeSource, What: "Databricks", Err: err}
	storage, isStorage := errors.AsType[*dbsql.StorageError](err)
	e, answered := errors.AsType[*dbsql.Error](err)
	switch {
	case errors.Is(err, dbsql.ErrIncomplete):
		out.Mend = "Nothing was changed by what came; run again."
	case isStorage:
		out.What, out.Err = "Databricks: results cannot be read from storage", storage
		out.Mend = "Let Eddy reach that host over https, or set cloud_fetch: false on the source: then results have at most 25 MiB."
	case !answered:
		out.What, out.Mend = "Databricks: the connection broke", "The next run settles what this one left; check the network between."
	default:
		out.Err, out.Mend = quietly(e), advice(e)
	}
	return out
}

// marked matches the line of a statement under which a syntax error is marked.
var marked = regexp.MustCompile(`(?m)^(.{1,200}).*\n-*\^\^\^`)

// quietly keeps of an error what quotes no value.
func quietly(e *dbsql.Error) *quiet {
	name := kind(e)
	switch {
	case told(e):
		text, rest, _ := strings.Cut(strings.TrimSpace(e.Message), "\n") // what follows is the statement
		if line := marked.FindStringSubmatch(rest); line != nil {
			text += ": " + line[1]
		}
		return &quiet{condition.ReplaceAllString(text, "") + " (" + name + ")", e}
	case strings.HasPrefix(e.SQLState, "22"):
		return &quiet{"a value of the model cannot be converted (" + name + ")", e}
	case name == writeFailed:
		return &quiet{"a row could not be written, which is so where a value of the model cannot be converted (" + name + ")", e}
	case e.State == dbsql.Canceled || e.State == dbsql.Closed:
		return &quiet{"the statement was stopped by somebody else (" + string(e.State) + ")", e}
	case strings.HasPrefix(e.Message, "Inline byte limit exceeded"):
		return &quiet{"the result is larger than comes without cloud_fetch", e}
	case e.Status != 0:
		return &quiet{fmt.Sprintf("HTTP %d %s", e.Status, strings.TrimSpace(name)), e}
	default:
		return &quiet{"the statement was stopped (" + name + ")", e}
	}
}

// quiet is an error of the server's, of which only a harmless text is told.
type quiet struct {
	text  string
	cause *dbsql.Error
}

// Error tells the harmless text.
func (q *quiet) Error() string { return q.text }

// Unwrap gives what the server said.
func (q *quiet) Unwrap() error { return q.cause }

// advice says how to mend what the server refused.
func advice(e *dbsql.Error) string {
	switch name := kind(e); {
	case e.Status == http.StatusTooManyRequests, e.Status == http.StatusServiceUnavailable, name == "RESOURCE_EXHAUSTED", name == "TEMPORARILY_UNAVAILABLE", name == "WORKSPACE_TEMPORARILY_UNAVAILABLE", name == "SERVICE_UNDER_MAINTENANCE":
		return "The workspace takes no more for now, or the warehouse could not start (quota of the cloud, or of the workspace); run again: what this run left is settled then."
	case name == "PARSE_SYNTAX_ERROR":
		return "A model is one SELECT statement in the SQL of Databricks, which only reads."
	case refusal(e) == missing:
		return "Check the model's table name: catalog.schema.table, or set catalog and default_schema of the source for shorter names. What the user may not see counts as missing."
	case name == "UNRESOLVED_COLUMN":
		return "Check the model's column names."
	case refusal(e) == forbidden:
		return "Have an owner grant the user USE CATALOG, USE SCHEMA and SELECT on what the model reads, and CAN USE on the SQL warehouse."
	case strings.HasPrefix(e.SQLState, "22"), name == writeFailed:
		return "Run the model's SQL by itself, in the SQL editor for example, to find the row."
	case strings.HasPrefix(e.Message, "Inline byte limit exceeded"):
		return "Set cloud_fetch: true on the source, and let Eddy reach the workspace's storage."
	case e.State == dbsql.Canceled || e.State == dbsql.Closed:
		return "Run again; the query history of the warehouse says who stopped it, or which limit of the warehouse."
	case told(e):
		return ""
	default:
		return "Run the model's SQL by itself, in the SQL editor for example, to see the whole message: it may quote values."
	}
}

// explainConnect says why the workspace cannot be reached, lets nobody in, or has no such
// warehouse.
func (s *source) explainConnect(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	out := &eddy.Error{Code: eddy.CodeSource, What: s.where(), Err: err}
	refused, isRefused := errors.AsType[*dial.Refused](err)
	login, isLogin := errors.AsType[*dbsql.LoginError](err)
	e, answered := errors.AsType[*dbsql.Error](err)
	own, isOwn := errors.AsType[*eddy.Error](err)
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case isRefused:
		out.Err = refused
	case isLogin:
		out.What, out.Err = out.What+": the workspace gave no token", login
		out.Mend = "Check client_id and client_secret (the secret may have ended), and that the service principal is in this workspace; with workload_identity its federation policy: issuer, audience and subject."
	case isOwn && own.Code == eddy.CodeConfig:
		out.What, out.Err, out.Mend, out.Code = out.What+": "+own.What, nil, own.Mend, own.Code
	case unverified:
		out.What, out.Mend = out.What+": the server's certificate is not one to trust", "Check host, and who stands between: a proxy that opens connections needs its authority among those of the machine."
	case answered && (e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden):
		out.What, out.Err = fmt.Sprintf("%s: the workspace did not let the user in (HTTP %d %s)", out.What, e.Status, e.Code), nil
		out.Mend = "Check token (it may have ended, or be of another workspace), that the user may use this SQL warehouse (CAN USE), and the workspace's IP access list."
	case answered && (e.Status == http.StatusBadRequest || e.Status == http.StatusNotFound):
		out.What, out.Err = fmt.Sprintf("%s: there is no such SQL warehouse (HTTP %d %s)", out.What, e.Status, e.Code), nil
		out.Mend = "Check http_path and host: each workspace has its own."
	case answered && e.State != "" || answered && e.Status != 0:
		return err
	default:
		out.What, out.Err = out.What+": cannot be reached", innermost(err)
		out.Mend = "Check host, and firewalls between; a workspace with private connectivity answers in its network only."
	}
	return out
}

// innermost is the last cause of a connection's error.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// place is where a message says that a mistake is, in its two forms.
var place = regexp.MustCompile(`\bline (\d+)(,? pos )`)

// at counts lines from where the model's own text begins.
func at(before int, err error) error {
	q, ok := errors.AsType[*quiet](err)
	if !ok {
		return err
	}
	q.text = place.ReplaceAllStringFunc(q.text, func(found string) string {
		m := place.FindStringSubmatch(found)
		n, _ := strconv.Atoi(m[1])
		return fmt.Sprintf("line %d%s", max(n-before, 1), m[2])
	})
	return err
}
