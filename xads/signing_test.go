package xads

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dghubble/oauth1"
	"pgregory.net/rapid"
)

// X publishes these credentials in its documentation, marked invalid.
var documentedCredentials = Credentials{
	"xvz1evFS4wEEPTGEFPHBog", "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
	"370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
}

type fixedNonce string

func (n fixedNonce) Nonce() string { return string(n) }

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// signatureAt signs a request as X's documentation did, at its time and with its
// nonce, and returns the signature.
func signatureAt(t *testing.T, request *http.Request) string {
	t.Helper()
	var signature string
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Unix(1318622958, 0)))
		config := oauth1.NewConfig(documentedCredentials.ConsumerKey, documentedCredentials.ConsumerSecret)
		config.Noncer = fixedNonce("kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg")
		base := roundTripFunc(func(r *http.Request) (*http.Response, error) {
			params, err := headerParams(r.Header.Get("Authorization"))
			for _, p := range params {
				if p[0] == "oauth_signature" {
					signature = p[1]
				}
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}, err
		})
		client := signingClient(config, oauth1.NewToken(documentedCredentials.AccessToken, documentedCredentials.AccessTokenSecret),
			&http.Client{Transport: base})
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
	})
	return signature
}

// The vectors of X docs, "Creating a signature", today's and the older one.
func TestSignsAsXDocuments(t *testing.T) {
	const form = "status=Hello%20Ladies%20%2B%20Gentlemen%2C%20a%20signed%20OAuth%20request%21"
	for url, want := range map[string]string{
		"https://api.x.com/1.1/statuses/update.json?include_entities=true":       "Ls93hJiZbQ3akF3HF3x1Bz8/zU4=",
		"https://api.twitter.com/1.1/statuses/update.json?include_entities=true": "hCtSmYh+iHYCEqBWrE7C7hYmtUk=",
	} {
		r := httptest.NewRequest("POST", url, strings.NewReader(form))
		r.RequestURI = ""
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := signatureAt(t, r); got != want {
			t.Errorf("%s: got %s, want %s", url, got, want)
		}
	}
}

// A vector that oauthlib agrees with: the request of CreateAudience as the client
// itself builds it.
func TestSignsAudienceNames(t *testing.T) {
	c, err := New(documentedCredentials, Options{})
	if err != nil {
		t.Fatal(err)
	}
	k := newCall(http.MethodPost, audiencesEndpoint, "18ce54d4x5t")
	k.query = map[string][]string{"name": {"VIP, 50% off: a&b é"}}
	r, err := c.newRequest(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := signatureAt(t, r), "u1J6k7bMG1HmYgKZ/jgTppmDN5k="; got != want {
		t.Errorf("%s: got %s, want %s", r.URL, got, want)
	}
}

// Whatever an audience is called, the signature verifies and the name arrives. Names
// with + & , % : ; @ / = ? $ break other integrations.
func TestAnyNameSignsAndArrives(t *testing.T) {
	var name, problem string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem = ""
		if err := verifyRequest(r); err != nil {
			problem = err.Error()
		}
		name = r.URL.Query().Get("name")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"data":{"id":"1nmth"}}`)
	}))
	defer server.Close()
	client := newClient(t, server.URL, Options{})
	check := func(t rapid.TB, want string) {
		if _, err := client.CreateAudience(context.Background(), "18ce54d4x5t", want, ""); err != nil {
			t.Fatalf("%q: %v", want, err)
		}
		if problem != "" || name != want {
			t.Fatalf("%q: arrived as %q; %s", want, name, problem)
		}
	}
	for _, want := range []string{"a+b", "a&b=c", "50%", "x,y:z;", "@me/you?$", "Käse ☃ 猫", " ", "%2B", "~!*'()"} {
		check(t, want)
	}
	rapid.Check(t, func(rt *rapid.T) {
		check(rt, rapid.StringN(1, -1, 2000).Draw(rt, "name"))
	})
}

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

// FuzzSign signs requests with arbitrary queries and has the signature checked by code
// that shares nothing with the signer.
func FuzzSign(f *testing.F) {
	f.Add("q", "a b+c%&=", "cursor", "é~*'()")
	f.Add("", "", "", "")
	f.Add("", "0", "0", "") // = sorts behind 0, and yet the empty name comes first
	f.Add("a", "1", "a", "0")
	f.Add("\x00", "\xff\ufeff", "a[]", "/?:@-._~!$&'()*+,;=")
	f.Fuzz(func(t *testing.T, k1, v1, k2, v2 string) {
		var signature error
		base := roundTripFunc(func(r *http.Request) (*http.Response, error) {
			v := verifier{testCredentials.ConsumerSecret, testCredentials.AccessTokenSecret}
			signature = v.verify(r.Method, "http://"+r.URL.Host, r.URL.RequestURI(), r.Header.Get("Authorization"), "")
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
		})
		client := newClient(t, "http://x.example", Options{HTTPClient: &http.Client{Transport: base}})
		k := newCall(http.MethodGet, "accounts/:account_id/custom_audiences", "a1")
		// No call gives a name twice, and the library would sign only the first.
		k.query = url.Values{k1: {v1}}
		k.query.Set(k2, v2)
		k.decode = func([]byte) error { return nil }
		if failed := client.sendWithRetries(t.Context(), k); failed != nil || signature != nil {
			t.Fatal(failed, signature)
		}
	})
}
