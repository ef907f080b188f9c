package alert

import "time"

// remindAfter is how long an alert that goes on is silent.
const remindAfter = 24 * time.Hour

// Standing is what is remembered of one event of one connection.
type Standing struct {
	// Open says that it is so. Told says that whoever hears of it believes so: in quiet hours
	// the two differ, and what is to be told when they end is what makes them one again.
	Open, Told bool
	// Since is when it began; LastSent when it was last told, or was over and nobody was told.
	Since, LastSent time.Time
	// Count is how often it was seen since.
	Count int
}

// Fold takes in what was found at a time: whether the event is on, and how many new
// cases of it there are. It gives what stands now, and what is to be told, if anything:
// one message when it begins, a reminder a day, and one when it is over. While it is quiet
// nothing is. The first Fold after that tells what still differs from what was told: what
// began and was over in between drops out.
func (s Standing) Fold(on bool, cases int, at time.Time, quiet bool) (Standing, Turn) {
	s = s.see(on, cases, at)
	turn := s.due(at)
	if turn == "" || quiet {
		return s, ""
	}
	s.Told, s.LastSent = s.Open, at
	return s, turn
}

// see takes in what was found.
func (s Standing) see(on bool, cases int, at time.Time) Standing {
	switch {
	case on && !s.Open && !s.Told:
		return Standing{Open: true, Since: at, LastSent: s.LastSent, Count: max(1, cases)}
	case on && !s.Open: // nobody heard that it was over
		s.Open = true
		s.Count += max(1, cases)
	case on:
		s.Count += cases
	case s.Open:
		s.Open, s.LastSent = false, at
	}
	return s
}

// due is what would be told now, were it not quiet.
func (s Standing) due(at time.Time) Turn {
	switch {
	case s.Open && !s.Told:
		return Begins
	case s.Open && at.Sub(s.LastSent) >= remindAfter:
		return Continues
	case !s.Open && s.Told:
		return Recovered
	default:
		return ""
	}
}
