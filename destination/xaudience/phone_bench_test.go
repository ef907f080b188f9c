package xaudience

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"github.com/eddy-retl/eddy/destination"
)

// manyValues is how many values a benchmark goes through, so that no cache, and no
// predictor of branches, learns them.
const manyValues = 12_000

// largeRegions are those with the most people or telephones.
func largeRegions() []string {
	return []string{
		"US", "IN", "CN", "BR", "ID", "PK", "NG", "BD", "RU", "MX", "JP", "PH", "EG", "VN", "DE", "TR", "IR", "TH", "GB", "FR",
	}
}

// BenchmarkPreparePhones prepares numbers of the largest regions as people write them:
// with + and blanks, as one dials at home, and as the bare digits of a spreadsheet that
// took the number for a sum and dropped its zero.
func BenchmarkPreparePhones(b *testing.B) {
	for _, region := range largeRegions() {
		numbers := realNumbers(region, manyValues)
		for _, form := range []struct {
			name  string
			write func(*phonenumbers.PhoneNumber) string
		}{
			{"international", func(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.INTERNATIONAL) }},
			{"national", func(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.NATIONAL) }},
			{"bare", phonenumbers.GetNationalSignificantNumber},
		} {
			texts := make([]string, 0, len(numbers))
			p := phones{region: region, plans: sharedPlans}
			for _, n := range numbers {
				// Some could be another number and are refused, which is another path.
				if _, reason := p.append(nil, form.write(n)); reason == "" {
					texts = append(texts, form.write(n))
				}
			}
			b.Run(region+"/"+form.name, func(b *testing.B) {
				benchmarkMany(b, fieldPhone, region, texts)
			})
		}
	}
}

func BenchmarkPrepareEmails(b *testing.B) {
	rnd := rand.New(rand.NewPCG(3, 4))
	first := strings.Fields("Ada grace Alan edsger Barbara DONALD frances ken Margaret dennis")
	last := strings.Fields("Lovelace hopper turing Dijkstra liskov knuth Allen thompson HAMILTON ritchie")
	domains := strings.Fields("gmail.com Example.com yahoo.co.uk outlook.com mail.example.org t-online.de")
	texts := make([]string, manyValues)
	for i := range texts {
		texts[i] = fmt.Sprintf("%s.%s%d@%s", first[rnd.IntN(10)], last[rnd.IntN(10)], rnd.IntN(10_000), domains[rnd.IntN(6)])
	}
	benchmarkMany(b, fieldEmail, "US", texts)
}

func benchmarkMany(b *testing.B, field int, region string, texts []string) {
	r := preparing(b, "v2;hash=true;region="+region+";phones=e164;ambiguous=refuse")
	values := record(nil)
	var p destination.Prepared
	for _, text := range texts {
		values[field] = text
		if r.Prepare(values, &p); p.Invalid != "" {
			b.Fatalf("%s: %s", text, p.Invalid)
		}
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		values[field] = texts[i]
		r.Prepare(values, &p)
		if i++; i == len(texts) {
			i = 0
		}
	}
}

// realNumbers makes numbers that the phone library calls valid, three mobile ones to
// one fixed line.
func realNumbers(region string, count int) []*phonenumbers.PhoneNumber {
	rnd := rand.New(rand.NewPCG(1, 2))
	numbers := make([]*phonenumbers.PhoneNumber, 0, count)
	for len(numbers) < count {
		kind := phonenumbers.MOBILE
		if len(numbers)%4 == 3 {
			kind = phonenumbers.FIXED_LINE
		}
		numbers = append(numbers, realNumber(rnd, region, kind))
	}
	return numbers
}

// realNumber draws digits until they make a number of the kind.
func realNumber(rnd *rand.Rand, region string, kind phonenumbers.PhoneNumberType) *phonenumbers.PhoneNumber {
	example := phonenumbers.GetExampleNumberForType(region, kind)
	digits := len(phonenumbers.GetNationalSignificantNumber(example))
	limit := uint64(1)
	for range digits {
		limit *= 10
	}
	for {
		national, code := limit/10+rnd.Uint64N(limit-limit/10), example.GetCountryCode()
		n := &phonenumbers.PhoneNumber{CountryCode: &code, NationalNumber: &national}
		if got := phonenumbers.GetNumberType(n); got == kind || got == phonenumbers.FIXED_LINE_OR_MOBILE {
			return n
		}
	}
}
