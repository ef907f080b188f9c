package config

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/eddy-retl/eddy"
)

// connectionKeys are the keys of a connection.
func connectionKeys() []string {
	return []string{
		"source", "table", "where", "sql", "destination", "audience", splitKey, capKey, "sync_mode",
		"identifier", "mapping", "holdout", "schedule", "settings",
	}
}

// connection checks one connection.
func (c *checker) connection(name string, v value, f *File) eddy.Connection {
	conn := eddy.Connection{Name: name, Settings: eddy.DefaultSettings()}
	if !v.isMapping() {
		return conn
	}
	v.keys(connectionKeys()...)
	sources, destinations := c.known.beside()
	conn.Source = readReference(v.get("source"), "source", f.SourceNames, sources)
	conn.Model = readModel(v, c.known.source(f, conn.Source))
	conn.Destination = readReference(v.get("destination"), "destination", f.DestinationNames, destinations)
	conn.Audience = readAudience(v.get("audience"))
	conn.Split = readSplit(v, conn.Audience)
	conn.SyncMode = eddy.SyncMode(v.get("sync_mode").choice("a sync mode", string(eddy.Mirror), string(eddy.Mirror), string(eddy.Upsert)))
	conn.Identifier = v.get("identifier").need("name the column that identifies a record")
	conn.Mapping = readMapping(v.get("mapping"), c.known.Destinations[c.known.destination(f, conn.Destination).Type])
	conn.Holdout = readHoldout(v.get("holdout"), name)
	conn.Schedule = readSchedule(v.get("schedule"))
	conn.Settings = readSettings(v.get("settings"))
	return conn
}

// readReference reads the name of a source or destination of the file, or of what is beside it.
func readReference(v value, what string, own, beside []string) string {
	names, where, has := own, "this file", "this file has"
	if len(beside) > 0 {
		where, has = "this file or of the server", "there are"
		names = append(slices.Clone(own), slices.DeleteFunc(slices.Clone(beside), func(name string) bool { return slices.Contains(own, name) })...)
	}
	if !v.required(fmt.Sprintf("name a %s of %s%s", what, where, listed(names))) {
		return ""
	}
	t, ok := v.filled()
	if !ok {
		return ""
	}
	if slices.Contains(names, t.string) {
		return t.string
	}
	suggestion := t.near(names)
	if suggestion == "" && len(names) > 0 {
		suggestion = has + strings.TrimPrefix(listed(names), ":")
	}
	v.problem(suggestion, "%s is not a %s of %s", t.show(), what, where)
	return ""
}

// listed lists names after a colon, the first few of them.
func listed(names []string) string {
	const most = 8
	switch {
	case len(names) == 0:
		return ""
	case len(names) > most:
		return ": " + strings.Join(names[:most], ", ") + ", ..."
	default:
		return ": " + strings.Join(names, ", ")
	}
}

// holdoutKeys are the keys of a holdout.
func holdoutKeys() []string { return []string{"percent", "salt"} }

// readHoldout reads whose records stay out; without a salt of its own it has the connection's name.
func readHoldout(v value, name string) *eddy.Holdout {
	if !v.present() || !v.isMapping() {
		return nil
	}
	v.keys(holdoutKeys()...)
	h := &eddy.Holdout{Salt: name}
	if percent := v.get("percent"); percent.required("write percent: 10") {
		before := len(v.c.problems)
		h.Percent = percent.number(0, 0, wholly)
		hundredths := h.Percent * hundred
		if len(v.c.problems) == before && (h.Percent <= 0 || h.Percent >= wholly || math.Abs(hundredths-math.Round(hundredths)) > 1e-9) {
			percent.problem("write percent: 10", "is not a number above 0 and below 100 with at most two decimals")
		}
	}
	if salt := v.get("salt"); salt.present() {
		h.Salt = salt.given()
		if strings.ContainsFunc(h.Salt, unicode.IsControl) || len(h.Salt) > maxSalt {
			salt.problem("", "is not a line of at most %d bytes", maxSalt)
		}
	}
	return h
}

// A holdout's percent is below wholly, and has hundredths. A salt is short, as a name is.
const wholly, hundred, maxSalt = 100, 100, 200

// readModel reads the table or the query of a connection.
func readModel(v value, source eddy.Source) eddy.Model {
	table, sql, where := v.get("table"), v.get("sql"), v.get("where")
	switch {
	case table.present() && sql.present():
		sql.problem("remove one of them", "a connection takes a table or sql, not both")
	case !table.present() && !sql.present():
		v.problem("add table: or sql:", "says neither a table nor sql")
	}
	m := eddy.Model{Table: table.given(), SQL: sql.given()}
	switch {
	case where.present() && sql.present():
		where.problem("write them into the query, behind WHERE", "conditions go with a table, and this is a query")
	case where.n != nil:
		c := (&conditions{source: source}).read(where, m.Table, 0)
		m.Where = &c
	}
	return m
}
