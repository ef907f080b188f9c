package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
)

// Pictures names the runs after which the audience can be seen again, the newest last,
// and the view of each in the warehouse, where there is one.
func (l *Ledger) Pictures() (runs []string, views map[string]string) {
	views = map[string]string{}
	runs, attempts := l.pictures()
	for name, t := range l.there {
		for run, attempt := range attempts {
			if t.kind == kindSnapshot && attempt == t.run {
				views[run] = name
			}
		}
	}
	return runs, views
}

// pictures are the runs after which the audience can be seen, and the last attempt at each.
func (l *Ledger) pictures() (runs []string, attempts map[string]string) {
	feed := l.Feed()
	attempts = map[string]string{}
	for _, s := range l.past.Sealed {
		if held := l.heldBy(feed, s.Run); s.Feed.same(feed) && held != nil && l.missing(held) == "" {
			runs = append(slices.DeleteFunc(runs, func(run string) bool { return run == s.name() }), s.name())
			attempts[s.name()] = s.Run
		}
	}
	return runs, attempts
}

// Picture streams the audience as it was meant after a run, "" being the last one: record
// ids, values as the ledger keeps them, state and until when the audience keeps them.
func (l *Ledger) Picture(ctx context.Context, run string, each func(Version) error) error {
	_, attempts := l.pictures()
	held := l.heldBy(l.Feed(), attempts[run])
	if held == nil || run != "" && attempts[run] == "" {
		return noPicture(l, run)
	}
	n := len(l.fields)
	v := Version{Values: make([]string, n)}
	return l.query(ctx, "snapshot", l.render("picture", struct{ Held *chain }{held}), func(row [][]byte) error {
		v.RecordID = string(row[0])
		for i := range n {
			v.Values[i] = string(row[1+i])
		}
		v.State, v.Until = string(row[1+n]), string(row[2+n])
		return each(v)
	})
}

func noPicture(l *Ledger, run string) error {
	runs, _ := l.pictures()
	e := &eddy.Error{Code: eddy.CodeUsage, What: fmt.Sprintf("connection %s: the audience after run %s cannot be seen any more", l.connection, run)}
	switch {
	case len(runs) == 0:
		e.What = fmt.Sprintf("connection %s: no run has sent anything yet", l.connection)
	default:
		e.Mend = "It can be seen after: " + strings.Join(runs, ", ") + ". Raise snapshots_to_retain to keep more."
	}
	return e
}
