package sync_test

import (
	"slices"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
)

// TestOptOutsOfAHeldPartAreTold: the run says that they left, and what was sent for them.
func TestOptOutsOfAHeldPartAreTold(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		w.split()
		w.list([2]string{"listed@x.com", "+14155550199"})
		w.settle(slices.Concat(at("DE", 1, 2, 3, 4, 5, 6), at("FR", 7, 8, 9)))
		w.sync(suppressed)
		w.now = w.now.Add(time.Minute)
		w.list([2]string{"p1@x.com", "+14155550199"}, [2]string{"p7@x.com", ""})
		w.settle(slices.Concat(at("DE", 1, 2), at("FR", 7, 8, 9)))
		run := w.sync(suppressed)
		c, de, fr := run.Counts, of(run, "DE").Counts, of(run, "FR").Counts
		if run.Status != eddy.NeedsApproval || !run.CarriedOut() || c.OptedOut != 2 || de.OptedOut != 1 || fr.OptedOut != 1 {
			t.Errorf("%+v", run)
		}
		if de.Requests == 0 || c.Requests != de.Requests+fr.Requests || c.Bytes != de.Bytes+fr.Bytes || c.Delivered+c.Rejected+c.Failed != c.Operations() {
			t.Errorf("the whole %+v, DE %+v, FR %+v", c, de, fr)
		}
	})
}
