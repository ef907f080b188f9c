package connectors_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
)

// TestPortsArePorts: what is called a port takes the numbers of ports and nothing else.
func TestPortsArePorts(t *testing.T) {
	t.Parallel()
	found := 0
	for _, kind := range connectors.Warehouses() {
		for _, o := range kind.Options {
			if o.Name != "port" && !strings.HasSuffix(o.Name, ".port") {
				continue
			}
			if found++; o.Kind != eddy.PortOption {
				t.Errorf("%s: %s is of kind %s", kind.Type, o.Name, o.Kind)
			}
		}
	}
	if found < 6 {
		t.Errorf("%d ports were looked at", found)
	}
}

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
