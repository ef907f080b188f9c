package sync

import (
	"context"
	"fmt"

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
	b := behind{agreed: s.job.Approve}
	err := s.with(ctx, s.conn.Name, s.job.State, s.job.Digests, func(l *ledger.Ledger) error { return b.add(ctx, l) })
	if err != nil {
		return err
	}
	return b.stop(s.conn.Name, "it fed audience "+b.audience, "names split_by")
}

// united stops a connection that kept several audiences before and now feeds one.
func united(ctx context.Context, f *flow) error {
	own, _, isPart := eddy.PartOf(f.run.Connection)
	if isPart || f.job.Approve && f.dry {
		return nil
	}
	b := behind{agreed: f.job.Approve}
	for _, x := range f.l.Feeds() {
		if of, _, part := eddy.PartOf(x.Connection); !part || of != own || x.Left {
			continue
		}
		l, err := f.l.Other(ctx, x.Connection)
		if err == nil {
			err = b.add(ctx, l)
		}
		if err != nil {
			return err
		}
	}
	return b.stop(own, "it kept "+eddy.Plural(b.audiences, "audience")+", one for each value of a column", "names no split_by")
}
