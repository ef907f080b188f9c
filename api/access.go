package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/eddy-retl/eddy/store"
)

// Anybody is the role of endpoints that take no log-in.
const Anybody store.Role = "anybody"

// access is the least role for each endpoint. An endpoint that is not here is refused. What
// shows values of records shows them masked without the right to see raw values.
func access() map[string]store.Role {
	return map[string]store.Role{
		"get-openapi": Anybody, "get-setup": Anybody, "set-up": Anybody, "log-in": Anybody, "log-out": Anybody, "get-session": Anybody,
		"oidc-login": Anybody, "oidc-callback": Anybody, "hear-webhook": Anybody,
		"get-me": store.Viewer, "change-password": store.Viewer,

		"list-users": store.Admin, "create-user": store.Admin, "get-user": store.Admin, "change-user": store.Admin, "delete-user": store.Admin,
		"list-tokens": store.Viewer, "create-token": store.Viewer, "delete-token": store.Viewer,
		"list-audit": store.Admin, "river": store.Admin,

		"list-kinds":   store.Viewer,
		"list-sources": store.Viewer, "get-source": store.Viewer, "create-source": store.Editor, "replace-source": store.Editor, "delete-source": store.Editor,
		"list-destinations": store.Viewer, "get-destination": store.Viewer, "create-destination": store.Editor, "replace-destination": store.Editor, "delete-destination": store.Editor,
		"list-connections": store.Viewer, "get-connection": store.Viewer, "create-connection": store.Editor, "replace-connection": store.Editor, "delete-connection": store.Editor,
		"list-suppressions": store.Viewer, "get-suppression": store.Viewer, "create-suppression": store.Editor, "replace-suppression": store.Editor, "delete-suppression": store.Editor,
		"add-identities": store.Editor, "replace-identities": store.Editor, "clear-identities": store.Editor, "upload-file": store.Editor, "replace-file": store.Editor, "compare-file": store.Editor, "list-opt-outs": store.Viewer,
		"pause-connection": store.Editor, "resume-connection": store.Editor, "check-connection": store.Editor, "list-sizes": store.Viewer, "list-parts": store.Viewer, "ask-size": store.Editor,
		"list-versions": store.Viewer, "get-version": store.Viewer,

		"test-source": store.Editor, "test-destination": store.Editor, "test-connection": store.Editor,
		"list-tables": store.Editor, "list-columns": store.Editor, "preview-model": store.Editor, "preview-payload": store.Editor,
		"check-identifier": store.Editor, "list-values": store.Editor, "count-rows": store.Editor, "suggest-mapping": store.Editor, "ask-why": store.Editor, "download-events": store.Editor, "look-up-person": store.Editor, "preview-schedule": store.Viewer,
		"list-connection-days": store.Viewer, "list-days": store.Viewer, "test-alert": store.Editor,
		"list-audiences": store.Viewer, "get-audience": store.Viewer, "get-audience-use": store.Viewer, "create-audience": store.Editor, "rename-audience": store.Editor, "delete-audience": store.Admin,

		"plan-connection": store.Editor, "start-run": store.Editor, "cancel-run": store.Editor, "approve-run": store.Editor, "reject-run": store.Editor,
		"list-runs": store.Viewer, "get-run": store.Viewer, "watch-run": store.Viewer, "list-records": store.Viewer, "download-records": store.Viewer,

		"get-health":  store.Viewer,
		"list-alerts": store.Viewer, "get-alert": store.Viewer, "create-alert": store.Editor, "replace-alert": store.Editor, "delete-alert": store.Editor,
		"list-webhooks": store.Viewer, "create-webhook": store.Admin, "renew-webhook": store.Admin, "delete-webhook": store.Admin,
		"export-config": store.Editor, "apply-config": store.Editor,

		"rudder-start": store.Editor, "rudder-stop": store.Editor, "rudder-list-syncs": store.Viewer, "rudder-get-sync": store.Viewer,
	}
}

// bySession are the endpoints that take a log-in, whatever role a token has: who may sign in, as
// whom, with what and with which rights. What is decided there outlives the token that
// decides it, and so would let its holder come back as somebody else, who may more.
func bySession() []string {
	return []string{"change-password", "create-user", "change-user", "delete-user"}
}

// rank orders roles.
func rank(r store.Role) int {
	return slices.Index([]store.Role{Anybody, store.Viewer, store.Editor, store.Admin}, r)
}

// lesser is the smaller of two roles.
func lesser(a, b store.Role) store.Role {
	if rank(a) < rank(b) {
		return a
	}
	return b
}

// caller is who makes a request, and what they may do.
type caller struct {
	user  store.User
	role  store.Role
	raw   bool
	actor store.Actor
	// session is the secret of the session, empty for tokens.
	session string
	// token is what they call with, zero for sessions.
	token store.Token
}

type callerKey struct{}

// who is the caller of a request. Without one it is somebody who may do nothing.
func who(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}

// guard lets requests through to endpoints of the document.
func (s *server) guard(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	c, err := s.admit(r, ctx.Operation().OperationID)
	if err != nil {
		s.write(w, r, s.problem(ctx.Context(), err))
		return
	}
	done, err := s.take(w, r, ctx.Operation().OperationID, s.Proxies.Address(r))
	if err != nil {
		s.write(w, r, s.problem(ctx.Context(), err))
		return
	}
	defer done()
	if c, err = s.still(r, ctx.Operation().OperationID, c); err != nil {
		s.write(w, r, s.problem(ctx.Context(), err))
		return
	}
	next(huma.WithValue(ctx, callerKey{}, c))
}

// still asks a second time who calls, once the body of a request is there: it may have
// taken half a minute to arrive, and what let its sender in may have ended.
func (s *server) still(r *http.Request, operation string, c caller) (caller, error) {
	if r.Body == nil || r.Body == http.NoBody || access()[operation] == Anybody {
		return c, nil
	}
	return s.admit(r, operation)
}

// welcomeEvery is how often what goes on for long asks whether its caller still may.
const welcomeEvery = 2 * time.Second

// welcome is a context for what a request does for long. It ends when its caller may no
// longer: was logged out, disabled, or gave away the right.
func (s *server) welcome(ctx context.Context, r *http.Request, operation string) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		tick := time.NewTicker(welcomeEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if _, err := s.admit(r, operation); err != nil {
				cancel()
				return
			}
		}
	}()
	return ctx, cancel
}

// admit finds out who calls and whether they may.
func (s *server) admit(r *http.Request, operation string) (caller, error) {
	least, known := access()[operation]
	if !known || rank(least) < 0 {
		return caller{}, &Problem{Status: http.StatusForbidden, Code: "forbidden", Detail: "nobody may use " + operation}
	}
	c, err := s.caller(r)
	if least == Anybody {
		return c, nil // log-in and log-out work with a session that has ended, too
	}
	if err != nil {
		return caller{}, err
	}
	if c.role == "" {
		return caller{}, unauthorized("log in, or send an API token: Authorization: Bearer eddy_...")
	}
	if rank(c.role) < rank(least) {
		return caller{}, &Problem{
			Status: http.StatusForbidden, Code: "forbidden", Detail: "this takes the role " + string(least) + "; you have " + string(c.role),
			Mend: "Ask an administrator.",
		}
	}
	if c.session == "" && slices.Contains(bySession(), operation) {
		return caller{}, &Problem{
			Status: http.StatusForbidden, Code: "forbidden", Detail: "an API token does not change who may log in, with what, or what they may do",
			Mend: "Log in, on the page or with POST /api/v1/session, and do it with that session. On the server's machine, eddy user does it, too.",
		}
	}
	return c, nil
}

func unauthorized(detail string) *Problem {
	return &Problem{
		Status: http.StatusUnauthorized, Code: "unauthorized", Detail: detail,
		header: http.Header{"Www-Authenticate": {`Bearer realm="eddy"`}},
	}
}

// caller reads a token, or else the session.
func (s *server) caller(r *http.Request) (caller, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, secret, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return caller{}, unauthorized("API tokens are sent as Authorization: Bearer eddy_...")
		}
		t, u, err := s.Store.TokenBySecret(r.Context(), strings.TrimSpace(secret))
		if errors.Is(err, store.ErrNotFound) {
			return caller{}, unauthorized("the API token is not valid: it has expired, was deleted, or its user is disabled")
		}
		if err != nil {
			return caller{}, err
		}
		return caller{
			user: u, role: lesser(u.Role, t.Role), raw: u.RawValues && t.RawValues,
			actor: store.Actor{ID: u.ID, Name: u.Email, Via: "token " + t.Name}, token: t,
		}, nil
	}
	secret := sessionSecret(r)
	if secret == "" {
		return caller{}, nil
	}
	u, err := s.Store.SessionUser(r.Context(), secret)
	if errors.Is(err, store.ErrNotFound) {
		return caller{}, unauthorized("the session has ended: log in again")
	}
	if err != nil {
		return caller{}, err
	}
	return caller{user: u, role: u.Role, raw: u.RawValues, actor: store.Actor{ID: u.ID, Name: u.Email, Via: "session"}, session: secret}, nil
}
