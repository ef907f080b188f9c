package sync

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// List is a list of people who want to be in no audience.
type List struct {
	eddy.Suppression
	// Open opens the list's source, which is closed once the list is read; nil is the job's own.
	Open func(ctx context.Context) (warehouse.Source, error)
	// Digests are what an uploaded list has.
	Digests eddy.Digests
}

// suppressing finds who has an identity of a list.
type suppressing struct{ *flow }

// find lets everybody want nothing who has an identity of a list, and finds who was sent with one
// before. It is done before anything is
// compared: a list that cannot be read ends the run. SQL finds candidates by canonical forms, and
// who they are is decided here by what would be sent.
func (f suppressing) find(ctx context.Context, staged *ledger.Staged, feed ledger.Feed) error {
	if len(f.job.Suppress) == 0 {
		return nil
	}
	f.tell("suppress")
	f.listed = map[string]int64{}
	ids := map[string]ledger.Wish{}
	for _, list := range f.job.Suppress {
		f.listed[list.Name] += 0 // also a list that has nobody is known
		if err := f.take(ctx, staged, feed, list, ids); err != nil {
			return fmt.Errorf("read suppress.%s, without which nobody is sent anything: %w", list.Name, err)
		}
	}
	f.shrunk()
	if err := staged.Suppress(ctx, ids); err != nil {
		return fmt.Errorf("put aside who is suppressed: %w", err)
	}
	f.run.Counts.Suppressed, f.run.Counts.HeldOut = staged.Suppressed, staged.HeldOut
	return nil
}

// count fills the run's counts. What a run that is held shows stays, beside what became of those who
// are on a list.
func (f suppressing) count(ctx context.Context, sealed *ledger.Sealed, lines []ledger.Line) (err error) {
	c := &f.run.Counts
	if f.held {
		var done eddy.Run
		ledger.Tally(&done, lines)
		c.Delivered, c.Rejected, c.Failed = done.Counts.Delivered, done.Counts.Rejected, done.Counts.Failed
		f.run.Errors = append(f.run.Errors, done.Errors...)
	} else {
		f.account(lines)
	}
	if listed := int64(len(f.leaves.listed)); listed > 0 {
		c.Unremoved, err = sealed.Unremoved(ctx)
		c.OptedOut = listed - c.Unremoved
	}
	return err
}

// shrunk warns of lists that have lost more of their values than the guard lets a run remove: who is
// on a list no more is let in again without a word. One that has nobody is warned of by itself.
func (f suppressing) shrunk() {
	for _, name := range slices.Sorted(maps.Keys(f.listed)) {
		was, is := f.l.Listed()[name], f.listed[name]
		if is == 0 || float64(was-is)*wholly <= f.job.Connection.Settings.Guard.MaxRemovedPercent*float64(was) {
			continue
		}
		f.run.Warnings = append(f.run.Warnings, eddy.Warning{
			Reason: fmt.Sprintf("suppress.%s has %s of the %s values that it had: whoever is on it no more may be in the audience again", name, eddy.Thousands(is), eddy.Thousands(was)),
			Count:  was - is, Mend: "If it is not meant to be shorter, see to it that it is filled, and run again.",
		})
	}
}

// take adds the records of whoever is on a list.
func (f suppressing) take(ctx context.Context, staged *ledger.Staged, feed ledger.Feed, list List, ids map[string]ledger.Wish) error {
	read, listed, err := f.read(ctx, staged, list)
	if err != nil {
		return err
	}
	if len(listed.fields) == 0 {
		f.run.Warnings = append(f.run.Warnings, eddy.Warning{
			Reason: fmt.Sprintf("suppress.%s has nobody: whoever was on it may be in the audience again", list.Name),
			Mend:   "If it is not meant to be empty, see to it that it is filled, and run again.",
		})
		return nil
	}
	var kinds []ledger.Losing
	for _, field := range slices.Sorted(maps.Keys(listed.fields)) {
		kinds = append(kinds, *listed.fields[field])
	}
	var p destination.Prepared
	check := func(id string, wish ledger.Wish) {
		if slices.ContainsFunc(p.Identities, listed.gone.has) {
			ids[id] = max(ids[id], wish)
		}
	}
	return read.EachCandidate(ctx, feed, kinds, func(id string, v ledger.Values) error {
		f.prepare.now.Prepare(v.Texts, &p)
		check(id, ledger.WantsNothing)
		return nil
	}, func(id string, unclear bool, v ledger.Values) error {
		if err := f.prepare.old(v, &p); err != nil {
			return err
		}
		wish := ledger.WantsRow
		if unclear {
			wish = ledger.WantsNothing // it would keep this
		}
		check(id, wish)
		return nil
	})
}

// read reads a list, and gives its identities: as texts beside the model, where these are, and
// else as they are sent.
func (f suppressing) read(ctx context.Context, staged *ledger.Staged, list List) (out *ledger.List, listed *leaving, err error) {
	if list.Upload != nil {
		return f.uploaded(ctx, staged, list)
	}
	src := f.job.Source
	if list.Open != nil {
		if !f.job.Digests {
			return nil, nil, &eddy.Error{
				Code: eddy.CodeConfig, What: "it lies on another source than the model, whose state is in the warehouse",
				Mend: "Set state: local on the model's source, or bring the list to it: what the list has is not written into another warehouse.",
			}
		}
		if src, err = list.Open(ctx); err != nil {
			return nil, nil, err
		}
		defer func() { err = errors.Join(err, src.Close()) }()
	}
	mapped, err := f.mapped(ctx, src, list)
	if err != nil {
		return nil, nil, err
	}
	reading, err := f.reading(list.Name)
	if err != nil {
		return nil, nil, err
	}
	if !f.job.Digests {
		if out, err = staged.StageList(ctx, src, list.Model, mapped); err != nil {
			return nil, nil, err
		}
		err = out.Each(ctx, func(values []string) error {
			reading.add(values)
			return nil
		})
		return out, reading.listed, errors.Join(err, reading.close(f.flow, err))
	}
	engine, err := f.job.Scratch(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	var failed error
	out, err = staged.LoadList(ctx, mapped, func(yield func(int, string) bool) {
		failed = f.passing(ctx, src, engine, list.Model, mapped, func(values []string) error {
			for _, id := range reading.add(values) {
				if !yield(id.Field, string(id.Value)) {
					return errors.New("the load stopped")
				}
			}
			return nil
		})
	})
	if err := errors.Join(failed, err); err != nil {
		return nil, nil, err
	}
	return out, reading.listed, reading.close(f.flow, nil)
}

// uploaded takes in an uploaded list. Where the state is in the warehouse its digests stay here: no
// canonical form tells a digest, so each text of its fields is a candidate, and is decided here.
func (f suppressing) uploaded(ctx context.Context, staged *ledger.Staged, list List) (*ledger.List, *leaving, error) {
	listed := &leaving{gone: newIdentitySet(), fields: map[int]*ledger.Losing{}}
	var mapped []warehouse.Selected
	for i, field := range f.fields {
		if len(list.Digests[field.Name]) > 0 {
			mapped = append(mapped, warehouse.Selected{As: field.Name})
			f.listed[list.Name] += int64(len(list.Digests[field.Name]) / sha256.Size)
			listed.fields[i] = &ledger.Losing{Field: i, Texts: true, AsDigests: true}
		}
	}
	if len(mapped) == 0 {
		return nil, listed, nil
	}
	var value [2 * sha256.Size]byte
	out, err := staged.LoadList(ctx, mapped, func(yield func(int, string) bool) {
		for i := range listed.fields {
			for digest := range list.Digests.Each(f.fields[i].Name) {
				hex.Encode(value[:], digest)
				listed.gone.set[listed.gone.hash(destination.Identity{Field: i, Value: value[:]})] = struct{}{}
				if f.job.Digests && !yield(i, string(value[:])) {
					return
				}
			}
		}
	})
	return out, listed, err
}

// mapped finds the list's columns that have identities of the destination.
func (f suppressing) mapped(ctx context.Context, src warehouse.Source, list List) (out []warehouse.Selected, err error) {
	columns, err := warehouse.Describe(ctx, src, list.Model)
	if err != nil {
		return nil, err
	}
	for _, fm := range list.Mapping {
		if !slices.ContainsFunc(f.fields, func(x eddy.Field) bool { return x.Identity && x.Name == fm.Field }) {
			continue // of another kind of destination
		}
		column, err := pick(columns, fm.Column, "mapping."+fm.Field)
		if err != nil {
			return nil, err
		}
		out = append(out, warehouse.Selected{As: fm.Field, Column: column})
	}
	return out, nil
}

// passing reads a list into an engine of its own, whose memory is all that has its texts.
func (f suppressing) passing(ctx context.Context, src warehouse.Source, engine warehouse.Engine, m eddy.Model, mapped []warehouse.Selected, each func(values []string) error) error {
	d := engine.Dialect()
	table := d.Quote("eddy_list")
	if _, err := src.Stage(ctx, engine, table, mapped, m); err != nil {
		return err
	}
	var columns []string
	var at []int
	for _, s := range mapped {
		columns = append(columns, d.Quote(s.As))
		at = append(at, slices.IndexFunc(f.fields, func(x eddy.Field) bool { return x.Name == s.As }))
	}
	values := make([]string, len(f.fields))
	return engine.Query(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM "+table, func(row [][]byte) error {
		for i, j := range at {
			values[j] = string(row[i])
		}
		return each(values)
	})
}

// reading takes in a list.
type reading struct {
	name string
	// preparers are that of now, and those of settings of before: what the audience holds may be
	// of then.
	preparers []destination.Preparer
	listed    *leaving
	one       []string
	out       destination.Prepared
	// usable counts by field the texts that name somebody, nobody those that do not.
	usable, nobody []int64
}

func (f suppressing) reading(name string) (*reading, error) {
	n := len(f.fields)
	r := &reading{
		name: name, listed: &leaving{gone: newIdentitySet(), fields: map[int]*ledger.Losing{}},
		one: make([]string, n), usable: make([]int64, n), nobody: make([]int64, n), preparers: []destination.Preparer{f.prepare.now},
	}
	r.listed.lapsed = r.listed.gone.empty()
	for _, text := range f.l.Settings() {
		if text == f.prepare.now.Settings() {
			continue
		}
		before, err := f.job.Destination.Preparer(text)
		if err != nil {
			return nil, err
		}
		r.preparers = append(r.preparers, before)
	}
	return r, nil
}

// add takes in a row of the list, and gives its identities.
func (r *reading) add(values []string) (ids []destination.Identity) {
	for i, text := range values {
		if text == "" {
			continue
		}
		r.one[i] = text
		for n, preparer := range r.preparers {
			preparer.Prepare(r.one, &r.out)
			r.listed.add(r.one, r.out.Identities, true)
			for _, id := range r.out.Identities {
				ids = append(ids, destination.Identity{Field: id.Field, Value: bytes.Clone(id.Value)})
			}
			switch {
			case n > 0:
			case len(r.out.Identities) == 0:
				r.nobody[i]++
			default:
				r.usable[i]++
			}
		}
		r.one[i] = ""
	}
	return ids
}

// close tells of texts that name nobody. A field of which all do is an error: whoever is meant by
// them would not be left out.
func (r *reading) close(f *flow, err error) error {
	for i, n := range r.nobody {
		f.listed[r.name] += r.usable[i]
		text := fmt.Sprintf("%s of suppress.%s: %s values name nobody", f.fields[i].Name, r.name, eddy.Thousands(n))
		switch {
		case err != nil || n == 0:
		case r.usable[i] == 0:
			return &eddy.Error{Code: eddy.CodeSource, What: text + ", and no other does", Mend: "Look at the list's mapping, and with hash: false at whether it has SHA-256 digests."}
		default:
			f.run.Warnings = append(f.run.Warnings, eddy.Warning{Reason: text, Count: n, Mend: "Whoever is meant by them is not left out: mend them in the list."})
		}
	}
	return nil
}
