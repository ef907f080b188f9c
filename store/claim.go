package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// Claim gives a queued run to a worker. ErrConflict when somebody else has it or it has
// ended. The owner's name must be new for each claim: it tells this attempt from others.
func (s *Store) Claim(ctx context.Context, runID, owner string) (Run, error) {
	now := micro(atOnce())
	var r Run
	err := s.tx(ctx, func(c conn) error {
		var err error
		r, err = one(ctx, c, readRun, `UPDATE eddy_runs SET state = 'running', owner = ?, beats = beats + 1, attempt = attempt + 1, progress = '',
	        started_at = CASE WHEN started_at = 0 THEN ? ELSE started_at END, sync_run_id = CASE WHEN attempt = 0 THEN id ELSE sync_run_id END
	    WHERE id = ? AND state = 'queued' RETURNING `+runColumns, owner, now, runID)
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, "INSERT INTO eddy_marks (connection, first_run) VALUES (?, ?) ON CONFLICT (connection) DO UPDATE SET first_run = excluded.first_run WHERE eddy_marks.first_run = 0", r.Connection, now)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = s.whyNot(ctx, runID)
	}
	if err != nil {
		return Run{}, fmt.Errorf("claim: %w", err)
	}
	return r, nil
}

// whyNot tells why a run could not be had.
func (s *Store) whyNot(ctx context.Context, runID string) error {
	r, err := s.Run(ctx, runID)
	switch {
	case err != nil:
		return err
	case r.State.Ended():
		return fmt.Errorf("run %s has ended, %s: %w", runID, r.State, ErrConflict)
	case r.State == Queued:
		return fmt.Errorf("run %s is queued: %w", runID, ErrConflict)
	default:
		return fmt.Errorf("run %s belongs to %s: %w", runID, r.Owner, ErrConflict)
	}
}

// Beat says that the worker lives, and notes how far the run is; nil progress keeps what
// was noted. It tells whether the run is to be cancelled, and ErrConflict when it was taken back.
func (s *Store) Beat(ctx context.Context, runID, owner string, progress json.RawMessage) (cancel bool, err error) {
	cancel, err = one(ctx, s.conn(), plain[bool], `UPDATE eddy_runs SET beats = beats + 1, progress = CASE WHEN ? = '' THEN progress ELSE ? END
	    WHERE id = ? AND owner = ? AND state = 'running' RETURNING cancel_requested`, string(progress), string(progress), runID, owner)
	if errors.Is(err, ErrNotFound) {
		err = s.whyNot(ctx, runID)
	}
	return cancel, err
}

// TakeBack gives a run back to the queue in the name of a worker that was silent since the
// run was read; ErrConflict when it was not. Who asks judges how long silence may last, by
// what it saw itself: no clock is the same before and after a jump.
func (s *Store) TakeBack(ctx context.Context, seen Run) error {
	n, err := s.conn().exec(ctx, "UPDATE eddy_runs SET state = 'queued', owner = '' WHERE id = ? AND beats = ? AND state = 'running'", seen.RunID, seen.Beats)
	if err == nil && n == 0 {
		err = s.whyNot(ctx, seen.RunID)
	}
	return err
}

// Release gives a run back to the queue, for a worker that stops or must wait. The next
// claim counts as another attempt.
func (s *Store) Release(ctx context.Context, runID, owner string) error {
	n, err := s.conn().exec(ctx, "UPDATE eddy_runs SET state = 'queued', owner = '' WHERE id = ? AND owner = ? AND state = 'running'", runID, owner)
	if err == nil && n == 0 {
		err = s.whyNot(ctx, runID)
	}
	return err
}

// Finish ends a run with its report; what runs after it is to start if it ended well. ErrConflict
// when another has taken the run.
func (s *Store) Finish(ctx context.Context, runID, owner string, run eddy.Run, phases map[string]float64) error {
	if RunState(run.Status) == Running || run.Status == "" {
		return fmt.Errorf("finish run %s: it has not ended (%q)", runID, run.Status)
	}
	finished := atOnce()
	if run.FinishedAt != nil {
		finished = *run.FinishedAt
	}
	texts, err := reportTexts(run, phases)
	if err != nil {
		return fmt.Errorf("finish run %s: %w", runID, err)
	}
	return s.tx(ctx, func(c conn) error {
		connection, err := one(ctx, c, plain[string], `UPDATE eddy_runs SET state = ?, finished_at = ?, audience_id = ?, counts = ?, errors = ?, warnings = ?, phases = ?, used = ?, parts = ?
		    WHERE id = ? AND owner = ? AND state = 'running' RETURNING connection`,
			string(run.Status), micro(finished), run.AudienceID, texts.counts, texts.errors, texts.warnings, texts.phases, texts.used, texts.parts, runID, owner)
		if errors.Is(err, ErrNotFound) {
			return notMine(ctx, c, runID)
		}
		if err == nil {
			err = noteGood(ctx, c, connection, runID, run, finished)
		}
		if err != nil || run.Status != eddy.Succeeded && run.Status != eddy.CompletedWithErrors {
			return err
		}
		return askFollowers(ctx, c, connection)
	})
}

// noteGood remembers a run that ended well, and one that carried out what lists ask for, longer than
// the run is kept.
func noteGood(ctx context.Context, c conn, connection, runID string, run eddy.Run, finished time.Time) error {
	if run.Status == eddy.Succeeded || run.Status == eddy.CompletedWithErrors {
		if err := setMark(ctx, c, connection, "last_success", micro(finished)); err != nil {
			return err
		}
	}
	if !run.CarriedOut() {
		return nil
	}
	began, err := one(ctx, c, plain[int64], "SELECT started_at FROM eddy_runs WHERE id = ?", runID)
	if err != nil {
		return err
	}
	return setMark(ctx, c, connection, "carried_out", began)
}

// notMine is whyNot inside of a transaction.
func notMine(ctx context.Context, c conn, runID string) error {
	r, err := findRun(ctx, c, runID)
	if err != nil {
		return err
	}
	return fmt.Errorf("run %s is %s and belongs to %q: %w", runID, r.State, r.Owner, ErrConflict)
}

// Reject ends a run that waits for approval as cancelled: it cannot be approved any more. reason
// is what the person said of it, if anything. ErrConflict when it does not wait, or a newer
// run of its connection is there to be looked at.
func (s *Store) Reject(ctx context.Context, runID, reason string, by Actor) (Run, error) {
	var out Run
	err := s.tx(ctx, func(c conn) error {
		held, err := findRun(ctx, c, runID)
		if err != nil {
			return err
		}
		newer, err := newerRun(ctx, c, held)
		if err != nil {
			return err
		}
		if newer != "" {
			return fmt.Errorf("run %s of the connection is newer than %s: %w", newer, runID, ErrConflict)
		}
		message, about := saidBy("rejected", by), map[string]any{"connection": held.Connection}
		if reason != "" {
			message, about["note"] = message+": "+reason, reason
		}
		out, err = one(ctx, c, readRun, "UPDATE eddy_runs SET state = 'cancelled', message = ? WHERE id = ? AND state = 'needs_approval' RETURNING "+runColumns, message, runID)
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("run %s does not wait for approval, it is %s: %w", runID, held.State, ErrConflict)
		}
		if err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: by, Action: "reject", Kind: "run", Name: runID, Detail: detail(about)})
	})
	return out, err
}

// saidBy is what became of a run, and who wanted it, if that is known.
func saidBy(message string, by Actor) string {
	if by.Name == "" {
		return message
	}
	return message + ", by " + strings.ReplaceAll(by.Name, "\x00", "")
}

// report is what a run tells of itself, as it is kept.
type report struct{ counts, errors, warnings, phases, used, parts string }

func reportTexts(run eddy.Run, phases map[string]float64) (report, error) {
	if run.Errors == nil {
		run.Errors = []eddy.RunError{}
	}
	if run.Warnings == nil {
		run.Warnings = []eddy.Warning{}
	}
	if phases == nil {
		phases = map[string]float64{}
	}
	c, err1 := json.Marshal(run.Counts)
	e, err2 := json.Marshal(run.Errors)
	w, err3 := json.Marshal(run.Warnings)
	p, err4 := json.Marshal(phases)
	u, err5 := json.Marshal(run.Usage)
	parts, err6 := json.Marshal(run.Parts)
	return report{string(c), string(e), string(w), string(p), string(u), string(parts)}, errors.Join(err1, err2, err3, err4, err5, err6)
}

// RequestCancel asks for the end of a run. One that is queued is cancelled at once; the
// worker of one that runs hears of it with its next Beat. ErrConflict when it has ended.
func (s *Store) RequestCancel(ctx context.Context, runID string, by Actor) (Run, error) {
	var out Run
	err := s.tx(ctx, func(c conn) error {
		message := saidBy("cancelled before it began", by)
		var err error
		out, err = one(ctx, c, readRun, `UPDATE eddy_runs SET cancel_requested = TRUE, finished_at = CASE state WHEN 'queued' THEN ? ELSE finished_at END,
		        message = CASE state WHEN 'queued' THEN ? ELSE message END, state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END
		    WHERE id = ? AND state IN ('queued', 'running') RETURNING `+runColumns, micro(atOnce()), message, runID)
		if errors.Is(err, ErrNotFound) {
			if out, err = findRun(ctx, c, runID); err == nil {
				err = fmt.Errorf("run %s has ended, %s: %w", runID, out.State, ErrConflict)
			}
			return err
		}
		if err != nil {
			return err
		}
		return note(ctx, c, Audit{Actor: by, Action: "cancel", Kind: "run", Name: runID, Detail: detail(map[string]any{"connection": out.Connection})})
	})
	return out, err
}
