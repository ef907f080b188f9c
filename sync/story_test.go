package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// models are what a connection can read. Each says in Go what its SQL means.
func models(s warehousetest.Spelling) []model {
	text := func(column string) string { return fmt.Sprintf(s.AsText, column) }
	all := func(rows []person) []person { return rows }
	gold := func(rows []person) []person {
		return slices.DeleteFunc(slices.Clone(rows), func(p person) bool { return p.tier != "gold" })
	}
	turned := func(rows []person) (out []person) {
		for _, p := range rows {
			p.email, p.second = p.second, p.email
			out = append(out, p)
		}
		return out
	}
	twice := func(rows []person) []person { return append(slices.Clone(rows), gold(rows)...) }
	return []model{
		{eddy.Model{Table: "customers"}, all},
		{eddy.Model{SQL: "SELECT * FROM customers"}, all},
		{eddy.Model{SQL: "SELECT * FROM customers WHERE tier = 'gold'"}, gold},
		{eddy.Model{SQL: "SELECT id, alt, " + fmt.Sprintf(s.List, "email") + " AS email, second, phone, starts, expires FROM customers"}, all},
		{eddy.Model{SQL: "SELECT id, alt, c.second AS email, c.email AS second, phone, starts, expires FROM customers AS c"}, turned},
		{eddy.Model{SQL: "SELECT id, alt, email, second, phone, tier, " + text("starts") + " AS starts, " + fmt.Sprintf(s.Joined, text("expires"), "'+00'") + " AS expires FROM customers"}, all},
		{eddy.Model{SQL: "SELECT * FROM customers UNION ALL SELECT * FROM customers WHERE tier = 'gold'"}, twice},
	}
}

// mappings are what a connection can map.
func mappings(now time.Time) []eddy.Mapping {
	email, phone := eddy.FieldMapping{Field: "email", Column: "email"}, eddy.FieldMapping{Field: "phone_number", Column: "phone"}
	expires := eddy.FieldMapping{Field: "expires_at", Column: "expires"}
	soon := now.AddDate(0, 0, 60).Add(12 * time.Hour).Format(time.RFC3339)
	return []eddy.Mapping{
		{email, phone},
		{email},
		{phone},
		{email, phone, expires},
		{email, phone, {Field: "effective_at", Column: "starts"}, expires},
		{{Field: "email", Column: "second"}, phone},
		{email, {Field: "partner_user_id", Column: "alt"}},
		{{Field: "email", Column: "second"}, {Field: "partner_user_id", Column: "email"}, expires},
		{email, phone, {Field: "expires_at", Constant: &soon}},
	}
}

func emails() []string {
	return []string{
		"a@x.com", "b@x.com", " A@X.com", "B@x.COM", "kim@x.com", "Kim@x.com", "K\u212A@x.com", "kk@x.com", "ü@x.com", "Ü@x.com",
		hexDigest("a@x.com"), strings.ToUpper(hexDigest("b@x.com")), "nobody", "d@x.com",
	}
}

func phones() []string {
	return []string{
		"", "+14155550101", "(415) 555-0101", "4155550102", "+1 415 555 0102", "12", "+14155550103",
		"+14155550101,+14155550103", hexDigest("+14155550102"), hexDigest("14155550101"),
	}
}

// meet draws whom X knows behind the identities: each is one of two people, or nobody.
func (s *story) meet() {
	v := view{hash: true, forms: "e164,digits"}
	known := map[string]string{}
	// Both forms of a phone number are the same person's, and so are an e-mail's spellings.
	for _, field := range []struct {
		name   string
		values []string
	}{{"email", emails()}, {"phone_number", phones()}, {"partner_user_id", []string{"1", "2", "x3", "x4"}}} {
		for _, value := range field.values {
			ids := v.identities(field.name, value)
			if len(ids) == 0 || known[ids[0]] != "" {
				continue
			}
			if who := s.pick("who", "Ann", "nobody", "Bob"); who != "nobody" {
				for _, id := range ids {
					known[id] = who
				}
			}
		}
	}
	s.w.people.Store(&known)
	s.note("X knows %v", knownAs(known))
}

// knownAs writes the people readably.
func knownAs(known map[string]string) (out []string) {
	for id, who := range known {
		out = append(out, who+" as "+named([]string{id})[0])
	}
	slices.Sort(out)
	return out
}

// named writes identities so that a person can read them.
func named(ids []string) []string {
	plain := map[string]string{}
	v := view{hash: true, forms: "e164,digits"}
	for _, e := range emails() {
		for _, id := range v.identities("email", e) {
			if plain[id] == "" {
				plain[id] = strings.TrimSpace(e)
			}
		}
	}
	for _, p := range []string{"4155550101", "4155550102", "4155550103"} {
		for i, id := range v.identities("phone_number", p) {
			plain[id] = []string{"+1", "1"}[i] + p
		}
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id
		if plain[id] != "" {
			field, _, _ := strings.Cut(id, ":")
			out[i] = field + ":" + plain[id]
		}
	}
	return out
}

// String writes a row as the story tells it; digests are named by what they were made of.
func (p person) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "{%s/%s", p.id, p.alt)
	for _, c := range []struct{ name, text string }{{"", p.email}, {"second", p.second}, {"", p.phone}, {"tier", p.tier}, {"from", p.starts}, {"until", p.expires}} {
		if c.text != "" {
			fmt.Fprintf(&out, " %s", strings.TrimSpace(c.name+" "+fmt.Sprintf("%.12q", c.text)))
		}
	}
	return out.String() + "}"
}

// day is a moment some days from now. It never falls together with a run, whose clock
// moves by whole days and is off by hours.
func (s *story) day(label string, days ...int) string {
	n := choose(s, label, days)
	if n == 0 {
		return ""
	}
	return s.clock.AddDate(0, 0, n).Add(12 * time.Hour).Format(time.RFC3339)
}

// email is one address, none, or several.
func (s *story) email() string {
	switch kind := s.one("email kind", 10); kind {
	case 9:
		return ""
	case 8, 7:
		list := make([]string, kind-5)
		for i := range list {
			list[i] = s.pick("email", emails()...)
		}
		return strings.Join(list, ",")
	case 4, 5, 6:
		return s.pick("email", emails()...)
	default: // few enough to meet again
		return s.pick("email", emails()[:3]...)
	}
}

// phone is a number, several, or none; most often one of a few.
func (s *story) phone() string {
	if s.one("phone kind", 3) == 2 {
		return s.pick("phone", phones()...)
	}
	return s.pick("phone", phones()[:4]...)
}

func (s *story) person() person {
	p := person{
		id: s.pick("id", "1", "2", "3", "4", "5", "6"), alt: s.pick("alt", "1", "2", "x3", "x4", "x5", "x6"),
		email: s.email(), phone: s.phone(), tier: s.pick("tier", "gold", ""),
	}
	if s.one("has second", 3) == 2 {
		p.second = s.email()
	}
	p.expires = s.day("expires", 0, 0, 20, 90, -3)
	p.starts = s.day("starts", 0, 0, -30, 40)
	if s.one("no id", 16) == 15 {
		p.id = ""
	}
	return p
}

// edit changes the table: a record is added or replaced, changed, copied or removed.
// Contradicting copies come in worlds without faults only, because what is frozen of a
// record that is in doubt is not for the truth to say.
func (s *story) edit(rows []person) []person {
	rows = slices.Clone(rows)
	at := func() *person { return &rows[s.one("row", len(rows))] }
	kind := s.one("edit", 12)
	if len(rows) == 0 {
		kind = 0
	}
	switch kind {
	case 4:
		at().email = s.email()
	case 5:
		p, q := at(), at()
		p.email, q.email = q.email, p.email
	case 3:
		p := at()
		p.phone, p.expires = s.phone(), s.day("expires", 0, 20, 90, -3)
	case 6, 7:
		return s.put(rows, s.neighbour(*at()))
	case 8:
		p := at()
		p.email = strings.ToUpper(p.email)
	case 9:
		return append(rows, *at())
	case 10:
		if s.one("all", 4) == 3 {
			return nil
		}
		fallthrough
	case 11:
		i := s.one("row", len(rows))
		return slices.Delete(rows, i, i+1)
	default:
		return s.put(rows, s.person())
	}
	return s.agree(rows)
}

// neighbour is a row under another record id that has something of a first one's.
func (s *story) neighbour(p person) person {
	p.id, p.alt = s.pick("id", "1", "2", "3", "4", "5", "6"), s.pick("alt", "1", "2", "x3", "x4", "x5", "x6")
	switch s.one("neighbour", 4) {
	case 1:
		p.email = s.email()
	case 2:
		p.phone = s.phone()
	case 3:
		p.expires = s.day("expires", 20, 0, 90)
	}
	return p
}

// put adds a row, most often in place of those with its record ids.
func (s *story) put(rows []person, p person) []person {
	if s.faults || s.one("contradict", 8) < 7 {
		rows = slices.DeleteFunc(rows, func(q person) bool { return q.id == p.id || q.alt == p.alt })
	}
	return append(rows, p)
}

// agree lets rows with the same record ids be the same, where they must be.
func (s *story) agree(rows []person) []person {
	if !s.faults {
		return rows
	}
	for i, p := range rows {
		for _, q := range rows[:i] {
			if p.id == q.id || p.alt == q.alt {
				rows[i] = q
			}
		}
	}
	return rows
}

// configure changes the connection, the settings of its destination, the clock, or the
// place of the state.
func (s *story) configure() {
	v := &s.view
	switch s.one("what", 12) {
	case 0:
		v.identifier = s.pick("identifier", "id", "alt", "email")
		if s.faults && v.identifier == "email" {
			v.identifier = "alt" // e-mails contradict each other
		}
	case 1, 2:
		v.mapping = choose(s, "mapping", mappings(s.clock))
	case 3:
		v.upsert = s.one("mode", 2) == 1
	case 4:
		v.model = choose(s, "model", models(s.w.spelling))
	case 5:
		v.hash = s.one("hash", 3) != 2
	case 6:
		v.forms = s.pick("phone forms", "e164", "digits", "e164,digits")
	case 7:
		if s.one("guarded", 2) == 1 {
			s.w.conn.Settings.Guard = eddy.DefaultSettings().Guard
		} else {
			s.w.conn.Settings.Guard = eddy.Guard{MaxRemovedPercent: 100, AllowEmpty: true}
		}
	case 8:
		days := choose(s, "days pass", []int{1, 30, 200, 380})
		next := s.clock.AddDate(0, 0, days)
		s.w.sandbox.Advance(next.Sub(s.clock))
		s.clock = next
	case 9:
		s.elsewhere()
	case 10, 11:
		v.holdout = choose(s, "holdout", []*eddy.Holdout{nil, {Percent: 20, Salt: "a"}, {Percent: 60, Salt: "a"}, {Percent: 50, Salt: "it's \\ b"}})
	}
}

// elsewhere moves the state to its other place, or Eddy's clock.
func (s *story) elsewhere() {
	if s.w.moves && s.one("move", 2) == 0 {
		s.w.local = !s.w.local
		return
	}
	s.skew = choose(s, "skew", []time.Duration{0, -6 * time.Hour, 10 * 24 * time.Hour})
}

// apply gives the world the configuration, and tells it.
func (s *story) apply() {
	c, v := &s.w.conn, s.view
	s.w.now = s.clock.Add(s.skew)
	c.Model, c.Identifier, c.Mapping, c.SyncMode, c.Holdout = v.model.Model, v.identifier, v.mapping, eddy.Mirror, v.holdout
	if v.upsert {
		c.SyncMode = eddy.Upsert
	}
	s.w.dest["hash"], s.w.dest["phone_formats"] = fmt.Sprint(v.hash), v.forms
	var mapped []string
	for _, m := range v.mapping {
		from := m.Column
		if m.Constant != nil {
			from = *m.Constant
		}
		mapped = append(mapped, m.Field+" from "+from)
	}
	s.note("day %d, Eddy's clock off by %v, state local %v: %s of %q by %s, %s; hash %v, phones %s, guard %v, holdout %v; rows %v",
		int(s.clock.Sub(s.begin).Hours()/24), s.skew, s.w.local, c.SyncMode, c.Model.Table+c.Model.SQL, v.identifier, strings.Join(mapped, ", "), v.hash, v.forms, c.Settings.Guard, v.holdout, s.rows)
}

// writes are the statements that make the table hold these rows.
func writes(s warehousetest.Spelling, rows []person) []string {
	empty := "DELETE FROM customers"
	if s.Replaces != "" {
		empty = fmt.Sprintf(s.Replaces, "customers")
	}
	if len(rows) == 0 {
		return []string{empty}
	}
	values := make([]string, len(rows))
	for i, p := range rows {
		texts := []string{p.id, p.alt, p.email, p.second, p.phone, p.tier, p.starts, p.expires}
		for j, text := range texts {
			texts[j] = "NULL"
			if text != "" {
				texts[j] = "'" + text + "'"
			}
			if text != "" && j >= 6 {
				texts[j] = fmt.Sprintf(s.Moment, strings.Replace(strings.TrimSuffix(text, "Z"), "T", " ", 1))
			}
		}
		values[i] = "(" + strings.Join(texts, ", ") + ")"
	}
	fill := "INSERT INTO customers VALUES " + strings.Join(values, ", ")
	if s.Replaces != "" {
		return []string{empty, fill}
	}
	return []string{"BEGIN; " + empty + "; " + fill + "; COMMIT"}
}
