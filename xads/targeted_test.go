package xads

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The data is that of X Ads API docs, Audiences reference, targeted, and what X's lists
// hold elsewhere: null in place of a list, a boolean as text.
func TestTargetedNamesCampaignsAndTheirLineItems(t *testing.T) {
	client, s := scriptedClient(t,
		answer(200, `{"data":[{"campaign_id":"2of1n","campaign_name":"Summer","line_items":[{"id":"2rqqn","name":"Feed","servable":true},{"id":"2rqqo","name":null,"servable":"false"}]}],"next_cursor":"c"}`),
		answer(200, `{"data":[{"campaign_id":"x","line_items":null}],"next_cursor":null}`))
	var got []Campaign
	for c, err := range client.Targeted(t.Context(), testAccount, testAudience) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c)
	}
	want := []Campaign{
		{ID: "2of1n", Name: "Summer", LineItems: []LineItem{{ID: "2rqqn", Name: "Feed", Servable: true}, {ID: "2rqqo"}}},
		{ID: "x"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	const path = "GET /12/accounts/18ce54d4x5t/custom_audiences/1nmth/targeted?"
	if diff := cmp.Diff([]string{path + "with_active=false", path + "cursor=c&with_active=false"}, s.requests); diff != "" {
		t.Error(diff)
	}
}

func TestPermissionsNameTheAccountsThatAnAudienceIsSharedWith(t *testing.T) {
	client, s := scriptedClient(t, answer(200, `{"data":[{"custom_audience_id":"1nmth","permission_level":"READ_ONLY","id":"ri","granted_account_id":"18ce54aymz3","deleted":false}],"next_cursor":null}`))
	var got []Permission
	for p, err := range client.Permissions(t.Context(), testAccount, testAudience) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
	}
	if diff := cmp.Diff([]Permission{{Account: "18ce54aymz3", Level: "READ_ONLY"}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"GET /12/accounts/18ce54d4x5t/custom_audiences/1nmth/permissions?count=1000"}, s.requests); diff != "" {
		t.Error(diff)
	}
}

func TestListsOfUseEndAtWhatTheyCannotRead(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"no id":                  answer(200, `{"data":[{"campaign_name":"a","permission_level":"READ_ONLY"}]}`),
		"line items are no list": answer(200, `{"data":[{"campaign_id":"a","line_items":{}}]}`),
		"refused":                refuse(403, "ACTION_NOT_ALLOWED", "no"),
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := scriptedClient(t, handler)
			var last error
			for _, err := range client.Targeted(t.Context(), testAccount, testAudience) {
				last = err
			}
			if last == nil {
				t.Error("it was taken")
			}
		})
	}
}
