package xads

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The entity of X Ads API docs, Audiences reference, POST custom_audiences.
const documentedAudience = `{"targetable":false,"name":"developers","targetable_types":["CRM","EXCLUDED_CRM"],
 "audience_type":"CRM","description":null,"permission_level":"READ_WRITE","owner_account_id":"18ce54d4x5t",
 "id":"2906h","reasons_not_targetable":["PROCESSING","TOO_SMALL"],"created_at":"2017-08-22T23:34:26Z",
 "updated_at":"2017-08-22T23:34:26Z","partner_source":"OTHER","deleted":false,"audience_size":null}`

func wantDocumentedAudience() Audience {
	at := time.Date(2017, 8, 22, 23, 34, 26, 0, time.UTC)
	return Audience{
		ID: "2906h", Name: "developers", Reasons: []string{"PROCESSING", "TOO_SMALL"}, CreatedAt: at,
		Owner: "18ce54d4x5t", Permission: "READ_WRITE",
	}
}

func TestAudiencesAreReadWithAllTheirWarts(t *testing.T) {
	size := int64(1470)
	for name, c := range map[string]struct {
		data string
		want Audience
	}{
		"as documented":    {documentedAudience, wantDocumentedAudience()},
		"in a list of one": {"[" + documentedAudience + "]", wantDocumentedAudience()},
		"nothing but an id": {
			`{"id":"1nmth","name":null,"targetable":null,"reasons_not_targetable":null,"created_at":null}`,
			Audience{ID: "1nmth"},
		},
		"attributes of older samples": {
			`{"id":"1nmth","is_owner":true,"list_type":"EMAIL","data_type":"x","total_count":1}`,
			Audience{ID: "1nmth"},
		},
		"other types": {
			`{"id":42,"deleted":"True","targetable":"true","audience_size":1470.0,"reasons_not_targetable":"TOO_SMALL"}`,
			Audience{ID: "42", Deleted: true, Targetable: true, Size: &size, Reasons: []string{"TOO_SMALL"}},
		},
		"times with an offset": {
			`{"id":"x","created_at":"2017-07-10T08:00:00-0800"}`,
			Audience{ID: "x", CreatedAt: time.Date(2017, 7, 10, 16, 0, 0, 0, time.UTC)},
		},
		"times that are none": {`{"id":"x","created_at":"soon"}`, Audience{ID: "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := scriptedClient(t, answer(200, `{"data":`+c.data+`,"request":[]}`))
			got, err := client.Audience(t.Context(), testAccount, testAudience)
			if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

// Parameters go in the query with PUT and POST too, and there is no body.
func TestRequestsAreWhatXDocuments(t *testing.T) {
	client, s := scriptedClient(t, answer(201, `{"data":`+documentedAudience+`}`))
	ctx := t.Context()
	for _, call := range []func() (Audience, error){
		func() (Audience, error) { return client.CreateAudience(ctx, testAccount, "a+b c", "d&e") },
		func() (Audience, error) { return client.CreateAudience(ctx, testAccount, "x", "") },
		func() (Audience, error) { return client.RenameAudience(ctx, testAccount, testAudience, "é") },
		func() (Audience, error) { return client.DeleteAudience(ctx, testAccount, testAudience) },
	} {
		if _, err := call(); err != nil {
			t.Error(err)
		}
	}
	const path = "/12/accounts/18ce54d4x5t/custom_audiences"
	want := []string{
		"POST " + path + "?description=d%26e&name=a%2Bb%20c",
		"POST " + path + "?name=x",
		"PUT " + path + "/1nmth?name=%C3%A9",
		"DELETE " + path + "/1nmth",
	}
	if diff := cmp.Diff(want, s.requests); diff != "" || strings.Join(s.bodies, "") != "" {
		t.Errorf("bodies %q, requests\n%s", s.bodies, diff)
	}
}

func TestAudiencesNeedNames(t *testing.T) {
	client, s := scriptedClient(t, answer(200, `{}`))
	_, created := client.CreateAudience(t.Context(), testAccount, "", "d")
	_, renamed := client.RenameAudience(t.Context(), testAccount, testAudience, "")
	if created == nil || renamed == nil || s.count() != 0 {
		t.Errorf("got %v and %v after %d requests", created, renamed, s.count())
	}
}

func TestListingFollowsCursors(t *testing.T) {
	page := func(id, cursor string) http.HandlerFunc {
		return answer(200, `{"data":[{"id":"`+id+`"}],"next_cursor":`+cursor+`}`)
	}
	client, s := scriptedClient(t, page("a", `"c1"`), page("b", `"c2"`), answer(200, `{"data":[],"next_cursor":null}`))
	var ids []string
	options := ListOptions{PageSize: 1, Prefix: "a b"}
	for a, err := range client.Audiences(t.Context(), testAccount, options) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.ID)
	}
	if diff := cmp.Diff([]string{"a", "b"}, ids); diff != "" {
		t.Error(diff)
	}
	for i, cursor := range []string{"", "c1", "c2"} {
		u, _ := url.Parse(strings.TrimPrefix(s.requests[i], "GET "))
		want := url.Values{"count": {"1"}, "q": {"a b"}}
		if cursor != "" {
			want.Set("cursor", cursor)
		}
		if diff := cmp.Diff(want, u.Query()); diff != "" {
			t.Errorf("page %d: %s", i, diff)
		}
	}
}

func TestListingEndsWhereItShould(t *testing.T) {
	t.Run("when the caller has enough", func(t *testing.T) {
		client, s := scriptedClient(t, answer(200, `{"data":[{"id":"a"},{"id":"b"}],"next_cursor":"c"}`))
		for range client.Audiences(t.Context(), testAccount, ListOptions{}) {
			break
		}
		if s.count() != 1 {
			t.Errorf("%d requests", s.count())
		}
	})
	for name, handler := range map[string]http.HandlerFunc{
		"when a cursor comes back":  answer(200, `{"data":[{"id":"a"}],"next_cursor":"c"}`),
		"at an error":               refuse(400, "INVALID_PARAMETER", "no"),
		"at an entity without id":   answer(200, `{"data":[{"name":"a"}]}`),
		"at something else in data": answer(200, `{"data":[1]}`),
		"at data that is no list":   answer(200, `{"data":{"id":"a"}}`),
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := scriptedClient(t, handler)
			var last error
			for _, err := range client.Audiences(t.Context(), testAccount, ListOptions{}) {
				if last != nil {
					t.Fatal("it goes on after an error")
				}
				last = err
			}
			if _, ok := errors.AsType[*Error](last); !ok {
				t.Errorf("got %v", last)
			}
		})
	}
}

// However many fresh cursors X gives, a list has an end, and says why.
func TestAListHasAnEndWhateverTheCursors(t *testing.T) {
	endless := func(data string) (*Client, *int) {
		n := 0
		client, _ := scriptedClient(t, func(w http.ResponseWriter, _ *http.Request) {
			n++
			_, _ = fmt.Fprintf(w, `{"data":[%s],"next_cursor":"c%d"}`, data, n)
		})
		return client, &n
	}
	for data, want := range map[string]struct {
		pages int
		says  string
	}{
		``:           {mostEmptyPages, "have nothing on them"},
		`{"id":"a"}`: {mostPages, "more than 1000 pages"},
	} {
		client, asked := endless(data)
		var last error
		for _, err := range client.Audiences(t.Context(), testAccount, ListOptions{}) {
			last = err
		}
		if _, ok := errors.AsType[*Error](last); !ok || !strings.Contains(last.Error(), want.says) || *asked != want.pages {
			t.Errorf("pages of %q: %d requests, %v", data, *asked, last)
		}
	}
	// A few in between are no end.
	few := []http.HandlerFunc{}
	for n := range 2 * mostEmptyPages {
		data := ""
		if n%mostEmptyPages == mostEmptyPages-1 {
			data = `{"id":"a"}`
		}
		few = append(few, answer(200, fmt.Sprintf(`{"data":[%s],"next_cursor":"c%d"}`, data, n)))
	}
	client, _ := scriptedClient(t, append(few, answer(200, `{"data":[]}`))...)
	found := 0
	for _, err := range client.Audiences(t.Context(), testAccount, ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		found++
	}
	if found != 2 {
		t.Errorf("%d found, want 2", found)
	}
}

func TestFindAudiencesComparesTheWholeName(t *testing.T) {
	client, s := scriptedClient(t, answer(200, `{"data":[{"id":"a","name":"VIPs"},{"id":"b","name":"vip"},{"id":"c","name":"VIP"}]}`))
	found, err := client.FindAudiences(t.Context(), testAccount, "Vip")
	if err != nil || len(found) != 2 || found[0].ID != "b" || found[1].ID != "c" {
		t.Errorf("got %+v, %v", found, err)
	}
	long := strings.Repeat("é", 200)
	if _, err := client.FindAudiences(t.Context(), testAccount, long); err != nil {
		t.Error(err)
	}
	u, _ := url.Parse(strings.TrimPrefix(s.requests[1], "GET "))
	if q := u.Query().Get("q"); q != strings.Repeat("é", 127) {
		t.Errorf("a prefix of %d bytes was sent", len(q))
	}
}

func TestAccounts(t *testing.T) {
	client, s := scriptedClient(t,
		answer(200, `{"data":[{"id":"18ce54d4x5t","name":"Shop","business_id":7,"approval_status":"ACCEPTED","salt":"x"}],"next_cursor":"c"}`),
		answer(200, `{"data":[],"next_cursor":null}`))
	got, err := client.Accounts(t.Context())
	want := []Account{{ID: "18ce54d4x5t", Name: "Shop", ApprovalStatus: "ACCEPTED"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"GET /12/accounts?count=1000", "GET /12/accounts?count=1000&cursor=c"}, s.requests); diff != "" {
		t.Error(diff)
	}
}
