// Package where makes SQL of conditions: a model that names a table and says which of its rows
// becomes a model that is one SELECT, in its source's own language. Names are quoted by the
// source, values are written as its literals, and a condition that does not fit a column is
// refused before anything is read.
package where

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Describe gives a model as its source reads it, and its columns, in order: a model with
// conditions as SQL, whose columns count as made by it, any other as it is. Errors are those of [warehouse.Describe], or an
// [eddy.Error] with CodeConfig for conditions that do not fit.
func Describe(ctx context.Context, src warehouse.Source, m eddy.Model) (eddy.Model, []warehouse.Column, error) {
	columns, err := warehouse.Describe(ctx, src, eddy.Model{Table: m.Table, SQL: m.SQL})
	if err != nil || m.Where == nil {
		return m, columns, err
	}
	w, err := newWriter(ctx, src)
	if err != nil {
		return m, nil, err
	}
	sql, err := w.model(m, columns)
	if err == nil && len(sql) > warehouse.MaxSQL {
		err = refused("the conditions make a statement of %s bytes; at most %s are taken", "Ask for fewer values, or make a table of them.",
			eddy.Thousands(int64(len(sql))), eddy.Thousands(warehouse.MaxSQL))
	}
	// Whoever chooses which rows there are could ask for those of one person.
	for i := range columns {
		columns[i].Made = true
	}
	return eddy.Model{SQL: sql}, columns, err
}

// Properties are what conditions can ask a column of a source as, what it is first; none where a
// source takes no conditions.
func Properties(src warehouse.Source, c warehouse.Column) []eddy.Property {
	source, ok := src.(warehouse.Conditioned)
	if !ok {
		return nil
	}
	out, w := []eddy.Property{warehouse.PropertyOf(c)}, source.Conditions()
	if out[0] == eddy.TextProperty && w.Number != "" {
		out = append(out, eddy.NumberProperty)
	}
	if out[0] == eddy.TextProperty && w.Time != "" {
		out = append(out, eddy.TimeProperty)
	}
	return out
}

func refused(format, mend string, args ...any) error {
	return &eddy.Error{Code: eddy.CodeConfig, What: fmt.Sprintf(format, args...), Mend: mend}
}

// writer writes the conditions of one model.
type writer struct {
	ctx context.Context //nolint:containedctx // a writer lives for one call
	src warehouse.Source
	*warehouse.Conditions
	// columns are those of tables that were looked up, by name, and alias the last one given.
	columns map[string][]warehouse.Column
	alias   int
}

func newWriter(ctx context.Context, src warehouse.Source) (*writer, error) {
	c, ok := src.(warehouse.Conditioned)
	if !ok {
		return nil, refused("this kind of source takes no conditions", "Write the model as sql:.")
	}
	return &writer{ctx: ctx, src: src, Conditions: c.Conditions(), columns: map[string][]warehouse.Column{}}, nil
}

// scope is what a condition is about: the rows of a table, under a name of their own.
type scope struct {
	table, alias string
	columns      []warehouse.Column
}

// scoped gives a table a name of its own in the statement.
func (w *writer) scoped(table string, columns []warehouse.Column) scope {
	names := []string{"m", "r", "s", "t"}
	alias := fmt.Sprintf("t%d", w.alias)
	if w.alias < len(names) {
		alias = names[w.alias]
	}
	w.alias++
	return scope{table, alias, columns}
}

// model is the SELECT of a table's rows that fulfil its conditions.
func (w *writer) model(m eddy.Model, columns []warehouse.Column) (string, error) {
	s := w.scoped(m.Table, columns)
	cond, err := w.condition(s, m.Where, 1)
	return "SELECT " + s.alias + ".*\nFROM " + w.from(s) + "\nWHERE " + cond, err
}

func (w *writer) from(s scope) string {
	if w.Table != nil {
		return w.Table(s.table) + " AS " + s.alias
	}
	return warehouse.From(w.src, eddy.Model{Table: s.table}) + " AS " + s.alias
}

// lookUp describes a table, once.
func (w *writer) lookUp(table string) ([]warehouse.Column, error) {
	if known, ok := w.columns[table]; ok {
		return known, nil
	}
	columns, err := warehouse.Describe(w.ctx, w.src, eddy.Model{Table: table})
	w.columns[table] = columns
	return columns, err
}

// condition is what holds where the condition does, and is false or NULL where it does not:
// negations make their own part false first. indent is how far its lines stand in.
func (w *writer) condition(s scope, c *eddy.Condition, indent int) (string, error) {
	switch {
	case c.Test != nil:
		return w.test(s, c.Test)
	case c.Related != nil:
		return w.related(s, c.Related, indent)
	case c.Member != nil:
		return w.member(s, c.Member)
	case c.Any != nil:
		return w.group(s, c.Any, "OR", "1 = 0", indent)
	case c.None != nil:
		some, err := w.group(s, c.None, "OR", "1 = 0", indent)
		return not(some), err
	default:
		return w.group(s, c.All, "AND", "1 = 1", indent)
	}
}

// group joins conditions, each on a line of its own.
func (w *writer) group(s scope, group []eddy.Condition, by, nothing string, indent int) (string, error) {
	parts := make([]string, len(group))
	for i := range group {
		part, err := w.condition(s, &group[i], indent+1)
		if err != nil {
			return "", err
		}
		parts[i] = part
	}
	switch len(parts) {
	case 0:
		return nothing, nil
	case 1:
		return parts[0], nil
	default:
		return "(" + strings.Join(parts, "\n"+strings.Repeat("  ", indent)+by+" ") + ")", nil
	}
}

// not holds where a condition is false or NULL.
func not(condition string) string { return "NOT COALESCE(" + condition + ", FALSE)" }

// related is whether the row's key is among those that the rows of the relation have, put together
// as it is asked for. A row without any is told by asking for the contrary: whose rows do not
// fulfil it.
func (w *writer) related(s scope, r *eddy.Related, indent int) (string, error) {
	rel := r.Relation
	if rel.Of != s.table {
		return "", refused("relation %s belongs to the rows of %s; this condition is about those of %s", "Use a relation of this table, or declare one on the source.", rel.Name, rel.Of, s.table)
	}
	columns, err := w.lookUp(rel.Table)
	if err != nil {
		return "", fmt.Errorf("relation %s: %w", rel.Name, err)
	}
	of := w.scoped(rel.Table, columns)
	theirs, err := of.pick(rel.Key, "relation "+rel.Name)
	if err != nil {
		return "", err
	}
	ours, err := s.pick(rel.OfKey, "relation "+rel.Name)
	if err != nil {
		return "", err
	}
	their, our := w.alike(of, theirs, s, ours)
	sub := "SELECT " + their + " FROM " + w.from(of) + " WHERE " + of.name(w, theirs) + " IS NOT NULL"
	if r.Where != nil {
		cond, err := w.condition(of, r.Where, indent+1)
		if err != nil {
			return "", err
		}
		sub += " AND " + cond
	}
	having, contrary, err := w.having(of, r)
	if err != nil {
		return "", err
	}
	if having != "" {
		sub += " GROUP BY " + of.name(w, theirs) + " HAVING " + having
	}
	in := our + " IN (" + sub + ")"
	if contrary {
		return not(in), nil
	}
	return in, nil
}

// having is what is asked of the rows of one key together, empty for nothing; contrary says that it
// is the contrary of what was asked for, because that is true of those who have no row.
func (w *writer) having(of scope, r *eddy.Related) (having string, contrary bool, err error) {
	if r.Aggregate == eddy.Exists {
		return "", r.Value == "false", nil
	}
	value, err := number(r.Value)
	if err != nil {
		return "", false, fmt.Errorf("relation %s: %w", r.Relation.Name, err)
	}
	expression := "COUNT(*)"
	if r.Aggregate != eddy.Count {
		c, err := of.pick(r.Column, "relation "+r.Relation.Name)
		if err != nil {
			return "", false, err
		}
		name, p := w.numeric(of.name(w, c), c)
		if p != eddy.NumberProperty {
			return "", false, refused("relation %s: %s of %q, which is no number but %s", "Name a column of numbers.", r.Relation.Name, r.Aggregate, c.Name, c.Type)
		}
		expression = map[eddy.Aggregate]string{eddy.Sum: "SUM", eddy.Average: "AVG", eddy.Least: "MIN", eddy.Most: "MAX"}[r.Aggregate] + "(" + name + ")"
	}
	op := r.Op
	// Nothing adds up to 0, also where there are rows whose numbers are missing.
	if r.Aggregate == eddy.Count || r.Aggregate == eddy.Sum {
		if r.Aggregate == eddy.Sum {
			expression = "COALESCE(" + expression + ", 0)"
		}
		if contrary = holdsOfZero(op, r.Value); contrary {
			op = opposite(op)
		}
	}
	return expression + " " + sign(op) + " " + value, contrary, nil
}

func opposite(op eddy.Op) eddy.Op {
	return map[eddy.Op]eddy.Op{
		eddy.Is: eddy.IsNot, eddy.IsNot: eddy.Is, eddy.Above: eddy.AtMost, eddy.AtMost: eddy.Above, eddy.AtLeast: eddy.Below, eddy.Below: eddy.AtLeast,
	}[op]
}

// sign is the comparison of an operator; empty for those that compare nothing.
func sign(op eddy.Op) string {
	return map[eddy.Op]string{eddy.Is: "=", eddy.IsNot: "<>", eddy.Above: ">", eddy.AtLeast: ">=", eddy.Below: "<", eddy.AtMost: "<="}[op]
}

// member is whether the record's id is among those of another model.
func (w *writer) member(s scope, m *eddy.Member) (string, error) {
	their := m.Model
	columns, err := warehouse.Describe(w.ctx, w.src, eddy.Model{Table: their.Table, SQL: their.SQL})
	if err != nil {
		return "", fmt.Errorf("connection %s: %w", m.Connection, err)
	}
	from := warehouse.From(w.src, their)
	switch {
	case their.Where != nil:
		sql, err := w.model(their, columns)
		if err != nil {
			return "", fmt.Errorf("connection %s: %w", m.Connection, err)
		}
		from = "(" + sql + ")"
	case their.Table != "" && w.Table != nil:
		from = w.Table(their.Table)
	}
	of := w.scoped("", columns)
	theirs, err := of.pick(m.Identifier, "connection "+m.Connection)
	if err != nil {
		return "", err
	}
	ours, err := s.pick(m.Own, "identifier")
	if err != nil {
		return "", err
	}
	key, our := w.alike(of, theirs, s, ours)
	in := our + " IN (SELECT " + key + " FROM " + from + " AS " + of.alias + " WHERE " + of.name(w, theirs) + " IS NOT NULL)"
	if m.Not {
		return not(in), nil
	}
	return in, nil
}

// alike are two columns so that they can be compared: as texts where their types differ.
func (w *writer) alike(a scope, of warehouse.Column, b scope, with warehouse.Column) (string, string) {
	x, y := a.name(w, of), b.name(w, with)
	if warehouse.PropertyOf(of) == warehouse.PropertyOf(with) && (of.Class == with.Class) {
		return x, y
	}
	return fmt.Sprintf(w.AsText, x), fmt.Sprintf(w.AsText, y)
}

// pick finds a column of the rows.
func (s scope) pick(name, at string) (warehouse.Column, error) {
	if i := slices.IndexFunc(s.columns, func(c warehouse.Column) bool { return c.Name == name }); i >= 0 {
		return s.columns[i], nil
	}
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.Name
	}
	mend := "It has " + strings.Join(names[:min(len(names), 20)], ", ") + "."
	if near, ok := eddy.Nearest(name, names); ok {
		mend = fmt.Sprintf("Did you mean %q?", near)
	}
	table := s.table
	if table == "" {
		table = "its model"
	}
	return warehouse.Column{}, refused("%s: %s has no column %q", mend, at, table, name)
}

// name is a column as an expression.
func (s scope) name(w *writer, c warehouse.Column) string {
	return s.alias + "." + warehouse.QuoteFor(w.src, c.Name)
}
