package dbsql

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Error is what the API answered where it is not what was asked for.
type Error struct {
	// Statement is the id of the statement; empty where there is none yet.
	Statement string
	// State is the statement's, where it ended; Status the answer's, where that was no 200.
	State  State
	Status int
	// Code is the API's own, such as PERMISSION_DENIED, and SQLState the one of SQL.
	Code, SQLState string
	// Message is the API's text. It may quote SQL and values.
	Message string
	// RetryAfter is how long the API asked to wait; 0 where it did not.
	RetryAfter time.Duration
}

// Error tells it all on one line or more.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("databricks")
	if e.Statement != "" {
		b.WriteString(": statement " + e.Statement)
	}
	if e.State != "" {
		b.WriteString(" " + string(e.State))
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
	}
	for _, part := range []string{e.Code, e.SQLState, e.Message} {
		if part != "" {
			b.WriteString(": " + part)
		}
	}
	return b.String()
}

// ErrIncomplete is in the error of a result of which something is missing.
var ErrIncomplete = errors.New("the result is not complete")

// incomplete says what is missing.
func incomplete(id, format string, args ...any) error {
	return fmt.Errorf("databricks: statement %s: %w: %s", id, ErrIncomplete, fmt.Sprintf(format, args...))
}

// LoginError is a refusal of the token that a log-in asked for.
type LoginError struct {
	Status int
	// Code and Message are the provider's, as invalid_client.
	Code, Message string
}

// Error tells what the provider said.
func (e *LoginError) Error() string {
	return strings.TrimRight(fmt.Sprintf("databricks: no token: HTTP %d %s: %s", e.Status, e.Code, e.Message), ": ")
}

// quiet takes the address out of an error of net/http: those of storage have a credential in
// them.
func quiet(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// again says that a call may be sent again, and after which pause; 0 for one of our own. harmless
// says that the call may be carried out twice.
func (c *Client) again(err error, harmless bool) (bool, time.Duration) {
	if e, ok := errors.AsType[*Error](err); ok {
		switch e.Status {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return true, e.RetryAfter
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusRequestTimeout:
			return harmless, e.RetryAfter
		}
		return false, 0
	}
	if _, ok := errors.AsType[*broken](err); ok {
		return harmless, 0
	}
	// A host that never answered is more likely a wrong address than one that comes back.
	_, ok := errors.AsType[*unreached](err)
	return ok && c.answered.Load() && !errors.Is(err, fs.ErrPermission), 0
}

// unreached is an error of a call that nobody got, and broken of one that may have been.
type (
	unreached struct{ error }
	broken    struct{ error }
)

// Unwrap gives the cause.
func (u *unreached) Unwrap() error { return u.error }

// Unwrap gives the cause.
func (b *broken) Unwrap() error { return b.error }
