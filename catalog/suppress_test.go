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
