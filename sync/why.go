package sync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// Question asks after one person: by an identity, or by the record.
type Question struct {
	// Field and Value are an identity as the model has it, or its digest.
	Field, Value string
	// RecordID asks after a record instead.
	RecordID string
}

// Answer says why a person is, or is not, in the audience.
type Answer struct {
	Connection string `json:"connection"`
	// Standing is the verdict in a word.
	Standing Standing `json:"standing" enum:"in,leaving,perhaps,out"`
	// Verdict sums it up in one sentence.
	Verdict string           `json:"verdict"`
	Rows    []RowAnswer      `json:"rows" nullable:"false"`
	Held    []ledger.Version `json:"held" nullable:"false"`
	Log     []eddy.LogEntry  `json:"log" nullable:"false"`
	// Parts are those of several audiences that know of the person, the one that has most of them first.
	Parts []PartAnswer `json:"parts,omitempty"`
}

// Standing is how somebody stands to an audience.
type Standing string

// The standings.
const (
	// In: delivered, and a usable row carries them.
	In Standing = "in"
	// Leaving: in, and the next run removes them.
	Leaving Standing = "leaving"
	// Perhaps: sent, and no answer settled it.
	Perhaps Standing = "perhaps"
	// Out: not in.
	Out Standing = "out"
)

// RowAnswer is a row of the model that carries the identity.
type RowAnswer struct {
	RecordID string `json:"record_id"`
	// Identities counts the row's usable values by field.
	Identities map[string]int `json:"identities"`
	// Invalid says why the row cannot be sent, or that it is held_out or suppressed; empty when it can.
	Invalid string `json:"invalid"`
	// Dropped are the values that were left out, by reason.
	Dropped []string `json:"dropped" nullable:"false"`
}

// mostLogged bounds the records whose log is read: thousands may share a shop's telephone.
const mostLogged = 20

// Why answers a question from the model, from held and from the sync log. It sends
// nothing and changes nothing.
func Why(ctx context.Context, job Job, q Question) (Answer, error) {
	if job.split() {
		return whySplit(ctx, job, q)
	}
	f, a := look{newFlow(job)}, newAnswer(job.Connection)
	err := f.why(ctx, q, &a)
	if f.l != nil {
		err = errors.Join(err, f.l.Close())
	}
	return a, err
}

func newAnswer(c eddy.Connection) Answer {
	return Answer{Connection: c.Name, Rows: []RowAnswer{}, Held: []ledger.Version{}, Log: []eddy.LogEntry{}}
}

// wanted tells whether a prepared record is asked after.
type wanted func(id string, p *destination.Prepared) bool

func (f look) wanted(q Question) (wanted, error) {
	if q.RecordID != "" {
		return func(id string, _ *destination.Prepared) bool { return id == q.RecordID }, nil
	}
	values := make([]string, len(f.fields))
	for i, x := range f.fields {
		if x.Name == q.Field {
			values[i] = q.Value
		}
	}
	var p destination.Prepared
	f.prepare.now.Prepare(values, &p)
	if len(p.Identities) == 0 {
		return nil, &eddy.Error{Code: eddy.CodeUsage, What: "nobody can be found by that: " + p.Invalid}
	}
	return func(_ string, other *destination.Prepared) bool {
		for _, id := range p.Identities {
			if has(other.Identities, id) {
				return true
			}
		}
		return false
	}, nil
}

func (f look) why(ctx context.Context, q Question, a *Answer) error {
	if err := f.open(ctx, true); err != nil {
		return err
	}
	if err := f.begin(ctx); err != nil {
		return err
	}
	match, err := f.wanted(q)
	if err != nil {
		return err
	}
	staged, err := f.stage(ctx)
	if err != nil {
		return err
	}
	if err := suppressing(f).find(ctx, staged, f.l.Feed()); err != nil {
		return err
	}
	ids := map[string]bool{}
	if q.RecordID != "" {
		ids[q.RecordID] = true
	}
	if err := f.whyRows(ctx, staged, match, ids, a); err != nil {
		return err
	}
	if err := f.whyHeld(ctx, match, ids, a); err != nil {
		return err
	}
	some := slices.Sorted(maps.Keys(ids))
	for _, id := range some[:min(mostLogged, len(some))] {
		err := f.l.Log(ctx, ledger.LogFilter{RecordID: id, Limit: 100}, func(e eddy.LogEntry) error {
			a.Log = append(a.Log, e)
			return nil
		})
		if err != nil {
			return err
		}
	}
	a.Standing, a.Verdict = verdict(a, f.job.Connection.SyncMode)
	return nil
}

func (f look) whyRows(ctx context.Context, staged *ledger.Staged, match wanted, ids map[string]bool, a *Answer) error {
	var p destination.Prepared
	return staged.Each(ctx, func(id string, values []string) error {
		f.prepare.now.Prepare(values, &p)
		if !match(id, &p) {
			return nil
		}
		ids[id] = true
		r := RowAnswer{RecordID: id, Identities: map[string]int{}, Invalid: p.Invalid, Dropped: []string{}}
		if r.Invalid == "" && f.expired(&p) {
			r.Invalid = ledger.ReasonExpired
		}
		if ledger.IsHeldOut(f.model.Holdout, id) {
			r.Invalid = ledger.ReasonHeldOut
		}
		if staged.IsSuppressed(id) {
			r.Invalid = ledger.ReasonSuppressed
		}
		for _, x := range p.Identities {
			r.Identities[f.fields[x.Field].Name]++
		}
		for _, x := range p.Problems {
			r.Dropped = append(r.Dropped, x.Reason)
		}
		a.Rows = append(a.Rows, r)
		return nil
	})
}

func (f look) whyHeld(ctx context.Context, match wanted, ids map[string]bool, a *Answer) error {
	var p destination.Prepared
	return f.l.EachVersion(ctx, func(h ledger.Version) error {
		if err := f.prepare.old(ledger.Values{Settings: h.Settings, Texts: h.Values}, &p); err != nil {
			return err
		}
		if match(h.RecordID, &p) {
			ids[h.RecordID] = true
			h.Values = nil
			a.Held = append(a.Held, h)
		}
		return nil
	})
}

func (f look) expired(p *destination.Prepared) bool {
	return !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(f.now)
}

// verdict sums an answer up.
func verdict(a *Answer, mode eddy.SyncMode) (Standing, string) {
	held, doubt, sendable, out, listed := 0, 0, 0, 0, 0
	for _, h := range a.Held {
		switch h.State {
		case "held", "beside":
			held++
		case "doubt", "leaving":
			doubt++
		}
	}
	for _, r := range a.Rows {
		if r.Invalid == "" {
			sendable++
		}
		if r.Invalid == ledger.ReasonHeldOut {
			out++
		}
		if r.Invalid == ledger.ReasonSuppressed {
			listed++
		}
	}
	switch {
	case held > 0 && sendable > 0:
		if sendable == 1 {
			return In, "In the audience: a row of the model carries it, and it was delivered."
		}
		return In, fmt.Sprintf("In the audience: %d rows of the model carry it, and it was delivered.", sendable)
	case held > 0 && listed > 0:
		return Leaving, "In the audience, and on a list of suppress by now: the next run removes it."
	case held > 0 && len(a.Rows) == 0 && mode == eddy.Upsert:
		return In, "In the audience, and no row of the model carries it any more; with sync_mode: upsert it stays."
	case held > 0 && out > 0:
		return Leaving, "In the audience, and held out by now: the next run removes it."
	case held > 0:
		return Leaving, "In the audience, and no usable row of the model carries it any more: the next run removes it."
	case doubt > 0:
		return Perhaps, "Perhaps in the audience: it was sent, and no answer settled whether it arrived; the next run settles it."
	case sendable > 0:
		return Out, "Not in the audience yet: the model has it, and it was not delivered; see the log, or run a sync."
	case listed > 0:
		return Out, "Not in the audience: it is suppressed. An identity of its row stands on a list of suppress."
	case out > 0:
		return Out, "Not in the audience: it is held out. The connection's holdout keeps a stable share of its records out."
	case len(a.Rows) > 0:
		return Out, "Not in the audience: the model has it in rows that cannot be sent: " + a.Rows[0].Invalid + "."
	default:
		return Out, "Not in the audience: no row of the model carries it, and nothing is held."
	}
}
