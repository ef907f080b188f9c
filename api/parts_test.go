package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

// halves is a model whose rows have one of two values, or none.
const halves = "SELECT *, CASE WHEN id % 5 = 0 THEN NULL WHEN id % 2 = 0 THEN 'even' ELSE 'odd' END AS half FROM customers"

// TestAConnectionWithSeveralAudiences: its runs and its list tell of each audience, and a held run
// is approved for the audience that it held.
func TestAConnectionWithSeveralAudiences(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(20)
		split := func(sql string) {
			c := w.connection(map[string]any{"sql": sql, "split_by": "half", "audience": map[string]any{"create": map[string]any{"name": "Halves {half}"}}})
			delete(c, "table")
			w.put("connections", "halves", c)
		}
		run := func(how api.Start) api.Run {
			r, err := w.editor.Start(w.Context(), "halves", how, "")
			w.must(err)
			r, err = w.editor.Watch(w.Context(), r.RunID, func(api.Run) {})
			w.must(err)
			return r
		}
		split(halves)
		var parts api.Page[api.Part]
		w.call(w.viewer, "GET", "/api/v1/connections/halves/parts", nil, &parts)
		if len(parts.Items) > 0 {
			t.Errorf("before the first run: %+v", parts)
		}
		first := run(api.Start{})
		if first.Status != "completed_with_errors" || len(first.Parts) != 2 || first.Parts[0].Value != "even" || first.Parts[0].Audience != "Halves even" || first.Counts.Rows != 20 || first.Counts.Invalid != 4 {
			t.Fatalf("the first run: %+v", first)
		}
		size := int64(120)
		w.must(w.st.AddSize(w.Context(), store.Size{Connection: "halves/even", AudienceID: first.Parts[0].AudienceID, At: time.Now(), Size: &size, Targetable: true}))
		w.call(w.viewer, "GET", "/api/v1/connections/halves/parts", nil, &parts)
		if len(parts.Items) != 2 || parts.Items[0].RunID != first.RunID || parts.Items[0].Size == nil || *parts.Items[0].Size.Size != 120 || parts.Items[1].Size != nil || parts.Items[1].AudienceID == "" {
			t.Errorf("%+v", parts)
		}
		var records api.Page[api.Record]
		w.call(w.viewer, "GET", "/api/v1/runs/"+first.RunID+"/records?status=all", nil, &records)
		if len(records.Items) != 16 {
			t.Errorf("%d records are in the log of both audiences", len(records.Items))
		}

		split(halves + " WHERE id % 2 = 1")
		held := run(api.Start{})
		if held.Status != "needs_approval" || !held.Parts[0].Gone || held.Parts[0].Removal == nil || held.Parts[1].Status != "succeeded" {
			t.Fatalf("a value vanished: %+v", held)
		}
		var approved api.Run
		w.call(w.editor, "POST", "/api/v1/runs/"+held.RunID+"/approve", map[string]any{}, &approved)
		approved, err := w.editor.Watch(w.Context(), approved.RunID, func(api.Run) {})
		w.must(err)
		if approved.Parts[0].Status != "succeeded" || approved.Parts[0].Counts.Delete != 8 {
			t.Errorf("approved: %+v", approved)
		}
		w.refused(w.viewer, api.Call{Method: "GET", Path: "/api/v1/connections/nothing/parts"}, http.StatusNotFound)
	})
}

// TestValuesAreCountedAndNamedToWhoMaySeeThem: into how many audiences a column would part a model.
func TestValuesAreCountedAndNamedToWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(20)
	in := api.Candidate{Model: api.Model{SQL: halves}, Column: "half"}
	const path = "/api/v1/sources/shop/values"
	var v api.Values
	w.call(w.raw, "POST", path, in, &v)
	if v.Count != 2 || v.Without != 4 || v.More || !slices.Equal(v.Named, []string{"even", "odd"}) {
		t.Errorf("%+v", v)
	}
	w.call(w.editor, "POST", path, in, &v)
	if v.Count != 2 || len(v.Named) != 0 {
		t.Errorf("who may not see values is told %+v", v)
	}
	w.call(w.raw, "POST", path, api.Candidate{Model: api.Model{SQL: "SELECT i AS n FROM range(1000) AS r(i)"}, Column: "n"}, &v)
	if !v.More || v.Count != 500 || len(v.Named) != 10 {
		t.Errorf("a thousand values: %+v", v)
	}
	w.refused(w.editor, api.Call{Method: "POST", Path: path, Body: api.Candidate{Model: api.Model{SQL: halves}, Column: "nothing"}}, http.StatusUnprocessableEntity)
}
