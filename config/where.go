package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
)

func relationKeys() []string { return []string{"table", "key", "of", "of_key"} }

// relations reads the relations of a source.
func (c *checker) relations(v value) (out []eddy.Relation) {
	relations, names := each(v, func(name string, v value) eddy.Relation {
		r := eddy.Relation{Name: name}
		if !v.isMapping() {
			return r
		}
		v.keys(relationKeys()...)
		r.Table = v.get("table").need("name the table whose rows belong to those of another one, such as orders")
		r.Key = v.get("key").need("name its column that says to whom a row belongs")
		r.Of = v.get("of").need("name the table to whose rows they belong, such as customers")
		if r.OfKey = r.Key; v.get("of_key").present() {
			r.OfKey = v.get("of_key").given()
		}
		return r
	})
	for _, name := range names {
		out = append(out, relations[name])
	}
	return out
}

// conditionKeys are the keys that say what a condition is; it has one of them.
func conditionKeys() []string {
	return []string{"all", "any", "none", "column", "relation", "audience"}
}

// conditions reads the conditions of one connection, which reads a source.
type conditions struct {
	source eddy.Source
	// count is how many there are so far: aliases of aliases would be more than anybody can read.
	count int
}

// read reads a condition about the rows of a table.
func (r *conditions) read(v value, table string, depth int) (c eddy.Condition) {
	const write = `write all:, any: or none: with a list of conditions, or one such as {column: country, is: DE}`
	if !v.required(write) {
		return c
	}
	if v.n.kind != mapping {
		v.mismatch("a condition", write)
		return c
	}
	if r.count++; r.count > eddy.MaxConditions {
		if r.count == eddy.MaxConditions+1 {
			v.problem("ask for less, or write the model as sql:", "a model has at most %d conditions", eddy.MaxConditions)
		}
		return c
	}
	if depth > eddy.MaxNested {
		v.problem("take a level out, or write the model as sql:", "conditions nest at most %d deep", eddy.MaxNested)
		return c
	}
	what := slices.DeleteFunc(conditionKeys(), func(key string) bool { return v.get(key).n == nil })
	if len(what) != 1 {
		v.problem(write, "a condition has one of %s; this one has %s", strings.Join(conditionKeys(), ", "), orNone(what))
		return c
	}
	switch key := what[0]; key {
	case "column":
		c.Test = r.test(v)
	case "relation":
		c.Related = r.related(v, table, depth)
	case "audience":
		c.Member = r.member(v)
	default:
		v.keys(key)
		*map[string]*[]eddy.Condition{"all": &c.All, "any": &c.Any, "none": &c.None}[key] = r.group(v.get(key), table, depth)
	}
	return c
}

func orNone(keys []string) string {
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(keys, " and ")
}

// group is never nil.
func (r *conditions) group(v value, table string, depth int) []eddy.Condition {
	out := []eddy.Condition{}
	if !v.present() || v.n.kind != list {
		if v.present() {
			v.mismatch("a list of conditions", "begin each with a dash, or put them between [ and ]")
		} else {
			v.problem("write a list of conditions, also an empty one: []", "has no conditions")
		}
		return out
	}
	for i := range v.n.items {
		out = append(out, r.read(itemOf(v, i), table, depth+1))
	}
	return out
}

// itemOf is a value of a list.
func itemOf(v value, i int) value {
	n := v.n.items[i]
	at := n.at
	if at.line == 0 {
		at = v.at
	}
	return value{c: v.c, key: fmt.Sprintf("%s[%d]", v.key, i), at: at, n: n}
}

// oneOf finds the one key of those that are valid beside some others.
func oneOf(v value, what string, among []string, beside ...string) (key string, ok bool) {
	valid := append(slices.Clone(beside), among...)
	v.keys(valid...)
	there := slices.DeleteFunc(slices.Clone(among), func(key string) bool { return v.get(key).n == nil })
	if len(there) == 0 && len(unknown(v, valid)) > 0 {
		return "", false // one of them may be misspelt: it was reported, and is enough to mend
	}
	if len(there) != 1 {
		v.problem("write one of "+strings.Join(among, ", "), "%s has %s", what, orNone(there))
		return "", false
	}
	return there[0], true
}

// test reads what is asked of a column.
func (r *conditions) test(v value) *eddy.Test {
	ops := texts(eddy.Ops())
	t := &eddy.Test{Column: v.get("column").need("name a column")}
	key, ok := oneOf(v, "a condition about a column", ops, "column")
	if !ok {
		return t
	}
	t.Op = eddy.Op(key)
	values := []value{v.get(key)}
	switch given := v.get(key); {
	case t.Op.Many() && given.present() && given.n.kind == list:
		if len(given.n.items) == 0 || len(given.n.items) > eddy.MaxOneOf {
			given.problem("", "takes 1 to %d values; there are %d", eddy.MaxOneOf, len(given.n.items))
			return t
		}
		values = values[:0]
		for i := range given.n.items {
			values = append(values, itemOf(given, i))
		}
	case t.Op == eddy.Empty:
		t.Values = []string{fmt.Sprint(given.boolean(true))}
		return t
	}
	for _, x := range values {
		t.Values = append(t.Values, operand(x))
	}
	return t
}

// texts are operators and the like as texts.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = string(x)
	}
	return out
}

// operand is a value that something is compared with.
func operand(v value) string {
	if !v.required("write a value") {
		return ""
	}
	t, ok := v.text()
	switch {
	case !ok:
	case t.string == "":
		v.problem("write empty: true for what has no value", "is empty")
	case len(t.string) > eddy.MaxValue:
		v.problem("", "a value has at most %d bytes; this one has %d", eddy.MaxValue, len(t.string))
	case !utf8.ValidString(t.string) || strings.ContainsRune(t.string, 0):
		v.problem("", "has a character that no text can have")
	case v.n.kind == scalarBool:
		return strings.ToLower(t.string)
	}
	return t.string
}

// related reads what is asked of the rows that belong.
func (r *conditions) related(v value, table string, depth int) *eddy.Related {
	out := &eddy.Related{}
	name := v.get("relation").need("name a relation of the source")
	var names []string
	for _, x := range r.source.Relations {
		if x.Name == name {
			out.Relation = x
		}
		if x.Of == table {
			names = append(names, x.Name)
		}
	}
	switch {
	case name == "":
	case out.Relation.Name == "":
		v.get("relation").problem("declare it under the source's relations:"+since(names), "%s is not a relation of source %s", quote(name), r.source.Name)
	case out.Relation.Of != table:
		v.get("relation").problem("name one of "+table+since(names), "the rows of relation %s belong to those of %s, and this is about those of %s", quote(name), out.Relation.Of, table)
	}
	if w := v.get("where"); w.present() {
		inner := r.read(w, out.Relation.Table, depth+1)
		out.Where = &inner
	}
	key, ok := oneOf(v, "a condition about a relation", texts(eddy.Aggregates()), "relation", "where")
	if !ok {
		return out
	}
	out.Aggregate = eddy.Aggregate(key)
	asked := v.get(key)
	if out.Aggregate == eddy.Exists {
		out.Op, out.Value = eddy.Is, fmt.Sprint(asked.boolean(true))
		return out
	}
	if !asked.present() || asked.n.kind != mapping {
		asked.problem("write a comparison, such as {at_least: 2}", "is no comparison")
		return out
	}
	beside := []string{}
	if out.Aggregate != eddy.Count {
		beside = append(beside, "column")
		out.Column = asked.get("column").need("name the column whose numbers are meant")
	}
	if op, ok := oneOf(asked, "a comparison", texts(eddy.Numeric()), beside...); ok {
		out.Op, out.Value = eddy.Op(op), operand(asked.get(op))
	}
	return out
}

func since(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "; there are " + strings.Join(names, ", ")
}

// member reads whether somebody is in another connection's model, which is filled in when all
// connections were read.
func (r *conditions) member(v value) *eddy.Member {
	v.keys("audience", "in")
	return &eddy.Member{Connection: v.get("audience").need("name a connection"), Not: !v.get("in").boolean(true)}
}

// members fills the models of other connections into conditions. A connection that comes back to
// itself is refused, and so is one of another source.
func (c *checker) members(connections value, f *File) {
	m := &membership{f: f, sizes: map[string]int{}}
	for _, name := range f.ConnectionNames {
		m.at = connections.get(name).get("where")
		m.fill(name, nil)
	}
}

// membership fills in models; at is the connection whose problems are told.
type membership struct {
	f  *File
	at value
	// sizes are how many conditions a connection has, with those of the audiences it asks about.
	sizes map[string]int
}

// fill fills in the models of one connection, and tells whether it does not come back to itself.
func (m *membership) fill(name string, way []string) (ok bool) {
	if slices.Contains(way, name) {
		return false
	}
	if _, done := m.sizes[name]; done {
		return true
	}
	conn, _ := m.at.c.known.connection(m.f, name)
	size, ok := 0, true
	conn.Model.Where.Each(func(x *eddy.Condition) {
		size++
		if x.Member == nil || x.Member.Connection == "" {
			return
		}
		other, there := m.at.c.known.connection(m.f, x.Member.Connection)
		switch {
		case !there:
			m.at.problem("", "audience: %s is not a connection of this file", quote(x.Member.Connection))
		case other.Source != conn.Source:
			m.at.problem("name a connection of source "+conn.Source, "audience: connection %s reads another source, %s", quote(other.Name), other.Source)
		case !m.fill(other.Name, append(slices.Clone(way), name)):
			m.at.problem("take one of them out", "audience: connection %s asks, by itself or by others, who is in this one", quote(other.Name))
			ok = false
		default:
			x.Member.Model, x.Member.Identifier, x.Member.Own = other.Model, other.Identifier, conn.Identifier
			size += m.sizes[other.Name]
		}
	})
	if size > eddy.MaxConditions {
		m.at.problem("ask for less, or write the model as sql:", "a model has at most %d conditions, with those of the audiences that it asks about; these are %d", eddy.MaxConditions, size)
	}
	m.sizes[name] = size
	return ok
}

// ReadWhere reads conditions about the rows of a table of a source, as JSON or YAML, that no file has
// yet. identifier is the column that names a record, for conditions about other audiences. Its
// errors are Problems.
func ReadWhere(f *File, source, table, identifier string, data []byte) (*eddy.Condition, error) {
	c := &checker{}
	root := c.tree(data)
	if root != nil {
		v := value{c: c, key: "where", at: place{1, 1}, n: root}
		drawn := (&conditions{source: f.Sources[source]}).read(v, table, 0)
		const here = "" // no connection has this name
		of := *f
		of.Connections = maps.Clone(f.Connections)
		of.Connections[here] = eddy.Connection{Source: source, Identifier: identifier, Model: eddy.Model{Table: table, Where: &drawn}}
		(&membership{f: &of, at: v, sizes: map[string]int{}}).fill(here, nil)
		if len(c.problems) == 0 {
			return &drawn, nil
		}
	}
	return nil, c.problems.finish("")
}
