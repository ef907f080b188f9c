package sync

import (
	"cmp"
	"errors"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/ledger"
)

// cure is what is said of the reasons that begin with a text: whom they are about, and how to
// mend them. Without a mend, or with one of its own, the destination's counts.
type cure struct {
	reason string
	about  eddy.About
	mend   string
}

// cures are those of the reasons that runs give themselves. The first that fits is taken;
// what destinations give is in their own lists.
func cures() []cure {
	return []cure{
		{ledger.ReasonNullID, eddy.AboutRow, "Leave these rows out of the model with a condition, or choose an identifier that every row has."},
		{ledger.ReasonConflict, eddy.AboutRow, "Choose an identifier that is unique, or let the model have one row for each record, such as the newest."},
		{ledger.ReasonExpired, eddy.AboutRow, "Nothing to do if their membership is meant to be over; else give expires_at a later time."},
		{ledger.ReasonUnsettled, eddy.AboutUnsent, "The next run settles it: who is wanted is sent again, and who is not is removed."},
		{notSent, eddy.AboutUnsent, "The next run sends them. Why this one stopped stands beside."},
		{"cancelled", eddy.AboutRun, "The next run takes up what was left."},
		{"its removal rests until its row changes", eddy.AboutRow, "The destination refused the removal too often to try again. Mend the row, and it is tried as soon as it changes; a full sync does not try it either."},
		{"rests until its row changes", eddy.AboutRow, "The destination refused it too often to try again. Mend the row: it is sent as soon as it changes. A full sync does not send it either."},
		{"no usable identity", eddy.AboutRow, ""},
		{"no identity", eddy.AboutRow, ""},
	}
}

// advise says of each reason whom it is about and how to mend it, where that is known. What
// stopped the run brings its own advice.
func (f *flow) advise(reasons []eddy.RunError, stopped error) {
	for i := range reasons {
		e := &reasons[i]
		if stopped != nil && (e.Reason == firstLine(stopped) || e.Reason == "cancelled") {
			_, mend, _ := strings.Cut(stopped.Error(), "\n")
			if known, ok := errors.AsType[*eddy.Error](stopped); ok && known.Mend != "" {
				mend = known.Mend // the cause may have several lines of its own
			}
			e.About, e.Mend = eddy.AboutRun, cmp.Or(e.Mend, strings.TrimSpace(mend), f.cure(e).mend)
			if e.Reason != "cancelled" {
				e.Edit = eddy.EditOf(stopped)
			}
			continue
		}
		c := f.cure(e)
		e.About, e.Mend = cmp.Or(e.About, c.about), cmp.Or(e.Mend, c.mend)
	}
}

// cure is what is known of a reason.
func (f *flow) cure(e *eddy.RunError) cure {
	if e.Removal != nil || f.run.Status == eddy.NeedsApproval && len(e.SampleIDs) == 0 {
		return cure{about: eddy.AboutRun, mend: "Look at the plan. If it is meant, approve the run; if not, mend the model, or change the guard's limits in the settings."}
	}
	own := cure{}
	for _, c := range cures() {
		if strings.HasPrefix(e.Reason, c.reason) {
			own = c
			break
		}
	}
	its := destination.Advice{}
	if a, ok := f.job.Destination.(destination.Adviser); ok {
		its = a.Advise(e.Reason)
	}
	otherwise := eddy.AboutRefused
	if len(e.SampleIDs) == 0 {
		otherwise = eddy.AboutRun
	}
	return cure{about: cmp.Or(own.about, its.About, otherwise), mend: cmp.Or(own.mend, its.Mend)}
}
