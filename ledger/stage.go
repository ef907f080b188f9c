package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Model is what to stage: the columns of a model that a connection uses.
type Model struct {
	eddy.Model
	// Columns are all of the model, for the record; nil where their names may be values.
	Columns    []Column
	Identifier warehouse.Column
	// Mapped says where each mapped field's text comes from.
	Mapped []warehouse.Selected
	// Settings is what values are prepared with.
	Settings string
	// Holdout says whose records stay out; nil is nobody's.
	Holdout *eddy.Holdout
}

// Selected are all columns that are read, the record's id first.
func (m Model) Selected() []warehouse.Selected {
	return append([]warehouse.Selected{{As: "record_id", Column: &m.Identifier}}, m.Mapped...)
}

// settingsMark parts settings from the fields that were mapped: another mapping is
// another number of settings.
const settingsMark = "|"

// staging is the staged model as the templates read it.
type staging struct {
	Stage string
	// Repeats says that some records come more than once.
	Repeats bool
	Model   Model
	// Out is the table of the records that have an identity of a list; empty where none has.
	Out string
	// Times is the table of rewritten times, and times are their fields.
	Times string
	times []column
}

func (s staging) mapped(name string) bool {
	return slices.ContainsFunc(s.Model.Mapped, func(m warehouse.Selected) bool { return m.As == name })
}

// stagedColumns lists the staged columns behind the record id.
func (w *writer) stagedColumns(s interface {
	columnsOfStage(quote func(string) string) []string
},
) string {
	var b strings.Builder
	for _, c := range s.columnsOfStage(w.d.Quote) {
		b.WriteString(", " + c)
	}
	return b.String()
}

func (s staging) columnsOfStage(quote func(string) string) (out []string) {
	for _, m := range s.Model.Mapped {
		out = append(out, quote(m.As))
	}
	return out
}

// Staged is a model as it stood at one moment, as texts.
type Staged struct {
	l *Ledger
	staging
	settings int
	// Rows are all rows, NullIDs those without a record id, Records the different ids. Suppressed
	// are those of them that a list keeps out, and HeldOut those that a holdout does.
	Rows, NullIDs, Records, Suppressed, HeldOut int64
	// Conflicts are records whose rows differ, ConflictRows their rows, and ConflictIDs
	// names some.
	Conflicts, ConflictRows int64
	ConflictIDs             []string
	suppressed              map[string]Wish
}

// Reading says how texts of times are understood: in the form of the ledger, "" for no
// time; a text that cannot be read stays as it is.
type Reading func(field int, text string) (iso string, ok bool)

// Stage reads the model at one moment (promise 3) and counts what no run can use: rows
// that have no record id, and those that contradict another.
func (l *Ledger) Stage(ctx context.Context, src warehouse.Source, m Model, read Reading) (*Staged, error) {
	s := &Staged{l: l, staging: staging{Stage: l.making(kindStage, l.run), Model: m}}
	s.settings = l.settings(m)
	asking := warehouse.WithComment(ctx, l.comment("stage"))
	sel := m.Selected()
	began := time.Now()
	staged, err := src.Stage(asking, l.e, s.Stage, sel, m.Model)
	l.watch("stage", began, staged.Rows)
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	s.Rows, s.Records = staged.Rows, staged.Rows
	if !staged.Unique {
		if err := s.count(ctx); err != nil {
			return nil, fmt.Errorf("read the model: %w", err)
		}
	}
	if err := s.rewriteTimes(ctx, read); err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	if err := s.countHeldOut(ctx); err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	return s, nil
}

func (s *Staged) count(ctx context.Context) error {
	repeated := int64(0)
	err := s.l.one(ctx, "count", s.l.render("count", s.staging), func(row [][]byte) {
		s.Rows, s.NullIDs, s.Records, repeated = number(row[0]), number(row[1]), number(row[2]), number(row[3])
	})
	if err != nil || repeated == 0 {
		return err
	}
	s.Repeats = true
	return s.countConflicts(ctx)
}

func (s *Staged) countConflicts(ctx context.Context) error {
	s.ConflictIDs = nil
	return s.l.one(ctx, "count conflicts", s.l.render("conflicts", s.staging), func(row [][]byte) {
		if s.Conflicts, s.ConflictRows = number(row[0]), number(row[1]); s.Conflicts > 0 {
			s.ConflictIDs = slices.Compact([]string{string(row[2]), string(row[3])})
		}
	})
}

// rewriteTimes reads the times that stand as texts and puts what they mean beside them:
// SQL compares times, so those that it compares are all of isoLayout.
func (s *Staged) rewriteTimes(ctx context.Context, read Reading) error {
	l := s.l
	if !l.form.rewritesTimes || read == nil {
		return nil
	}
	var rows [][]any
	for _, f := range l.columns() {
		if f.Identity || !s.writtenAsText(f.Name) {
			continue
		}
		s.times = append(s.times, f)
		err := l.query(ctx, "read times", l.render("times", struct {
			column
			Stage string
		}{f, s.Stage}), func(row [][]byte) error {
			if iso, ok := read(f.At, string(row[0])); ok {
				rows = append(rows, []any{int64(f.At), string(row[0]), null(iso)})
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if len(rows) == 0 {
		s.times = nil
		return nil
	}
	s.Times = l.making(kindTimes, l.run)
	_, err := l.exec(ctx, "times", fmt.Sprintf("%s%s (field INTEGER, v %s, iso %[3]s)", l.d.Scratch(), s.Times, l.d.Text))
	if err != nil {
		return err
	}
	if err := l.e.Load(ctx, s.Times, []string{"field", "v", "iso"}, slices.Values(rows)); err != nil {
		return err
	}
	return l.counted(ctx, s.Times, int64(len(rows)))
}

// writtenAsText says that a mapped time is a text as somebody wrote it.
func (s *Staged) writtenAsText(name string) bool {
	for _, m := range s.Model.Mapped {
		switch {
		case m.As != name:
		case m.Column == nil:
			_, err := time.Parse(isoLayout, m.Constant)
			return err != nil
		default:
			return m.Column.Class != warehouse.Date && m.Column.Class != warehouse.Timestamp && m.Column.Class != warehouse.TimestampTZ
		}
	}
	return false
}

// Each streams the staged rows: a record id and one text for each field ("" where not
// mapped). For plans, that judge the quality of every row.
func (s *Staged) Each(ctx context.Context, each func(id string, values []string) error) error {
	return s.each(ctx, "read the stage", "", each)
}

// each streams the staged rows, or a sample of them.
func (s *Staged) each(ctx context.Context, step, sample string, each func(id string, values []string) error) error {
	var at []int
	for _, m := range s.Model.Mapped {
		for j, f := range s.l.fields {
			if f.Name == m.As {
				at = append(at, j)
			}
		}
	}
	values := make([]string, len(s.l.fields))
	return s.l.query(ctx, step, s.l.render("rows", struct {
		staging
		Sample string
	}{s.staging, sample}), func(row [][]byte) error {
		for i, j := range at {
			values[j] = string(row[i+1])
		}
		return each(string(row[0]), values)
	})
}

func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}
