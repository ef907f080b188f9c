// Package schedule says when a connection runs. It reads the three kinds of schedule
// (manual, basic, cron), refuses those that cannot work and lists the runs to come.
// Everything is a pure function of the schedule and the time it is given; all times
// are UTC, so that no clock change ever skips or repeats a run.
//
// A basic schedule counts its interval without a break from a fixed origin: midnight
// UTC of 1 January 1970, moved by start_at. An interval that divides a day therefore
// falls on the same times every day, and any other keeps its distance also across
// midnight. Nothing is remembered between runs, so every server finds the same times.
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
	// Field is the key of the configuration file at fault: type, every, start_at or expression.
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

// Plan is a schedule that was found to work. The zero Plan is manual: it never runs by itself.
type Plan struct {
	every time.Duration
	// offset moves the origin of a basic schedule.
	offset time.Duration
	cron   *cron.SpecSchedule
}

// New checks a schedule and makes a plan of it. Its errors are of type *Error.
func New(s eddy.Schedule) (Plan, error) {
	if err := stray(s); err != nil {
		return Plan{}, err
	}
	switch s.Type {
	case eddy.Manual, "":
		return Plan{}, nil
	case eddy.Basic:
		return newBasic(s)
	case eddy.Cron:
		spec, err := parseCron(s.Expression)
		return Plan{cron: spec}, err
	default:
		return Plan{}, &Error{Field: "type", Reason: fmt.Sprintf("%q is not a kind of schedule (manual, basic, cron)", s.Type)}
	}
}

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
	}
	return nil
}

// Next lists the first n runs after a time, fewer when the plan has no more.
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

// next is the first run after t, the zero time when there is none.
func (p Plan) next(t time.Time) time.Time {
	switch {
	case p.cron != nil:
		return p.cron.Next(t)
	case p.every > 0:
		return nextBasic(t, p.every, p.offset)
	default:
		return time.Time{}
	}
}
