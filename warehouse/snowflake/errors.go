package snowflake

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// Numbers of errors, as the driver's and Snowflake's pages and people's reports have them: there
// is no list of all of them. Where a number may be another one, the text is looked at as well.
const (
	unsupported   = 2
	severalAtOnce = 8
	noWarehouse   = 606
	stopped       = 604
	tooLate       = 630
	noColumn      = 904
	syntaxError   = 1003
	isThere       = 2002
	isMissing     = 2003
	noObject      = 2043
	noBind        = 2049
	noFunction    = 2140
	notKnown      = 2141
	mayNot        = 3001
	noDatabase    = 90105
	noSchema      = 90106
	overQuota     = 90073
	values        = 100_000 // and up to 101_000: what a value could not be made of
	wrongSecret   = 390100
	sessionOver   = 390111
	sessionOver2  = 390112
	sessionOver4  = 390114
	wrongJWT      = 390144
	wrongRole     = 390189
	notThere      = 390201
	wrongToken    = 390303
	oldToken      = 390318
	wrongPolicy   = 390422
	wrongPAT      = 394400
)

// numberOf gives the number of an error; -1 for those that are neither Snowflake's nor its driver's.
func numberOf(err error) int {
	if e, ok := errors.AsType[*gosnowflake.SnowflakeError](err); ok {
		return e.Number
	}
	return -1
}

// told are the errors whose messages speak of SQL, of names and of the account, and never of a
// value that was read.
func told(n int) bool {
	return slices.Contains([]int{
		unsupported, severalAtOnce, noWarehouse, stopped, tooLate, noColumn, syntaxError, isThere, isMissing, noObject, noBind, noFunction, notKnown, mayNot, noDatabase, noSchema, overQuota,
		sessionOver, sessionOver2, sessionOver4,
		1007, 1044, 2018, 2022, 2026, 2027, 2028, 2047, 979, 625, 1757, // arguments, ambiguous and double names, grouping, a lock that was waited for
	}, n)
}

// explain turns Snowflake's errors into ones that say how to mend them. Of those whose message may
// quote a value only the number is told (promise 10).
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if done, ok := errors.AsType[*eddy.Error](err); ok {
		return done
	}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		return &eddy.Error{Code: eddy.CodeSource, What: "Snowflake cannot be reached", Err: refused}
	}
	e, ok := errors.AsType[*gosnowflake.SnowflakeError](err)
	if !ok || e.Number >= 260_000 && e.Number < 270_000 {
		return &eddy.Error{Code: eddy.CodeSource, What: "Snowflake: the connection broke", Err: shorten(err), Mend: "The next run settles what this one left; check the network between."}
	}
	out := &eddy.Error{Code: eddy.CodeSource, What: "Snowflake", Mend: advice(e)}
	switch {
	case told(e.Number) || out.Mend != "":
		out.Err = &quiet{fmt.Sprintf("%s (%06d)", message(e), e.Number), e}
	case e.Number > values && e.Number < values+1000:
		out.Err = &quiet{fmt.Sprintf("a value of the model cannot be converted, or computed with (%06d)", e.Number), e}
		out.Mend = "Run the model's SQL by itself in a worksheet to find the row."
	default:
		out.Err = &quiet{fmt.Sprintf("the statement was stopped (%06d)", e.Number), e}
		out.Mend = "Run the model's SQL by itself in a worksheet to see the whole message: it may quote values."
	}
	return out
}

// message is Snowflake's own text, in one line.
func message(e *gosnowflake.SnowflakeError) string {
	text := e.Message
	if len(e.MessageArgs) > 0 {
		text = fmt.Sprintf(text, e.MessageArgs...)
	}
	return strings.Join(strings.Fields(text), " ")
}

// quiet is an error of the server's, of which only a harmless text is told.
type quiet struct {
	text  string
	cause *gosnowflake.SnowflakeError
}

// Error tells the harmless text.
func (q *quiet) Error() string { return q.text }

// Unwrap gives what the server said.
func (q *quiet) Unwrap() error { return q.cause }

// says finds a part of Snowflake's message in any case.
func says(e *gosnowflake.SnowflakeError, parts ...string) bool {
	low := strings.ToLower(e.Message)
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(low, p) })
}

// advice says what to do about an error of a statement; empty where nobody knows.
func advice(e *gosnowflake.SnowflakeError) string {
	switch n := e.Number; {
	case n == noWarehouse || says(e, "no active warehouse"):
		return "Set warehouse on the source to one that the role may use: GRANT USAGE ON WAREHOUSE ... TO ROLE ...; or give the user a default one."
	case n == overQuota || says(e, "resource monitor"):
		return "The warehouse's resource monitor has used up its credits. Have an administrator raise the quota, or wait for its next interval; the next run settles what this one left."
	case says(e, "is suspended", "cannot be resumed"):
		return "The warehouse sleeps and does not wake by itself. Set AUTO_RESUME on it, or grant OPERATE on it; or name another one."
	case n == syntaxError || n == severalAtOnce || n == noBind:
		return "A model is one SELECT statement in Snowflake's SQL, which only reads."
	case n == isMissing || n == noObject || n == noDatabase || n == noSchema:
		return "Check the name: database.schema.table, and that it is in quotes where it is not in upper case in Snowflake. Or the role may not see it: GRANT USAGE on its database and schema, and SELECT on it."
	case n == noColumn:
		return "Check the model's column names."
	case n == noFunction || n == notKnown:
		return "Check the function's name, and that the role may use it."
	case n == mayNot || says(e, "insufficient privileges"):
		return "Have an administrator grant the role what the message names."
	case n == tooLate || says(e, "statement or warehouse timeout"):
		return "The statement took longer than statement_timeout of the source, or STATEMENT_TIMEOUT_IN_SECONDS of the warehouse, allows; raise it, make the model cheaper, or the warehouse larger."
	case n == stopped:
		return "Somebody stopped the statement; run again: what this run left is settled then."
	case n == sessionOver || n == sessionOver2 || n == sessionOver4:
		return "Snowflake ended the session; run again: what this run left is settled then."
	default:
		return ""
	}
}

// explainConnect says why the service cannot be reached, or lets nobody in. Its own messages have
// no secret in them.
func (l *login) explainConnect(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return explain(ctx, err)
	}
	out := &eddy.Error{Code: eddy.CodeSource, What: l.where()}
	refused, isRefused := errors.AsType[*dial.Refused](err)
	e, answered := errors.AsType[*gosnowflake.SnowflakeError](err)
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, noName := errors.AsType[*net.DNSError](err)
	switch {
	case isRefused:
		out.Err = refused
	case unverified:
		out.What, out.Err = out.What+": the certificate is not one to trust", shorten(err)
		out.Mend = "Check account and host; a proxy that opens TLS must have its authority among the machine's."
	case answered && e.Number >= 260_000 && e.Number < 270_000:
		out.What += fmt.Sprintf(": what answers there is not this account (%06d)", e.Number)
		out.Mend = "Check account: organisation-name, as SELECT CURRENT_ORGANIZATION_NAME() || '-' || CURRENT_ACCOUNT_NAME() gives it; and host, if it is set."
	case answered:
		out.What, out.Mend = out.What+": "+fmt.Sprintf("%s (%06d)", message(e), e.Number), l.adviceLogIn(e)
	case !isNetwork(err):
		out.What, out.Err = out.What+": the log-in cannot be made", shorten(err)
		out.Mend = "Check the token, or oauth_token_request_url and what goes with it; or what this machine's cloud says of it."
	default:
		out.What, out.Err = out.What+": cannot be reached", shorten(err)
		out.Mend = "Check account, host and port, proxies (HTTPS_PROXY) and firewalls between."
		if noName {
			out.Mend = "There is no host of this name: check account, organisation-name, and host, if it is set."
		}
	}
	return out
}

// isNetwork says that a request did not get through.
func isNetwork(err error) bool {
	_, opened := errors.AsType[net.Error](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	return opened || noTLS || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// adviceLogIn says what to do where Snowflake lets nobody in.
func (l *login) adviceLogIn(e *gosnowflake.SnowflakeError) string {
	user := l.config.User
	switch n := e.Number; {
	case n == wrongPolicy || says(e, "is not allowed to access snowflake", "network policy"):
		return "A network policy keeps this machine out. Have an administrator add its address to the policy of the account or of the user: programmatic access tokens need one that lets it in, too."
	case n == wrongJWT || says(e, "jwt"):
		return "Check that the key belongs to the user: DESC USER " + user + " shows RSA_PUBLIC_KEY_FP, and openssl rsa -pubin -in eddy.pub -outform DER | openssl dgst -sha256 -binary | base64 gives it; that account is the identifier, without a region; and this machine's clock."
	case n == wrongPAT || says(e, "programmatic access token"):
		return "The token is wrong, has expired or was revoked, or a network policy that it needs is missing: SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER " + user + "."
	case n == wrongToken || n == oldToken || says(e, "oauth"):
		return "Get a new access token, or set oauth_client_id for one that is fetched each time; check the security integration, and that its audience is this account."
	case says(e, "multi-factor", "mfa", "totp"):
		return "Log-ins by password need a second factor, which a run does not have: log in by key pair or by a programmatic access token."
	case n == wrongRole || says(e, "role"):
		return "Check role, and that it is granted to the user: GRANT ROLE " + l.config.Role + " TO USER " + user + "."
	case n == notThere:
		return "Check warehouse, database and default_schema, and that the role may use them."
	case n == wrongSecret:
		return "Check user, and what it logs in with. Snowflake is ending log-ins of programs by password: a key pair is the way that stays."
	case says(e, "locked", "disabled"):
		return "Have an administrator look at the user: DESC USER " + user + "."
	default:
		return advice(e)
	}
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

// line is where Snowflake says that a mistake is.
var line = regexp.MustCompile(`\bline (\d+)\b`)

// at counts lines from where the model's own text begins.
func at(before int, err error) error {
	q, ok := errors.AsType[*quiet](err)
	if !ok {
		return err
	}
	q.text = line.ReplaceAllStringFunc(q.text, func(found string) string {
		n, _ := strconv.Atoi(line.FindStringSubmatch(found)[1])
		return fmt.Sprintf("line %d", max(n-before, 1))
	})
	return err
}
