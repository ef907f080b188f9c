// Package schedule says when a connection runs. It reads the kinds of schedule
// (manual, basic, cron, after, webhook), refuses those that cannot work and lists the runs to come.
// Everything is a pure function of the schedule and the time it is given. Times are UTC
// unless the schedule names a time zone: then no clock change ever skips or repeats a run.
//
// A basic schedule counts its interval without a break from a fixed origin: midnight
// of 1 January 1970, moved by start_at. An interval that divides a day therefore
// falls on the same times every day, and any other keeps its distance also across
// midnight. Nothing is remembered between runs, so every server finds the same times.
//
// In a time zone, a schedule is written in what the clock on the wall shows. Where clocks
// are set forward, a time that is left out runs at the moment they go on; where they are
// set back, a time that comes twice runs the first time. What runs every hour or more
// often goes on in both cases as if nothing had happened.
package schedule

import (
	"fmt"
	"time"

	"github.com/netresearch/go-cron"

	"github.com/eddy-retl/eddy"
)

// MinGap is the least time between two runs of one schedule.
const MinGap = 5 * time.Minute

// MaxInterval is the longest interval of a basic schedule.
const MaxInterval = 365 * 24 * time.Hour

// Error is a schedule that cannot be used.
type Error struct {
	// Field is the key of the configuration file at fault: type, every, start_at, expression, timezone, after or webhook.
	Field string
	// Reason says what is wrong with it; it may quote the field's text.
	Reason string
	// Mend says what to write instead; may be empty.
	Mend string
}

// Error tells the field, the reason and the cure in one line.
func (e *Error) Error() string {
	s := e.Field + ": " + e.Reason
	if e.Mend != "" {
		s += "; " + e.Mend
	}
	return s
}

// Plan is a schedule that was found to work. The zero Plan is manual: no clock runs it. What
// runs after something else has that one, too.
type Plan struct {
	every time.Duration
	// offset moves the origin of a basic schedule.
	offset time.Duration
	cron   *cron.SpecSchedule
	// zone is where the clock hangs; nil is UTC.
	zone *time.Location
	// frequent says that it runs in every hour, so that it needs no care when clocks change.
	frequent bool
}

// New checks a schedule and makes a plan of it. Its errors are of type *Error.
func New(s eddy.Schedule) (Plan, error) {
	if err := stray(s); err != nil {
		return Plan{}, err
	}
	zone, err := zoneOf(s)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	switch s.Type {
	case eddy.Manual, "":
		return Plan{}, nil
	case eddy.Following:
		return Plan{}, checkAfter(s.After)
	case eddy.OnWebhook:
		if s.Webhook == "" {
			return Plan{}, &Error{Field: "webhook", Reason: "is missing", Mend: "name a webhook of the server"}
		}
		return Plan{}, nil
	case eddy.Basic:
		p, err = newBasic(s)
		p.frequent = p.every <= time.Hour
	case eddy.Cron:
		if p.cron, err = parseCron(s.Expression); err == nil {
			p.frequent = p.cron.Hour&everyHour == everyHour
		}
	default:
		err = &Error{Field: "type", Reason: fmt.Sprintf("%q is not a kind of schedule (manual, basic, cron, after, webhook)", s.Type)}
	}
	if err != nil {
		return Plan{}, err
	}
	p.zone = zone
	return p, nil
}

// everyHour has a bit for each hour of the day, as a cron schedule keeps them.
const everyHour = 1<<24 - 1

// Check tells why a schedule cannot be used; nil when it can. Its errors are of type *Error.
func Check(s eddy.Schedule) error {
	_, err := New(s)
	return err
}

// stray refuses fields that the schedule's type would silently ignore.
func stray(s eddy.Schedule) error {
	only := func(field string, t eddy.ScheduleType) error {
		return &Error{Field: field, Reason: fmt.Sprintf("is only for schedules of type %s", t)}
	}
	switch {
	case s.Every != 0 && s.Type != eddy.Basic:
		return only("every", eddy.Basic)
	case s.StartAt != "" && s.Type != eddy.Basic:
		return only("start_at", eddy.Basic)
	case s.Expression != "" && s.Type != eddy.Cron:
		return only("expression", eddy.Cron)
	case len(s.After) > 0 && s.Type != eddy.Following:
		return only("after", eddy.Following)
	case s.Webhook != "" && s.Type != eddy.OnWebhook:
		return only("webhook", eddy.OnWebhook)
	case s.Timezone != "" && s.Type != eddy.Basic && s.Type != eddy.Cron:
		return &Error{Field: "timezone", Reason: "is only for schedules of type basic or cron"}
	}
	return nil
}

// Manual says that no time is ever due by the plan.
func (p Plan) Manual() bool { return p.cron == nil && p.every == 0 }

// Next lists the first n runs after a time, fewer when the plan has no more. The times
// are UTC, whatever the plan's zone.
func (p Plan) Next(after time.Time, n int) []time.Time {
	var times []time.Time
	for t := after.UTC(); len(times) < n; {
		if t = p.next(t); t.IsZero() {
			break
		}
		times = append(times, t)
	}
	return times
}

// Latest is the last run after one time and not after another, and false when none is
// due between them. It is what a server that was away makes up for.
func (p Plan) Latest(after, until time.Time) (time.Time, bool) {
	due := func(t time.Time) bool { return !t.IsZero() && !t.After(until) }
	// The search begins close to the end, so that a long absence takes no long search.
	from := after.UTC()
	for back := time.Hour; ; back *= 8 {
		start := until.Add(-back).UTC()
		if !start.After(after) || back > MaxInterval {
			break
		}
		if due(p.next(start)) {
			from = start
			break
		}
	}
	last, found := time.Time{}, false
	for t := p.next(from); due(t); t = p.next(t) {
		last, found = t, true
	}
	return last, found
}

// next is the first run after t, the zero time when there is none.
func (p Plan) next(t time.Time) time.Time {
	switch {
	case p.Manual():
		return time.Time{}
	case p.zone == nil || p.zone == time.UTC:
		return p.wall(t)
	default:
		return p.nextInZone(t)
	}
}

// wall is the first run after t by the clock on the wall; see zone.go.
func (p Plan) wall(t time.Time) time.Time {
	if p.cron != nil {
		return p.cron.Next(t)
	}
	return nextBasic(t, p.every, p.offset)
}
