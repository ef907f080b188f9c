package trino

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	client "github.com/trinodb/trino-go-client/trino"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// kind is the name that Trino gives an error; empty for those that are not its own. See
// StandardErrorCode of its SPI.
func kind(err error) string {
	if e, ok := errors.AsType[*client.ErrTrino](err); ok {
		return e.ErrorName
	}
	return ""
}

// told are the errors whose messages speak of SQL, of names and of the server, and never of a
// value that was read.
func told(name string) bool {
	switch name {
	case "SYNTAX_ERROR", "CATALOG_NOT_FOUND", "SCHEMA_NOT_FOUND", "TABLE_NOT_FOUND", "COLUMN_NOT_FOUND", "FUNCTION_NOT_FOUND", "TYPE_NOT_FOUND", "TYPE_MISMATCH",
		"AMBIGUOUS_NAME", "DUPLICATE_COLUMN_NAME", "MISSING_COLUMN_NAME", "MISSING_SCHEMA_NAME", "MISSING_CATALOG_NAME", "MISSING_GROUP_BY", "MISMATCHED_COLUMN_ALIASES",
		"EXPRESSION_NOT_AGGREGATE", "EXPRESSION_NOT_SCALAR", "INVALID_PARAMETER_USAGE", "PERMISSION_DENIED", "NOT_SUPPORTED", "TABLE_ALREADY_EXISTS", "SCHEMA_ALREADY_EXISTS", "ALREADY_EXISTS",
		"QUERY_TEXT_TOO_LARGE", "EXCEEDED_TIME_LIMIT", "EXCEEDED_CPU_LIMIT", "EXCEEDED_SCAN_LIMIT", "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "EXCEEDED_SPILL_LIMIT",
		"CLUSTER_OUT_OF_MEMORY", "QUERY_QUEUE_FULL", "QUERY_REJECTED", "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED", "NO_NODES_AVAILABLE", "SERVER_SHUTTING_DOWN",
		"SERVER_STARTING_UP", "INVALID_SESSION_PROPERTY", "READ_ONLY_VIOLATION", "MEMORY_LIMIT_EXCEEDED":
		return true
	default:
		return false
	}
}

// explain turns Trino's errors into ones that say how to mend them. Of those whose message may
// quote a value only the name is told (promise 10).
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		return &eddy.Error{Code: eddy.CodeSource, What: "Trino cannot be reached", Err: refused}
	}
	e, ok := errors.AsType[*client.ErrTrino](err)
	if !ok {
		return &eddy.Error{Code: eddy.CodeSource, What: "Trino: the connection broke", Err: err, Mend: "The next run settles what this one left; check the server and the network between."}
	}
	out := &eddy.Error{Code: eddy.CodeSource, What: "Trino", Mend: advice(e.ErrorName)}
	switch {
	case told(e.ErrorName):
		out.Err = &quiet{e.Message + " (" + e.ErrorName + ")", e}
	case converts(e.ErrorName):
		out.Err = &quiet{"a value of the model cannot be converted (" + e.ErrorName + ")", e}
		out.Mend = "Run the model's SQL by itself, in Trino's command line for example, to find the row."
	default:
		out.Err = &quiet{"the statement was stopped (" + e.ErrorName + ")", e}
		out.Mend = "Run the model's SQL by itself, in Trino's command line for example, to see the whole message: it may quote values."
	}
	return out
}

// quiet is an error of the server's, of which only a harmless text is told.
type quiet struct {
	text  string
	cause *client.ErrTrino
}

// Error tells the harmless text.
func (q *quiet) Error() string { return q.text }

// Unwrap gives what the server said.
func (q *quiet) Unwrap() error { return q.cause }

// Is tells those who do not know this package that the catalog cannot do such a thing at all.
func (q *quiet) Is(target error) bool {
	return target == errors.ErrUnsupported && q.cause.ErrorName == "NOT_SUPPORTED"
}

// converts says that a value could not be made another type's, or a function's argument.
func converts(name string) bool {
	return name == "INVALID_CAST_ARGUMENT" || name == "INVALID_FUNCTION_ARGUMENT" || name == "NUMERIC_VALUE_OUT_OF_RANGE"
}

func advice(name string) string {
	switch name {
	case "SYNTAX_ERROR":
		return "A model is one SELECT statement in Trino's SQL, which only reads."
	case "CATALOG_NOT_FOUND", "SCHEMA_NOT_FOUND", "TABLE_NOT_FOUND", "MISSING_SCHEMA_NAME", "MISSING_CATALOG_NAME":
		return "Check the model's table name: catalog.schema.table, or set catalog and default_schema of the source for shorter names."
	case "COLUMN_NOT_FOUND":
		return "Check the model's column names."
	case "PERMISSION_DENIED":
		return "Have an administrator allow this user what the message names, in Trino's access control or in the catalog's own."
	case "NOT_SUPPORTED":
		return "The catalog cannot do this. Name another one for Eddy's schema (schema: catalog.schema), or set state: local on the source."
	case "EXCEEDED_TIME_LIMIT":
		return "The statement took longer than query_max_run_time or statement_timeout allows; raise it, or make the model cheaper."
	case "EXCEEDED_CPU_LIMIT", "EXCEEDED_SCAN_LIMIT", "EXCEEDED_LOCAL_MEMORY_LIMIT", "EXCEEDED_GLOBAL_MEMORY_LIMIT", "EXCEEDED_SPILL_LIMIT", "MEMORY_LIMIT_EXCEEDED":
		return "Raise the limit for this user, or make the model cheaper."
	case "QUERY_QUEUE_FULL", "QUERY_REJECTED", "CLUSTER_OUT_OF_MEMORY", "NO_NODES_AVAILABLE", "SERVER_SHUTTING_DOWN", "SERVER_STARTING_UP", "ADMINISTRATIVELY_KILLED", "ADMINISTRATIVELY_PREEMPTED":
		return "The cluster has no room for this user now, or was told to stop the statement; run again: what this run left is settled then."
	case "INVALID_SESSION_PROPERTY":
		return "Check session_properties of the source."
	default:
		return ""
	}
}

// explainConnect says why the server cannot be reached, or lets nobody in. The library's own
// text has no secret in it.
func (l *login) explainConnect(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil || kind(err) != "" {
		return err
	}
	e := &eddy.Error{Code: eddy.CodeSource, What: l.where(), Err: err}
	refused, isRefused := errors.AsType[*dial.Refused](err)
	failed, answered := errors.AsType[*client.ErrQueryFailed](err)
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	switch {
	case isRefused:
		e.Err = refused
	case unverified:
		e.What, e.Err = e.What+": the server's certificate is not one to trust", shorten(err)
		e.Mend = "Set cert to a PEM file of the authority that signed it, and host to a name that stands in it."
	case errors.Is(err, http.ErrSchemeMismatch):
		e.What, e.Err = e.What+": the server does not speak TLS on this port", nil
		e.Mend = "Set port to the server's port of https."
	case answered && (failed.StatusCode == http.StatusUnauthorized || failed.StatusCode == http.StatusForbidden):
		e.What, e.Err = e.What+": the server did not let the user in ("+http.StatusText(failed.StatusCode)+")", nil
		e.Mend = "Check user, method, and the password, token or certificate that goes with it."
	case answered && failed.StatusCode != 0:
		e.What, e.Err = e.What+": what answers there is no Trino, or cannot answer now ("+http.StatusText(failed.StatusCode)+")", nil
		e.Mend = "Check host, port and http_scheme."
	default:
		e.What, e.Err = e.What+": cannot be reached", shorten(err)
		e.Mend = "Check host, port and http_scheme, that the server runs and listens there, and firewalls between."
	}
	return e
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

// own gives the advice that fits where a table of Eddy's own schema is gone, and not one that a
// model names.
func (e *engine) own(err error) error {
	out, ok := errors.AsType[*eddy.Error](err)
	if ok && kind(err) == "TABLE_NOT_FOUND" && strings.Contains(err.Error(), "'"+strings.ToLower(e.catalog+"."+e.schema)+".") {
		out.Mend = "Somebody dropped a table of Eddy's own while it ran; run again: what can be made anew is, and what was sent is settled then."
	}
	return err
}

// line is where Trino says that a mistake is.
var line = regexp.MustCompile(`\bline (\d+):`)

// at counts lines from where the model's own text begins.
func at(before int, err error) error {
	q, ok := errors.AsType[*quiet](err)
	if !ok {
		return err
	}
	q.text = line.ReplaceAllStringFunc(q.text, func(found string) string {
		n, _ := strconv.Atoi(line.FindStringSubmatch(found)[1])
		return fmt.Sprintf("line %d:", max(n-before, 1))
	})
	return err
}
