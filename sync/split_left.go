package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
)

// A connection that comes to be split, or is split no longer, feeds other audiences from then on, and
// the people in the old ones would stay there with nobody to remove them. It waits for a person, whose
// word is put on record with what the old audiences are known by: nobody is asked twice.

// behind is what a connection would leave behind.
type behind struct {
	// agreed says that a person said that it may be left: that is put on record in place of counting.
	agreed          bool
	held, audiences int64
	// audience is one of them.
	audience string
}

// add takes in what is on record under an old name.
func (b *behind) add(ctx context.Context, l *ledger.Ledger) error {
	feed := l.Feed()
	if feed.Left {
		return nil
	}
	if b.agreed {
		return l.Leave(ctx)
	}
	n, err := l.Members(ctx, feed)
	if n > 0 {
		b.held, b.audiences, b.audience = b.held+n, b.audiences+1, feed.AudienceID
	}
	return err
}

// stop is the error of a connection that would leave people behind.
func (b *behind) stop(connection, fed, now string) error {
	if b.held == 0 {
		return nil
	}
	return &eddy.Error{
		Code: eddy.CodeApproval,
		What: fmt.Sprintf("connection %s: %s (%s held) and now %s", connection, fed, eddy.Plural(b.held, "record"), now),
		Mend: "The people there stay in it unless you remove them first (the connection as it was, with a model without rows and --approve) or delete it. Then run with --approve to fill what is new.",
	}
}

// unsplit stops a connection that fed one audience before.
func (s *splitting) unsplit(ctx context.Context) error {
	here, there := "", ""
	last := func(run *string) func(*ledger.Ledger) error {
		return func(l *ledger.Ledger) error {
			*run, _ = l.LastRun()
			return nil
		}
	}
	err := s.here(ctx, s.conn.Name, last(&here))
	if err == nil {
		err = s.there(ctx, s.conn.Name, last(&there))
	}
	if err != nil {
		return err
	}
	// As with what is held, the place with the newest run knows.
	place, b := s.here, behind{agreed: s.job.Approve}
	if there > here {
		place = s.there
	}
	if err := place(ctx, s.conn.Name, func(l *ledger.Ledger) error { return b.add(ctx, l) }); err != nil {
		return err
	}
	return b.stop(s.conn.Name, "it fed audience "+b.audience, "names split_by")
}

// united stops a connection that kept several audiences before and now feeds one.
func united(ctx context.Context, f *flow) error {
	own, _, part := eddy.PartOf(f.run.Connection)
	if part || f.job.Approve && f.dry {
		return nil
	}
	b := behind{agreed: f.job.Approve}
	newest := map[string]string{} // of each part, its newest run in the other place
	if f.parted {
		s := newSplitting(f.job)
		err := s.there(ctx, own, func(l *ledger.Ledger) error {
			return eachPart(ctx, l, own, func(name string, part *ledger.Ledger) error {
				here, err := f.l.Other(ctx, name)
				if err != nil {
					return err
				}
				newest[name], _ = part.LastRun()
				if ours, _ := here.LastRun(); newest[name] <= ours {
					return nil
				}
				return b.add(ctx, part)
			})
		})
		if err != nil {
			return err
		}
	}
	err := eachPart(ctx, f.l, own, func(name string, part *ledger.Ledger) error {
		if ours, _ := part.LastRun(); ours < newest[name] {
			return nil
		}
		return b.add(ctx, part)
	})
	if err != nil {
		return err
	}
	return b.stop(own, "it kept "+eddy.Plural(b.audiences, "audience")+", one for each value of a column", "names no split_by")
}

// parted says that a connection kept several audiences, and that a person is still to be asked.
func parted(l *ledger.Ledger, connection string) bool {
	return l != nil && slices.ContainsFunc(l.Feeds(), func(x ledger.Feed) bool { return isPart(x, connection) && !x.Left })
}

func isPart(x ledger.Feed, connection string) bool {
	of, _, part := eddy.PartOf(x.Connection)
	return part && of == connection
}

// eachPart gives the ledgers of a connection's parts that are where another of its ledgers is.
func eachPart(ctx context.Context, l *ledger.Ledger, connection string, each func(name string, part *ledger.Ledger) error) error {
	for _, x := range l.Feeds() {
		if !isPart(x, connection) {
			continue
		}
		part, err := l.Other(ctx, x.Connection)
		if err == nil {
			err = each(x.Connection, part)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
