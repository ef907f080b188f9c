package xaudience

import (
	"strings"
	"time"

	"github.com/eddy-retl/eddy/destination"
)

// Why a time makes its record invalid: the record asks for times that nobody can give it.
const (
	timeUnread = ": not a time in ISO 8601 between 1970 and 9999"
	timeNever  = "expires_at: -infinity, which is before any beginning"
	timeLate   = "effective_at: after 9999; X takes times from 1970 to 9999"
	timeOrder  = "expires_at: not later than effective_at"
)

// Why a time is dropped from a record that goes on without it. No membership began or ended
// before 1970: such a time is a program's way to write none (1900-01-01, 0001-01-01), or a
// mistake. After 9999 is no end.
const (
	timeBefore = ": before 1970; X takes times from 1970 to 9999, so it counts as none"
	timeAfter  = ": after 9999; X takes times from 1970 to 9999, so it counts as none"
)

// timeLater is told of a record that goes out as it is: X names 13 months as what a member
// has who is given no end, and no limit to what may be asked for (X Ads API docs, Audiences
// reference).
const timeLater = "expires_at: more than 13 months ahead; sent as it is, because X takes times up to 9999 and names no limit"

// prepareTimes reads effective_at and expires_at and says why they make the record invalid.
// What X takes no time for is dropped and told; infinity is no end, -infinity no beginning.
func prepareTimes(values []string, p *destination.Prepared) (invalid string) {
	var where span
	switch p.EffectiveAt, where = timeOf(values, fieldEffective); where {
	case noTime:
		return "effective_at" + timeUnread
	case after, endless:
		return timeLate
	case before:
		problem(p, fieldEffective, "effective_at"+timeBefore)
	case between, never:
	}
	switch p.ExpiresAt, where = timeOf(values, fieldExpires); where {
	case noTime:
		return "expires_at" + timeUnread
	case never:
		return timeNever
	case before:
		problem(p, fieldExpires, "expires_at"+timeBefore)
	case after:
		problem(p, fieldExpires, "expires_at"+timeAfter)
	case between, endless:
	}
	if !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(p.EffectiveAt) {
		return timeOrder
	}
	return ""
}

// span says where a time lies among those that X takes.
type span uint8

const (
	noTime  span = iota // it cannot be read
	never               // -infinity
	before              // before 1970
	between             // from 1970 to 9999
	after               // after 9999
	endless             // infinity
)

// timeOf reads the time in a field; a field without one gives the zero time.
func timeOf(values []string, f int) (t time.Time, where span) {
	if f >= len(values) || trim(values[f]) == "" {
		return t, between
	}
	return readTime(values[f])
}

// readTime reads a point in time in the forms of ISO 8601 that warehouses and people write,
// and in theirs for times without an end. Where it is not between, t is zero.
func readTime(s string) (t time.Time, where span) {
	s = trim(s)
	switch {
	case strings.EqualFold(s, "infinity"), strings.EqualFold(s, "+infinity"):
		return t, endless
	case strings.EqualFold(s, "-infinity"):
		return t, never
	}
	if year, outside := outsideYear(s); outside != noTime {
		if _, ok := parseTime(year); ok {
			return t, outside
		}
		return t, noTime
	}
	t, ok := parseTime(s)
	switch {
	case !ok:
		return time.Time{}, noTime
	case t.Year() < 1970:
		return time.Time{}, before
	case t.Year() > 9999:
		return time.Time{}, after
	default:
		return t, between
	}
}

// outsideYear recognises years before 1 (0044-03-15 BC, -0043-03-15, and as DuckDB writes
// them 0044-03-15 (BC) 00:00:00 and -43-03-15) and after 9999, and gives the text with a year
// that can be read in its place.
func outsideYear(s string) (text string, where span) {
	const digits, most = 4, 6
	for _, era := range []string{" BC", " (BC)"} {
		if date, clock, ok := strings.Cut(s, era); ok {
			return date + clock, before
		}
	}
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		short := max(digits-strings.IndexByte(rest, '-'), 0)
		return "0000"[:short%digits] + rest, before
	}
	year := strings.IndexByte(strings.TrimPrefix(s, "+"), '-')
	if year > digits && year <= most {
		rest := strings.TrimPrefix(s, "+")
		return rest[year-digits:], after
	}
	return s, noTime
}

// parseTime reads a date, or a date and a time parted by T or a space, with or without
// seconds and fractions, in UTC or with an offset. Fractions are cut, because X takes
// whole seconds.
func parseTime(s string) (t time.Time, ok bool) {
	c := cursor{s: s, ok: true}
	year, month, day := c.date()
	var hour, minute, second, offset int
	if c.more() {
		c.any("Tt ")
		hour, minute, second = c.clock()
		offset = c.offset()
	}
	if !c.ok || c.more() {
		return time.Time{}, false
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	// time.Date carries the 31st of February over into March, which nobody meant.
	if t.Day() != day || t.Month() != time.Month(month) {
		return time.Time{}, false
	}
	return t.Add(-time.Duration(offset) * time.Second), true
}

// cursor walks over a text; once it met what it did not expect, ok stays false.
type cursor struct {
	s  string
	ok bool
}

func (c *cursor) more() bool { return c.s != "" }

// date reads 2006-01-02.
func (c *cursor) date() (year, month, day int) {
	year = c.number(4, 9999)
	c.any("-")
	month = c.number(2, 12)
	c.any("-")
	return year, month, c.number(2, 31)
}

// clock reads 15:04, 15:04:05 or 15:04:05.999999999.
func (c *cursor) clock() (hour, minute, second int) {
	hour = c.number(2, 23)
	c.any(":")
	minute = c.number(2, 59)
	if !c.skip(':') {
		return hour, minute, 0
	}
	second = c.number(2, 59)
	if c.skip('.') || c.skip(',') {
		c.number(1, 9)
		for c.more() && c.s[0]-'0' < 10 {
			c.s = c.s[1:]
		}
	}
	return hour, minute, second
}

// offset reads Z, UTC, +hh, +hhmm or +hh:mm, after a space or not, as seconds east of
// Greenwich; nothing means UTC.
func (c *cursor) offset() (seconds int) {
	c.skip(' ')
	switch {
	case !c.more(), c.skip('Z'), c.skip('z'):
		return 0
	case c.s == "UTC":
		c.s = ""
		return 0
	}
	sign := 1
	if c.any("+-") == '-' {
		sign = -1
	}
	seconds = c.number(2, 23) * 3600
	if c.skip(':') || c.more() {
		seconds += c.number(2, 59) * 60
	}
	return sign * seconds
}

// number reads exactly n digits that make at most limit.
func (c *cursor) number(n, limit int) (v int) {
	if len(c.s) < n {
		c.ok = false
		return 0
	}
	for i := range n {
		d := c.s[i] - '0'
		if d > 9 {
			c.ok = false
			return 0
		}
		v = v*10 + int(d)
	}
	c.s = c.s[n:]
	c.ok = c.ok && v <= limit
	return v
}

// skip takes one byte if it is b.
func (c *cursor) skip(b byte) bool {
	if c.s == "" || c.s[0] != b {
		return false
	}
	c.s = c.s[1:]
	return true
}

// any takes one byte, which must be one of the set.
func (c *cursor) any(set string) byte {
	for i := range len(set) {
		if c.skip(set[i]) {
			return set[i]
		}
	}
	c.ok = false
	return 0
}
