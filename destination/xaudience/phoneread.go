package xaudience

import "bytes"

// ambiguity says how numbers are read that could be two.
type ambiguity uint8

// The choices of the option ambiguous_phones. Without a + a number may be one of its
// region, or begin with a calling code.
const (
	refuseAmbiguous ambiguity = iota
	preferNational
	preferInternational
)

// ambiguityNames are the choices as they are written.
func ambiguityNames() []string { return []string{"refuse", "national", "international"} }

func (a ambiguity) String() string { return ambiguityNames()[a] }

// reading is one way to read what is dialled.
type reading struct {
	code     string
	national []byte
}

// readings are what ways of one sort have led to.
type readings struct {
	first reading
	// known says that there is one, several that there are two that differ.
	known, several bool
}

// and adds one more. It returns what it made, as all that collect readings do: what is
// written through a pointer would not stay on the stack.
func (r readings) and(code string, national []byte) readings {
	more := reading{code, national}
	switch {
	case !r.known:
		return readings{first: more, known: true}
	case !r.first.is(more):
		r.several = true
	}
	return r
}

func (r reading) is(other reading) bool {
	return r.code == other.code && bytes.Equal(r.national, other.national)
}

// read finds the one valid number that is dialled in a region, or says why there is none
// for certain.
func (t *planTable) read(dialled []byte, region string, as ambiguity) (found reading, reason string) {
	if dialled[0] == '+' {
		return t.readPlus(dialled[1:])
	}
	var at, abroad readings
	p := t.region(region)
	if p != nil {
		at, abroad = t.national(p, dialled), t.abroad(p, dialled)
	}
	if as == preferInternational {
		if to, national := t.find(dialled); to != nil {
			abroad = t.afterCode(abroad, to, national)
		}
	}
	switch {
	case !at.known && !abroad.known:
		return reading{}, refuse(p, dialled)
	case at.several || abroad.several:
		return reading{}, phoneAmbiguous
	case !abroad.known || at.known && (as == preferNational || at.first.is(abroad.first)):
		return at.first, ""
	case !at.known || as == preferInternational:
		return abroad.first, ""
	default:
		return reading{}, phoneAmbiguous
	}
}

// refuse says why a number without a + is none, as far as its length tells.
func refuse(p *plan, dialled []byte) (reason string) {
	if p != nil {
		if reason = p.judge(dialled); reason == phoneLocal || reason == phoneShort {
			return reason
		}
	}
	return phoneAmbiguous
}

func (t *planTable) region(region string) *plan {
	if i := regionIndex(region); i >= 0 && t.regions[i] != nil {
		return t.regions[i]()
	}
	return nil
}

// readPlus reads a number that says its calling code; what it is refused as is told, too.
func (t *planTable) readPlus(digits []byte) (found reading, reason string) {
	p, national := t.find(digits)
	if p == nil {
		return reading{}, phoneCountry
	}
	r := t.afterCode(readings{}, p, national)
	if !r.known {
		return reading{p.digits, national}, p.judge(national)
	}
	return r.first, ""
}

// afterCode adds what follows a calling code: a national number, before which some people
// write what they dial at home. Where it is valid as it is, nothing is taken off.
func (t *planTable) afterCode(r readings, p *plan, national []byte) readings {
	if t.valid(p.code, national) {
		return r.and(p.digits, national)
	}
	if bare, stripped := p.strip(national); stripped && t.valid(p.code, bare) {
		return r.and(p.digits, bare)
	}
	return r
}

// national reads digits as a national number of the plan's region.
func (t *planTable) national(p *plan, digits []byte) (r readings) {
	if t.valid(p.code, digits) {
		r = r.and(p.digits, digits)
	}
	if bare, stripped := p.strip(digits); stripped && t.valid(p.code, bare) {
		r = r.and(p.digits, bare)
	}
	return r
}

// abroad reads digits as they are dialled to another region, and as a number of the plan's
// region with its calling code.
func (t *planTable) abroad(p *plan, digits []byte) (r readings) {
	if n, v := p.abroad.match(digits); v != unmatched {
		if to, national := t.find(digits[n:]); to != nil {
			r = t.afterCode(r, to, national)
		}
	}
	if coded := len(digits) > len(p.digits) && string(digits[:len(p.digits)]) == p.digits; coded {
		r = t.afterCode(r, t.codes[p.code][0](), digits[len(p.digits):])
	}
	return r
}
