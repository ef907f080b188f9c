package eddy_test

import (
	"testing"

	"github.com/eddy-retl/eddy"
)

// inParts is a run whose parts ended so.
func inParts(parts ...eddy.Run) eddy.Run {
	run := eddy.Run{Status: eddy.Succeeded}
	for _, p := range parts {
		run.AddPart(eddy.PartRun{Audience: "VIP"}, p)
	}
	return run
}

// held is a part that waits: for the guard, or for something else.
func held(removal *eddy.Removal, c eddy.Counts) eddy.Run {
	return eddy.Run{Status: eddy.NeedsApproval, Counts: c, Errors: []eddy.RunError{{Reason: "waits", Removal: removal}}}
}

// TestOptOutsAreCarriedOutWhereEachPartCameToThem: one part that the guard held says nothing of
// another, which waits for something else and took out nobody.
func TestOptOutsAreCarriedOutWhereEachPartCameToThem(t *testing.T) {
	well, removal := eddy.Run{Status: eddy.Succeeded}, &eddy.Removal{}
	for name, x := range map[string]struct {
		run  eddy.Run
		want bool
	}{
		"all well":               {inParts(well, well), true},
		"some with errors":       {inParts(well, eddy.Run{Status: eddy.CompletedWithErrors}), true},
		"one held by the guard":  {inParts(well, held(removal, eddy.Counts{})), true},
		"one waits otherwise":    {inParts(held(removal, eddy.Counts{}), held(nil, eddy.Counts{}), well), false},
		"one failed":             {inParts(well, eddy.Run{Status: eddy.StatusFailed}), false},
		"one left somebody in":   {inParts(held(removal, eddy.Counts{LeftOut: eddy.LeftOut{Unremoved: 1}}), well), false},
		"one audience, held":     {held(removal, eddy.Counts{}), true},
		"one audience, no guard": {held(nil, eddy.Counts{}), false},
	} {
		if got := x.run.CarriedOut(); got != x.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestWhatAHeldPartSentIsInTheSum: the removals of those who opted out go out whatever the guard holds,
// also where sending them failed; what else it shows was not done.
func TestWhatAHeldPartSentIsInTheSum(t *testing.T) {
	well := eddy.Counts{Rows: 9, Insert: 4, Delete: 2, Delivered: 5, Failed: 1, Requests: 2, Bytes: 80, LeftOut: eddy.LeftOut{OptedOut: 1, Suppressed: 1}}
	shown := eddy.Counts{Rows: 7, Invalid: 1, Delete: 30, Reassert: 2, Delivered: 3, Requests: 2, Bytes: 50, LeftOut: eddy.LeftOut{OptedOut: 2, HeldOut: 1, Unremoved: 1}}
	want := eddy.Counts{
		Rows: 16, Invalid: 1, Insert: 4, Delete: 2, Delivered: 5, Failed: 1, Requests: 4, Bytes: 130,
		LeftOut: eddy.LeftOut{OptedOut: 3, Suppressed: 1, HeldOut: 1, Unremoved: 1},
	}
	for _, status := range []eddy.Status{eddy.NeedsApproval, eddy.StatusFailed, eddy.Cancelled} {
		one := held(&eddy.Removal{}, shown)
		one.Status = status
		run := inParts(eddy.Run{Status: eddy.CompletedWithErrors, Counts: well}, one)
		if run.Counts != want || run.Parts[1].Counts != shown {
			t.Errorf("%s: %+v", status, run)
		}
	}
}
