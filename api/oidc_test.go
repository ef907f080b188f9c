package api_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

const (
	oidcClient = "eddy"
	oidcSecret = "0idc-s3cret"
)

// provider is an account provider that speaks OpenID Connect: discovery, the code flow with
// PKCE, and signed tokens. A test bends what it says.
type provider struct {
	*httptest.Server

	t        testing.TB
	key      *rsa.PrivateKey
	redirect string

	mu    gosync.Mutex
	codes map[string]url.Values
	bend  func(*person)
}

// person is what the provider says about who logs in, and how it signs that.
type person struct {
	claims map[string]any
	key    *rsa.PrivateKey
	// state and failure take the place of those of the log-in.
	state, failure string
	away           bool
}

func newProvider(t testing.TB, redirect string) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{t: t, key: key, redirect: redirect, codes: map[string]url.Values{}, bend: func(*person) {}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.t.Error(err)
	}
}

// now is the person who logs in.
func (p *provider) now(nonce string) *person {
	who := &person{key: p.key, claims: map[string]any{
		"iss": p.URL, "aud": oidcClient, "sub": "1", "iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"nonce": nonce, "email": "Editor@example.com", "email_verified": true, "name": "Ada",
	}}
	p.bend(who)
	return who
}

func (p *provider) discovery(w http.ResponseWriter, _ *http.Request) {
	if p.now("").away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	p.say(w, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
	})
}

func (p *provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != oidcClient || q.Get("redirect_uri") != p.redirect || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || len(q.Get("state")) < 20 {
		p.t.Errorf("the browser was sent with %v", q)
	}
	who := p.now("")
	back := url.Values{"state": {q.Get("state")}, "code": {rand.Text()}}
	if who.state != "" {
		back.Set("state", who.state)
	}
	if who.failure != "" {
		back.Del("code")
		back.Set("error", who.failure)
	}
	p.mu.Lock()
	p.codes[back.Get("code")] = q
	p.mu.Unlock()
	http.Redirect(w, r, p.redirect+"?"+back.Encode(), http.StatusFound)
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	q, ok := p.codes[r.FormValue("code")]
	delete(p.codes, r.FormValue("code"))
	p.mu.Unlock()
	id, secret, _ := r.BasicAuth()
	challenge := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if !ok || id != oidcClient || secret != oidcSecret || base64.RawURLEncoding.EncodeToString(challenge[:]) != q.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		p.say(w, map[string]string{"error": "invalid_grant"})
		return
	}
	who := p.now(q.Get("nonce"))
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: who.key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", "k"))
	if err != nil {
		p.t.Error(err)
		return
	}
	text, err := jwt.Signed(signer).Claims(who.claims).Serialize()
	if err != nil {
		p.t.Error(err)
	}
	p.say(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": text})
}

// elsewhere is a server whose people log in with accounts of a provider.
func (w *world) elsewhere(change func(*api.OIDC)) (*provider, string) {
	w.Helper()
	srv := httptest.NewUnstartedServer(nil)
	home := "http://" + srv.Listener.Addr().String()
	p := newProvider(w.TB, home+"/auth/oidc/callback")
	cfg := w.config
	cfg.PublicURL = home
	cfg.OIDC = &api.OIDC{Issuer: p.URL, ClientID: oidcClient, ClientSecret: oidcSecret}
	if change != nil {
		change(cfg.OIDC)
	}
	handler, err := api.New(cfg)
	w.must(err)
	srv.Config.Handler = handler
	srv.Start()
	w.Cleanup(srv.Close)
	return p, home
}

// logIn follows a whole log-in in a browser: whom the server then takes it for, or why not.
func (w *world) logIn(home string) (me api.Me, refused *api.Problem) {
	w.Helper()
	jar, err := cookiejar.New(nil)
	w.must(err)
	browser := &http.Client{Jar: jar}
	resp, err := browser.Get(home + "/auth/oidc/login")
	w.must(err)
	defer resp.Body.Close()
	if resp.Request.URL.Path == "/" { // the page, which this server does not have
		w.must((&api.Client{URL: home, HTTP: browser}).Do(w.Context(), api.Call{Method: "GET", Path: "/api/v1/me"}, &me))
		return me, nil
	}
	refused = &api.Problem{}
	w.must(json.NewDecoder(resp.Body).Decode(refused))
	if strings.Contains(refused.Error(), oidcSecret) {
		w.Error("the problem tells the client's secret")
	}
	if err := (&api.Client{URL: home, HTTP: browser}).Do(w.Context(), api.Call{Method: "GET", Path: "/api/v1/me"}, nil); err == nil {
		w.Errorf("refused with %q, and logged in", refused.Detail)
	}
	return me, refused
}

func TestLogInWithAnAccountFromElsewhere(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		p, home := w.elsewhere(nil)
		if me, refused := w.logIn(home); refused != nil || me.Email != "editor@example.com" || me.Role != store.Editor {
			t.Errorf("got %+v, %v", me, refused)
		}
		other, err := rsa.GenerateKey(rand.Reader, 2048)
		w.must(err)
		claim := func(name string, value any) func(*person) { return func(who *person) { who.claims[name] = value } }
		for what, c := range map[string]struct {
			bend func(*person)
			says string
		}{
			"an unknown person":         {claim("email", "eve@example.com"), "does not know"},
			"an address not verified":   {claim("email_verified", false), "has verified"},
			"no word on verification":   {func(who *person) { delete(who.claims, "email_verified") }, "has verified"},
			"no address":                {claim("email", ""), "has verified"},
			"a wrong nonce":             {claim("nonce", "another"), "cannot be trusted"},
			"another's token":           {claim("aud", "another-application"), "cannot be trusted"},
			"another issuer":            {claim("iss", "https://evil.example"), "cannot be trusted"},
			"a token that is too old":   {claim("exp", time.Now().Add(-time.Hour).Unix()), "cannot be trusted"},
			"a key of somebody else":    {func(who *person) { who.key = other }, "cannot be trusted"},
			"a state of another log-in": {func(who *person) { who.state = "another-log-in-altogether" }, "does not belong"},
			"a provider that refuses":   {func(who *person) { who.failure = "access_denied" }, "refused the log-in"},
		} {
			p.bend = c.bend
			if _, refused := w.logIn(home); refused == nil || refused.Status != http.StatusUnauthorized || !strings.Contains(refused.Detail, c.says) {
				t.Errorf("%s: %v, want %q", what, refused, c.says)
			}
		}
		p.bend = func(*person) {}
		resp, err := http.Get(home + "/auth/oidc/callback?state=x&code=y")
		w.must(err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("an answer that no log-in of this browser began: %s", resp.Status)
		}
		u, err := w.st.UserByEmail(t.Context(), "editor@example.com")
		w.must(err)
		w.call(w.inPerson("admin@example.com"), "PATCH", "/api/v1/users/"+u.ID, map[string]any{"disabled": true}, nil)
		if _, refused := w.logIn(home); refused == nil || !strings.Contains(refused.Detail, "disabled") {
			t.Errorf("a disabled account: %v", refused)
		}
		if log := w.log.String(); strings.Contains(log, oidcSecret) {
			t.Error("the log tells the client's secret")
		}
	})
}

func TestNewPeopleFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	p, home := w.elsewhere(func(o *api.OIDC) { o.NewRole, o.Domains = store.Viewer, []string{"Example.org"} })
	as := func(email string) { p.bend = func(who *person) { who.claims["email"] = email } }
	as("Grace@example.ORG")
	if me, refused := w.logIn(home); refused != nil || me.Role != store.Viewer || me.RawValues || me.Name != "Ada" {
		t.Errorf("got %+v, %v", me, refused)
	}
	for _, email := range []string{"eve@example.com", "eve@evil-example.org", "eve@example.org.evil", "example.org", "eve@evil@example.org.com"} {
		as(email)
		if me, refused := w.logIn(home); refused == nil {
			t.Errorf("%s: got %+v", email, me)
		}
	}
	// Who is known already keeps the role that an administrator gave.
	as("grace@example.org")
	u, err := w.st.UserByEmail(t.Context(), "grace@example.org")
	w.must(err)
	w.call(w.inPerson("admin@example.com"), "PATCH", "/api/v1/users/"+u.ID, map[string]any{"role": "editor"}, nil)
	if me, refused := w.logIn(home); refused != nil || me.Role != store.Editor {
		t.Errorf("got %+v, %v", me, refused)
	}
}

// A provider that is away keeps neither the server from starting nor people out for good.
func TestAProviderThatIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	p, home := w.elsewhere(nil)
	p.bend = func(who *person) { who.away = true }
	if _, refused := w.logIn(home); refused == nil || refused.Status != http.StatusBadGateway {
		t.Errorf("got %v", refused)
	}
	p.bend = func(*person) {}
	if me, refused := w.logIn(home); refused != nil || me.Role != store.Editor {
		t.Errorf("got %+v, %v", me, refused)
	}
	// Nobody is let in before the first administrator.
	empty := emptyWorld(t)
	_, home = empty.elsewhere(func(o *api.OIDC) { o.NewRole = store.Admin })
	if _, refused := empty.logIn(home); refused == nil || !strings.Contains(refused.Detail, "first administrator") {
		t.Errorf("got %v", refused)
	}
}
