package xaudience

import (
	"flag"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// soak is how many numbers of each calling code the differential test tries.
var soak = flag.Int("phones", 100, "phone numbers to compare with the library, for each calling code")

var sharedPlans = sync.OnceValue(newPlanTable)

// slowly is what append makes of a number without the table.
func slowly(number, region string) (string, string) {
	dialled, reason := appendDialled(nil, number)
	if reason != "" {
		return "", reason
	}
	got, reason := parsePhone(number, region)
	if reason == "" && !sameTail(dialled, got) {
		reason = phoneShort
	}
	return got, reason
}

// The table must not be told from the library, whatever the calling code.
func TestPlansAgreeWithLibrary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var fast, all int
	for _, code := range callingCodes() {
		for range *soak {
			number := randomNumber(rnd, code)
			all++
			if _, sure := sharedPlans().judge([]byte(number)); sure {
				fast++
				compareWithLibrary(t, number, []string{"", "US", "CA", "DE", "AR"}[all%5])
			}
		}
	}
	if fast*10 < all*7 {
		t.Errorf("the table was sure of %d of %d numbers only", fast, all)
	}
}

func compareWithLibrary(t *testing.T, number, region string) {
	t.Helper()
	p := phones{region: region, plans: sharedPlans}
	got, reason := p.append(nil, number)
	want, wantReason := slowly(number, region)
	if reason != wantReason || reason == "" && string(got) != want {
		t.Fatalf("%s in %q: the table says %s, %q, the library %s, %q", number, region, got, reason, want, wantReason)
	}
}

func callingCodes() []int {
	var codes []int
	for code := range phonenumbers.GetSupportedCallingCodes() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// randomNumber makes a number of a calling code; half of them begin as that country's
// own do, so that prefixes are met often.
func randomNumber(rnd *rand.Rand, code int) string {
	text := "+" + strconv.Itoa(code)
	if example := exampleOf(code); rnd.IntN(4) == 0 && len(example) > 4 {
		text += example[:1+rnd.IntN(4)]
	} else if rnd.IntN(4) == 0 {
		text += []string{"0", "1", "8", "00", "06", "90", "011", "15", "9", "2", "3"}[rnd.IntN(11)]
	}
	for range 1 + rnd.IntN(14) {
		text += string(rune('0' + rnd.IntN(10)))
	}
	return text
}

func exampleOf(code int) string {
	region := phonenumbers.GetRegionCodeForCountryCode(code)
	if n := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE); n != nil {
		return phonenumbers.GetNationalSignificantNumber(n)
	}
	return ""
}

// Real numbers mostly take the fast way: this is what the table is for.
func TestPlansKnowExamples(t *testing.T) {
	var slow []string
	for region := range phonenumbers.GetSupportedRegions() {
		n := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
		number := phonenumbers.Format(n, phonenumbers.E164)
		if _, sure := sharedPlans().judge([]byte(number)); !sure {
			slow = append(slow, number)
		}
	}
	if len(slow) > 10 {
		t.Errorf("the library is asked for the example numbers %q", slow)
	}
}

// Two texts that become one number end in the same six digits, which is how SQL finds
// rows that may share it (promise 2). Codes of every region are written in every way.
func TestSharedNumbersShareTheirTail(t *testing.T) {
	regions := make([]string, 0, 250)
	for region := range phonenumbers.GetSupportedRegions() {
		regions = append(regions, region)
	}
	slices.Sort(regions)
	rapid.Check(t, func(t *rapid.T) {
		p := phones{region: rapid.SampledFrom(regions).Draw(t, "region"), plans: sharedPlans}
		text := rapid.StringMatching(`(\+|00|011|0|1|8)?[0-9]{1,3}[ -]?\(?[0-9]{1,9}\)?[ ./-][0-9]{0,7}`).Draw(t, "text")
		number, reason := p.append(nil, text)
		if reason != "" {
			return
		}
		if got, want := tail(text), tail(string(number)); got != want {
			t.Fatalf("%q becomes %s, which ends in %s", text, number, want)
		}
		again, reason := p.append(nil, string(number))
		if reason != "" || string(again) != string(number) {
			t.Logf("%q becomes %s, and that %s (%s)", text, number, again, reason)
		}
	})
}

// tail is destination.CanonicalDigits.
func tail(text string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text)
	return digits[max(0, len(digits)-phoneTail):]
}

func FuzzPhone(f *testing.F) {
	f.Add("+1 415 555 2671")
	f.Add("0049 (0) 30/901820")
	f.Fuzz(func(t *testing.T, text string) {
		p := phones{region: "DE", plans: sharedPlans}
		number, reason := p.append(nil, text)
		if reason != "" {
			return
		}
		if number[0] != '+' || !digitsOnly(string(number[1:])) || tail(text) != tail(string(number)) {
			t.Fatalf("%q becomes %q", text, number)
		}
	})
}

func BenchmarkPhoneTable(b *testing.B) {
	p := phones{plans: sharedPlans}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = p.append(buf[:0], "+14155552671")
	}
}

func BenchmarkPhoneLibrary(b *testing.B) {
	for b.Loop() {
		parsePhone("+14155552671", "US")
	}
}

func BenchmarkNewPlanTable(b *testing.B) {
	for b.Loop() {
		newPlanTable()
	}
}
