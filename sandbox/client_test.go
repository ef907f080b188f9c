package sandbox_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/sandbox"
)

const account = "18ce54d4x5t"

// box is a sandbox on a real port, and a client for it.
type box struct {
	*sandbox.Server
	t   testing.TB
	url string
	now func() time.Time
	// auth may change the OAuth parameters before they are signed.
	auth func(url.Values)
}

// start serves a sandbox with the defaults, changed by the given functions.
func start(t testing.TB, change ...func(*sandbox.Config)) *box {
	t.Helper()
	cfg := sandbox.Default()
	cfg.Limits.Off = true
	for _, f := range change {
		f(&cfg)
	}
	s := sandbox.New(cfg)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return &box{Server: s, t: t, url: web.URL, now: cfg.Now}
}

// answer is a reply with its body read.
type answer struct {
	status int
	header http.Header
	body   string
}

// decode reads the body into a generic value.
func (a answer) decode(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("status %d, body %q: %v", a.status, a.body, err)
	}
	return v
}

// call sends a signed request and fails the test if no answer comes.
func (b *box) call(method, path, contentType, body string) answer {
	b.t.Helper()
	a, err := b.try(method, path, contentType, body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (b *box) try(method, path, contentType, body string) (answer, error) {
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	b.sign(req, contentType, body)
	return send(req)
}

func send(req *http.Request) (answer, error) {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, string(text)}, err
}

func (b *box) get(path string) answer { b.t.Helper(); return b.call("GET", path, "", "") }

func (b *box) users(id, body string) answer {
	b.t.Helper()
	return b.call("POST", "/12/accounts/"+account+"/custom_audiences/"+id+"/users", "application/json", body)
}

// audience makes an audience without a request.
func (b *box) audience(name string) string {
	b.t.Helper()
	id, err := b.NewAudience(account, name)
	if err != nil {
		b.t.Fatal(err)
	}
	return id
}

// sign is written apart from the sandbox's own signing, on top of net/url.
func (b *box) sign(req *http.Request, contentType, body string) {
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	oauth := url.Values{
		"oauth_consumer_key": {"ck"}, "oauth_token": {"at"}, "oauth_nonce": {hex.EncodeToString(nonce)},
		"oauth_signature_method": {"HMAC-SHA1"}, "oauth_timestamp": {strconv.FormatInt(b.now().Unix(), 10)},
		"oauth_version": {"1.0"},
	}
	if b.auth != nil {
		b.auth(oauth)
	}
	all := req.URL.Query()
	if contentType == "application/x-www-form-urlencoded" {
		form, _ := url.ParseQuery(body)
		for k, v := range form {
			all[k] = append(all[k], v...)
		}
	}
	maps.Copy(all, oauth)
	base := req.Method + "&" + pct(req.URL.Scheme+"://"+req.URL.Host+req.URL.EscapedPath()) + "&" + pct(pct2(all))
	mac := hmac.New(sha1.New, []byte("cs&ats"))
	mac.Write([]byte(base))
	if oauth.Get("oauth_signature") == "" {
		oauth.Set("oauth_signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	var parts []string
	for k := range oauth {
		parts = append(parts, fmt.Sprintf(`%s="%s"`, k, pct(oauth.Get(k))))
	}
	req.Header.Set("Authorization", "OAuth "+strings.Join(parts, ", "))
}

func pct(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func pct2(v url.Values) string {
	var list []string
	for k := range v {
		list = append(list, pct(k)+"="+pct(v.Get(k)))
	}
	sort.Strings(list)
	return strings.Join(list, "&")
}

// hash is what a client sends for a value.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// op writes an operation with one user for each e-mail.
func op(kind string, emails ...string) string {
	var list []string
	for _, e := range emails {
		list = append(list, `{"email":["`+hash(e)+`"]}`)
	}
	return `{"operation_type":"` + kind + `","params":{"users":[` + strings.Join(list, ",") + `]}}`
}
