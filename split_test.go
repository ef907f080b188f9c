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
