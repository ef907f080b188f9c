package sandbox

import (
	"strings"
	"testing"
)

// The credentials that X prints in its documentation.
const (
	docConsumer = "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"
	docToken    = "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"
)

func documented() []param {
	return []param{
		{"oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"},
		{"oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"},
		{"oauth_signature_method", "HMAC-SHA1"},
		{"oauth_timestamp", "1318622958"},
		{"oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"},
		{"oauth_version", "1.0"},
	}
}

// The signatures that X and the RFC print, and some that oauthlib agrees with.
func TestSignatureVectors(t *testing.T) {
	t.Parallel()
	status := []param{{"include_entities", "true"}, {"status", "Hello Ladies + Gentlemen, a signed OAuth request!"}}
	for _, c := range []struct {
		name, host, path string
		more             []param
		want             string
	}{
		{"api.x.com", "api.x.com", "/1.1/statuses/update.json", status, "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="},
		{"default port", "API.x.com:443", "/1.1/statuses/update.json", status, "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="},
		{"api.twitter.com", "api.twitter.com", "/1.1/statuses/update.json", status, "hCtSmYh+iHYCEqBWrE7C7hYmtUk="},
		{"version 1", "api.twitter.com", "/1/statuses/update.json", status, "tnnArxj06cWHq44gCs1OSKk/jLY="},
		{
			"body hash", "ads-api.x.com", "/12/accounts/18ce54d4x5t/custom_audiences/1nmth/users",
			[]param{{"oauth_body_hash", "5RVOLMbLvNlevGawQVYFcHUmIcs="}},
			"hYEkUabif4xjAfjtbYmhf/HHWxE=",
		},
		{
			"name in the query", "ads-api.x.com", "/12/accounts/18ce54d4x5t/custom_audiences",
			[]param{{"name", "VIP, 50% off: a&b é"}},
			"u1J6k7bMG1HmYgKZ/jgTppmDN5k=",
		},
	} {
		base := baseString("POST", "https", c.host, c.path, append(documented(), c.more...))
		if got := signature(base, docConsumer, docToken); got != c.want {
			t.Errorf("%s: got %s, want %s\n%s", c.name, got, c.want, base)
		}
	}
}

// RFC 5849, 3.4.1.1: parameters from header, query and form, some of them twice.
func TestSignatureOfTheRFC(t *testing.T) {
	t.Parallel()
	header, err := parseAuthorization(`OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", ` +
		`oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", ` +
		`oauth_nonce="7d8f3e4a", oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"`)
	if err != nil {
		t.Fatal(err)
	}
	query, err := parseForm("b5=%3D%253D&a3=a&c%40=&a2=r%20b")
	if err != nil {
		t.Fatal(err)
	}
	form, err := parseForm("c2&a3=2+q")
	if err != nil {
		t.Fatal(err)
	}
	base := baseString("POST", "http", "example.com", "/request", append(append(header, query...), form...))
	want := "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26" +
		"oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26" +
		"oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
	if base != want {
		t.Errorf("base string\n got %s\nwant %s", base, want)
	}
	if got := signature(base, "j49sk3j29djd", "dh893hdasih9"); got != "r6/TJjbCOr97/+UU0NsvSne7s5g=" {
		t.Errorf("got %s", got)
	}
}

func TestEscapeVectors(t *testing.T) {
	t.Parallel()
	for plain, want := range map[string]string{
		"Ladies + Gentlemen": "Ladies%20%2B%20Gentlemen",
		"An encoded string!": "An%20encoded%20string%21",
		"Dogs, Cats & Mice":  "Dogs%2C%20Cats%20%26%20Mice",
		"☃":                  "%E2%98%83",
		"azAZ09-._~":         "azAZ09-._~",
	} {
		if got := escape(plain); got != want {
			t.Errorf("%q: got %s, want %s", plain, got, want)
		}
		if back, err := unescape(want, true); err != nil || back != plain {
			t.Errorf("%s: got %q, %v", want, back, err)
		}
	}
}

func TestHostInBaseString(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"http", "Example.com:80", "example.com"},
		{"https", "example.com:443", "example.com"},
		{"http", "127.0.0.1:8080", "127.0.0.1:8080"},
		{"http", "example.com:443", "example.com:443"},
		{"http", "[::1]:80", "[::1]"},
	} {
		if got := canonicalHost(c[0], c[1]); got != c[2] {
			t.Errorf("%v: got %s", c, got)
		}
	}
}

func FuzzParseAuthorization(f *testing.F) {
	f.Add(`OAuth a="b", c="%20"`)
	f.Add(`oauth realm="x",oauth_token=""`)
	f.Add(`OAuth a="b" c="d"`)
	f.Add(`Bearer x`)
	f.Fuzz(func(t *testing.T, header string) {
		list, err := parseAuthorization(header)
		if err != nil {
			return
		}
		// What was read can be written and read again.
		var parts []string
		for _, p := range list {
			parts = append(parts, escape(p.name)+`="`+escape(p.value)+`"`)
		}
		again, err := parseAuthorization("OAuth " + strings.Join(parts, ","))
		if err != nil || len(again) != len(list) {
			t.Fatalf("%q: %v became %v, %v", header, list, again, err)
		}
		for i := range list {
			if list[i] != again[i] {
				t.Fatalf("%q: %v became %v", header, list[i], again[i])
			}
		}
	})
}
