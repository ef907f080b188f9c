package alert

import "time"

// remindAfter is how long an alert that goes on is silent.
const remindAfter = 24 * time.Hour

// Standing is what is remembered of one event of one connection.
type Standing struct {
	Open bool
	// Since is when it began, LastSent when it was last told.
	Since, LastSent time.Time
	// Count is how often it was seen since.
	Count int
}

// Fold takes in what was found at a time: whether the event is on, and how many new
// cases of it there are. It gives what stands now, and what is to be told, if anything:
// one message when it begins, a reminder a day, and one when it is over.
func (s Standing) Fold(on bool, cases int, at time.Time) (Standing, Turn) {
	switch {
	case on && !s.Open:
		return Standing{Open: true, Since: at, LastSent: at, Count: max(1, cases)}, Begins
	case on:
		s.Count += cases
		if at.Sub(s.LastSent) < remindAfter {
			return s, ""
		}
		s.LastSent = at
		return s, Continues
	case s.Open:
		s.Open, s.LastSent = false, at
		return s, Recovered
	default:
		return s, ""
	}
}
