package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the names of zones, also where the machine has none

	"github.com/eddy-retl/eddy"
)

// Quiet is when a rule tells nobody anything; the zero Quiet is never. It goes by the clock
// on the wall of its zone: where clocks are set forward within it, it is an hour shorter,
// and an hour that comes twice is quiet both times.
type Quiet struct {
	// From and To are when it begins and ends, such as 22:00 and 07:00. Where To is not after
	// From, it ends on the next day.
	From, To string
	// Timezone is a name of the IANA list; empty is UTC.
	Timezone string
	// Days are those on which it begins, mon to sun; none are all.
	Days []string
}

// days are how the days of a week are written, as time counts them.
func days() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// Check refuses hours that nobody could go by.
func (q Quiet) Check() error {
	if q.never() {
		if q.Timezone != "" || len(q.Days) > 0 {
			return badQuiet("from and to are missing", "Write when they begin and end, such as 22:00 and 07:00, or leave all of it out.")
		}
		return nil
	}
	for _, text := range []string{q.From, q.To} {
		if _, ok := minutes(text); !ok {
			return badQuiet(fmt.Sprintf("%q is no time of day", text), "Write hours and minutes, such as 22:00.")
		}
	}
	if _, err := time.LoadLocation(q.Timezone); err != nil || strings.EqualFold(q.Timezone, "Local") {
		return badQuiet(fmt.Sprintf("%q is not a time zone", q.Timezone), "Write a name of the IANA list, such as Europe/Berlin, America/New_York or UTC.")
	}
	for _, day := range q.Days {
		if !slices.Contains(days(), day) {
			return badQuiet(fmt.Sprintf("%q is no day", day), "The days are mon, tue, wed, thu, fri, sat and sun.")
		}
	}
	if q.always() {
		return badQuiet("they never end", "Let from and to differ, leave out a day, or disable the rule.")
	}
	return nil
}

func badQuiet(what, mend string) error {
	return &eddy.Error{Code: eddy.CodeUsage, What: "the alert's quiet hours: " + what, Mend: mend}
}

func (q Quiet) never() bool { return q.From == "" && q.To == "" }

// always says that they leave no time: where they end is where they begin, on every day.
func (q Quiet) always() bool {
	left := slices.ContainsFunc(days(), func(day string) bool { return !slices.Contains(q.Days, day) })
	return q.From == q.To && (len(q.Days) == 0 || !left)
}

// At says whether it is quiet at a time. Hours that [Quiet.Check] refuses never are: somebody
// is told too much rather than nothing.
func (q Quiet) At(t time.Time) bool {
	from, ok := minutes(q.From)
	to, ok2 := minutes(q.To)
	zone, err := time.LoadLocation(q.Timezone)
	if !ok || !ok2 || err != nil || q.always() {
		return false
	}
	t = t.In(zone)
	now, today := 60*t.Hour()+t.Minute(), int(t.Weekday())
	begins := func(day int) bool { return len(q.Days) == 0 || slices.Contains(q.Days, days()[day]) }
	if from < to {
		return begins(today) && from <= now && now < to
	}
	return begins(today) && from <= now || begins((today+6)%7) && now < to
}

// minutes reads a time of day.
func minutes(text string) (since int, ok bool) {
	t, err := time.Parse("15:04", text)
	return 60*t.Hour() + t.Minute(), err == nil && len(text) == len("15:04")
}
