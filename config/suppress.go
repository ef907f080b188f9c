package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// suppressionKeys are the keys of a list.
func suppressionKeys() []string { return []string{"source", "table", "sql", "mapping", "upload"} }

// suppression checks one list of people who are in no audience of the file.
func (c *checker) suppression(name string, v value, f *File) eddy.Suppression {
	s := eddy.Suppression{Name: name}
	if !v.isMapping() {
		return s
	}
	v.keys(suppressionKeys()...)
	if upload := v.get("upload"); upload.present() {
		s.Upload = c.upload(v, upload)
		return s
	}
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

// upload checks how an uploaded list is read.
func (c *checker) upload(list, v value) *eddy.Upload {
	if c.known.Upload == nil {
		v.problem("name a source and a table, or upload the list to the server", "a list is uploaded to a server, not written in a file")
		return nil
	}
	for _, key := range suppressionKeys() {
		if other := list.get(key); other.present() && key != "upload" {
			other.problem("remove it", "a list that is uploaded has no %s", key)
		}
	}
	if !v.isMapping() {
		return nil
	}
	v.keys("default_region")
	region := v.get("default_region")
	u := &eddy.Upload{Region: region.given()}
	if err := c.known.Upload(*u); err != nil {
		e, _ := errors.AsType[*eddy.Error](err)
		region.problem(strings.ToLower(e.Mend[:1])+strings.TrimSuffix(e.Mend[1:], "."), "%s", strings.TrimPrefix(e.What, "default_region "))
	}
	return u
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
