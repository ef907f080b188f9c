package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ask sends an unsigned request, as the page and the admin endpoints take them.
func (b *box) ask(method, path, body string, header ...string) answer {
	b.t.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	a, err := send(req)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

func TestMembersEndpoint(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("VIP")
	if a := b.ask("GET", "/_sandbox/audiences/"+id+"/members", ""); !strings.Contains(a.body, `"identities": []`) {
		t.Errorf("an empty audience: %s", a.body)
	}
	b.users(id, "["+op("Update", "a")+"]")
	var got struct{ Identities []string }
	a := b.ask("GET", "/_sandbox/audiences/"+strings.ToUpper(id)+"/members", "")
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || cmp.Diff([]string{"email:" + hash("a")}, got.Identities) != "" {
		t.Errorf("%v %s", err, a.body)
	}
	if a := b.ask("GET", "/_sandbox/audiences/zzz/members", ""); a.status != 404 || a.decode(t)["error"] == nil {
		t.Errorf("unknown: %d %s", a.status, a.body)
	}
	var list []map[string]any
	a = b.ask("GET", "/_sandbox/audiences", "")
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || len(list) != 1 || list[0]["id"] != id || list[0]["members"] != 1.0 || list[0]["identities"] != 1.0 || list[0]["people"] != 1.0 {
		t.Errorf("%v %s", err, a.body)
	}
	if a := b.ask("GET", "/_sandbox/requests", ""); !strings.Contains(a.body, `"users": 1`) {
		t.Errorf("requests: %s", a.body)
	}
}

func TestFaultsEndpoint(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, body := range []string{`{"status":503,"count":1,"delay":"1ms"}`, "status=502"} {
		if a := b.ask("POST", "/_sandbox/faults", body); a.status != 201 {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	for _, body := range []string{`{"status":503,"colour":"red"}`, `{"status":"x"}`, `{}`, "status", "", `{"status":503,"delay":"soon"}`} {
		if a := b.ask("POST", "/_sandbox/faults", body); a.status != 400 {
			t.Errorf("%s: %d %s", body, a.status, a.body)
		}
	}
	if a, c := b.get(audiences), b.get(audiences); a.status != 503 || c.status != 502 {
		t.Errorf("got %d, %d", a.status, c.status)
	}
	if a := b.ask("GET", "/_sandbox/faults", ""); strings.Count(a.body, `"fired": 1`) != 2 {
		t.Errorf("faults: %s", a.body)
	}
	b.ask("DELETE", "/_sandbox/faults", "")
	if a := b.get(audiences); a.status != 200 || len(b.Faults()) != 0 {
		t.Errorf("cleared: %d", a.status)
	}
}

// A page on another site must not steer the sandbox of whoever looks at it.
func TestCrossSite(t *testing.T) {
	t.Parallel()
	b := start(t)
	if a := b.ask("POST", "/_sandbox/faults", "status=503", "Sec-Fetch-Site", "cross-site"); a.status != 403 || len(b.Faults()) != 0 {
		t.Errorf("got %d", a.status)
	}
}

func TestClockAndReset(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("x")
	b.users(id, "["+op("Update", "a")+"]")
	if a := b.ask("POST", "/_sandbox/clock", `{"advance":"9600h"}`); a.status != 200 || len(b.Members(id)) != 0 {
		t.Errorf("clock: %d %s", a.status, a.body)
	}
	if a := b.ask("POST", "/_sandbox/clock", `x`); a.status != 400 {
		t.Errorf("clock: %d", a.status)
	}
	if a := b.get(audiences); a.status != 200 {
		t.Errorf("signatures go by the real clock: %d", a.status)
	}
	b.fault("status=503")
	if a := b.ask("POST", "/_sandbox/reset", ""); a.status != 204 {
		t.Errorf("reset: %d", a.status)
	}
	if len(b.Audiences())+len(b.Requests())+len(b.Faults()) != 0 || b.get(audiences).status != 200 {
		t.Error("something was left")
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b := start(t)
	empty := b.ask("GET", "/", "")
	if !strings.Contains(empty.body, "No audience yet") {
		t.Errorf("empty page: %s", empty.body)
	}
	id := b.audience("<b>VIP")
	b.users(id, "["+op("Update", "a")+"]")
	b.users(id, `[{"operation_type":"Update","params":{"users":[{"email":["a@example.com"]}]}}]`)
	b.fault("status=503,on=accounts,poison=x")
	home, page := b.ask("GET", "/?refresh=5", ""), b.ask("GET", "/audiences/"+id, "")
	for _, want := range []string{"&lt;b&gt;VIP", "/audiences/" + id, "on=accounts", "no end", `content="5"`, "matches nobody", b.url} {
		if !strings.Contains(home.body, want) {
			t.Errorf("home page has no %s", want)
		}
	}
	for _, want := range []string{"&lt;b&gt;VIP", hash("a"), "1 person with 1 identity"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("audience page has no %s", want)
		}
	}
	if strings.Contains(home.body+page.body, "a@example.com") {
		t.Error("a value is on a page")
	}
	if a := b.ask("GET", "/audiences/zzz", ""); a.status != 404 {
		t.Errorf("unknown: %d", a.status)
	}
}
