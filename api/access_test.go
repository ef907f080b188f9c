package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// Who may do what: one line for each endpoint of the document, and those beside it. It is
// written down a second time on purpose: a change of access shows here.
const accessTable = `
anybody  get-setup set-up log-in log-out get-session get-openapi oidc-login oidc-callback hear-webhook
viewer   get-me change-password list-tokens create-token delete-token list-kinds
viewer   list-sources get-source list-destinations get-destination list-connections get-connection list-sizes list-parts list-versions get-version
viewer   list-audiences get-audience get-audience-use list-runs get-run watch-run list-records download-records get-health list-alerts get-alert
viewer   rudder-list-syncs rudder-get-sync
viewer   list-suppressions get-suppression list-opt-outs
editor   add-identities replace-identities clear-identities
editor   create-suppression replace-suppression delete-suppression
editor   upload-file replace-file compare-file
editor   create-source replace-source delete-source create-destination replace-destination delete-destination
editor   create-connection replace-connection delete-connection pause-connection resume-connection check-connection ask-size
editor   test-source test-destination test-connection list-tables list-columns preview-model preview-payload
editor   check-identifier list-values count-rows suggest-mapping ask-why download-events look-up-person test-alert
viewer   preview-schedule list-connection-days list-days
editor   create-audience rename-audience plan-connection start-run cancel-run approve-run reject-run
editor   create-alert replace-alert delete-alert export-config apply-config rudder-start rudder-stop
viewer   list-webhooks
admin    create-webhook renew-webhook delete-webhook
admin    list-users create-user get-user change-user delete-user list-audit delete-audience river
`

type operation struct{ id, method, path string }

// operations are the endpoints of the document, and those beside it.
func operations(t testing.TB) []operation {
	t.Helper()
	data, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			ID string `json:"operationId"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	out := []operation{
		{"get-openapi", "GET", "/api/v1/openapi.json"},
		{"oidc-login", "GET", "/auth/oidc/login"},
		{"oidc-callback", "GET", "/auth/oidc/callback"},
		{"river", "GET", "/river/"},
		{"hear-webhook", "POST", "/hooks/{name}"},
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			out = append(out, operation{op.ID, strings.ToUpper(method), path})
		}
	}
	return out
}

func wanted() map[string]store.Role {
	roles := map[string]store.Role{}
	for line := range strings.Lines(accessTable) {
		words := strings.Fields(line)
		for i, id := range words {
			if i > 0 {
				roles[id] = store.Role(words[0])
			}
		}
	}
	return roles
}

// Every endpoint refuses those who may not use it, before it looks at anything else, and
// lets the others in.
func TestEveryEndpointAsksWhoIsThere(t *testing.T) {
	t.Parallel()
	river := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	w := newWorld(t, "", func(c *api.Config) { c.RiverUI = river })
	want := wanted()
	if diff := cmp.Diff(want, api.Access()); diff != "" {
		t.Errorf("the table (-) is not what the server goes by (+)\n%s", diff)
	}
	order := []store.Role{"anybody", store.Viewer, store.Editor, store.Admin}
	callers := map[store.Role]*api.Client{"anybody": {URL: w.url}, store.Viewer: w.viewer, store.Editor: w.editor, store.Admin: w.admin}
	inPerson := map[string]bool{"change-password": true, "create-user": true, "change-user": true, "delete-user": true}
	for _, op := range operations(t) {
		least, ok := want[op.id]
		if !ok {
			t.Errorf("%s (%s %s) has no line in the table", op.id, op.method, op.path)
			continue
		}
		delete(want, op.id)
		path := strings.NewReplacer("{name}", "nothing", "{id}", "nothing", "{sync}", "nothing", "{version}", "1").Replace(op.path)
		enough := false
		for _, role := range order {
			enough = enough || role == least
			code, text := w.text(callers[role], op.method, path, "")
			denied := code == http.StatusForbidden && strings.Contains(text, "takes the role") || code == http.StatusUnauthorized && strings.Contains(text, "log in")
			if denied == enough {
				t.Errorf("%s as %s: %d %s; want it open from %s on", op.id, role, code, text, least)
			}
			if alone := strings.Contains(text, "an API token does not"); enough && role != "anybody" && alone != inPerson[op.id] {
				t.Errorf("%s with a token of the role %s: %d %s; want a log-in: %v", op.id, role, code, text, inPerson[op.id])
			}
		}
	}
	for id := range want {
		t.Errorf("%s is in the table and nowhere else", id)
	}
}

func TestAnEndpointWithoutALineIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	if code, text := w.text(w.admin, "GET", "/river/", ""); code == http.StatusOK {
		t.Errorf("the queue's page is open where it is not set up: %s", text)
	}
	code, text := w.text(w.admin, "GET", "/api/v1/nothing", "")
	if code != http.StatusNotFound || !strings.Contains(text, "no such endpoint") {
		t.Errorf("got %d %s", code, text)
	}
	// One that is served, and that nobody gave a role: not even an administrator.
	for _, client := range []*api.Client{w.admin, w.raw, {}} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		if client.Token != "" {
			r.Header.Set("Authorization", "Bearer "+client.Token)
		}
		for _, operation := range []string{"new-endpoint", ""} {
			err := api.Admit(w.st, r, operation)
			if p, ok := errors.AsType[*api.Problem](err); !ok || p.Status != http.StatusForbidden || !strings.Contains(p.Detail, "nobody may use") {
				t.Errorf("an endpoint without a line, %q: %v", operation, err)
			}
		}
		if err := api.Admit(w.st, r, "get-me"); (err == nil) != (client.Token != "") {
			t.Errorf("an endpoint with one: %v", err)
		}
	}
}

func TestTokensThatDoNotWork(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		for _, token := range []string{"eddy_nonsense", w.viewer.Token + "x"} {
			p := w.refused(&api.Client{URL: w.url, Token: token}, api.Call{Method: "GET", Path: "/api/v1/me"}, http.StatusUnauthorized)
			if strings.Contains(p.Error(), token) {
				t.Error("the problem repeats the token")
			}
		}
		u, err := w.st.UserByEmail(t.Context(), "viewer@example.com")
		w.must(err)
		admin := w.inPerson("admin@example.com")
		w.call(admin, "PATCH", "/api/v1/users/"+u.ID, map[string]any{"disabled": true}, nil)
		w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/me"}, http.StatusUnauthorized)

		// A token never may do more than its user may by now.
		u, err = w.st.UserByEmail(t.Context(), "editor@example.com")
		w.must(err)
		w.call(admin, "PATCH", "/api/v1/users/"+u.ID, map[string]any{"role": "viewer", "keep_access": true}, nil)
		me, err := w.editor.Me(t.Context())
		w.must(err)
		if me.Role != store.Viewer {
			t.Errorf("the token of a demoted editor has the role %s", me.Role)
		}
	})
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", func(c *api.Config) {
		c.PublicURL = "https://eddy.example.com"
		c.Web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	})
	for _, path := range []string{"/", "/api/v1/setup"} {
		resp, err := http.Get(w.url + path)
		w.must(err)
		resp.Body.Close()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if csp := resp.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: Content-Security-Policy is %q", path, csp)
		}
	}
}
