package ledger

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
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
	eventRejected = "rejected"
)

// Feed says which audience a connection feeds.
type Feed struct {
	Connection string `json:"-"`
	Account    string `json:"account"`
	AudienceID string `json:"audience_id,omitempty"`
	// Creating is the name of an audience that is being made: if the run dies before its
	// id is known, the next run looks for the name instead of making a second one.
	Creating string `json:"creating,omitempty"`
	// Left says that the connection feeds the audience no longer, and that whoever is in it may stay.
	// It goes on with it where it feeds it again.
	Left bool `json:"left,omitempty"`
}

// same says that two feeds are one audience.
func (f Feed) same(o Feed) bool {
	return strings.EqualFold(f.Account, o.Account) && strings.EqualFold(f.AudienceID, o.AudienceID)
}

// sealedRun is a run that may have sent requests, as the ledger knows it.
type sealedRun struct {
	Run string `json:"run"`
	// As is the id of the run that this is an attempt at, where that is another.
	As string `json:"as,omitempty"`
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
	// Settings are the texts of settings by their number.
	Settings map[int]string `json:"settings"`
	// Held are the runs that wait for approval, the newest last: what a person was shown
	// covers a later run as far as it goes (promise 4).
	Held []HeldRun `json:"held,omitempty"`
	// Columns are those of the model when a run last read it.
	Columns []Column `json:"columns,omitempty"`
	// Listed are how many values each suppression list had, by its name.
	Listed map[string]int64 `json:"listed,omitempty"`
	// Pruned is the day on which old lines of the sync log were deleted last.
	Pruned string `json:"pruned,omitempty"`
	// open are runs that were opened and not closed, the newest last.
	open []openRun
}

// Column is a column of the model, and the warehouse's name of its type.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// name is the id of the run that was sealed.
func (s sealedRun) name() string { return cmp.Or(s.As, s.Run) }

type openRun struct {
	run, as, trigger string
	started          time.Time
}

// name is the id of the run that was opened.
func (o openRun) name() string { return cmp.Or(o.as, o.run) }

type openedDetail struct {
	Trigger string    `json:"trigger"`
	Started time.Time `json:"started"`
	// As is the id of the run that this is an attempt at, where that is another.
	As string `json:"as,omitempty"`
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

// apply takes one event in.
func (p *past) apply(run, event string, detail []byte) error {
	if event != eventClosed && event != eventRejected && run > p.Last {
		p.Last = run
	}
	switch event {
	case eventOpened:
		var d openedDetail
		if err := json.Unmarshal(detail, &d); err != nil {
			return err
		}
		p.open = append(p.open, openRun{run, d.As, d.Trigger, d.Started})
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
				s.As, s.Started, s.Trigger = o.as, o.started, o.trigger
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
	case eventRejected:
		p.rejected(run)
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
		s := sealedRun{Run: run, Feed: d.Feed, Settled: true, Based: true}
		for _, o := range p.open {
			if o.run == run {
				s.As = o.as
			}
		}
		p.Sealed = append(p.Sealed, s)
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

// names says that the ledger's state names a table: it is dropped in its time.
func (p *past) names(t table) bool {
	return slices.ContainsFunc(p.Sealed, func(s sealedRun) bool {
		return s.Run == t.run && (t.kind == kindSnapshot || t.kind == kindChanges && !s.Based || t.kind == kindExceptions && s.Exceptions || t.kind == kindBase && s.Base)
	})
}

// change changes what is known of a sealed run.
func (p *past) change(run string, fn func(*sealedRun)) {
	for i := range p.Sealed {
		if p.Sealed[i].Run == run {
			fn(&p.Sealed[i])
		}
	}
}

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
