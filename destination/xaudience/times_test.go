package xaudience

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestReadTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-03-04":                       "2026-03-04T00:00:00Z",
		"2026-03-04T05:06:07Z":             "2026-03-04T05:06:07Z",
		"2026-03-04t05:06:07z":             "2026-03-04T05:06:07Z",
		" 2026-03-04 05:06 ":               "2026-03-04T05:06:00Z",
		"2026-03-04T05:06:07.999999999999": "2026-03-04T05:06:07Z",
		"2026-03-04 05:06:07,5+02":         "2026-03-04T03:06:07Z",
		"2026-03-04T05:06:07-0830":         "2026-03-04T13:36:07Z",
		"2026-03-04T05:06+05:45":           "2026-03-03T23:21:00Z",
		"2026-03-04 05:06:07 UTC":          "2026-03-04T05:06:07Z",
		"2026-03-04 05:06:07.000 +0100":    "2026-03-04T04:06:07Z",
		"2024-02-29":                       "2024-02-29T00:00:00Z",
		"9999-12-31T23:59:59Z":             "9999-12-31T23:59:59Z",
		"1970-01-01T00:00:00Z":             "1970-01-01T00:00:00Z",
	} {
		if got, where := readTime(text); where != between || got.Format(time.RFC3339) != want {
			t.Errorf("%q: got %v, %d; want %s", text, got, where, want)
		}
	}
	for _, text := range []string{
		"", "x", "2026", "2026-3-4", "2026-13-01", "2026-00-01", "2026-01-00", "2026-02-29", "2026-04-31", "04.03.2026",
		"2026-03-04T", "2026-03-04T05", "2026-03-04T24:00:00Z", "2026-03-04T05:60", "2026-03-04T05:06:60Z",
		"2026-03-04T05:06:07.", "2026-03-04T05:06:07+", "2026-03-04T05:06:07+1", "2026-03-04T05:06:07+01:", "2026-03-04T05:06:07+24:00",
		"2026-03-04T05:06:07ZZ", "2026-03-04T05:06:07 CET", "1741064767", "infinite", "inf", "--0044-03-15", "-43", "-43-3-15", "0044-03-15 BC BC", "0044-02-30 BC", "0044 BC", "BC", "1000000-01-01", "10000-02-30", "12345", "+2026-01-01", "-", "2026-03-04T05:06:07Z extra",
	} {
		if got, where := readTime(text); where != noTime {
			t.Errorf("%q was read as %v, %d", text, got, where)
		}
	}
	for text, want := range map[string]span{
		"infinity": endless, " Infinity": endless, "+infinity": endless, "-infinity": never, "-INFINITY": never,
		"1969-12-31T23:59:59Z": before, "1970-01-01T00:00:00+01:00": before, "0001-01-01": before, "0000-01-01": before,
		"0044-03-15 BC": before, "0044-03-15 00:00:00 BC": before, "0044-03-15 (BC)": before, "0044-03-15 (BC) 00:00:00": before, "-43-03-15T00:00:00Z": before, "-1-03-15": before, "-0043-03-15T00:00:00Z": before, "2027-01-01 00:00:00+00 BC": before,
		"9999-12-31T23:59:59-01:00": after, "10000-01-01": after, "+10000-01-01": after, "294276-12-31T23:59:59Z": after,
	} {
		if got, where := readTime(text); where != want || !got.IsZero() {
			t.Errorf("%q was read as %v, %d; want %d", text, got, where, want)
		}
	}
}

// Whatever the standard library writes in RFC 3339 is read as it was meant.
func TestReadTimeReadsRFC3339(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", rapid.IntRange(-14*60, 14*60).Draw(t, "minutes east")*60)
		want := time.Unix(rapid.Int64Range(86400, 253402214400).Draw(t, "unix"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).In(zone)
		got, where := readTime(want.Format(time.RFC3339Nano))
		if where != between || got.Unix() != want.Unix() {
			t.Fatalf("%v was read as %v, %d", want, got, where)
		}
	})
}

func FuzzReadTime(f *testing.F) {
	f.Add("2026-03-04T05:06:07.5+02:00")
	f.Fuzz(func(t *testing.T, text string) {
		got, where := readTime(text)
		if where != between {
			return
		}
		again, where := readTime(got.Format("2006-01-02T15:04:05Z"))
		if where != between || !again.Equal(got) {
			t.Fatalf("%q: %v, then %v", text, got, again)
		}
	})
}

func BenchmarkReadTime(b *testing.B) {
	for b.Loop() {
		readTime("2026-03-04T05:06:07Z")
	}
}
