package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Retention says what is kept of runs that are over.
type Retention struct {
	// Snapshots is how many pictures can be had again, LogsBefore until when lines of the
	// sync log are deleted.
	Snapshots  int
	LogsBefore time.Time
}

// Tidy folds and prunes what the run that was settled made needless. What fails here
// changes no outcome, and the next run does it.
func (s *Settled) Tidy(ctx context.Context, r Retention) error {
	if err := s.l.ours(); err != nil {
		return err
	}
	if err := s.fold(ctx); err != nil {
		return err // a base may be on record all the same: it must not be dropped
	}
	return errors.Join(s.view(ctx, r), s.prune(ctx, r))
}

// Later reads of held would cost more than a fold when there are many changes since the
// base, or many runs.
const (
	foldShare = 5 // a fifth of the base
	foldRuns  = 8
)

// fold puts all versions together in a new base.
func (s *Settled) fold(ctx context.Context) error {
	l, feed := s.l, s.feed
	base, later, runs, last, brought := int64(0), int64(0), 0, "", ""
	for _, run := range l.past.Sealed {
		switch {
		case run.Based && run.Run == l.run:
			return nil // it brought one from another place
		case !run.Feed.same(feed):
		case run.Base:
			base, later, runs, last, brought = run.BaseRows, 0, 0, run.Run, run.Run
		case last == "":
			base, last = run.Rows, run.Run
		default:
			later, runs, last = later+run.Rows, runs+1, run.Run
		}
	}
	// A run that was brought a base, and has changes of its own, is folded by a later one.
	if runs == 0 || last == brought || runs <= foldRuns && foldShare*later <= base {
		return nil
	}
	into := l.making(kindBase, last)
	n, err := l.exec(ctx, "fold", l.render("base", struct {
		Into string
		Held *chain
	}{into, l.heldBy(feed, "")}))
	if err != nil {
		return fmt.Errorf("fold: %w", err)
	}
	return l.append(ctx, last, eventBase, baseDetail{Rows: n})
}

// view lets the user query the picture after the run.
func (s *Settled) view(ctx context.Context, r Retention) error {
	l := s.l
	if !l.d.Views || r.Snapshots < 1 {
		return nil
	}
	name := l.making(kindSnapshot, l.run)
	whole := l.schema
	l.schema = cmp.Or(l.d.Beside, whole)
	held := l.heldBy(s.feed, l.run)
	l.schema = whole
	if held == nil {
		return nil
	}
	_, err := l.exec(ctx, "snapshot", l.render("snapshot", struct {
		Into string
		Held *chain
	}{name, held}))
	if errors.Is(err, errors.ErrUnsupported) { // the picture can be had without it
		delete(l.there, name)
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the view of the snapshot: %w", err)
	}
	return nil
}

// prune drops the tables that no retained picture reads, nor the next run.
func (s *Settled) prune(ctx context.Context, r Retention) error {
	kept, needed := s.needed(r)
	err := s.l.drop(ctx, "prune", func(t table) bool { return needed[t] })
	if err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	s.l.past.Sealed = kept
	return nil
}

// needed are the tables that the retained pictures read, those after the newest runs of the
// feed, and the sealed runs that have such tables.
func (s *Settled) needed(r Retention) (kept []sealedRun, needed map[table]bool) {
	var own []sealedRun
	for _, run := range s.l.past.Sealed {
		if run.Feed.same(s.feed) {
			own = append(own, run)
		}
	}
	needed = map[table]bool{}
	for at := max(0, len(own)-max(r.Snapshots, 1)); at < len(own); at++ {
		if r.Snapshots > 0 {
			needed[table{kindSnapshot, own[at].Run}] = true
		}
		for i := at; i >= 0; i-- {
			run := own[i].Run
			if own[i].Base {
				needed[table{kindBase, run}] = true
				break
			}
			needed[table{kindChanges, run}], needed[table{kindExceptions, run}] = true, own[i].Exceptions
		}
	}
	for _, run := range own {
		if !needed[table{kindChanges, run.Run}] {
			run.Based, run.Exceptions = true, false
		}
		run.Base = run.Base && needed[table{kindBase, run.Run}]
		if !run.Based || run.Base {
			kept = append(kept, run)
		}
	}
	return kept, needed
}

// Abandon drops what a run made that was not sealed: it counts as nothing. Where sealing
// failed it may be sealed all the same, and the next run drops it if it is not.
func (c *Changes) Abandon(ctx context.Context) error {
	if c.sealing {
		return nil
	}
	return c.l.drop(ctx, "drop", func(t table) bool { return t.run != c.l.run || c.l.past.names(t) })
}

// PruneLog deletes lines of the sync log that are older than wanted, and what is long over of
// the table of claims, where there is one; once a day will do, from the day after the first
// run on.
func (l *Ledger) PruneLog(ctx context.Context, now, before time.Time) error {
	day := now.UTC().Format(time.DateOnly)
	switch l.past.Pruned {
	case day:
		return nil
	case "": // nothing is old yet
		l.past.Pruned = day
		return nil
	}
	_, err := l.exec(ctx, "prune log", fmt.Sprintf("DELETE FROM %s WHERE connection_id = %s AND sync_started_at < %s",
		l.shared("sync_log"), l.d.Literal(l.connection), l.d.MomentOf(l.d.Literal(stamp(before)))))
	// Where no row can be deleted the tables keep all: there is nothing to be tried again.
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("prune the sync log: %w", err)
	}
	if p, ok := l.lease.(warehouse.Pruner); ok {
		err = p.Prune(warehouse.WithComment(ctx, l.comment("prune claims")))
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return fmt.Errorf("prune the claims: %w", err)
		}
	}
	l.past.Pruned = day
	return nil
}

// End puts the end of the run on record, with all that is told of it later.
func (l *Ledger) End(ctx context.Context, run eddy.Run, statements []eddy.Statement) error {
	for i, o := range l.past.open {
		if o.run == l.run {
			l.past.open = slices.Delete(slices.Clone(l.past.open), i, i+1)
			break
		}
	}
	l.past.ended(run)
	return l.append(ctx, l.run, eventClosed, closedDetail{Run: run, Statements: statements, Past: &l.past})
}
