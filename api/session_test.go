package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// send makes a call as a browser does.
func (w *world) send(c *http.Client, method, path string, body any, header map[string]string) (int, string, *http.Response) {
	w.Helper()
	data, err := json.Marshal(body)
	w.must(err)
	r, err := http.NewRequestWithContext(w.Context(), method, w.url+path, bytes.NewReader(data))
	w.must(err)
	r.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := c.Do(r)
	w.must(err)
	defer resp.Body.Close()
	var out bytes.Buffer
	_, err = out.ReadFrom(resp.Body)
	w.must(err)
	return resp.StatusCode, out.String(), resp
}

func TestLogInAndOut(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		b := w.browser()
		if code, text, _ := w.send(b, "GET", "/api/v1/session", nil, nil); code != http.StatusOK || strings.Contains(text, `"me"`) {
			t.Errorf("nobody is logged in: %d %s", code, text)
		}
		who := map[string]any{"email": " Editor@Example.com", "password": password}
		code, text, resp := w.send(b, "POST", "/api/v1/session", who, nil)
		if code != http.StatusOK || !strings.Contains(text, `"role":"editor"`) {
			t.Fatalf("log in: %d %s", code, text)
		}
		c := resp.Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" {
			t.Errorf("the cookie is %v", c)
		}
		if strings.Contains(text, c.Value) {
			t.Error("the session is in the body, where scripts can read it")
		}
		code, text, _ = w.send(b, "GET", "/api/v1/me", nil, nil)
		if code != http.StatusOK || !strings.Contains(text, "editor@example.com") {
			t.Errorf("me: %d %s", code, text)
		}
		if code, text, _ = w.send(b, "GET", "/api/v1/session", nil, nil); code != http.StatusOK || !strings.Contains(text, `"me":{`) {
			t.Errorf("who is logged in: %d %s", code, text)
		}
		// A page of another site cannot use the session; the site itself can.
		foreign := map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
		if code, text, _ = w.send(b, "POST", "/api/v1/connections/x/pause", nil, foreign); code != http.StatusForbidden || !strings.Contains(text, "another site") {
			t.Errorf("a page of another site: %d %s", code, text)
		}
		own := map[string]string{"Origin": w.url, "Sec-Fetch-Site": "same-origin"}
		if code, _, _ = w.send(b, "POST", "/api/v1/connections/x/pause", nil, own); code != http.StatusNotFound {
			t.Errorf("the site itself: %d", code)
		}
		if code, _, _ = w.send(b, "DELETE", "/api/v1/session", nil, nil); code != http.StatusNoContent {
			t.Errorf("log out: %d", code)
		}
		old := w.browser()
		r, err := http.NewRequest(http.MethodGet, w.url+"/api/v1/me", nil)
		w.must(err)
		r.AddCookie(c)
		resp, err = old.Do(r)
		w.must(err)
		resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("the session lives on after log-out: %d", resp.StatusCode)
		}
	})
}

func TestCookiesAreForTLSWhereThereIsTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", func(c *api.Config) { c.PublicURL = "https://eddy.example.com" })
	_, _, resp := w.send(http.DefaultClient, "POST", "/api/v1/session", map[string]any{"email": "editor@example.com", "password": password}, nil)
	if c := resp.Cookies()[0]; !c.Secure {
		t.Errorf("the cookie is %v", c)
	}
}

func TestPasswordsEndOtherSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	one, two := w.browser(), w.browser()
	for _, b := range []*http.Client{one, two} {
		w.send(b, "POST", "/api/v1/session", map[string]any{"email": "editor@example.com", "password": password}, nil)
	}
	if code, text, _ := w.send(one, "PUT", "/api/v1/me/password", map[string]any{"current": "wrong", "password": "another good password"}, nil); code != http.StatusUnprocessableEntity {
		t.Errorf("a wrong current password: %d %s", code, text)
	}
	code, text, _ := w.send(one, "PUT", "/api/v1/me/password", map[string]any{"current": password, "password": "short"}, nil)
	if code != http.StatusUnprocessableEntity || strings.Contains(text, `short"`) || !strings.Contains(text, `"pointer":"/password"`) {
		t.Errorf("a short password: %d %s", code, text)
	}
	if code, text, _ := w.send(one, "PUT", "/api/v1/me/password", map[string]any{"current": password, "password": "another good password"}, nil); code != http.StatusOK {
		t.Errorf("change: %d %s", code, text)
	}
	if code, _, _ := w.send(one, "GET", "/api/v1/me", nil, nil); code != http.StatusOK {
		t.Errorf("the session that changed it: %d", code)
	}
	if code, _, _ := w.send(two, "GET", "/api/v1/me", nil, nil); code != http.StatusUnauthorized {
		t.Errorf("another session: %d", code)
	}
}

func TestTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		// A new server has nobody; here somebody is there already.
		if code, text, _ := w.send(http.DefaultClient, "POST", "/api/v1/setup", map[string]any{"token": "x", "email": "me@example.com", "password": password}, nil); code != http.StatusBadRequest {
			t.Errorf("with users there: %d %s", code, text)
		}
	})
	w := emptyWorld(t)
	secret, needed, err := w.st.SetupToken(t.Context())
	if err != nil || !needed {
		t.Fatalf("a setup token is not needed: %v", err)
	}
	anybody := &api.Client{URL: w.url}
	var setup api.Setup
	w.call(anybody, "GET", "/api/v1/setup", nil, &setup)
	if !setup.Needed {
		t.Error("the server says it needs no administrator")
	}
	first := func(token string) (int, string) {
		code, text, _ := w.send(http.DefaultClient, "POST", "/api/v1/setup", map[string]any{"token": token, "email": "me@example.com", "password": password}, nil)
		return code, text
	}
	if code, text := first("guess"); code != http.StatusBadRequest || strings.Contains(text, secret) {
		t.Errorf("a wrong token: %d %s", code, text)
	}
	if code, text := first(secret); code != http.StatusOK || !strings.Contains(text, `"role":"admin"`) {
		t.Errorf("the token: %d %s", code, text)
	}
	if code, _ := first(secret); code != http.StatusBadRequest {
		t.Errorf("the token, again: %d", code)
	}
	if strings.Contains(w.log.String(), password) || strings.Contains(w.log.String(), secret) {
		t.Error("the log has the password or the token")
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		admin := w.inPerson("admin@example.com")
		var u api.User
		w.call(admin, "POST", "/api/v1/users", map[string]any{"email": "New@Example.com", "role": "viewer", "password": password}, &u)
		if u.Email != "new@example.com" || !u.Password || u.RawValues {
			t.Errorf("made %+v", u)
		}
		w.refused(admin, api.Call{Method: "POST", Path: "/api/v1/users", Body: map[string]any{"email": "new@example.com", "role": "viewer"}}, http.StatusConflict)
		w.refused(admin, api.Call{Method: "POST", Path: "/api/v1/users", Body: map[string]any{"email": "a@example.com", "role": "owner"}}, http.StatusUnprocessableEntity)
		w.call(admin, "PATCH", "/api/v1/users/"+u.ID, map[string]any{"name": "New"}, &u)
		if u.Name != "New" || u.Role != store.Viewer || !u.Password {
			t.Errorf("changed to %+v", u)
		}
		var page api.Page[api.User]
		w.call(admin, "GET", "/api/v1/users?limit=3", nil, &page)
		n := 0
		for _, err := range api.All[api.User](t.Context(), admin, "/api/v1/users", map[string][]string{"limit": {"2"}}) {
			w.must(err)
			n++
		}
		if len(page.Items) != 3 || page.NextCursor == "" || n != 5 {
			t.Errorf("pages of users: %d, then %d in all", len(page.Items), n)
		}
		w.call(admin, "DELETE", "/api/v1/users/"+u.ID, nil, nil)
		w.refused(admin, api.Call{Method: "GET", Path: "/api/v1/users/" + u.ID}, http.StatusNotFound)

		var audit api.Page[api.Audit]
		w.call(admin, "GET", "/api/v1/audit?limit=2", nil, &audit)
		if len(audit.Items) != 2 || audit.Items[0].Action != "delete" || audit.Items[0].Actor.Name != "admin@example.com" || audit.Items[0].Actor.Via != "session" {
			t.Errorf("the audit log ends with %+v", audit.Items)
		}
	})
}

func TestTokensOfOnesOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	var made api.Token
	w.call(w.editor, "POST", "/api/v1/tokens", map[string]any{"name": "ci", "role": "viewer", "days": 30}, &made)
	if !strings.HasPrefix(made.Secret, made.Prefix) || made.ExpiresAt == nil {
		t.Errorf("made %+v", made)
	}
	me, err := (&api.Client{URL: w.url, Token: made.Secret}).Me(t.Context())
	if err != nil || me.Role != store.Viewer {
		t.Errorf("the token is good for %+v, %v", me, err)
	}
	for _, much := range []map[string]any{{"name": "x", "role": "admin"}, {"name": "x", "role": "viewer", "raw_values": true}} {
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/tokens", Body: much}, http.StatusForbidden)
	}
	var mine, all api.Page[api.Token]
	w.call(w.editor, "GET", "/api/v1/tokens", nil, &mine)
	w.call(w.admin, "GET", "/api/v1/tokens", nil, &all)
	if len(mine.Items) != 2 || len(all.Items) != 5 {
		t.Errorf("an editor sees %d tokens, an administrator %d", len(mine.Items), len(all.Items))
	}
	for _, token := range all.Items {
		if token.Secret != "" {
			t.Error("a list shows the secret of a token")
		}
	}
	w.refused(w.viewer, api.Call{Method: "DELETE", Path: "/api/v1/tokens/" + made.ID}, http.StatusNotFound)
	w.call(w.editor, "DELETE", "/api/v1/tokens/"+made.ID, nil, nil)
	w.refused(&api.Client{URL: w.url, Token: made.Secret}, api.Call{Method: "GET", Path: "/api/v1/me"}, http.StatusUnauthorized)
}
