package sync

import (
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// advise says of each reason how to mend it, where that is known. What stopped the run
// brings its own advice.
func (f *flow) advise(reasons []eddy.RunError, stopped error) {
	for i := range reasons {
		e := &reasons[i]
		if e.Mend != "" {
			continue
		}
		if stopped != nil && e.Reason == firstLine(stopped) {
			_, e.Mend, _ = strings.Cut(stopped.Error(), "\n")
			e.Mend = strings.TrimSpace(e.Mend)
			continue
		}
		e.Mend = f.mend(e.Reason)
	}
}

// mend says how to mend a reason that records were left out for.
func (f *flow) mend(reason string) string {
	switch {
	case reason == ledger.ReasonNullID:
		return "Leave these rows out of the model with a condition, or choose an identifier that every row has."
	case reason == ledger.ReasonConflict:
		return "Choose an identifier that is unique, or let the model have one row for each record, such as the newest."
	case reason == ledger.ReasonExpired:
		return "Nothing to do if their membership is meant to be over; else give expires_at a later time."
	case reason == ledger.ReasonUnsettled:
		return "The next run settles it: who is wanted is sent again, and who is not is removed."
	case strings.HasPrefix(reason, notSent):
		return "The next run sends them. Why this one stopped stands beside."
	case reason == "cancelled":
		return "The next run takes up what was left."
	case f.run.Status == eddy.NeedsApproval:
		return "Look at the plan. If it is meant, approve the run; if not, mend the model, or change the guard's limits in the settings."
	}
	if a, ok := f.job.Destination.(destination.Adviser); ok {
		return a.Advise(reason)
	}
	return ""
}
