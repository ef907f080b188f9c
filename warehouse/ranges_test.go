package warehouse

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Changes whose outcome nobody reported are those in the gaps: none may be missed, and none
// that was reported may be in one (promise 5).
func TestGapsAreWhatWasNotReported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const last = 40
		var r ranges
		var reported [last + 20]bool
		for range rapid.IntRange(0, 12).Draw(t, "reports") {
			from := rapid.Int64Range(0, last+5).Draw(t, "from")
			to := from + rapid.Int64Range(0, 9).Draw(t, "length")
			r.add(from, to)
			for n := from + 1; n <= to; n++ {
				reported[n] = true
			}
		}
		var got, want []int64
		for _, g := range r.gaps(last) {
			for n := g.from + 1; n <= g.to; n++ {
				got = append(got, n)
			}
		}
		for n := int64(1); n <= last; n++ {
			if !reported[n] {
				want = append(want, n)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("the gaps are %v, want %v, in %v", got, want, r.spans)
		}
	})
}
