package schedule

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the names of zones, also where the machine has none

	"github.com/eddy-retl/eddy"
)

// A wall clock is a time without a zone. It is kept in a time.Time of UTC whose year,
// hour and so on are those that the clock on the wall shows.

// zoneOf finds the time zone of a schedule; none is UTC.
func zoneOf(s eddy.Schedule) (*time.Location, error) {
	if s.Timezone == "" {
		return time.UTC, nil
	}
	zone, err := time.LoadLocation(s.Timezone)
	// Local is whatever the machine says, and no two machines need agree.
	if err != nil || strings.EqualFold(s.Timezone, "Local") {
		return nil, &Error{
			Field: "timezone", Reason: fmt.Sprintf("%q is not a time zone", s.Timezone),
			Mend: "write a name of the IANA list, such as Europe/Berlin, America/New_York or UTC",
		}
	}
	return zone, nil
}

// nextInZone is the first run after t of a plan that is written in the wall clock of a
// zone. Between two changes of the clocks, wall clock and time differ by a fixed offset,
// so each such span is searched alone.
func (p Plan) nextInZone(t time.Time) time.Time {
	for from := t; ; {
		s := spanAt(from, p.zone)
		wall := p.wall(s.wall(from))
		for !p.frequent && !wall.IsZero() && s.again(wall) {
			wall = p.wall(wall) // it ran when the clocks showed this the first time
		}
		if wall.IsZero() {
			return wall
		}
		if at := s.time(wall); s.end.IsZero() || at.Before(s.end) {
			return at
		}
		if p.atChange(wall, spanAt(s.end, p.zone).wall(s.end)) {
			return s.end.UTC()
		}
		from = s.end
	}
}

// atChange says whether the plan runs at the moment that clocks change to first; wall is
// the next run by the clocks before the change.
func (p Plan) atChange(wall, first time.Time) bool {
	if p.frequent {
		return p.wall(first.Add(-1)).Equal(first)
	}
	// A time that the change leaves out is due as soon as the clocks go on.
	return !wall.After(first)
}

// span is the time between two changes of a zone's clocks.
type span struct {
	start, end time.Time // zero where there is no change
	offset     time.Duration
	before     time.Duration // the offset of the span before
}

// spanAt is the span that a time lies in.
func spanAt(t time.Time, zone *time.Location) span {
	local := t.In(zone)
	s := span{offset: offset(local)}
	s.start, s.end = local.ZoneBounds()
	s.before = s.offset
	if !s.start.IsZero() {
		s.before = offset(s.start.Add(-1))
	}
	return s
}

func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// wall is what the clocks of the span show at a time.
func (s span) wall(t time.Time) time.Time { return t.UTC().Add(s.offset) }

// time is when the clocks of the span show a wall clock.
func (s span) time(wall time.Time) time.Time { return wall.Add(-s.offset) }

// again says that the clocks showed a wall clock before, in the span before this one.
func (s span) again(wall time.Time) bool {
	return !s.start.IsZero() && wall.Before(s.start.UTC().Add(s.before))
}
