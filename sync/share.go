package sync

import (
	"context"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// leaving is what would leave the audience by a run.
type leaving struct {
	// records are those that leave, and held how many there are.
	records, held int64
	// gone are the identities that are removed, by their hash: too many would only send
	// somebody again. fields are those that lose one.
	gone   identitySet
	fields map[int]*ledger.Losing
	// lines tell what the run does.
	lines []ledger.Line
}

// add takes the identities of a version that is removed, and notes which of its texts were
// digests already: those were passed on as they are.
func (l *leaving) add(texts []string, ids []destination.Identity) {
	l.gone.add(ids)
	for _, id := range ids {
		field := l.fields[id.Field]
		if field == nil {
			field = &ledger.Losing{Field: id.Field}
			l.fields[id.Field] = field
		}
		if field.Texts && field.AsDigests {
			continue
		}
		for one := range strings.SplitSeq(texts[id.Field], ",") {
			if strings.EqualFold(strings.TrimSpace(one), string(id.Value)) {
				field.AsDigests = true
			} else {
				field.Texts = true
			}
		}
	}
}

// removes says that the run removes anybody.
func (l *leaving) removes() bool { return len(l.gone.set) > 0 }

// total is how many changes a phase has, for people who watch.
func (l *leaving) total(phase ledger.Phase) (n int64) {
	for _, line := range l.lines {
		switch eddy.Operation(line.Operation) {
		case eddy.Delete:
			if phase == ledger.Removing {
				n += line.Count
			}
		case eddy.Insert, eddy.Update, eddy.Renew, eddy.Reassert:
			if phase == ledger.Adding || line.Operation == string(eddy.Update) {
				n += line.Count
			}
		}
	}
	return n
}

// sharing works out what leaves the audience by a run, and who shares it.
type sharing struct{ *flow }

// identitySet is a set of identities. It keeps hashes: twice as small as digests, and
// nothing that is anybody's.
type identitySet struct {
	seed maphash.Seed
	set  map[uint64]struct{}
}

func newIdentitySet() identitySet {
	return identitySet{maphash.MakeSeed(), map[uint64]struct{}{}}
}

func (s identitySet) hash(id destination.Identity) uint64 {
	return maphash.Bytes(s.seed, id.Value) + uint64(id.Field)
}

func (s identitySet) add(ids []destination.Identity) {
	for _, id := range ids {
		s.set[s.hash(id)] = struct{}{}
	}
}

func (s identitySet) has(id destination.Identity) bool {
	_, ok := s.set[s.hash(id)]
	return ok
}

// exceptionsAtOnce is how many exceptions are put on record together.
const exceptionsAtOnce = 50_000

// find looks at every version that is to be removed: some need no request, because the
// audience was told exactly this, or the new version has all of the old one's identities.
// Who shares an identity with the others is asserted again (promise 2). What the run does
// is known then.
func (f sharing) find(ctx context.Context) (err error) {
	f.tell("share")
	f.leaves = leaving{gone: newIdentitySet(), fields: map[int]*ledger.Losing{}}
	if !f.changes.MayRemove() {
		f.leaves.lines, err = f.changes.Report(ctx)
		return err
	}
	same, err := f.findLeaving(ctx)
	if err == nil && same {
		err = f.findSame(ctx)
	}
	if err != nil {
		return fmt.Errorf("look at what leaves: %w", err)
	}
	var losing []ledger.Losing
	for _, field := range slices.Sorted(maps.Keys(f.leaves.fields)) {
		losing = append(losing, *f.leaves.fields[field])
	}
	if err := f.changes.Share(ctx, losing, f.shares); err != nil {
		return err
	}
	f.leaves.lines, err = f.changes.Report(ctx)
	return err
}

// eachLeaving hands out the versions that are to be removed, prepared, with what is known
// of their change.
func (f sharing) eachLeaving(ctx context.Context, each func(v *ledger.Leaving, was *destination.Prepared, x ledger.Exception) error) error {
	var was, is destination.Prepared
	return f.changes.EachLeaving(ctx, func(v *ledger.Leaving) error {
		if err := f.prepare.old(v.Old, &was); err != nil {
			return err
		}
		x := ledger.Exception{RecordID: v.RecordID}
		if !v.Deleted {
			if err := f.prepare.old(v.New, &is); err != nil {
				return err
			}
			x.Status, x.Reason, x.Until = standing(v, &was, &is, f.job.Full)
		}
		return each(v, &was, x)
	})
}

// findLeaving notes which identities are removed, and says whether some records need no
// request.
func (f sharing) findLeaving(ctx context.Context) (same bool, err error) {
	known := &exceptions{ctx: ctx, changes: f.changes}
	err = f.eachLeaving(ctx, func(v *ledger.Leaving, was *destination.Prepared, x ledger.Exception) error {
		switch x.Status {
		case ledger.Same:
			same = true
			return nil
		case ledger.Spared:
			return known.add(x)
		case ledger.Invalid:
			if err := known.add(x); err != nil {
				return err
			}
		}
		if (v.Deleted || x.Status == ledger.Invalid) && v.Until > f.now.Format(isoTime) {
			f.leaves.records++
		}
		f.leaves.add(v.Old.Texts, was.Identities)
		return nil
	})
	if err == nil {
		err = known.flush()
	}
	return same, err
}

// findSame notes the records that need no request: nothing of theirs changed for the
// audience, and nobody who leaves takes it along.
func (f sharing) findSame(ctx context.Context) error {
	known := &exceptions{ctx: ctx, changes: f.changes}
	err := f.eachLeaving(ctx, func(_ *ledger.Leaving, was *destination.Prepared, x ledger.Exception) error {
		if x.Status != ledger.Same {
			return nil
		}
		if slices.ContainsFunc(was.Identities, f.leaves.gone.has) {
			x.Status, x.Until = ledger.Spared, ""
		}
		return known.add(x)
	})
	if err != nil {
		return err
	}
	return known.flush()
}

// isoTime is how the ledger writes times.
const isoTime = "2006-01-02T15:04:05Z"

// standing says what is known of a change before the first request. With full, everybody is
// sent again; so is who lapses.
func standing(v *ledger.Leaving, was, is *destination.Prepared, full bool) (status ledger.Status, reason, until string) {
	switch {
	case is.Invalid != "":
		return ledger.Invalid, is.Invalid, ""
	case !v.Sure || !contains(is.Identities, was.Identities) || !is.EffectiveAt.Equal(was.EffectiveAt):
		return "", "", ""
	case !full && !v.Due && len(is.Identities) == len(was.Identities) && is.ExpiresAt.Equal(was.ExpiresAt):
		return ledger.Same, "", v.Until
	case is.ExpiresAt.IsZero() || !was.ExpiresAt.IsZero() && !is.ExpiresAt.Before(was.ExpiresAt):
		return ledger.Spared, "", ""
	default:
		return "", "", "" // the membership ends earlier than before
	}
}

// contains says that all has each of some.
func contains(all, some []destination.Identity) bool {
	for _, id := range some {
		if !has(all, id) {
			return false
		}
	}
	return true
}

func has(ids []destination.Identity, id destination.Identity) bool {
	for _, x := range ids {
		if x.Field == id.Field && string(x.Value) == string(id.Value) {
			return true
		}
	}
	return false
}

// shares says that a version has an identity that is removed.
func (f sharing) shares(v ledger.Values) bool {
	var p destination.Prepared
	if err := f.prepare.old(v, &p); err != nil {
		return true // sent once more than needed, at worst
	}
	return slices.ContainsFunc(p.Identities, f.leaves.gone.has)
}

// exceptions gathers exceptions and puts them on record by the thousand.
type exceptions struct {
	ctx     context.Context //nolint:containedctx // of one call of share
	changes *ledger.Changes
	list    []ledger.Exception
}

func (e *exceptions) add(x ledger.Exception) error {
	if e.list = append(e.list, x); len(e.list) < exceptionsAtOnce || e.changes.Dry() {
		return nil
	}
	return e.flush()
}

func (e *exceptions) flush() error {
	err := e.changes.Except(e.ctx, e.list)
	e.list = e.list[:0]
	return err
}

// guard says why the run must wait for a person, or nothing (promise 4).
func (f sharing) guard(ctx context.Context) (string, error) {
	if f.leaves.records == 0 {
		return "", nil
	}
	var err error
	if f.leaves.held, err = f.l.Members(ctx, f.changes.Audience()); err != nil {
		return "", err
	}
	var run eddy.Run
	ledger.Tally(&run, f.leaves.lines)
	c := run.Counts
	stays := c.Insert + c.Update + c.Renew + c.Reassert + c.Unchanged + f.staged.Unchanged(f.leaves.lines)
	why := f.judge(stays)
	if why == "" {
		return "", nil
	}
	// People who have another row that stays do not leave; to look costs more than counting.
	if stays, err = f.countPeople(ctx); err != nil {
		return "", err
	}
	return f.judge(stays + c.Unchanged + f.staged.Unchanged(f.leaves.lines)), nil
}

func (f sharing) judge(stays int64) string {
	g, leave, held := f.job.Connection.Settings.Guard, f.leaves.records, max(f.leaves.held, f.leaves.records, 1)
	if leave == 0 {
		return ""
	}
	if stays == 0 && !g.AllowEmpty {
		return fmt.Sprintf("the run would empty the audience: it would remove all %d held records", leave)
	}
	percent := 100 * float64(leave) / float64(held)
	if percent > g.MaxRemovedPercent && (stays > 0 || !g.AllowEmpty) {
		return fmt.Sprintf("the run would remove %d of %d held records (%.1f %%, allowed are %g %%)", leave, held, percent, g.MaxRemovedPercent)
	}
	return ""
}

// countPeople counts anew who leaves: a record does when it has an identity that no other
// one that the run asserts has. It says how many records of the changes stay.
func (f sharing) countPeople(ctx context.Context) (stays int64, err error) {
	kept := identitySet{f.leaves.gone.seed, map[uint64]struct{}{}}
	var p, is destination.Prepared
	err = f.changes.EachWanted(ctx, func(_ string, v ledger.Values) error {
		if err := f.prepare.old(v, &p); err != nil || p.Invalid != "" {
			return err
		}
		stays++
		for _, id := range p.Identities {
			if f.leaves.gone.has(id) {
				kept.add([]destination.Identity{id})
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	f.leaves.records = 0
	err = f.changes.EachLeaving(ctx, func(v *ledger.Leaving) error {
		if err := f.prepare.old(v.Old, &p); err != nil {
			return err
		}
		leaves := v.Deleted
		if !v.Deleted {
			if err := f.prepare.old(v.New, &is); err != nil {
				return err
			}
			leaves = is.Invalid != ""
		}
		if leaves && v.Until > f.now.Format(isoTime) && slices.ContainsFunc(p.Identities, func(id destination.Identity) bool { return !kept.has(id) }) {
			f.leaves.records++
		}
		return nil
	})
	return stays, err
}
