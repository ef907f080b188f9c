package sandbox_test

import (
	"strings"
	"testing"
)

// TestPeopleAndIdentitiesAreCountedApart: who came as one user is one person, and who shares an
// identity.
func TestPeopleAndIdentitiesAreCountedApart(t *testing.T) {
	t.Parallel()
	b := start(t)
	id := b.audience("VIP")
	send := func(verb string, users ...string) {
		b.users(id, `[{"operation_type":"`+verb+`","params":{"users":[`+strings.Join(users, ",")+`]}}]`)
	}
	user := func(fields ...string) string { // email, then phone
		all := []string{}
		for i, name := range []string{"email", "phone_number", "device_id"} {
			if i < len(fields) && fields[i] != "" {
				all = append(all, `"`+name+`":["`+hash(fields[i])+`"]`)
			}
		}
		return "{" + strings.Join(all, ",") + "}"
	}
	is := func(what string, people, identities int) {
		t.Helper()
		if a := b.Audiences()[0]; a.People != people || a.Identities != identities {
			t.Errorf("%s: %d people with %d identities, not %d with %d", what, a.People, a.Identities, people, identities)
		}
	}
	is("nobody", 0, 0)
	send("Update", user("a", "1"), user("b"))
	is("two users of three identities", 2, 3)
	send("Update", user("a", "1"))
	is("sent again", 2, 3)
	send("Update", user("a", "", "d"), user("c", "2"))
	is("one more device, one more person", 3, 6)
	send("Update", user("b", "2"))
	is("two that turn out to be one", 2, 6)
	send("Delete", user("", "2"))
	is("a part of somebody leaves", 2, 5)
	send("Delete", user("b"), user("c"))
	is("the whole of somebody leaves", 1, 3)
	if a := b.ask("GET", "/_sandbox/audiences/"+id+"/members", ""); !strings.Contains(a.body, `"people": 1`) {
		t.Errorf("members: %s", a.body)
	}
}
