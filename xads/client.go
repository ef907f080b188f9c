package xads

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// Options adjust a [Client]. The zero value means the defaults.
type Options struct {
	// BaseURL is where the API lives, default https://ads-api.x.com. A path in it is kept.
	BaseURL string
	// Version of the API, default "12", the current one since October 2022
	// (X Ads API docs, Versioning).
	Version string
	// HTTPClient lends its Transport and Jar. The default reuses connections for
	// many parallel senders and honours the proxy variables of the environment.
	// Redirects are never followed: a signature is good for one URL only.
	HTTPClient *http.Client
	// Timeout bounds one attempt, from connecting to the last byte; default 60s.
	Timeout time.Duration
	// MaxAttempts bounds the tries of one call, the first included; default 6.
	MaxAttempts int
	// FirstWait is the first pause before another try, where X names none. Each
	// further one is three times longer, up to a minute, all of them jittered;
	// default 500ms, so that six attempts span about a minute.
	FirstWait time.Duration
	// MaxWait is the longest single wait that is still accepted; default 16
	// minutes, because X's longest window has 15. A call that would have to wait
	// longer fails at once and says for how long in [Error.RetryAfter].
	MaxWait time.Duration
	// Observe is told of every request that was sent, after its answer came or
	// failed to. It may be called from several goroutines at once.
	Observe func(Attempt)
}

// Client calls the X Ads API with one set of credentials. It is safe for
// concurrent use, and is meant to be shared: it holds the count of the rate limits.
type Client struct {
	baseURL      *url.URL // with the version
	httpClient   *http.Client
	options      Options
	rateLimits   rateLimits
	hostAnswered atomic.Bool // at least once, so that its address is right
	skew         atomic.Pointer[time.Duration]
	cleaner      cleaner
}

// New makes a client. It sends nothing; it fails when a credential is missing or
// has a blank in it, naming which, or when an option makes no sense.
func New(credentials Credentials, options Options) (*Client, error) {
	if err := credentials.check(); err != nil {
		return nil, err
	}
	options = options.withDefaults()
	baseURL, err := parseBaseURL(options.BaseURL, options.Version)
	if err != nil {
		return nil, err
	}
	return &Client{
		baseURL:    baseURL,
		httpClient: newSigningClient(credentials, options.HTTPClient),
		options:    options,
		cleaner:    newCleaner(credentials),
	}, nil
}

// ClockSkew is how far this machine's clock is ahead of X's, or behind it where it is
// negative, by the newest answer that told the time; known says whether one did.
func (c *Client) ClockSkew() (ahead time.Duration, known bool) {
	if skew := c.skew.Load(); skew != nil {
		return *skew, true
	}
	return 0, false
}

func (o Options) withDefaults() Options {
	setDefault(&o.BaseURL, "https://ads-api.x.com")
	setDefault(&o.Version, "12")
	setDefault(&o.Timeout, time.Minute)
	setDefault(&o.MaxAttempts, 6)
	setDefault(&o.FirstWait, 500*time.Millisecond)
	setDefault(&o.MaxWait, 16*time.Minute)
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{Transport: NewTransport()}
	}
	if o.Observe == nil {
		o.Observe = func(Attempt) {}
	}
	return o
}

// setDefault sets an option that was left at, or below, its zero value.
func setDefault[T ~string | ~int | ~int64](option *T, value T) {
	var zero T
	if *option <= zero {
		*option = value
	}
}

// parseBaseURL joins the address of the API and its version into the URL that every
// path is added to. Its errors never repeat an address with a password.
func parseBaseURL(base, version string) (*url.URL, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return nil, errors.New("xads: the base URL cannot be parsed")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("xads: the base URL must hold nothing but a scheme, a host and a path")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, fmt.Errorf("xads: the base URL %q must begin with https:// (or http://) and name a host", base)
	case strings.Trim(version, "0123456789") != "":
		return nil, fmt.Errorf("xads: the API version %q must be a number, such as 12", version)
	}
	if err := dropDefaultPort(u); err != nil {
		return nil, err
	}
	return u.JoinPath(version), nil
}

// dropDefaultPort makes the host look on the wire as it looks in the signature, where a
// scheme's own port is left out (RFC 5849, 3.4.1.2). The signing library also leaves
// out the other scheme's, which the server would not; such addresses are refused.
func dropDefaultPort(u *url.URL) error {
	switch u.Scheme + ":" + u.Port() {
	case "https:443", "http:80":
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	case "https:80", "http:443":
		return fmt.Errorf("xads: the base URL has port %s, which does not go with %s", u.Port(), u.Scheme)
	}
	return nil
}
