package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netresearch/go-cron"
)

// whyGap is the reason for MinGap.
const whyGap = "a run compares the whole model, and X takes hours to work a change in"

// searchYears is how far ahead the next run may lie. 29 February can be eight years
// off, from 2096 to 2104.
const searchYears = 9

// parser reads five fields or a descriptor. When both the day of the month and the day
// of the week are given, either is enough, as in every crontab.
func parser() cron.Parser {
	return cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor | cron.DowOrDom).
		WithMaxSearchYears(searchYears)
}

// parseCron reads a cron expression and proves that its runs come, and not too often.
func parseCron(expression string) (*cron.SpecSchedule, error) {
	text := strings.Join(strings.Fields(expression), " ")
	if err := refuse(text); err != nil {
		return nil, err
	}
	if strings.HasPrefix(text, "@") {
		text = strings.ToLower(text)
	}
	parsed, err := parser().Parse(text)
	spec, ok := parsed.(*cron.SpecSchedule)
	if err != nil || !ok {
		return nil, badField(text)
	}
	spec.Location = time.UTC
	if err := comes(spec); err != nil {
		return nil, err
	}
	if err := spaced(spec); err != nil {
		return nil, err
	}
	return spec, nil
}

// refuse names the forms of other crons that Eddy does not take.
func refuse(text string) error {
	first, _, _ := strings.Cut(text, " ")
	switch {
	case text == "":
		return badCron("is missing", `write five fields, such as "0 */6 * * *"`)
	case strings.Contains(first, "TZ="):
		return badCron("a time zone is not taken here", "remove the prefix and write the zone beside it: timezone: Europe/Berlin")
	case strings.EqualFold(first, "@every"):
		return badCron("@every is not taken", "write {type: basic, every: 6h} instead")
	case strings.EqualFold(first, "@reboot"):
		return badCron("@reboot is not taken: a run belongs to a time, not to a machine", "")
	case strings.HasPrefix(text, "@"):
		return refuseDescriptor(text)
	}
	if n := len(strings.Fields(text)); n != 5 {
		return badCron(fmt.Sprintf("has %d fields, not five", n), "write minute, hour, day of month, month, day of week; there are no seconds and no years")
	}
	return nil
}

// refuseDescriptor refuses @ words that are not known.
func refuseDescriptor(text string) error {
	known := []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}
	if slices.Contains(known, strings.ToLower(text)) {
		return nil
	}
	return badCron(fmt.Sprintf("%q is not known", text), "write one of "+strings.Join(known, ", "))
}

// badField finds the field that the parser did not take, by trying each alone.
func badField(text string) error {
	rules := []struct{ name, takes string }{
		{"minute", "0-59"},
		{"hour", "0-23"},
		{"day of month", "1-31"},
		{"month", "1-12 or jan-dec"},
		{"day of week", "0-7 or sun-sat"},
	}
	for i, field := range strings.Fields(text) {
		probe := []string{"*", "*", "*", "*", "*"}
		probe[i] = field
		if _, err := parser().Parse(strings.Join(probe, " ")); err != nil {
			return badCron(fmt.Sprintf("the %s field %q is not understood", rules[i].name, field),
				"it takes "+rules[i].takes+", lists (1,2), ranges (1-5) and steps (*/5)")
		}
	}
	return badCron("is not understood", `write five fields, such as "0 */6 * * *"`)
}

// comes refuses dates that no calendar has, such as 30 February.
func comes(spec *cron.SpecSchedule) error {
	if spec.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return badCron("no such date ever comes", "mend the day of month or the month")
	}
	return nil
}

// spaced refuses two runs that are less than MinGap apart.
func spaced(spec *cron.SpecSchedule) error {
	times := timesOfDay(spec)
	for i := 1; i < len(times); i++ {
		if times[i]-times[i-1] < MinGap {
			return tooClose(times[i-1], times[i])
		}
	}
	last, first := times[len(times)-1], times[0]
	if first+24*time.Hour-last < MinGap && neighbours(spec) {
		return tooClose(last, first)
	}
	return nil
}

// timesOfDay lists the times at which the schedule runs on a day it runs on.
func timesOfDay(spec *cron.SpecSchedule) []time.Duration {
	var times []time.Duration
	for h := range 24 {
		for m := range 60 {
			if spec.Hour>>h&1 == 1 && spec.Minute>>m&1 == 1 {
				times = append(times, time.Duration(h)*time.Hour+time.Duration(m)*time.Minute)
			}
		}
	}
	return times
}

// neighbours tells whether the schedule ever runs on two days in a row. 28 years hold
// every weekday at every date of plain and leap years.
func neighbours(spec *cron.SpecSchedule) bool {
	days := *spec
	days.Minute, days.Hour = 1, 1 // midnight stands for the day
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	end := start.AddDate(28, 0, 1)
	for day := days.Next(start.Add(-time.Minute)); !day.IsZero() && day.Before(end); {
		next := days.Next(day)
		if next.Sub(day) == 24*time.Hour {
			return true
		}
		day = next
	}
	return false
}

// tooClose tells of two runs that come too soon after each other.
func tooClose(a, b time.Duration) error {
	gap := (b - a + 24*time.Hour) % (24 * time.Hour)
	return badCron(fmt.Sprintf("the runs at %s and %s are %d min apart", clock(a), clock(b), int(gap.Minutes())),
		"leave at least 5 min: "+whyGap)
}

// clock writes a time of day.
func clock(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// badCron is an error of a cron expression.
func badCron(reason, mend string) error {
	return &Error{Field: "expression", Reason: reason, Mend: mend}
}
