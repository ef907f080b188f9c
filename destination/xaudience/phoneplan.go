package xaudience

import (
	"github.com/nyaruka/phonenumbers"
)

// planTable answers for numbers that already are E.164 what the phone library would,
// some fifty times as fast. It is made from the library's own metadata; whatever it is
// not sure of it leaves to the library.
//
// The library does four things to such a number: it finds the calling code, strips a
// national prefix if one was wrongly kept, stores the rest, and checks its length. A
// number comes out as it went in unless a prefix is stripped, so all the table must
// know for certain is when none can be.
type planTable [1000]*plan // by calling code

// plan is what decides about the national numbers of one calling code.
type plan struct {
	// possible has a bit for each length that makes a possible number; local-only lengths
	// count, as they do for the library.
	possible uint32
	// shortest and longest are the extremes of possible, without the local-only lengths.
	shortest, longest int
	// adopted has a bit for each length at which the library would keep a number that
	// it stripped of a prefix.
	adopted uint32
	// prefix is the national prefix where it is a plain row of digits.
	prefix string
	// risky marks the first three digits at which any other prefix can begin; nil when
	// there is no such prefix.
	risky *[1000]bool
}

// newPlanTable makes the table. It takes a few milliseconds.
func newPlanTable() *planTable {
	table := new(planTable)
	metadata, err := phonenumbers.MetadataCollection()
	if err != nil {
		return table // empty: the library answers everything
	}
	for _, m := range metadata.GetMetadata() {
		code := int(m.GetCountryCode())
		// Regions that share a calling code all go by the plan of the first.
		if m.GetId() == phonenumbers.GetRegionCodeForCountryCode(code) {
			table[code] = newPlan(m)
		}
	}
	return table
}

// newPlan reads one plan; nil where its metadata is not of the usual shape.
func newPlan(m *phonenumbers.PhoneMetadata) *plan {
	general := m.GetGeneralDesc()
	lengths := general.GetPossibleLength()
	if general.GetNationalNumberPattern() == "" || len(lengths) == 0 || lengths[0] < 0 {
		return nil
	}
	full, local := bits(lengths), bits(general.GetPossibleLengthLocalOnly())
	p := &plan{possible: full | local, shortest: int(lengths[0]), longest: int(lengths[len(lengths)-1])}
	// A number that is too long even without its prefix is kept stripped, too.
	p.adopted = (full | ^uint32(0)<<(p.longest+1)) &^ local
	p.prefix = m.GetNationalPrefixForParsing()
	if !digitsOnly(p.prefix) {
		if p.risky = riskyStarts(p.prefix); p.risky == nil {
			return nil
		}
	}
	return p
}

func bits(lengths []int32) (set uint32) {
	for _, n := range lengths {
		if n >= 0 {
			set |= 1 << n
		}
	}
	return set
}

func digitsOnly(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return true
}

// judge decides about a + and digits: it stays as it is, and is possible when reason
// is empty. It is not sure of numbers that the library has to look at.
func (t *planTable) judge(number []byte) (reason string, sure bool) {
	p, national := t.find(number[1:])
	// Three digits are needed for risky; 17 is the library's limit.
	if p == nil || len(national) < 3 || len(national) > phonenumbers.MAX_LENGTH_FOR_NSN || p.mayStrip(national) {
		return "", false
	}
	switch n := len(national); {
	case p.possible>>n&1 == 1:
		return "", true
	case n < p.shortest:
		return phoneShort, true
	case n > p.longest:
		return phoneLong, true
	default:
		return phoneNone, true
	}
}

// find splits a number after its calling code, the shortest that there is; no calling
// code begins with 0.
func (t *planTable) find(digits []byte) (p *plan, national []byte) {
	code := 0
	for i := 0; i < phonenumbers.MAX_LENGTH_COUNTRY_CODE && i < len(digits); i++ {
		code = code*10 + int(digits[i]-'0')
		if code == 0 {
			return nil, nil
		}
		if t[code] != nil {
			return t[code], digits[i+1:]
		}
	}
	return nil, nil
}

// mayStrip reports whether the library might strip a national prefix.
func (p *plan) mayStrip(national []byte) bool {
	if p.risky != nil {
		return p.risky[int(national[0]-'0')*100+int(national[1]-'0')*10+int(national[2]-'0')]
	}
	n := len(p.prefix)
	if n == 0 || len(national) < n || string(national[:n]) != p.prefix {
		return false
	}
	return p.adopted>>(len(national)-n)&1 == 1
}
