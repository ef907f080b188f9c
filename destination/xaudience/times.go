package xaudience

import "time"

// parseTime reads a point in time in the forms of ISO 8601 that warehouses and people
// write: a date, or a date and a time parted by T or a space, with or without seconds
// and fractions, in UTC or with an offset. Fractions are cut, because X takes whole
// seconds. The years are 1970 to 9999.
func parseTime(s string) (t time.Time, ok bool) {
	c := cursor{s: trim(s), ok: true}
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
	t = t.Add(-time.Duration(offset) * time.Second)
	return t, t.Year() >= 1970 && t.Year() <= 9999
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
