package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/schedule"
)

// in hangs a schedule's clock elsewhere.
func in(zone string, s eddy.Schedule) eddy.Schedule {
	s.Timezone = zone
	return s
}

// TestClockChanges reads the nights on which clocks change, off the wall and in UTC.
func TestClockChanges(t *testing.T) {
	for _, c := range []struct {
		name, from string // from is UTC
		s          eddy.Schedule
		want       string // in the schedule's zone, with its offset
	}{
		{"a summer day", "2026-07-01 00:00", in("Europe/Berlin", basic(24*time.Hour, "02:15")), "01 02:15+02, 02 02:15+02"},
		{"left out: as clocks go on", "2026-03-28 00:00", in("Europe/Berlin", basic(24*time.Hour, "02:30")), "28 02:30+01, 29 03:00+02, 30 02:30+02"},
		{"left out, by cron", "2026-03-08 00:00", in("America/New_York", cron("30 2 * * *")), "08 03:00-04, 09 02:30-04"},
		{"twice: the first", "2026-10-24 12:00", in("Europe/Berlin", basic(24*time.Hour, "02:30")), "25 02:30+02, 26 02:30+01"},
		{"twice, by cron", "2026-11-01 00:00", in("America/New_York", cron("30 1 * * *")), "01 01:30-04, 02 01:30-05"},
		{"at the change itself", "2026-03-28 12:00", in("Europe/Berlin", basic(24*time.Hour, "03:00")), "29 03:00+02, 30 03:00+02"},
		{"six hours forward", "2026-03-28 18:00", in("Europe/Berlin", basic(6*time.Hour, "")), "29 00:00+01, 29 06:00+02, 29 12:00+02"},
		{"six hours back", "2026-10-24 17:00", in("Europe/Berlin", basic(6*time.Hour, "")), "25 00:00+02, 25 06:00+01, 25 12:00+01"},
		{"hourly forward", "2026-03-28 23:30", in("Europe/Berlin", basic(time.Hour, "")), "29 01:00+01, 29 03:00+02, 29 04:00+02"},
		{"hourly back", "2026-10-24 23:30", in("Europe/Berlin", cron("@hourly")), "25 02:00+02, 25 02:00+01, 25 03:00+01"},
		{"half past, half an hour of change", "2026-04-04 13:30", in("Australia/Lord_Howe", cron("30 * * * *")), "05 01:30+11, 05 01:30+1030, 05 02:30+1030"},
		{"several left out are one", "2026-03-28 23:30", in("Europe/Berlin", cron("0,15,30 2,4 * * *")), "29 03:00+02, 29 04:00+02, 29 04:15+02"},
		{"a day that was left out", "2011-12-29 12:00", in("Pacific/Apia", basic(24*time.Hour, "09:00")), "29 09:00-10, 31 00:00+14, 31 09:00+14"},
		{"a zone without changes", "2026-03-28 18:00", in("Asia/Kolkata", basic(12*time.Hour, "06:00")), "29 06:00+0530, 29 18:00+0530"},
		{"UTC by name", "2026-03-28 18:00", in("UTC", cron("@daily")), "29 00:00Z, 30 00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			zone, err := time.LoadLocation(c.s.Timezone)
			if err != nil {
				t.Fatal(err)
			}
			plan, err := schedule.New(c.s)
			if err != nil {
				t.Fatal(err)
			}
			after, err := time.Parse("2006-01-02 15:04", c.from)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range plan.Next(after, strings.Count(c.want, ",")+1) {
				got = append(got, at.In(zone).Format("02 15:04Z0700"))
			}
			want := strings.Split(c.want, ", ")
			for i, w := range want {
				if j := strings.LastIndexAny(w, "+-"); j >= 0 && len(w)-j == len("+02") {
					want[i] = w + "00"
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestTimezoneIsChecked reads what is refused.
func TestTimezoneIsChecked(t *testing.T) {
	const mend = "; write a name of the IANA list, such as Europe/Berlin, America/New_York or UTC"
	for zone, want := range map[string]string{
		"Berlin":           `timezone: "Berlin" is not a time zone` + mend,
		"Local":            `timezone: "Local" is not a time zone` + mend,
		"../../etc/passwd": `timezone: "../../etc/passwd" is not a time zone` + mend,
	} {
		if err := schedule.Check(in(zone, cron("@daily"))); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", zone, err, want)
		}
	}
	manual := in("Europe/Berlin", eddy.Schedule{Type: eddy.Manual})
	if err := schedule.Check(manual); err == nil || err.Error() != "timezone: is only for schedules of type basic or cron" {
		t.Errorf("a manual schedule with a zone: %v", err)
	}
}

// TestZonesAgree: in whatever zone, runs come in order, a later question gives the same
// times, no wall clock runs twice, and no day passes without a daily run.
func TestZonesAgree(t *testing.T) {
	zones := []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Africa/Casablanca", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		s := basic(24*time.Hour, time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC).Format("15:04"))
		if rapid.Bool().Draw(t, "shorter") {
			s.Every = time.Duration(rapid.IntRange(5, 600).Draw(t, "minutes")) * time.Minute
		}
		plan, err := schedule.New(in(zone.String(), s))
		if err != nil {
			t.Fatal(err)
		}
		after := time.Unix(rapid.Int64Range(1.2e9, 1.9e9).Draw(t, "unix"), 0)
		runs := plan.Next(after, 400)
		seen := map[string]bool{}
		for i := 1; i < len(runs); i++ {
			gap := runs[i].Sub(runs[i-1])
			if gap <= 0 || gap > s.Every+time.Hour {
				t.Fatalf("runs at %v and %v", runs[i-1], runs[i])
			}
			if wall := runs[i].In(zone).Format("2006-01-02 15:04"); s.Every > time.Hour && seen[wall] {
				t.Fatalf("%s comes twice", wall)
			} else {
				seen[wall] = true
			}
			if s.Every == 24*time.Hour && runs[i].In(zone).YearDay() == runs[i-1].In(zone).YearDay() {
				t.Fatalf("two runs on %v", runs[i])
			}
		}
		i := rapid.IntRange(1, len(runs)-2).Draw(t, "i")
		from := runs[i-1].Add(time.Duration(rapid.Int64Range(0, int64(runs[i].Sub(runs[i-1]))-1).Draw(t, "between")))
		if again := plan.Next(from, 2); !slices.Equal(again, runs[i:i+2]) {
			t.Fatalf("asked at %v: %v, not %v", from, again, runs[i:i+2])
		}
		until := runs[len(runs)-1].Add(-1)
		if last, ok := plan.Latest(runs[i-1], until); !ok || !last.Equal(runs[len(runs)-2]) {
			t.Fatalf("the latest before %v is %v, %v", until, last, ok)
		}
	})
}

// TestLatest finds what a server that was away makes up for.
func TestLatest(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	yearly := cron("@yearly")
	for _, c := range []struct {
		name         string
		s            eddy.Schedule
		after, until time.Time
		want         time.Time
	}{
		{"none", basic(24*time.Hour, ""), day(1), day(2).Add(-1), time.Time{}},
		{"exactly now", basic(24*time.Hour, ""), day(1), day(2), day(2)},
		{"the last of many", basic(5*time.Minute, ""), day(1), day(31).Add(time.Minute), day(31)},
		{"long ago", yearly, day(1).AddDate(-3, 0, 0), day(300), day(1)},
		{"manual", eddy.Schedule{}, day(1), day(300), time.Time{}},
	} {
		plan, err := schedule.New(c.s)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := plan.Latest(c.after, c.until); !got.Equal(c.want) || ok == c.want.IsZero() {
			t.Errorf("%s: %v, %v; want %v", c.name, got, ok, c.want)
		}
	}
}

// Who pays for a warehouse while it is awake is told of runs that hardly let it sleep.
func TestAwake(t *testing.T) {
	for _, c := range []struct {
		s          eddy.Schedule
		cost, want string
	}{
		{basic(15*time.Minute, ""), "each is paid for", "runs follow each other after 15m, and each is paid for"},
		{cron("*/30 9-17 * * mon-fri"), "each is paid for", "runs follow each other after 30m, and each is paid for"},
		{basic(time.Hour, ""), "each is paid for", ""},
		{basic(15*time.Minute, ""), "", ""},
		{eddy.Schedule{}, "each is paid for", ""},
		{cron("not a schedule"), "each is paid for", ""},
	} {
		if got := schedule.Awake(c.s, c.cost); got != c.want {
			t.Errorf("%+v: %q, not %q", c.s, got, c.want)
		}
	}
}

// TestWarnings reads what may surprise.
func TestWarnings(t *testing.T) {
	const fast = ", but X takes 6 to 8 hours to work a change in: more often than every 6h rarely shows on X any sooner"
	const slow = " pass between two runs, but X's agreement wants people who opted out removed within 24h: run at least every 24h"
	for _, c := range []struct {
		s    eddy.Schedule
		want []string
	}{
		{eddy.Schedule{}, nil},
		{basic(6*time.Hour, ""), nil},
		{basic(24*time.Hour, ""), nil},
		{in("Europe/Berlin", cron("30 2 * * *")), nil},
		{basic(90*time.Minute, ""), []string{"runs follow each other after 1h30m" + fast}},
		{basic(36*time.Hour, ""), []string{"up to 1d12h" + slow}},
		{cron("@weekly"), []string{"up to 7d" + slow}},
		{cron("0 9-17 * * mon-fri"), []string{"runs follow each other after 1h" + fast, "up to 2d16h" + slow}},
		{cron("not a schedule"), nil},
	} {
		if diff := cmp.Diff(c.want, schedule.Warnings(c.s)); diff != "" {
			t.Errorf("%+v (-want +got)\n%s", c.s, diff)
		}
	}
}
