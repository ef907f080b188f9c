package xaudience

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/destination"
)

func TestEncode(t *testing.T) {
	id := func(f int, v string) destination.Identity { return destination.Identity{Field: f, Value: []byte(v)} }
	for want, ids := range map[string][]destination.Identity{
		`{}`:               {},
		`{"email":["a"]}`:  {id(fieldEmail, "a")},
		`{"handle":["a"]}`: {id(fieldHandle, "a")},
		`{"email":["a","b"],"phone_number":["c"],"device_id":["d"],"twitter_id":["e","f"],"partner_user_id":["g"],"handle":["h"]}`: {
			id(0, "a"), id(0, "b"), id(1, "c"), id(2, "d"), id(3, "e"), id(3, "f"), id(4, "g"), id(5, "h"),
		},
		`{"partner_user_id":["é\"\\\u0000\u001f\ufffd\ufffdz"]}`: {id(fieldPartner, "é\"\\\x00\x1f\xff\xc3z")},
		`{"partner_user_id":["�"]}`:                              {id(fieldPartner, "\ufffd")},
	} {
		if got := string(appendUser(nil, ids)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The tables and tricks that look at digests say what the plain definitions say.
func TestQuickLooks(t *testing.T) {
	for c := range 256 {
		digit := strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) && c < 0x80
		for at := range digestLen {
			b := []byte(strings.Repeat("a", digestLen))
			b[at] = byte(c)
			if isDigest(string(b)) != digit {
				t.Fatalf("byte %q at %d: a digest is %t", byte(c), at, !digit)
			}
			if digit && string(appendDigest(nil, string(b))) != strings.ToLower(string(b)) {
				t.Fatalf("byte %q at %d is not lower-cased", byte(c), at)
			}
			quiet := c >= ' ' && c < 0x80 && c != '"' && c != '\\'
			if harmless(b) != quiet {
				t.Fatalf("byte %q at %d: harmless is %t", byte(c), at, !quiet)
			}
		}
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("a", "b\"\\\x00\xff", "\u2028")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		out := appendUser([]byte("["), []destination.Identity{
			{Field: fieldEmail, Value: []byte(a)}, {Field: fieldPartner, Value: []byte(b)}, {Field: fieldPartner, Value: []byte(c)},
		})
		var got map[string][]string
		if err := json.Unmarshal(out[1:], &got); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		valid := func(s string) string { return strings.Join(strings.Split(string([]rune(s)), ""), "") }
		want := map[string][]string{"email": {valid(a)}, "partner_user_id": {valid(b), valid(c)}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	ids := []destination.Identity{{Field: fieldEmail, Value: []byte(strings.Repeat("a", digestLen))}}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = appendUser(buf[:0], ids)
	}
}
