package xaudience_test

import (
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/destination/xaudience"
)

// TestEachReasonHasItsCure: what X says of an address is X's, not the address's.
func TestEachReasonHasItsCure(t *testing.T) {
	t.Parallel()
	mends := map[string]string{}
	for reason, about := range map[string]eddy.About{
		"X: INVALID_PARAMETER: email: no (users)": eddy.AboutRefused, "email: no @": eddy.AboutValue, "phone_number: too short": eddy.AboutValue,
		"expires_at: not later than effective_at": eddy.AboutRow, "no identity: all identity fields are empty": eddy.AboutRow,
		"no answer from X": eddy.AboutUnsent, "X answered with status 503": eddy.AboutUnsent, "X answered with status 429": eddy.AboutUnsent, "X answered with status 418": eddy.AboutUnsent,
	} {
		got := (&xaudience.Destination{}).Advise(reason)
		if got.About != about || got.Mend == "" {
			t.Errorf("%s: %+v, not about %s", reason, got, about)
		}
		if other, taken := mends[got.Mend]; taken {
			t.Errorf("%s has the cure of %s", reason, other)
		}
		mends[got.Mend] = reason
	}
	if got := (&xaudience.Destination{}).Advise("strange"); got.Mend != "" || got.About != "" {
		t.Errorf("a strange reason: %+v", got)
	}
}
