package sandbox_test

import (
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/sandbox"
)

const audiences = "/12/accounts/" + account + "/custom_audiences"

func TestRefusedCredentials(t *testing.T) {
	t.Parallel()
	set := func(k, v string) func(url.Values) { return func(o url.Values) { o.Set(k, v) } }
	at := func(d time.Duration) func(url.Values) {
		return set("oauth_timestamp", strconv.FormatInt(time.Now().Add(d).Unix(), 10))
	}
	for name, c := range map[string]struct {
		auth    func(url.Values)
		gateway string // status and number with GatewayErrors
	}{
		"signature":    {set("oauth_signature", "AAAA"), "401 32"},
		"consumer key": {set("oauth_consumer_key", "x"), "401 32"},
		"token":        {set("oauth_token", "x"), "401 89"},
		"no token":     {func(o url.Values) { o.Del("oauth_token") }, "400 215"},
		"method":       {set("oauth_signature_method", "PLAINTEXT"), "400 215"},
		"version":      {set("oauth_version", "2.0"), "400 215"},
		"old":          {at(-6 * time.Minute), "401 135"},
		"early":        {at(6 * time.Minute), "401 135"},
		"no number":    {set("oauth_timestamp", "now"), "400 215"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.auth = c.auth
			a := b.get(audiences)
			want := `{"errors":[{"code":"UNAUTHORIZED_ACCESS","message":"This request is not properly authenticated"}],"request":{"params":{}}}`
			if a.status != http.StatusUnauthorized || a.body != want {
				t.Errorf("got %d %s", a.status, a.body)
			}
			if log := b.Requests(); log[0].Why == "" {
				t.Errorf("the log does not say why: %+v", log[0])
			}
			b = start(t, func(c *sandbox.Config) { c.GatewayErrors = true })
			b.auth = c.auth
			a = b.get(audiences)
			status, code, _ := strings.Cut(c.gateway, " ")
			if strconv.Itoa(a.status) != status || !strings.Contains(a.body, `"code":`+code+`,`) {
				t.Errorf("gateway: got %d %s, want %s", a.status, a.body, c.gateway)
			}
		})
	}
}

func TestAcceptedCredentials(t *testing.T) {
	t.Parallel()
	for name, auth := range map[string]func(url.Values){
		"no version": func(o url.Values) { o.Del("oauth_version") },
		"edge of the clock": func(o url.Values) {
			o.Set("oauth_timestamp", strconv.FormatInt(time.Now().Add(-295*time.Second).Unix(), 10))
		},
		"hash of no body": func(o url.Values) { o.Set("oauth_body_hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=") },
	} {
		b := start(t)
		b.auth = auth
		if a := b.get(audiences); a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestNoHeader(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, header := range []string{"", "Bearer x", "OAuth", `OAuth a="b" c="d"`, `OAuth oauth_token="a", oauth_token="b"`} {
		req, _ := http.NewRequest("GET", b.url+audiences, nil)
		req.Header.Set("Authorization", header)
		if a, err := send(req); err != nil || a.status != 401 {
			t.Errorf("%q: %d %v", header, a.status, err)
		}
	}
}

// A large body behind a bad signature must not cost the client its answer.
func TestRefusalBeforeALargeBody(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.auth = func(o url.Values) { o.Set("oauth_token", "x") }
	if a := b.users(b.audience("x"), strings.Repeat(" ", 4_900_000)); a.status != 401 {
		t.Errorf("got %d %s", a.status, a.body)
	}
}

func TestReplay(t *testing.T) {
	t.Parallel()
	b := start(t)
	req, _ := http.NewRequest("GET", b.url+audiences, nil)
	b.sign(req, "", "")
	for i, want := range []int{200, 401} {
		if a, err := send(req.Clone(t.Context())); err != nil || a.status != want {
			t.Errorf("time %d: %d %v", i, a.status, err)
		}
	}
}

// Encodings that clients differ in: plus or %20, lower-case escapes, form bodies.
func TestParameterEncodings(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for name, c := range map[string]struct{ query, contentType, body string }{
		"plus":             {"?name=VIP+50%25%20off%3A+a%26b+%c3%a9", "", ""},
		"form":             {"", form, "name=VIP+50%25%20off%3A+a%26b+%C3%A9"},
		"query and form":   {"?description=x", form, "name=VIP+50%25+off%3A+a%26b+%C3%A9"},
		"empty form":       {"?name=VIP+50%25+off%3A+a%26b+%C3%A9", form, ""},
		"unescaped commas": {"?description=a,b&name=VIP%2050%25%20off:%20a%26b%20é", "", ""},
	} {
		b := start(t)
		a := b.call("POST", audiences+c.query, c.contentType, c.body)
		if a.status != http.StatusCreated {
			t.Errorf("%s: %d %s %+v", name, a.status, a.body, b.Requests())
			continue
		}
		if got := b.Audiences()[0].Name; got != "VIP 50% off: a&b é" {
			t.Errorf("%s: name is %q", name, got)
		}
	}
	b := start(t)
	if a := b.get(audiences + "?q=a&q=b"); a.status != 401 {
		t.Errorf("a key that comes twice: %d", a.status)
	}
}

func TestBodyHash(t *testing.T) {
	t.Parallel()
	body := "[" + op("Update", "a") + "]"
	sum := sha1.Sum([]byte(body))
	right := base64.StdEncoding.EncodeToString(sum[:])
	for _, countOnly := range []bool{false, true} {
		b := start(t, func(c *sandbox.Config) { c.CountOnly = countOnly })
		id := b.audience("x")
		for value, want := range map[string]int{right: 200, "2jmj7l5rSw0yVb/vlWAYkK/YBwk=": 401} {
			b.auth = func(o url.Values) { o.Set("oauth_body_hash", value) }
			if a := b.users(id, body); a.status != want {
				t.Errorf("counting %v: %d, want %d: %s", countOnly, a.status, want, a.body)
			}
		}
	}
}

// Over TLS clients sign https.
func TestTLS(t *testing.T) {
	t.Parallel()
	cfg := sandbox.Default()
	web := httptest.NewTLSServer(sandbox.New(cfg))
	t.Cleanup(web.Close)
	b := &box{t: t, url: web.URL, now: time.Now}
	req, _ := http.NewRequest("GET", web.URL+audiences, nil)
	b.sign(req, "", "")
	res, err := web.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("status %d", res.StatusCode)
	}
}

// The Date header is the sandbox's clock, which is what a client can compare with.
func TestDate(t *testing.T) {
	t.Parallel()
	when := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	b := start(t, func(c *sandbox.Config) { c.Now = func() time.Time { return when } })
	if got := b.get(audiences).header.Get("Date"); got != when.Format(http.TimeFormat) {
		t.Errorf("Date is %q", got)
	}
}
