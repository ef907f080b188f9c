package xaudience

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

// writings are the ways in which people and programs write a number; "" where there is none.
func writings() map[string]func(n *phonenumbers.PhoneNumber) string {
	e164 := func(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.E164) }
	bare := phonenumbers.GetNationalSignificantNumber
	national := func(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.NATIONAL) }
	scientific := func(digits string) string {
		return fmt.Sprintf("%s.%sE%d", digits[:1], digits[1:], len(digits)-1)
	}
	return map[string]func(n *phonenumbers.PhoneNumber) string{
		"national":            national,
		"international":       func(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.INTERNATIONAL) },
		"E.164":               e164,
		"without +":           func(n *phonenumbers.PhoneNumber) string { return e164(n)[1:] },
		"bare":                bare,
		"a link":              func(n *phonenumbers.PhoneNumber) string { return phonenumbers.Format(n, phonenumbers.RFC3966) },
		"a float":             func(n *phonenumbers.PhoneNumber) string { return e164(n)[1:] + ".0" },
		"a float with +":      func(n *phonenumbers.PhoneNumber) string { return e164(n) + ".0" },
		"a national float":    func(n *phonenumbers.PhoneNumber) string { return bare(n) + ".00" },
		"E notation":          func(n *phonenumbers.PhoneNumber) string { return scientific(e164(n)[1:]) },
		"national E notation": func(n *phonenumbers.PhoneNumber) string { return scientific(bare(n)) },
		"rounded E notation": func(n *phonenumbers.PhoneNumber) string {
			return e164(n)[1:2] + "." + e164(n)[2:6] + fmt.Sprintf("E%d", len(e164(n))-2)
		},
		"behind a '":             func(n *phonenumbers.PhoneNumber) string { return "'" + national(n) },
		"quoted":                 func(n *phonenumbers.PhoneNumber) string { return `"` + e164(n) + `"` },
		"full-width":             func(n *phonenumbers.PhoneNumber) string { return inScript(national(n), '０') },
		"Arabic":                 func(n *phonenumbers.PhoneNumber) string { return inScript(e164(n), '٠') },
		"00":                     func(n *phonenumbers.PhoneNumber) string { return "00" + e164(n)[1:] },
		"an extension":           func(n *phonenumbers.PhoneNumber) string { return national(n) + " ext. 23" },
		"an extension of a link": func(n *phonenumbers.PhoneNumber) string { return "tel:" + e164(n) + ";ext=4567890" },
		"brackets": func(n *phonenumbers.PhoneNumber) string {
			return fmt.Sprintf("+%d (%s) %s", n.GetCountryCode(), bare(n)[:2], bare(n)[2:])
		},
		"a trunk prefix": func(n *phonenumbers.PhoneNumber) string { return trunk(n, "") },
		"a trunk prefix behind the code": func(n *phonenumbers.PhoneNumber) string {
			return trunk(n, "+"+strconv.Itoa(int(n.GetCountryCode()))+" (")
		},
		"blanks": func(n *phonenumbers.PhoneNumber) string {
			return " " + strings.Join(strings.Split(e164(n), ""), " ") + "\t"
		},
		"dots": func(n *phonenumbers.PhoneNumber) string { return strings.ReplaceAll(national(n), " ", ".") },
	}
}

// trunk writes a number with what is dialled before it at home, where there is such a thing.
func trunk(n *phonenumbers.PhoneNumber, before string) string {
	prefix := phonenumbers.GetNddPrefixForRegion(phonenumbers.GetRegionCodeForNumber(n), true)
	if prefix == "" {
		return ""
	}
	if before != "" {
		prefix += ") "
	}
	return before + prefix + phonenumbers.GetNationalSignificantNumber(n)
}

func inScript(s string, zero rune) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + zero
		}
		return r
	}, s)
}

// However a number is written, it is read as that number or refused: nobody becomes a
// stranger. Every region's examples of every kind are written, and numbers near them.
func TestWrittenNumberIsNobodyElses(t *testing.T) {
	arithmetic(t)
	t.Parallel()
	read, all := map[string]int{}, 0
	for _, region := range regions() {
		rnd := rand.New(rand.NewPCG(9, uint64(regionIndex(region))))
		for kind := range phonenumbers.UNKNOWN {
			example := phonenumbers.GetExampleNumberForType(region, kind)
			if example == nil {
				continue
			}
			for _, n := range append(near(rnd, example, *soak/50), example) {
				all++
				for how, write := range writings() {
					if written := write(n); written != "" && readRight(t, n, region, how, written) {
						read[how]++
					}
				}
			}
		}
	}
	for how := range writings() {
		if least := all / 4; how != "rounded E notation" && read[how] < least {
			t.Errorf("%s: %d of %d numbers were read", how, read[how], all)
		}
	}
	if read["rounded E notation"] > 0 {
		t.Errorf("%d numbers that had lost digits were read", read["rounded E notation"])
	}
	if read["E.164"]*100 < all*99 {
		t.Errorf("%d of %d numbers in E.164 were read", read["E.164"], all)
	}
}

func readRight(t *testing.T, n *phonenumbers.PhoneNumber, region, how, written string) (read bool) {
	t.Helper()
	want := phonenumbers.Format(n, phonenumbers.E164)
	for _, at := range []string{region, ""} {
		p := phones{region: at, plans: sharedPlans}
		got, reason := p.append(nil, written)
		switch {
		case reason == "" && string(got) != want:
			t.Errorf("%s in %q, %s, written %q: became %s", want, at, how, written, got)
		case reason == "" && tail(written) != tail(want):
			t.Errorf("%s in %q, %s, written %q: SQL sees %s", want, at, how, written, tail(written))
		}
		if at == region {
			read = reason == ""
		}
	}
	return read
}

// near makes valid numbers of an example by changing its last digits.
func near(rnd *rand.Rand, example *phonenumbers.PhoneNumber, count int) (list []*phonenumbers.PhoneNumber) {
	const last, tries = 10_000, 100
	for range tries {
		if len(list) == count {
			break
		}
		value := example.GetNationalNumber()/last*last + rnd.Uint64N(last)
		n := &phonenumbers.PhoneNumber{CountryCode: example.CountryCode, NationalNumber: &value, ItalianLeadingZero: example.ItalianLeadingZero, NumberOfLeadingZeros: example.NumberOfLeadingZeros}
		if phonenumbers.IsValidNumber(n) {
			list = append(list, n)
		}
	}
	return list
}
