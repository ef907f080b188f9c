package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/eddy-retl/eddy/store"
)

// sessionCookie carries the secret of a session.
const sessionCookie = "eddy_session"

// sessionLife is how long a person stays logged in.
const sessionLife = 7 * 24 * time.Hour

func sessionSecret(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ""
	}
	return c.Value
}

// cookie makes the cookie of a session; an empty secret takes it away.
func (s *server) cookie(secure bool, secret string) http.Cookie {
	c := http.Cookie{Name: sessionCookie, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: secure, MaxAge: int(sessionLife.Seconds())} //nolint:gosec // Secure wherever TLS is
	if secret == "" {
		c.MaxAge = -1
	}
	return c
}

// origin is what an endpoint must know of the connection.
type origin struct {
	address string
	secure  bool
}

type originKey struct{}

// Me is who is logged in.
type Me struct {
	ID    string     `json:"id"`
	Email string     `json:"email"`
	Name  string     `json:"name"`
	Role  store.Role `json:"role" enum:"viewer,editor,admin"`
	// RawValues lets previews show values as they are.
	RawValues bool `json:"raw_values"`
	// Password says that there is one to change.
	Password bool `json:"password"`
}

func (c caller) me() Me {
	return Me{ID: c.user.ID, Email: c.user.Email, Name: c.user.Name, Role: c.role, RawValues: c.raw, Password: c.user.PasswordHash != ""}
}

// Setup says what a page must know before anybody is logged in.
type Setup struct {
	// Needed says that there is no user yet.
	Needed bool `json:"needed"`
	// OIDC says that people may log in at /auth/oidc/login.
	OIDC bool `json:"oidc"`
	// Version is that of the server.
	Version string `json:"version"`
}

// Session says who is logged in.
type Session struct {
	// Me is left out when nobody is.
	Me *Me `json:"me,omitempty"`
}

// FirstUser makes the first administrator.
type FirstUser struct {
	Token    string `json:"token" doc:"The token that the server printed when it started"`
	Email    string `json:"email" format:"email" maxLength:"254"`
	Name     string `json:"name,omitempty" maxLength:"200"`
	Password string `json:"password" minLength:"12" maxLength:"1000"`
}

// Credentials are what a person logs in with.
type Credentials struct {
	Email    string `json:"email" maxLength:"254"`
	Password string `json:"password" maxLength:"1000"`
}

type loggedIn struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Me
}

func (s *server) sessionRoutes() {
	add(s, endpoint("get-setup", http.MethodGet, "/api/v1/setup", "Tell whether the first administrator is still to be made"), s.getSetup)
	op := endpoint("set-up", http.MethodPost, "/api/v1/setup", "Make the first administrator")
	add(s, op, s.setUp)
	op = endpoint("get-session", http.MethodGet, "/api/v1/session", "Tell who is logged in, if anybody")
	op.Description = "As /api/v1/me, for a page that does not know yet: nobody is not an error."
	add(s, op, func(ctx context.Context, _ *struct{}) (*answer[Session], error) {
		c := who(ctx)
		if c.role == "" {
			return reply(Session{}), nil
		}
		me := c.me()
		return reply(Session{Me: &me}), nil
	})
	op = endpoint("log-in", http.MethodPost, "/api/v1/session", "Log in")
	add(s, op, s.logIn)
	op = endpoint("log-out", http.MethodDelete, "/api/v1/session", "Log out")
	op.DefaultStatus = http.StatusNoContent
	add(s, op, s.logOut)
	add(s, endpoint("get-me", http.MethodGet, "/api/v1/me", "Tell who is logged in"), func(ctx context.Context, _ *struct{}) (*answer[Me], error) {
		return reply(who(ctx).me()), nil
	})
	op = endpoint("change-password", http.MethodPut, "/api/v1/me/password", "Change one's own password")
	op.Description = "All other sessions and all tokens end, unless keep_access says otherwise."
	add(s, op, s.changePassword)
}

func (s *server) getSetup(ctx context.Context, _ *struct{}) (*answer[Setup], error) {
	users, err := s.Store.Users(ctx)
	return reply(Setup{Needed: len(users) == 0, OIDC: s.OIDC != nil, Version: s.Version}), err
}

func (s *server) setUp(ctx context.Context, in *struct {
	request

	Body FirstUser
},
) (*loggedIn, error) {
	if err := s.limits.take(in.from.address); err != nil {
		return nil, err
	}
	hash, err := s.hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	u, err := s.Store.UseSetupToken(ctx, strings.TrimSpace(in.Body.Token), store.User{Email: in.Body.Email, Name: in.Body.Name, RawValues: true, PasswordHash: hash})
	if err != nil {
		return nil, err
	}
	return s.begin(ctx, u, in.from.secure, "")
}

func (s *server) logIn(ctx context.Context, in *struct {
	request

	Body Credentials
},
) (*loggedIn, error) {
	email := strings.ToLower(strings.TrimSpace(in.Body.Email))
	if err := s.limits.turn(ctx, in.from.address, email); err != nil {
		return nil, err
	}
	u, err := s.Store.UserByEmail(ctx, email)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	ok, err := s.matches(ctx, u.PasswordHash, in.Body.Password)
	if err != nil {
		return nil, err
	}
	if !ok || u.Disabled {
		s.noteFailure(ctx, u, in.from.address)
		return nil, unauthorized("the e-mail address or the password is wrong")
	}
	s.limits.knew(in.from.address, email)
	return s.begin(ctx, u, in.from.secure, in.session)
}

// noteFailure puts a failed log-in of somebody who exists on record.
func (s *server) noteFailure(ctx context.Context, u store.User, address string) {
	s.Logger.WarnContext(ctx, "log-in refused", "user", u.ID, "address", address)
	if u.ID == "" {
		return
	}
	if err := s.Store.Note(ctx, store.Audit{Actor: store.Actor{ID: u.ID, Name: u.Email, Via: address}, Action: "log-in refused", Kind: "user", Name: u.ID}); err != nil {
		s.Logger.ErrorContext(ctx, "note a refused log-in", "error", err)
	}
}

// begin starts a session; one that the browser had ends, so that nobody can plant one.
func (s *server) begin(ctx context.Context, u store.User, secure bool, old string) (*loggedIn, error) {
	secret, err := s.Store.NewSession(ctx, u, sessionLife)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unauthorized("the account was changed meanwhile: log in again")
	}
	if err != nil {
		return nil, err
	}
	if old != "" {
		if err := s.Store.DeleteSession(ctx, old); err != nil {
			return nil, err
		}
	}
	if err := s.Store.NoteLogin(ctx, u.ID); err != nil {
		return nil, err
	}
	actor := store.Actor{ID: u.ID, Name: u.Email, Via: "session"}
	if err := s.Store.Note(ctx, store.Audit{Actor: actor, Action: "log in", Kind: "user", Name: u.ID}); err != nil {
		return nil, err
	}
	c := caller{user: u, role: u.Role, raw: u.RawValues}
	return &loggedIn{SetCookie: s.cookie(secure, secret), Body: c.me()}, nil
}

func (s *server) logOut(ctx context.Context, in *request) (*struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}, error,
) {
	if in.session != "" {
		if err := s.Store.DeleteSession(ctx, in.session); err != nil {
			return nil, err
		}
	}
	return &struct {
		SetCookie http.Cookie `header:"Set-Cookie"`
	}{s.cookie(in.from.secure, "")}, nil
}

// NewPassword changes a password.
type NewPassword struct {
	Current  string `json:"current" maxLength:"1000"`
	Password string `json:"password" minLength:"12" maxLength:"1000"`
	// KeepAccess leaves other sessions and tokens as they are.
	KeepAccess bool `json:"keep_access,omitempty" doc:"Leave other sessions and tokens as they are; they end otherwise"`
}

func (s *server) changePassword(ctx context.Context, in *struct {
	request

	Body NewPassword
},
) (*loggedIn, error) {
	c := who(ctx)
	if err := s.limits.turn(ctx, in.from.address, c.user.Email); err != nil {
		return nil, err
	}
	ok, err := s.matches(ctx, c.user.PasswordHash, in.Body.Current)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, bad("/current", "the current password is wrong")
	}
	s.limits.knew(in.from.address, c.user.Email)
	hash, err := s.hash(ctx, in.Body.Password)
	if err != nil {
		return nil, err
	}
	u, err := s.Store.ChangeUser(ctx, c.user.ID, store.Access(in.Body.KeepAccess), c.actor, func(u *store.User) error {
		if u.Disabled || u.PasswordHash != c.user.PasswordHash {
			return unauthorized("the account was changed meanwhile: log in again")
		}
		u.PasswordHash = hash
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.begin(ctx, u, in.from.secure, c.session)
}
