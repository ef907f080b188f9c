package api_test

import (
	"net/http"
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
