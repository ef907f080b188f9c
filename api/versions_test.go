package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/api"
	"github.com/eddy-retl/eddy/store"
)

const versions = "/api/v1/connections/vip/versions"

// save makes a change of the connection as an editor.
func (w *world) save(match string, spec any) {
	w.Helper()
	w.must(w.editor.Do(w.Context(), api.Call{Method: "PUT", Path: "/api/v1/connections/vip", Header: http.Header{"If-Match": {match}}, Body: map[string]any{"spec": spec}}, nil))
}

// changes are those of a version in short.
func changes(v api.ConnectionVersion) (out []string) {
	for _, c := range v.Changes {
		out = append(out, fmt.Sprintf("%s %s -> %s", c.Path, c.Old, c.New))
	}
	return out
}

// A connection has a history for whoever may see it, and goes back by a change like any other.
func TestAConnectionHasAHistory(t *testing.T) {
	t.Parallel()
	both(t, func(w *world) {
		w.shop(3)
		mapping := map[string]any{"email": "email"}
		w.save(`"1"`, w.connection(map[string]any{"mapping": mapping, "settings": map[string]any{"guard": map[string]any{"max_removed_percent": 80}}}))
		w.call(w.editor, "POST", "/api/v1/connections/vip/pause", nil, nil)
		var list api.Page[api.ConnectionVersion]
		w.call(w.viewer, "GET", versions, nil, &list)
		if len(list.Items) != 3 || list.NextCursor != "" {
			t.Fatalf("the history: %+v", list)
		}
		newest, second, first := list.Items[0], list.Items[1], list.Items[2]
		if second.Actor.Name != "editor@example.com" || second.Actor.Via != "token test" || first.Actor.Name != "admin@example.com" || second.At.Before(first.At) || first.At.IsZero() {
			t.Errorf("who and when: %+v, then %+v", first, second)
		}
		if d := cmp.Diff([]string{`/spec/mapping/phone_number "phone" -> `, "/spec/settings/guard/max_removed_percent  -> 80"}, changes(second)); d != "" {
			t.Errorf("what changed: -want +got:\n%s", d)
		}
		if d := cmp.Diff([]string{"/paused false -> true"}, changes(newest)); d != "" || !newest.Paused || newest.First {
			t.Errorf("the pause: %s %+v", d, newest)
		}
		if !first.First || len(first.Changes) != 0 {
			t.Errorf("the first version: %+v", first)
		}
		w.goesBack(second)
	})
}

// goesBack puts the first version in the place of the newest, the third.
func (w *world) goesBack(second api.ConnectionVersion) {
	w.Helper()
	var full api.WholeVersion
	w.call(w.viewer, "GET", versions+"/2", nil, &full)
	if d := cmp.Diff(second, full.ConnectionVersion); d != "" || !strings.Contains(string(full.Spec), `"max_removed_percent":80`) {
		w.Errorf("the second version alone: %s %s", d, full.Spec)
	}
	w.call(w.viewer, "GET", versions+"/1", nil, &full)
	body := map[string]any{"spec": full.Spec}
	w.refused(w.viewer, api.Call{Method: "PUT", Path: "/api/v1/connections/vip", Header: http.Header{"If-Match": {`"3"`}}, Body: body}, http.StatusForbidden)
	w.refused(w.editor, api.Call{Method: "PUT", Path: "/api/v1/connections/vip", Header: http.Header{"If-Match": {`"2"`}}, Body: body}, http.StatusPreconditionFailed)
	w.save(`"3"`, full.Spec)
	var list api.Page[api.ConnectionVersion]
	w.call(w.viewer, "GET", versions, nil, &list)
	if len(list.Items) != 4 || list.Items[0].Version != 4 || !list.Items[0].Paused || len(list.Items[0].Changes) != 2 {
		w.Errorf("after going back: %+v", list.Items)
	}
	var now api.Object
	w.call(w.viewer, "GET", "/api/v1/connections/vip", nil, &now)
	if d := cmp.Diff(string(full.Spec), string(now.Spec)); d != "" {
		w.Errorf("it is not what it was: -want +got:\n%s", d)
	}
	// What was correct once is checked again: its source may be another by now.
	gone := strings.Replace(string(full.Spec), `"destination":"x"`, `"destination":"gone"`, 1)
	w.refused(w.editor, api.Call{Method: "PUT", Path: "/api/v1/connections/vip", Header: http.Header{"If-Match": {"*"}}, Body: map[string]any{"spec": json.RawMessage(gone)}}, http.StatusUnprocessableEntity)
}

func TestPagesOfAHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(3)
	for n := range 5 {
		w.save("*", w.connection(map[string]any{"schedule": map[string]any{"type": "basic", "every": fmt.Sprintf("%dh", n+1)}}))
	}
	var got []int64
	for cursor := ""; ; {
		var page api.Page[api.ConnectionVersion]
		w.call(w.viewer, "GET", versions+"?limit=2&cursor="+cursor, nil, &page)
		for _, v := range page.Items {
			got = append(got, v.Version)
			if v.First != (v.Version == 1) || v.First == (len(v.Changes) > 0) {
				t.Errorf("version %d at the edge of a page: %+v", v.Version, v)
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if d := cmp.Diff([]int64{6, 5, 4, 3, 2, 1}, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for path, status := range map[string]int{
		versions + "?cursor=bm9uZQ": http.StatusUnprocessableEntity, versions + "/7": http.StatusNotFound, versions + "/0": http.StatusUnprocessableEntity,
		versions + "/9223372036854775806": http.StatusNotFound, "/api/v1/connections/nothing/versions": http.StatusNotFound,
		"/api/v1/connections/nothing/versions/1": http.StatusNotFound,
	} {
		w.refused(w.viewer, api.Call{Method: "GET", Path: path}, status)
	}
	w.must(w.admin.Do(t.Context(), api.Call{Method: "DELETE", Path: "/api/v1/connections/vip", Header: http.Header{"If-Match": {"*"}}}, nil))
	w.refused(w.viewer, api.Call{Method: "GET", Path: versions + "/1"}, http.StatusNotFound)
}

// However large the specs are, and however much changed, a page of a history is small, and all
// pages have all versions.
func TestAHistoryOfLargeSpecsIsToldInSmallPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(3)
	const saves = 24
	sql := func(n int) string { return strings.Repeat(fmt.Sprintf("-- é%d\n", n), 100_000) + "SELECT 1" }
	for n := range saves {
		o, err := w.st.Object(t.Context(), store.Connection, "vip")
		w.must(err)
		spec := w.connection(map[string]any{"sql": sql(n)})
		delete(spec, "table")
		o.Spec, err = json.Marshal(spec)
		w.must(err)
		_, err = w.st.Put(t.Context(), o, store.AnyVersion, store.Actor{})
		w.must(err)
	}
	got, pages := []int64{}, 0
	for query := "?limit=1000"; ; pages++ {
		code, text := w.text(w.viewer, "GET", versions+query, "")
		if code != http.StatusOK || len(text) > 2<<20 {
			t.Fatalf("%d, %d bytes", code, len(text))
		}
		var page api.Page[api.ConnectionVersion]
		w.must(json.Unmarshal([]byte(text), &page))
		for _, v := range page.Items {
			got = append(got, v.Version)
			if v.Version > 2 { // the first and second have no SQL on one side
				cutChange(t, v, sql)
			}
		}
		if page.NextCursor == "" {
			break
		}
		query = "?limit=1000&cursor=" + page.NextCursor
	}
	for i, version := range got {
		if want := int64(saves + 1 - i); version != want {
			t.Fatalf("%d in the place of %d: %v", version, want, got)
		}
	}
	if len(got) != saves+1 || pages < 1 {
		t.Errorf("%d versions on %d more pages", len(got), pages)
	}
	var full api.WholeVersion
	w.call(w.viewer, "GET", versions+"/5", nil, &full)
	if cutChange(t, full.ConnectionVersion, sql); len(full.Spec) < 700_000 {
		t.Errorf("the spec is cut: %d bytes", len(full.Spec))
	}
}

// cutChange expects that a version changed its SQL, and that its beginning is told.
func cutChange(t *testing.T, v api.ConnectionVersion, sql func(int) string) {
	t.Helper()
	if len(v.Changes) != 1 || v.Changes[0].Path != "/spec/sql" {
		t.Fatalf("version %d: %d changes", v.Version, len(v.Changes))
	}
	var old, now string
	if err := errors.Join(json.Unmarshal(v.Changes[0].Old, &old), json.Unmarshal(v.Changes[0].New, &now)); err != nil {
		t.Fatal(err)
	}
	for text, n := range map[string]int{old: int(v.Version) - 3, now: int(v.Version) - 2} {
		begins, cut := strings.CutSuffix(text, "… [cut]")
		if !cut || len(begins) > 4<<10 || len(begins) < 4<<10-4 || !strings.HasPrefix(sql(n), begins) {
			t.Errorf("version %d: %d bytes of a value, which ends in %q", v.Version, len(text), text[max(0, len(text)-20):])
		}
	}
}

// Where very much changed, it is told by the keys of the spec.
func TestManyChangesAreToldByTheirKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", nil)
	w.shop(3)
	many := func(v string) map[string]any {
		mapping := map[string]string{}
		for n := range 3000 {
			mapping[fmt.Sprintf("field%d", n)] = v
		}
		return map[string]any{"mapping": mapping, "identifier": v, "source": "shop", "destination": "x"}
	}
	for _, spec := range []map[string]any{many("a"), many("b")} {
		o, err := w.st.Object(t.Context(), store.Connection, "vip")
		w.must(err)
		o.Spec, err = json.Marshal(spec)
		w.must(err)
		_, err = w.st.Put(t.Context(), o, store.AnyVersion, store.Actor{})
		w.must(err)
	}
	var list api.Page[api.ConnectionVersion]
	w.call(w.viewer, "GET", versions+"?limit=1", nil, &list)
	c := list.Items[0].Changes
	if len(c) != 2 || c[0].Path != "/spec/identifier" || string(c[0].New) != `"b"` || c[1].Path != "/spec/mapping" || !strings.HasSuffix(string(c[1].New), `… [cut]"`) {
		t.Errorf("got %d changes, first %+v", len(c), c[0])
	}
}
