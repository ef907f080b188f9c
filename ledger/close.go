package ledger

import (
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
	l := s.l
	if err := l.ours(); err != nil {
		return err
	}
	err := l.fold(ctx, s.feed)
	if err == nil {
		err = l.view(ctx, s.feed, r)
	}
	return errors.Join(err, l.prune(ctx, s.feed, r))
}

// Later reads of held would cost more than a fold when there are many changes since the
// base, or many runs.
const (
	foldShare = 5 // a fifth of the base
	foldRuns  = 8
)

// fold puts all versions together in a new base.
func (l *Ledger) fold(ctx context.Context, feed Feed) error {
	base, later, runs, last, brought := int64(0), int64(0), 0, "", ""
	for _, s := range l.past.Sealed {
		switch {
		case s.Based && s.Run == l.run:
			return nil // it brought one from another place
		case !s.Feed.same(feed):
		case s.Base:
			base, later, runs, last, brought = s.BaseRows, 0, 0, s.Run, s.Run
		case last == "":
			base, last = s.Rows, s.Run
		default:
			later, runs, last = later+s.Rows, runs+1, s.Run
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
func (l *Ledger) view(ctx context.Context, feed Feed, r Retention) error {
	// What a view names it looks for beside itself: a state file may be attached by any name.
	whole := l.names.schema
	parts := warehouse.SplitName(whole)
	l.names.schema = warehouse.Quote(parts[len(parts)-1])
	held := l.heldBy(feed, l.run)
	l.names.schema = whole
	if !l.d.Views || r.Snapshots < 1 || held == nil {
		return nil
	}
	name := l.making(kindSnapshot, l.run)
	_, err := l.exec(ctx, "snapshot", l.render("snapshot", struct {
		Into string
		Held *chain
	}{name, held}))
	if err != nil {
		return fmt.Errorf("make the view of the snapshot: %w", err)
	}
	l.past.Views = append(l.past.Views, l.run)
	return nil
}

// prune drops the tables that no retained picture reads, nor the next run. Views go first,
// all that read what is dropped: an engine may refuse to drop what a view reads.
func (l *Ledger) prune(ctx context.Context, feed Feed, r Retention) error {
	kept, oldest, drop := l.needed(feed, max(r.Snapshots, 1))
	var views, over []string
	for _, run := range l.past.Views {
		// A run that died has a picture and no view: to count views would keep too old ones.
		if run < oldest || r.Snapshots < 1 {
			over = append(over, l.names.kept(kindSnapshot, run))
		} else {
			views = append(views, run)
		}
	}
	if err := l.drop(ctx, "prune", "VIEW", over...); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	l.past.Views = views
	if err := l.drop(ctx, "prune", "TABLE", drop...); err != nil {
		return fmt.Errorf("prune: %w", err)
	}
	l.past.Sealed = kept
	return nil
}

// needed sorts the sealed runs' tables into those that some picture reads, of the newest
// runs of the feed, and the others. It says which is the oldest of these runs.
func (l *Ledger) needed(feed Feed, pictures int) (kept []sealedRun, oldest string, drop []string) {
	var own []sealedRun
	for _, s := range l.past.Sealed {
		if s.Feed.same(feed) {
			own = append(own, s)
		} else {
			drop = append(drop, l.tablesOf(s)...)
		}
	}
	changes, bases := map[string]bool{}, map[string]bool{}
	for at := max(0, len(own)-pictures); at < len(own); at++ {
		if oldest == "" {
			oldest = own[at].Run
		}
		for i := at; i >= 0; i-- {
			if own[i].Base {
				bases[own[i].Run] = true
				break
			}
			changes[own[i].Run] = true
		}
	}
	for _, s := range own {
		if !changes[s.Run] && !s.Based {
			p := l.partOf(s, 0)
			drop = append(drop, p.Changes)
			if s.Exceptions {
				drop = append(drop, p.Exceptions)
			}
			s.Based, s.Exceptions = true, false
		}
		if s.Base && !bases[s.Run] {
			drop = append(drop, l.names.kept(kindBase, s.Run))
			s.Base = false
		}
		if !s.Based || s.Base {
			kept = append(kept, s)
		}
	}
	return kept, oldest, drop
}

// tablesOf are the tables of a sealed run.
func (l *Ledger) tablesOf(s sealedRun) (out []string) {
	p := l.partOf(s, 0)
	if !s.Based {
		out = append(out, p.Changes)
	}
	if s.Exceptions {
		out = append(out, p.Exceptions)
	}
	if s.Base {
		out = append(out, l.names.kept(kindBase, s.Run))
	}
	return out
}

// Abandon drops the changes of a run that was not sealed: they count as nothing. Where that
// failed they may be sealed all the same, and the next run drops them if they are not.
func (c *Changes) Abandon(ctx context.Context) error {
	if c.sealing {
		return nil
	}
	tables := []string{c.Changes}
	if c.Exceptions != "" {
		tables = append(tables, c.Exceptions)
	}
	return c.l.drop(ctx, "drop", "TABLE", tables...)
}

// PruneLog deletes lines of the sync log that are older than wanted; once a day will do.
func (l *Ledger) PruneLog(ctx context.Context, now, before time.Time) error {
	day := now.UTC().Format(time.DateOnly)
	if l.past.Pruned == day {
		return nil
	}
	_, err := l.exec(ctx, "prune log", fmt.Sprintf("DELETE FROM %s WHERE connection_id = %s AND sync_started_at < CAST(%s AS %s)",
		l.names.shared("sync_log"), warehouse.QuoteText(l.cfg.Connection), warehouse.QuoteText(stamp(before)), l.d.Timestamp))
	if err != nil {
		return fmt.Errorf("prune the sync log: %w", err)
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
	return l.append(ctx, l.run, eventClosed, closedDetail{Run: run, Statements: statements, Past: l.closedPast()})
}
