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
	// gone are the identities that are removed, by their hash: too many would only send
	// somebody again. lapsed are those of them that the audience let go by itself. fields are
	// those that lose one.
	gone, lapsed identitySet
	fields       map[int]*ledger.Losing
	// listed are the records that leave, wholly or in part, because a list has them.
	listed map[string]struct{}
	// people are at most how many people leave: versions none of whose identities is in what
	// takes their place.
	people int64
	// sharers are in how many versions that stay those of gone stand that are shared.
	sharers map[identity]int64
	// kept are those of gone that stay all the same, once the guard has looked.
	kept identitySet
	// members are the people that the audience holds, and removal is what leaves, once the
	// guard has counted them.
	members int64
	removal eddy.Removal
	// lines tell what the run does.
	lines []ledger.Line
}

// add takes the identities of a version that is removed, and notes which of its texts were
// digests already, whatever stood around them: those were passed on as they are. in says that
// the audience still has it.
func (l *leaving) add(texts []string, ids []destination.Identity, in bool) {
	for _, id := range ids {
		h := l.gone.hash(id)
		if _, known := l.gone.set[h]; in {
			delete(l.lapsed.set, h)
		} else if !known {
			l.lapsed.set[h] = struct{}{}
		}
		l.gone.set[h] = struct{}{}
		field := l.fields[id.Field]
		if field == nil {
			field = &ledger.Losing{Field: id.Field}
			l.fields[id.Field] = field
		}
		if field.Texts && field.AsDigests {
			continue
		}
		for one := range strings.SplitSeq(texts[id.Field], ",") {
			if len(one) >= len(id.Value) && strings.Contains(strings.ToLower(one), string(id.Value)) {
				field.AsDigests = true
			} else {
				field.Texts = true
			}
		}
	}
}

// removes says that the run removes anybody.
func (l *leaving) removes() bool { return len(l.gone.set) > 0 }

// sends is how many changes the phases have that the run goes through, for people who watch.
func (l *leaving) sends() int64 {
	n := l.total(ledger.Adding)
	if l.removes() {
		n += l.total(ledger.Removing)
	}
	return n
}

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

// empty is a set that hashes as this one does.
func (s identitySet) empty() identitySet { return identitySet{s.seed, map[uint64]struct{}{}} }

func (s identitySet) hash(id destination.Identity) uint64 {
	return maphash.Bytes(s.seed, id.Value) + uint64(id.Field)
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
	f.leaves = leaving{gone: newIdentitySet(), fields: map[int]*ledger.Losing{}, sharers: map[identity]int64{}, listed: map[string]struct{}{}}
	f.leaves.lapsed = f.leaves.gone.empty()
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
	counting(f).warn(f.leaves.sharers)
	f.leaves.lines, err = f.changes.Report(ctx)
	return err
}

// eachLeaving hands out the versions that are to be removed, prepared, and what takes their
// place: without identities where nothing does.
func (f sharing) eachLeaving(ctx context.Context, each func(v *ledger.Leaving, was, is *destination.Prepared) error) error {
	var was, is destination.Prepared
	return f.changes.EachLeaving(ctx, func(v *ledger.Leaving) error {
		if err := f.prepare.old(v.Old, &was); err != nil {
			return err
		}
		is.Identities = is.Identities[:0]
		if !v.Deleted {
			if err := f.prepare.old(v.New, &is); err != nil {
				return err
			}
		}
		return each(v, &was, &is)
	})
}

// standing is what is known of a change before the first request.
func (f sharing) standing(v *ledger.Leaving, was, is *destination.Prepared) ledger.Exception {
	x := ledger.Exception{RecordID: v.RecordID}
	if !v.Deleted {
		x.Status, x.Reason, x.Until = standing(v, was, is, f.job.Full)
	}
	return x
}

// findLeaving notes which identities are removed, and says whether some records need no
// request.
func (f sharing) findLeaving(ctx context.Context) (same bool, err error) {
	known := &exceptions{ctx: ctx, changes: f.changes}
	err = f.eachLeaving(ctx, func(v *ledger.Leaving, was, is *destination.Prepared) error {
		x := f.standing(v, was, is)
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
		if f.staged.IsListed(v.RecordID) {
			f.leaves.listed[v.RecordID] = struct{}{}
		}
		in := f.in(v)
		if in && !slices.ContainsFunc(was.Identities, func(id destination.Identity) bool { return has(is.Identities, id) }) {
			f.leaves.people++
		}
		f.leaves.add(v.Old.Texts, was.Identities, in)
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
	err := f.eachLeaving(ctx, func(v *ledger.Leaving, was, is *destination.Prepared) error {
		x := f.standing(v, was, is)
		if x.Status != ledger.Same {
			return nil
		}
		if f.asserted(was.Identities) {
			x.Status, x.Until = ledger.Spared, ""
		} else {
			f.remark(v.RecordID, is) // nobody prepares it again in this run
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

// in says that a version is, or may be, in the audience: its time is not up. Who is on a list
// counts as gone: to let them go is not for the guard to hold up.
func (f sharing) in(v *ledger.Leaving) bool {
	return v.Until > f.now.Format(isoTime) && !f.staged.IsListed(v.RecordID)
}

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

// assertedAtMost is how many versions assert one identity again. So many keep it in, also
// where X refuses some of them; and an identity that more share is no sign that they are one
// person, who would be lost with the removal of another of their identities.
const assertedAtMost = 1000

// asserted says that a version which stays is to be sent again, because it has identities
// that are removed: for each of them some versions are, and all where few share it.
func (f sharing) asserted(ids []destination.Identity) (again bool) {
	for _, id := range ids {
		h := f.leaves.gone.hash(id)
		if _, gone := f.leaves.gone.set[h]; !gone {
			continue
		}
		at := identity{id.Field, h}
		again = again || f.leaves.sharers[at] < assertedAtMost
		f.leaves.sharers[at]++
	}
	return again
}

// shares says that a version is to be sent again for an identity that is removed.
func (f sharing) shares(v ledger.Values) bool {
	var p destination.Prepared
	if err := f.prepare.old(v, &p); err != nil {
		return true // sent once more than needed, at worst
	}
	return f.asserted(p.Identities)
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
