package xads

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

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
