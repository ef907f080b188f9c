package sync_test

import (
	"crypto/sha256"
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

// person is a row of the model as the tests make it; "" is NULL.
type person struct {
	id, alt, email, phone string
	expires               time.Time // zero is none
}

// truth is what the audience must hold, record by record.
type truth struct {
	held map[string][]string // by record id
	left []string            // by upsert, no longer wanted
}

func hexDigest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// truthOf gives the identities of a text, for the values that the tests make: e-mails
// with an @, US phone numbers with ten digits, and digests.
func truthOf(field, text string) (out []string) {
	for v := range strings.SplitSeq(text, ",") {
		v = strings.ToLower(strings.TrimSpace(v))
		switch {
		case len(v) == 64:
			out = append(out, field+":"+v)
		case field == "email" && strings.Contains(v, "@"):
			out = append(out, "email:"+hexDigest(v))
		case field == "phone_number":
			digits := strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, v)
			if len(digits) == 11 && digits[0] == '1' {
				digits = digits[1:]
			}
			if len(digits) == 10 {
				out = append(out, "phone_number:"+hexDigest("+1"+digits))
			}
		}
	}
	return out
}

func (p person) key(identifier string) string {
	if identifier == "alt" {
		return p.alt
	}
	return p.id
}

// identities are what a row asks to be held at a time.
func (p person) identities(c eddy.Connection, now time.Time) (out []string) {
	for _, m := range c.Mapping {
		switch m.Column {
		case "email":
			out = append(out, truthOf(m.Field, p.email)...)
		case "phone":
			out = append(out, truthOf(m.Field, p.phone)...)
		case "expires":
			if !p.expires.IsZero() && !p.expires.After(now) {
				return nil
			}
		}
	}
	return out
}

// mappedOnly is what a connection sees of a row.
func (p person) mappedOnly(c eddy.Connection) person {
	var out person
	for _, m := range c.Mapping {
		switch m.Column {
		case "email":
			out.email = p.email
		case "phone":
			out.phone = p.phone
		case "expires":
			out.expires = p.expires
		}
	}
	return out
}

// run moves the truth to where a clean run must lead.
func (t *truth) run(c eddy.Connection, rows []person, now time.Time) {
	byKey := map[string][]person{}
	for _, p := range rows {
		if k := p.key(c.Identifier); k != "" {
			byKey[k] = append(byKey[k], p)
		}
	}
	next := map[string][]string{}
	for k, copies := range byKey {
		conflict := slices.ContainsFunc(copies, func(p person) bool { return p.mappedOnly(c) != copies[0].mappedOnly(c) })
		if conflict {
			if old, ok := t.held[k]; ok {
				next[k] = old
			}
			continue
		}
		if ids := copies[0].identities(c, now); len(ids) > 0 {
			next[k] = ids
		}
	}
	if c.SyncMode == eddy.Upsert {
		for k, old := range t.held {
			t.left = append(t.left, old...)
			if _, ok := next[k]; !ok {
				next[k] = old
			}
		}
	} else {
		t.left = nil
	}
	t.held = next
}

// members are all identities that the audience must hold.
func (t *truth) members() []string {
	set := map[string]bool{}
	for _, ids := range t.held {
		for _, id := range ids {
			set[id] = true
		}
	}
	for _, id := range t.left {
		set[id] = true
	}
	return slices.Sorted(maps.Keys(set))
}
