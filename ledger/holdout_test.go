package ledger_test

import (
	"crypto/md5" //nolint:gosec // as the ledger has it
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/ledger"
)

// TestAHoldoutIsAShareThatOnlyGrows: who is held out is said by the first digits of a hash; of
// many about the share is, whatever the salt, and a larger share has all of a smaller one.
func TestAHoldoutIsAShareThatOnlyGrows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		hundredths := rapid.IntRange(1, 9_999)
		a, b := hundredths.Draw(rt, "a"), hundredths.Draw(rt, "b")
		salt := rapid.String().Draw(rt, "salt")
		small, large := &eddy.Holdout{Percent: float64(min(a, b)) / 100, Salt: salt}, &eddy.Holdout{Percent: float64(max(a, b)) / 100, Salt: salt}
		const records = 20_000
		n := 0
		for i := range records {
			id := fmt.Sprint("r", i)
			out := ledger.IsHeldOut(large, id)
			if ledger.IsHeldOut(small, id) && !out {
				rt.Fatalf("%s is held out at %g %%, and not at %g %%", id, small.Percent, large.Percent)
			}
			var first uint64
			sum := md5.Sum([]byte(salt + ":" + id)) //nolint:gosec // see above
			for _, digit := range sum[:4] {
				first = first<<8 | uint64(digit)
			}
			if want := float64(first) < math.Floor(float64(max(a, b))*(1<<32)/10_000); out != want {
				rt.Fatalf("%s: %v at %g %%", id, out, large.Percent)
			}
			if out {
				n++
			}
		}
		// Six times the deviation of a fair draw is met once in a billion.
		p := large.Percent / 100
		if off := math.Abs(float64(n) - records*p); off > 6*math.Sqrt(records*p*(1-p))+1 {
			rt.Fatalf("%d of %d are held out at %g %%", n, records, large.Percent)
		}
	})
}
