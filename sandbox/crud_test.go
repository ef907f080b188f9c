package sandbox_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/sandbox"
)

// create makes an audience by request.
func (b *box) create(query string) answer {
	b.t.Helper()
	return b.call("POST", audiences+"?"+query, "", "")
}

func data(t *testing.T, a answer) map[string]any {
	t.Helper()
	d, ok := a.decode(t)["data"].(map[string]any)
	if !ok {
		t.Fatalf("no data: %d %s", a.status, a.body)
	}
	return d
}

func TestEntity(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) {
		c.Now = func() time.Time { return time.Date(2017, 8, 22, 23, 34, 26, 999, time.UTC) }
	})
	a := b.create("name=developers")
	want := `{"data":{"targetable":false,"name":"developers","targetable_types":["CRM","EXCLUDED_CRM"],"audience_type":"CRM",` +
		`"description":null,"permission_level":"READ_WRITE","owner_account_id":"18ce54d4x5t","id":"1nmth",` +
		`"reasons_not_targetable":["PROCESSING","TOO_SMALL"],"created_at":"2017-08-22T23:34:26Z",` +
		`"updated_at":"2017-08-22T23:34:26Z","partner_source":"OTHER","deleted":false,"audience_size":null},` +
		`"request":{"params":{"account_id":"18ce54d4x5t","name":"developers"}}}`
	if a.status != 201 || a.body != want {
		t.Errorf("got %d %s\nwant %s", a.status, a.body, want)
	}
	for _, h := range []string{"x-current-api-version", "x-rate-limit-reset", "date"} {
		if a.header.Get(h) == "" {
			t.Errorf("no %s", h)
		}
	}
	if got := a.header.Get("content-type"); got != "application/json;charset=utf-8" {
		t.Errorf("content type %q", got)
	}
}

func TestLifeOfAnAudience(t *testing.T) {
	t.Parallel()
	b := start(t)
	data(t, b.create("name=VIP&description=d"))
	one := audiences + "/1NMTH" // ids are compared in any case
	if got := data(t, b.get(one)); got["description"] != "d" {
		t.Errorf("got %v", got)
	}
	if got := data(t, b.call("PUT", one+"?description=", "", "")); got["description"] != nil || got["name"] != "VIP" {
		t.Errorf("an empty description must unset it: %v", got)
	}
	if got := data(t, b.call("PUT", one+"?name=Best", "", "")); got["name"] != "Best" {
		t.Errorf("got %v", got)
	}
	b.users("1nmth", "["+op("Update", "a")+"]")
	gone := data(t, b.call("DELETE", one, "", ""))
	if deleted, _ := gone["deleted"].(bool); !deleted || b.Members("1nmth") != nil {
		t.Errorf("got %v", gone)
	}
	for path, want := range map[string]int{one: 404, one + "?with_deleted=True": 200, one + "?with_deleted=x": 400} {
		if a := b.get(path); a.status != want {
			t.Errorf("%s: %d, want %d", path, a.status, want)
		}
	}
	for _, a := range []answer{b.users("1nmth", "["+op("Update", "a")+"]"), b.call("PUT", one+"?name=x", "", ""), b.call("DELETE", one, "", "")} {
		if a.status != 404 {
			t.Errorf("write to a deleted audience: %d %s", a.status, a.body)
		}
	}
	if a := b.get(one + "/targeted?with_active=false"); a.status != 404 {
		t.Errorf("targeted: %d", a.status)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) { c.MaxName = 10 })
	id := data(t, b.create("name=Gone"))["id"].(string)
	b.call("DELETE", audiences+"/"+id, "", "")
	b.create("name=VIP")
	for query, code := range map[string]string{
		"name=vip": "INVALID_PARAMETER", "name=gone": "INVALID_PARAMETER", "name=": "MISSING_PARAMETER",
		"description=x": "MISSING_PARAMETER", "name=12345678901": "INVALID_PARAMETER", "name=%ff": "INVALID_PARAMETER",
	} {
		a := b.create(query)
		if a.status != 400 || codes(a.decode(t)["errors"]) != code {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	other := data(t, b.create("name=other"))["id"].(string)
	for name, want := range map[string]int{"VIP": 400, "OTHER": 200, "": 400} {
		if a := b.call("PUT", audiences+"/"+other+"?name="+name, "", ""); a.status != want {
			t.Errorf("rename to %q: %d, want %d", name, a.status, want)
		}
	}
	b = start(t, func(c *sandbox.Config) { c.NamesCaseSensitive, c.DuplicateNameCode = true, "INVALID" })
	b.create("name=VIP")
	if a := b.create("name=vip"); a.status != 201 {
		t.Errorf("by case: %d", a.status)
	}
	if a := b.create("name=VIP"); codes(a.decode(t)["errors"]) != "INVALID" {
		t.Errorf("code: %s", a.body)
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, n := range []string{"b1", "B2", "a3", "b4", "gone"} {
		b.create("name=" + n)
	}
	b.call("DELETE", audiences+"/1nmtl", "", "")
	for query, want := range map[string]string{
		"":                                "b1 B2 a3 b4",
		"with_deleted=TRUE":               "b1 B2 a3 b4 gone",
		"q=B":                             "b1 B2 b4",
		"sort_by=name-desc":               "b4 b1 a3 B2",
		"sort_by=deleted-desc,name-asc":   "B2 a3 b1 b4",
		"custom_audience_ids=1NMTH,1nmtk": "b1 b4",
		"custom_audience_ids=zzz":         "",
		"permission_scope=SHARED":         "",
		"count=1000":                      "b1 B2 a3 b4",
	} {
		if got := names(t, b.get(audiences+"?"+query)); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	a := b.get(audiences + "?custom_audience_ids=1nmth&sort_by=name-asc&with_deleted=True&count=2&with_total_count=true")
	want := map[string]any{
		"account_id": account, "count": 2.0, "custom_audience_ids": []any{"1nmth"},
		"sort_by": []any{"name-asc"}, "with_deleted": true, "with_total_count": true,
	}
	v := a.decode(t)
	if diff := cmp.Diff(want, v["request"].(map[string]any)["params"]); diff != "" || v["total_count"] != 1.0 {
		t.Errorf("echo (-want +got):\n%s\n%s", diff, a.body)
	}
}

func names(t *testing.T, a answer) string {
	t.Helper()
	var out []string
	for _, e := range asList(a.decode(t)["data"]) {
		out = append(out, e.(map[string]any)["name"].(string))
	}
	return strings.Join(out, " ")
}

func TestBadListing(t *testing.T) {
	t.Parallel()
	b := start(t)
	for query, want := range map[string]string{
		"count=0":                               "INVALID_PARAMETER",
		"count=1001":                            "INVALID_PARAMETER",
		"count=x&with_deleted=2&sort_by=id-asc": "INVALID_PARAMETER INVALID_PARAMETER INVALID_PARAMETER",
		"sort_by=name":                          "INVALID_PARAMETER",
		"q=":                                    "INVALID_PARAMETER",
		"q=" + strings.Repeat("x", 256):         "INVALID_PARAMETER",
		"cursor=!":                              "INVALID_PARAMETER",
		"cursor=eHh4":                           "INVALID_PARAMETER",
		"cursor=eHh4&with_total_count=true":     "EXCLUSIVE_PARAMETERS",
		"permission_scope=ALL":                  "INVALID_PARAMETER",
		"custom_audience_ids=" + strings.Repeat("a,", 200) + "a": "INVALID_PARAMETER",
	} {
		a := b.get(audiences + "?" + query)
		if a.status != 400 || codes(a.decode(t)["errors"]) != want {
			t.Errorf("%.40s: %d %s, want %s", query, a.status, a.body, want)
		}
	}
}

// A full last page has a cursor, and behind it lies an empty one.
func TestPaging(t *testing.T) {
	t.Parallel()
	b := start(t)
	for i := range 4 {
		b.create(fmt.Sprintf("name=n%d", i))
	}
	var pages []string
	cursor := ""
	for {
		query := "?count=2&sort_by=name-desc"
		if cursor != "" {
			query += "&cursor=" + url.QueryEscape(cursor)
		}
		a := b.get(audiences + query)
		pages = append(pages, names(t, a))
		next, more := a.decode(t)["next_cursor"].(string)
		if !more {
			break
		}
		cursor = next
		if len(pages) == 1 { // rows that come or go do not shift the pages
			b.create("name=n9")
			b.call("DELETE", audiences+"/1nmtj", "", "") // n2, the last of the page
		}
	}
	if diff := cmp.Diff([]string{"n3 n2", "n1 n0", ""}, pages); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSharing(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.AddAccount("abc", "Partner")
	id := b.audience("x")
	theirs := "/12/accounts/ABC/custom_audiences"
	if a := b.get(theirs + "/" + id); a.status != 404 {
		t.Errorf("not shared: %d", a.status)
	}
	post := func() answer {
		return b.call("POST", theirs+"/"+id+"/users", "application/json", "["+op("Update", "a")+"]")
	}
	for write, want := range map[bool]int{false: 403, true: 200} {
		if err := b.Share(id, "abc", write); err != nil {
			t.Fatal(err)
		}
		if a := post(); a.status != want {
			t.Errorf("write %v: %d %s", write, a.status, a.body)
		}
	}
	if got := names(t, b.get(theirs+"?permission_scope=SHARED")); got != "x" {
		t.Errorf("shared list: %q", got)
	}
	if b.Share("zzz", "abc", true) == nil {
		t.Error("an unknown audience was shared")
	}
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.AddAccount("ABC", "Other")
	b.AddAccount("abc", "Renamed")
	if got := names(t, b.get("/12/accounts?sort_by=name-asc")); got != "Renamed Sandbox" {
		t.Errorf("accounts: %q", got)
	}
	if got := data(t, b.get("/12/accounts/"+account)); got["id"] != account || got["approval_status"] != "ACCEPTED" {
		t.Errorf("account: %v", got)
	}
	if got := data(t, b.get("/12/accounts/"+account+"/authenticated_user_access")); len(asList(got["permissions"])) == 0 {
		t.Errorf("access: %v", got)
	}
	if a := b.get("/12/accounts/" + account + "/custom_audiences/" + b.audience("t") + "/targeted"); !strings.HasPrefix(a.body, `{"data":[],"next_cursor":null`) {
		t.Errorf("targeted: %s", a.body)
	}
	if a := b.get("/11/accounts"); a.header.Get("x-api-warn") == "" || a.header.Get("x-current-api-version") != "12" {
		t.Errorf("version 11: %v", a.header)
	}
	if a := b.get("/12/accounts"); a.header.Get("x-api-warn") != "" {
		t.Error("version 12 is not deprecated")
	}
}

// The size follows the members, after the delay and not before.
func TestSize(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) { c.MinSize, c.ProcessingDelay = 2, 6*time.Hour })
	id := b.audience("x")
	look := func() string {
		d := data(t, b.get(audiences+"/"+id))
		return fmt.Sprint(d["audience_size"], d["reasons_not_targetable"], d["targetable"])
	}
	expect := func(want string) {
		t.Helper()
		if got := look(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	expect("<nil> [PROCESSING TOO_SMALL] false")
	b.users(id, "["+op("Update", "a")+"]")
	expect("<nil> [PROCESSING TOO_SMALL] false")
	b.Advance(6 * time.Hour)
	expect("1 [TOO_SMALL] false")
	b.users(id, "["+op("Update", "b")+"]")
	expect("1 [TOO_SMALL] false")
	b.Advance(6 * time.Hour)
	expect("2 [] true")
}
