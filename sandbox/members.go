package sandbox

import (
	"math"
	"slices"
)

// members are the identities of one audience. Digests are kept as 32 bytes: a million
// of them take some 100 MB.
type members struct {
	digests map[digestKey]span
	texts   map[textKey]span
	// people is used with Config.Person only.
	people map[string]span
	// groups says which persons turned out to be one: what each person's number leads to. The
	// first is nobody.
	groups []uint32
}

type digestKey struct {
	digest digest
	field  field
}

type textKey struct {
	text  string
	field field
}

// span is the time of a membership in Unix seconds; it ends before until. person is whom it was
// sent for, a number in groups.
type span struct{ from, until, person uint32 }

func (s span) holds(now int64) bool { return int64(s.from) <= now && now < int64(s.until) }

// second squeezes a time into a span: what lies before 1970 or after 2106 is as good as
// the end of the range.
func second(unix int64) uint32 { return uint32(min(max(unix, 0), math.MaxUint32)) }

func newMembers() members {
	return members{map[digestKey]span{}, map[textKey]span{}, map[string]span{}, []uint32{0}}
}

// apply carries out operations in their order: an Update refreshes, a Delete removes.
// The caller has settled every operation's times.
func (m *members) apply(b *batch, person func(string) string) {
	for _, op := range b.operations {
		when := span{from: second(op.from), until: second(op.until)}
		user := int32(-1)
		for i, id := range b.identities[op.first:op.end] {
			if id.user != user && !op.remove {
				user = id.user
				when.person = m.person(b, b.identities[op.first+i:op.end])
			}
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

// person is whom the first of some identities, and all that came with it, are of: somebody that
// one of them was sent for before, or somebody new. Who shares an identity is one person.
func (m *members) person(b *batch, list []identity) uint32 {
	one := uint32(0)
	for _, id := range list {
		if id.user != list[0].user {
			break
		}
		s := m.of(b, id)
		switch known := m.group(s.person); {
		case known == 0:
		case one == 0:
			one = known
		default:
			m.groups[known] = one
		}
	}
	if one == 0 {
		one = uint32(len(m.groups))
		m.groups = append(m.groups, one)
	}
	return one
}

// group is the person that a number has become.
func (m *members) group(n uint32) uint32 {
	for m.groups[n] != n {
		m.groups[n] = m.groups[m.groups[n]]
		n = m.groups[n]
	}
	return n
}

func (m *members) of(b *batch, id identity) span {
	if id.text > 0 {
		return m.texts[textKey{b.texts[id.text-1], id.field}]
	}
	return m.digests[digestKey{id.digest, id.field}]
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

// count is the size that X would show: people if they are known by Config.Person, else identities.
func (m *members) count(now int64, known bool) int {
	if known {
		return holding(m.people, now)
	}
	return m.identities(now)
}

// identities is how many count at a time.
func (m *members) identities(now int64) int { return holding(m.digests, now) + holding(m.texts, now) }

// persons is how many people the identities that count at a time are of.
func (m *members) persons(now int64) int {
	seen := make(map[uint32]struct{})
	gather(m, m.digests, now, seen)
	gather(m, m.texts, now, seen)
	return len(seen)
}

func gather[K comparable](m *members, of map[K]span, now int64, seen map[uint32]struct{}) {
	for _, s := range of {
		if s.holds(now) {
			seen[m.group(s.person)] = struct{}{}
		}
	}
}

func holding[K comparable](m map[K]span, now int64) (n int) {
	for _, s := range m {
		if s.holds(now) {
			n++
		}
	}
	return n
}
