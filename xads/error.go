package xads

import (
	"errors"
	"net/http"
	"slices"
	"time"
)

// Error is a call that did not succeed: what X answered, or why there was no answer.
type Error struct {
	// Method and Endpoint say what was called; Endpoint is the path behind the version.
	Method, Endpoint string
	// Status is the HTTP status of the last attempt, 0 if it got no answer. A 2xx
	// means that the answer could not be read.
	Status int
	// Items are the errors that concern the request as a whole.
	Items []Item
	// OperationErrors are those of single operations of a [Client.Users] body:
	// entry i belongs to operation i, and healthy operations have none.
	OperationErrors [][]Item
	// Flat warns that X sent OperationErrors as a flat list without positions:
	// then an entry's operation is a guess, and only halving the body is sure.
	Flat bool
	// Attempts is the number of requests that were sent.
	Attempts int
	// RetryAfter is how long X asked to wait in its last answer, 0 if it did not.
	RetryAfter time.Duration
	// ClockSkew is how far this machine's clock is ahead of X's (behind, if
	// negative), 0 if X did not tell the time.
	ClockSkew time.Duration
	// Err is why there was no answer, why it could not be read, or why the call
	// was given up or never sent; else nil.
	Err error

	doubt bool // an attempt may have been applied
	retry bool // where the status does not tell: trying again may help
}

// Item is one error of an answer (X Ads API docs, Error Codes and Responses). The
// set of codes is open.
type Item struct {
	// Code is a word, such as INVALID_PARAMETER, or a number from X's gateway.
	Code string
	// Message is X's text, made safe to print.
	Message string
	// Parameter is the name of the parameter at fault, "" if X names none.
	Parameter string
}

// Unwrap returns Err, so that errors.Is finds a cancelled context.
func (e *Error) Unwrap() error { return e.Err }

// Retryable reports whether the same call may succeed later. The client has then
// tried several times already.
func (e *Error) Retryable() bool {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusLocked, http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 500 || e.Status/100 <= 2 && e.retry
}

// MaybeApplied reports whether X may have done what was asked although no clear
// answer came, in any attempt of the call: it timed out or broke off after the
// request may have been sent, or the answer was a 408, a 5xx or an unreadable success.
// It is false for calls that only read.
func (e *Error) MaybeApplied() bool { return e.doubt }

// NotFound reports a 404: the audience does not exist, or was deleted.
func (e *Error) NotFound() bool { return e.Status == http.StatusNotFound }

// Forbidden reports a 403: the credentials are good, but may not do this.
func (e *Error) Forbidden() bool { return e.Status == http.StatusForbidden }

// RateLimited reports a 429, or a limit that was known to be used up.
func (e *Error) RateLimited() bool {
	_, long := errors.AsType[longWait](e.Err)
	return long || e.Status == http.StatusTooManyRequests
}

// Unauthorized reports that X does not accept the credentials or the signature. X's
// gateway says so with a 400 and a number (X docs, Response Codes: 32 could not
// authenticate, 89 invalid or expired token, 135 timestamp, 215 bad authentication data).
func (e *Error) Unauthorized() bool {
	gateway := e.Status == http.StatusBadRequest && (e.has("32") || e.has("89") || e.has("135") || e.has("215"))
	return gateway || e.Status == http.StatusUnauthorized
}

// has reports whether X named this code for the request as a whole.
func (e *Error) has(code string) bool {
	return slices.ContainsFunc(e.Items, func(i Item) bool { return i.Code == code })
}
