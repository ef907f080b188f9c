package xads

import (
	"fmt"
	"strings"
	"time"
)

// tolerated is a difference between two clocks that no server minds.
const tolerated = 2 * time.Minute

// Advice says in plain words what to mend, "" if there is nothing to say. It rests
// on what X's codes turned out to mean in practice (X Ads API docs, Error Codes;
// developer threads of 2015 to 2026).
func (e *Error) Advice() string {
	switch {
	case e.Unauthorized():
		return e.adviceCredentials()
	case e.Forbidden():
		return e.adviceForbidden()
	case e.NotFound():
		return "Check the account id and the audience id. A deleted audience answers like one that never was."
	case e.RateLimited():
		return e.adviceRate()
	case e.unreached():
		return "Nobody can be reached at that address: check the address of the API, the network, and the proxy variables of the environment."
	case e.Retryable():
		return "X, or the network on the way to it, is in trouble: try again later."
	}
	return ""
}

func (e *Error) adviceCredentials() string {
	var first string
	skewed := e.ClockSkew.Abs() > tolerated
	switch {
	case skewed:
		direction := "ahead of"
		if e.ClockSkew < 0 {
			direction = "behind"
		}
		first = fmt.Sprintf("The clock of this machine is %s %s X's, and X refuses signatures with a wrong time: set the clock (NTP). If that does not help: ",
			e.ClockSkew.Abs().Round(time.Second), direction)
	case e.has("135"):
		first = "X finds the time of the request wrong: check the clock of this machine. If it is right: "
	}
	return first + e.adviceValues()
}

// adviceValues names an order, since X does not tell which of the values is wrong.
func (e *Error) adviceValues() string {
	if e.has("89") {
		return "X does not know the access token any more: regenerate the access token and its secret in the X developer portal."
	}
	return "X does not say which of the four values is wrong. Check in this order: " +
		"(1) none is swapped or cut: an access token begins with the user's number and a dash, a consumer key has no dash; " +
		"(2) access token and access token secret: both of the same app as the consumer key, not revoked; when in doubt regenerate the pair in the X developer portal and replace both; " +
		"(3) consumer key and consumer secret (\"API key and secret\"): regenerate the pair, and after it the access token and secret too."
}

func (e *Error) adviceForbidden() string {
	switch {
	case e.has("UNAUTHORIZED_CLIENT_APPLICATION"):
		return "The app has no access to this part of the Ads API: apply for Ads API Standard Access (Conversion Only does not cover audiences), then regenerate the access token and secret, since older ones keep their old rights."
	case e.has("INSUFFICIENT_USER_AUTHORIZED_PERMISSION"):
		return "The access token is older than the app's rights or the app is read-only: set the app to Read and Write in the X developer portal, then regenerate the access token and secret."
	case e.has("READONLY_CLIENT_APPLICATION"):
		return "The app may only read: set it to Read and Write in the X developer portal, then regenerate the access token and secret."
	case e.has("ACCOUNT_NOT_FOUND"), e.has("NOT_FOUND"):
		return "Check the account id (in the address of ads.x.com, behind /accounts/), and that the token's user has a role in that ads account, such as Ad Manager or Account Admin."
	case e.has("ACTION_NOT_ALLOWED"):
		return "The token's user may not do this: it needs a role such as Ad Manager or Account Admin in the ads account, and an audience shared as READ_ONLY cannot be changed."
	case e.has("ACCOUNT_LOCKED_OUT"), e.has("CURRENT_USER_SUSPENDED"), e.has("USER_NOT_FOUND"):
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

func (e *Error) adviceRate() string {
	wait := "a few minutes"
	if e.RetryAfter > 0 {
		wait = e.RetryAfter.Round(time.Second).String()
	}
	return fmt.Sprintf("X's rate limit is used up: try again in %s. Every program that uses these credentials shares it.", wait)
}
