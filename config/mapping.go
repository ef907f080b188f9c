package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// readMapping reads which destination field is filled from what, in the file's order.
func readMapping(v value, kind Kind) eddy.Mapping {
	const write = "write one line for each field, such as email: email_column"
	if !v.required(write) {
		return nil
	}
	if v.n.kind != mapping {
		v.mismatch("a mapping of fields to columns", write)
		return nil
	}
	if len(kind.Fields) > 0 {
		for _, p := range unknown(v, kind.Fields) {
			mend := meant(p.key, kind.Fields)
			if _, near := eddy.Nearest(p.key, kind.Fields); !near && slices.Contains(kind.Fields, p.value.text) && visible(p.key) == p.key {
				mend = fmt.Sprintf("write %s: %s, the field first and then its column", p.value.text, p.key)
			}
			p.isUnknown(v, mend)
		}
	}
	var m eddy.Mapping
	for _, p := range v.n.pairs {
		if f, ok := readField(v.get(p.key), p.key); ok {
			m = append(m, f)
		}
	}
	checkIdentifies(v, kind)
	return m
}

// checkIdentifies refuses a mapping that could match nobody.
func checkIdentifies(v value, kind Kind) {
	if len(v.n.pairs) == 0 {
		v.problem("map at least one of "+strings.Join(kind.Fields, ", "), "maps no field")
		return
	}
	known := func(p pair) bool { return slices.Contains(kind.Fields, p.key) }
	identity := func(p pair) bool { return slices.Contains(kind.Identities, p.key) }
	// An unknown key may be a misspelt identity: it was reported, and is enough to mend.
	if len(kind.Identities) > 0 && !slices.ContainsFunc(v.n.pairs, identity) &&
		!slices.ContainsFunc(v.n.pairs, func(p pair) bool { return !known(p) }) {
		v.problem("map at least one of "+strings.Join(kind.Identities, ", "), "maps no field that people are matched by")
	}
}

// readField reads what fills one field: a column's name, {column: ...} or {constant: ...}.
func readField(v value, name string) (eddy.FieldMapping, bool) {
	const write = `write a column's name, or {constant: "..."} for a fixed value`
	f := eddy.FieldMapping{Field: name}
	if !v.present() {
		v.problem(write, "has no value")
		return f, false
	}
	if v.n.kind == list {
		v.mismatch("a column", write)
		return f, false
	}
	if v.n.kind != mapping {
		t, ok := v.filled()
		f.Column = t.string
		return f, ok
	}
	v.keys("column", "constant")
	column, constant := v.get("column"), v.get("constant")
	switch {
	case column.n != nil && constant.n != nil:
		constant.problem("remove one of them", "a field takes a column or a constant, not both")
		return f, false
	case column.n != nil:
		f.Column = column.need("")
		return f, f.Column != ""
	case constant.n != nil:
		s := constant.need("")
		f.Constant = &s
		return f, s != ""
	default:
		v.problem(write, "says neither column nor constant")
		return f, false
	}
}
