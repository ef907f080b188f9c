package sync

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/warehouse"
)

// elsewhere is the other place where the state may lie; its session is nil if nothing is
// there.
type elsewhere struct {
	session warehouse.Session
	// last is the newest run there; open says that a run there never ended.
	last string
	open bool
}

// lookElsewhere opens the state's other place and sees how far its runs have come.
func (f *flow) lookElsewhere(ctx context.Context) (e elsewhere, err error) {
	if f.job.Elsewhere == nil {
		return e, nil
	}
	if e.session, err = f.job.Elsewhere(ctx); err != nil || e.session == nil {
		return elsewhere{}, err
	}
	if e.last, e.open, err = warehouse.LastRun(ctx, e.session, f.run.Connection); err != nil {
		return elsewhere{}, errors.Join(err, e.session.Close())
	}
	return e, nil
}

func (e elsewhere) close() error {
	if e.session == nil {
		return nil
	}
	return e.session.Close()
}

// carry takes held along when the state was moved between warehouse and state folder:
// the place with the newest run knows what the audience holds.
func (f *flow) carry(ctx context.Context, from elsewhere) error {
	free, err := f.idle(ctx, from.session)
	if err != nil {
		return err
	}
	defer free()
	other, err := warehouse.Open(ctx, warehouse.Config{Session: from.session, Connection: f.run.Connection, Fields: f.fields, Digests: !f.job.Digests, Dry: true, Anew: f.job.Approve})
	if err != nil {
		return err
	}
	if err := f.take(ctx, other, from.open); err != nil {
		return fmt.Errorf("take the state over from its other place: %w", err)
	}
	f.note("the state was moved: what the audience holds was taken over from its other place")
	return nil
}

// idle refuses to take over from a place where a run of the connection is in progress, and
// keeps others from beginning there meanwhile (promise 8). Local state is locked once it is open.
func (f *flow) idle(ctx context.Context, other warehouse.Session) (free func(), err error) {
	l, ok := other.(warehouse.Locker)
	if !ok || f.dry {
		return func() {}, nil
	}
	release, got, err := l.TryLock(ctx, other.Schema()+"/"+f.run.Connection)
	if err != nil {
		return nil, fmt.Errorf("lock the state's other place: %w", err)
	}
	if !got {
		return nil, &eddy.Error{
			Code: eddy.CodeConflict,
			What: fmt.Sprintf("connection %s: another run of it is in progress where its state was before", f.run.Connection),
			Mend: "Wait for it to end, or stop it; two runs of one connection never overlap.",
		}
	}
	return func() { release(context.WithoutCancel(ctx)) }, nil
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
		if f.job.Digests && preparer != nil {
			preparer.Prepare(h.Values, &p)
			f.digests(&p, h.Values)
		}
	}, nil
}

// digests writes what was prepared of a row as the values of a state that keeps digests.
func (f *flow) digests(p *destination.Prepared, values []string) {
	clear(values)
	for _, id := range p.Identities {
		v := &values[id.Field]
		*v = strings.TrimPrefix(*v+","+string(id.Value), ",")
	}
	for i, x := range f.fields {
		switch {
		case x.Name == "expires_at" && !p.ExpiresAt.IsZero():
			values[i] = p.ExpiresAt.UTC().Format(time.RFC3339)
		case x.Name == "effective_at" && !p.EffectiveAt.IsZero():
			values[i] = p.EffectiveAt.UTC().Format(time.RFC3339)
		}
	}
}
