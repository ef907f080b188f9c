package sync

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// toldColumns is how many columns of a kind a message names.
const toldColumns = 10

// describe is what the ledger remembers of a model's columns. Where names may be made of
// values it remembers none (promise 10).
func describe(columns []warehouse.Column) []ledger.Column {
	if slices.ContainsFunc(columns, func(c warehouse.Column) bool { return c.Loose || looksLikeValue(c.Name) }) {
		return nil
	}
	out := make([]ledger.Column, len(columns))
	for i, c := range columns {
		out[i] = ledger.Column{Name: c.Name, Type: c.Type}
	}
	return out
}

// watchColumns tells which columns of the model came, went or have another type since the
// last run, before anything is sent.
func (f *flow) watchColumns() {
	before := f.l.Columns()
	f.l.SetColumns(f.model.Columns)
	if len(before) == 0 || len(f.model.Columns) == 0 {
		return
	}
	was, is := typesOf(before), typesOf(f.model.Columns)
	var came, went, turned []string
	for _, c := range f.model.Columns {
		switch typ, known := was[c.Name]; {
		case !known:
			came = append(came, c.Name+" ("+c.Type+")")
		case typ != c.Type:
			turned = append(turned, c.Name+" from "+typ+" to "+c.Type)
		}
	}
	for _, c := range before {
		if _, known := is[c.Name]; !known {
			went = append(went, c.Name+" ("+c.Type+")")
		}
	}
	var parts []string
	for _, p := range []struct {
		what  string
		names []string
	}{{"new: ", came}, {"gone: ", went}, {"of another type: ", turned}} {
		if len(p.names) > toldColumns {
			p.names = append(p.names[:toldColumns:toldColumns], fmt.Sprintf("and %d more", len(p.names)-toldColumns))
		}
		if len(p.names) > 0 {
			parts = append(parts, p.what+strings.Join(p.names, ", "))
		}
	}
	if len(parts) == 0 {
		return
	}
	text := "the model's columns are not those of the last run: " + strings.Join(parts, "; ")
	f.note(text)
	f.run.Warnings = append(f.run.Warnings, eddy.Warning{
		Reason: text, Count: int64(len(came) + len(went) + len(turned)),
		Mend: "Look at the mapping: what it names is still there.",
	})
}

func typesOf(columns []ledger.Column) map[string]string {
	out := make(map[string]string, len(columns))
	for _, c := range columns {
		out[c.Name] = c.Type
	}
	return out
}

// successor is the column that most likely took the place of one which is gone: one whose
// name has few slips, else one whose name has the other in it, the shortest first.
func successor(name string, columns []string) (string, bool) {
	if near, ok := eddy.Nearest(name, columns); ok {
		return near, true
	}
	const least = 3 // letters that say something
	small, best := strings.ToLower(name), ""
	for _, c := range columns {
		other := strings.ToLower(c)
		if min(len(other), len(small)) < least || !strings.Contains(other, small) && !strings.Contains(small, other) {
			continue
		}
		if best == "" || len(c) < len(best) {
			best = c
		}
	}
	return best, best != ""
}
