package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// TestRiverPageIsForAdministrators asks a whole server for the page of jobs: with tokens,
// with the session of a browser, and from a page of another site.
func TestRiverPageIsForAdministrators(t *testing.T) {
	c := newCluster(t, 1)
	inPerson := func(email string) *api.Client {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		login := &api.Client{URL: c.client.URL, HTTP: &http.Client{Jar: jar}}
		if err := login.Do(t.Context(), api.Call{Method: "POST", Path: "/api/v1/session", Body: api.Credentials{Email: email, Password: clusterPassword}}, nil); err != nil {
			t.Fatal(err)
		}
		return login
	}
	ada := inPerson("ada@example.com")
	clients := map[store.Role]*http.Client{}
	for _, role := range []store.Role{store.Viewer, store.Editor, store.Admin} {
		email := string(role) + "@example.com"
		if err := ada.Do(t.Context(), api.Call{Method: "POST", Path: "/api/v1/users", Body: api.NewUser{Email: email, Role: role, Password: clusterPassword}}, nil); err != nil {
			t.Fatal(err)
		}
		clients[role] = inPerson(email).HTTP
	}
	ask := func(client *http.Client, method, path string, header http.Header) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, c.client.URL+path, strings.NewReader(`{"ids":["1"]}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header = header
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	for _, path := range []string{"/river/", "/river/api/states", "/river/api/jobs?limit=20"} {
		for role, client := range clients {
			want := http.StatusForbidden
			if role == store.Admin {
				want = http.StatusOK
			}
			if code, text := ask(client, "GET", path, http.Header{}); code != want {
				t.Errorf("%s as %s: %d %.200s, want %d", path, role, code, text, want)
			}
		}
		if code, _ := ask(http.DefaultClient, "GET", path, http.Header{}); code != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d", path, code)
		}
		if code, _ := ask(http.DefaultClient, "GET", path, http.Header{"Authorization": {"Bearer " + c.client.Token}}); code != http.StatusOK {
			t.Errorf("%s with an administrator's token: %d", path, code)
		}
	}
	elsewhere := http.Header{"Origin": {"https://evil.example.com"}, "Content-Type": {"application/json"}}
	if code, text := ask(clients[store.Admin], "POST", "/river/api/jobs/cancel", elsewhere); code != http.StatusForbidden || !strings.Contains(text, "another site") {
		t.Errorf("a page of another site cancels jobs: %d %s", code, text)
	}
}
