package xaudience

import (
	"flag"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// soak is how many numbers of each region and calling code the differential tests try.
var soak = flag.Int("phones", 50, "phone numbers to compare with the library, for each region and calling code")

var sharedPlans = sync.OnceValue(newPlanTable)

// slowly is what append makes of a number without the table.
func slowly(number, region string) (string, string) {
	dialled, reason := appendDialled(nil, number)
	if reason != "" {
		return "", reason
	}
	if dialled[0] != '+' && region == "" {
		return "", phoneNoRegion
	}
	got, reason := parsePhone(number, region)
	if reason == "" && !sameTail(dialled, []byte(got)) {
		reason = phoneShort
	}
	return got, reason
}

// The table must not be told from the library, whatever the calling code and wherever
// a number is dialled.
func TestPlansAgreeWithLibrary(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	fast, all := 0, 0
	for _, region := range regions() {
		for range *soak {
			number := randomNumber(rnd, region)
			all++
			if compareWithLibrary(t, number, region) {
				fast++
			}
			compareWithLibrary(t, number, regions()[rnd.IntN(len(regions()))])
		}
	}
	for _, code := range callingCodes() {
		for range *soak {
			compareWithLibrary(t, "+"+strconv.Itoa(code)+randomDigits(rnd), []string{"", "US", "CA", "DE", "AR"}[rnd.IntN(5)])
		}
	}
	if fast*10 < all*9 {
		t.Errorf("the table was sure of %d of %d numbers only", fast, all)
	}
}

// compareWithLibrary tells whether the table was sure of a number.
func compareWithLibrary(t *testing.T, number, region string) (sure bool) {
	t.Helper()
	p := phones{region: region, plans: sharedPlans}
	got, reason := p.append(nil, number)
	want, wantReason := slowly(number, region)
	if reason != wantReason || reason == "" && string(got) != want {
		t.Fatalf("%s in %q: the table says %s, %q, the library %s, %q", number, region, got, reason, want, wantReason)
	}
	code, _, _ := sharedPlans().read([]byte(number), region)
	return code != ""
}

func callingCodes() []int {
	return slices.Sorted(maps.Keys(phonenumbers.GetSupportedCallingCodes()))
}

func regions() []string {
	return slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
}

// randomNumber makes a number as it may be dialled in a region, right or wrong: most
// begin as that country's own do, or with what may stand before a number, so that
// prefixes are met often.
func randomNumber(rnd *rand.Rand, region string) string {
	code := strconv.Itoa(phonenumbers.GetCountryCodeForRegion(region))
	text := []string{"", "", "+" + code, code, "00" + code, "011" + code}[rnd.IntN(6)]
	text += []string{"", "", "0", "1", "8", "00", "06", "90", "010", "15", "0" + code, "1800", "810", "2", "3"}[rnd.IntN(15)]
	if example := exampleIn(rnd, region); rnd.IntN(4) > 0 {
		text += example[:rnd.IntN(len(example)+1)]
	}
	return text + randomDigits(rnd)
}

// randomDigits makes up to 14 digits.
func randomDigits(rnd *rand.Rand) string {
	var text []byte
	for range 1 + rnd.IntN(14) {
		text = append(text, '0'+byte(rnd.IntN(10)))
	}
	return string(text)
}

func exampleIn(rnd *rand.Rand, region string) string {
	kind := phonenumbers.PhoneNumberType(rnd.IntN(int(phonenumbers.UNKNOWN)))
	if n := phonenumbers.GetExampleNumberForType(region, kind); n != nil {
		return phonenumbers.GetNationalSignificantNumber(n)
	}
	return phonenumbers.GetNationalSignificantNumber(phonenumbers.GetExampleNumber(region))
}

// Every example number of the library, in every way to dial it at home and abroad.
func TestPlansAgreeOnExamples(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	fast, all := 0, 0
	for _, region := range regions() {
		for kind := range phonenumbers.UNKNOWN {
			n := phonenumbers.GetExampleNumberForType(region, kind)
			if n == nil {
				continue
			}
			for _, number := range waysToDial(n) {
				all++
				if compareWithLibrary(t, number, region) {
					fast++
				}
				compareWithLibrary(t, number, regions()[rnd.IntN(len(regions()))])
			}
		}
	}
	if fast*100 < all*98 {
		t.Errorf("the table was sure of %d of %d examples only", fast, all)
	}
}

// usualWays is how many of the ways to dial a number are right in its country.
const usualWays = 4

// waysToDial writes a number without anything but + and digits.
func waysToDial(n *phonenumbers.PhoneNumber) []string {
	region := phonenumbers.GetRegionCodeForNumber(n)
	international := phonenumbers.Format(n, phonenumbers.E164)
	bare := phonenumbers.GetNationalSignificantNumber(n)
	ways := []string{
		international, international[1:], bare, phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(n, phonenumbers.NATIONAL)),
		"00" + international[1:], "011" + international[1:], "0" + bare, strings.Replace(international, bare, "0"+bare, 1),
	}
	if prefix := phonenumbers.GetNddPrefixForRegion(region, true); prefix != "" {
		ways = append(ways, prefix+bare, strings.Replace(international, bare, prefix+bare, 1))
	}
	return ways
}

// Numbers of the largest regions never need the library: this is what the table is for.
func TestPlansKnowTheLargestRegions(t *testing.T) {
	for _, region := range largeRegions() {
		for _, n := range realNumbers(region, *soak) {
			for i, number := range waysToDial(n) {
				if sure := compareWithLibrary(t, number, region); !sure && i < usualWays {
					t.Errorf("%s: the library is asked for %s", region, number)
				}
			}
		}
	}
}

// An automaton finds what the regular expression does that it was made from.
func TestAutomatonIsRegexp(t *testing.T) {
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(7, 8))
	for _, m := range metadata.GetMetadata() {
		if m.GetId() == "001" {
			continue
		}
		for _, expression := range []string{
			"^(?:" + m.GetGeneralDesc().GetNationalNumberPattern() + ")$", "^(?:" + m.GetNationalPrefixForParsing() + ")", "^(?:" + m.GetInternationalPrefix() + ")",
		} {
			a, err := newAutomaton(expression)
			if err != nil {
				t.Fatalf("%s: %v", expression, err)
			}
			re := regexp.MustCompile(expression)
			for range *soak {
				compareWithRegexp(t, a, re, strings.TrimPrefix(randomNumber(rnd, m.GetId()), "+"))
			}
		}
	}
}

func compareWithRegexp(t *testing.T, a automaton, re *regexp.Regexp, digits string) {
	t.Helper()
	length, v := a.match([]byte(digits))
	groups := re.FindStringSubmatchIndex(digits)
	want, wantLength := unmatched, 0
	switch {
	case groups == nil:
	case groups[len(groups)-2] < 0:
		want, wantLength = matched, groups[1]
	default:
		want, wantLength = captured, groups[1]
	}
	if v != want || length != wantLength {
		t.Fatalf("%s on %s: got %d, %d, want %d, %d", re, digits, v, length, want, wantLength)
	}
}

// What no numbering plan has is refused rather than misread.
func TestAutomatonRefusesExpressions(t *testing.T) {
	for _, expression := range []string{"(", `1\b`, "(?m)^1$", "(0|1)*1(0|1){20}"} {
		if a, err := newAutomaton(expression); err == nil {
			t.Errorf("%s became %d states", expression, len(a))
		}
	}
}

// Two texts that become one number end in the same six digits, which is how SQL finds
// rows that may share it (promise 2). Codes of every region are written in every way.
func TestSharedNumbersShareTheirTail(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := phones{region: rapid.SampledFrom(regions()).Draw(t, "region"), plans: sharedPlans}
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
		if number[0] != '+' || strings.Trim(string(number[1:]), "0123456789") != "" || tail(text) != tail(string(number)) {
			t.Fatalf("%q becomes %q", text, number)
		}
	})
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

// All plans at once, of which a run needs a few.
func BenchmarkNewPlans(b *testing.B) {
	for b.Loop() {
		for _, plan := range newPlanTable().regions {
			if plan != nil {
				plan()
			}
		}
	}
}
