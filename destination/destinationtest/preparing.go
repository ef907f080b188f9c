package destinationtest

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy/destination"
)

// Mappings name fields, documentation lists them, and warehouses make a column of each:
// a name must be one of its kind and plain, and every field says what it is for. An
// identity field says how SQL finds candidates for shared identities (promise 2).
func fieldsAreDocumented(t *testing.T, s *suite) {
	seen := map[string]bool{}
	for _, f := range s.fields {
		if seen[f.Name] || f.Help == "" || strings.Trim(f.Name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("field %q: seen before %t, help %q", f.Name, seen[f.Name], f.Help)
		}
		if f.Identity != (f.Canonical != "") {
			t.Errorf("field %q: identity %t, canonical form %q", f.Name, f.Identity, f.Canonical)
		}
		if f.Identity && len(s.Good[f.Name]) == 0 {
			t.Errorf("field %q has no good texts in this test", f.Name)
		}
		seen[f.Name] = true
	}
}

// A plan divides by the limits.
func limitsArePositive(t *testing.T, s *suite) {
	if l := s.dest.Limits(); l.Operations <= 0 || l.Bytes <= 0 {
		t.Errorf("got %+v", l)
	}
}

// A value that the destination can match becomes an identity of its own field.
func goodValues(t *testing.T, s *suite) {
	s.each(s.Good, func(f int, text string) {
		p := prepare(s.preparer, s.record(f, text))
		if p.Invalid != "" || len(p.Problems) > 0 || len(p.Identities) == 0 {
			t.Errorf("%s %q: invalid %q, problems %v", s.fields[f].Name, text, p.Invalid, p.Problems)
		}
		for _, id := range p.Identities {
			if id.Field != f || len(id.Value) == 0 {
				t.Errorf("%s %q became %q of field %d", s.fields[f].Name, text, id.Value, id.Field)
			}
		}
	})
}

// Reasons go to logs and error lists, where no personal data may be (promise 10). A
// record of which nothing is left says so in Invalid and is not sent.
func badValues(t *testing.T, s *suite) {
	s.each(s.Bad, func(f int, text string) {
		p := prepare(s.preparer, s.record(f, text))
		if p.Invalid == "" || len(p.Identities) > 0 {
			t.Errorf("%s %q was not refused", s.fields[f].Name, text)
		}
		for _, reason := range reasons(p) {
			if strings.Contains(reason, text) {
				t.Errorf("%s %q is told in the reason %q", s.fields[f].Name, text, reason)
			}
		}
		if s.fields[f].Identity && (len(p.Problems) != 1 || p.Problems[0].Field != f || p.Problems[0].Reason == "") {
			t.Errorf("%s %q: got problems %v", s.fields[f].Name, text, p.Problems)
		}
	})
}

func reasons(p *destination.Prepared) []string {
	list := []string{p.Invalid}
	for _, problem := range p.Problems {
		list = append(list, problem.Reason)
	}
	return list
}

// Prepare never fails and never panics; a record is either valid, with identities in
// field order and none twice, or invalid and without. Reasons are fixed texts: the same
// digits do not appear in them that came in.
func anyText(t *testing.T, s *suite) {
	rapid.Check(t, func(t *rapid.T) {
		values := make([]string, rapid.IntRange(0, len(s.fields)).Draw(t, "fields"))
		for f := range values {
			values[f] = s.text(t, f)
		}
		p := prepare(s.preparer, values)
		if (p.Invalid == "") != (len(p.Identities) > 0) {
			t.Fatalf("%q: invalid %q with %d identities", values, p.Invalid, len(p.Identities))
		}
		ids := identities(p)
		seen := map[identity]bool{}
		for i, id := range ids {
			if seen[id] || i > 0 && id.field < ids[i-1].field || !s.fields[id.field].Identity {
				t.Fatalf("%q: identities %v", values, ids)
			}
			seen[id] = true
		}
	})
}

// text draws a text that is good, bad, or anything.
func (s *suite) text(t *rapid.T, f int) string {
	known := append(slices.Clone(s.Good[s.fields[f].Name]), s.Bad[s.fields[f].Name]...)
	known = append(known, "", ",", " ")
	if rapid.Bool().Draw(t, "known") {
		return rapid.SampledFrom(known).Draw(t, "text")
	}
	return rapid.String().Draw(t, "text")
}

// A Prepared is used for millions of records: nothing of the last may show in the next.
func reuse(t *testing.T, s *suite) {
	var used destination.Prepared
	visit := func(f int, text string) {
		values := s.record(f, text)
		s.preparer.Prepare(values, &used)
		fresh := prepare(s.preparer, values)
		if !slices.Equal(identities(&used), identities(fresh)) || !slices.Equal(reasons(&used), reasons(fresh)) ||
			!used.EffectiveAt.Equal(fresh.EffectiveAt) || !used.ExpiresAt.Equal(fresh.ExpiresAt) {
			t.Errorf("%s %q: got %v, fresh %v", s.fields[f].Name, text, used, *fresh)
		}
	}
	s.each(s.Good, visit)
	s.each(s.Bad, visit)
	s.each(s.Good, visit)
}

// A column may hold several values joined by commas: all are sent, each once.
func lists(t *testing.T, s *suite) {
	for f := range s.fields {
		good := s.Good[s.fields[f].Name]
		var want []identity
		for _, text := range good {
			for _, id := range identities(prepare(s.preparer, s.record(f, text))) {
				if !slices.Contains(want, id) {
					want = append(want, id)
				}
			}
		}
		text := strings.Join(append(slices.Clone(good), good...), " ,, ")
		if got := identities(prepare(s.preparer, s.record(f, text))); !slices.Equal(got, want) {
			t.Errorf("%s %q: got %v, want %v", s.fields[f].Name, text, got, want)
		}
	}
}

// What the state keeps are prepared values; preparing them again must not change them,
// or nobody could be removed later.
func prepared(t *testing.T, s *suite) {
	s.each(s.Good, func(f int, text string) {
		for _, id := range identities(prepare(s.preparer, s.record(f, text))) {
			again := identities(prepare(s.preparer, s.record(f, id.value)))
			if len(again) != 1 || again[0] != id {
				t.Errorf("%s %q: prepared again %v becomes %v", s.fields[f].Name, text, id, again)
			}
		}
	})
}

// What an audience holds was prepared under settings that may have changed since. The
// old ones, kept as text, prepare as they did; settings of no known form are refused
// rather than guessed.
func settings(t *testing.T, s *suite) {
	later, err := s.dest.Preparer(s.preparer.Settings())
	if err != nil {
		t.Fatal(err)
	}
	if later.Settings() != s.preparer.Settings() || s.preparer.Settings() == "" {
		t.Errorf("settings %q came back as %q", s.preparer.Settings(), later.Settings())
	}
	s.each(s.Good, func(f int, text string) {
		got, want := prepare(later, s.record(f, text)), prepare(s.preparer, s.record(f, text))
		if !slices.Equal(identities(got), identities(want)) {
			t.Errorf("%s %q: got %v, want %v", s.fields[f].Name, text, got, want)
		}
	})
	if _, err := s.dest.Preparer("no such settings"); err == nil {
		t.Error("unknown settings were taken")
	}
}

// Prepare is called by many workers at once.
func concurrent(t *testing.T, s *suite) {
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			s.each(s.Good, func(f int, text string) {
				if p := prepare(s.preparer, s.record(f, text)); p.Invalid != "" {
					t.Errorf("%s %q: %s", s.fields[f].Name, text, p.Invalid)
				}
			})
		})
	}
	work.Wait()
}
