package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// ReasonSuppressed is the reason of records that have an identity of a list of people who want
// to be in no audience.
const ReasonSuppressed = "suppressed"

// List is a list of identities, staged for as long as it is asked about.
type List struct {
	s      *Staged
	table  string
	listed []column
}

// list is one whose table is still to be made. That of the list before it is dropped.
func (s *Staged) list(ctx context.Context, mapped []warehouse.Selected) (*List, error) {
	l := s.l
	out := &List{s: s, table: l.making(kindList, l.run)}
	for _, c := range l.columns() {
		if slices.ContainsFunc(mapped, func(x warehouse.Selected) bool { return x.As == c.Name }) {
			out.listed = append(out.listed, c)
		}
	}
	err := l.dropAll(ctx, "stage list", "TABLE", []string{out.table})
	l.making(kindList, l.run)
	return out, err
}

// StageList reads a list that lies beside the model, at one moment. Its columns are named after
// the fields that they have identities of.
func (s *Staged) StageList(ctx context.Context, src warehouse.Source, m eddy.Model, mapped []warehouse.Selected) (*List, error) {
	out, err := s.list(ctx, mapped)
	if err == nil {
		_, err = src.Stage(warehouse.WithComment(ctx, s.l.comment("stage list")), s.l.e, out.table, mapped, m)
	}
	return out, err
}

// LoadList takes in a list that was read elsewhere, as it is sent: values by their fields.
func (s *Staged) LoadList(ctx context.Context, mapped []warehouse.Selected, values func(yield func(field int, value string) bool)) (*List, error) {
	out, err := s.list(ctx, mapped)
	if err != nil {
		return nil, err
	}
	l := s.l
	var names []string
	for _, c := range out.listed {
		names = append(names, c.Name)
	}
	columns := list(out.listed, func(c column) string { return c.Column + " " + l.d.Text })
	if _, err := l.exec(ctx, "stage list", l.d.Scratch()+out.table+" ("+columns+")"); err != nil {
		return nil, err
	}
	n := int64(0)
	err = l.e.Load(ctx, out.table, names, func(yield func([]any) bool) {
		for field, value := range values {
			row := make([]any, len(names))
			row[slices.Index(names, l.fields[field].Name)] = value
			n++
			if !yield(row) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, l.counted(ctx, out.table, n)
}

// Each streams the list: one text for each field ("" where not mapped), valid during the call.
func (x *List) Each(ctx context.Context, each func(values []string) error) error {
	values := make([]string, len(x.s.l.fields))
	return x.s.l.query(ctx, "read list", x.s.l.render("list", x.search(nil, nil)), func(row [][]byte) error {
		for i, c := range x.listed {
			values[c.At] = string(row[i])
		}
		return each(values)
	})
}

// listSearch is what the templates of the search read.
type listSearch struct {
	staging
	List string
	// Listed are the fields of the list, and Searched those of them that the model fills.
	Listed, Searched []losing
	Held             *chain
	Frozen           bool
}

func (x *List) search(kinds []Losing, held *chain) listSearch {
	q := listSearch{staging: x.s.staging, List: x.table, Held: held, Frozen: x.s.Conflicts > 0}
	for _, c := range x.listed {
		f := losing{column: c, Losing: Losing{Field: c.At}}
		for _, k := range kinds {
			if k.Field == c.At {
				f.Losing = k
			}
		}
		q.Listed = append(q.Listed, f)
		if x.s.mapped(c.Name) {
			q.Searched = append(q.Searched, f)
		}
	}
	return q
}

// EachCandidate streams what may have an identity of the list, by the canonical forms: rows of
// the model, whose settings are today's, and versions that may be in the audience, with whether the
// model says nothing clear about their record, so that it may keep them. kinds say which fields of
// the list have texts, and which have digests.
func (x *List) EachCandidate(ctx context.Context, feed Feed, kinds []Losing, row func(id string, v Values) error, version func(id string, unclear bool, v Values) error) error {
	l := x.s.l
	held, err := l.whole(ctx, feed)
	if err != nil {
		return err
	}
	q := x.search(kinds, held)
	v := Values{Texts: make([]string, len(l.fields))}
	if len(q.Searched) > 0 {
		var at []int
		for _, m := range x.s.Model.Mapped {
			at = append(at, slices.IndexFunc(l.fields, func(f eddy.Field) bool { return f.Name == m.As }))
		}
		err := l.query(ctx, "find who is listed", l.render("stage_listed", q), func(r [][]byte) error {
			for i, j := range at {
				v.Texts[j] = string(r[1+i])
			}
			return row(string(r[0]), v)
		})
		if err != nil {
			return err
		}
	}
	if held == nil {
		return nil
	}
	clear(v.Texts)
	return l.query(ctx, "find who is listed", l.render("held_listed", q), func(r [][]byte) error {
		v.read(r[1:])
		return version(string(r[0]), number(r[2+len(l.fields)]) == 1, v)
	})
}

// rowColumns lists the staged columns of a row behind the record id.
func (s staging) rowColumns(w *writer, prefix string) string {
	var b strings.Builder
	for _, c := range s.columnsOfStage(w.d.Quote) {
		b.WriteString(", " + prefix + c)
	}
	return b.String()
}

// Wish says what a record wants that has an identity of a list.
type Wish int

// The wishes.
const (
	// WantsRow: the identity is of a version that was sent before, and its row of now has none.
	WantsRow Wish = iota + 1
	// WantsNothing: the row has one, or what the record would keep.
	WantsNothing
)

// IsSuppressed says that a record wants nothing because of a list.
func (s *Staged) IsSuppressed(id string) bool { return s.suppressed[id] == WantsNothing }

// IsListed says that a record has an identity of a list: what leaves of it does because of that.
func (s *Staged) IsListed(id string) bool { return s.suppressed[id] != 0 }

// Suppress takes in who has an identity of a list, and counts anew who else wants nothing. What
// leaves of them never rests: an opt-out is carried out, however often it was refused.
func (s *Staged) Suppress(ctx context.Context, ids map[string]Wish) error {
	if s.suppressed = ids; len(ids) == 0 {
		return nil
	}
	l := s.l
	out := l.making(kindSuppressed, l.run)
	if l.dry {
		if err := l.dropAll(ctx, "suppress", "TABLE", []string{out}); err != nil {
			return err
		}
		l.making(kindSuppressed, l.run)
	}
	if _, err := l.exec(ctx, "suppress", fmt.Sprintf("%s%s (record_id %s, wants INTEGER)", l.d.Scratch(), out, l.d.Text)); err != nil {
		return err
	}
	err := l.e.Load(ctx, out, []string{"record_id", "wants"}, func(yield func([]any) bool) {
		for id, wish := range ids {
			wants := int64(0)
			if wish == WantsRow {
				wants = 1
			}
			if !yield([]any{id, wants}) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	if err := l.counted(ctx, out, int64(len(ids))); err != nil {
		return err
	}
	s.Out = out
	err = l.one(ctx, "count suppressed", l.render("count_suppressed", s.staging), func(row [][]byte) { s.Suppressed = number(row[0]) })
	if err == nil && s.Conflicts > 0 {
		err = s.countConflicts(ctx)
	}
	if err == nil {
		err = s.countHeldOut(ctx)
	}
	return err
}

// unlisted is the condition that a record is not suppressed; empty where nobody is.
func (s staging) unlisted(id string) string {
	if s.Out == "" {
		return ""
	}
	return "NOT " + s.listed(id, wantsNothing)
}

// mayRest is the condition that what is removed of a record may rest; empty where all may.
func (s staging) mayRest(id string) string {
	if s.Out == "" {
		return ""
	}
	return "NOT " + s.listed(id, "")
}

// only is the condition that a record has an identity of a list; empty where all are taken in.
func (c comparison) only(id string) string {
	if !c.Only {
		return ""
	}
	return c.listed(id, "")
}

// wantsNothing narrows who has an identity of a list down to who is suppressed.
const wantsNothing = " AND x.wants = 0"

func (s staging) listed(id, and string) string {
	return "EXISTS (SELECT 1 FROM " + s.Out + " x WHERE x.record_id = " + id + and + ")"
}

// Unremoved counts the records that have an identity of a list and may be in the audience all the
// same, by what the run left.
func (s *Sealed) Unremoved(ctx context.Context) (n int64, err error) {
	q := struct {
		part
		Out string
	}{s.part, s.staged.Out}
	err = s.l.one(ctx, "count unremoved", s.l.render("unremoved", q), func(row [][]byte) { n = number(row[0]) })
	return n, err
}
