package alert_test

import (
	"slices"
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
		if s, turn = s.Fold(step.on, step.cases, start.Add(step.after)); turn != step.turn || s.Count != step.count || s.Open != step.on {
			t.Errorf("after %v: %q, %+v", step.after, turn, s)
		}
	}
	if want := start.Add(52 * time.Hour); !s.Since.Equal(want) {
		t.Errorf("it began %v, not %v", s.Since, want)
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
