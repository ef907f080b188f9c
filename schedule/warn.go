package schedule

import (
	"fmt"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

const (
	// window is how long X takes to work a change in: 6 to 8 hours (X Ads API docs, Audiences).
	window = 6 * time.Hour
	// optOut is how soon X's agreement wants people who opted out to be removed (Ads API
	// Agreement, Exhibit B 1.2).
	optOut = 24 * time.Hour
)

// Warnings tells what is allowed but may surprise: runs that follow each other faster
// than X works changes in, or so slowly that people who opted out stay too long. A
// schedule that cannot be used has none; Check says why it cannot.
func Warnings(s eddy.Schedule) []string {
	p, err := New(s)
	if err != nil || p.Manual() {
		return nil
	}
	shortest, longest := p.gaps()
	var out []string
	if shortest < window {
		out = append(out, fmt.Sprintf("runs follow each other after %s, but X takes 6 to 8 hours to work a change in: more often than every 6h rarely shows on X any sooner", interval(shortest)))
	}
	// A day on which clocks are set back has 25 hours; that is no fault of the schedule.
	if longest > optOut+time.Hour {
		out = append(out, fmt.Sprintf("up to %s pass between two runs, but X's agreement wants people who opted out removed within 24h: run at least every 24h", interval(longest)))
	}
	return out
}

// restless is a gap between runs in which a warehouse that stops by itself hardly does: many stop
// after ten minutes.
const restless = 30 * time.Minute

// Awake warns of runs that follow each other so quickly that the warehouse hardly sleeps; cost is
// what that costs. It is empty where they do not, or where it costs nothing.
func Awake(s eddy.Schedule, cost string) string {
	p, err := New(s)
	if err != nil || p.Manual() || cost == "" {
		return ""
	}
	shortest, _ := p.gaps()
	if shortest > restless {
		return ""
	}
	return fmt.Sprintf("runs follow each other after %s, and %s", interval(shortest), cost)
}

// gaps are the shortest and the longest time between two runs, over enough runs to see
// every weekday and month.
func (p Plan) gaps() (shortest, longest time.Duration) {
	if p.every > 0 {
		return p.every, p.every
	}
	const enough = 500
	// By the wall clock: an hour more or less on two nights of a year is not worth a word.
	last := p.wall(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	for range enough {
		next := p.wall(last)
		if next.IsZero() {
			break
		}
		gap := next.Sub(last)
		longest = max(longest, gap)
		if shortest == 0 || gap < shortest {
			shortest = gap
		}
		last = next
	}
	return shortest, longest
}

// interval writes a gap as people write intervals: 30m, 6h, 1h30m, 7d.
func interval(d time.Duration) string {
	days, hours, minutes := d/(24*time.Hour), d%(24*time.Hour)/time.Hour, d%time.Hour/time.Minute
	var text strings.Builder
	for _, part := range []struct {
		n    time.Duration
		unit string
	}{{days, "d"}, {hours, "h"}, {minutes, "m"}} {
		if part.n > 0 {
			fmt.Fprintf(&text, "%d%s", part.n, part.unit)
		}
	}
	return text.String()
}
