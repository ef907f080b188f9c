package api

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/sync"
	"github.com/eddy-retl/eddy/warehouse"
)

// What somebody without the right to see raw values is told of rows (promise 10) is decided here
// and nowhere else. SQL can spell any value in whatever is shown row by row: in letters, in
// lengths, in nulls, in the order of rows and in the names of columns. So no row is told of, and of
// a column only what the columns of the warehouse have in common, never what an expression made.

// few is the least number of different values of which anything is told.
const few = 5

// Seen is what is told of a column's values in place of them.
type Seen struct {
	// Nulls says how many of the rows that were looked at have no value.
	Nulls string `json:"nulls" enum:"none,some,all"`
	// Kind is what the values are, Valid whether they would be valid as that.
	Kind  string `json:"kind" enum:"e-mail,phone number,number,time,digest,text,mixed"`
	Valid string `json:"valid" enum:"none,some,all"`
	// Length is the class of the values' lengths, in characters.
	Length string `json:"length" enum:"1 to 8,9 to 64,more than 64,mixed"`
}

// seen is what is told of the i-th column of a sample; nil where that is nothing.
func seen(s setup.Sample, i int) *Seen {
	if s.Columns[i].Made {
		return nil
	}
	values, nulls, valid := map[string]bool{}, 0, 0
	var kind, length string
	for _, row := range s.Rows {
		if row[i] == nil {
			nulls++
			continue
		}
		k, ok := kindOf(strings.TrimSpace(*row[i]))
		if ok {
			valid++
		}
		kind, length = common(kind, k), common(length, lengthOf(*row[i]))
		values[*row[i]] = true
	}
	if len(values) < few {
		return nil
	}
	return &Seen{Nulls: share(nulls, len(s.Rows)), Kind: kind, Valid: share(valid, len(s.Rows)-nulls), Length: length}
}

func common(so, now string) string {
	if so == "" || so == now {
		return now
	}
	return "mixed"
}

func share(n, of int) string {
	switch n {
	case 0:
		return "none"
	case of:
		return "all"
	default:
		return "some"
	}
}

func lengthOf(text string) string {
	switch n := utf8.RuneCountInString(text); {
	case n <= 8:
		return "1 to 8"
	case n <= 64:
		return "9 to 64"
	default:
		return "more than 64"
	}
}

// kindOf says what a text looks like, and whether it would be valid as that.
func kindOf(text string) (kind string, valid bool) {
	digits := strings.Count(strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '0'
		}
		return r
	}, text), "0")
	local, domain, at := strings.Cut(text, "@")
	_, notTime := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))])
	switch {
	case text == "":
		return "text", false
	case at:
		return "e-mail", local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(text, " \t")
	case len(text) == 64 && strings.Trim(strings.ToLower(text), "0123456789abcdef") == "":
		return "digest", true
	case notTime == nil:
		return "time", true
	case digits >= 7 && strings.Trim(text, "+0123456789 ()-./") == "" && strings.ContainsAny(text, "+ ()-/"):
		return "phone number", digits <= 15
	case digits > 0 && strings.Trim(text, "+-0123456789.,") == "":
		return "number", true
	default:
		return "text", true
	}
}

// column is a column as it is told: to those who may not see values, without a name or a
// type that may be made of them.
func column(c warehouse.Column, i int, raw bool) NamedColumn {
	if raw {
		return NamedColumn{Name: c.Name, Type: c.Type}
	}
	out := NamedColumn{Name: c.Name, Type: strings.TrimSpace(strings.SplitN(c.Type, "(", 2)[0])}
	if c.Loose {
		out.Name = fmt.Sprintf("column %d", i+1)
	}
	return out
}

// fewer hides a number of different values that is not none and below few; nil stands for it.
func fewer(n int64, raw bool) *int64 {
	if !raw && n > 0 && n < few {
		return nil
	}
	return &n
}

// veilPlan takes record ids and small numbers of values out of a plan: anybody who may plan chooses
// which column names the records.
func veilPlan(p *sync.Plan, raw bool) {
	if raw {
		return
	}
	for i := range p.Samples {
		p.Samples[i].RecordID = ""
	}
	noIDs(p.Errors)
	for i := range p.Fields {
		if p.Fields[i].Shared != nil {
			p.Fields[i].Shared = fewer(*p.Fields[i].Shared, false)
		}
		noIDs(p.Fields[i].Invalid)
	}
}

func noIDs(errors []eddy.RunError) {
	for i := range errors {
		errors[i].SampleIDs = []string{}
	}
}

// veilAnswer takes out of an answer the record ids that were not in the question.
func veilAnswer(a *sync.Answer, asked string, raw bool) {
	hide := func(id *string) {
		if !raw && *id != asked {
			*id = ""
		}
	}
	for i := range a.Rows {
		hide(&a.Rows[i].RecordID)
	}
	for i := range a.Held {
		hide(&a.Held[i].RecordID)
	}
	for i := range a.Log {
		hide(&a.Log[i].PrimaryKey)
	}
}

// veilFits rounds what is told of how columns fit, and leaves out those whose names may be made of values.
func veilFits(f *setup.Fitting, raw bool) {
	if raw {
		return
	}
	loose := map[string]bool{}
	columns := f.Columns
	f.Columns = nil
	for _, c := range columns {
		if loose[c.Name] = c.Loose; !c.Loose {
			f.Columns = append(f.Columns, c)
		}
	}
	var fits []setup.Fit
	for _, x := range f.Fits {
		if !loose[x.Column] {
			fits = append(fits, x.Rounded())
		}
	}
	f.Fits = fits
	var identifiers []string
	for _, name := range f.Identifiers {
		if !loose[name] {
			identifiers = append(identifiers, name)
		}
	}
	f.Identifiers = identifiers
}
