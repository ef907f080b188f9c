package sandbox

import (
	"math"
	"slices"
)

// members are the identities of one audience. Digests are kept as 32 bytes: a million
// of them take some 95 MB.
type members struct {
	digests map[digestKey]span
	texts   map[textKey]span
	// people is used with Config.Person only.
	people map[string]span
}

type digestKey struct {
	digest digest
	field  field
}

type textKey struct {
	text  string
	field field
}

// span is the time of a membership in Unix seconds; it ends before until.
type span struct{ from, until uint32 }

func (s span) holds(now int64) bool { return int64(s.from) <= now && now < int64(s.until) }

// second squeezes a time into a span: what lies before 1970 or after 2106 is as good as
// the end of the range.
func second(unix int64) uint32 { return uint32(min(max(unix, 0), math.MaxUint32)) }

func newMembers() members {
	return members{map[digestKey]span{}, map[textKey]span{}, map[string]span{}}
}

// apply carries out operations in their order: an Update refreshes, a Delete removes.
// The caller has settled every operation's times.
func (m *members) apply(b *batch, person func(string) string) {
	for _, op := range b.operations {
		when := span{second(op.from), second(op.until)}
		for _, id := range b.identities[op.first:op.end] {
			m.put(b, id, when, op.remove)
			if person == nil {
				continue
			}
			if who := person(b.format(id)); who != "" {
				set(m.people, who, when, op.remove)
			}
		}
	}
}

func (m *members) put(b *batch, id identity, when span, remove bool) {
	if id.text > 0 {
		set(m.texts, textKey{b.texts[id.text-1], id.field}, when, remove)
		return
	}
	set(m.digests, digestKey{id.digest, id.field}, when, remove)
}

func set[K comparable](m map[K]span, key K, when span, remove bool) {
	if remove {
		delete(m, key)
		return
	}
	m[key] = when
}

// list is the identities that count at a time, sorted.
func (m *members) list(now int64) []string {
	list := make([]string, 0, len(m.digests)+len(m.texts))
	for k, s := range m.digests {
		if s.holds(now) {
			list = append(list, formatDigest(k.field, k.digest))
		}
	}
	for k, s := range m.texts {
		if s.holds(now) {
			list = append(list, k.field.String()+":"+k.text)
		}
	}
	slices.Sort(list)
	return list
}

func (m *members) listPeople(now int64) []string {
	list := []string{}
	for who, s := range m.people {
		if s.holds(now) {
			list = append(list, who)
		}
	}
	slices.Sort(list)
	return list
}

// count is how many count at a time: people if there are any to know, else identities.
func (m *members) count(now int64, people bool) int {
	if people {
		return holding(m.people, now)
	}
	return holding(m.digests, now) + holding(m.texts, now)
}

func holding[K comparable](m map[K]span, now int64) (n int) {
	for _, s := range m {
		if s.holds(now) {
			n++
		}
	}
	return n
}
