package sync

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// MoveTrigger is the trigger of the run that a move is on record as.
const MoveTrigger = "move"

// Move carries the ledger to the job's place from the other one, without looking at the
// model: the run that it is on record as sends nothing and changes nobody. Where the job's
// place has the newest run already it is an error, and no run.
func Move(ctx context.Context, job Job) (eddy.Run, error) {
	if job.split() {
		return moveSplit(ctx, job)
	}
	job.Trigger = MoveTrigger
	f := newFlow(job)
	err := carrier{f}.move(ctx)
	f.conclude(ctx, err)
	if f.l != nil {
		err = errors.Join(err, f.l.Close())
	}
	return f.run, err
}

func (f carrier) move(ctx context.Context) error {
	if err := f.open(ctx, false); err != nil {
		return err
	}
	from, err := f.lookElsewhere(ctx)
	if err == nil {
		err = from.close()
	}
	if err != nil {
		return err
	}
	if ours, _ := f.l.LastRun(); from.last <= ours {
		e := &eddy.Error{Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s: there is nothing to move: its newest run is where it would go", f.run.Connection)}
		if ours == "" {
			e.What = fmt.Sprintf("connection %s: there is nothing to move: it has not run yet", f.run.Connection)
		}
		return e
	}
	if err := f.begin(ctx); err != nil {
		return err
	}
	f.finish()
	f.run.Status = eddy.Succeeded
	return nil
}

// carrier takes over what another place of the ledger holds.
type carrier struct{ *flow }

// elsewhere is the other place where the ledger may live; its ledger is nil if nothing is
// there.
type elsewhere struct {
	engine warehouse.Engine
	l      *ledger.Ledger
	// last is the newest run there.
	last string
}

// lookElsewhere opens the ledger's other place and sees how far its runs have come.
func (f carrier) lookElsewhere(ctx context.Context) (e elsewhere, err error) {
	if f.job.Elsewhere == nil {
		return e, nil
	}
	if e.engine, err = f.job.Elsewhere(ctx); err != nil || e.engine == nil {
		return elsewhere{}, err
	}
	e.l, err = ledger.Open(ctx, ledger.Config{Engine: e.engine, Connection: f.run.Connection, Fields: f.fields, Digests: !f.job.Digests, Dry: true, Anew: f.job.Approve})
	if err != nil {
		return elsewhere{}, errors.Join(err, e.engine.Close())
	}
	e.last, _ = e.l.LastRun()
	return e, nil
}

func (e elsewhere) close() error {
	if e.l == nil {
		return nil
	}
	return e.l.Close()
}

// carry takes held along when the ledger was moved between warehouse and state folder:
// the place with the newest run knows what the audience holds.
func (f carrier) carry(ctx context.Context, from elsewhere) error {
	free, err := f.idle(ctx, from.engine)
	if err != nil {
		return err
	}
	defer free()
	if err := f.bring(ctx, from.l); err != nil {
		return fmt.Errorf("take the ledger over from its other place: %w", err)
	}
	if err := f.bringHeldOut(ctx, from.l); err != nil {
		return fmt.Errorf("take over from its other place who is held out: %w", err)
	}
	f.l.SetColumns(from.l.Columns())
	f.note("the state was moved: what the audience holds was taken over from its other place")
	return nil
}

// idle refuses to take over from a place where a run of the connection is in progress, and
// keeps others from beginning there meanwhile (promise 8). A look takes nothing.
func (f carrier) idle(ctx context.Context, other warehouse.Engine) (free func(), err error) {
	if f.dry {
		return func() {}, nil
	}
	lease, err := other.Lock(ctx, other.Schema()+"/"+f.run.Connection)
	if eddy.ErrorCode(err) == eddy.CodeConflict {
		return nil, &eddy.Error{
			Code: eddy.CodeConflict,
			What: fmt.Sprintf("connection %s: another run of it is in progress where its state was before", f.run.Connection),
			Mend: "Wait for it to end, or stop it; two runs of one connection never overlap.",
		}
	}
	if err != nil {
		return nil, fmt.Errorf("lock the ledger's other place: %w", err)
	}
	return func() { lease.Release(context.WithoutCancel(ctx)) }, nil
}

// bring loads another place's versions of whoever may be in the audience.
func (f carrier) bring(ctx context.Context, other *ledger.Ledger) error {
	feed := other.Feed()
	numbers, added := f.l.SettingsOf(other.Settings())
	convert, err := f.converter(other, numbers)
	if err != nil {
		return err
	}
	var failed error
	rows := func(yield func(ledger.Version) bool) {
		failed = other.EachVersion(ctx, func(v ledger.Version) error {
			if v.Until == "" {
				return nil
			}
			convert(&v)
			if !yield(v) {
				return errors.New("the load stopped")
			}
			return nil
		})
	}
	if err := f.l.Bring(ctx, feed, added, iter.Seq[ledger.Version](rows)); err != nil {
		return errors.Join(err, failed)
	}
	if failed != nil {
		return failed
	}
	if f.run.AudienceID == "" {
		f.run.AudienceID = feed.AudienceID
	}
	if feed.AudienceID == "" && feed.Creating == "" {
		return nil
	}
	return f.l.SetFeed(ctx, ledger.Feed{Account: feed.Account, AudienceID: feed.AudienceID, Creating: feed.Creating, Left: feed.Left})
}

// bringHeldOut takes over who was held out, and since when.
func (f carrier) bringHeldOut(ctx context.Context, other *ledger.Ledger) error {
	if f.job.Connection.Holdout == nil {
		return nil
	}
	var failed error
	err := f.l.BringHeldOut(ctx, func(yield func(ledger.HeldOut) bool) {
		failed = other.EachHeldOut(ctx, func(h ledger.HeldOut) error {
			if !yield(h) {
				return errors.New("the load stopped")
			}
			return nil
		})
	})
	return errors.Join(err, failed)
}

// converter makes a version's values fit this place: digests where it keeps digests. Values
// that already are digests stand in the warehouse as they are.
func (f carrier) converter(other *ledger.Ledger, numbers map[int]int) (func(*ledger.Version), error) {
	preparers := map[int]destination.Preparer{}
	for n, s := range other.Settings() {
		var err error
		if preparers[n], err = f.job.Destination.Preparer(s); err != nil {
			return nil, err
		}
	}
	var p destination.Prepared
	return func(v *ledger.Version) {
		if preparer := preparers[v.Settings]; f.job.Digests && preparer != nil {
			preparer.Prepare(v.Values, &p)
			f.digests(&p, v.Values)
		}
		v.Settings = numbers[v.Settings]
	}, nil
}

// digests writes what was prepared of a row as the values of a ledger that keeps digests.
func (f carrier) digests(p *destination.Prepared, values []string) {
	clear(values)
	for _, id := range p.Identities {
		v := &values[id.Field]
		*v = strings.TrimPrefix(*v+","+string(id.Value), ",")
	}
	for i, x := range f.fields {
		switch at := p.EffectiveAt; {
		case x.Identity:
		case x.Ends:
			at = p.ExpiresAt
			fallthrough
		default:
			if !at.IsZero() {
				values[i] = at.UTC().Format(time.RFC3339)
			}
		}
	}
}
