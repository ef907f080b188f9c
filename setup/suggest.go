package setup

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// suggestRows is how many rows suggestions are made from.
const suggestRows = 200

// Fit says how well a column fits a destination field. It holds numbers and reasons, never
// values (promise 10).
type Fit struct {
	Column, Field string
	// Confidence is from 0 to 1: what the name and the values together say.
	Confidence float64
	// Name is how far the column's name is one that this field's columns have.
	Name Likeness
	// Filled counts the sampled rows with a value, Valid those of which the destination could
	// use one.
	Filled, Valid int
	// Tens says that both are rounded down to tens.
	Tens bool
	// Reason is the most frequent reason of those it could not use.
	Reason string
}

// Likeness is how far a column's name is one that a field's columns have.
type Likeness int

// The likenesses.
const (
	Unlike Likeness = iota
	// InPart: billing_email_1 for email.
	InPart
	// Whole: email, emailAddress.
	Whole
)

// Why says, for people, what speaks for the column.
func (f Fit) Why() string {
	values := fmt.Sprintf("%d of %s can be used", f.Valid, eddy.Plural(int64(f.Filled), "sampled value"))
	switch {
	case f.Filled == 0 && f.Tens:
		values = "fewer than 10 of the sampled rows have a value in it"
	case f.Filled == 0:
		values = "it is empty in the sampled rows"
	}
	switch f.Name {
	case Whole:
		return "columns of this field are called so; " + values
	case InPart:
		return "a part of its name is what columns of this field are called; " + values
	default:
		return "its values look like this field; " + values
	}
}

// Rounded has counts in tens, for those who may not see values.
func (f Fit) Rounded() Fit {
	f.Filled, f.Valid, f.Tens = f.Filled/10*10, f.Valid/10*10, true
	return f
}

// Share is the part of the filled values that is valid; 1 where nothing is filled.
func (f Fit) Share() float64 {
	if f.Filled == 0 {
		return 1
	}
	return float64(f.Valid) / float64(f.Filled)
}

// Fitting is how the columns of a model fit the fields of a destination.
type Fitting struct {
	Columns []warehouse.Column
	// Rows is how many rows were looked at.
	Rows int
	// Fits has one entry for each column and field, in their order.
	Fits []Fit
	// Identifiers are the columns that could name records, as far as the sample tells: the
	// likeliest first.
	Identifiers []string
}

// Fit tells how the columns of a model fit the fields of a destination, by names and by a
// sample of some rows. An empty name is for who has no destination yet: then it is as for one of
// the first kind with its default settings.
func (s *Setup) Fit(ctx context.Context, source string, m eddy.Model, destinationName string) (out Fitting, err error) {
	fields, preparer, err := preparing(s, destinationName)
	if err != nil {
		return out, err
	}
	err = s.reading(ctx, source, m, func(src warehouse.Source, m eddy.Model, found []warehouse.Column) error {
		sampled, err := rows(ctx, src, found, warehouse.First(src, m, suggestRows), isTime)
		if err != nil {
			return err
		}
		out.Columns, out.Rows = found, len(sampled)
		for i, c := range found {
			for f := range fields {
				out.Fits = append(out.Fits, fit(fields, f, preparer, c, sampled, i))
			}
		}
		out.Identifiers = identifiers(found, sampled)
		return nil
	})
	return out, err
}

// preparing gives the fields of a destination, and what prepares their values.
func preparing(s *Setup, destinationName string) ([]destination.Field, destination.Preparer, error) {
	if destinationName == "" {
		kind := connectors.Destinations()[0]
		p, err := kind.Hashed(eddy.Upload{})
		return kind.Fields, p, err
	}
	d, err := s.OpenDestination(destinationName)
	if err != nil {
		return nil, nil, err
	}
	p, err := d.Preparer("")
	return d.Fields(), p, err
}

// identifiers are the columns without nulls and repeats among some rows, those first that
// are called an id or a key.
func identifiers(columns []warehouse.Column, rows [][]*string) (out []string) {
	for i, c := range columns {
		seen := map[string]bool{}
		for _, row := range rows {
			if row[i] == nil || seen[*row[i]] {
				break
			}
			seen[*row[i]] = true
		}
		if len(seen) == len(rows) && !isTime(c) {
			out = append(out, c.Name)
		}
	}
	rank := func(name string) int {
		w := words(name)
		switch {
		case slices.Equal(w, []string{"id"}):
			return 0
		case len(w) > 0 && slices.Contains([]string{"id", "key", "uuid"}, w[len(w)-1]):
			return 1
		default:
			return 2
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// isTime says that a column holds times.
func isTime(c warehouse.Column) bool {
	return c.Class == warehouse.Date || c.Class == warehouse.Timestamp || c.Class == warehouse.TimestampTZ
}

// fit tries the values of one column as one field.
func fit(fields []destination.Field, field int, p destination.Preparer, column warehouse.Column, rows [][]*string, at int) Fit {
	out := Fit{Column: column.Name, Field: fields[field].Name}
	if !nested(column.Type) {
		out.Name = likeness(column.Name, fields[field].Names)
	}
	values := make([]string, len(fields))
	reasons := map[string]int{}
	digests := 0
	var got destination.Prepared
	for _, row := range rows {
		if row[at] == nil || strings.TrimSpace(*row[at]) == "" {
			continue
		}
		out.Filled++
		values[field] = *row[at]
		p.Prepare(values, &got)
		if len(got.Identities) > 0 || !got.EffectiveAt.IsZero() || !got.ExpiresAt.IsZero() {
			out.Valid++
			digests += digest(*row[at])
			continue
		}
		reason := got.Invalid
		if len(got.Problems) > 0 {
			reason = got.Problems[0].Reason
		}
		reasons[reason]++
	}
	most := 0
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		if reasons[reason] > most {
			out.Reason, most = reason, reasons[reason]
		}
	}
	out.Confidence = confidence(out, fields[field].Telling && digests == 0 && !nested(column.Type))
	return out
}

// nested says that values of a type have parts with names of their own: such a column is
// nobody's address as a whole.
func nested(typ string) bool {
	typ = strings.ToLower(typ)
	return slices.ContainsFunc([]string{"json", "struct", "map", "hstore", "xml", "variant", "super"}, func(t string) bool { return strings.HasPrefix(typ, t) })
}

// digest counts a text that is a SHA-256 digest in hex: those fit every field alike.
func digest(text string) int {
	text = strings.TrimSpace(text)
	if len(text) == 64 && strings.Trim(strings.ToLower(text), "0123456789abcdef") == "" {
		return 1
	}
	return 0
}

// What a name or values are worth. A name wins over a stranger whose values pass as well or
// better; over a column that is empty, or whose values mostly cannot be used, a stranger wins.
const (
	byName     = 0.95
	byPart     = 0.8
	byValues   = 0.75
	nameEmpty  = 0.7
	partEmpty  = 0.6
	fewFaults  = 2   // so many faults say nothing of a column
	mostlyGood = 0.5 // the share of values to be of use
)

// confidence weighs the name against the values. A name alone is worth something where
// there are no values yet; values alone, where few others would pass.
func confidence(f Fit, telling bool) float64 {
	doubtful := f.Filled-f.Valid > fewFaults && f.Share() < mostlyGood
	switch {
	case f.Name == Unlike && (!telling || f.Filled == 0):
		return 0
	case f.Name == Unlike:
		return byValues * f.Share()
	case doubtful:
		return mostlyGood * f.Share()
	case f.Name == Whole && f.Filled == 0:
		return nameEmpty
	case f.Name == Whole:
		return byName
	case f.Filled == 0:
		return partEmpty
	default:
		return byPart
	}
}

// likeness says whether a column's name is one of a field's names, or has all the words of
// one in a row: emailAddress and billing_email_1 are e-mail addresses, mailing_list is none.
func likeness(column string, names []string) Likeness {
	have, best := words(column), Unlike
	for _, name := range names {
		want := strings.Split(name, "_")
		if slices.Equal(have, want) || strings.Join(have, "") == strings.Join(want, "") {
			return Whole
		}
		for i := range len(have) - len(want) + 1 {
			if slices.Equal(have[i:i+len(want)], want) {
				best = InPart
			}
		}
	}
	return best
}

// words takes a name apart at what is neither a letter nor a digit, and before a capital
// letter that follows a small one.
func words(name string) (out []string) {
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	var last rune
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || unicode.IsUpper(r) && unicode.IsLower(last) {
			flush()
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			word.WriteRune(r)
		}
		last = r
	}
	flush()
	return out
}

// sure is how confident a suggestion must be to fill a mapping by itself.
const sure = 0.5

// Choice is the column that a field is suggested to be filled from, and the one that would
// be the next.
type Choice struct {
	Fit
	// RunnerUp has no column where no other one comes into question.
	RunnerUp Fit
}

// Suggested is the mapping that the fits speak for: each field from its best column, each
// column in one field. The choices are in the order of the fields.
func Suggested(fits []Fit) (out []Choice) {
	best := slices.Clone(fits)
	slices.SortStableFunc(best, func(a, b Fit) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(b.Valid, a.Valid))
	})
	chosen, used := map[string]*Choice{}, map[string]bool{}
	for _, f := range best {
		if f.Confidence >= sure && chosen[f.Field] == nil && !used[f.Column] {
			chosen[f.Field], used[f.Column] = &Choice{Fit: f}, true
		}
	}
	for _, f := range best {
		if c := chosen[f.Field]; c != nil && c.RunnerUp.Column == "" && f.Column != c.Column && f.Confidence > 0 {
			c.RunnerUp = f
		}
	}
	for _, f := range fits {
		if c := chosen[f.Field]; c != nil {
			out = append(out, *c)
			delete(chosen, f.Field)
		}
	}
	return out
}
