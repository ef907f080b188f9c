package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Settled is a run whose outcomes are on record.
type Settled struct{ *Changes }

// Settle writes the sync log's lines of the run, where wanted, and puts on record that it
// has them, and what the run came to: should it die before its end, that is not lost.
func (s *Sealed) Settle(ctx context.Context, logs bool, run eddy.Run) (*Settled, error) {
	if err := s.l.ours(); err != nil {
		return nil, err
	}
	if logs {
		if err := s.l.log(ctx, s.part, s.rare(), run.RunID, run.StartedAt, *run.FinishedAt); err != nil {
			return nil, err
		}
	}
	if err := s.l.append(ctx, s.l.run, eventSettled, settledDetail{Run: run}); err != nil {
		return nil, err
	}
	return &Settled{s.Changes}, nil
}

// stamp writes a time into SQL.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// log writes a run's lines, unless they are there already.
func (l *Ledger) log(ctx context.Context, p part, rare bool, run string, started, finished time.Time) error {
	if finished.Before(started) {
		finished = started // the clock was set back meanwhile
	}
	r := reporting{part: p, Rare: rare, Connection: l.connection, Log: l.shared("sync_log"), Started: stamp(started), Finished: stamp(finished), Unsettled: ReasonUnsettled}
	r.Run = run
	if _, err := l.exec(ctx, "log", l.render("log", r)); err != nil {
		return fmt.Errorf("write the sync log: %w", err)
	}
	return nil
}

// Reasons of rows that no run can use.
const (
	ReasonNullID   = "no record id: the identifier column is null"
	ReasonConflict = "rows with the same record id differ; the record is left as it is until they agree"
)

// LogModel writes the sync log's lines of the rows that the run could not use.
func (s *Staged) LogModel(ctx context.Context, started, finished time.Time) error {
	if s.NullIDs == 0 && s.Conflicts == 0 {
		return nil
	}
	if finished.Before(started) {
		finished = started
	}
	r := struct {
		reporting
		staging
		Frozen            bool
		NullIDs, Conflict string
	}{staging: s.staging, Frozen: s.Conflicts > 0, Conflict: ReasonConflict}
	r.Run, r.reporting.Connection, r.Log, r.Started, r.Finished = s.l.as, s.l.connection, s.l.shared("sync_log"), stamp(started), stamp(finished)
	if s.NullIDs > 0 {
		r.NullIDs = fmt.Sprintf("%s (%s)", ReasonNullID, eddy.Plural(s.NullIDs, "row"))
	}
	_, err := s.l.exec(ctx, "log", s.l.render("log_model", r))
	return err
}

// Begin puts a run on record. A run that died is read as what it is: it gets its lines in
// the sync log and its end. It says which run died. What before does is done in between: if
// it fails, the run was never there.
//
// The attempt's id names the tables, and must be greater than all before it. It is the run's
// own, unless that was opened here before, or a newer one was.
func (l *Ledger) Begin(ctx context.Context, attempt string, run eddy.Run, owner string, logs bool, before func(context.Context) error) (died string, err error) {
	l.run, l.as = attempt, run.RunID
	if err := l.unrecorded(); err != nil {
		return "", err
	}
	if l.dry {
		if err := l.mark(ctx); err != nil {
			return "", err
		}
		return "", before(ctx)
	}
	// What earlier runs, and looks, left for nothing may hold what people look like. What cannot
	// be dropped the next run tries again.
	l.spareLooks(ctx)
	_ = l.drop(ctx, "sweep", l.past.names)
	for _, dead := range slices.Clone(l.past.open) {
		died = dead.name()
		if err := l.bury(ctx, dead, run.StartedAt, logs); err != nil {
			return died, fmt.Errorf("settle run %s, which died: %w", died, err)
		}
	}
	if err := before(ctx); err != nil {
		return died, err
	}
	opened := openedDetail{Trigger: run.Trigger, Started: run.StartedAt}
	if l.as != l.run {
		opened.As = l.as
	}
	return died, l.append(ctx, l.run, eventOpened, struct {
		openedDetail
		Owner string `json:"owner"`
	}{opened, owner})
}

// bury ends a run that died: nobody else will.
func (l *Ledger) bury(ctx context.Context, dead openRun, now time.Time, logs bool) error {
	end := eddy.Run{
		RunID: dead.name(), Connection: l.connection, Status: eddy.StatusFailed, Trigger: dead.trigger, StartedAt: dead.started, FinishedAt: &now,
		Errors: []eddy.RunError{{Reason: "the run died before it ended; the next run settled what it left", Count: 1, SampleIDs: []string{}}},
	}
	for _, s := range l.past.Sealed {
		switch {
		case s.Run != dead.run:
		case s.outcome != nil:
			end = *s.outcome // it had sent all, and died over its tidying
			l.past.ended(end)
		case !s.Settled:
			end.AudienceID = s.Feed.AudienceID
			if err := l.buried(ctx, l.partOf(s, 0), s, &end, now, logs); err != nil {
				return err
			}
		}
	}
	return l.append(ctx, dead.run, eventClosed, closedDetail{Run: end, Past: &l.past})
}

// buried counts what a sealed run that died came to, and logs it.
func (l *Ledger) buried(ctx context.Context, p part, s sealedRun, end *eddy.Run, now time.Time, logs bool) error {
	held, err := l.whole(ctx, s.Feed)
	if err != nil {
		return err
	}
	if held != nil { // or its tables are lost
		c := &Changes{part: p, l: l, rows: s.Rows}
		lines, err := c.Report(ctx)
		if err != nil {
			return err
		}
		Tally(end, lines)
		if logs {
			if err := l.log(ctx, p, true, s.name(), s.Started, now); err != nil {
				return err
			}
		}
	}
	return l.append(ctx, s.Run, eventSettled, settledDetail{Run: *end})
}

// Tally fills a run's counts and errors with the fates of its records.
func Tally(run *eddy.Run, lines []Line) {
	c := &run.Counts
	for _, line := range lines {
		counted := true
		switch {
		case line.Status == "same":
			c.Unchanged += line.Count
			counted = false
		case line.Status == "resting", line.Status == "invalid":
			c.Invalid += line.Count
			counted = false
		case line.Status == "nobody":
			c.Invalid += line.Count
		case line.Status == "forgotten":
			counted = false
		}
		if counted {
			count(c, line)
		}
		if line.Reason != "" && line.Status != "delivered" {
			addError(run, line)
		}
	}
	SortErrors(run.Errors)
}

// addError counts a line's records under its reason, whatever was to be done about them.
func addError(run *eddy.Run, line Line) {
	for i := range run.Errors {
		if e := &run.Errors[i]; e.Reason == line.Reason {
			e.Count += line.Count
			e.SampleIDs = append(e.SampleIDs, line.SampleIDs...)
			return
		}
	}
	run.Errors = append(run.Errors, eddy.RunError{Reason: line.Reason, Count: line.Count, SampleIDs: slices.Clone(line.SampleIDs)})
}

// SortErrors puts the most frequent errors first.
func SortErrors(errors []eddy.RunError) {
	slices.SortStableFunc(errors, func(a, b eddy.RunError) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason))
	})
}

func count(c *eddy.Counts, line Line) {
	switch eddy.Operation(line.Operation) {
	case eddy.Insert:
		c.Insert += line.Count
	case eddy.Update:
		c.Update += line.Count
	case eddy.Delete:
		c.Delete += line.Count
	case eddy.Renew:
		c.Renew += line.Count
	case eddy.Reassert:
		c.Reassert += line.Count
	default:
		return
	}
	switch line.Status {
	case "rejected":
		c.Rejected += line.Count
	case "failed":
		c.Failed += line.Count
	default:
		c.Delivered += line.Count
	}
}

// Unchanged counts the records of the model that a run has nothing to say about, by the
// lines of its report.
func (s *Staged) Unchanged(lines []Line) int64 {
	n := s.Records - s.Conflicts - s.Suppressed - s.HeldOut
	for _, line := range lines {
		n -= line.Present
	}
	return n
}

// EnsureShared makes the tables that all connections share. A place that an engine before
// this one kept its state in is refused: nobody can say what its audiences hold.
func EnsureShared(ctx context.Context, e warehouse.Engine) error {
	if !has(ctx, e, "runs") {
		if err := outdated(ctx, e); err != nil {
			return err
		}
	}
	d := e.Dialect()
	for _, table := range []struct{ name, columns string }{
		{"runs", "connection_id %[1]s NOT NULL, run_id %[1]s NOT NULL, seq %[2]s NOT NULL, event %[1]s NOT NULL, happened_at %[3]s NOT NULL, detail %[1]s NOT NULL"},
		{"sync_log", "connection_id %[1]s NOT NULL, sync_run_id %[1]s NOT NULL, primary_key %[1]s, operation %[1]s, status %[1]s NOT NULL, error_reason %[1]s, sync_started_at %[3]s NOT NULL, sync_finished_at %[3]s NOT NULL"},
	} {
		sql := "CREATE TABLE IF NOT EXISTS " + e.Schema() + "." + table.name + " (" + fmt.Sprintf(table.columns, d.Text, d.Bigint, d.Timestamp) + ")"
		if _, err := e.Exec(ctx, sql); err != nil && !has(ctx, e, table.name) { // or another connection's first run made it in the same moment
			return err
		}
	}
	return nil
}

// has says that there is a table of Eddy's own, and that it can be read.
func has(ctx context.Context, e warehouse.Engine, table string) bool {
	return exists(ctx, e, e.Schema()+"."+table)
}

// outdated refuses the state of an Eddy that kept it in other tables.
func outdated(ctx context.Context, e warehouse.Engine) error {
	for _, table := range []string{"prepared_with", "sync_runs"} {
		if has(ctx, e, table) {
			return &eddy.Error{
				Code: eddy.CodeSource,
				What: "this place holds the state of an Eddy older than its first release (table " + table + "), which this version does not read",
				Mend: "Drop Eddy's schema or name another one (with state: local, delete the connection's file in the state folder), and feed a fresh audience: nobody knows any more what the old one holds.",
			}
		}
	}
	return nil
}
