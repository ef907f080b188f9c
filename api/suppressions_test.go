package api_test

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/api"
)

// optout is a list of the shop.
func optout() map[string]any {
	return map[string]any{"source": "shop", "table": "optout", "mapping": map[string]any{"email": "mail"}}
}

// TestAListOfTheServerCountsForEachConnection: who is on it leaves past the guard, plans and why
// say so, and it goes when it is deleted.
func TestAListOfTheServerCountsForEachConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(5)
	if r := w.ended(api.Start{}); string(r.Status) != string(eddy.Succeeded) || r.Counts.Delivered != 5 {
		t.Fatalf("before: %+v", r)
	}
	w.duck("CREATE TABLE optout AS SELECT 'USER' || i || '@Example.com' AS mail FROM range(1, 4) t(i)")
	w.put("suppressions", "optout", optout())
	plan, err := w.editor.Plan(t.Context(), "vip", false)
	w.must(err)
	if plan.Counts.Suppressed != 3 || plan.Counts.Delete != 3 {
		t.Errorf("the plan: %+v", plan.Counts)
	}
	if r := w.ended(api.Start{}); string(r.Status) != string(eddy.Succeeded) || r.Counts.Suppressed != 3 || r.Counts.Delete != 3 {
		t.Errorf("with the list: %+v", r)
	}
	why, err := w.editor.Why(t.Context(), "vip", api.Question{Field: "email", Value: "user2@example.com"})
	w.must(err)
	if !strings.Contains(why.Verdict, "suppressed") {
		t.Errorf("why: %+v", why)
	}
	if p := w.refused(w.editor, api.Call{Method: "DELETE", Path: "/api/v1/sources/shop", Header: http.Header{"If-Match": {"*"}}}, http.StatusConflict); p.Code != "used" || !strings.Contains(p.Detail, "suppression optout") {
		t.Errorf("the source goes: %+v", p)
	}
	w.refused(w.viewer, api.Call{Method: "DELETE", Path: "/api/v1/suppressions/optout", Header: http.Header{"If-Match": {"*"}}}, http.StatusForbidden)
	w.must(w.editor.Do(t.Context(), api.Call{Method: "DELETE", Path: "/api/v1/suppressions/optout", Header: http.Header{"If-Match": {"*"}}}, nil))
	if r := w.ended(api.Start{}); string(r.Status) != string(eddy.Succeeded) || r.Counts.Suppressed != 0 || r.Counts.Insert != 3 {
		t.Errorf("without it: %+v", r)
	}
	log, err := w.st.AuditLog(t.Context(), 0, 20)
	w.must(err)
	var said []string
	for _, a := range log {
		if a.Kind == "suppression" {
			said = append(said, a.Action+" "+a.Name)
		}
	}
	if strings.Join(said, ", ") != "delete optout, create optout" {
		t.Errorf("the audit log: %v", said)
	}
}

// TestAListThatCannotBeReachedIsRefused: whichever comes last, with the error that a file gets.
func TestAListThatCannotBeReachedIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(1)
	w.put("sources", "pg", map[string]any{"type": "postgres", "host": "db.example.com", "user": "eddy", "password": "x", "database": "d"})
	w.put("suppressions", "optout", optout())
	far := w.connection(map[string]any{"source": "pg", "audience": map[string]any{"id": "other"}})
	const want = "the list lies on shop, and connection far has its state in the warehouse of pg"
	told := func(p *api.Problem) bool {
		return len(p.Errors) == 1 && strings.Contains(p.Errors[0].Detail, want) && strings.Contains(p.Errors[0].Mend, "state: local")
	}
	if p := w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/connections", Body: map[string]any{"name": "far", "spec": far}}, http.StatusUnprocessableEntity); !told(p) {
		t.Errorf("the connection: %+v", p)
	}
	w.must(w.editor.Do(t.Context(), api.Call{Method: "DELETE", Path: "/api/v1/suppressions/optout", Header: http.Header{"If-Match": {"*"}}}, nil))
	w.put("connections", "far", far)
	if p := w.refused(w.editor, api.Call{Method: "POST", Path: "/api/v1/suppressions", Body: map[string]any{"name": "optout", "spec": optout()}}, http.StatusUnprocessableEntity); !told(p) || p.Errors[0].Pointer != "/spec/source" {
		t.Errorf("the list: %+v", p)
	}
}

// TestAnUploadedListIsHashedOnArrival: in each form that it may have, and nothing of it is kept, told
// or logged but digests and numbers of lines.
func TestAnUploadedListIsHashedOnArrival(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(9)
	w.put("suppressions", "optout", map[string]any{"upload": map[string]any{"default_region": "DE"}})
	w.put("suppressions", "table", map[string]any{"source": "shop", "sql": "SELECT 'nobody@example.com' AS mail", "mapping": map[string]any{"email": "mail"}})
	const path = "/api/v1/suppressions/optout/identities"
	send := func(method, body string, lines, badLines, identities int) api.Uploaded {
		w.Helper()
		code, text := w.text(w.editor, method, path, body)
		var got api.Uploaded
		w.must(json.Unmarshal([]byte(text), &got))
		if code != http.StatusOK || got.Lines != lines || got.BadLines != badLines || got.Identities != identities {
			w.Fatalf("%s %q: %d %s", method, body, code, text)
		}
		return got
	}
	got := send("POST", "user1@example.com\n\nnot anybody\n030 12345612\n"+rawEmail+" x\n", 2, 2, 3)
	if len(got.Bad) != 2 || got.Bad[0].Line != 3 || got.Bad[1].Line != 5 || got.Bad[1].Reason == "" {
		t.Errorf("bad lines: %+v", got.Bad)
	}
	send("POST", "\ufeffEMAIL;phone_number\n\"User2@Example.com\";\nuser1@example.com;+4930123456789\n", 2, 0, 6)
	send("POST", "+14155552671\n", 1, 0, 8)
	w.refusesUploads(path)
	if r := w.ended(api.Start{}); string(r.Status) != string(eddy.Succeeded) || r.Counts.Suppressed != 2 {
		t.Errorf("a run: %+v", r)
	}
	var out api.OptOuts
	w.call(w.viewer, "GET", "/api/v1/opt-outs", nil, &out)
	if len(out.Lists) != 2 || out.Lists[0].Kind != "upload" || *out.Lists[0].Identities != 8 || out.Lists[1].Source != "shop" || len(out.Connections) != 1 ||
		out.Connections[0].CarriedOutAt == nil || out.Connections[0].WaitingSince != nil || out.Connections[0].MayWaitSince == nil || out.Connections[0].Late {
		t.Errorf("%+v", out)
	}
	send("PUT", "user5@example.com", 1, 0, 1)
	w.call(w.viewer, "GET", "/api/v1/opt-outs", nil, &out)
	if out.Connections[0].WaitingSince == nil {
		t.Errorf("after a change: %+v", out.Connections)
	}
	if code, text := w.text(w.editor, "DELETE", path, ""); code != http.StatusNoContent {
		t.Errorf("clear: %d %s", code, text)
	}
	w.forgot("user1@", "User2", "12345612", "123456789", "nobody\n", rawEmail)
}

// forgot says that none of these texts is in the server's files or its log.
func (w *world) forgot(texts ...string) {
	w.Helper()
	kept := w.log.String()
	w.must(filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		kept += string(data)
		return err
	}))
	for _, text := range texts {
		if strings.Contains(kept, text) {
			w.Errorf("%q was kept", text)
		}
	}
}

// refusesUploads: what is wrong is told without what was sent.
func (w *world) refusesUploads(path string) {
	w.Helper()
	for body, want := range map[string]string{
		"user3@example.com\nnobody\n":         "1 line of 2 name nobody",
		"\n":                                  "no line names anybody",
		"email,name\nuser3@example.com,Ada\n": "column 2 of the first line names no field",
		"partner_user_id\n77\n":               "is sent as it is",
		"\xff\xfe":                            "not UTF-8",
		"email\nuser3@example.com\n\"user4@exam\n": "is not CSV",
		strings.Repeat("a", 64) + "\n":             "name nobody",
	} {
		code, text := w.text(w.editor, "PUT", path, body)
		if code != http.StatusUnprocessableEntity || !strings.Contains(text, want) || strings.Contains(text, "user3") || strings.Contains(text, "Ada") || strings.Contains(text, "user4") {
			w.Errorf("%q: %d %s, want %q", body, code, text, want)
		}
	}
	if code, text := w.text(w.editor, "PUT", strings.Replace(path, "optout", "table", 1), "user3@example.com"); code != http.StatusConflict {
		w.Errorf("to a list of a source: %d %s", code, text)
	}
	if code, text := w.text(w.viewer, "PUT", path, "user3@example.com"); code != http.StatusForbidden {
		w.Errorf("by a viewer: %d %s", code, text)
	}
	if code, text := w.text(w.editor, "PUT", path, strings.Repeat("user3@example.com\n", 1<<20)); code != http.StatusRequestEntityTooLarge {
		w.Errorf("18 MB: %d %s", code, text)
	}
}
