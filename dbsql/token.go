package dbsql

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// Login is how tokens are had: it is given the client that makes all calls and the address of the
// workspace, and gives what fetches a new token.
type Login func(client *http.Client, host url.URL) func(ctx context.Context) (*oauth2.Token, error)

// Token is a log-in with a token that does not end, such as a personal access token.
func Token(token string) Login {
	return func(*http.Client, url.URL) func(context.Context) (*oauth2.Token, error) {
		return func(context.Context) (*oauth2.Token, error) { return &oauth2.Token{AccessToken: token}, nil }
	}
}

// Machine is a log-in of a service principal with a secret: OAuth from machine to machine.
func Machine(clientID, secret string) Login {
	return func(client *http.Client, host url.URL) func(context.Context) (*oauth2.Token, error) {
		conf := clientcredentials.Config{
			ClientID: clientID, ClientSecret: secret, TokenURL: tokenURL(host),
			Scopes: []string{"all-apis"}, AuthStyle: oauth2.AuthStyleInHeader,
		}
		return fetching(client, func(context.Context) (*clientcredentials.Config, error) { return &conf, nil })
	}
}

// Workload is a log-in by a token of another provider that the workspace trusts: workload identity
// federation. identity gives such a token whenever one is needed, because they end soon. clientID
// is the service principal's; empty where the whole account trusts the provider.
func Workload(clientID string, identity func(ctx context.Context) (string, error)) Login {
	return func(client *http.Client, host url.URL) func(context.Context) (*oauth2.Token, error) {
		return fetching(client, func(ctx context.Context) (*clientcredentials.Config, error) {
			subject, err := identity(ctx)
			if err != nil {
				return nil, err
			}
			// RFC 8693. The library takes another type of grant than its own.
			return &clientcredentials.Config{
				ClientID: clientID, TokenURL: tokenURL(host), Scopes: []string{"all-apis"}, AuthStyle: oauth2.AuthStyleInParams,
				EndpointParams: url.Values{
					"grant_type":         {"urn:ietf:params:oauth:grant-type:token-exchange"},
					"subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
					"subject_token":      {subject},
				},
			}, nil
		})
	}
}

// tokenURL is where a workspace gives tokens.
func tokenURL(host url.URL) string {
	host.Path = "/oidc/v1/token"
	return host.String()
}

// fetching asks for a new token each time.
func fetching(client *http.Client, conf func(context.Context) (*clientcredentials.Config, error)) func(context.Context) (*oauth2.Token, error) {
	return func(ctx context.Context) (*oauth2.Token, error) {
		config, err := conf(ctx)
		if err != nil {
			return nil, err
		}
		token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if said, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			return nil, tokenRefused(said)
		}
		if _, ok := errors.AsType[*url.Error](err); ok && ctx.Err() == nil {
			return nil, &unreached{quiet(err)}
		}
		return token, err
	}
}

// tokenRefused keeps the provider's own words: the body of another answer may be anything.
func tokenRefused(said *oauth2.RetrieveError) error {
	status := said.Response.StatusCode
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		return &Error{Status: status, Code: said.ErrorCode, Message: said.ErrorDescription, RetryAfter: retryAfter(said.Response.Header.Get("Retry-After"))}
	}
	return &LoginError{Status: status, Code: said.ErrorCode, Message: said.ErrorDescription}
}

// tokens keeps the newest token. A long run outlives many.
type tokens struct {
	fetch func(ctx context.Context) (*oauth2.Token, error)

	mu    sync.Mutex
	token *oauth2.Token
}

// early is how long before its end a token is not used any more: a call takes a while.
const early = 2 * time.Minute

// get gives a token that lives for a while, as far as one can be had.
func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == nil || !t.token.Expiry.IsZero() && time.Until(t.token.Expiry) < early {
		token, err := t.fetch(ctx)
		if err != nil {
			return "", err
		}
		if strings.TrimSpace(token.AccessToken) == "" || strings.ContainsAny(token.AccessToken, "\r\n") {
			return "", &LoginError{Message: "the token is no word"}
		}
		t.token = token
	}
	return t.token.AccessToken, nil
}

// drop forgets a token that was refused, and says whether another one may be had.
func (t *tokens) drop(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token == nil || t.token.AccessToken != token {
		return true // another call has renewed it
	}
	renewable := !t.token.Expiry.IsZero()
	t.token = nil
	return renewable
}
