package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/store"
)

// While a list of people cannot be used nobody is sent anything; what else there is can be changed.
func TestAListThatCannotBeUsedStopsAll(t *testing.T) {
	t.Parallel()
	ctx, st := t.Context(), open(t)
	apply(ctx, t, st, file, env, false)
	old := store.Object{Kind: store.Suppression, Name: "old", Spec: json.RawMessage(`{"source":"db","people":"all"}`)}
	if _, err := st.Put(ctx, old, store.CreateOnly, store.Actor{}); err != nil {
		t.Fatal(err)
	}
	s, err := catalog.Load(ctx, st, t.TempDir(), setup.Files{})
	if err != nil {
		t.Fatal(err)
	}
	for name := range s.Connections {
		_, err := s.Only(setup.About{Connection: name}).Job(ctx, s.Connections[name], true)
		if err == nil || !strings.Contains(err.Error(), "without suppress.old nobody is sent anything") || eddy.ErrorCode(err) != eddy.CodeConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := catalog.Check(ctx, st, catalog.Change{Object: store.Object{Kind: store.Source, Name: "new", Spec: json.RawMessage(`{"type":"duckdb"}`)}}); err != nil {
		t.Error(err)
	}
}

// An uploaded list is in no file: none writes it, and none takes it away.
func TestUploadsAreNoFiles(t *testing.T) {
	t.Parallel()
	ctx, st := t.Context(), open(t)
	apply(ctx, t, st, file, env, false)
	list := store.Object{Kind: store.Suppression, Name: "up", Spec: json.RawMessage(`{"upload":{"default_region":"de"}}`)}
	if err := catalog.Check(ctx, st, catalog.Change{Object: list}); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Put(ctx, list, store.CreateOnly, store.Actor{}); err != nil {
		t.Fatal(err)
	}
	exported, err := catalog.Export(ctx, st)
	if err != nil || !strings.Contains(string(exported), "# suppress.up was uploaded") {
		t.Errorf("%v\n%s", err, exported)
	}
	for name, action := range actions(apply(ctx, t, st, string(exported), none, true)) {
		if action != catalog.Unchanged {
			t.Errorf("%s: %s, want none", name, action)
		}
	}
	s, err := catalog.Load(ctx, st, t.TempDir(), setup.Files{})
	if err != nil || len(s.Suppress) != 1 || s.Suppress[0].Upload == nil || s.Uploaded["up"] == nil {
		t.Errorf("%+v: %v", s, err)
	}
	for spec, want := range map[string]string{
		`{"upload":{"default_region":"XX"}}`: "not a region",
		`{"upload":{},"source":"db"}`:        "a list that is uploaded has no source",
		`{"upload":{"default_regoin":"US"}}`: "default_region",
		`{"upload":true}`:                    "expected",
	} {
		list.Spec = json.RawMessage(spec)
		if err := catalog.Check(ctx, st, catalog.Change{Object: list}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", spec, err)
		}
	}
	_, err = catalog.PlanApply(ctx, st, "eddy.yaml", []byte("suppress: {b: {upload: {}}}\n"), none, false)
	if err == nil || !strings.Contains(err.Error(), "a list is uploaded to a server, not written in a file") {
		t.Errorf("%v", err)
	}
}
