package xads

import (
	"errors"
	"fmt"
	"strings"
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
