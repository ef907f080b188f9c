package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/api"
)

// Texts that no database takes are the caller's mistake, wherever they stand.
func TestStrangeTexts(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(1)
		admin := w.inPerson("admin@example.com")
		for _, strange := range []string{"%00", "%ff", "a%00b"} {
			for _, op := range operations(t) {
				if op.id == "oidc-login" || op.id == "oidc-callback" {
					continue // they lead to another site
				}
				path := strings.NewReplacer("{name}", strange, "{id}", strange, "{sync}", strange).Replace(op.path)
				if op.method == http.MethodGet {
					path += "?connection=" + strange + "&q=" + strange + "&record=" + strange + "&source=" + strange + "&destination=" + strange
				}
				caller := w.admin
				if strings.HasPrefix(op.path, "/api/v1/users") {
					caller = admin
				}
				if code, text := w.text(caller, op.method, path, ""); code >= http.StatusInternalServerError {
					t.Errorf("%s %s: %d %s", op.method, path, code, text)
				}
			}
		}
		for path, body := range map[string]string{
			"/api/v1/sources":                  `{"name":"a\u0000b","spec":{"type":"duckdb"}}`,
			"/api/v1/destinations":             `{"name":"y","spec":{"type":"x_audience","account_id":"a\u0000b","consumer_key":"c\u0000","consumer_secret":"c","access_token":"a","access_token_secret":"a"}}`,
			"/api/v1/users":                    `{"email":"a@example.com","name":"a\u0000b","role":"viewer"}`,
			"/api/v1/tokens":                   `{"name":"a\u0000b","role":"viewer"}`,
			"/api/v1/alerts":                   `{"name":"a\u0000b","events":["run_failed"],"channel":{"type":"slack"},"secrets":{"url":"https://x\u0000.example"}}`,
			"/api/v1/session":                  `{"email":"a\u0000b","password":"c\u0000d"}`,
			"/api/v1/setup":                    `{"token":"a\u0000b","email":"b@example.com","password":"at least 12 \u0000"}`,
			"/api/v1/config":                   `{"config":"sources: {\"a\\0b\": {type: duckdb}}"}`,
			"/api/v1/connections/vip/why":      `{"field":"email","value":"a\u0000b"}`,
			"/api/v1/sources/shop/columns":     `{"table":"a\u0000b"}`,
			"/api/v1/sources/shop/preview":     `{"sql":"select '\u0000'"}`,
			"/api/v1/sources/shop/identifier":  `{"table":"customers","column":"a\u0000b"}`,
			"/api/v1/destinations/x/audiences": `{"name":"a\u0000b"}`,
		} {
			if code, text := w.text(admin, "POST", path, body); code == http.StatusInternalServerError {
				t.Errorf("POST %s %s: %d %s", path, body, code, text)
			}
		}
		for _, list := range []string{"sources", "connections", "runs", "users", "tokens", "audit", "alerts", "connections/vip/sizes", "sources/shop/tables", "health", "destinations/x/audiences"} {
			for _, cursor := range []string{"xx", "AA", "!", "bm90aGluZw"} { // a byte of no text, a zero byte, no cursor at all, and "nothing"
				code, text := w.text(w.admin, "GET", "/api/v1/"+list+"?cursor="+cursor, "")
				if code != http.StatusOK && code != http.StatusUnprocessableEntity {
					t.Errorf("GET %s with the cursor %q: %d %s", list, cursor, code, text)
				}
			}
		}
	})
}

// A name with characters that cannot be seen is refused wherever one is given, and its like
// from X is shown escaped.
func TestHiddenCharactersInNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	var made struct {
		ID string `json:"id"`
	}
	admin := w.inPerson("admin@example.com")
	w.call(admin, "POST", "/api/v1/users", map[string]any{"email": "plain@example.com", "name": "Plain", "role": "viewer"}, &made)
	for _, hidden := range []string{`\u202e`, `\u2066`, `\u200f`, `\u061c`, `\n`, `\u001b`, `\u0085`, `\u2028`} {
		name := `"name":"a` + hidden + `b"`
		for _, x := range [][3]string{
			{"POST", "/api/v1/sources", `{` + name + `,"spec":{"type":"duckdb"}}`},
			{"POST", "/api/v1/destinations", `{` + name + `,"spec":{"type":"x_audience","account_id":"a","consumer_key":"c","consumer_secret":"c","access_token":"a","access_token_secret":"a"}}`},
			{"POST", "/api/v1/users", `{"email":"a@example.com","role":"viewer",` + name + `}`},
			{"POST", "/api/v1/users", `{"email":"a` + hidden + `b@example.com","role":"viewer"}`},
			{"PATCH", "/api/v1/users/" + made.ID, `{` + name + `}`},
			{"POST", "/api/v1/tokens", `{"role":"viewer",` + name + `}`},
			{"POST", "/api/v1/alerts", `{` + name + `,"events":["run_failed"],"channel":{"type":"webhook","url":"http://127.0.0.1:1"}}`},
			{"POST", "/api/v1/destinations/x/audiences", `{` + name + `}`},
			{"POST", "/api/v1/destinations/x/audiences", `{"name":"plain","description":"a` + hidden + `b"}`},
			{"PATCH", "/api/v1/destinations/x/audiences/" + w.audience, `{` + name + `}`},
			{"POST", "/api/v1/config", `{"config":"sources: {\"a\` + hidden + `b\": {type: duckdb}}"}`},
		} {
			if code, text := w.text(admin, x[0], x[1], x[2]); code < 400 || code >= 500 {
				t.Errorf("%s %s %s: %d %s", x[0], x[1], x[2], code, text)
			}
		}
		spec := w.connection(map[string]any{"audience": map[string]any{"create": map[string]any{"name": "V\u202eIP"}}})
		w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections", Body: map[string]any{"name": "new", "spec": spec}}, http.StatusUnprocessableEntity)
	}
	id, err := w.box.NewAudience("18ce54d4x5t", "V\u202eIP")
	w.must(err)
	if _, text := w.text(w.viewer, "GET", "/api/v1/destinations/x/audiences/"+id, ""); !strings.Contains(text, `"V<U+202E>IP"`) && !strings.Contains(text, `V\u003cU+202E\u003eIP`) {
		t.Errorf("a name from X is shown as %s", text)
	}
}
