package sync_test

import (
	"crypto/md5" //nolint:gosec // as the docs have it
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// The truth: an independent and simple computation of what the audience must hold. It
// shares no code with the engine: its normalisation knows just the values that the
// property tests make.

// person is a row of the table as the tests make it; "" is NULL.
type person struct{ id, alt, email, second, phone, tier, starts, expires string }

// column is a column's text.
func (p person) column(name string) string {
	return map[string]string{
		"id": p.id, "alt": p.alt, "email": p.email, "second": p.second,
		"phone": p.phone, "tier": p.tier, "starts": p.starts, "expires": p.expires,
	}[name]
}

// model is what a connection reads, and what that makes of the table's rows.
type model struct {
	eddy.Model
	rows func([]person) []person
}

// view is all of a configuration that decides what a row stands for.
type view struct {
	model      model
	identifier string
	mapping    eddy.Mapping
	upsert     bool
	// holdout is nil where nobody is held out.
	holdout *eddy.Holdout
	// hash says that texts are hashed; forms are the forms of phone numbers.
	hash  bool
	forms string
}

// entry is what one record asks the audience to hold.
type entry struct {
	ids   []string
	until time.Time // zero is as long as it is wanted
	// kept says that no row asks for it now: contradicting rows froze it, or upsert left it.
	kept bool
}

func (e entry) over(now time.Time) bool { return !e.until.IsZero() && !e.until.After(now) }

func (e entry) equal(o entry) bool { return slices.Equal(e.ids, o.ids) && e.until.Equal(o.until) }

func hexDigest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// identities gives the identities of a text, for the values that the tests make:
// e-mails with an @, US phone numbers with ten digits, digests, and ids of a partner.
func (v view) identities(field, text string) (out []string) {
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		low := strings.ToLower(one)
		switch {
		case one == "":
		case field == "partner_user_id":
			out = append(out, field+":"+one)
		case len(low) == 64:
			out = append(out, field+":"+low)
		case !v.hash:
		case field == "email" && strings.Contains(low, "@"):
			out = append(out, "email:"+hexDigest(low))
		case field == "phone_number":
			for _, form := range v.phones(low) {
				out = append(out, "phone_number:"+hexDigest(form))
			}
		}
	}
	return out
}

// phones are the forms in which a US phone number is hashed.
func (v view) phones(text string) (out []string) {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	if len(digits) == 10 {
		digits = "1" + digits
	}
	if len(digits) != 11 || digits[0] != '1' {
		return nil
	}
	for form := range strings.SplitSeq(v.forms, ",") {
		out = append(out, map[string]string{"e164": "+", "digits": ""}[form]+digits)
	}
	return out
}

// entry is what a row asks for at a time; a row that is nobody asks for nothing.
func (v view) entry(p person, now time.Time) (entry, bool) {
	var e entry
	var starts time.Time
	for _, m := range v.mapping {
		text := p.column(m.Column)
		if m.Constant != nil {
			text = *m.Constant
		}
		switch m.Field {
		case "effective_at":
			starts, _ = time.Parse(time.RFC3339, text)
		case "expires_at":
			e.until, _ = time.Parse(time.RFC3339, text)
		default:
			e.ids = append(e.ids, v.identities(m.Field, text)...)
		}
	}
	slices.Sort(e.ids)
	e.ids = slices.Compact(e.ids)
	return e, len(e.ids) > 0 && !e.over(now) && !e.over(starts)
}

// out says that a record is held out.
func (v view) out(key string) bool {
	if v.holdout == nil {
		return false
	}
	sum := md5.Sum([]byte(v.holdout.Salt + ":" + key)) //nolint:gosec // as the docs have it
	return float64(binary.BigEndian.Uint32(sum[:]))/(1<<32) < v.holdout.Percent/100
}

// heldOut counts the records of the table that are held out.
func (v view) heldOut(table []person) (n int64) {
	seen := map[string]bool{}
	for _, p := range v.model.rows(table) {
		if k := p.column(v.identifier); k != "" && !seen[k] && v.out(k) {
			seen[k] = true
			n++
		}
	}
	return n
}

// differ says that two rows with the same record id contradict each other.
func (v view) differ(a, b person) bool {
	return slices.ContainsFunc(v.mapping, func(m eddy.FieldMapping) bool { return a.column(m.Column) != b.column(m.Column) })
}

// truth is what the audience must hold, record by record.
type truth struct {
	held map[string]entry // by record id
	// sent are the entries that runs which ended badly may have sent, the newest last; one
	// that is empty says that they may have removed the record.
	sent map[string][]entry
	people
}

// next is what a run must lead to that staged these rows.
func (t *truth) next(v view, table []person, now time.Time) map[string]entry {
	byKey := map[string][]person{}
	for _, p := range v.model.rows(table) {
		if k := p.column(v.identifier); k != "" {
			byKey[k] = append(byKey[k], p)
		}
	}
	next := map[string]entry{}
	for k, copies := range byKey {
		if v.out(k) {
			continue
		}
		e, ok := v.entry(copies[0], now)
		if slices.ContainsFunc(copies, func(p person) bool { return v.differ(p, copies[0]) }) {
			e, ok = t.held[k]
			e.kept, ok = true, ok && !e.over(now)
		}
		if ok {
			next[k] = e
		}
	}
	if v.upsert {
		for _, k := range t.records() {
			if _, ok := byKey[k]; !ok && !v.out(k) {
				old := t.held[k]
				old.kept = true
				next[k] = old
			}
		}
	}
	return next
}

// records are those that the audience may hold.
func (t *truth) records() []string {
	keys := slices.Collect(maps.Keys(t.held))
	for k := range t.sent {
		if _, ok := t.held[k]; !ok {
			keys = append(keys, k)
		}
	}
	return keys
}

// settleKept decides what a record that no row asks for stayed as. It is what it was sent as
// last; a run that ended badly may have come to that, or not: the audience tells. Where it
// has all of several things that the record may be, or other records ask for all of it, so
// that nobody can tell whether it was removed, or ever came in, that stays open, and open is
// what it gives back.
func (t *truth) settleKept(next map[string]entry, got []string, now time.Time) (open map[string][]entry) {
	in := func(e entry) bool {
		return e.over(now) || !slices.ContainsFunc(e.ids, func(id string) bool { return !slices.Contains(got, id) })
	}
	may := map[string][]entry{}
	for k, e := range next {
		if !e.kept || len(t.sent[k]) == 0 {
			continue
		}
		delete(next, k)
		for _, was := range append([]entry{t.held[k]}, t.sent[k]...) {
			if len(was.ids) == 0 || !in(was) || slices.ContainsFunc(may[k], was.equal) {
				continue
			}
			may[k] = append(may[k], was)
			was.kept, was.ids = true, slices.Compact(slices.Sorted(slices.Values(slices.Concat(next[k].ids, was.ids))))
			next[k] = was
		}
	}
	open = map[string][]entry{}
	for k, list := range may {
		rest := maps.Clone(next)
		delete(rest, k)
		others := members(rest, now)
		perhaps := len(t.held[k].ids) == 0 || slices.ContainsFunc(t.sent[k], func(e entry) bool { return len(e.ids) == 0 })
		gone := perhaps &&
			!slices.ContainsFunc(next[k].ids, func(id string) bool { return !slices.Contains(others, id) })
		if gone {
			list = append(list, entry{})
		}
		if len(list) > 1 {
			open[k] = list
		}
	}
	return open
}

// settle moves the truth to where a clean run has led.
func (t *truth) settle(next map[string]entry, open map[string][]entry) { t.held, t.sent = next, open }

// members are the identities of entries that count at a time.
func members(entries map[string]entry, now time.Time) []string {
	set := map[string]bool{}
	for _, e := range entries {
		for _, id := range e.ids {
			if !e.over(now) {
				set[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(set))
}
