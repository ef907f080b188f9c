package schedule

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// newBasic makes the plan of an interval.
func newBasic(s eddy.Schedule) (Plan, error) {
	switch {
	case s.Every == 0:
		return Plan{}, &Error{Field: "every", Reason: "is missing", Mend: "write an interval such as 6h"}
	case s.Every < MinGap:
		return Plan{}, &Error{Field: "every", Reason: "the shortest interval is 5m: " + whyGap}
	case s.Every > MaxInterval:
		return Plan{}, &Error{Field: "every", Reason: "the longest interval is 365d"}
	case s.Every%time.Minute != 0:
		return Plan{}, &Error{Field: "every", Reason: "an interval is a number of whole minutes"}
	}
	offset, err := timeOfDay(s.StartAt)
	return Plan{every: s.Every, offset: offset}, err
}

// timeOfDay reads "15:04"; no text is midnight.
func timeOfDay(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, &Error{
			Field: "start_at", Reason: fmt.Sprintf("%q is not a time of day", text),
			Mend: `write hours and minutes, from "00:00" to "23:59"`,
		}
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// nextBasic is the first multiple of every, counted from 1970 plus offset, after t.
func nextBasic(t time.Time, every, offset time.Duration) time.Time {
	// Seconds, not nanoseconds: they reach every year that a time.Time can hold.
	step, shift := int64(every/time.Second), int64(offset/time.Second)
	since := t.Unix() - shift
	n := since / step
	if since%step < 0 { // before the origin, integer division rounds the wrong way
		n--
	}
	return time.Unix((n+1)*step+shift, 0).UTC()
}

// ParseInterval reads an interval such as 5m, 90m, 6h, 1h30m or 1d. Whether it is long
// enough for a schedule is for Check to say. Its errors are of type *Error.
func ParseInterval(text string) (time.Duration, error) {
	bad := &Error{
		Field: "every", Reason: fmt.Sprintf("%q is not an interval", text),
		Mend: "write a whole number and a unit, such as 30m, 6h or 1d",
	}
	var sum time.Duration
	for rest := text; rest != ""; {
		i := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
		if i < 1 {
			return 0, bad
		}
		n, err := strconv.Atoi(rest[:i])
		unit := unitOf(rest[i])
		// No part may exceed what a schedule takes, which also keeps the sum from overflowing.
		if err != nil || unit == 0 || time.Duration(n) > MaxInterval/unit || sum > MaxInterval {
			return 0, bad
		}
		sum += time.Duration(n) * unit
		rest = rest[i+1:]
	}
	if sum == 0 {
		return 0, bad
	}
	return sum, nil
}

// unitOf is the length of a unit, 0 for a letter that is none.
func unitOf(c byte) time.Duration {
	switch c {
	case 'm':
		return time.Minute
	case 'h':
		return time.Hour
	case 'd':
		return 24 * time.Hour
	default:
		return 0
	}
}
