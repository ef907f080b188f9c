package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// ReasonExpired is the reason of records whose own end has passed.
const ReasonExpired = "expires_at has passed"

// CompareOptions say what a run wants of the comparison.
type CompareOptions struct {
	Mode eddy.SyncMode
	// Full sends every row again.
	Full bool
	// Now is the run's moment; RenewBefore is until when memberships may not lapse.
	Now, RenewBefore time.Time
	// Lapses is when a membership without its own end lapses if sent now.
	Lapses time.Time
	// MaxAttempts is how often a refused row, or removal, is sent before it rests; less
	// than 1 is 1.
	MaxAttempts int
	// Feed is the audience whose members are compared.
	Feed Feed
}

// clockSlack is by how many days a lapse may be later than one that begins now: months
// differ in length, and clocks are put right by a little.
const clockSlack = 7

// moment is when a comparison takes place.
type moment struct {
	now, lapses string
}

// until is when the audience lets a version go that ends at its own time, or at none.
func (m moment) until(w *writer, expires string) string {
	lapses := warehouse.QuoteText(m.lapses)
	if expires == "" {
		return lapses
	}
	return fmt.Sprintf("CASE WHEN %s BETWEEN %s AND %s THEN %s ELSE %[3]s END", w.bytes(expires), warehouse.QuoteText(epoch), lapses, expires)
}

// epoch begins the times that end a membership. Before it nobody's did: such a time is told
// by the destination, as a text that is no time, and ends nothing.
const epoch = "1970"

// wanted says that a version is not over: 1, or 0.
func (m moment) wanted(w *writer, expires string) string {
	if expires == "" {
		return "1"
	}
	return fmt.Sprintf("CASE WHEN %s LIKE %s AND %s BETWEEN %s AND %s THEN 0 ELSE 1 END",
		expires, warehouse.QuoteText(isoPattern), w.bytes(expires), warehouse.QuoteText(epoch), warehouse.QuoteText(m.now))
}

// comparison is what the template of the comparison reads.
type comparison struct {
	staging
	// Into is the table to make, and Create begins the statement that makes it.
	Create, Into string
	// Held is what to compare with; nil when that is nothing.
	Held *chain
	// Frozen says that the model contradicts itself about some records, Upsert that records
	// without a row stay, Kept that either is so.
	Frozen, Upsert, Kept bool
	// Only takes in none but the records that have an identity of a list.
	Only bool
	// Settings is the number of the settings that this run prepares values with.
	Settings    int
	MaxAttempts int
	// Full is 1 when every row is sent again.
	Full int
	// RenewBefore is until when no membership may lapse, Beyond after when none can.
	RenewBefore, Beyond string
	Expired             string
	moment              moment
}

// values are the columns of a version: what is held, or the model's row.
func (c comparison) values(w *writer) string {
	null := "CAST(NULL AS " + w.d.Text + ")"
	if c.Held == nil {
		return list(w.columns(), func(f column) string {
			if c.mapped(f.Name) {
				return w.form.value(f, "s."+f.Column) + " AS " + f.Column
			}
			return null + " AS " + f.Column
		})
	}
	return lines(w.columns(), ",\n    ", func(f column) string {
		switch {
		case c.mapped(f.Name) && w.form.apart:
			return "s." + f.Column
		case c.mapped(f.Name):
			return fmt.Sprintf("CASE WHEN h.record_id IS NULL THEN s.%s ELSE h.%[1]s END AS %[1]s", f.Column)
		case w.form.apart:
			return null + " AS " + f.Column
		default:
			// Where the model's rows have a column of that name, too, an engine may keep the prefix.
			return "h." + f.Column + " AS " + f.Column
		}
	})
}

// planned are the columns of a version as the changes keep them. Digests of what is held are
// looked up for the few versions that are due: the comparison does not carry them along.
func (c comparison) planned(w *writer) string {
	if !w.form.apart {
		return list(w.columns(), func(f column) string { return "d." + f.Column })
	}
	return lines(w.columns(), ",\n  ", func(f column) string {
		if !c.mapped(f.Name) {
			return "v." + f.Column
		}
		return fmt.Sprintf("CASE WHEN v.record_id IS NULL THEN %s ELSE v.%s END AS %[2]s", w.form.value(f, "d."+f.Column), f.Column)
	})
}

// same says that the model's row and a held version are one version.
func (c comparison) same(w *writer) string { return w.form.same(w, c) }

// staged are the columns of the model's rows.
func (c comparison) staged(w *writer) string {
	var b strings.Builder
	for _, f := range w.columns() {
		switch {
		case c.mapped(f.Name):
			fmt.Fprintf(&b, ", %s AS %s", c.text(w, f), f.Column)
		case c.Kept:
			fmt.Fprintf(&b, ", CAST(NULL AS %s) AS %s", w.d.Text, f.Column)
		}
	}
	return b.String()
}

// text is a staged field as the ledger compares it: times that somebody wrote as texts
// have the one form that SQL can compare.
func (c comparison) text(w *writer, f column) string {
	for _, t := range c.times {
		if t.At == f.At {
			return fmt.Sprintf("CASE WHEN t%d.v IS NOT NULL THEN t%[1]d.iso ELSE m.%s END", f.At, f.Column)
		}
	}
	if !f.Identity {
		return w.form.time(f, "m."+f.Column)
	}
	return "m." + f.Column
}

// expires is the text of the field that ends a membership; empty when none is mapped.
func (c comparison) expires(w *writer) string {
	for _, f := range w.columns() {
		if f.Ends && c.mapped(f.Name) {
			return c.text(w, f)
		}
	}
	return ""
}

// own are the columns of the model's rows beside their texts. What is the same for all of
// them is not among them: it would be carried through the join a million times.
func (c comparison) own(w *writer) string {
	var b strings.Builder
	if c.Kept || w.form.apart {
		b.WriteString(", " + w.form.fingerprint(w, c.Model) + " AS fingerprint")
	}
	if expires := c.expires(w); c.ends(w) {
		fmt.Fprintf(&b, ", %s AS until, %s AS wanted", c.moment.until(w, expires), c.moment.wanted(w, expires))
	}
	if c.Kept {
		fmt.Fprintf(&b, ", %d AS settings, 1 AS present", c.Settings)
	}
	return b.String()
}

// ends says that the model's rows may end at times of their own.
func (c comparison) ends(w *writer) bool { return c.Kept || c.expires(w) != "" }

// either is a column of the model's rows, or what it is for all of them.
func (c comparison) either(column bool, name, constant string) string {
	if column {
		return name
	}
	return constant
}

// lapsing says that a held version is to be renewed. A lapse that no run could have written
// by now is of a clock that was set back since: nobody knows when such a member lapses.
func (c comparison) lapsing(w *writer) string {
	until := w.bytes("h.until")
	gains := ""
	if c.ends(w) {
		gains = " AND " + until + " < s.until"
	}
	return fmt.Sprintf("(%s < %s%s OR %[1]s > %[4]s)", until, warehouse.QuoteText(c.RenewBefore), gains, warehouse.QuoteText(c.Beyond))
}

// keptValues are the columns of a version that a record keeps.
func (c comparison) keptValues(w *writer) string {
	return ", " + list(w.columns(), func(f column) string { return "k." + f.Column })
}

// Compare makes the changes of a run: the versions of each record of which something is
// due. Nothing has been sent by then, and nothing is when it fails.
func (s *Staged) Compare(ctx context.Context, o CompareOptions) (*Changes, error) {
	l := s.l
	held, err := l.whole(ctx, o.Feed)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if held == nil && l.heldBy(o.Feed, "") != nil {
		// It is lost, and a person said to go on: from this run on nothing is held.
		if err := l.Bring(ctx, o.Feed, nil, func(func(Version) bool) {}); err != nil {
			return nil, err
		}
		held = l.heldBy(o.Feed, "")
	}
	c := comparison{
		staging: s.staging, Create: l.create(), Into: l.making(kindChanges, l.run), Held: held,
		Frozen: s.Conflicts > 0, Upsert: o.Mode == eddy.Upsert, Settings: s.settings, MaxAttempts: max(o.MaxAttempts, 1), Expired: ReasonExpired,
		moment: moment{now: o.Now.UTC().Format(isoLayout), lapses: o.Lapses.UTC().Format(isoLayout)},
	}
	c.Kept = c.Held != nil && (c.Frozen || c.Upsert)
	if o.Full {
		c.Full = 1
	}
	c.RenewBefore, c.Beyond = o.RenewBefore.UTC().Format(isoLayout), o.Lapses.AddDate(0, 0, clockSlack).UTC().Format(isoLayout)
	out, err := s.changes(ctx, c, o.Feed)
	if err == nil && held == nil { // then every row is new, and there is nothing to look at
		out.reported = []Line{{Operation: string(eddy.Insert), Status: "delivered", Count: out.rows, Present: out.rows}}
	}
	return out, err
}

// changes carries out a comparison.
func (s *Staged) changes(ctx context.Context, c comparison, feed Feed) (*Changes, error) {
	l := s.l
	n, err := l.remake(ctx, "compare", c.Into, l.render("compare.sql", c))
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	out := &Changes{l: l, staged: s, compared: c, feed: feed, rows: n}
	out.part = part{Run: l.run, Changes: c.Into, Answered: everything(), Clean: true}
	return out, nil
}

// OptOuts drops the changes, which are not to be sealed, and gives of them those of the records
// that have an identity of a list: the run names no others, so that these stay as they are.
func (c *Changes) OptOuts(ctx context.Context) (*Changes, error) {
	l, tables := c.l, []string{c.Changes}
	if c.Exceptions != "" {
		tables = append(tables, c.Exceptions)
	}
	if err := l.dropAll(ctx, "drop", "TABLE", tables); err != nil {
		return nil, err
	}
	only := c.compared
	only.Only, only.Into = true, l.making(kindChanges, l.run)
	return c.staged.changes(ctx, only, c.feed)
}
