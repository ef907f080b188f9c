package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/sandbox"
)

func TestTargetedListsWhatWasSetUp(t *testing.T) {
	b := start(t)
	id := b.audience("t")
	one := "/12/accounts/" + account + "/custom_audiences/" + id
	for _, text := range []string{
		`{"campaign_id":"c1","campaign_name":"old"}`,
		`{"campaign_id":"c1","campaign_name":"Summer","line_items":[{"id":"l1","name":"Feed","servable":true},{"id":"l2","name":"Search","servable":false}]}`,
		`{"campaign_id":"c2","campaign_name":"Over","line_items":[{"id":"l3","name":"Ended","servable":false}]}`,
	} {
		answer, err := http.Post(b.url+"/_sandbox/audiences/"+id+"/targeted", "application/json", strings.NewReader(text))
		if err != nil || answer.StatusCode != http.StatusCreated {
			t.Fatal(answer, err)
		}
		answer.Body.Close()
	}
	both := `[{"campaign_id":"c1","campaign_name":"Summer","line_items":[{"id":"l1","name":"Feed","servable":true},{"id":"l2","name":"Search","servable":false}]},` +
		`{"campaign_id":"c2","campaign_name":"Over","line_items":[{"id":"l3","name":"Ended","servable":false}]}]`
	for query, want := range map[string]string{
		"":                   `[{"campaign_id":"c1","campaign_name":"Summer","line_items":[{"id":"l1","name":"Feed","servable":true}]}]`,
		"?with_active=true":  `[{"campaign_id":"c1","campaign_name":"Summer","line_items":[{"id":"l1","name":"Feed","servable":true}]}]`,
		"?with_active=false": both,
	} {
		a := b.get(one + "/targeted" + query)
		if want := `{"data":` + want + `,"next_cursor":null`; !strings.HasPrefix(a.body, want) {
			t.Errorf("%q: %s\nwant %s", query, a.body, want)
		}
	}
	if a := b.get(one + "/targeted?with_active=maybe"); a.status != http.StatusBadRequest {
		t.Errorf("a flag that is none: %d %s", a.status, a.body)
	}
	for name, err := range map[string]error{
		"an unknown audience":      b.Target("zzz", sandbox.Campaign{ID: "c"}),
		"a campaign without an id": b.Target(id, sandbox.Campaign{}),
	} {
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestPermissionsAreToldToTheOwner(t *testing.T) {
	b := start(t)
	b.AddAccount("abc", "Other")
	id := b.audience("shared")
	if err := b.Share(id, "abc", false); err != nil {
		t.Fatal(err)
	}
	list := b.get("/12/accounts/" + account + "/custom_audiences/" + id + "/permissions?count=1000")
	data, _ := list.decode(t)["data"].([]any)
	if len(data) != 1 {
		t.Fatalf("%d %s", list.status, list.body)
	}
	got, _ := data[0].(map[string]any)
	delete(got, "created_at")
	delete(got, "updated_at")
	want := map[string]any{"custom_audience_id": id, "permission_level": "READ_ONLY", "id": "abc", "granted_account_id": "abc", "deleted": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if a := b.get("/12/accounts/abc/custom_audiences/" + url.PathEscape(id) + "/permissions"); a.status != http.StatusForbidden {
		t.Errorf("somebody else's: %d %s", a.status, a.body)
	}
}
