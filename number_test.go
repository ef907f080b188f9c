package eddy_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
)

func TestPercentIsNeverWhatItIsNot(t *testing.T) {
	t.Parallel()
	for want, share := range map[string]float64{
		"0 %": 0, "100 %": 1, "50 %": 0.5, "66.7 %": 2.0 / 3, "99.96 %": 0.9996, "99.9999 %": 0.999999, "0.0001 %": 0.000001, "0.04 %": 0.0004,
	} {
		if got := eddy.Percent(share); got != want {
			t.Errorf("Percent(%g) is %s, not %s", share, got, want)
		}
	}
	if got := eddy.Percent(0.50004, 50); got != "50.004 %" {
		t.Error("just above what is allowed reads", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.Int64Range(1, 1_000_000_000).Draw(t, "all")
		some := rapid.Int64Range(0, all).Draw(t, "some")
		got := eddy.Percent(float64(some) / float64(all))
		if (got == "0 %") != (some == 0) || (got == "100 %") != (some == all) {
			t.Fatalf("%d of %d is %s", some, all, got)
		}
	})
}

func TestPluralKnowsOne(t *testing.T) {
	t.Parallel()
	for want, got := range map[string]string{
		"0 rows": eddy.Plural(0, "row"), "1 row": eddy.Plural(1, "row"), "1,000 rows": eddy.Plural(1000, "row"),
		"1 person": eddy.Plural(1, "person", "people"), "2 people": eddy.Plural(2, "person", "people"),
		"1 of 1 identity and 0 of 1 person":           eddy.Removal{Identities: 1, HeldIdentities: 1, HeldPeople: 1}.String(),
		"1 of 3 identities and 1,200 of 2,000 people": eddy.Removal{Identities: 1, HeldIdentities: 3, People: 1200, HeldPeople: 2000}.String(),
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
