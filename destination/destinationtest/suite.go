// Package destinationtest is the suite that every destination passes. A destination's
// own test is a few lines: it says how to open one that delivers to a server which
// accepts everything, and which texts are good and bad for its fields.
//
//	destinationtest.Run(t, destinationtest.Config{Open: open, Audience: "1nmth", Good: …, Bad: …})
//
// Each case explains the rule that it guards.
package destinationtest

import (
	"testing"

	"github.com/eddy-retl/eddy/destination"
)

// Config tells the suite about a destination.
type Config struct {
	// Open opens the destination; what it delivers is accepted by whatever it delivers to.
	Open func(t testing.TB) destination.Destination
	// Audience is where the suite delivers to.
	Audience string
	// Good has texts for each identity field, by name, each of one value. Different
	// spellings of one value are welcome.
	Good map[string][]string
	// Bad has texts of at least four characters that a field refuses.
	Bad map[string][]string
}

// Run runs all cases.
func Run(t *testing.T, c Config) {
	t.Helper()
	for _, one := range []struct {
		name string
		test func(*testing.T, *suite)
	}{
		{"fields are unique and documented", fieldsAreDocumented},
		{"limits are positive", limitsArePositive},
		{"good values become identities", goodValues},
		{"bad values are named by field, never by value", badValues},
		{"any text can be prepared", anyText},
		{"memory is reused without a trace", reuse},
		{"lists hold several values, each once", lists},
		{"prepared values stay as they are", prepared},
		{"settings prepare alike later", settings},
		{"shared identities look alike to SQL", canonical},
		{"preparing is safe for concurrent use", concurrent},
		{"items are encoded as JSON", encoding},
		{"every item has one outcome", outcomes},
		{"left-out items are accounted for", leftOut},
		{"pages may be reused", pages},
		{"a cancelled delivery delivers nothing", cancelled},
	} {
		t.Run(one.name, func(t *testing.T) { one.test(t, newSuite(t, c)) })
	}
}

// suite is a Config with the destination open.
type suite struct {
	Config
	dest     destination.Destination
	fields   []destination.Field
	preparer destination.Preparer
}

func newSuite(t *testing.T, c Config) *suite {
	t.Helper()
	s := &suite{Config: c, dest: c.Open(t)}
	s.fields = s.dest.Fields()
	preparer, err := s.dest.Preparer("")
	if err != nil {
		t.Fatalf("the configured settings make no preparer: %v", err)
	}
	s.preparer = preparer
	return s
}

// record has one text in the field at place f.
func (s *suite) record(f int, text string) []string {
	values := make([]string, len(s.fields))
	values[f] = text
	return values
}

// each visits the texts of a map in the order of the fields.
func (s *suite) each(texts map[string][]string, visit func(f int, text string)) {
	for f := range s.fields {
		for _, text := range texts[s.fields[f].Name] {
			visit(f, text)
		}
	}
}

// prepare prepares a record into fresh memory.
func prepare(p destination.Preparer, values []string) *destination.Prepared {
	var out destination.Prepared
	p.Prepare(values, &out)
	return &out
}

// identity is an identity that can be compared and kept.
type identity struct {
	field int
	value string
}

func identities(p *destination.Prepared) []identity {
	list := make([]identity, 0, len(p.Identities))
	for _, id := range p.Identities {
		list = append(list, identity{id.Field, string(id.Value)})
	}
	return list
}
