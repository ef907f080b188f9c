package xaudience

// Why a phone number is refused.
const (
	phoneLetters     = "phone_number: letters or signs that no phone number has"
	phonePlus        = "phone_number: + inside"
	phoneDot         = "phone_number: a dot that may be a decimal point"
	phoneRounded     = "phone_number" + asRounded
	phonePlaceholder = "phone_number: a placeholder, such as 0000000000 or 1234567890"
	phoneShort       = "phone_number: too short"
	phoneLong        = "phone_number: too long"
	phoneLocal       = "phone_number: without its area code"
	phoneCountry     = "phone_number: no such country code"
	phoneNoRegion    = "phone_number: no country code and no default_region"
	phoneAmbiguous   = "phone_number: ambiguous, write it with +"
	phoneUnassigned  = "phone_number: no region assigns such a number"
)

// phoneTail is how many digits at the end of a number SQL compares to find rows that
// may share it (destination.CanonicalDigits).
const phoneTail = 6

// phoneMax is more digits than any way of writing a number needs.
const phoneMax = 40

// phones brings phone numbers to E.164. X states no rule for audiences; its
// conversions API hashes E.164 with the + (documentation, "Web Conversions").
type phones struct {
	region    string // two letters, or empty
	ambiguous ambiguity
	// plans makes or finds the table of numbering plans.
	plans func() *planTable
}

// append appends the E.164 form of a number with its +, or says why it is none. It is
// one that some region assigns; what it is in use for is for X to know.
func (p *phones) append(dst []byte, s string) (out []byte, reason string) {
	var room [phoneMax + 1]byte
	dialled, reason := appendDialled(room[:0], s)
	if reason != "" {
		return dst, reason
	}
	if dialled[0] != '+' && p.region == "" && p.ambiguous != preferInternational {
		return dst, phoneNoRegion
	}
	found, reason := p.plans().read(dialled, p.region, p.ambiguous)
	switch {
	case placeholder(dialled) || len(found.national) > 0 && placeholder(found.national):
		return dst, phonePlaceholder
	case reason != "":
		return dst, reason
	}
	start := len(dst)
	dst = append(append(append(dst, '+'), found.code...), found.national...)
	if !sameTail(dialled, dst[start:]) {
		return dst[:start], phoneShort
	}
	return dst, ""
}

// placeholder reports whether digits are what people write where they have to write
// something: one digit again and again, or all ten in their order.
func placeholder(dialled []byte) bool {
	if dialled[0] == '+' {
		dialled = dialled[1:]
	}
	if string(dialled) == "1234567890" {
		return true
	}
	for _, c := range dialled {
		if c != dialled[0] {
			return false
		}
	}
	return true
}

// sameTail upholds promise 2 by construction: the last six digits as written are the
// last six of the number, so that two texts of one number always look alike to SQL.
// It fails for a number of less than seven digits with its calling code.
func sameTail(dialled, number []byte) bool {
	n, m := len(dialled)-phoneTail, len(number)-phoneTail
	return m > 0 && string(dialled[n:]) == string(number[m:])
}
