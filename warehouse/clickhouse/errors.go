package clickhouse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// Codes of errors that have advice; see ErrorCodes.cpp of ClickHouse.
const (
	noSuchColumn         = 16
	illegalType          = 43
	unknownFunction      = 46
	unknownIdentifier    = 47
	alreadyExists        = 57
	unknownTable         = 60
	syntaxError          = 62
	unknownDatabase      = 81
	databaseExists       = 82
	unknownSetting       = 115
	timeout              = 159
	readonlyMode         = 164
	quotaExceeded        = 201
	tooMany              = 202
	memoryLimit          = 241
	readOnlyTable        = 242
	noSpace              = 243
	tooLargeToDrop       = 359
	cancelled            = 394
	noParameter          = 456
	outOfSettings        = 452
	accessDenied         = 497
	authenticationFailed = 516
	wrongArguments       = 42
	ambiguous            = 207
	noCommonType         = 386
	aggregateInside      = 184
	notAnAggregate       = 215
	finalOfPlain         = 181
	aliasMissing         = 206
	unionOfWhich         = 558
	unsupported          = 48
)

func code(err error) int32 {
	if x, ok := errors.AsType[*driver.Exception](err); ok {
		return x.Code
	}
	return 0
}

// around is what stands around a message: its code, the statement that it is about, which is
// Eddy's own with the model's SQL in it, and the server's version.
var around = regexp.MustCompile(`(?s)^Code: \d+\. DB::\w*Exception: |[:.] [Ii]n scope .*$|\. Expected one of: .*$| \(version [^)]*\)+$| \([A-Z_]+\)$`)

// explain turns ClickHouse's errors into ones that say how to mend them. Messages may quote
// values of the model, so only those are told that speak of the SQL or of the server; of all
// others the kind is (promise 10).
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if of, ok := errors.AsType[*fromReader](err); ok {
		return of.error
	}
	if own, ok := errors.AsType[*eddy.Error](err); ok {
		return own
	}
	x, ok := errors.AsType[*driver.Exception](err)
	if !ok {
		return &eddy.Error{Code: eddy.CodeSource, What: "ClickHouse: the connection broke", Err: cause(err), Mend: "The next run settles what this one left; check the server and the network between."}
	}
	e := &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("ClickHouse: %s (code %d)", message(x), x.Code), Mend: advice(x.Code)}
	if e.Mend == "" {
		e.What = fmt.Sprintf("ClickHouse: a value of the model cannot be converted, or a function of it failed (code %d)", x.Code)
		e.Mend = "Run the model's SQL by itself, in clickhouse-client for example, to see the whole message: it may quote values."
	}
	return e
}

// line is where ClickHouse says that a mistake is, with the word beside how far it read.
var line = regexp.MustCompile(`: failed at position \d+ .*\(line (\d+), col (\d+)\)`)

// below counts lines from where the model's own text begins, so many below the first.
func below(lines int, err error) error {
	e, ok := errors.AsType[*eddy.Error](err)
	if !ok {
		return err
	}
	e.What = line.ReplaceAllStringFunc(e.What, func(found string) string {
		m := line.FindStringSubmatch(found)
		n, _ := strconv.Atoi(m[1])
		return fmt.Sprintf(" at line %d, col %s", max(n-lines, 1), m[2])
	})
	return err
}

// quiet tells no message: the statement has values in it.
func quiet(err error) error {
	if e, ok := errors.AsType[*eddy.Error](err); ok && strings.HasPrefix(e.What, "ClickHouse: ") {
		from := strings.LastIndex(e.What, "(code ")
		return &eddy.Error{Code: e.Code, What: "ClickHouse refused rows that were to be written " + e.What[max(from, 0):], Mend: e.Mend}
	}
	return err
}

// message is an exception's text about one thing.
func message(x *driver.Exception) string {
	text := strings.TrimPrefix(x.Message, "DB::Exception: ")
	for {
		cut := around.ReplaceAllString(text, "")
		if cut == text {
			return strings.TrimRight(text, " .")
		}
		text = cut
	}
}

// own gives the advice that fits where a table of Eddy's own schema is gone, and not one that a
// model names.
func (e *engine) own(err error) error {
	x, ok := errors.AsType[*eddy.Error](err)
	if ok && e.schema != "" && x.Mend == advice(unknownTable) && (strings.Contains(x.What, e.schema+".") || strings.Contains(x.What, "`"+e.schema+"`.")) {
		x.Mend = "Somebody dropped a table of Eddy's own while it ran; run again: what can be made anew is, and what was sent is settled then."
	}
	return err
}

// advice is how to mend an error whose message quotes no value; empty for all others.
func advice(code int32) string {
	switch code {
	case accessDenied:
		return "Grant the user what the message names; docs/warehouses/clickhouse.md has the smallest grants."
	case unknownTable, unknownDatabase:
		return "Check the model's table and database: database.table, with upper and lower case as they are."
	case unknownIdentifier, noSuchColumn, ambiguous:
		return "Check the model's column names, with upper and lower case as they are."
	case unknownFunction, wrongArguments, illegalType, noCommonType, aggregateInside, notAnAggregate, finalOfPlain, aliasMissing, unionOfWhich:
		return "Check the model's SQL: run it by itself, in clickhouse-client for example."
	case syntaxError, unsupported:
		return "The model's SQL is run inside a larger statement; it must be one complete SELECT."
	case noParameter:
		return "A model has no parameters: write the value in its place."
	case timeout:
		return "The server stopped the statement; raise max_execution_time for this user, or make the model cheaper."
	case readonlyMode, outOfSettings, unknownSetting:
		return "Eddy sets a few settings for its own statements: the user's profile must let it (readonly = 0 or 2, no constraint on them), or set state: local on the source, which needs none. Old servers do not know all of them."
	case quotaExceeded, tooMany:
		return "Raise the user's quota, or the server's limit of queries at once, or run less often."
	case memoryLimit:
		return "Give the user more memory (max_memory_usage), let joins and sorts spill to disk, or make the model cheaper."
	case noSpace:
		return "The server's disk is full: free disk space there, or keep fewer snapshots and logs (settings of the connection)."
	case tooLargeToDrop:
		return "Raise max_table_size_to_drop on the server: a table that Eddy made is larger."
	case readOnlyTable:
		return "The server cannot write at the moment (a replica lost its Keeper); run again when it can."
	case cancelled:
		return "Somebody stopped the statement; run again: what this run left is settled then."
	case alreadyExists, databaseExists:
		return "Another run made it in the same moment; run again."
	default:
		return ""
	}
}

// explainConnect says why the server cannot be reached. No text names the password.
func explainConnect(s *source, err error) error {
	where := fmt.Sprintf("source %s: ClickHouse at %s, database %s, user %s", s.name, s.options.Addr[0], s.options.Auth.Database, s.options.Auth.Username)
	e := &eddy.Error{Code: eddy.CodeSource, What: where + ": cannot be reached", Err: cause(err)}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		e.Err = refused
		return e
	}
	if x, ok := errors.AsType[*driver.Exception](err); ok {
		e.What, e.Err = where+": "+message(x), nil
		switch x.Code {
		case authenticationFailed:
			e.What, e.Mend = where+": the user or the password is wrong, or the user may not come from here", "Check user and password, and the user's allowed hosts."
		case unknownDatabase:
			e.Mend = "Check database."
		default:
			e.Mend = advice(x.Code)
		}
		return e
	}
	if x, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.What, e.Err = where+": the server's certificate is not trusted", x.Err
		e.Mend = "Give the certificate of its authority as ca_cert, or the name that the certificate has as host; verify: false would trust anybody."
		return e
	}
	e.Mend = "Check host and port, that the server runs and listens there, and firewalls between. secure must fit the port: 9440 (native) and 8443 (http) are with TLS, 9000 and 8123 without."
	return e
}

// cause is the innermost error of a connection.
func cause(err error) error {
	for {
		next := errors.Unwrap(err)
		if several, ok := err.(interface{ Unwrap() []error }); ok && len(several.Unwrap()) > 0 {
			next = several.Unwrap()[0]
		}
		if next == nil {
			return err
		}
		err = next
	}
}
