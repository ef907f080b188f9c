package xads

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
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
	// PositionsGuessed warns that X sent OperationErrors as a flat list without positions:
	// then an entry's operation is a guess, and only halving the body is sure.
	PositionsGuessed bool
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

	maybeApplied bool // an attempt may have been applied
	retryMayHelp bool // where the status does not tell: trying again may help
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
	return e.Status >= 500 || e.Status/100 <= 2 && e.retryMayHelp
}

// MaybeApplied reports whether X may have done what was asked although no clear
// answer came, in any attempt of the call: it timed out or broke off after the
// request may have been sent, or the answer was a 408, a 5xx or an unreadable success.
// It is false for calls that only read.
func (e *Error) MaybeApplied() bool { return e.maybeApplied }

// NotFound reports a 404: the audience does not exist, or was deleted.
func (e *Error) NotFound() bool { return e.Status == http.StatusNotFound }

// Forbidden reports a 403: the credentials are good, but may not do this.
func (e *Error) Forbidden() bool { return e.Status == http.StatusForbidden }

// RateLimited reports a 429, or a limit that was known to be used up.
func (e *Error) RateLimited() bool {
	_, long := errors.AsType[tooLongWait](e.Err)
	return long || e.Status == http.StatusTooManyRequests
}

// Unauthorized reports that X does not accept the credentials or the signature. X's
// gateway says so with a 400 and a number (X docs, Response Codes: 32 could not
// authenticate, 89 invalid or expired token, 135 timestamp, 215 bad authentication data).
func (e *Error) Unauthorized() bool {
	gateway := e.Status == http.StatusBadRequest && (e.hasCode("32") || e.hasCode("89") || e.hasCode("135") || e.hasCode("215"))
	return gateway || e.Status == http.StatusUnauthorized
}

// neverConnected reports that no connection came about.
func (e *Error) neverConnected() bool {
	dial, ok := errors.AsType[*net.OpError](e.Err)
	return ok && e.Status == 0 && dial.Op == "dial"
}

// hasCode reports whether X named this code for the request as a whole.
func (e *Error) hasCode(code string) bool {
	return slices.ContainsFunc(e.Items, func(i Item) bool { return i.Code == code })
}

// Error tells what happened and, where that is known, what to do about it on a
// second line. It repeats no credentials, bodies or people.
func (e *Error) Error() string {
	if advice := e.Advice(); advice != "" {
		return e.What() + "\n  " + advice
	}
	return e.What()
}

// What is the first line of the error: what was called, and what X said.
func (e *Error) What() string {
	texts := append(describeItems(e.Items), e.describeOperations()...)
	if e.Err != nil {
		texts = append(texts, e.Err.Error())
	}
	parts := []string{"x ads", e.Method + " " + e.Endpoint, e.statusText(), strings.Join(texts, "; ")}
	s := strings.Join(withoutEmpty(parts), ": ")
	if e.Attempts > 1 {
		s += fmt.Sprintf(" (after %d attempts)", e.Attempts)
	}
	return s
}

func (e *Error) statusText() string {
	if e.Status == 0 {
		return ""
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
}

// maxItemsTold bounds the list in a text: a request can be refused for thousands of
// reasons, all alike.
const maxItemsTold = 3

func describeItems(items []Item) []string {
	var texts []string
	for _, item := range items[:min(len(items), maxItemsTold)] {
		texts = append(texts, item.String())
	}
	if more := len(items) - maxItemsTold; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return texts
}

// describeOperations describes the first error of each operation, counted from 0 as X
// and OperationErrors do.
func (e *Error) describeOperations() []string {
	var texts []string
	failed := 0
	for i, items := range e.OperationErrors {
		if len(items) == 0 {
			continue
		}
		if failed++; failed <= maxItemsTold {
			texts = append(texts, fmt.Sprintf("operation %d: %s", i, items[0]))
		}
	}
	if failed > maxItemsTold {
		texts = append(texts, fmt.Sprintf("and %d more", failed-maxItemsTold))
	}
	return texts
}

// String tells code, parameter and message.
func (i Item) String() string {
	code := i.Code
	if i.Parameter != "" {
		code = strings.TrimSpace(code + " (" + i.Parameter + ")")
	}
	return strings.Join(withoutEmpty([]string{code, i.Message}), ": ")
}

func withoutEmpty(parts []string) []string {
	var full []string
	for _, part := range parts {
		if part != "" {
			full = append(full, part)
		}
	}
	return full
}

// toleratedSkew is a difference between two clocks that no server minds.
const toleratedSkew = 2 * time.Minute

// Advice says in plain words what to mend, "" if there is nothing to say. It rests
// on what X's codes turned out to mean in practice (X Ads API docs, Error Codes;
// developer threads of 2015 to 2026).
func (e *Error) Advice() string {
	switch {
	case e.Unauthorized():
		return e.credentialsAdvice()
	case e.Forbidden():
		return e.forbiddenAdvice()
	case e.NotFound():
		return "Check the account id and the audience id. A deleted audience answers like one that never was."
	case e.RateLimited():
		return e.rateLimitAdvice()
	case errors.Is(e.Err, fs.ErrPermission):
		return "" // who forbade the call says what to do
	case e.neverConnected():
		return "Nobody can be reached at that address: check the address of the API, the network, and the proxy variables of the environment."
	case e.Retryable():
		return "X, or the network on the way to it, is in trouble: try again later."
	}
	return ""
}

func (e *Error) credentialsAdvice() string {
	var first string
	skewed := e.ClockSkew.Abs() > toleratedSkew
	switch {
	case skewed:
		direction := "ahead of"
		if e.ClockSkew < 0 {
			direction = "behind"
		}
		first = fmt.Sprintf("The clock of this machine is %s %s X's, and X refuses signatures with a wrong time: set the clock (NTP). If that does not help: ",
			e.ClockSkew.Abs().Round(time.Second), direction)
	case e.hasCode("135"):
		first = "X finds the time of the request wrong: check the clock of this machine. If it is right: "
	}
	return first + e.fourValuesAdvice()
}

// fourValuesAdvice names an order, since X does not tell which of the values is wrong.
func (e *Error) fourValuesAdvice() string {
	if e.hasCode("89") {
		return "X does not know the access token any more: regenerate the access token and its secret in the X developer portal."
	}
	return "X does not say which of the four values is wrong. Check in this order: " +
		"(1) none is swapped or cut: an access token begins with the user's number and a dash, a consumer key has no dash; " +
		"(2) access token and access token secret: both of the same app as the consumer key, not revoked; when in doubt regenerate the pair in the X developer portal and replace both; " +
		"(3) consumer key and consumer secret (\"API key and secret\"): regenerate the pair, and after it the access token and secret too."
}

func (e *Error) forbiddenAdvice() string {
	switch {
	case e.hasCode("UNAUTHORIZED_CLIENT_APPLICATION"):
		return "The app has no access to this part of the Ads API: apply for Ads API Standard Access (Conversion Only does not cover audiences), then regenerate the access token and secret, since older ones keep their old rights."
	case e.hasCode("INSUFFICIENT_USER_AUTHORIZED_PERMISSION"):
		return "The access token is older than the app's rights or the app is read-only: set the app to Read and Write in the X developer portal, then regenerate the access token and secret."
	case e.hasCode("READONLY_CLIENT_APPLICATION"):
		return "The app may only read: set it to Read and Write in the X developer portal, then regenerate the access token and secret."
	case e.hasCode("ACCOUNT_NOT_FOUND"), e.hasCode("NOT_FOUND"):
		return "Check the account id (in the address of ads.x.com, behind /accounts/), and that the token's user has a role in that ads account, such as Ad Manager or Account Admin."
	case e.hasCode("ACTION_NOT_ALLOWED"):
		return "The token's user may not do this: it needs a role such as Ad Manager or Account Admin in the ads account, and an audience shared as READ_ONLY cannot be changed."
	case e.hasCode("ACCOUNT_LOCKED_OUT"), e.hasCode("CURRENT_USER_SUSPENDED"), e.hasCode("USER_NOT_FOUND"):
		return "X has locked, suspended or lost the user of the access token: log in at x.com as that user and follow what it says, or use another user's token."
	case e.versionGone():
		return "X has switched this version of its API off: set the version to one that its documentation lists, such as 12."
	}
	return "Check the app's access to the Ads API (Standard Access, Read and Write), that the access token was generated after it was granted, and the role of the token's user in the ads account."
}

// versionGone recognises a dead version by its message, for its code is just INVALID.
func (e *Error) versionGone() bool {
	for _, item := range e.Items {
		if strings.HasPrefix(item.Message, "Version ") && strings.Contains(item.Message, "not available") {
			return true
		}
	}
	return false
}

func (e *Error) rateLimitAdvice() string {
	wait := "a few minutes"
	if e.RetryAfter > 0 {
		wait = e.RetryAfter.Round(time.Second).String()
	}
	return fmt.Sprintf("X's rate limit is used up: try again in %s. Every program that uses these credentials shares it.", wait)
}
