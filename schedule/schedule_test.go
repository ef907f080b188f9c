package schedule_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/schedule"
)

// basic and cron write schedules in short.
func basic(every time.Duration, startAt string) eddy.Schedule {
	return eddy.Schedule{Type: eddy.Basic, Every: every, StartAt: startAt}
}

func cron(expression string) eddy.Schedule {
	return eddy.Schedule{Type: eddy.Cron, Expression: expression}
}

// TestNext lists runs as a person would read them off a clock.
func TestNext(t *testing.T) {
	const from = "2026-08-14 12:30" // a Friday
	for _, c := range []struct {
		name string
		s    eddy.Schedule
		want string
	}{
		{"manual", eddy.Schedule{Type: eddy.Manual}, ""},
		{"unset is manual", eddy.Schedule{}, ""},
		{"after another", eddy.Schedule{Type: eddy.Following, After: []string{"shop"}}, ""},
		{"windows from midnight", basic(3*time.Hour, ""), "08-14 15:00, 08-14 18:00, 08-14 21:00"},
		{"from a time of day", basic(6*time.Hour, "02:00"), "08-14 14:00, 08-14 20:00, 08-15 02:00"},
		{"daily", basic(24*time.Hour, "02:15"), "08-15 02:15, 08-16 02:15, 08-17 02:15"},
		{"now is not after now", basic(30*time.Minute, ""), "08-14 13:00, 08-14 13:30, 08-14 14:00"},
		{"every second day", basic(48*time.Hour, ""), "08-15 00:00, 08-17 00:00, 08-19 00:00"},
		{"five fields", cron("0 */6 * * *"), "08-14 18:00, 08-15 00:00, 08-15 06:00"},
		{"names", cron("15 9 * aug-SEP Mon,fri"), "08-17 09:15, 08-21 09:15, 08-24 09:15"},
		{"Sunday is 0 and 7", cron("0 9 * * 7"), "08-16 09:00, 08-23 09:00, 08-30 09:00"},
		{"either day is enough", cron("0 9 1 * 1"), "08-17 09:00, 08-24 09:00, 08-31 09:00"},
		{"over midnight", cron("0 22-1 * * *"), "08-14 22:00, 08-14 23:00, 08-15 00:00"},
		{"descriptor", cron(" @Weekly "), "08-16 00:00, 08-23 00:00, 08-30 00:00"},
		{"close to midnight on lone days", cron("58,2 23,0 1 * *"), "09-01 00:02, 09-01 00:58, 09-01 23:02"},
	} {
		t.Run(c.name, func(t *testing.T) {
			plan, err := schedule.New(c.s)
			if err != nil {
				t.Fatal(err)
			}
			after, err := time.Parse("2006-01-02 15:04", from)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range plan.Next(after, 3) {
				got = append(got, at.Format("01-02 15:04"))
			}
			if diff := cmp.Diff(c.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestLeapDay finds a day that comes once in eight years.
func TestLeapDay(t *testing.T) {
	plan, err := schedule.New(cron("0 0 29 2 *"))
	if err != nil {
		t.Fatal(err)
	}
	got := plan.Next(time.Date(2096, 3, 1, 0, 0, 0, 0, time.UTC), 1)
	if want := []time.Time{time.Date(2104, 2, 29, 0, 0, 0, 0, time.UTC)}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestCheck reads what is refused, and why.
func TestCheck(t *testing.T) {
	const gap = "; leave at least 5 min: a run compares the whole model, and X takes hours to work a change in"
	const takes = ", lists (1,2), ranges (1-5) and steps (*/5)"
	for _, c := range []struct {
		s    eddy.Schedule
		want string
	}{
		{eddy.Schedule{Type: "hourly"}, `type: "hourly" is not a kind of schedule (manual, basic, cron, after, webhook)`},
		{eddy.Schedule{Type: eddy.OnWebhook}, "webhook: is missing; name a webhook of the server"},
		{eddy.Schedule{Type: eddy.Following, After: []string{"a"}, Webhook: "dbt"}, "webhook: is only for schedules of type webhook"},
		{eddy.Schedule{Type: eddy.Following}, "after: is missing; name the connection to run after"},
		{eddy.Schedule{Type: eddy.Following, After: []string{"shop", " "}}, "after: has an empty name in it"},
		{eddy.Schedule{Type: eddy.Following, After: []string{"shop", "x", "shop"}}, `after: names "shop" twice`},
		{eddy.Schedule{Type: eddy.Following, After: strings.Split(strings.Repeat("a", 21), "")}, "after: names 21 connections, more than 20; let some of them run after each other"},
		{eddy.Schedule{Type: eddy.Following, After: []string{"shop"}, Every: time.Hour}, "every: is only for schedules of type basic"},
		{eddy.Schedule{Type: eddy.Cron, Expression: "@daily", After: []string{"shop"}}, "after: is only for schedules of type after"},
		{eddy.Schedule{Type: eddy.Manual, Every: time.Hour}, "every: is only for schedules of type basic"},
		{eddy.Schedule{Type: eddy.Cron, Expression: "@daily", StartAt: "02:00"}, "start_at: is only for schedules of type basic"},
		{eddy.Schedule{Expression: "@daily"}, "expression: is only for schedules of type cron"},
		{basic(0, ""), "every: is missing; write an interval such as 6h"},
		{basic(-time.Hour, ""), "every: the shortest interval is 5m: a run compares the whole model, and X takes hours to work a change in"},
		{basic(4*time.Minute, ""), "every: the shortest interval is 5m: a run compares the whole model, and X takes hours to work a change in"},
		{basic(366*24*time.Hour, ""), "every: the longest interval is 365d"},
		{basic(5*time.Minute+time.Second, ""), "every: an interval is a number of whole minutes"},
		{basic(time.Hour, "24:00"), `start_at: "24:00" is not a time of day; write hours and minutes, from "00:00" to "23:59"`},
		{basic(time.Hour, "2:00"), `start_at: "2:00" is not a time of day; write hours and minutes, from "00:00" to "23:59"`},
		{cron(""), `expression: is missing; write five fields, such as "0 */6 * * *"`},
		{cron("* * * * *"), "expression: the runs at 00:00 and 00:01 are 1 min apart" + gap},
		{cron("*/7 * * * *"), "expression: the runs at 00:56 and 01:00 are 4 min apart" + gap},
		{cron("0,57 0,23 * * *"), "expression: the runs at 23:57 and 00:00 are 3 min apart" + gap},
		{cron("0,57 0,23 1,31 * *"), "expression: the runs at 23:57 and 00:00 are 3 min apart" + gap},
		{cron("0,57 0,23 * 2 0,1"), "expression: the runs at 23:57 and 00:00 are 3 min apart" + gap},
		{cron("0 0 30 2 *"), "expression: no such date ever comes; mend the day of month or the month"},
		{cron("0 0 31 4,6,9,11 *"), "expression: no such date ever comes; mend the day of month or the month"},
		{cron("0 25 * * *"), `expression: the hour field "25" is not understood; it takes 0-23` + takes},
		{cron("60 * * * *"), `expression: the minute field "60" is not understood; it takes 0-59` + takes},
		{cron("0 0 L * *"), `expression: the day of month field "L" is not understood; it takes 1-31` + takes},
		{cron("0 0 * 13 *"), `expression: the month field "13" is not understood; it takes 1-12 or jan-dec` + takes},
		{cron("0 0 * * fri#2"), `expression: the day of week field "fri#2" is not understood; it takes 0-7 or sun-sat` + takes},
		{cron("H 0 * * *"), `expression: the minute field "H" is not understood; it takes 0-59` + takes},
		{cron("*/0 0 * * *"), `expression: the minute field "*/0" is not understood; it takes 0-59` + takes},
		{cron("0 0 * *"), "expression: has 4 fields, not five; write minute, hour, day of month, month, day of week; there are no seconds and no years"},
		{cron("0 0 0 * * *"), "expression: has 6 fields, not five; write minute, hour, day of month, month, day of week; there are no seconds and no years"},
		{cron("TZ=Europe/Berlin 0 2 * * *"), "expression: a time zone is not taken here; remove the prefix and write the zone beside it: timezone: Europe/Berlin"},
		{cron("CRON_TZ=UTC @daily"), "expression: a time zone is not taken here; remove the prefix and write the zone beside it: timezone: Europe/Berlin"},
		{cron("@every 6h"), "expression: @every is not taken; write {type: basic, every: 6h} instead"},
		{cron("@reboot"), "expression: @reboot is not taken: a run belongs to a time, not to a machine"},
		{cron("@fortnightly"), `expression: "@fortnightly" is not known; write one of @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually`},
	} {
		err := schedule.Check(c.s)
		if err == nil {
			t.Errorf("%+v: no error, want %s", c.s, c.want)
			continue
		}
		if _, ok := errors.AsType[*schedule.Error](err); !ok {
			t.Errorf("%+v: %T is no *Error", c.s, err)
		}
		if err.Error() != c.want {
			t.Errorf("%+v:\ngot  %s\nwant %s", c.s, err, c.want)
		}
	}
}

// TestParseInterval reads intervals.
func TestParseInterval(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"5m": 5 * time.Minute, "90m": 90 * time.Minute, "6h": 6 * time.Hour, "1h30m": 90 * time.Minute,
		"1d": 24 * time.Hour, "365d": 365 * 24 * time.Hour, "0d5m": 5 * time.Minute,
	} {
		if got, err := schedule.ParseInterval(text); got != want || err != nil {
			t.Errorf("ParseInterval(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "6", "h", "-6h", "6 h", "6H", "1.5h", "30s", "0m", "366d", "99999999999999999999m", "1w", "5m5", "٥m"} {
		if got, err := schedule.ParseInterval(text); err == nil {
			t.Errorf("ParseInterval(%q) = %v, want an error", text, got)
		}
	}
}

// TestBasicKeepsItsDistance: whatever the interval and the time, the runs are one
// interval apart, the first comes within one, and a later question gives the same times.
func TestBasicKeepsItsDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := time.Duration(rapid.IntRange(5, 3*24*60).Draw(t, "minutes")) * time.Minute
		start := time.Date(2000, 1, 1, 0, rapid.IntRange(0, 24*60-1).Draw(t, "start"), 0, 0, time.UTC).Format("15:04")
		after := time.Unix(rapid.Int64Range(-1e10, 1e10).Draw(t, "unix"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanos"))
		plan, err := schedule.New(basic(every, start))
		if err != nil {
			t.Fatal(err)
		}
		runs := plan.Next(after, 4)
		if wait := runs[0].Sub(after); wait <= 0 || wait > every {
			t.Fatalf("the first run after %v is %v", after, runs[0])
		}
		for i := 1; i < len(runs); i++ {
			if runs[i].Sub(runs[i-1]) != every {
				t.Fatalf("runs %v", runs)
			}
		}
		if again := plan.Next(runs[0].Add(-1), 4); !slices.Equal(again, runs) {
			t.Fatalf("asked just before the first run: %v, not %v", again, runs)
		}
		if 24*time.Hour%every == 0 && !slices.ContainsFunc(plan.Next(after, int(24*time.Hour/every)), func(at time.Time) bool {
			return at.Format("15:04") == start
		}) {
			t.Fatalf("no run of a day is at %s", start)
		}
	})
}

// TestCronKeepsItsDistance: an expression that is taken never runs twice within the
// least gap, and one that is refused for its gap does.
func TestCronKeepsItsDistance(t *testing.T) {
	part := func(t *rapid.T, name string, low, high int) string {
		switch rapid.IntRange(0, 3).Draw(t, name) {
		case 0:
			return "*"
		case 1:
			return "*/" + strconv.Itoa(rapid.IntRange(1, min(9, high)).Draw(t, name+" step"))
		default:
			var list []string
			for range rapid.IntRange(1, 3).Draw(t, name+" length") {
				n := rapid.IntRange(low, high).Draw(t, name+" value")
				list = append(list, strconv.Itoa(n))
			}
			return strings.Join(list, ",")
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		expression := strings.Join([]string{
			part(t, "minute", 0, 59), part(t, "hour", 0, 23), part(t, "day", 1, 28), part(t, "month", 1, 12), part(t, "weekday", 0, 6),
		}, " ")
		plan, err := schedule.New(cron(expression))
		if err != nil {
			if !strings.Contains(err.Error(), "min apart") {
				t.Fatalf("%s: %v", expression, err)
			}
			return
		}
		runs := plan.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 300)
		for i := 1; i < len(runs); i++ {
			if gap := runs[i].Sub(runs[i-1]); gap < schedule.MinGap {
				t.Fatalf("%s runs at %v and %v", expression, runs[i-1], runs[i])
			}
		}
	})
}

// FuzzCheck: whatever an expression or an interval holds, the answer is no panic.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{"0 */6 * * *", "@daily", "TZ= 0 0 * * *", "0 0 29 2 *", "59-1 * * * *", "1h30m", "?", "1-2-3 * * * *", "* * ? * ?"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if plan, err := schedule.New(cron(text)); err == nil && len(plan.Next(time.Unix(0, 0), 2)) != 2 {
			t.Errorf("%q is taken and never runs", text)
		}
		if d, err := schedule.ParseInterval(text); err == nil && (d <= 0 || d%time.Minute != 0) {
			t.Errorf("%q is read as %v", text, d)
		}
	})
}
