package sync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
	"github.com/eddy-retl/eddy/warehouse"
)

// runSplit runs each part of a connection, one after the other. A part that fails stops no other;
// err says what stopped the worst of them, or all.
func runSplit(ctx context.Context, job Job) (eddy.Run, error) {
	s := newSplitting(job)
	run := eddy.Run{
		RunID: cmp.Or(job.RunID, newRunID(s.now, "")), Connection: s.conn.Name, Status: eddy.Succeeded, Trigger: job.Trigger,
		StartedAt: s.now, Errors: []eddy.RunError{}, Warnings: []eddy.Warning{},
	}
	err := s.alone(ctx, &run)
	at := s.clock().UTC()
	run.FinishedAt = &at
	return run, err
}

// alone keeps other runs of the connection away meanwhile.
func (s *splitting) alone(ctx context.Context, run *eddy.Run) error {
	if s.job.Alone != nil {
		free, err := s.job.Alone(ctx)
		if err != nil {
			s.stopped(ctx, run, err)
			return err
		}
		defer free()
	}
	return s.run(ctx, run)
}

func (s *splitting) run(ctx context.Context, run *eddy.Run) error {
	err := s.begin(ctx, run)
	if err != nil {
		s.stopped(ctx, run, err)
		return err
	}
	run.AddUsage(s.used.Usage())
	run.Warnings = append(run.Warnings, s.used.Warnings()...)
	worst, err := run.Status, nil
	for _, p := range s.parts {
		if ctx.Err() != nil {
			break
		}
		job := s.jobOf(p)
		job.RunID = run.RunID
		job.Wish = s.wishOf(p)
		one, failed := Run(ctx, job)
		run.AddPart(p.report(), one)
		s.announce(run, p, one)
		if run.Status != worst {
			worst, err = run.Status, nil
		}
		if failed != nil && err == nil && one.Status == worst {
			err = fmt.Errorf("audience %s: %w", p.audience, failed)
		}
	}
	if len(run.Parts) < len(s.parts) {
		run.Status, err = eddy.Cancelled, ctx.Err()
		run.Errors = append([]eddy.RunError{{Reason: "cancelled", Count: 1, SampleIDs: []string{}, About: eddy.AboutRun, Mend: "The next run takes up what was left."}}, run.Errors...)
	}
	return err
}

// begin takes the connection for this run, and finds its parts and what is asked of them.
func (s *splitting) begin(ctx context.Context, run *eddy.Run) error {
	if s.job.ApproveRemovals > 0 {
		return &eddy.Error{
			Code: eddy.CodeUsage, What: fmt.Sprintf("connection %s: how many may leave is said for one audience, and it keeps several", s.conn.Name),
			Mend: "Approve the run that was held: it showed how many would leave each.",
		}
	}
	if err := s.open(ctx); err != nil {
		return err
	}
	last := ""
	for _, k := range s.known {
		last = max(last, k.LastRun)
	}
	if s.job.RunID == "" {
		run.RunID = newRunID(s.now, last)
	}
	for _, left := range s.left {
		run.Counts.Rows += left.Count
		run.Counts.Invalid += left.Count
		run.Errors = append(run.Errors, left)
		run.Status = eddy.CompletedWithErrors
	}
	if !s.job.Approve {
		return nil
	}
	if err := s.unsplit(ctx); err != nil {
		return err
	}
	return s.approved(ctx)
}

// stopped gives a run its end that came before any part's.
func (s *splitting) stopped(ctx context.Context, run *eddy.Run, err error) {
	f := newFlow(s.job)
	f.conclude(ctx, err)
	run.Status, run.Errors, run.Usage = f.run.Status, f.run.Errors, s.used.Usage()
}

// announce says that an audience was made for a value that was not there before, or emptied because
// a value is not there any more. Of a first run the list of parts says it all.
func (s *splitting) announce(run *eddy.Run, p part, one eddy.Run) {
	column, ended := s.conn.Split.Column, one.Status == eddy.Succeeded || one.Status == eddy.CompletedWithErrors
	switch {
	case !ended:
	case p.known == "" && len(s.known) > 0:
		run.Warnings = append(run.Warnings, eddy.Warning{
			Reason: fmt.Sprintf("%s has a new value %s: audience %s is made", column, p.value, p.audience), Count: p.rows,
			Mend: "Nothing to do if it is meant to have one; else leave its rows out of the model, and delete the audience.",
		})
	case p.gone && one.Counts.Delete > 0:
		run.Warnings = append(run.Warnings, eddy.Warning{
			Reason: fmt.Sprintf("no row has the value %s of %s any more: audience %s is emptied", p.value, column, p.audience), Count: one.Counts.Delete,
		})
	}
}

// approved reads which run is approved and which parts it held: nobody was shown what others do.
func (s *splitting) approved(ctx context.Context) error {
	s.held = map[string]string{}
	run, err := s.heldBy(ctx, s.job.ApproveRun, s.held, waits)
	if err == nil && run != "" {
		s.job.ApproveRun = run
	}
	return err
}

// heldBy finds the parts that a run held, or the newest that held any; by their value on record.
func (s *splitting) heldBy(ctx context.Context, run string, held map[string]string, counts func(eddy.Run) bool) (string, error) {
	e, err := s.job.State(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = e.Close() }()
	parts, err := ledger.Parts(ctx, e, s.conn.Name)
	if err != nil {
		return "", err
	}
	waiting := waitingParts{}
	for _, p := range parts {
		if err := waiting.add(ctx, e, p, counts); err != nil {
			return "", err
		}
	}
	if run == "" {
		for id := range waiting {
			run = max(run, id)
		}
	}
	for _, value := range waiting[run] {
		held[value] = run
	}
	return run, nil
}

// waitingParts are the values of the parts that wait, by the run that held them.
type waitingParts map[string][]string

// waits says that a part's run waits for a person, and guarded that it does for the guard: that one a
// person can reject.
func waits(r eddy.Run) bool { return r.Status == eddy.NeedsApproval }

func guarded(r eddy.Run) bool {
	return waits(r) && slices.ContainsFunc(r.Errors, func(e eddy.RunError) bool { return e.Removal != nil })
}

// add adds the runs that a part held and that wait: until one of its runs ends well.
func (w waitingParts) add(ctx context.Context, e warehouse.Engine, p ledger.Part, counts func(eddy.Run) bool) error {
	runs, err := ledger.Runs(ctx, e, p.Connection, waitingRuns)
	for _, r := range runs {
		if r.Status == eddy.Succeeded || r.Status == eddy.CompletedWithErrors || r.Status == eddy.Cancelled {
			break // it went on, or a person said no
		}
		if counts(r) {
			w[r.RunID] = append(w[r.RunID], p.Value)
		}
	}
	return err
}

// waitingRuns is how many runs of a part are looked at for one that waits.
const waitingRuns = 20

// wishOf is what is asked of a part. Where no part is known to wait, each judges for itself.
func (s *splitting) wishOf(p part) Wish {
	w := s.job.Wish
	if !w.Approve || len(s.held) == 0 || s.held[p.known] != "" && p.known != "" {
		return w
	}
	return Wish{Full: w.Full}
}

// rejectSplit drops a run of all parts that the guard held. One that waits for something else, such
// as an audience that was deleted, has nothing to be dropped.
func rejectSplit(ctx context.Context, job Job, run string) (string, error) {
	s, held := newSplitting(job), map[string]string{}
	found, err := s.heldBy(ctx, run, held, guarded)
	if err != nil {
		return "", err
	}
	if len(held) == 0 {
		what := "no run waits for approval"
		if run != "" {
			what = fmt.Sprintf("run %s does not wait for approval", run)
		}
		return "", &eddy.Error{Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s: %s", s.conn.Name, what), Mend: "A run that was held can be approved or rejected until a later one ends well. See \"eddy runs\"."}
	}
	for value := range held {
		if _, err := Reject(ctx, s.jobOf(part{value: value, known: value}), found); err != nil {
			return "", err
		}
	}
	return found, nil
}

// moveSplit carries the ledgers of all parts.
func moveSplit(ctx context.Context, job Job) (eddy.Run, error) {
	s := newSplitting(job)
	run := eddy.Run{
		RunID: newRunID(s.now, ""), Connection: s.conn.Name, Status: eddy.Succeeded, Trigger: MoveTrigger, StartedAt: s.now, FinishedAt: &s.now,
		Errors: []eddy.RunError{}, Warnings: []eddy.Warning{},
	}
	if err := s.recall(ctx); err != nil {
		return run, err
	}
	if len(s.known) == 0 {
		return run, &eddy.Error{Code: eddy.CodeConflict, What: fmt.Sprintf("connection %s: there is nothing to move: it has not run yet", s.conn.Name)}
	}
	moved := 0
	var nothing error
	for _, k := range s.known {
		p := part{value: k.Value, known: k.Value, audience: s.conn.AudienceOf(k.Value)}
		job := s.jobOf(p)
		job.Connection.Model = s.conn.Model
		one, err := Move(ctx, job)
		if eddy.ErrorCode(err) == eddy.CodeConflict && err != nil {
			nothing = err
			continue
		}
		run.AddPart(p.report(), one)
		if err != nil {
			return run, fmt.Errorf("audience %s: %w", p.audience, err)
		}
		moved++
	}
	if moved == 0 {
		return run, nothing
	}
	return run, nil
}
