package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// carry takes held along when the state was moved between warehouse and state folder:
// the place with the newest run knows what the audience holds.
func (f *flow) carry(ctx context.Context) (err error) {
	if f.job.Elsewhere == nil {
		return nil
	}
	session, err := f.job.Elsewhere(ctx)
	if err != nil || session == nil {
		return err
	}
	theirs, open, err := warehouse.LastRun(ctx, session, f.run.Connection, "")
	if err != nil {
		return errors.Join(err, session.Close())
	}
	ours, err := f.st.LastRun(ctx)
	if err != nil || !theirs.After(ours) {
		return errors.Join(err, session.Close())
	}
	other, err := warehouse.Open(ctx, warehouse.Config{Session: session, Connection: f.run.Connection, Fields: f.fields, Digests: !f.job.Digests, Dry: true})
	if err != nil {
		return errors.Join(err, session.Close())
	}
	defer func() { err = errors.Join(err, other.Close()) }()
	if err := f.take(ctx, other, open); err != nil {
		return fmt.Errorf("take the state over from its other place: %w", err)
	}
	f.note("the state was moved: what the audience holds was taken over from its other place")
	return nil
}

// take imports another place's rows; those of a run that never ended are in doubt.
func (f *flow) take(ctx context.Context, other *warehouse.State, open bool) error {
	feed, ok, err := other.FeedOf(ctx)
	if err != nil {
		return err
	}
	convert, err := f.converter(ctx, other)
	if err != nil {
		return err
	}
	var failed error
	err = f.st.Import(ctx, func(yield func(warehouse.HeldRow) bool) {
		failed = other.EachHeld(ctx, func(h warehouse.HeldRow) error {
			if !h.Member() {
				return nil
			}
			if open {
				h = h.InDoubt()
			}
			convert(&h)
			if !yield(h) {
				return errors.New("the import stopped")
			}
			return nil
		})
	})
	if err = errors.Join(err, failed); err != nil || !ok {
		return err
	}
	if f.run.AudienceID == "" {
		f.run.AudienceID = feed.AudienceID
	}
	if f.dry {
		return nil
	}
	return f.st.SetFeed(ctx, feed)
}

// converter makes a row's values fit this place: digests where it keeps digests. Values
// that already are digests stand in the warehouse as they are.
func (f *flow) converter(ctx context.Context, other *warehouse.State) (func(*warehouse.HeldRow), error) {
	settings, err := other.Prepared(ctx)
	if err != nil {
		return nil, err
	}
	here, preparers := map[int64]int64{}, map[int64]destination.Preparer{}
	for id, s := range settings {
		if here[id], err = f.st.PreparedWith(ctx, s); err != nil {
			return nil, err
		}
		if preparers[id], err = f.job.Destination.Preparer(s); err != nil {
			return nil, err
		}
	}
	var p destination.Prepared
	return func(h *warehouse.HeldRow) {
		preparer := preparers[h.Prepared]
		h.Prepared = here[h.Prepared]
		if !f.job.Digests || preparer == nil {
			return
		}
		preparer.Prepare(h.Values, &p)
		clear(h.Values)
		for _, id := range p.Identities {
			v := &h.Values[id.Field]
			*v = strings.TrimPrefix(*v+","+string(id.Value), ",")
		}
		for i, x := range f.fields {
			switch {
			case x.Name == "expires_at" && !p.ExpiresAt.IsZero():
				h.Values[i] = p.ExpiresAt.UTC().Format(time.RFC3339)
			case x.Name == "effective_at" && !p.EffectiveAt.IsZero():
				h.Values[i] = p.EffectiveAt.UTC().Format(time.RFC3339)
			}
		}
	}, nil
}
