package sync_test

import (
	"maps"
	"slices"
	"time"
)

// The people behind identities. X resolves several identities to one person: an Update
// of any of them adds the person, a Delete of any of them removes the person, whatever
// else of theirs was ever sent. So a removal can take away somebody whom another record
// still holds. What Eddy can know of it is what the rows say: a record that stays and
// shares an identity with one that gives something up is asserted again, and with it all
// of its people (promise 2). What Eddy cannot know is that two identities that never
// stood beside a shared one are the same person.
//
// So somebody must be in the audience
//   - when a record that holds them was sent in this run, because additions follow removals;
//   - when they had to be in it before, and each removal that can have taken them away was
//     of a record which shares an identity with one that holds them and stays.
//
// And nobody may be in it whom no record holds.

// people is what the truth remembers of them.
type people struct {
	must map[string]bool
	// struck are the removals since the last clean run that may have taken people away.
	struck []strike
	// maybe is what runs that did not end well may have added, since the last clean run.
	maybe  []entry
	broken bool
}

// strike is an identity that may have left the audience, and the entry it was of.
type strike struct {
	id string
	of entry
}

// strikes notes what a run towards next may remove, and what X let lapse before it. Who
// changes is removed with all identities, and added with the new ones.
func (t *truth) strikes(next map[string]entry, now time.Time) {
	strikeOut := func(old entry) {
		for _, id := range old.ids {
			t.struck = append(t.struck, strike{id, old})
		}
	}
	for k, old := range t.held {
		if e, ok := next[k]; !ok || old.over(now) || !e.equal(old) {
			strikeOut(old)
		}
	}
	for _, old := range t.maybe {
		strikeOut(old)
	}
}

// brokenRun takes in a run that did not end well. It may have put its changes on record, and
// sent some.
func (t *truth) brokenRun(next map[string]entry, now time.Time) {
	t.strikes(next, now)
	t.maybe = append(t.maybe, slices.Collect(maps.Values(next))...)
	t.broken = true
	if t.sent == nil {
		t.sent = map[string][]entry{}
	}
	for k, e := range next {
		if !e.kept {
			t.sent[k] = append(t.sent[k], e)
		}
	}
	for _, k := range t.records() {
		if _, ok := next[k]; !ok {
			t.sent[k] = append(t.sent[k], entry{})
		}
	}
}

// cleanRun takes in a run that ended well; full says that it sent every row.
func (t *truth) cleanRun(next map[string]entry, open map[string][]entry, now time.Time, full bool, person func(string) string) {
	t.strikes(next, now)
	must := map[string]bool{}
	for k, e := range next {
		if e.over(now) {
			continue // kept by upsert, and lapsed
		}
		fresh := !e.kept && (full || !e.equal(t.held[k]))
		for _, id := range e.ids {
			if who := person(id); who != "" && (fresh && !t.broken || t.safe(e, who, fresh, person)) {
				must[who] = true
			}
		}
	}
	t.people = people{must: must}
	t.settle(next, open)
}

// safe says that no removal can have taken away somebody whom e holds without e being
// asserted again.
func (t *truth) safe(e entry, who string, fresh bool, person func(string) string) bool {
	hit := false
	for _, s := range t.struck {
		if person(s.id) != who {
			continue
		}
		hit = true
		// What upsert kept may be what a mirror had begun to remove.
		if e.kept && t.broken || !slices.ContainsFunc(e.ids, func(id string) bool { return slices.Contains(s.of.ids, id) }) {
			return false
		}
	}
	return t.must[who] || fresh || hit && !t.broken
}
