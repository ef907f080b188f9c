package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// The events of a run, in their order.
const (
	eventOpened   = "opened"
	eventAudience = "audience"
	eventSealed   = "sealed"
	eventAnswered = "answered"
	eventSettled  = "settled"
	eventBase     = "base"
	eventClosed   = "closed"
)

// Feed says which audience a connection feeds.
type Feed struct {
	Connection string `json:"-"`
	Account    string `json:"account"`
	AudienceID string `json:"audience_id,omitempty"`
	// Creating is the name of an audience that is being made: if the run dies before its
	// id is known, the next run looks for the name instead of making a second one.
	Creating string `json:"creating,omitempty"`
}

// same says that two feeds are one audience.
func (f Feed) same(o Feed) bool {
	return strings.EqualFold(f.Account, o.Account) && strings.EqualFold(f.AudienceID, o.AudienceID)
}

// sealedRun is a run that may have sent requests, as the ledger knows it.
type sealedRun struct {
	Run string `json:"run"`
	// Started and Trigger are of the run's beginning.
	Started time.Time `json:"started"`
	Trigger string    `json:"trigger,omitempty"`
	// Feed is the audience that it sent to.
	Feed Feed `json:"feed"`
	// Answered are the buckets whose requests were all answered; Exceptions says that
	// there is a table of what was not a clean yes.
	Answered   []span `json:"answered,omitempty"`
	Exceptions bool   `json:"exceptions,omitempty"`
	Settled    bool   `json:"settled,omitempty"`
	Rows       int64  `json:"rows"`
	// Base says that all versions after this run are in a table of their own, of so many
	// rows.
	Base     bool  `json:"base,omitempty"`
	BaseRows int64 `json:"base_rows,omitempty"`
	// Based says that Base was brought from another place: the run has no changes here.
	Based bool `json:"based,omitempty"`
	// outcome is what a settled run came to, until its end is on record.
	outcome *eddy.Run
}

// span is a range of buckets, both included.
type span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// past is what the runs so far left: the ledger's state, in short.
type past struct {
	// Seq is the number of the newest event.
	Seq int64 `json:"-"`
	// Last is the newest run, and Ended says that it was closed.
	Last  string `json:"last"`
	Ended bool   `json:"-"`
	// Sealed are the sealed runs whose tables are still there, the oldest first.
	Sealed []sealedRun `json:"sealed"`
	// Litter are other tables that may be there, Views the runs that a view is of.
	Litter []madeTable `json:"litter,omitempty"`
	Views  []string    `json:"views,omitempty"`
	// Settings are the texts of settings by their number.
	Settings map[int]string `json:"settings"`
	// Pruned is the day on which old lines of the sync log were deleted last.
	Pruned string `json:"pruned,omitempty"`
	// open are runs that were opened and not closed, the newest last.
	open []openRun
}

type openRun struct {
	run, trigger string
	started      time.Time
}

type openedDetail struct {
	Trigger string    `json:"trigger"`
	Started time.Time `json:"started"`
}

type sealedDetail struct {
	Feed     Feed           `json:"feed"`
	Rows     int64          `json:"rows"`
	Settings map[int]string `json:"settings"`
}

type answeredDetail struct {
	Buckets    span `json:"buckets"`
	Exceptions bool `json:"exceptions"`
}

// settledDetail is what a run came to.
type settledDetail struct {
	Run eddy.Run `json:"run"`
}

type baseDetail struct {
	Rows int64 `json:"rows"`
	// Brought says that the base comes from another place, with its settings and feed.
	Brought  bool           `json:"brought,omitempty"`
	Feed     Feed           `json:"feed,omitzero"`
	Settings map[int]string `json:"settings,omitempty"`
}

// closedDetail is the end of a run: all that is told of it later, and the ledger's state.
type closedDetail struct {
	Run        eddy.Run         `json:"run"`
	Statements []eddy.Statement `json:"statements,omitempty"`
	Past       *past            `json:"past"`
}

// readPast reads the connection's events since its last closed run, and which audiences
// all connections feed.
func (l *Ledger) readPast(ctx context.Context) error {
	l.past = past{Settings: map[int]string{}}
	if l.names.schema == "" {
		return nil
	}
	feeds := map[string]Feed{}
	runs, me := l.names.shared("runs"), warehouse.QuoteText(l.cfg.Connection)
	sql := fmt.Sprintf(`SELECT connection_id, run_id, seq, event, detail
FROM %[1]s
WHERE event = 'audience'
  OR connection_id = %[2]s AND seq >= coalesce((SELECT max(seq) FROM %[1]s WHERE connection_id = %[2]s AND event = 'closed'), 0)
ORDER BY seq, CASE WHEN event = 'closed' THEN 0 ELSE 1 END`, runs, me)
	err := l.query(ctx, "history", sql, func(row [][]byte) error {
		connection, run, event := string(row[0]), string(row[1]), string(row[3])
		if event == eventAudience {
			f := Feed{Connection: connection}
			if err := json.Unmarshal(row[4], &f); err != nil {
				return fmt.Errorf("read the event %s of run %s: %w", event, run, err)
			}
			feeds[connection] = f
		}
		if connection != l.cfg.Connection {
			return nil
		}
		l.past.Seq = max(l.past.Seq, number(row[2]))
		if err := l.past.apply(run, event, row[4]); err != nil {
			return fmt.Errorf("read the event %s of run %s: %w", event, run, err)
		}
		return nil
	})
	if err != nil && l.cfg.Dry && ctx.Err() == nil {
		return outdated(ctx, l.e) // or nothing ran here yet
	}
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(feeds)) {
		l.feeds = append(l.feeds, feeds[name])
	}
	return nil
}

// apply takes one event in.
func (p *past) apply(run, event string, detail []byte) error {
	if event != eventClosed && run > p.Last {
		p.Last = run
	}
	switch event {
	case eventOpened:
		var d openedDetail
		if err := json.Unmarshal(detail, &d); err != nil {
			return err
		}
		p.open = append(p.open, openRun{run, d.Trigger, d.Started})
		p.Ended = false
	case eventSealed:
		var d sealedDetail
		if err := json.Unmarshal(detail, &d); err != nil {
			return err
		}
		maps.Copy(p.Settings, d.Settings)
		s := sealedRun{Run: run, Feed: d.Feed, Rows: d.Rows}
		for _, o := range p.open {
			if o.run == run {
				s.Started, s.Trigger = o.started, o.trigger
			}
		}
		p.Sealed = append(p.Sealed, s)
	case eventAnswered:
		var d answeredDetail
		if err := json.Unmarshal(detail, &d); err != nil {
			return err
		}
		p.change(run, func(s *sealedRun) {
			s.Answered, s.Exceptions = append(s.Answered, d.Buckets), s.Exceptions || d.Exceptions
		})
	case eventSettled:
		var d settledDetail
		if err := json.Unmarshal(detail, &d); err != nil {
			return err
		}
		p.change(run, func(s *sealedRun) {
			if s.Settled = true; d.Run.RunID != "" {
				s.outcome = &d.Run
			}
		})
	case eventBase:
		return p.applyBase(run, detail)
	case eventClosed:
		return p.applyClosed(run, detail)
	}
	return nil
}

func (p *past) applyBase(run string, detail []byte) error {
	var d baseDetail
	if err := json.Unmarshal(detail, &d); err != nil {
		return err
	}
	if d.Brought {
		maps.Copy(p.Settings, d.Settings)
		p.Sealed = append(p.Sealed, sealedRun{Run: run, Feed: d.Feed, Settled: true, Based: true})
	}
	p.change(run, func(s *sealedRun) { s.Base, s.BaseRows = true, d.Rows })
	return nil
}

func (p *past) applyClosed(run string, detail []byte) error {
	var d closedDetail
	if err := json.Unmarshal(detail, &d); err != nil {
		return err
	}
	open := slices.DeleteFunc(p.open, func(o openRun) bool { return o.run == run })
	seq := p.Seq
	if d.Past != nil {
		*p = *d.Past
	}
	if p.Settings == nil {
		p.Settings = map[int]string{}
	}
	p.Seq, p.open, p.Ended = seq, open, true
	return nil
}

// change changes what is known of a sealed run.
func (p *past) change(run string, fn func(*sealedRun)) {
	for i := range p.Sealed {
		if p.Sealed[i].Run == run {
			fn(&p.Sealed[i])
		}
	}
}

// append puts an event on record. It refuses when somebody else appended one meanwhile:
// then the lock was lost, and another run has begun (promise 8).
func (l *Ledger) append(ctx context.Context, run, event string, detail any) error {
	text := detailJSON(detail)
	me, runs, seq := warehouse.QuoteText(l.cfg.Connection), l.names.shared("runs"), l.past.Seq+1
	n, err := l.exec(ctx, event, fmt.Sprintf(`INSERT INTO %s (connection_id, run_id, seq, event, happened_at, detail)
SELECT %s, %s, %d, %s, CURRENT_TIMESTAMP, %s
WHERE NOT EXISTS (SELECT 1 FROM %[1]s WHERE connection_id = %[2]s AND seq >= %[4]d)`,
		runs, me, warehouse.QuoteText(run), seq, warehouse.QuoteText(event), warehouse.QuoteText(string(text))))
	if err != nil {
		return fmt.Errorf("put on record that the run is %s: %w", event, err)
	}
	if n == 0 && !l.mine(ctx, run, event, seq) {
		return l.lost(nil)
	}
	l.past.Seq = seq
	return l.past.apply(run, event, text)
}

// mine says that an event which was not put on record now is there all the same: the
// statement was carried out twice, and what it said was said the second time.
func (l *Ledger) mine(ctx context.Context, run, event string, seq int64) (ours bool) {
	sql := fmt.Sprintf("SELECT run_id, event FROM %s WHERE connection_id = %s AND seq >= %d",
		l.names.shared("runs"), warehouse.QuoteText(l.cfg.Connection), seq)
	n := 0
	err := l.one(ctx, event, sql, func(row [][]byte) {
		n++
		ours = string(row[0]) == run && string(row[1]) == event
	})
	return err == nil && ours && n == 1
}

// Feeds lists what all connections of this schema feed.
func (l *Ledger) Feeds() []Feed { return l.feeds }

// Feed is what this connection feeds; its AudienceID is empty when that is nothing yet.
func (l *Ledger) Feed() Feed {
	for _, f := range l.feeds {
		if f.Connection == l.cfg.Connection {
			return f
		}
	}
	return Feed{Connection: l.cfg.Connection}
}

// SetFeed puts on record which audience the connection feeds, or is about to make.
func (l *Ledger) SetFeed(ctx context.Context, f Feed) error {
	if err := l.append(ctx, l.run, eventAudience, f); err != nil {
		return err
	}
	f.Connection = l.cfg.Connection
	l.feeds = slices.DeleteFunc(l.feeds, func(x Feed) bool { return x.Connection == f.Connection })
	l.feeds = append(l.feeds, f)
	return nil
}

// LastRun is the connection's newest run in this ledger, empty if there is none; open
// says that it never ended.
func (l *Ledger) LastRun() (run string, open bool) { return l.past.Last, len(l.past.open) > 0 }

// detailJSON is an event's detail as it is put on record.
func detailJSON(detail any) []byte {
	text, err := json.Marshal(detail)
	if err != nil {
		panic(err) // plain structs of ours
	}
	return text
}

func number(b []byte) int64 {
	var n int64
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
