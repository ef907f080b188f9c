package xaudience

import (
	"cmp"
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

	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/destinationtest"
)

// soak is how many numbers of each region and calling code the differential tests try.
var soak = flag.Int("phones", 50, "phone numbers to compare with the library, for each region and calling code")

var sharedPlans = sync.OnceValue(newPlanTable)

// slowly reads what is dialled with the library's metadata, its regular expressions and its
// judgement of a number; "" where no number is certain.
func slowly(dialled, region string, as ambiguity) string {
	if number, plus := strings.CutPrefix(dialled, "+"); plus {
		return slowlyAfterPlus(number)
	}
	var at, abroad []string
	if m := metadataOf()[region]; m != nil {
		code := int(m.GetCountryCode())
		at = append(at, slowlyValid(code, dialled), slowlyValid(code, slowlyStripped(m, dialled)))
		if idd := regexpOf("^(?:" + m.GetInternationalPrefix() + ")").FindString(dialled); idd != "" {
			abroad = append(abroad, slowlyAfterPlus(dialled[len(idd):]))
		}
		if strings.HasPrefix(dialled, strconv.Itoa(code)) {
			abroad = append(abroad, slowlyAfterPlus(dialled))
		}
	}
	if as == preferInternational {
		abroad = append(abroad, slowlyAfterPlus(dialled))
	}
	at, abroad = different(at), different(abroad)
	all := different(append(slices.Clone(at), abroad...))
	switch {
	case len(all) == 1:
		return all[0]
	case as == preferNational && len(at) == 1 && len(abroad) < 2:
		return at[0]
	case as == preferInternational && len(abroad) == 1 && len(at) < 2:
		return abroad[0]
	default:
		return ""
	}
}

// different drops repeats and what is empty.
func different(list []string) []string {
	list = slices.DeleteFunc(list, func(s string) bool { return s == "" })
	slices.Sort(list)
	return slices.Compact(list)
}

func slowlyAfterPlus(digits string) string {
	for n := 1; n <= maxCode && n < len(digits); n++ {
		code, _ := strconv.Atoi(digits[:n])
		if !phonenumbers.GetSupportedCallingCodes()[code] || digits[0] == '0' {
			continue
		}
		m := metadataOf()[phonenumbers.GetRegionCodeForCountryCode(code)]
		if m == nil || int(m.GetCountryCode()) != code {
			return slowlyValid(code, digits[n:]) // satellites and the like
		}
		return cmp.Or(slowlyValid(code, digits[n:]), slowlyValid(code, slowlyStripped(m, digits[n:])))
	}
	return ""
}

// slowlyStripped is "" where nothing is to be taken off.
func slowlyStripped(m *phonenumbers.PhoneMetadata, national string) string {
	prefix := m.GetNationalPrefixForParsing()
	if m.GetId() == "MX" {
		prefix = oldMexican
	}
	re := regexpOf("^(?:" + prefix + ")")
	groups := re.FindStringSubmatchIndex(national)
	switch {
	case groups == nil || groups[1] == 0:
		return ""
	case m.GetNationalPrefixTransformRule() != "" && groups[len(groups)-1] >= 0:
		return re.ReplaceAllString(national, m.GetNationalPrefixTransformRule())
	default:
		return national[groups[1]:]
	}
}

var regexps sync.Map

func regexpOf(expression string) *regexp.Regexp {
	re, known := regexps.Load(expression)
	if !known {
		re, _ = regexps.LoadOrStore(expression, regexp.MustCompile(expression))
	}
	return re.(*regexp.Regexp)
}

// slowlyValid is the number, if the library calls it valid.
func slowlyValid(code int, national string) string {
	zeros := len(national) - len(strings.TrimLeft(national, "0"))
	value, err := strconv.ParseUint(national, 10, 64)
	if err != nil || zeros == len(national) {
		return "" // none, or longer than any
	}
	n := &phonenumbers.PhoneNumber{CountryCode: new(int32(code)), NationalNumber: &value, ItalianLeadingZero: new(zeros > 0), NumberOfLeadingZeros: new(int32(zeros))}
	if !phonenumbers.IsValidNumber(n) {
		return ""
	}
	return "+" + strconv.Itoa(code) + national
}

var metadataOf = sync.OnceValue(func() map[string]*phonenumbers.PhoneMetadata {
	all := map[string]*phonenumbers.PhoneMetadata{}
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		panic(err)
	}
	for _, m := range metadata.GetMetadata() {
		all[m.GetId()] = m
	}
	return all
})

// arithmetic leaves a test of one goroutine, and of much arithmetic, to the run without
// the race detector, which finds nothing in it.
func arithmetic(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("one goroutine: the whole run has it")
	}
}

// The table must not be told from the library, whatever the calling code and wherever
// a number is dialled.
func TestPlansAgreeWithLibrary(t *testing.T) {
	arithmetic(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	known, all := 0, 0
	for _, region := range regions() {
		for range *soak {
			number := randomNumber(rnd, region)
			all++
			if compareWithLibrary(t, number, region) {
				known++
			}
			compareWithLibrary(t, number, regions()[rnd.IntN(len(regions()))])
		}
	}
	for _, code := range callingCodes() {
		for range *soak {
			compareWithLibrary(t, "+"+strconv.Itoa(code)+randomDigits(rnd), []string{"", "US", "CA", "DE", "AR"}[rnd.IntN(5)])
		}
	}
	if known*100 < all || known*2 > all {
		t.Errorf("%d of %d numbers were read: the test shows little", known, all)
	}
}

// compareWithLibrary tells whether a number was read.
func compareWithLibrary(t *testing.T, dialled, region string) (known bool) {
	t.Helper()
	for as := refuseAmbiguous; as <= preferInternational; as++ {
		found, reason := sharedPlans().read([]byte(dialled), region, as)
		got := ""
		if known = reason == ""; known {
			got = "+" + found.code + string(found.national)
		}
		if want := slowly(dialled, region, as); got != want {
			t.Fatalf("%s in %q, %s: the table says %q (%s), the library %q", dialled, region, as, got, reason, want)
		}
	}
	return known
}

// A number is valid where the library says so, for each calling code.
func TestPlansJudgeAsLibrary(t *testing.T) {
	arithmetic(t)
	rnd := rand.New(rand.NewPCG(3, 4))
	valid := 0
	for _, code := range callingCodes() {
		of := phonenumbers.GetRegionCodesForCountryCode(code)
		for range 8 * *soak {
			national := randomDigits(rnd)
			if region := of[rnd.IntN(len(of))]; region != "001" {
				// Nearly a number: one that has a digit or two changed.
				example := []byte(exampleIn(rnd, region))
				for range rnd.IntN(4) {
					example[rnd.IntN(len(example))] = '0' + byte(rnd.IntN(10))
				}
				national = string(example[:len(example)-rnd.IntN(2)])
			}
			got, want := sharedPlans().valid(code, []byte(national)), slowlyValid(code, national) != ""
			if got != want {
				t.Fatalf("+%d %s: the table says %t, the library %t", code, national, got, want)
			}
			if got {
				valid++
			}
		}
	}
	if all := 8 * *soak * len(callingCodes()); valid*10 < all || valid*10 > all*9 {
		t.Errorf("%d of %d numbers were valid: the test shows little", valid, all)
	}
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
	arithmetic(t)
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, region := range regions() {
		for kind := range phonenumbers.UNKNOWN {
			n := phonenumbers.GetExampleNumberForType(region, kind)
			if n == nil {
				continue
			}
			for _, number := range waysToDial(n) {
				compareWithLibrary(t, number, region)
				compareWithLibrary(t, number, regions()[rnd.IntN(len(regions()))])
			}
		}
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

// Numbers of the largest regions are read in each of the ways that are right there, but
// for those that could be another one: fewer than one in twenty.
func TestPlansKnowTheLargestRegions(t *testing.T) {
	arithmetic(t)
	for _, region := range largeRegions() {
		read, all := 0, 0
		for _, n := range realNumbers(region, *soak) {
			for i, number := range waysToDial(n) {
				if known := compareWithLibrary(t, number, region); i < usualWays {
					all++
					if known {
						read++
					}
				}
			}
		}
		if read*20 < all*19 {
			t.Errorf("%s: %d of %d numbers were read", region, read, all)
		}
	}
}

// Each expression of the library is one of digits: no plan lacks an automaton.
func TestPlansAreComplete(t *testing.T) {
	table, plans := sharedPlans(), 0
	for _, code := range callingCodes() {
		for _, made := range table.codes[code] {
			p := made()
			plans++
			if len(p.general) == 0 || len(p.kinds) == 0 || p.lengths == 0 {
				t.Errorf("+%d: a plan lacks its numbers", code)
			}
			for _, k := range p.kinds {
				if len(k.pattern) == 0 {
					t.Errorf("+%d: a kind lacks its pattern", code)
				}
			}
		}
	}
	for region, m := range metadataOf() {
		if region == "001" {
			continue
		}
		p := table.region(region)
		if len(p.abroad) == 0 || (m.GetNationalPrefixForParsing() != "") && len(p.prefix) == 0 || (m.GetLeadingDigits() != "") != (len(p.leading) != 0) {
			t.Errorf("%s: the plan lacks an automaton", region)
		}
	}
	if plans < len(regions()) {
		t.Errorf("%d plans of %d regions", plans, len(regions()))
	}
}

// An automaton finds what the regular expression does that it was made from.
func TestAutomatonIsRegexp(t *testing.T) {
	arithmetic(t)
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

// Two texts that become one number have one canonical form, which is how SQL finds
// rows that may share it (promise 2). Codes of every region are written in every way.
func TestSharedNumbersShareTheirTail(t *testing.T) {
	t.Parallel()
	read := 0
	rapid.Check(t, func(t *rapid.T) {
		region := rapid.SampledFrom(regions()).Draw(t, "region")
		p := phones{region: region, ambiguous: rapid.SampledFrom([]ambiguity{refuseAmbiguous, preferInternational}).Draw(t, "ambiguous"), plans: sharedPlans}
		example := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
		digits := rapid.StringMatching(`[0-9]{1,3}[ -]?\(?[0-9]{1,9}\)?[ ./-][0-9]{0,7}`).Draw(t, "digits")
		if example != nil && rapid.Bool().Draw(t, "real") {
			digits = rapid.SampledFrom(waysToDial(example)).Draw(t, "example")
		}
		around := rapid.SampledFrom([][2]string{{"", ""}, {"'", ""}, {"tel:", ";ext=7"}, {"", " x 123"}, {"", " ext. 4567890"}, {`"`, `"`}, {"+", ""}, {"00", ""}, {"", ".0"}, {"", ".000000"}, {"", "."}, {"", "E0"}, {"", "e+1"}, {"'", ".00 #1"}}).Draw(t, "around")
		text := around[0] + digits + around[1]
		number, reason := p.append(nil, text)
		if reason != "" {
			return
		}
		read++
		if got, want := tail(text), tail(string(number)); got != want {
			t.Fatalf("%q becomes %s, and SQL sees %s and %s", text, number, got, want)
		}
		if again, reason := p.append(nil, string(number)); reason != "" || string(again) != string(number) {
			t.Fatalf("%q becomes %s, and that %s (%s)", text, number, again, reason)
		}
	})
	if read == 0 {
		t.Error("no number was read: the test shows nothing")
	}
}

// tail is what SQL sees of a number.
func tail(text string) string {
	return destinationtest.CanonicalForm(destination.CanonicalDigits, text)
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
		slowlyValid(1, "4155552671")
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
