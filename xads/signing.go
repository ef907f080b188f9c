package xads

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/dghubble/oauth1"
)

// Credentials are the four OAuth 1.0a values of an app and a user, as the X
// developer portal shows them. They print as a placeholder, never as themselves.
type Credentials struct {
	// ConsumerKey and ConsumerSecret belong to the app ("API key and secret").
	ConsumerKey, ConsumerSecret string
	// AccessToken and AccessTokenSecret let that app act for a user.
	AccessToken, AccessTokenSecret string
}

// String keeps the values out of logs and messages.
func (Credentials) String() string { return "xads.Credentials{hidden}" }

// GoString does for %#v what String does for the rest.
func (c Credentials) GoString() string { return c.String() }

// MarshalText does for JSON, structured logs included, what String does for the rest.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// each visits the four values with the names that messages give them.
func (c Credentials) each(visit func(name, value string)) {
	visit("consumer key", c.ConsumerKey)
	visit("consumer secret", c.ConsumerSecret)
	visit("access token", c.AccessToken)
	visit("access token secret", c.AccessTokenSecret)
}

// check names what is missing, and what was copied with a blank or a line end:
// X would only say that the signature is wrong.
func (c Credentials) check() error {
	var missing, blank []string
	c.each(func(name, value string) {
		switch {
		case value == "":
			missing = append(missing, name)
		case strings.ContainsAny(value, " \t\r\n"):
			blank = append(blank, name)
		}
	})
	var errs []error
	if len(missing) > 0 {
		errs = append(errs, fmt.Errorf("xads: missing credentials: %s", strings.Join(missing, ", ")))
	}
	if len(blank) > 0 {
		errs = append(errs, fmt.Errorf("xads: credentials with a blank or line end in them: %s", strings.Join(blank, ", ")))
	}
	return errors.Join(errs...)
}

// newSigningClient makes an HTTP client that sends through another one, and signs each
// request with a nonce and time of its own. A JSON body is not part of the signature
// (X docs, Creating a signature: only form bodies are).
func newSigningClient(c Credentials, sender *http.Client) *http.Client {
	config := oauth1.NewConfig(c.ConsumerKey, c.ConsumerSecret)
	config.Noncer = oauth1.HexNoncer{} // X describes the nonce as alphanumeric
	return signingClient(config, oauth1.NewToken(c.AccessToken, c.AccessTokenSecret), sender)
}

// signingClient takes the signer's parts, so that a test can fix the nonce.
func signingClient(config *oauth1.Config, token *oauth1.Token, sender *http.Client) *http.Client {
	// The library takes the client to send through from the context, by its own convention.
	ctx := context.WithValue(context.Background(), oauth1.HTTPClient, sender)
	return &http.Client{
		Transport:     oauth1.NewClient(ctx, config, token).Transport,
		Jar:           sender.Jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// NewTransport makes the transport that clients use which were given none. It differs from net/http's default in one point: that one keeps only two
// idle connections to a host, and parallel senders would dial over and over.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          128,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}
