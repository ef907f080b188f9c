package xads

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What a person reads must name the cure (X Ads API docs, Error Codes, and what the
// codes turned out to mean).
func TestAdvice(t *testing.T) {
	item := func(code string) []Item { return []Item{{Code: code}} }
	for name, c := range map[string]struct {
		err  Error
		want []string
	}{
		"bad signature": {Error{Status: 401, Items: item("UNAUTHORIZED_ACCESS")}, []string{"four values", "swapped", "regenerate"}},
		"fast clock":    {Error{Status: 401, ClockSkew: 7 * time.Minute}, []string{"clock", "7m0s ahead", "four values"}},
		"slow clock":    {Error{Status: 401, ClockSkew: -time.Hour}, []string{"1h0m0s behind"}},
		"time refused":  {Error{Status: 401, Items: item("135")}, []string{"clock"}},
		"dead token":    {Error{Status: 401, Items: item("89")}, []string{"regenerate the access token"}},
		"gateway":       {Error{Status: 400, Items: item("215")}, []string{"four values"}},
		"no access":     {Error{Status: 403, Items: item("UNAUTHORIZED_CLIENT_APPLICATION")}, []string{"Standard Access", "regenerate"}},
		"old token":     {Error{Status: 403, Items: item("INSUFFICIENT_USER_AUTHORIZED_PERMISSION")}, []string{"Read and Write", "regenerate"}},
		"read-only":     {Error{Status: 403, Items: item("READONLY_CLIENT_APPLICATION")}, []string{"Read and Write"}},
		"account":       {Error{Status: 403, Items: item("ACCOUNT_NOT_FOUND")}, []string{"account id", "role"}},
		"old account":   {Error{Status: 403, Items: item("NOT_FOUND")}, []string{"account id"}},
		"role":          {Error{Status: 403, Items: item("ACTION_NOT_ALLOWED")}, []string{"role", "READ_ONLY"}},
		"locked":        {Error{Status: 403, Items: item("ACCOUNT_LOCKED_OUT")}, []string{"x.com"}},
		"dead version":  {Error{Status: 403, Items: []Item{{Code: "INVALID", Message: "Version 5.0 is not available."}}}, []string{"version"}},
		"unknown 403":   {Error{Status: 403}, []string{"Standard Access", "role"}},
		"gone":          {Error{Status: 404}, []string{"audience id", "deleted"}},
		"too fast":      {Error{Status: 429, RetryAfter: 42 * time.Second}, []string{"42s"}},
	} {
		t.Run(name, func(t *testing.T) {
			first, advice, _ := strings.Cut(c.err.Error(), "\n  ")
			for _, want := range c.want {
				if !strings.Contains(strings.ToLower(advice), strings.ToLower(want)) {
					t.Errorf("%q is not in %q", want, advice)
				}
			}
			if first != c.err.What() || strings.Contains(advice, "\n") {
				t.Errorf("not two lines: %q", c.err.Error())
			}
		})
	}
	for _, status := range []int{408, 423, 500, 502, 503, 504} {
		if got := (&Error{Status: status}).Advice(); !strings.Contains(got, "try again later") {
			t.Errorf("%d: %q", status, got)
		}
	}
	if got := (&Error{Status: 400}).Advice(); got != "" {
		t.Errorf("advice about nothing: %q", got)
	}
	if got := (&Error{Status: 401, ClockSkew: time.Minute}).Advice(); strings.Contains(got, "clock") {
		t.Errorf("a minute is no skew: %q", got)
	}
}

func TestErrorTextTellsWhatXSaid(t *testing.T) {
	var operations [][]Item
	for range 6 {
		operations = append(operations, nil, []Item{{Code: "C", Parameter: "users", Message: "m"}})
	}
	e := &Error{
		Method: "POST", Endpoint: "accounts/a", Status: 400, Attempts: 2, Items: []Item{{Code: "A", Message: "b"}},
		OperationErrors: operations, Err: errors.New("why"),
	}
	want := "x ads: POST accounts/a: 400 Bad Request: A: b; operation 1: C (users): m; " +
		"operation 3: C (users): m; operation 5: C (users): m; and 3 more; why (after 2 attempts)"
	if diff := cmp.Diff(want, e.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsMeasureTheClock(t *testing.T) {
	theirs := time.Now().Add(-10 * time.Minute).UTC().Format(http.TimeFormat)
	client, _ := scriptedClient(t, answer(401, `{"errors":[{"code":"UNAUTHORIZED_ACCESS","message":"no"}]}`, "Date", theirs))
	_, err := client.Audience(t.Context(), testAccount, testAudience)
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.Unauthorized() || e.ClockSkew.Round(time.Minute) != 10*time.Minute || !strings.Contains(err.Error(), "ahead of X's") {
		t.Errorf("got %v", err)
	}
}

func TestKindsOfErrors(t *testing.T) {
	for status, is := range map[int]func(*Error) bool{
		404: (*Error).NotFound, 401: (*Error).Unauthorized, 403: (*Error).Forbidden, 429: (*Error).RateLimited,
	} {
		for _, other := range []int{400, 401, 403, 404, 429, 500} {
			if is(&Error{Status: other}) != (other == status) {
				t.Errorf("%d is taken for %d", other, status)
			}
		}
	}
}
