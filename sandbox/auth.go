package sandbox

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// trouble says why credentials were refused, in words for the request log.
type trouble struct {
	why string
	// gateway is X's older number for it, used with Config.GatewayErrors.
	gateway int
}

// The gateway's numbers.
const (
	gatewayNoAuth       = 215
	gatewayBadToken     = 89
	gatewayBadClock     = 135
	gatewayBadSignature = 32
)

// credentials are the OAuth parameters of a request, each name once.
type credentials struct {
	all []param
}

func (c credentials) get(name string) (string, bool) {
	for _, p := range c.all {
		if p.name == name {
			return p.value, true
		}
	}
	return "", false
}

func (c credentials) value(name string) string {
	v, _ := c.get(name)
	return v
}

// authenticate verifies the signature of a request. Form is the decoded body of a
// form request, and nothing for any other: JSON is not signed.
func (s *Server) authenticate(r *http.Request, form []param) (credentials, *trouble) {
	var creds credentials
	header, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return creds, &trouble{"authorization header: " + err.Error(), gatewayNoAuth}
	}
	creds.all = header
	if t := s.checkCredentials(creds); t != nil {
		return creds, t
	}
	query, err := parseForm(r.URL.RawQuery)
	if err != nil {
		return creds, &trouble{"query: " + err.Error(), gatewayBadSignature}
	}
	signed := append(append(slices.Clip(header), query...), form...)
	if name, twice := duplicate(signed); twice {
		return creds, &trouble{"parameter " + strconv.Quote(name) + " comes twice", gatewayBadSignature}
	}
	base := baseString(r.Method, s.scheme(r), r.Host, r.URL.EscapedPath(), signed)
	want := signature(base, s.cfg.ConsumerSecret, s.cfg.AccessTokenSecret)
	if !hmac.Equal([]byte(want), []byte(creds.value("oauth_signature"))) {
		return creds, &trouble{"wrong signature", gatewayBadSignature}
	}
	return creds, s.checkFresh(creds)
}

// checkCredentials looks at everything that needs no signature.
func (s *Server) checkCredentials(c credentials) *trouble {
	for _, name := range []string{
		"oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_signature",
		"oauth_timestamp", "oauth_nonce",
	} {
		if c.value(name) == "" {
			return &trouble{name + " is missing", gatewayNoAuth}
		}
	}
	version, given := c.get("oauth_version")
	switch {
	case c.value("oauth_consumer_key") != s.cfg.ConsumerKey:
		return &trouble{"unknown consumer key", gatewayBadSignature}
	case c.value("oauth_token") != s.cfg.AccessToken:
		return &trouble{"unknown access token", gatewayBadToken}
	case c.value("oauth_signature_method") != "HMAC-SHA1":
		return &trouble{"signature method is not HMAC-SHA1", gatewayNoAuth}
	case given && version != "1.0":
		return &trouble{"oauth_version is not 1.0", gatewayNoAuth}
	}
	return nil
}

// checkFresh refuses old requests and replays. It comes after the signature, so that
// a forged request cannot use up a nonce.
func (s *Server) checkFresh(c credentials) *trouble {
	stamp, err := strconv.ParseInt(c.value("oauth_timestamp"), 10, 64)
	if err != nil {
		return &trouble{"timestamp is no number", gatewayNoAuth}
	}
	now := s.cfg.Now()
	if off := now.Sub(time.Unix(stamp, 0)); off.Abs() > s.cfg.ClockWindow {
		return &trouble{"timestamp is off by " + off.Round(time.Second).String(), gatewayBadClock}
	}
	if s.nonces.seen(c.value("oauth_timestamp")+"\x00"+c.value("oauth_nonce"), now, s.cfg.ClockWindow) {
		return &trouble{"nonce was used before", gatewayBadSignature}
	}
	return nil
}

// scheme is the one that the client signed.
func (s *Server) scheme(r *http.Request) string {
	switch {
	case s.cfg.Scheme != "":
		return s.cfg.Scheme
	case r.TLS != nil:
		return "https"
	}
	return "http"
}

// unauthorized answers a request whose credentials were refused. The reason stays in
// the log: X does not tell it either.
func (s *Server) unauthorized(t *trouble) reply {
	if !s.cfg.GatewayErrors {
		return refuse(http.StatusUnauthorized, nil,
			apiError{Code: codeUnauthorized, Message: "This request is not properly authenticated"})
	}
	switch t.gateway {
	case gatewayNoAuth:
		return gatewayError(http.StatusBadRequest, t.gateway, "Bad Authentication data.")
	case gatewayBadToken:
		return gatewayError(http.StatusUnauthorized, t.gateway, "Invalid or expired token.")
	case gatewayBadClock:
		return gatewayError(http.StatusUnauthorized, t.gateway, "Timestamp out of bounds.")
	}
	return gatewayError(http.StatusUnauthorized, t.gateway, "Could not authenticate you.")
}

// bodyHashMatches checks oauth_body_hash, which only some clients send: the SHA-1 sum
// of the body in base64.
func bodyHashMatches(c credentials, sum []byte) bool {
	want, given := c.get("oauth_body_hash")
	return !given || strings.TrimRight(want, "=") == base64.RawStdEncoding.EncodeToString(sum)
}

func duplicate(list []param) (string, bool) {
	seen := make(map[string]bool, len(list))
	for _, p := range list {
		if seen[p.name] {
			return p.name, true
		}
		seen[p.name] = true
	}
	return "", false
}

// nonces remembers what was used, in two generations: the older one is dropped when it
// can hold nothing that the clock window would still let in.
type nonces struct {
	mu       sync.Mutex
	now, old map[string]struct{}
	turned   time.Time
}

func (n *nonces) seen(key string, now time.Time, window time.Duration) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.now == nil || now.Sub(n.turned).Abs() > 2*window {
		n.old, n.now, n.turned = n.now, map[string]struct{}{}, now
	}
	if _, ok := n.now[key]; ok {
		return true
	}
	if _, ok := n.old[key]; ok {
		return true
	}
	n.now[key] = struct{}{}
	return false
}
