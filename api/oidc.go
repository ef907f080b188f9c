package api

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/store"
)

// OIDC is an account provider that people log in with.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	// NewRole is given to people whom Eddy does not know; empty refuses them.
	NewRole store.Role
	// Domains are those of the e-mail addresses of people whom Eddy does not know yet;
	// empty takes all that the provider knows.
	Domains []string
}

const (
	oidcPath     = "/auth/oidc/"
	oidcCallback = oidcPath + "callback"
	oidcCookie   = "eddy_oidc"
	oidcLife     = 10 * time.Minute
	// oidcPatience is how long the provider is waited for: others may wait behind.
	oidcPatience = 15 * time.Second
)

// oidcLogin finds the provider when it is first needed: a provider that is down must not
// keep the server from starting.
type oidcLogin struct {
	cfg      OIDC
	redirect string

	mu       sync.Mutex
	provider *oidc.Provider
}

func (s *server) oidcRoutes() {
	if s.OIDC != nil {
		s.oidc = &oidcLogin{cfg: *s.OIDC, redirect: s.PublicURL + oidcCallback}
	}
	s.plain("oidc-login", "GET "+oidcPath+"login", s.oidcBegin)
	s.plain("oidc-callback", "GET "+oidcCallback, s.oidcEnd)
}

// client is the provider and how to talk to it.
func (l *oidcLogin) client(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.provider == nil {
		// The provider keeps the context for later reads of its keys.
		ctx := oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: oidcPatience})
		p, err := oidc.NewProvider(ctx, l.cfg.Issuer)
		if err != nil {
			return nil, nil, &Problem{Status: http.StatusBadGateway, Code: "oidc", Detail: "the account provider does not answer", Mend: "Try again later, or log in with a password."}
		}
		l.provider = p
	}
	return l.provider, &oauth2.Config{
		ClientID: l.cfg.ClientID, ClientSecret: l.cfg.ClientSecret, Endpoint: l.provider.Endpoint(),
		RedirectURL: l.redirect, Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}, nil
}

func randomText() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// oidcBegin sends the browser to the provider. What must come back is in a cookie.
func (s *server) oidcBegin(w http.ResponseWriter, r *http.Request) {
	if s.oidc == nil {
		s.write(w, r, missing("this server has no account provider"))
		return
	}
	_, client, err := s.oidc.client(r.Context())
	if err != nil {
		s.write(w, r, s.problem(r.Context(), err))
		return
	}
	state, nonce, verifier := randomText(), randomText(), oauth2.GenerateVerifier()
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever TLS is, see secure
		Name: oidcCookie, Value: state + "." + nonce + "." + verifier, Path: oidcPath, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: s.secure(r), MaxAge: int(oidcLife.Seconds()),
	})
	http.Redirect(w, r, client.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), http.StatusFound)
}

// oidcEnd takes the browser back and logs the person in.
func (s *server) oidcEnd(w http.ResponseWriter, r *http.Request) {
	if s.oidc == nil {
		s.write(w, r, missing("this server has no account provider"))
		return
	}
	http.SetCookie(w, &http.Cookie{Name: oidcCookie, Path: oidcPath, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(r), MaxAge: -1}) //nolint:gosec // as above
	u, err := s.oidcUser(r)
	if err != nil {
		s.write(w, r, s.problem(r.Context(), err))
		return
	}
	in, err := s.begin(r.Context(), u, s.secure(r), sessionSecret(r))
	if err != nil {
		s.write(w, r, s.problem(r.Context(), err))
		return
	}
	http.SetCookie(w, &in.SetCookie)
	http.Redirect(w, r, "/", http.StatusFound)
}

func refusedOIDC(detail string) *Problem {
	return &Problem{Status: http.StatusUnauthorized, Code: "oidc", Detail: detail, Mend: "Begin again at " + oidcPath + "login."}
}

// oidcUser checks what the provider says and finds the person.
func (s *server) oidcUser(r *http.Request) (store.User, error) {
	c, err := r.Cookie(oidcCookie)
	if err != nil {
		return store.User{}, refusedOIDC("the log-in took too long, or was begun in another browser")
	}
	parts := strings.Split(c.Value, ".")
	if len(parts) != 3 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(r.URL.Query().Get("state"))) != 1 {
		return store.User{}, refusedOIDC("the answer of the account provider does not belong to this log-in")
	}
	if r.URL.Query().Get("error") != "" {
		return store.User{}, refusedOIDC("the account provider refused the log-in")
	}
	provider, client, err := s.oidc.client(r.Context())
	if err != nil {
		return store.User{}, err
	}
	ctx := oidc.ClientContext(r.Context(), &http.Client{Timeout: oidcPatience})
	token, err := client.Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		s.Logger.WarnContext(r.Context(), "log-in refused by the account provider") // the error may hold secrets
		return store.User{}, refusedOIDC("the account provider did not take the code")
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: s.oidc.cfg.ClientID}).Verify(r.Context(), raw)
	if err != nil || id.Nonce != parts[1] {
		return store.User{}, refusedOIDC("what the account provider says about the person cannot be trusted")
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
		Name     string `json:"name"`
	}
	if err := id.Claims(&claims); err != nil || claims.Email == "" || !claims.Verified {
		return store.User{}, refusedOIDC("the account provider tells no e-mail address that it has verified")
	}
	return s.oidcFind(r.Context(), claims.Email, claims.Name)
}

// oidcFind finds the user of an e-mail address, or makes one where that is wanted.
func (s *server) oidcFind(ctx context.Context, email, name string) (store.User, error) {
	u, err := s.Store.UserByEmail(ctx, email)
	if err == nil && u.Disabled {
		return u, refusedOIDC("this account is disabled")
	}
	if !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	_, domain, _ := strings.Cut(strings.ToLower(email), "@")
	cfg := s.oidc.cfg
	welcome := len(cfg.Domains) == 0
	for _, d := range cfg.Domains {
		welcome = welcome || strings.EqualFold(d, domain)
	}
	if cfg.NewRole == "" || !welcome {
		return u, refusedOIDC("Eddy does not know " + email)
	}
	users, err := s.Store.Users(ctx)
	if err != nil {
		return u, err
	}
	if len(users) == 0 { // the first is made with the token of the console
		return u, refusedOIDC("the first administrator is still to be made")
	}
	return s.Store.PutUser(ctx, store.User{Email: email, Name: eddy.Visible(name), Role: cfg.NewRole}, store.Actor{ID: "system", Name: "OIDC", Via: cfg.Issuer})
}
