package alert_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/alert"
)

// TestFold tells the story of an alert: what is told, and when.
func TestFold(t *testing.T) {
	start := time.Date(2026, 8, 14, 6, 0, 0, 0, time.UTC)
	var s alert.Standing
	for _, step := range []struct {
		after time.Duration
		on    bool
		cases int
		turn  alert.Turn
		count int
	}{
		{0, false, 0, "", 0},
		{time.Hour, true, 1, alert.Begins, 1},
		{2 * time.Hour, true, 0, "", 1},
		{3 * time.Hour, true, 1, "", 2},
		{25*time.Hour - 1, true, 1, "", 3},
		{25 * time.Hour, true, 1, alert.Continues, 4},
		{26 * time.Hour, true, 1, "", 5},
		{49 * time.Hour, true, 0, alert.Continues, 5},
		{50 * time.Hour, false, 0, alert.Recovered, 5},
		{51 * time.Hour, false, 0, "", 5},
		{52 * time.Hour, true, 0, alert.Begins, 1},
	} {
		var turn alert.Turn
		if s, turn = s.Fold(step.on, step.cases, start.Add(step.after), false); turn != step.turn || s.Count != step.count || s.Open != step.on {
			t.Errorf("after %v: %q, %+v", step.after, turn, s)
		}
	}
	if want := start.Add(52 * time.Hour); !s.Since.Equal(want) {
		t.Errorf("it began %v, not %v", s.Since, want)
	}
}

// TestFoldWhileItIsQuiet tells what is told when quiet hours end: what still is otherwise
// than people were told.
func TestFoldWhileItIsQuiet(t *testing.T) {
	start := time.Date(2026, 8, 14, 22, 0, 0, 0, time.UTC)
	type step struct {
		hours int
		on    bool
		cases int
		quiet bool
		turn  alert.Turn
	}
	for name, c := range map[string]struct {
		steps []step
		count int
		since int
	}{
		"it began within and still is so": {[]step{{0, true, 1, true, ""}, {1, true, 1, true, ""}, {9, true, 0, false, alert.Begins}, {10, true, 0, false, ""}, {11, false, 0, false, alert.Recovered}}, 2, 0},
		"it began and was over within":    {[]step{{0, true, 1, true, ""}, {1, false, 0, true, ""}, {9, false, 0, false, ""}}, 1, 0},
		"it was over within, and began again": {
			[]step{{0, true, 5, true, ""}, {1, false, 0, true, ""}, {2, true, 1, true, ""}, {9, true, 0, false, alert.Begins}}, 1, 2,
		},
		"it began before and was over within":   {[]step{{0, true, 1, false, alert.Begins}, {1, false, 0, true, ""}, {2, false, 0, true, ""}, {9, false, 0, false, alert.Recovered}, {10, false, 0, false, ""}}, 1, 0},
		"it began before and was not over long": {[]step{{0, true, 1, false, alert.Begins}, {1, false, 0, true, ""}, {2, true, 1, true, ""}, {9, true, 0, false, ""}, {10, false, 0, false, alert.Recovered}}, 2, 0},
		"a reminder waits as well":              {[]step{{0, true, 1, false, alert.Begins}, {25, true, 0, true, ""}, {33, true, 0, false, alert.Continues}, {34, true, 0, false, ""}}, 1, 0},
	} {
		var s alert.Standing
		for i, step := range c.steps {
			var turn alert.Turn
			at := start.Add(time.Duration(step.hours) * time.Hour)
			if s, turn = s.Fold(step.on, step.cases, at, step.quiet); turn != step.turn || s.Open != step.on {
				t.Errorf("%s, step %d: %q, %+v", name, i, turn, s)
			}
		}
		if want := start.Add(time.Duration(c.since) * time.Hour); s.Count != c.count || !s.Since.Equal(want) {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

// TestHeldMessages: what waited says since when.
func TestHeldMessages(t *testing.T) {
	m := message()
	m.Held, m.Count, m.At = true, 3, m.Since.Add(7*time.Hour)
	if text := m.Text(); !strings.Contains(text, "\nIt began 2026-08-14 06:00 UTC and was seen 3 times, in quiet hours.\n") {
		t.Error(text)
	}
}

// Every event has words of its own.
func TestSubjects(t *testing.T) {
	var seen []string
	for _, e := range alert.Events() {
		for _, turn := range []alert.Turn{alert.Begins, alert.Continues, alert.Recovered} {
			subject := alert.Message{Event: e, Turn: turn, Connection: "vip"}.Subject()
			if slices.Contains(seen, subject) || subject == "vip: "+string(e) {
				t.Errorf("%s %s: %q", e, turn, subject)
			}
			seen = append(seen, subject)
		}
	}
}
