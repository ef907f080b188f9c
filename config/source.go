package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// promised are the types of sources that the contract names. Those that a build does not
// know are still to come, which is another answer than that there is no such thing.
func promised() []string {
	return []string{"duckdb", "postgres", "mysql", "redshift", "snowflake", "bigquery", "databricks", "clickhouse", "trino"}
}

// source checks one source.
func (c *checker) source(name string, v value, dir string) eddy.Source {
	s := eddy.Source{Name: name, Dir: dir}
	if !v.isMapping() {
		return s
	}
	kind, ok := c.kindOf(v, "source", c.known.Sources, &s.Type)
	s.Schema = c.schema(v.get("schema"))
	s.State = c.state(v.get("state"), kind, s.Type)
	s.Relations = c.relations(v.get("relations"))
	if ok {
		s.Options = c.options(v, kind.Options, "type", "schema", "state", "relations")
	}
	return s
}

// destination checks one destination.
func (c *checker) destination(name string, v value) eddy.Destination {
	d := eddy.Destination{Name: name}
	if !v.isMapping() {
		return d
	}
	if kind, ok := c.kindOf(v, "destination", c.known.Destinations, &d.Type); ok {
		d.Options = c.options(v, kind.Options, "type")
	}
	return d
}

// kindOf reads the type of a source or destination and looks it up.
func (c *checker) kindOf(v value, what string, known map[string]Kind, name *string) (Kind, bool) {
	types := slices.Sorted(maps.Keys(known))
	v = v.get("type")
	if !v.required("write one of " + strings.Join(types, ", ")) {
		return Kind{}, false
	}
	t, ok := v.filled()
	if !ok {
		return Kind{}, false
	}
	kind, ok := known[t.string]
	switch {
	case ok:
		*name = t.string
	case what == "source" && t.raw == "" && slices.Contains(promised(), t.string):
		v.problem("it has "+strings.Join(types, ", "), "%s: this build does not have it yet", quote(t.string))
	default:
		v.problem(t.near(types), "%s is not a %s type (%s)", t.show(), what, strings.Join(types, ", "))
	}
	return kind, ok
}

// schema reads the name of Eddy's own schema.
func (c *checker) schema(v value) string {
	name := v.given()
	if why := eddy.BadName(name); why != "" {
		v.problem("", "a schema name %s", why)
	}
	return cmp.Or(name, "_eddy")
}

// state reads where the state lies. Only servers can hold it: Eddy never writes into a
// file that belongs to somebody else.
func (c *checker) state(v value, kind Kind, typ string) eddy.Place {
	usual := eddy.InWarehouse
	if kind.LocalOnly {
		usual = eddy.Local
	}
	state := eddy.Place(v.choice("a place for the state", string(usual), string(eddy.InWarehouse), string(eddy.Local)))
	if kind.LocalOnly && state == eddy.InWarehouse {
		v.problem("write local, or leave it out", "the state of %s is always local: Eddy reads the file and never writes into it", typ)
		return eddy.Local
	}
	return state
}
