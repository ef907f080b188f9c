package sync

import (
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// The guard (promise 4) counts who leaves, whatever the operation: identities that no
// version which stays or is asserted has, and people none of whose identities stays. What
// it needs for that is read only as far as cheap counts cannot let the run go.

// guard says why the run must wait for a person, or nothing.
func (f sharing) guard(ctx context.Context) (string, error) {
	g := f.job.Connection.Settings.Guard
	// So many leave at most: what is removed may be asserted by another record.
	r := eddy.Removal{Identities: int64(len(f.leaves.gone.set) - len(f.leaves.lapsed.set)), People: f.leaves.people}
	if r.Identities == 0 || !f.dry && g.AllowEmpty && g.MaxRemovedPercent >= wholly {
		return "", nil
	}
	if ok, err := f.few(ctx, &r); ok || err != nil {
		return "", err
	}
	asserts, err := f.countLeaving(ctx, &r)
	if err != nil || r.Identities == 0 {
		return "", err
	}
	if ok, err := f.few(ctx, &r); ok || err != nil {
		return "", err
	}
	if err := f.countPeople(ctx, &r); err != nil {
		return "", err
	}
	held, err := f.countHeld(ctx, 0)
	if err != nil {
		return "", err
	}
	r.HeldIdentities, r.Empties = max(held.identities.count(), r.Identities), !asserts && !held.others
	f.leaves.removal = r
	why := f.judge(r)
	if why == "" || !f.job.Approve {
		return why, nil
	}
	return f.approved(why), nil
}

// approved says why the run must wait although a person approved it, or nothing: an
// approval covers what was shown, and a little more, because models go on changing.
func (f sharing) approved(why string) string {
	r, slack := f.leaves.removal, f.job.Connection.Settings.Guard.ApproveSlackPercent
	if n := f.job.ApproveRemovals; n > 0 {
		if max(r.Identities, r.People) <= n && !r.Empties {
			return ""
		}
		return fmt.Sprintf("%s; approved are %d, and never all", why, n)
	}
	shown, ok := f.l.HeldRun(f.job.ApproveRun)
	switch {
	case !ok && f.job.ApproveRun != "":
		return fmt.Sprintf("%s; run %s, which was approved, does not wait for approval", why, f.job.ApproveRun)
	case !ok:
		return why + "; no run waited that could be approved: approve this one"
	case covers(shown.Removal, r, slack):
		return ""
	}
	return fmt.Sprintf("%s; run %s, which was approved, showed %s, and %g %% more are allowed", why, shown.RunID, shown.Removal, slack)
}

// covers says that a run removes no more than what was shown, and some percent. To leave
// nobody must have been shown as such.
func covers(shown, r eddy.Removal, slack float64) bool {
	most := 1 + slack/wholly
	return (shown.Empties || !r.Empties) &&
		float64(r.Identities) <= most*float64(shown.Identities) && float64(r.People) <= most*float64(shown.People)
}

// hold has the run wait for a person, and keeps the list of who would leave. Nothing of what it
// shows is sent.
func (f sharing) hold(ctx context.Context, why string) error {
	f.finish()
	if f.job.Connection.Settings.RetainSyncLogs {
		if err := f.listLeaving(ctx); err != nil {
			return err
		}
	}
	f.held, f.run.Status = true, eddy.NeedsApproval
	f.account(f.leaves.lines)
	f.run.Counts.Delivered = 0
	r := f.leaves.removal
	f.run.Errors = append([]eddy.RunError{{Reason: why, Count: max(r.Identities, r.People), SampleIDs: []string{}, Removal: &r}}, f.run.Errors...)
	return nil
}

// optOuts takes, of a run that is held, the changes of those who are on a list, and has asserted
// again who shares an identity with them: to let them go is never for a person to approve.
func (f sharing) optOuts(ctx context.Context) (err error) {
	if f.changes, err = f.changes.OptOuts(ctx); err != nil {
		return fmt.Errorf("take out who is on a list: %w", err)
	}
	told := len(f.run.Warnings)
	err = f.find(ctx)
	f.run.Warnings = f.run.Warnings[:told] // it tells once more of what many share
	return err
}

// listLeaving puts on record who would leave, or lose identities.
func (f sharing) listLeaving(ctx context.Context) error {
	list := &exceptions{ctx: ctx, changes: f.changes}
	err := f.eachLeaving(ctx, func(v *ledger.Leaving, was, is *destination.Prepared) error {
		kept := 0
		for _, id := range was.Identities {
			if f.leaves.kept.has(id) {
				kept++
			}
		}
		switch {
		case !f.in(v) || kept == len(was.Identities):
			return nil
		case kept == 0 && len(is.Identities) == 0:
			return list.add(ledger.Exception{RecordID: v.RecordID, Status: ledger.Leaves})
		default:
			return list.add(ledger.Exception{RecordID: v.RecordID, Status: ledger.Loses})
		}
	})
	if err == nil {
		err = list.flush()
	}
	if err != nil {
		return fmt.Errorf("list who would leave: %w", err)
	}
	return f.changes.LogHeld(ctx, f.run)
}

// wholly is all of something, in percent.
const wholly = 100

// few says that so little leaves that the run need not be looked at any closer: enough
// others are held for the shares to be within what is allowed, and for somebody to be left.
// It reads no more of what is held than that takes.
func (f sharing) few(ctx context.Context, r *eddy.Removal) (bool, error) {
	percent := f.job.Connection.Settings.Guard.MaxRemovedPercent
	enough := math.Ceil(wholly*float64(r.Identities)/percent) + 1
	if f.dry || percent <= 0 || enough > distinctAtMost {
		return false, nil // a plan tells the figures
	}
	if r.People > 0 {
		if err := f.countPeople(ctx, r); err != nil || wholly*float64(r.People) > percent*float64(r.HeldPeople) {
			return false, err
		}
	}
	// Some of what is read is of several versions, or nobody's.
	held, err := f.countHeld(ctx, int64(enough+enough/4)+1000)
	return float64(held.identities.count()) >= enough, err
}

// countPeople counts the people that the audience holds, once.
func (f sharing) countPeople(ctx context.Context, r *eddy.Removal) (err error) {
	if f.leaves.members == 0 {
		f.leaves.members, err = f.l.Members(ctx, f.changes.Audience())
	}
	r.HeldPeople = max(f.leaves.members, r.People)
	return err
}

// judge says what the guard has against a removal.
func (f sharing) judge(r eddy.Removal) string {
	g := f.job.Connection.Settings.Guard
	percent := wholly * r.Share()
	switch {
	case r.Empties && !g.AllowEmpty:
		return "the run would empty the audience: it would remove " + r.String()
	case !r.Empties && percent > g.MaxRemovedPercent:
		return fmt.Sprintf("the run would remove %s (%s, allowed are %g %%)", r, eddy.Percent(r.Share(), g.MaxRemovedPercent), g.MaxRemovedPercent)
	}
	return ""
}

// census counts who leaves.
type census struct {
	// kept are the identities that are removed and asserted again, or lapsed.
	kept identitySet
	// lost are people whose record ends, moved those whose record names others instead, and
	// instead what it names: records that all name the same are one person.
	lost, moved int64
	instead     map[uint64]struct{}
	// unsure are the records that may have several versions in the audience.
	unsure map[uint64]fate
}

// fate is what becomes of a record's people: the larger counts, where versions differ.
type fate int

const (
	lost fate = iota
	moved
	stays
)

// countLeaving counts who leaves, and says whether the run asserts anybody: an identity
// leaves when no record that the run asserts has it. Records with nothing due that have one
// are asserted, too (promise 2).
func (f sharing) countLeaving(ctx context.Context, r *eddy.Removal) (asserts bool, err error) {
	c := census{kept: f.leaves.gone.empty(), instead: map[uint64]struct{}{}, unsure: map[uint64]fate{}}
	var p destination.Prepared
	err = f.changes.EachWanted(ctx, func(_ string, v ledger.Values) error {
		if err := f.prepare.old(v, &p); err != nil || p.Invalid != "" {
			return err
		}
		asserts = asserts || len(p.Identities) > 0
		for _, id := range p.Identities {
			if f.leaves.gone.has(id) {
				c.kept.set[c.kept.hash(id)] = struct{}{}
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for h := range f.leaves.lapsed.set {
		c.kept.set[h] = struct{}{}
	}
	err = f.eachLeaving(ctx, func(v *ledger.Leaving, was, is *destination.Prepared) error {
		if f.in(v) {
			c.take(v, was, is)
		}
		return nil
	})
	r.Identities = int64(len(f.leaves.gone.set) - len(c.kept.set))
	r.People, f.leaves.kept = c.people(), c.kept
	return asserts, err
}

// take takes in a version that is removed.
func (c *census) take(v *ledger.Leaving, was, is *destination.Prepared) {
	what := stays
	if len(was.Identities) > 0 && !slices.ContainsFunc(was.Identities, c.kept.has) {
		what = lost
		if len(is.Identities) > 0 {
			what = moved
			c.instead[c.all(is.Identities)] = struct{}{}
		}
	}
	if v.Sure {
		c.count(what)
		return
	}
	record := maphash.String(c.kept.seed, v.RecordID)
	c.unsure[record] = max(c.unsure[record], what)
}

// all is a hash of several identities, whatever their order.
func (c *census) all(ids []destination.Identity) (h uint64) {
	for _, id := range ids {
		h += c.kept.hash(id)
	}
	return h
}

func (c *census) count(what fate) {
	switch what {
	case lost:
		c.lost++
	case moved:
		c.moved++
	case stays:
	}
}

func (c *census) people() int64 {
	for _, what := range c.unsure {
		c.count(what)
	}
	return c.lost + max(0, c.moved-int64(len(c.instead)))
}

// held is what the audience holds, as far as it was counted.
type held struct {
	identities distinct
	// others says that some of them are not removed.
	others bool
}

// countHeld counts the identities that the audience holds, with a limit those of so many
// versions only. The texts must be prepared for that: some are nobody's.
func (f sharing) countHeld(ctx context.Context, limit int64) (held, error) {
	h := held{identities: distinct{set: map[uint64]struct{}{}}}
	var p destination.Prepared
	err := f.l.EachMember(ctx, f.changes.Audience(), f.now, limit, func(v ledger.Values) error {
		if err := f.prepare.old(v, &p); err != nil {
			return err
		}
		for _, id := range p.Identities {
			h.identities.add(f.leaves.gone.hash(id))
			h.others = h.others || !f.leaves.gone.has(id)
		}
		return nil
	})
	return h, err
}

// distinct counts different hashes: exactly up to four million, and beyond that those in a
// part of them all, so that memory stays flat. That is a thousandth off at most.
type distinct struct {
	set map[uint64]struct{}
	// halved is how often the part was halved.
	halved int
}

const distinctAtMost = 4_000_000

func (d *distinct) add(hash uint64) {
	if !d.in(hash) {
		return
	}
	d.set[hash] = struct{}{}
	for len(d.set) > distinctAtMost {
		d.halved++
		for h := range d.set {
			if !d.in(h) {
				delete(d.set, h)
			}
		}
	}
}

func (d *distinct) in(hash uint64) bool { return hash&(1<<d.halved-1) == 0 }

func (d *distinct) count() int64 { return int64(len(d.set)) << d.halved }
