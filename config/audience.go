package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
)

// readAudience reads which audience a connection feeds.
func readAudience(v value) eddy.Audience {
	const write = "write {id: ...} for an existing audience or {create: {name: ...}} for a new one"
	var a eddy.Audience
	if !v.required(write) {
		return a
	}
	if v.n.kind != mapping {
		v.mismatch("a mapping of keys to values", write)
		return a
	}
	v.keys("id", "create")
	id, create := v.get("id"), v.get("create")
	switch {
	case id.n != nil && create.n != nil:
		create.problem("remove one of them", "an audience is an id or create, not both")
	case id.n == nil && create.n == nil:
		v.problem(write, "says neither id nor create")
	case id.n != nil:
		a.ID = id.need("")
	default:
		a.Create = readCreate(create)
	}
	return a
}

// readCreate reads the audience that Eddy is to make.
func readCreate(v value) *eddy.NewAudience {
	if !v.isMapping() {
		return nil
	}
	v.keys("name", "description")
	name := v.get("name")
	made := &eddy.NewAudience{Name: name.need("name the audience")}
	if n := utf8.RuneCountInString(made.Name); n > eddy.MaxAudienceName {
		name.problem("", "an audience name has at most %d characters, this one has %d", eddy.MaxAudienceName, n)
	}
	if why := eddy.BadName(made.Name); why != "" {
		name.problem("", "an audience name %s", why)
	}
	if t, ok := v.get("description").text(); ok {
		made.Description = t.string
	}
	return made
}

// splitKeys are the keys of a connection that keeps several audiences.
const splitKey, capKey = "split_by", "max_audiences"

// readSplit reads by which column a connection keeps an audience for each value.
func readSplit(v value, audience eddy.Audience) *eddy.Split {
	by, most := v.get(splitKey), v.get(capKey)
	if !by.present() {
		if most.present() {
			most.problem("add split_by: with the column whose values part the rows", "goes with split_by, which is not there")
		}
		return nil
	}
	s := &eddy.Split{Column: by.given(), MaxAudiences: most.whole(eddy.DefaultAudiences, 1, eddy.MostAudiences)}
	name := v.get("audience").get("create").get("name")
	switch {
	case s.Column == "":
	case audience.ID != "":
		v.get("audience").get("id").problem("write {create: {name: ...}}", "an audience for each value of a column is made by Eddy, and this is one that exists")
	case audience.Create != nil && audience.Create.Name != "" && !strings.Contains(audience.Create.Name, s.Placeholder()):
		name.problem(fmt.Sprintf("write name: %q", audience.Create.Name+" "+s.Placeholder()), "the name does not have %s in it: all audiences would be called alike", s.Placeholder())
	}
	return s
}

// unique refuses a second connection that feeds the same audience: each would remove
// what the other adds.
func (c *checker) unique(connections value, f *File) {
	type feed struct{ account, audience string }
	first := map[feed]string{}
	for _, name := range f.ConnectionNames {
		conn := f.Connections[name]
		audience, at := readIdentity(connections.get(name).get("audience"), conn.Audience)
		if conn.Destination == "" || audience == "" {
			continue // reported already
		}
		key := feed{c.account(f, conn.Destination), audience}
		if other, taken := first[key]; taken {
			at.problem("", "connection %s feeds this audience already: one audience is fed by exactly one connection", quote(other))
			continue
		}
		first[key] = name
	}
}

// readIdentity is a text that two connections share when they feed the same audience of an
// account, and the key that says so.
func readIdentity(v value, a eddy.Audience) (string, value) {
	switch {
	case a.ID != "":
		return "id " + a.ID, v.get("id")
	case a.Create != nil && a.Create.Name != "":
		// X refuses a second audience of the same name in an account.
		return "name " + strings.ToLower(strings.TrimSpace(a.Create.Name)), v.get("create").get("name")
	default:
		return "", v
	}
}

// account names the account that a destination delivers to.
func (c *checker) account(f *File, destination string) string {
	d := c.known.destination(f, destination)
	if id := d.Options["account_id"]; id != "" {
		return fmt.Sprintf("%s account %s", d.Type, id)
	}
	return "destination " + destination
}
