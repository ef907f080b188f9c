package duckdb

import (
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/eddy-retl/eddy"
)

// format is how a workbook shows a number: as what kind, and with how many digits at least.
type format struct {
	day, clock, elapsed bool
	digits              int
}

// readFormats reads the part of styles: the format of each style that a cell may have.
func (b *workbook) readFormats(name string) error {
	p, err := b.open(name, b.most.list)
	if err != nil {
		return err
	}
	own := map[string]format{}
	return p.each(func(path string, e xml.StartElement) {
		switch path {
		case "styleSheet/numFmts/numFmt":
			own[attribute(e, "numFmtId")] = formatOf(attribute(e, "formatCode"))
		case "styleSheet/cellXfs/xf":
			id := attribute(e, "numFmtId")
			f, ok := own[id]
			if !ok {
				f = formatOf(builtIn(id))
			}
			b.formats = append(b.formats, f)
		}
	})
}

// builtIn is the code of a format that has a number and no code: those of days and times.
// What each looks like is the country's; what it is, a day or a time, is not.
func builtIn(id string) string {
	const day, clock, both = "y-m-d", "h:m:s", "y-m-d h:m"
	switch n, _ := strconv.Atoi(id); {
	case n == 22:
		return both
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 58:
		return day
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n == 45, n == 47:
		return clock
	case n == 46:
		return "[h]:m:s"
	}
	return ""
}

var (
	// literals are what a format's code shows as it is: quoted and escaped letters, widths and
	// fills, and conditions, colours and countries in brackets.
	literals  = regexp.MustCompile(`"[^"]*"?|[\\_*].|\[[^\]]*\]?`)
	elapsedIn = regexp.MustCompile(`(?i)\[(?:h+|m+|s+)\]`)
	onlyZeros = regexp.MustCompile(`^0{2,32}$`)
)

// formatOf reads a format's code. Its first section is that of numbers above zero.
func formatOf(code string) format {
	if onlyZeros.MatchString(code) {
		return format{digits: len(code)}
	}
	elapsed := elapsedIn.MatchString(code)
	shown, _, _ := strings.Cut(strings.ToLower(literals.ReplaceAllString(code, "")), ";")
	shown = strings.ReplaceAll(shown, "general", "")
	f := format{elapsed: elapsed, clock: strings.ContainsAny(shown, "hs")}
	f.day = strings.ContainsAny(shown, "yd") || strings.Contains(shown, "m") && !f.clock && !elapsed
	if f.day {
		f.elapsed = false
	}
	return f
}

const (
	// lastDay is the end of the year 9999 as Excel counts days.
	lastDay = 2_958_466
	// days1904 is the first of January 1904.
	days1904 = 1462
)

// number is a cell's number as a person wrote it; why says what keeps it from being read.
func (b *workbook) number(v []byte, f format) (text, why string) {
	n, err := strconv.ParseFloat(string(v), 64)
	if err != nil || strings.Trim(string(v), "0123456789+-.eE") != "" {
		return "", "it is said to be a number and is none"
	}
	switch {
	case f.day || f.clock || f.elapsed:
		return b.moment(n, f)
	case f.digits > 0 && n >= 0 && n < 1e15 && n == math.Trunc(n):
		return fmt.Sprintf("%0*d", f.digits, int64(n)), ""
	}
	return plainNumber(n), ""
}

// plainNumber is a number without an exponent, to the fifteen digits that Excel keeps. A whole
// one of more digits may have been another one before Excel had it.
func plainNumber(n float64) string {
	switch {
	case n == 0:
		return "0"
	case math.Abs(n) >= 1e15:
		return eddy.Rounded + strconv.FormatFloat(n, 'g', -1, 64)
	}
	kept, err := strconv.ParseFloat(strconv.FormatFloat(n, 'e', 14, 64), 64)
	if err != nil {
		kept = n
	}
	return strconv.FormatFloat(kept, 'f', -1, 64)
}

// moment is a number of days as ISO 8601: a day, a time of day, or both. A day of 1900 before
// March is one less than Excel counts, which takes 1900 for a leap year.
func (b *workbook) moment(days float64, f format) (text, why string) {
	const hour, day = 3_600_000, 86_400_000 // in milliseconds
	if days < 0 || days > lastDay {
		return "", "it is shown as a date or a time, and is none between 1900 and 9999"
	}
	ms := int64(math.Round(days * day))
	clock := time.UnixMilli(ms % day).UTC().Format("15:04:05.999")
	whole := int(ms / day)
	switch {
	case f.elapsed:
		return fmt.Sprintf("%02d%s", ms/hour, clock[2:]), ""
	case whole == 0 && !f.day:
		return clock, ""
	case b.since1904:
		whole += days1904
	}
	start := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case whole == 0, whole == 60, whole >= lastDay:
		return "", "it is shown as a date that there was not"
	case whole < 60:
		start = start.AddDate(0, 0, 1)
	}
	text = start.AddDate(0, 0, whole).Format(time.DateOnly)
	if f.clock || ms%day != 0 {
		text += "T" + clock
	}
	return text, ""
}
