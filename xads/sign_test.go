package xads

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dghubble/oauth1"
	"pgregory.net/rapid"
)

// X publishes these credentials in its documentation, marked invalid.
var documented = Credentials{
	"xvz1evFS4wEEPTGEFPHBog", "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
	"370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
}

type fixedNonce string

func (n fixedNonce) Nonce() string { return string(n) }

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// signatureAt signs a request as X's documentation did, at its time and with its
// nonce, and returns the signature.
func signatureAt(t *testing.T, request *http.Request) string {
	t.Helper()
	var signature string
	synctest.Test(t, func(t *testing.T) {
		<-time.After(time.Until(time.Unix(1318622958, 0)))
		config := oauth1.NewConfig(documented.ConsumerKey, documented.ConsumerSecret)
		config.Noncer = fixedNonce("kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg")
		base := roundTrip(func(r *http.Request) (*http.Response, error) {
			params, err := headerParams(r.Header.Get("Authorization"))
			for _, p := range params {
				if p[0] == "oauth_signature" {
					signature = p[1]
				}
			}
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody}, err
		})
		client := signingWith(config, oauth1.NewToken(documented.AccessToken, documented.AccessTokenSecret),
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
	c, err := New(documented, Options{})
	if err != nil {
		t.Fatal(err)
	}
	k := newCall(http.MethodPost, audiencesEndpoint, "18ce54d4x5t")
	k.query = map[string][]string{"name": {"VIP, 50% off: a&b é"}}
	r, err := c.request(t.Context(), k)
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
