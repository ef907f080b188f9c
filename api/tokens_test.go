package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// logged in as one of the world's people.
func (w *world) loggedIn(email string) *http.Client {
	w.Helper()
	b := w.browser()
	if code, text, _ := w.send(b, "POST", "/api/v1/session", map[string]any{"email": email, "password": password}, nil); code != http.StatusOK {
		w.Fatalf("log in as %s: %d %s", email, code, text)
	}
	return b
}

// inPerson calls as one of the world's people who has logged in.
func (w *world) inPerson(email string) *api.Client {
	w.Helper()
	b := w.loggedIn(email)
	b.Transport = keeping{w.TB}
	return &api.Client{URL: w.url, HTTP: b}
}

// make makes a token with another.
func (w *world) make(by *api.Client, body map[string]any) (api.Token, *api.Client) {
	w.Helper()
	body["name"] = "made"
	var t api.Token
	w.call(by, "POST", "/api/v1/tokens", body, &t)
	return t, &api.Client{URL: w.url, Token: t.Secret}
}

// TestATokenMakesNoGreaterOne tries to get out of a token more than is in it.
func TestATokenMakesNoGreaterOne(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		t := w.TB
		short, client := w.make(w.raw, map[string]any{"role": "editor", "days": 10})
		for _, body := range []map[string]any{
			{"name": "longer", "role": "viewer", "days": 30},
			{"name": "without end", "role": "viewer"},
			{"name": "another role", "role": "admin", "days": 1},
			{"name": "raw values", "role": "viewer", "days": 1, "raw_values": true},
		} {
			w.refused(client, api.Call{Method: "POST", Path: "/api/v1/tokens", Body: body}, http.StatusForbidden)
		}
		child, childClient := w.make(client, map[string]any{"role": "editor", "days": 9})
		if child.ExpiresAt.After(*short.ExpiresAt) {
			t.Errorf("the token ends at %s, the one that it made at %s", short.ExpiresAt, child.ExpiresAt)
		}
		_, grandchild := w.make(childClient, map[string]any{"role": "viewer", "days": 1})
		// What a token made ends with it.
		w.call(client, "DELETE", "/api/v1/tokens/"+short.ID, nil, nil)
		for _, c := range []*api.Client{client, childClient, grandchild} {
			w.refused(c, api.Call{Method: "GET", Path: "/api/v1/me"}, http.StatusUnauthorized)
		}
	})
}

// TestTokensMakeNobody tries to come back as a person with more than a token, and with what
// outlives it: as a new one, as one whose way to log in it knows, or as one who may more.
func TestTokensMakeNobody(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		t := w.TB
		viewer, err := w.st.UserByEmail(t.Context(), "viewer@example.com")
		w.must(err)
		admin, err := w.st.UserByEmail(t.Context(), "admin@example.com")
		w.must(err)
		disabled, err := w.st.PutUser(t.Context(), store.User{Email: "gone@example.com", Role: store.Admin, PasswordHash: api.HashPassword(password), Disabled: true}, store.Actor{ID: "system"})
		w.must(err)
		before, err := w.st.Users(t.Context())
		w.must(err)
		_, made := w.make(w.raw, map[string]any{"role": "admin", "raw_values": true, "days": 1})
		at := func(u store.User) string { return "/api/v1/users/" + u.ID }
		for _, c := range []api.Call{
			{Method: "POST", Path: "/api/v1/users", Body: map[string]any{"email": "mule@example.com", "role": "admin", "password": password}},
			{Method: "POST", Path: "/api/v1/users", Body: map[string]any{"email": "mule@example.com", "role": "viewer"}}, // who could log in with an account from elsewhere
			{Method: "PATCH", Path: at(viewer), Body: map[string]any{"password": "another good password"}},
			{Method: "PATCH", Path: at(admin), Body: map[string]any{"password": "another good password", "keep_access": true}},
			{Method: "PATCH", Path: at(viewer), Body: map[string]any{"email": "mule@example.com"}},
			{Method: "PATCH", Path: at(viewer), Body: map[string]any{"role": "admin"}},
			{Method: "PATCH", Path: at(viewer), Body: map[string]any{"raw_values": true}},
			{Method: "PATCH", Path: at(disabled), Body: map[string]any{"disabled": false}},
			{Method: "PATCH", Path: at(admin), Body: map[string]any{"disabled": true}}, // would end stronger tokens than its own
			{Method: "DELETE", Path: at(admin)},
			{Method: "PUT", Path: "/api/v1/me/password", Body: map[string]any{"current": password, "password": "another good password"}},
		} {
			for _, by := range []*api.Client{w.raw, made} {
				p := w.refused(by, c, http.StatusForbidden)
				if !strings.Contains(p.Detail, "API token") || !strings.Contains(p.Mend, "/api/v1/session") {
					t.Errorf("%s %s %v: %v", c.Method, c.Path, c.Body, p)
				}
			}
		}
		// The session of a browser that the token is sent beside does not count.
		beside := w.inPerson("admin@example.com")
		beside.Token = w.viewer.Token
		w.refused(beside, api.Call{Method: "DELETE", Path: at(viewer)}, http.StatusForbidden)
		beside.Token = w.raw.Token
		w.refused(beside, api.Call{Method: "DELETE", Path: at(viewer)}, http.StatusForbidden)
		after, err := w.st.Users(t.Context())
		w.must(err)
		for i := range before {
			before[i].LastLogin, after[i].LastLogin = time.Time{}, time.Time{}
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("people are others now: %s", diff)
		}
		// In person an administrator gives rights that they do not use themselves.
		w.call(w.inPerson("admin@example.com"), "PATCH", at(viewer), map[string]any{"raw_values": true}, nil)
	})
}

// TestTokensAddNobodyElsewhere: somebody with an account at the provider is not let in by an
// address that a token gave.
func TestTokensAddNobodyElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	p, home := w.elsewhere(nil)
	p.bend = func(who *person) { who.claims["email"] = "mule@example.net" }
	u, err := w.st.UserByEmail(t.Context(), "viewer@example.com")
	w.must(err)
	for _, call := range []api.Call{
		{Method: "POST", Path: "/api/v1/users", Body: map[string]any{"email": "mule@example.net", "role": "admin"}},
		{Method: "PATCH", Path: "/api/v1/users/" + u.ID, Body: map[string]any{"email": "mule@example.net"}},
	} {
		w.refused(w.raw, call, http.StatusForbidden)
		if me, refused := w.logIn(home); refused == nil || !strings.Contains(refused.Detail, "does not know") {
			t.Errorf("after %s: %+v, %v", call.Method, me, refused)
		}
	}
	w.call(w.inPerson("admin@example.com"), "POST", "/api/v1/users", map[string]any{"email": "mule@example.net", "role": "viewer"}, nil)
	if me, refused := w.logIn(home); refused != nil || me.Role != store.Viewer {
		t.Errorf("added in person: %+v, %v", me, refused)
	}
}

// TestSessionsAloneManageTokens lets tokens try to delete those of others, and stronger ones
// of their own person.
func TestSessionsAloneManageTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	list := func(c *api.Client) (ids map[string]api.Token) {
		var page api.Page[api.Token]
		w.call(c, "GET", "/api/v1/tokens", nil, &page)
		ids = map[string]api.Token{}
		for _, token := range page.Items {
			ids[token.UserID+" "+token.Name] = token
		}
		return ids
	}
	all := list(w.admin)
	admin, err := w.st.UserByEmail(t.Context(), "admin@example.com")
	w.must(err)
	editor, err := w.st.UserByEmail(t.Context(), "editor@example.com")
	w.must(err)
	strong, others := all[admin.ID+" test"], all[editor.ID+" test"]
	if strong.LastUsed == nil || len(all) != 4 {
		t.Errorf("an administrator sees %+v", all)
	}
	_, weak := w.make(w.admin, map[string]any{"role": "viewer"})
	if seen := list(weak); len(seen) != 2 {
		t.Errorf("a viewer's token of an administrator sees %+v", seen)
	}
	for _, c := range []struct {
		by *api.Client
		id string
	}{
		{weak, others.ID},     // a viewer's token of an administrator, an editor's
		{weak, strong.ID},     // the one that made it
		{w.admin, others.ID},  // an administrator's, an editor's
		{w.viewer, strong.ID}, // a viewer's, an administrator's
	} {
		w.refused(c.by, api.Call{Method: "DELETE", Path: "/api/v1/tokens/" + c.id}, http.StatusNotFound)
	}
	if code, text, _ := w.send(w.loggedIn("viewer@example.com"), "DELETE", "/api/v1/tokens/"+others.ID, nil, nil); code != http.StatusNotFound {
		t.Errorf("a viewer's session deletes an editor's token: %d %s", code, text)
	}
	if code, text, _ := w.send(w.loggedIn("admin@example.com"), "DELETE", "/api/v1/tokens/"+others.ID, nil, nil); code != http.StatusNoContent {
		t.Errorf("an administrator's session: %d %s", code, text)
	}
	w.refused(w.editor, api.Call{Method: "GET", Path: "/api/v1/me"}, http.StatusUnauthorized)
}

// TestChangesOfPeopleEndTheirAccess: sessions and tokens end with what let them in, unless
// somebody says that they are to stay.
func TestChangesOfPeopleEndTheirAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	u, err := w.st.UserByEmail(t.Context(), "editor@example.com")
	w.must(err)
	other, admin := w.loggedIn("editor@example.com"), w.inPerson("admin@example.com")
	works := func(want bool) {
		t.Helper()
		code, text, _ := w.send(other, "GET", "/api/v1/me", nil, nil)
		tokenCode, tokenText := w.text(w.editor, "GET", "/api/v1/me", "")
		if (code == http.StatusOK) != want || (tokenCode == http.StatusOK) != want {
			t.Errorf("session %d %s, token %d %s; want them to work: %v", code, text, tokenCode, tokenText, want)
		}
	}
	renew := func() {
		t.Helper()
		other = w.loggedIn("editor@example.com")
		secret, _, err := w.st.NewToken(t.Context(), store.Token{UserID: u.ID, Name: "test", Role: store.Editor}, store.Actor{ID: "system"})
		w.must(err)
		w.editor = &api.Client{URL: w.url, Token: secret}
	}
	patch := func(body map[string]any) {
		t.Helper()
		w.call(admin, "PATCH", "/api/v1/users/"+u.ID, body, nil)
	}
	works(true)
	patch(map[string]any{"name": "Ed"})
	works(true)
	patch(map[string]any{"password": password, "keep_access": true})
	works(true)
	patch(map[string]any{"password": password})
	works(false)
	renew()
	patch(map[string]any{"role": "viewer"})
	works(false)
	patch(map[string]any{"role": "editor"})
	renew()
	patch(map[string]any{"disabled": true, "keep_access": true})
	works(false)
	patch(map[string]any{"disabled": false})
	works(true)
	patch(map[string]any{"disabled": true})
	patch(map[string]any{"disabled": false})
	works(false) // what ended does not come back
	renew()
	for _, keep := range []bool{true, false} {
		mine := w.loggedIn("editor@example.com")
		code, text, _ := w.send(mine, "PUT", "/api/v1/me/password", map[string]any{"current": password, "password": password, "keep_access": keep}, nil)
		if code != http.StatusOK {
			t.Fatalf("change one's own: %d %s", code, text)
		}
		if code, _, _ := w.send(mine, "GET", "/api/v1/me", nil, nil); code != http.StatusOK {
			t.Errorf("the session that changed it: %d", code)
		}
		works(keep)
	}
}

// TestStreamsEndWithAccess watches a run while what let the watcher in ends.
func TestStreamsEndWithAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(5)
	w.runner.hold = make(chan struct{})
	var run api.Run
	w.call(w.editor, "POST", "/api/v1/connections/vip/runs", map[string]any{}, &run)
	watch := func(c *http.Client, token string) (ended chan time.Time) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/api/v1/runs/"+run.RunID+"/events", http.NoBody)
		w.must(err)
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := c.Do(r)
		w.must(err)
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("watch: %s", resp.Status)
		}
		first, err := bufio.NewReader(resp.Body).ReadString('\n')
		if err != nil || first != "event: run\n" {
			t.Fatalf("the stream begins with %q, %v", first, err)
		}
		ended = make(chan time.Time, 1)
		go func() {
			defer resp.Body.Close()
			_, _ = io.Copy(io.Discard, resp.Body)
			ended <- time.Now()
		}()
		return ended
	}
	ends := func(what string, stream chan time.Time) {
		t.Helper()
		select {
		case <-stream:
		case <-time.After(5 * time.Second):
			t.Errorf("%s: the stream goes on for more than 5 s", what)
		}
	}
	user := func(email string) string {
		u, err := w.st.UserByEmail(t.Context(), email)
		w.must(err)
		return "/api/v1/users/" + u.ID
	}
	stays := watch(w.loggedIn("viewer@example.com"), "")
	loggedOut := w.loggedIn("viewer@example.com")
	out := watch(loggedOut, "")
	reset := watch(w.loggedIn("editor@example.com"), "")
	token := watch(http.DefaultClient, w.editor.Token)
	deletedToken, deletedClient := w.make(w.viewer, map[string]any{"role": "viewer"})
	deleted := watch(http.DefaultClient, deletedClient.Token)
	disabled := watch(w.loggedIn("admin-raw@example.com"), "")
	w.send(loggedOut, "DELETE", "/api/v1/session", nil, nil)
	admin := w.inPerson("admin@example.com")
	w.call(admin, "PATCH", user("editor@example.com"), map[string]any{"password": password}, nil)
	w.call(w.viewer, "DELETE", "/api/v1/tokens/"+deletedToken.ID, nil, nil)
	w.call(admin, "PATCH", user("admin-raw@example.com"), map[string]any{"disabled": true}, nil)
	ends("logged out", out)
	ends("a new password", reset)
	ends("a new password, with a token", token)
	ends("a token that was deleted", deleted)
	ends("disabled", disabled)
	select {
	case <-stays:
		t.Error("the stream of somebody else ended")
	default:
	}
}

// TestABodyThatComesLateIsNotLetIn opens a request while its sender may make it, and sends
// the body when they no longer may.
func TestABodyThatComesLateIsNotLetIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	u, err := w.st.UserByEmail(t.Context(), "editor@example.com")
	w.must(err)
	admin := w.inPerson("admin@example.com")
	body, err := json.Marshal(map[string]any{"name": "stolen", "role": "editor"})
	w.must(err)
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(w.url, "http://"))
	w.must(err)
	defer c.Close()
	_, err = fmt.Fprintf(c, "POST /api/v1/tokens HTTP/1.1\r\nHost: eddy\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", w.editor.Token, len(body))
	w.must(err)
	in := bufio.NewReader(c)
	// The server asks for the body when it has let the sender in.
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("answered %q, %v", line, err)
	}
	_, err = in.ReadString('\n')
	w.must(err)
	w.call(admin, "PATCH", "/api/v1/users/"+u.ID, map[string]any{"password": password}, nil)
	_, err = c.Write(body)
	w.must(err)
	if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "401") {
		t.Errorf("answered %q, %v", line, err)
	}
	if tokens, err := w.st.Tokens(t.Context(), u.ID); err != nil || len(tokens) != 0 {
		t.Errorf("left: %v, %v", tokens, err)
	}
}
