package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// RunState is how a run stands: Queued, Running, Skipped, or the status it ended with.
type RunState string

// The states that are not statuses of an ended run.
const (
	// Queued runs wait for a worker.
	Queued RunState = "queued"
	// Running runs have been claimed by one.
	Running RunState = RunState(eddy.Running)
	// Skipped runs were due and did not begin, because another was under way.
	Skipped RunState = "skipped"
)

// Ended says that nothing will happen to the run any more.
func (s RunState) Ended() bool { return s != Queued && s != Running }

// Run is a run as the server knows it. The embedded Run is its report; its status is
// the state, and its time of start zero until it begins.
type Run struct {
	eddy.Run

	State       RunState  `json:"state"`
	RequestedAt time.Time `json:"requested_at"`
	// RequestedBy names who asked for it.
	RequestedBy string `json:"requested_by"`
	// ScheduledFor is when a scheduled run was due; zero for others.
	ScheduledFor time.Time `json:"scheduled_for"`
	Full         bool      `json:"full"`
	Approval
	// Attempt counts how often a worker took it.
	Attempt int `json:"attempt"`
	// SyncRunIDs are the ids under which it stands in the sync log: its own, and after it those
	// of further attempts, which had ids of their own in earlier versions.
	SyncRunIDs []string `json:"sync_run_ids"`
	// Progress is how far it is, as the worker told.
	Progress json.RawMessage `json:"progress"`
	// Phases are seconds by phase.
	Phases map[string]float64 `json:"phases"`
	// Owner has the run, and counts Beats up while it lives.
	Owner           string `json:"owner"`
	Beats           int64  `json:"beats"`
	CancelRequested bool   `json:"cancel_requested"`
	// Message says what the errors do not, such as why it was skipped.
	Message string `json:"message"`
}

// Approval lets a run go on that the guard would hold, as far as was shown.
type Approval struct {
	Approve bool `json:"approve"`
	// ApproveRun is the held run that showed it, by its id in the ledger; empty is the newest.
	ApproveRun string `json:"approve_run"`
	// ApproveRemovals, if not 0, is in its place how many may leave.
	ApproveRemovals int64 `json:"approve_removals"`
}

// NewRun asks for a run.
type NewRun struct {
	Connection, Trigger, RequestedBy string
	// IdempotencyKey, if not empty, makes the same request within a day give the same run.
	IdempotencyKey string
	Full           bool
	Approval
	// ScheduledFor is when a scheduled run was due.
	ScheduledFor time.Time
	// Message is what the run says beside its errors, such as why a person approved it.
	Message string
}

// keyLifetime is how long an idempotency key is known.
const keyLifetime = 24 * time.Hour

// ActiveError says that the connection already has a run.
type ActiveError struct {
	Connection, RunID string
	State             RunState
}

// Error says which run it is.
func (e *ActiveError) Error() string {
	return fmt.Sprintf("connection %s already has run %s, which is %s\n  Wait until it has ended, or cancel it.", e.Connection, e.RunID, e.State)
}

// Is makes it a conflict.
func (e *ActiveError) Is(target error) bool { return target == ErrConflict }

const runColumns = "id, connection, state, trigger_type, requested_at, requested_by, scheduled_for, full_run, approved, approve_run, approve_removals, attempt, sync_run_id, started_at, finished_at, audience_id, counts, errors, warnings, progress, phases, used, parts, owner, beats, cancel_requested, message"

func readRun(row scanner) (r Run, err error) {
	var requested, scheduled, started, finished int64
	var counts, errs, warnings, progress, phases, used, parts, ids string
	if err := row.Scan(&r.RunID, &r.Connection, &r.State, &r.Trigger, &requested, &r.RequestedBy, &scheduled, &r.Full, &r.Approve, &r.ApproveRun, &r.ApproveRemovals, &r.Attempt, &ids,
		&started, &finished, &r.AudienceID, &counts, &errs, &warnings, &progress, &phases, &used, &parts, &r.Owner, &r.Beats, &r.CancelRequested, &r.Message); err != nil {
		return r, err
	}
	r.Status = eddy.Status(r.State)
	r.SyncRunIDs = strings.Fields(ids)
	r.RequestedAt, r.ScheduledFor, r.StartedAt = moment(requested), moment(scheduled), moment(started)
	if finished != 0 {
		at := moment(finished)
		r.FinishedAt = &at
	}
	if progress != "" {
		r.Progress = json.RawMessage(progress)
	}
	err = errors.Join(json.Unmarshal([]byte(counts), &r.Counts), json.Unmarshal([]byte(errs), &r.Errors), json.Unmarshal([]byte(warnings), &r.Warnings),
		json.Unmarshal([]byte(phases), &r.Phases), json.Unmarshal([]byte(used), &r.Usage), json.Unmarshal([]byte(parts), &r.Parts))
	if err != nil {
		err = fmt.Errorf("read run %s: %w", r.RunID, err)
	}
	return r, err
}

// newRunID makes an id that sorts by time and fits into a table name, as those of runs
// without a server.
func newRunID() string {
	const letters = "abcdefghijkmnpqrstuvwxyz23456789"
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails, says crypto/rand
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return atOnce().Format("20060102150405") + string(b[:])
}

// Enqueue asks for a run. A connection has at most one that is queued or running: while
// there is one, the error is an *ActiveError that names it. insert, which may be nil, is
// called in the same transaction to add the durable job; it is not called when an
// idempotency key gives a run that is already there.
func (s *Store) Enqueue(ctx context.Context, n NewRun, insert func(tx Tx, runID string) error) (Run, error) {
	var out Run
	err := s.tx(ctx, func(c conn) error {
		if err := lockConnection(ctx, c, n.Connection); err != nil {
			return err
		}
		again, err := sameKey(ctx, c, n)
		if !errors.Is(err, ErrNotFound) {
			out = again
			return err
		}
		r, err := activeRun(ctx, c, n.Connection)
		if err == nil {
			return &ActiveError{Connection: n.Connection, RunID: r.RunID, State: r.State}
		}
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if out, err = insertRun(ctx, c, n, Queued); err != nil || insert == nil {
			return err
		}
		return insert(c.raw, out.RunID)
	})
	if err != nil {
		return Run{}, fmt.Errorf("start %s: %w", n.Connection, err)
	}
	return out, nil
}

// lockConnection makes whoever wants to start or delete the same connection wait.
func lockConnection(ctx context.Context, c conn, connection string) error {
	_, err := one(ctx, c, plain[string], "SELECT name FROM eddy_objects WHERE kind = 'connection' AND name = ?"+c.lock(), connection)
	if errors.Is(err, ErrNotFound) {
		return fmt.Errorf("connection %s: %w", connection, err)
	}
	return err
}

// Asked finds the run that was asked for with an idempotency key; ErrNotFound when there is
// none, or the key is not known any more.
func (s *Store) Asked(ctx context.Context, connection, key string) (Run, error) {
	return sameKey(ctx, s.conn(), NewRun{Connection: connection, IdempotencyKey: key})
}

func sameKey(ctx context.Context, c conn, n NewRun) (Run, error) {
	if n.IdempotencyKey == "" {
		return Run{}, ErrNotFound
	}
	return one(ctx, c, readRun, "SELECT "+runColumns+" FROM eddy_runs WHERE connection = ? AND idempotency_key = ? AND requested_at > ? ORDER BY requested_at DESC",
		n.Connection, n.IdempotencyKey, micro(atOnce().Add(-keyLifetime)))
}

func activeRun(ctx context.Context, c conn, connection string) (Run, error) {
	return one(ctx, c, readRun, "SELECT "+runColumns+" FROM eddy_runs WHERE connection = ? AND state IN ('queued', 'running')", connection)
}

func insertRun(ctx context.Context, c conn, n NewRun, state RunState) (Run, error) {
	now := micro(atOnce())
	var finished int64
	if state.Ended() {
		finished = now
	}
	return one(ctx, c, readRun, `INSERT INTO eddy_runs (id, connection, state, trigger_type, requested_at, requested_by, scheduled_for, full_run, approved, approve_run, approve_removals, idempotency_key,
	        attempt, sync_run_id, started_at, finished_at, audience_id, counts, errors, progress, phases, owner, beats, cancel_requested, message)
	    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0, ?, '', '{}', '[]', '', '{}', '', 0, FALSE, ?) RETURNING `+runColumns,
		newRunID(), n.Connection, state, n.Trigger, now, n.RequestedBy, micro(n.ScheduledFor), n.Full, n.Approve, n.ApproveRun, n.ApproveRemovals, n.IdempotencyKey, finished, n.Message)
}

// Skip puts a run on record that was due and did not begin, once for each time that it was due.
func (s *Store) Skip(ctx context.Context, n NewRun, message string) error {
	n.Message = message
	err := s.tx(ctx, func(c conn) error {
		if err := lockConnection(ctx, c, n.Connection); err != nil {
			return err
		}
		_, err := one(ctx, c, plain[string], "SELECT id FROM eddy_runs WHERE connection = ? AND state = 'skipped' AND scheduled_for = ?", n.Connection, micro(n.ScheduledFor))
		if errors.Is(err, ErrNotFound) {
			_, err = insertRun(ctx, c, n, Skipped)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("note the skipped run of %s: %w", n.Connection, err)
	}
	return nil
}

// Run finds a run; ErrNotFound when there is none.
func (s *Store) Run(ctx context.Context, id string) (Run, error) { return findRun(ctx, s.conn(), id) }

func findRun(ctx context.Context, c conn, id string) (Run, error) {
	r, err := one(ctx, c, readRun, "SELECT "+runColumns+" FROM eddy_runs WHERE id = ?", id)
	if err != nil {
		return r, fmt.Errorf("run %s: %w", id, err)
	}
	return r, nil
}

// RunFilter chooses runs; empty fields choose all.
type RunFilter struct {
	Connection string
	State      RunState
	// Good chooses those that ended as succeeded or completed with errors.
	Good bool
	// Before is the last run of the page before.
	Before string
	// Since and Until bound the time of the request; Until is outside.
	Since, Until time.Time
	Limit        int
}

// NewerRun is the newest run of the same connection that was asked for after a run and not
// skipped; empty where that run is the newest itself.
func (s *Store) NewerRun(ctx context.Context, r Run) (string, error) {
	return newerRun(ctx, s.conn(), r)
}

func newerRun(ctx context.Context, c conn, r Run) (string, error) {
	at := micro(r.RequestedAt)
	id, err := one(ctx, c, plain[string], "SELECT id FROM eddy_runs WHERE connection = ? AND state <> 'skipped' AND (requested_at > ? OR requested_at = ? AND id > ?) ORDER BY requested_at DESC, id DESC LIMIT 1",
		r.Connection, at, at, r.RunID)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return id, err
}

// Runs lists runs, newest first.
func (s *Store) Runs(ctx context.Context, f RunFilter) ([]Run, error) {
	where, args := []string{"1 = 1"}, []any{}
	add := func(clause string, values ...any) {
		where, args = append(where, clause), append(args, values...)
	}
	if f.Connection != "" {
		add("connection = ?", f.Connection)
	}
	if f.State != "" {
		add("state = ?", f.State)
	}
	if f.Good {
		add("state IN ('succeeded', 'completed_with_errors')")
	}
	if !f.Since.IsZero() {
		add("requested_at >= ?", micro(f.Since))
	}
	if !f.Until.IsZero() {
		add("requested_at < ?", micro(f.Until))
	}
	if f.Before != "" {
		r, err := s.Run(ctx, f.Before)
		if err != nil {
			return nil, err
		}
		at := micro(r.RequestedAt)
		add("(requested_at < ? OR requested_at = ? AND id < ?)", at, at, r.RunID)
	}
	return all(ctx, s.conn(), readRun, "SELECT "+runColumns+" FROM eddy_runs WHERE "+strings.Join(where, " AND ")+" ORDER BY requested_at DESC, id DESC"+limited(f.Limit), args...)
}

// PruneRuns deletes runs that ended before a time and counts them. The time of the last
// success is kept apart.
func (s *Store) PruneRuns(ctx context.Context, before time.Time) (int64, error) {
	return s.conn().exec(ctx, "DELETE FROM eddy_runs WHERE state NOT IN ('queued', 'running') AND finished_at < ?", micro(before))
}
