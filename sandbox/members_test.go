package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy/sandbox"
)

// timed writes an Update with times.
func timed(from, until, email string) string {
	return `{"operation_type":"Update","params":{"effective_at":"` + from + `","expires_at":"` + until + `","users":[{"email":["` + hash(email) + `"]}]}}`
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	b := start(t, func(c *sandbox.Config) { c.Now = func() time.Time { return now } })
	id := b.audience("x")
	a := b.users(id, "["+op("Update", "default")+","+
		timed("2025-01-01T00:00:00Z", "2026-02-01T8:00:00-0800", "soon")+","+
		timed("2026-02-02T00:00:00+01:00", "2026-02-03T00:00:00Z", "later")+","+
		timed("2018-05-15T00:00:00Z", "2019-01-01T07:00:00Z", "past")+"]")
	if a.status != 200 {
		t.Fatal(a.body)
	}
	members(t, b, id, "default", "soon")
	b.Advance(28 * time.Hour) // 1 February 16:00
	members(t, b, id, "default")
	b.Advance(8 * time.Hour)
	members(t, b, id, "default", "later")
	b.Advance(393 * 24 * time.Hour)
	members(t, b, id, "default") // 13 months end on 28 February 2027 at the earliest
	b.Advance(3 * 24 * time.Hour)
	members(t, b, id)
}

// An Update sets the time anew, a Delete takes any key.
func TestRefresh(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) { c.FutureCountsNow = true })
	id := b.audience("x")
	b.users(id, "["+timed("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z", "a")+"]")
	members(t, b, id)
	b.users(id, "["+op("Update", "a")+"]")
	members(t, b, id, "a")
	b.users(id, "["+timed("2098-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "a")+"]")
	members(t, b, id, "a")
	b.users(id, "["+op("Delete", "a")+","+op("Update", "b")+","+op("Delete", "b")+"]")
	members(t, b, id)
}

// What is no digest matches nobody, and the log says so without the value.
func TestUnmatched(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("x")
	a := b.users(id, `[{"operation_type":"Update","params":{"users":[{"email":["a@example.com"],"expire_at":"x"},`+
		`{"email":["`+strings.ToUpper(hash("b"))+`"]},{"partner_user_id":["p\u00e9","q"]}]}}]`)
	if a.status != 200 {
		t.Fatal(a.body)
	}
	if diff := cmp.Diff([]string{"partner_user_id:pé", "partner_user_id:q"}, b.Members(id)); diff != "" {
		t.Error(diff)
	}
	log := b.Requests()[0]
	if log.Unmatched != 2 || cmp.Diff([]string{"expire_at"}, log.UnknownKeys) != "" || strings.Contains(fmt.Sprintf("%+v", log), "example.com") {
		t.Errorf("log: %+v", log)
	}
	upper := start(t, func(c *sandbox.Config) { c.UpperHex = true })
	id = upper.audience("x")
	upper.users(id, `[{"operation_type":"Update","params":{"users":[{"email":["`+strings.ToUpper(hash("b"))+`"]}]}}]`)
	members(t, upper, id, "b")
}

// In people mode one key is enough to remove somebody who came with another.
func TestPersons(t *testing.T) {
	t.Parallel()
	who := map[string]string{"email:" + hash("ann"): "Ann", "partner_user_id:a": "Ann", "partner_user_id:b": "Bob"}
	b := start(t, func(c *sandbox.Config) { c.Person = func(id string) string { return who[id] } })
	id := b.audience("x")
	b.users(id, "["+op("Update", "ann", "nobody")+`,{"operation_type":"Update","params":{"users":[{"partner_user_id":["b"]}]}}]`)
	if diff := cmp.Diff([]string{"Ann", "Bob"}, b.Persons(id)); diff != "" {
		t.Error(diff)
	}
	b.users(id, `[{"operation_type":"Delete","params":{"users":[{"partner_user_id":["a"]}]}}]`)
	if diff := cmp.Diff([]string{"Bob"}, b.Persons(id)); diff != "" {
		t.Error(diff)
	}
	if b.Audiences()[0].Members != 1 || b.Persons("zzz") != nil {
		t.Errorf("got %+v", b.Audiences())
	}
}

// Whatever sequence of requests: members are what a plain map says.
func TestMembersProperty(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) { c.RequestLog = -1 })
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		id := b.audience(fmt.Sprint("run ", run))
		want := map[string]bool{}
		for range rapid.IntRange(1, 4).Draw(t, "requests") {
			var ops []string
			for range rapid.IntRange(1, 5).Draw(t, "operations") {
				kind := rapid.SampledFrom([]string{"Update", "Delete"}).Draw(t, "kind")
				who := rapid.SliceOfN(rapid.StringMatching("[a-e]"), 1, 4).Draw(t, "who")
				ops = append(ops, op(kind, who...))
				for _, w := range who {
					if kind == "Update" {
						want["email:"+hash(w)] = true
					} else {
						delete(want, "email:"+hash(w))
					}
				}
			}
			if a := b.users(id, "["+strings.Join(ops, ",")+"]"); a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
		}
		got := map[string]bool{}
		for _, m := range b.Members(id) {
			got[m] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// The log can keep who was sent, in the form in which members are listed.
func TestLogIdentities(t *testing.T) {
	t.Parallel()
	b := start(t, func(c *sandbox.Config) { c.LogIdentities, c.RequestLog = true, 2 })
	id := b.audience("x")
	for range 3 {
		b.users(id, "["+op("Update", "a")+","+op("Delete", "b")+"]")
	}
	log := b.Requests()
	if len(log) != 2 || !log[0].Applied || log[0].Updates != 1 || log[0].Deletes != 1 {
		t.Fatalf("log: %+v", log)
	}
	if cmp.Diff([]string{"email:" + hash("a")}, log[1].Updated)+cmp.Diff([]string{"email:" + hash("b")}, log[1].Deleted) != "" {
		t.Errorf("log: %+v", log[1])
	}
}
