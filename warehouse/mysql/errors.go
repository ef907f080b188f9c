package mysql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/go-sql-driver/mysql"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
)

// Numbers of errors that have advice; see the MySQL Error Message Reference, and for 1969 the
// MariaDB Error Code Reference.
const (
	tooManyConnections  = 1040
	deniedDatabase      = 1044
	deniedLogin         = 1045
	unknownDatabase     = 1049
	unknownColumn       = 1054
	duplicateColumn     = 1060
	syntax              = 1064
	emptyQuery          = 1065
	hostBlocked         = 1129
	hostRefused         = 1130
	deniedTable         = 1142
	deniedColumn        = 1143
	unknownTable        = 1146
	lockTimeout         = 1205
	deniedGlobal        = 1227
	userConnections     = 1226
	notPreparable       = 1295
	unknownFunction     = 1305
	interrupted         = 1317
	brokenView          = 1356
	deniedRoutine       = 1370
	unknownDefiner      = 1449
	readOnlyTransaction = 1792
	passwordExpired     = 1820
	passwordDead        = 1862
	killed              = 1927
	mariaTooLong        = 1969
	mysqlTooLong        = 3024
	accountLocked       = 3118
	plainRefused        = 3159
	mariaLocked         = 4151
)

func code(err error) uint16 {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return e.Number
	}
	return 0
}

// explain turns an error that came while a statement ran into one that says how to mend it. The
// server's message may quote values of the model, also one of a number that never does by itself:
// a function of the database can raise any. So the number alone is told (promise 10).
func (ses *session) explain(err error) error {
	if err == nil {
		return nil
	}
	n := code(err)
	if n == 0 {
		return &eddy.Error{Code: eddy.CodeSource, What: ses.product + ": the connection broke", Mend: "The next run settles what this one left; check the server and the network between.", Err: cause(err)}
	}
	e := &eddy.Error{Code: eddy.CodeSource, Mend: advice(n)}
	switch n {
	case interrupted, killed:
		e.What = fmt.Sprintf("%s: somebody ended the statement (error %d)", ses.product, n)
	case mariaTooLong, mysqlTooLong:
		e.What = fmt.Sprintf("%s: the statement took too long (error %d)", ses.product, n)
	case readOnlyTransaction:
		e.What = fmt.Sprintf("%s: the model writes (error %d)", ses.product, n)
	default:
		e.What = fmt.Sprintf("%s stopped the statement (error %d)", ses.product, n)
	}
	if e.Mend == "" {
		e.Mend = "Run the model's SQL by itself, in mysql for example, to see the whole message: it may quote values."
	}
	return e
}

// cause is what is told of an error that is not the server's.
func cause(err error) error {
	if errors.Is(err, mysql.ErrInvalidConn) {
		return nil
	}
	return err
}

// explainSQL is for errors that come when the server reads a statement, and runs nothing of it:
// messages about the SQL cannot quote a value then.
func (ses *session) explainSQL(err error) error {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok || !aboutSQL(e.Number) {
		return ses.explain(err)
	}
	return &eddy.Error{Code: eddy.CodeSource, What: fmt.Sprintf("%s: %s (error %d)", ses.product, e.Message, e.Number), Mend: advice(e.Number)}
}

// aboutSQL says that the message of an error is made of words of the SQL and of names.
func aboutSQL(number uint16) bool {
	switch number {
	case deniedDatabase, 1046, unknownDatabase, 1052, unknownColumn, 1055, 1056, duplicateColumn, 1063, syntax, emptyQuery, 1066, 1109, 1111, 1140, deniedTable, deniedColumn, unknownTable,
		1222, deniedGlobal, 1241, 1248, 1267, 1271, notPreparable, unknownFunction, 1318, brokenView, deniedRoutine, 1415, unknownDefiner, 1582, 1583, 1630, readOnlyTransaction, 3065, 3954:
		return true
	default:
		return false
	}
}

func advice(number uint16) string {
	switch number {
	case deniedDatabase, deniedTable, deniedColumn:
		return "Grant the account what it lacks, for example:  GRANT SELECT ON shop.customers TO 'eddy'@'%';"
	case deniedRoutine:
		return "Grant the account EXECUTE on the function, or take it out of the model."
	case deniedGlobal:
		return "The model needs a privilege of administrators; take out what asks for it."
	case unknownTable, unknownDatabase:
		return "Check the model's table and its database: names without one are looked up in the source's database, and upper case counts on most servers."
	case 1046:
		return "Set database on the source, or write names as database.table."
	case unknownColumn, 1052:
		return "Check the model's column names; those with blanks or reserved words stand in backticks."
	case duplicateColumn:
		return "Give each column of the model a name of its own, with AS."
	case unknownFunction:
		return "Check the function's name, and that it is in the source's database."
	case syntax, emptyQuery, notPreparable, 1248, 3954:
		return "The model's SQL is run inside a larger statement; it must be one complete SELECT."
	case brokenView, unknownDefiner:
		return "The view, or the account that it reads as (its definer), is broken: have its owner mend it."
	case readOnlyTransaction:
		return "A model only reads: take what writes or locks out of its SQL."
	case interrupted, killed:
		return "Somebody ended the statement on the server, or it stops; run again: this run's changes are settled then."
	case mariaTooLong, mysqlTooLong:
		return "Raise statement_timeout of the source, or max_execution_time (MySQL) and max_statement_time (MariaDB) of the server, or make the model cheaper."
	case lockTimeout:
		return "Another session held what the model reads; run again."
	case tooManyConnections, userConnections:
		return "The server, or the account, has no connection left: Eddy needs two."
	case hostBlocked:
		return "Have an administrator run:  FLUSH HOSTS;"
	case hostRefused:
		return "The server lets nobody in from this machine: make an account for it, such as 'eddy'@'%'."
	case deniedLogin:
		return "Check user and password, and that there is an account that may come from this machine, such as 'eddy'@'%'; one that requires TLS is refused without it."
	case accountLocked, mariaLocked, passwordExpired, passwordDead:
		return "Have an administrator unlock the account, or give it a new password."
	case plainRefused:
		return "The server takes encrypted connections alone: leave tls out, or set tls: true."
	default:
		return ""
	}
}

// explainConnect says why the server cannot be reached. Nothing of a model is known yet.
func (s *source) explainConnect(err error) error {
	if own, ok := errors.AsType[*eddy.Error](err); ok { // of the way there
		return &eddy.Error{Code: own.Code, What: s.where + ": cannot be reached: " + own.What, Err: own.Err, Mend: own.Mend}
	}
	e := &eddy.Error{Code: eddy.CodeSource, What: s.where + ": cannot be reached", Err: err}
	if refused, ok := errors.AsType[*dial.Refused](err); ok {
		e.Err = refused
		return e
	}
	if my, ok := errors.AsType[*mysql.MySQLError](err); ok {
		e.What, e.Err = fmt.Sprintf("%s: %s (error %d)", s.where, my.Message, my.Number), nil
		e.Mend = advice(my.Number)
		if my.Number == unknownDatabase {
			e.Mend = "Check the database name in url or database."
		}
		return e
	}
	_, name := errors.AsType[*net.DNSError](err)
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case name:
		e.Mend = "Check the server's name: nothing knows it here."
	case certificate:
		e.Mend = "The server's certificate is of another name, out of date, or of an authority that is not known here: give that one as ssl_ca, and the server by the name in the certificate. tls: skip-verify trusts anybody between."
	case errors.Is(err, mysql.ErrNoTLS) || noTLS:
		e.Mend = "The server does not encrypt. Have it set up with a certificate, or set tls: false where everything between is trusted."
	case errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded):
		e.Mend = "It did not answer in time: check server and port, and firewalls between."
	case errors.Is(err, mysql.ErrCleartextPassword):
		e.Mend = "The server asks for the password as it is, which it gets on a verified connection alone: set tls: true."
	case errors.Is(err, mysql.ErrInvalidConn):
		e.Mend = "Something answered and hung up: check that server and port are those of MySQL."
	default:
		e.Mend = "Check server and port, that it runs and listens there, and firewalls between."
	}
	return e
}
