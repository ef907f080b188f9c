package xaudience_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/destinationtest"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/dial"
)

const digest = "4798b8bbdcf6f2a52e527f46a3d7a7c9aefb541afda03af79c74809ecc6376f3"

func TestSuite(t *testing.T) {
	destinationtest.Run(t, destinationtest.Config{
		Open: func(t testing.TB) destination.Destination {
			return open(t, accepting(t).URL, map[string]string{"default_region": "US"})
		},
		Audience: "1nmth",
		Good: map[string][]string{
			"email": {
				"a@example.com", " A@Example.com\t", "\u212aim@example.com", "kim@example.com", "KIM@EXAMPLE.COM", digest,
				"mailto:kim@example.com", "<Kim@example.com>", "Kim: 1 <mailto:kim@example.com>;", `["kim@example.com"]`, "'kim@example.com'", `{"kim@example.com"}`,
				"jos\u00e9.1@example.com", "Jose\u0301.1@example.com", "Jos\u00c9.1@example.com;", "Ada@M\u00fcnchen.de", "ada@mu\u0308nchen.de", "<ADA@XN--Mnchen-3ya.de>",
				`\x` + digest, `"` + digest + `"`, `[\x` + strings.ToUpper(digest) + "]",
			},
			"phone_number":    {"+14155552671", "(415) 555-2671", "1 415 555 2671", "011 1 415 555 2671", "+44 (0)20 7946 0958", "14155552671.0", "1.4155552671E10", "'+1.4155552671", "415.555.2671 x5", "tel:+1-415-555-2671;ext=5", "４１５ ５５５ ２６７１", digest},
			"device_id":       {"4B61639E-47CC-4056-A16A-C8217E029462", "4b61639e-47cc-4056-a16a-c8217e029462", "af3802a465767e36", `["AF3802A465767E36"]`, `\x` + digest, digest},
			"twitter_id":      {"143567", "\u00a0143567 ", "143567.0", "1.43567E5", "['143567']", `\x` + digest, digest, "4798B8BBDCF6F2A52E527F46A3D7A7C9AEFB541AFDA03AF79C74809ECC6376F3"},
			"partner_user_id": {"id \"7\"\\", " id \"7\"\\\u200b", "Ünï", "\x7f", `["Ünï"]`, "{id-8}", "'id-8'", "id-8"},
			"handle":          {"@Jack", "jack", " JACK ", "'@jack'", `{"@JACK"}`, "\u200b[jack]"},
		},
		Bad: map[string][]string{
			"email":           {"nobody", "a b@example.com", "unknown", "a@b.c;d@e.f", "'a@b.c", "[a@b.c", "a@b.c>", "a%40b@example.com"},
			"phone_number":    {"12345", "4155552671x", "unknown", "1.4156E10"},
			"device_id":       {"some device", "{00000000-0000-0000-0000-000000000000}", "9774D56D682E549C"},
			"twitter_id":      {"1e10", "0012", "143567.5"},
			"partner_user_id": {"broken\xff", "N/A", `"id`, "{id"},
			"handle":          {"not a handle", "@None"},
			"effective_at":    {"soon"},
			"expires_at":      {"2026-02-30"},
		},
	})
}

// open opens a destination at url; options add to or replace the usual ones.
func open(t testing.TB, url string, options map[string]string) destination.Destination {
	t.Helper()
	all := map[string]string{
		"account_id": "18ce54d4x5t", "consumer_key": "ck", "consumer_secret": "cs",
		"access_token": "at", "access_token_secret": "ats", "api_url": url,
	}
	maps.Copy(all, options)
	d, err := xaudience.Kind().Open(eddy.Destination{Dialer: dial.Anywhere(), Name: "x", Type: xaudience.Type, Options: all})
	if err != nil {
		t.Fatal(err)
	}
	return d
}
