package sandbox_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUpdateAndDelete(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("VIP")
	a := b.users(id, "["+op("Update", "a", "b", "c")+","+op("Delete", "b")+"]")
	want := `{"request":{"params":{"account_id":"18ce54d4x5t","custom_audience_id":"` + id + `"}},"data":{"success_count":4,"total_count":4}}`
	if a.status != 200 || a.body != want {
		t.Fatalf("got %d %s\nwant %s", a.status, a.body, want)
	}
	members(t, b, id, "a", "c")
}

// members compares an audience with e-mails.
func members(t *testing.T, b *box, id string, emails ...string) {
	t.Helper()
	want := map[string]bool{}
	for _, e := range emails {
		want["email:"+hash(e)] = true
	}
	got := map[string]bool{}
	for _, m := range b.Members(id) {
		got[m] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

// X's own sample has dates in the past: accepted, and nobody becomes a member.
func TestOfficialSample(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("sample")
	sample, err := os.ReadFile("testdata/sample.json")
	if err != nil {
		t.Fatal(err)
	}
	a := b.users(id, string(sample))
	if a.status != 200 {
		t.Fatalf("got %d %s", a.status, a.body)
	}
	if got := b.Members(id); len(got) != 0 {
		t.Errorf("expired members count: %v", got)
	}
	r := b.Requests()
	if last := r[len(r)-1]; last.Operations != 2 || last.Updates != 2 || last.Deletes != 2 || last.Unmatched != 0 {
		t.Errorf("log: %+v", last)
	}
}
