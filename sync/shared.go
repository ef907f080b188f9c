package sync

import (
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// A value that stands in more than one of so many rows, and in more than so many rows, is
// hardly a person's own: a shop's telephone, or what somebody wrote for want of another.
const (
	sharedOneIn = 100
	sharedRows  = 100
)

// To count the values of all rows costs a run as much as everything else it does, or twice as
// much: a group for each text and one for each form, of which most are of one row. So a sample
// says which fields have such a value at all, and only their values are counted. A value that
// one row in a hundred has comes forty times in a sample of four thousand, and fewer than
// sampleHits times in one of half a million.
const (
	sampleRows = 4000
	sampleHits = 15
)

// shared is how widely values of a field are shared.
type shared struct {
	field int
	// values are how many stand in more rows than is usual, and most in how many rows the
	// commonest of them does; over are those that stand in more rows than are allowed.
	values, over int
	most         int64
}

// counting counts in how many rows values stand.
type counting struct{ *flow }

// refuse finds the values that many of the staged rows share, warns of them, and refuses the
// run where one stands in more rows than max_shared. Nothing was sent by then. of stands before
// the number of rows, where that is not all.
//
// The limit is of the model alone, and holds in each run, whatever was sent before: a run is
// refused as a whole. To leave the value out of its rows instead would have a row that comes
// or goes change what all others are sent as.
func (f counting) refuse(ctx context.Context, of string) error {
	rows, most := f.staged.Rows, int64(f.job.Connection.Settings.MaxShared)
	usual := max(sharedRows, rows/sharedOneIn)
	least := usual
	if most > 0 {
		least = min(usual, most)
	}
	if rows <= least {
		return nil
	}
	fields := f.identityFields()
	if most == 0 {
		var err error
		if fields, err = f.sample(ctx, fields); err != nil {
			return fmt.Errorf("look for shared values: %w", err)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	wide, err := f.countRows(ctx, fields, least)
	if err != nil {
		return fmt.Errorf("count shared values: %w", err)
	}
	total := of + eddy.Thousands(rows)
	var refused, mend []string
	for _, s := range tallyShared(wide, usual, most) {
		if s.over > 0 {
			refused = append(refused, f.stand(s.field, s.over, most, s.most, total))
			mend = append(mend, f.mendShared(s.field))
			continue
		}
		f.run.Warnings = append(f.run.Warnings, eddy.Warning{
			Reason: f.stand(s.field, s.values, usual, s.most, total), Count: s.most,
			Mend: f.mendShared(s.field) + " Set max_shared in the settings to have such runs refused.",
		})
	}
	if len(refused) == 0 {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeSource,
		What: fmt.Sprintf("%s; max_shared is %s", strings.Join(refused, "; "), eddy.Thousands(most)),
		Mend: strings.Join(mend, " ") + " Or raise max_shared in the settings. Nothing was sent.",
	}
}

// warn says which identities of those who leave so many versions that stay share that not
// all of these are sent again.
func (f counting) warn(sharers map[identity]int64) {
	for _, s := range tallyShared(sharers, assertedAtMost, 0) {
		text := fmt.Sprintf("1 %s of those who leave stands in %s rows that stay", f.noun(s.field), eddy.Thousands(s.most))
		if s.values > 1 {
			text = fmt.Sprintf("%s %ss of those who leave stand in more than %s rows each that stay, the commonest in %s",
				eddy.Thousands(int64(s.values)), f.noun(s.field), eddy.Thousands(assertedAtMost), eddy.Thousands(s.most))
		}
		f.run.Warnings = append(f.run.Warnings, eddy.Warning{
			Reason: text + "; " + eddy.Thousands(assertedAtMost) + " of them are sent again for it", Count: s.most, Mend: f.mendShared(s.field),
		})
	}
}

// stand says in how many rows values of a field stand.
func (f counting) stand(field, values int, least, most int64, total string) string {
	if values == 1 {
		return fmt.Sprintf("1 %s stands in %s of %s rows", f.noun(field), eddy.Thousands(most), total)
	}
	return fmt.Sprintf("%s %ss stand in more than %s rows each, the commonest in %s of %s",
		eddy.Thousands(int64(values)), f.noun(field), eddy.Thousands(least), eddy.Thousands(most), total)
}

// noun is a field as people call it.
func (f counting) noun(field int) string { return strings.ReplaceAll(f.fields[field].Name, "_", " ") }

// mendShared says how to find a value that many rows share: it is never shown (promise 10).
func (f counting) mendShared(field int) string {
	i := slices.IndexFunc(f.model.Mapped, func(m warehouse.Selected) bool { return m.As == f.fields[field].Name })
	if i < 0 {
		return "" // it was mapped before
	}
	if c := f.model.Mapped[i].Column; c != nil {
		return fmt.Sprintf("It is hardly one person's own. To find it, group the model by its column %s and count. Leave it out of the model with a condition.", c.Name)
	}
	return fmt.Sprintf("The mapping gives each row the same %s: map a column.", f.noun(field))
}

// identityFields are the mapped fields that match people.
func (f counting) identityFields() (out []int) {
	for i, x := range f.fields {
		if x.Identity && slices.ContainsFunc(f.model.Mapped, func(m warehouse.Selected) bool { return m.As == x.Name }) {
			out = append(out, i)
		}
	}
	return out
}

// counter counts in how many rows identities stand, by their hash.
type counter struct {
	prepare destination.Preparer
	seed    maphash.Seed
	one     []string
	out     destination.Prepared
	rows    map[identity]int64
}

// identity is one of a field, by its hash.
type identity struct {
	field int
	hash  uint64
}

func (f counting) newCounter() *counter {
	return &counter{prepare: f.prepare.now, seed: maphash.MakeSeed(), one: make([]string, len(f.fields)), rows: map[identity]int64{}}
}

// add takes in a field's text that stands in so many rows.
func (c *counter) add(field int, text string, rows int64) {
	c.one[field] = text
	c.prepare.Prepare(c.one, &c.out)
	c.one[field] = ""
	for _, id := range c.out.Identities {
		c.rows[identity{field, maphash.Bytes(c.seed, id.Value)}] += rows
	}
}

// sample says which of some fields may have a value that more rows share than usual.
func (f counting) sample(ctx context.Context, fields []int) (out []int, err error) {
	c := f.newCounter()
	err = f.staged.EachSampled(ctx, sampleRows, func(_ string, values []string) error {
		for _, field := range fields {
			if values[field] != "" {
				c.add(field, values[field], 1)
			}
		}
		return nil
	})
	for id, rows := range c.rows {
		if rows >= sampleHits && !slices.Contains(out, id.field) {
			out = append(out, id.field)
		}
	}
	slices.Sort(out)
	return out, err
}

// countRows counts the rows of each identity that stands in more than so many. It keeps no
// others but those of one canonical form at a time.
func (f counting) countRows(ctx context.Context, fields []int, least int64) (map[identity]int64, error) {
	wide, c := map[identity]int64{}, f.newCounter()
	var at ledger.Text
	take := func() {
		for id, rows := range c.rows {
			if rows > least { // with a part of a list's values it may be told again, and in fewer rows
				wide[id] = max(wide[id], rows)
			}
		}
		clear(c.rows)
	}
	err := f.staged.EachShared(ctx, fields, least, func(t ledger.Text) error {
		if t.Field != at.Field || t.Form != at.Form {
			take()
			at = t
		}
		c.add(t.Field, t.Text, t.Rows)
		return nil
	})
	take()
	return wide, err
}

// tallyShared sums up by field what stands in more rows than usual, or than most allows; 0
// allows all.
func tallyShared(wide map[identity]int64, usual, most int64) (out []shared) {
	for id, rows := range wide {
		i := slices.IndexFunc(out, func(s shared) bool { return s.field == id.field })
		if i < 0 {
			i, out = len(out), append(out, shared{field: id.field})
		}
		s := &out[i]
		s.most = max(s.most, rows)
		if rows > usual {
			s.values++
		}
		if most > 0 && rows > most {
			s.over++
		}
	}
	out = slices.DeleteFunc(out, func(s shared) bool { return s.values == 0 && s.over == 0 })
	slices.SortFunc(out, func(a, b shared) int { return a.field - b.field })
	return out
}
