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

// Limits of one [Client.Users] request (X Ads API docs, Custom Audience Users).
// The client does not enforce them; whoever builds the body does.
const (
	// MaxOperations is the most operations, not users, that one body may hold.
	MaxOperations = 2500
	// MaxBodyBytes is the longest body; these are decimal megabytes.
	MaxBodyBytes = 5_000_000
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
	base   *url.URL // with the version
	http   *http.Client
	opt    Options
	limits limits
	met    atomic.Bool // whether the host ever answered
	clean  cleaner
}

// New makes a client. It sends nothing; it fails when a credential is missing or
// has a blank at an end, naming which, or when an option makes no sense.
func New(credentials Credentials, options Options) (*Client, error) {
	if err := credentials.check(); err != nil {
		return nil, err
	}
	opt := options.withDefaults()
	base, err := parseBase(opt.BaseURL, opt.Version)
	if err != nil {
		return nil, err
	}
	return &Client{
		base:  base,
		http:  signing(credentials, opt.HTTPClient),
		opt:   opt,
		clean: newCleaner(credentials),
	}, nil
}

func (o Options) withDefaults() Options {
	fill(&o.BaseURL, "https://ads-api.x.com")
	fill(&o.Version, "12")
	fill(&o.Timeout, time.Minute)
	fill(&o.MaxAttempts, 6)
	fill(&o.FirstWait, 500*time.Millisecond)
	fill(&o.MaxWait, 16*time.Minute)
	if o.HTTPClient == nil {
		o.HTTPClient = &http.Client{Transport: transport()}
	}
	if o.Observe == nil {
		o.Observe = func(Attempt) {}
	}
	return o
}

// fill sets an option that was left at, or below, its zero value.
func fill[T ~string | ~int | ~int64](option *T, value T) {
	var zero T
	if *option <= zero {
		*option = value
	}
}

// parseBase joins the address of the API and its version into the URL that all
// paths hang from. It never repeats an address with a password in its errors.
func parseBase(base, version string) (*url.URL, error) {
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
	if err := plainPort(u); err != nil {
		return nil, err
	}
	return u.JoinPath(version), nil
}

// plainPort makes the host look on the wire as it looks in the signature, where a
// scheme's own port is left out (RFC 5849, 3.4.1.2). The signing library also leaves
// out the other scheme's, which the server would not; such addresses are refused.
func plainPort(u *url.URL) error {
	switch u.Scheme + ":" + u.Port() {
	case "https:443", "http:80":
		u.Host = strings.TrimSuffix(u.Host, ":"+u.Port())
	case "https:80", "http:443":
		return fmt.Errorf("xads: the base URL has port %s, which does not go with %s", u.Port(), u.Scheme)
	}
	return nil
}
