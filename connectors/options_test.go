package connectors_test

import (
	"slices"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
)

// TestOptionsFitTogether: what an option goes with is an option, and its choices.
func TestOptionsFitTogether(t *testing.T) {
	t.Parallel()
	for _, kind := range connectors.Warehouses() {
		for _, o := range kind.Options {
			if o.With.Option != "" {
				at := slices.IndexFunc(kind.Options, func(one eddy.Option) bool { return one.Name == o.With.Option })
				if at < 0 || len(o.With.Values) == 0 {
					t.Errorf("%s: %s goes with %s %v", kind.Type, o.Name, o.With.Option, o.With.Values)
					continue
				}
				for _, value := range o.With.Values {
					if !slices.Contains(kind.Options[at].Choices, value) {
						t.Errorf("%s: %s goes with %s %s, which is no choice", kind.Type, o.Name, o.With.Option, value)
					}
				}
			}
			for _, choice := range o.UnservedChoices {
				if !slices.Contains(o.Choices, choice) {
					t.Errorf("%s: %s has no choice %s", kind.Type, o.Name, choice)
				}
			}
		}
	}
}
