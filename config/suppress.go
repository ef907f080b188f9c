package config

import (
	"fmt"
	"slices"

	"github.com/eddy-retl/eddy"
)

// suppressionKeys are the keys of a list.
func suppressionKeys() []string { return []string{"source", "table", "sql", "mapping"} }

// suppression checks one list of people who are in no audience of the file.
func (c *checker) suppression(name string, v value, f *File) eddy.Suppression {
	s := eddy.Suppression{Name: name}
	if !v.isMapping() {
		return s
	}
	v.keys(suppressionKeys()...)
	source := v.get("source")
	beside, _ := c.known.beside()
	s.Source = readReference(source, "source", f.SourceNames, beside)
	s.Model = readModel(v, c.known.source(f, s.Source))
	var identities []string
	for _, kind := range c.known.Destinations {
		identities = append(identities, kind.Identities...)
	}
	slices.Sort(identities)
	identities = slices.Compact(identities)
	mapped := v.get("mapping")
	s.Mapping = readMapping(mapped, Kind{Fields: identities, Identities: identities})
	for _, m := range s.Mapping {
		if m.Constant != nil {
			mapped.get(m.Field).problem("write a column's name", "a list takes columns, not constants")
		}
	}
	c.reaches(source, s, f)
	return s
}

// reaches refuses a list that a connection could not be held against: what it has is not written
// into another warehouse.
func (c *checker) reaches(at value, s eddy.Suppression, f *File) {
	if s.Source == "" {
		return
	}
	for _, name := range f.ConnectionNames {
		source := f.Connections[name].Source
		if source != "" && source != s.Source && c.known.source(f, source).State == eddy.InWarehouse {
			at.problem(fmt.Sprintf("set state: local on %s, or bring the list to it", source),
				"the list lies on %s, and connection %s has its state in the warehouse of %s", s.Source, name, source)
			return
		}
	}
}
