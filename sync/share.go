package sync

import (
	"context"
	"iter"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// share works out what exactly leaves the audience, and who is asserted again because
// of it (promise 2). SQL finds candidates, the destination's normalisation decides.
func (f *flow) share(ctx context.Context) (err error) {
	if err := f.freeze(ctx); err != nil {
		return err
	}
	if f.removals, err = f.st.FindRemovals(ctx); err != nil {
		return err
	}
	if f.removals > 0 {
		if err := f.work(ctx); err != nil {
			return err
		}
		if err := f.st.Share(ctx); err != nil {
			return err
		}
	}
	if f.job.Connection.SyncMode == eddy.Upsert {
		f.removals = 0 // what lapsed has left by itself
	}
	if err := f.st.Refill(ctx); err != nil {
		return err
	}
	if err := f.st.EachDropped(ctx, func(id, reason string) { f.problems.add(reason, id) }); err != nil {
		return err
	}
	f.summary, err = f.st.Summarise(ctx)
	return err
}

// freeze lets records that contradicting rows froze stand for the identities that they
// are held for, whatever the settings say now: digests are the same with all of them.
func (f *flow) freeze(ctx context.Context) error {
	var frozen []warehouse.FrozenValues
	err := f.st.Frozen(ctx, func(v warehouse.FrozenValues) error {
		v.Values = slices.Clone(v.Values)
		frozen = append(frozen, v)
		return nil
	})
	if err != nil || len(frozen) == 0 {
		return err
	}
	old, err := f.oldPreparers(ctx)
	if err != nil {
		return err
	}
	var p destination.Prepared
	for _, v := range frozen {
		old(v.Prepared).Prepare(v.Values, &p)
		f.digests(&p, v.Values)
	}
	return f.st.PutFrozen(ctx, frozen)
}

// work fills the tables of identities that go and that stay.
func (f *flow) work(ctx context.Context) error {
	if f.job.Digests {
		return f.st.SplitDigests(ctx)
	}
	if err := f.prepareGone(ctx); err != nil {
		return err
	}
	last, err := f.st.FindKept(ctx)
	if err != nil {
		return err
	}
	var p destination.Prepared
	return f.pages(ctx, last, f.st.PutKept, func(from, to int64, add func(warehouse.Identity)) error {
		return f.st.Kept(ctx, from, to, func(seq int64, values []string) error {
			f.preparer.Prepare(values, &p)
			for _, id := range p.Identities {
				add(warehouse.Identity{Seq: seq, Field: id.Field, Value: string(id.Value)})
			}
			return nil
		})
	})
}

// prepareGone prepares the old and the new values of each version from which something
// may leave: an identity leaves when the new values no longer have it.
func (f *flow) prepareGone(ctx context.Context) error {
	old, err := f.oldPreparers(ctx)
	if err != nil {
		return err
	}
	var verdicts []warehouse.Verdict
	var was, is destination.Prepared
	err = f.pages(ctx, f.removals, f.st.PutGone, func(from, to int64, add func(warehouse.Identity)) error {
		return f.st.Removals(ctx, from, to, func(o warehouse.Old) error {
			old(o.Prepared).Prepare(o.OldValues, &was)
			is.Reset()
			if o.Wanted {
				f.preparer.Prepare(o.NewValues, &is)
				if v, ok := f.verdict(o, &is); ok {
					verdicts = append(verdicts, v)
				}
			}
			for _, id := range was.Identities {
				add(warehouse.Identity{Seq: o.Seq, Field: id.Field, Value: string(id.Value), Leaving: !has(is.Identities, id)})
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return f.st.PutVerdicts(ctx, verdicts)
}

// verdict turns an update whose new values are nobody into a removal.
func (f *flow) verdict(o warehouse.Old, is *destination.Prepared) (warehouse.Verdict, bool) {
	reason := is.Invalid
	if f.expired(is) {
		reason = warehouse.ReasonExpired
	}
	if reason == "" {
		return warehouse.Verdict{}, false
	}
	is.Identities = is.Identities[:0]
	return warehouse.Verdict{Snapshot: o.Snapshot, Operation: eddy.Delete, Reason: reason}, true
}

func (f *flow) expired(p *destination.Prepared) bool {
	return !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(f.now)
}

func has(ids []destination.Identity, id destination.Identity) bool {
	for _, x := range ids {
		if x.Field == id.Field && string(x.Value) == string(id.Value) {
			return true
		}
	}
	return false
}

// oldPreparers gives the preparer that a version in held was prepared with.
func (f *flow) oldPreparers(ctx context.Context) (func(int64) destination.Preparer, error) {
	settings, err := f.st.Prepared(ctx)
	if err != nil {
		return nil, err
	}
	made := map[int64]destination.Preparer{f.prepared: f.preparer}
	for id, s := range settings {
		if made[id] != nil {
			continue
		}
		if made[id], err = f.job.Destination.Preparer(s); err != nil {
			return nil, err
		}
	}
	return func(id int64) destination.Preparer {
		if p := made[id]; p != nil {
			return p
		}
		return f.preparer
	}, nil
}

// identityPage is how many numbered rows are prepared before their identities are
// written: a session cannot write while a result of its own streams in.
const identityPage = 50_000

// pages reads numbered rows up to last in pages, and puts each page's identities.
func (f *flow) pages(ctx context.Context, last int64, put func(context.Context, iter.Seq[warehouse.Identity]) error, read func(from, to int64, add func(warehouse.Identity)) error) error {
	var buf []warehouse.Identity
	for from := int64(0); from < last; from += identityPage {
		buf = buf[:0]
		err := read(from, from+identityPage, func(id warehouse.Identity) { buf = append(buf, id) })
		if err != nil {
			return err
		}
		if len(buf) == 0 {
			continue
		}
		if err := put(ctx, slices.Values(buf)); err != nil {
			return err
		}
	}
	return nil
}
