package xads

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestUsersSendsTheBodyAsItIs(t *testing.T) {
	client, s := scriptedClient(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("Content-Type %q", got)
		}
		answer(200, countsOf4)(w, r)
	})
	body := `[{"operation_type":"Update","params":{"users":[]}}]`
	reply, err := client.Users(t.Context(), testAccount, testAudience, []byte(body))
	if err != nil || reply != (UsersReply{Success: 4, Total: 4}) {
		t.Errorf("got %+v, %v", reply, err)
	}
	if s.bodies[0] != body || s.requests[0] != "POST /12/accounts/18ce54d4x5t/custom_audiences/1nmth/users" {
		t.Errorf("got %s with %s", s.requests[0], s.bodies[0])
	}
	if _, err := client.Users(t.Context(), testAccount, testAudience, nil); err == nil {
		t.Error("an empty body is sent")
	}
}

// What the server may have done decides what must be remembered: each row is one
// answer, and whether it is tried again and leaves a doubt.
func TestWhatAnAnswerMeans(t *testing.T) {
	for name, c := range map[string]struct {
		handler         http.HandlerFunc
		retryable, done bool
	}{
		"400":                      {refuse(400, "INVALID_PARAMETER", "x"), false, false},
		"401":                      {refuse(401, "UNAUTHORIZED_ACCESS", "x"), false, false},
		"403":                      {refuse(403, "ACCOUNT_NOT_FOUND", "x"), false, false},
		"404 of a gateway":         {answer(404, "<html>"), false, false},
		"408":                      {refuse(408, "CANCELLED_REQUEST", "x"), true, true},
		"423":                      {refuse(423, "LOCK_ACQUISITION_TIMEOUT", "x"), true, false},
		"429":                      {refuse(429, "TOO_MANY_REQUESTS", "x"), true, false},
		"500":                      {refuse(500, "INTERNAL_ERROR", "x"), true, true},
		"502":                      {answer(502, "<html>"), true, true},
		"503 of X":                 {refuse(503, "OVER_CAPACITY", "x"), true, true},
		"503 with Retry-After":     {answer(503, "", "Retry-After", "0"), true, true},
		"503 of who knows whom":    {answer(503, "<html>"), true, true},
		"504":                      {answer(504, ""), true, true},
		"hung up":                  {hangUp, true, true},
		"cut off":                  {cutOff, true, true},
		"empty success":            {answer(200, ""), true, true},
		"success without counts":   {answer(200, `{"data":{"success_count":4}}`), true, true},
		"success with other data":  {answer(200, `{"data":[]}`), true, true},
		"success without data":     {answer(201, `{"data":null}`), true, true},
		"success that is too long": {answer(200, strings.Repeat(" ", maxAnswerBytes+1)), true, true},
		"success of a portal":      {answer(200, "<html>jane@example.com"), true, true},
	} {
		t.Run(name, func(t *testing.T) {
			client, s := scriptedClient(t, c.handler)
			client.options.MaxAttempts = 2
			_, err := client.Users(t.Context(), testAccount, testAudience, []byte(`[{}]`))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if e.Retryable() != c.retryable || e.MaybeApplied() != c.done {
				t.Errorf("retryable %t, maybe applied %t: %v", e.Retryable(), e.MaybeApplied(), e)
			}
			if want := map[bool]int{true: 2, false: 1}[c.retryable]; s.count() != want || e.Attempts != want {
				t.Errorf("%d requests, %d attempts, want %d", s.count(), e.Attempts, want)
			}
		})
	}
}

// A later refusal does not take back that an earlier attempt may have been applied.
func TestDoubtOutlivesALaterRefusal(t *testing.T) {
	client, _ := scriptedClient(t, hangUp, refuse(400, "INVALID_PARAMETER", "x"))
	_, err := client.CreateAudience(t.Context(), testAccount, "VIP", "")
	e, ok := errors.AsType[*Error](err)
	if !ok || !e.MaybeApplied() || e.Retryable() || e.Status != 400 || e.Attempts != 2 {
		t.Errorf("got %v", err)
	}
}

func TestReadsLeaveNoDoubt(t *testing.T) {
	client, _ := scriptedClient(t, hangUp)
	_, err := client.Audience(t.Context(), testAccount, testAudience)
	if e, ok := errors.AsType[*Error](err); !ok || e.MaybeApplied() || e.Attempts != 6 {
		t.Errorf("got %v", err)
	}
}

// A create that succeeded must not be tried again: the name is taken by itself.
func TestAnUnreadableCreateIsNotRepeated(t *testing.T) {
	client, s := scriptedClient(t, answer(201, "<html>"))
	_, err := client.CreateAudience(t.Context(), testAccount, "VIP", "")
	if e, ok := errors.AsType[*Error](err); !ok || !e.MaybeApplied() || s.count() != 1 {
		t.Errorf("got %v after %d requests", err, s.count())
	}
}

func TestAFailedDialWasNotApplied(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close() // nobody answers there now
	client := newClient(t, "http://"+listener.Addr().String(), Options{MaxAttempts: 2})
	_, err = client.Users(t.Context(), testAccount, testAudience, []byte(`[{}]`))
	e, ok := errors.AsType[*Error](err)
	if !ok || e.MaybeApplied() || !e.Retryable() || e.Attempts != 2 || e.Status != 0 {
		t.Errorf("got %v", err)
	}
	if _, ok := errors.AsType[*net.OpError](err); !ok {
		t.Error("the cause is lost")
	}
}
