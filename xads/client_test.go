package xads

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := New(Credentials{ConsumerKey: "k", AccessToken: "t\n"}, Options{})
	for _, want := range []string{"consumer secret", "access token secret", "blank or line end in them: access token"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: does not name %q", err, want)
		}
	}
}

func TestNewRefusesOptionsThatMakeNoSense(t *testing.T) {
	for _, o := range []Options{
		{BaseURL: "ads-api.x.com"},
		{BaseURL: "ftp://ads-api.x.com"},
		{BaseURL: "https://"},
		{BaseURL: "https://ads-api.x.com?q=1"},
		{BaseURL: "https://user:hunter22@ads-api.x.com"},
		{BaseURL: "https://ads-api.x.com:80"},
		{BaseURL: "::"},
		{Version: "12/../x"},
	} {
		_, err := New(testCredentials, o)
		if err == nil {
			t.Errorf("%+v is accepted", o)
		} else if strings.Contains(err.Error(), "hunter22") {
			t.Errorf("the error repeats a password: %v", err)
		}
	}
}

func TestBaseURLIsKeptAsItSigns(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "https://ads-api.x.com/12",
		"https://ads-api.x.com:443/":    "https://ads-api.x.com/12",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080/12",
		"http://[::1]:8080/behind/this": "http://[::1]:8080/behind/this/12",
	} {
		c, err := New(testCredentials, Options{BaseURL: in})
		if err != nil || c.baseURL.String() != want {
			t.Errorf("%q: got %v (%v), want %s", in, c.baseURL, err, want)
		}
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	c, err := New(testCredentials, Options{})
	if err != nil {
		t.Fatal(err)
	}
	marshalled, _ := json.Marshal([]any{c, testCredentials})
	for _, s := range []string{
		fmt.Sprintf("%v %+v %#v %s", testCredentials, testCredentials, testCredentials, testCredentials),
		string(marshalled),
	} {
		if strings.Contains(s, "cs-test-secret") || strings.Contains(s, "at-test-token") {
			t.Errorf("credentials in %q", s)
		}
	}
}

// An id that is none must not change which URL is called.
func TestOddIDsAreNotSent(t *testing.T) {
	client, s := scriptedClient(t, answer(200, `{"data":{"id":"x"}}`))
	for _, id := range []string{"", "../accounts", "a b", "a?b", "ü", "a%2Fb"} {
		_, err := client.Audience(t.Context(), testAccount, id)
		if e, ok := errors.AsType[*Error](err); !ok || e.Attempts != 0 || e.MaybeApplied() || e.Retryable() {
			t.Errorf("%q: got %v", id, err)
		}
	}
	if s.count() != 0 {
		t.Errorf("%d requests were sent", s.count())
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	client, s := scriptedClient(t, answer(307, "", "Location", "/elsewhere"))
	_, err := client.Users(t.Context(), testAccount, testAudience, []byte("[]"))
	if e, ok := errors.AsType[*Error](err); !ok || e.Status != 307 || e.MaybeApplied() || s.count() != 1 {
		t.Errorf("got %v after %d requests", err, s.count())
	}
}

func TestObserveSeesEveryAttemptAndNoIDs(t *testing.T) {
	server := httptest.NewServer(newScriptedServer(t,
		answer(503, "{}", "Retry-After", "0"), answer(200, countsOf4)))
	defer server.Close()
	var seen []Attempt
	client := newClient(t, server.URL, Options{Observe: func(a Attempt) { seen = append(seen, a) }})
	if _, err := client.Users(t.Context(), testAccount, testAudience, []byte(`[{}]`)); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0].Status != 503 || seen[1].Status != 200 {
		t.Fatalf("got %+v", seen)
	}
	last := seen[1]
	if last.SentBytes != 4 || last.Duration <= 0 || last.Method != "POST" || last.Endpoint != audienceEndpoint+"/users" {
		t.Errorf("got %+v", last)
	}
}

func TestCancelledCallsSendNothing(t *testing.T) {
	client, s := scriptedClient(t, answer(200, countsOf4))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.Users(ctx, testAccount, testAudience, []byte(`[{}]`))
	e, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, context.Canceled) || e.MaybeApplied() || e.Retryable() || s.count() != 0 {
		t.Errorf("got %v after %d requests", err, s.count())
	}
}

// The URL of a call may hold names, and transport errors like to quote it.
func TestTransportErrorsDoNotQuoteTheURL(t *testing.T) {
	client := newClient(t, "http://ads.test", Options{MaxAttempts: 1, HTTPClient: &http.Client{
		Transport: roundTripFunc(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("malformed answer: jane@example.com at-test-token")
		}),
	}})
	_, err := client.CreateAudience(t.Context(), testAccount, "Board members", "")
	for _, secret := range []string{"Board", "jane", "at-test"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%v: quotes %q", err, secret)
		}
	}
	if e, _ := errors.AsType[*Error](err); e == nil || !e.MaybeApplied() || !e.Retryable() {
		t.Errorf("a foreign transport's failure must count as sent: %v", err)
	}
}
