package ledger

import (
	"context"
	"fmt"
	"slices"

	"github.com/eddy-retl/eddy"
)

// HeldRun is a run that waits for approval, and what it showed.
type HeldRun struct {
	RunID   string       `json:"run"`
	Removal eddy.Removal `json:"removal"`
}

// heldRuns bounds the runs that can be approved: who looks at them looks at the newest.
const heldRuns = 20

// HeldRun is the run of an id that waits for approval or, without an id, the newest one.
func (h *history) HeldRun(id string) (HeldRun, bool) {
	for _, held := range slices.Backward(h.past.Held) {
		if id == "" || held.RunID == id {
			return held, true
		}
	}
	return HeldRun{}, false
}

// ended takes in how a run ended: one that was held can be approved until one ends well.
func (p *past) ended(run eddy.Run) {
	switch run.Status {
	case eddy.Succeeded, eddy.CompletedWithErrors:
		p.Held = nil
	case eddy.NeedsApproval:
		for _, e := range run.Errors {
			if e.Removal != nil {
				p.Held = append(p.Held, HeldRun{run.RunID, *e.Removal})
			}
		}
		p.Held = p.Held[max(0, len(p.Held)-heldRuns):]
	}
}

// rejected takes in that a person dropped a run that was held. Those before it, which as a
// rule showed the same, go with it: the next approval would fall back to them.
func (p *past) rejected(run string) {
	at := slices.IndexFunc(p.Held, func(h HeldRun) bool { return h.RunID == run })
	p.Held = slices.Clone(p.Held[at+1:])
}

// Reject drops a run that waits for approval, or the newest one, and those before it: they
// cannot be approved any more. It says which run that was.
func (l *Ledger) Reject(ctx context.Context, id string) (HeldRun, error) {
	held, ok := l.HeldRun(id)
	if !ok {
		what := "no run waits for approval"
		if id != "" {
			what = fmt.Sprintf("run %s does not wait for approval", id)
		}
		return held, &eddy.Error{
			Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s: %s", l.connection, what),
			Mend: "A run that was held can be approved or rejected until a later one ends well. See \"eddy runs\".",
		}
	}
	return held, l.append(ctx, held.RunID, eventRejected, struct{}{})
}

// HeldBack is the status, in the sync log, of a record that would leave, or lose identities,
// by a run that is held.
const HeldBack = "held"

// What a run that is held would do to a record, as its list says it.
const (
	// Leaves: none of the record's identities would stay.
	Leaves Status = "leaves"
	// Loses: it would lose some, or have others in their place.
	Loses Status = "loses"
)

// LogHeld writes the sync log's lines of a run that is held: the records of which
// exceptions say that they would lose identities.
func (c *Changes) LogHeld(ctx context.Context, run eddy.Run) error {
	if c.Exceptions == "" {
		return nil
	}
	r := c.reporting(stamp(*run.FinishedAt), 0)
	r.Run, r.Log, r.Started = run.RunID, c.l.shared("sync_log"), stamp(run.StartedAt)
	if _, err := c.l.exec(ctx, "log", c.l.render("log_held", r)); err != nil {
		return fmt.Errorf("write the list of who would leave: %w", err)
	}
	return nil
}
