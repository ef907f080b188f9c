package sandbox

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// param is one decoded name and value that a signature covers.
type param struct{ name, value string }

// parseAuthorization reads the parameters of an OAuth Authorization header
// (RFC 5849, 3.5.1), decoded, realm included. A name may come once.
func parseAuthorization(header string) ([]param, error) {
	const scheme = "oauth"
	if len(header) <= len(scheme) || !strings.EqualFold(header[:len(scheme)], scheme) || header[len(scheme)] != ' ' {
		return nil, errors.New("no OAuth credentials")
	}
	var list []param
	rest := strings.TrimSpace(header[len(scheme):])
	for rest != "" {
		p, after, err := nextParam(rest)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(q param) bool { return q.name == p.name }) {
			return nil, fmt.Errorf("%q comes twice", p.name)
		}
		list = append(list, p)
		rest = after
	}
	return list, nil
}

// nextParam cuts name="value" and the comma behind it off the front.
func nextParam(s string) (param, string, error) {
	name, rest, ok := strings.Cut(s, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" || !strings.HasPrefix(rest, `"`) {
		return param{}, "", errors.New(`a parameter is not name="value"`)
	}
	value, rest, ok := strings.Cut(rest[1:], `"`)
	if !ok {
		return param{}, "", errors.New("a value has no closing quote")
	}
	rest = strings.TrimSpace(rest)
	if rest != "" {
		if rest[0] != ',' {
			return param{}, "", errors.New("no comma between two parameters")
		}
		rest = strings.TrimSpace(rest[1:])
	}
	n, err := unescape(name, false)
	if err != nil {
		return param{}, "", err
	}
	v, err := unescape(value, false)
	return param{n, v}, rest, err
}

// parseForm reads application/x-www-form-urlencoded text: a query or a body.
func parseForm(s string) ([]param, error) {
	var list []param
	for part := range strings.SplitSeq(s, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		n, err := unescape(name, true)
		if err != nil {
			return nil, err
		}
		v, err := unescape(value, true)
		if err != nil {
			return nil, err
		}
		list = append(list, param{n, v})
	}
	return list, nil
}

// unescape undoes percent-encoding; in forms a plus is a space.
func unescape(s string, plus bool) (string, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+' && plus:
			b = append(b, ' ')
		case s[i] != '%':
			b = append(b, s[i])
		case i+2 >= len(s) || nibble(s[i+1]) > 15 || nibble(s[i+2]) > 15:
			return "", errors.New("bad percent-encoding")
		default:
			b = append(b, nibble(s[i+1])<<4|nibble(s[i+2]))
			i += 2
		}
	}
	return string(b), nil
}

// nibble is the value of a hex digit of either case, 16 for any other byte.
func nibble(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// escape percent-encodes all but the unreserved characters (RFC 5849, 3.6).
func escape(s string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
			c == '-', c == '.', c == '_', c == '~':
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}

// baseString is what a signature signs (RFC 5849, 3.4.1). Path is as it was sent.
func baseString(method, scheme, host, path string, list []param) string {
	pairs := make([]param, 0, len(list))
	for _, p := range list {
		if p.name != "oauth_signature" && p.name != "realm" {
			pairs = append(pairs, param{escape(p.name), escape(p.value)})
		}
	}
	slices.SortFunc(pairs, func(a, b param) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	joined := make([]string, len(pairs))
	for i, p := range pairs {
		joined[i] = p.name + "=" + p.value
	}
	uri := scheme + "://" + canonicalHost(scheme, host) + cmp.Or(path, "/")
	return strings.ToUpper(method) + "&" + escape(uri) + "&" + escape(strings.Join(joined, "&"))
}

// canonicalHost lower-cases a host and drops the scheme's own port.
func canonicalHost(scheme, host string) string {
	host = strings.ToLower(host)
	switch scheme {
	case "http":
		return strings.TrimSuffix(host, ":80")
	case "https":
		return strings.TrimSuffix(host, ":443")
	}
	return host
}

// signature signs a base string with HMAC-SHA1.
func signature(base, consumerSecret, tokenSecret string) string {
	mac := hmac.New(sha1.New, []byte(escape(consumerSecret)+"&"+escape(tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
