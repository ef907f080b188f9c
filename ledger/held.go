package ledger

import (
	"context"
	"time"

	"github.com/eddy-retl/eddy/warehouse"
)

// part is what one run left, as the templates read it.
type part struct {
	Run                 string
	N                   int
	Changes, Exceptions string
	Answered            []span
	// Clean says that everything was answered with a yes.
	Clean bool
}

// self is the part of what a template reads.
func (p part) self() part { return p }

// all says that every bucket was answered for.
func (p part) all() bool {
	next := 0
	for _, s := range p.Answered { // they come in order
		if s.From <= next {
			next = max(next, s.To+1)
		}
	}
	return next >= warehouse.Buckets
}

func everything() []span { return []span{{0, warehouse.Buckets - 1}} }

// chain is what held is read from: a base, or the first run in its place, and later runs.
type chain struct {
	Base  string
	First part
	Later []part
}

// tables are what held is read from.
func (c *chain) tables() (out []string) {
	parts := c.Later
	if c.Base != "" {
		out = append(out, c.Base)
	} else {
		parts = append([]part{c.First}, parts...)
	}
	for _, p := range parts {
		if out = append(out, p.Changes); p.Exceptions != "" {
			out = append(out, p.Exceptions)
		}
	}
	return out
}

// Members counts the records that an audience holds, or may hold.
func (l *Ledger) Members(ctx context.Context, feed Feed) (n int64, err error) {
	held, err := l.whole(ctx, feed)
	if err != nil || held == nil {
		return 0, err
	}
	err = l.one(ctx, "count members", l.render("members", struct{ Held *chain }{held}), func(row [][]byte) { n = number(row[0]) })
	return n, err
}

// EachMember streams the texts of the versions that an audience holds, or may hold, and has
// not let go by now; with a limit, so many of them. They are valid during the call.
func (l *Ledger) EachMember(ctx context.Context, feed Feed, now time.Time, limit int64, each func(Values) error) error {
	held, err := l.whole(ctx, feed)
	if err != nil || held == nil {
		return err
	}
	v := Values{Texts: make([]string, len(l.fields))}
	q := struct {
		Held  *chain
		Now   string
		Limit int64
	}{held, now.UTC().Format(isoLayout), limit}
	return l.query(ctx, "read members", l.render("each_member", q), func(row [][]byte) error {
		v.read(row)
		return each(v)
	})
}

// Version is one version that the ledger remembers of a record.
type Version struct {
	RecordID string `json:"record_id"`
	// State is held, beside, doubt, leaving, rejected or invalid; see the package's page.
	State string `json:"state"`
	// Until is when the audience lets it go, empty when it cannot be in.
	Until  string `json:"lapses_at"`
	Reason string `json:"reason"`
	// Settings is the number of the settings that Values were prepared with.
	Settings int      `json:"-"`
	Values   []string `json:"-"`
}

// EachVersion streams all versions that the ledger remembers of the connection's feed.
// Values are valid during the call.
func (l *Ledger) EachVersion(ctx context.Context, each func(Version) error) error {
	held, err := l.whole(ctx, l.Feed())
	if err != nil || held == nil {
		return err
	}
	n := len(l.fields)
	v := Version{Values: make([]string, n)}
	return l.query(ctx, "read held", l.render("versions", struct{ Held *chain }{held}), func(row [][]byte) error {
		v.Settings, v.RecordID, v.Until, v.State = int(number(row[0])), string(row[2]), string(row[3]), string(row[4])
		for i := range n {
			v.Values[i] = string(row[5+i])
		}
		v.Reason = string(row[6+n])
		return each(v)
	})
}
