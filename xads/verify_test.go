package xads

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// verifier checks OAuth 1.0a signatures as RFC 5849, section 3.4, describes them. It
// shares no code with the signer, so that both cannot be wrong alike.
type verifier struct{ consumerSecret, tokenSecret string }

// verify takes a request as it is on the wire: scheme and host in lower case, the
// request target, the Authorization header, and a form body ("" for any other).
func (v verifier) verify(method, origin, target, authorization, form string) error {
	params, err := headerParams(authorization)
	if err != nil {
		return err
	}
	claimed := ""
	var pairs [][2]string
	for _, p := range params {
		switch p[0] {
		case "oauth_signature":
			claimed = p[1]
		case "realm":
		default:
			pairs = append(pairs, p)
		}
	}
	path, query, _ := strings.Cut(target, "?")
	pairs = append(append(pairs, formParams(query)...), formParams(form)...)
	if got := v.sign(method, origin+path, pairs); got != claimed {
		return fmt.Errorf("signature %s, want %s", claimed, got)
	}
	return nil
}

func (v verifier) sign(method, uri string, pairs [][2]string) string {
	slices.SortFunc(pairs, func(a, b [2]string) int {
		return cmp.Or(cmp.Compare(rfc3986(a[0]), rfc3986(b[0])), cmp.Compare(rfc3986(a[1]), rfc3986(b[1])))
	})
	var encoded []string
	for _, p := range pairs {
		encoded = append(encoded, rfc3986(p[0])+"="+rfc3986(p[1]))
	}
	base := strings.ToUpper(method) + "&" + rfc3986(uri) + "&" + rfc3986(strings.Join(encoded, "&"))
	mac := hmac.New(sha1.New, []byte(rfc3986(v.consumerSecret)+"&"+rfc3986(v.tokenSecret)))
	mac.Write([]byte(base))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func headerParams(authorization string) ([][2]string, error) {
	rest, ok := strings.CutPrefix(authorization, "OAuth ")
	if !ok {
		return nil, errors.New("no OAuth header")
	}
	var pairs [][2]string
	for field := range strings.SplitSeq(rest, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(field), "=")
		if !ok || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			return nil, fmt.Errorf("malformed parameter %q", field)
		}
		value, err := url.PathUnescape(value[1 : len(value)-1])
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, [2]string{key, value})
	}
	return pairs, nil
}

// formParams decodes a query or form body, where a plus is a blank.
func formParams(s string) [][2]string {
	var pairs [][2]string
	for field := range strings.SplitSeq(s, "&") {
		if field == "" {
			continue
		}
		key, value, _ := strings.Cut(field, "=")
		key, _ = url.QueryUnescape(key)
		value, _ = url.QueryUnescape(value)
		pairs = append(pairs, [2]string{key, value})
	}
	return pairs
}

func rfc3986(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// The verifier itself is held against the example of RFC 5849, 3.4.1.1, which has
// everything difficult: repeated keys, empty values, a form body.
func TestVerifierAgreesWithRFC5849(t *testing.T) {
	v := verifier{"j49sk3j29djd", "dh893hdasih9"}
	err := v.verify("POST", "http://example.com", "/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
		`OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", `+
			`oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", `+
			`oauth_signature="r6%2FTJjbCOr97%2F%2BUU0NsvSne7s5g%3D"`, "c2&a3=2+q")
	if err != nil {
		t.Error(err)
	}
}

// X docs, Percent encoding parameters.
func TestVerifierEncodesAsXDocuments(t *testing.T) {
	for in, want := range map[string]string{
		"Ladies + Gentlemen": "Ladies%20%2B%20Gentlemen",
		"An encoded string!": "An%20encoded%20string%21",
		"Dogs, Cats & Mice":  "Dogs%2C%20Cats%20%26%20Mice",
		"☃":                  "%E2%98%83",
	} {
		if got := rfc3986(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
