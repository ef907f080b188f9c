package alert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/alert"
)

// TestQuiet looks at the clock before, at and after the edges.
func TestQuiet(t *testing.T) {
	night := alert.Quiet{From: "22:00", To: "07:00", Timezone: "Europe/Berlin"}
	with := func(days ...string) alert.Quiet {
		q := night
		q.Days = days
		return q
	}
	for at, c := range map[string]struct {
		q    alert.Quiet
		want bool
	}{
		// A Friday in summer: Berlin is two hours ahead.
		"2026-08-14T19:59:59Z": {night, false},
		"2026-08-14T20:00:00Z": {night, true},
		"2026-08-14T22:30:00Z": {night, true}, // past midnight
		"2026-08-15T04:59:59Z": {night, true},
		"2026-08-15T05:00:00Z": {night, false},
		// In winter it is one.
		"2026-12-11T20:59:59Z": {night, false},
		"2026-12-11T21:00:00Z": {night, true},
		"2026-12-12T06:00:00Z": {night, false},
		// The night of 28 to 29 March, when two o'clock is three: it still ends at seven.
		"2026-03-28T20:59:00Z": {night, false},
		"2026-03-28T21:00:00Z": {night, true},
		"2026-03-29T04:59:00Z": {night, true},
		"2026-03-29T05:00:00Z": {night, false},
		// It begins in the hour that is left out, so it begins with the next.
		"2026-03-29T00:59:00Z": {alert.Quiet{From: "02:30", To: "04:00", Timezone: "Europe/Berlin"}, false},
		"2026-03-29T01:00:00Z": {alert.Quiet{From: "02:30", To: "04:00", Timezone: "Europe/Berlin"}, true},
		"2026-03-29T02:00:00Z": {alert.Quiet{From: "02:30", To: "04:00", Timezone: "Europe/Berlin"}, false},
		// The night of 24 to 25 October, when three o'clock is two again: both are quiet.
		"2026-10-25T00:30:00Z": {alert.Quiet{From: "02:00", To: "03:00", Timezone: "Europe/Berlin"}, true},
		"2026-10-25T01:30:00Z": {alert.Quiet{From: "02:00", To: "03:00", Timezone: "Europe/Berlin"}, true},
		"2026-10-25T02:00:00Z": {alert.Quiet{From: "02:00", To: "03:00", Timezone: "Europe/Berlin"}, false},
		"2026-10-25T05:59:00Z": {night, true},
		"2026-10-25T06:00:00Z": {night, false},
		// Days are those on which it begins: the night of Friday ends on Saturday.
		"2026-08-14T20:30:00Z": {with("fri"), true},
		"2026-08-15T04:30:00Z": {with("fri"), true},
		"2026-08-15T20:30:00Z": {with("fri"), false},
		"2026-08-14T04:30:00Z": {with("fri"), false},
		"2026-08-16T04:30:00Z": {with("sat", "sun"), true},
		"2026-08-17T04:30:00Z": {with("sat", "sun"), true},
		"2026-08-17T20:30:00Z": {with("sat", "sun"), false},
		// Within a day, in UTC; and all day long.
		"2026-08-13T11:59:00Z": {alert.Quiet{From: "12:00", To: "13:00"}, false},
		"2026-08-13T12:59:00Z": {alert.Quiet{From: "12:00", To: "13:00"}, true},
		"2026-08-13T13:00:00Z": {alert.Quiet{From: "12:00", To: "13:00"}, false},
		"2026-08-22T00:00:00Z": {alert.Quiet{From: "00:00", To: "00:00", Days: []string{"sat"}}, true},
		"2026-08-22T23:59:00Z": {alert.Quiet{From: "00:00", To: "00:00", Days: []string{"sat"}}, true},
		"2026-08-23T00:00:00Z": {alert.Quiet{From: "00:00", To: "00:00", Days: []string{"sat"}}, false},
		"2026-08-24T00:00:00Z": {alert.Quiet{}, false},
		"2026-08-24T02:00:00Z": {alert.Quiet{From: "08:00", To: "08:00"}, false}, // which is refused now, and may be stored
		"2026-08-24T01:00:00Z": {alert.Quiet{From: "00:00", To: "00:00", Timezone: "Mars/Olympus"}, false},
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.q.At(moment); got != c.want {
			t.Errorf("%s %+v: %v", at, c.q, got)
		}
	}
}

// TestQuietIsChecked reads what is refused.
func TestQuietIsChecked(t *testing.T) {
	for want, q := range map[string]alert.Quiet{
		"from and to are missing":          {Timezone: "UTC"},
		`"" is no time of day`:             {From: "22:00"},
		`"24:00" is no time of day`:        {From: "22:00", To: "24:00"},
		`"7:00" is no time of day`:         {From: "22:00", To: "7:00"},
		`"Local" is not a time zone`:       {From: "22:00", To: "07:00", Timezone: "Local"},
		`"Mars/Olympus" is not a time zon`: {From: "22:00", To: "07:00", Timezone: "Mars/Olympus"},
		`"Monday" is no day`:               {From: "22:00", To: "07:00", Days: []string{"Monday"}},
	} {
		if err := q.Check(); err == nil || !strings.Contains(err.Error(), want) || eddy.ErrorCode(err) != eddy.CodeUsage {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, q := range []alert.Quiet{
		{From: "08:00", To: "08:00"},
		{From: "00:00", To: "00:00", Timezone: "UTC"},
		{From: "08:00", To: "08:00", Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}},
	} {
		if err := q.Check(); err == nil || !strings.Contains(err.Error(), "they never end") || eddy.ErrorCode(err) != eddy.CodeUsage {
			t.Errorf("%+v: %v", q, err)
		}
	}
	for _, q := range []alert.Quiet{
		{},
		{From: "08:00", To: "07:59"},
		{From: "08:00", To: "08:00", Days: []string{"mon", "mon", "mon", "tue", "wed", "thu", "fri", "sat"}},
		{From: "22:00", To: "07:00"},
		{From: "00:00", To: "00:00", Timezone: "Asia/Kolkata", Days: []string{"sat", "sun"}},
	} {
		if err := q.Check(); err != nil {
			t.Errorf("%+v: %v", q, err)
		}
	}
}
