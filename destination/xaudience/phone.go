package xaudience

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// Why a phone number is refused.
const (
	phoneLetters  = "phone_number: letters or signs that no phone number has"
	phonePlus     = "phone_number: + inside"
	phoneNone     = "phone_number: not a phone number"
	phoneShort    = "phone_number: too short"
	phoneLong     = "phone_number: too long"
	phoneCountry  = "phone_number: no such country code"
	phoneNoRegion = "phone_number: no country code and no default_region"
)

// phoneTail is how many digits at the end of a number SQL compares to find rows that
// may share it (destination.CanonicalDigits).
const phoneTail = 6

// phoneMax is more digits than any way of writing a number needs.
const phoneMax = 40

// phones brings phone numbers to E.164. X states no rule for audiences; its
// conversions API hashes E.164 with the + (documentation, "Web Conversions").
type phones struct {
	region string // two letters, or empty
	// plans makes or finds the table of numbering plans.
	plans func() *planTable
}

// append appends the E.164 form of a number with its +, or says why it is none.
func (p *phones) append(dst []byte, s string) (out []byte, reason string) {
	var room [phoneMax + 1]byte
	dialled, reason := appendDialled(room[:0], s)
	if reason != "" {
		return dst, reason
	}
	if dialled[0] != '+' && p.region == "" {
		return dst, phoneNoRegion
	}
	start := len(dst)
	dst, reason = p.appendE164(dst, dialled)
	if reason == "" && !sameTail(dialled, dst[start:]) {
		reason = phoneShort
	}
	return dst, reason
}

func (p *phones) appendE164(dst, dialled []byte) (out []byte, reason string) {
	code, national, reason := p.plans().read(dialled, p.region)
	switch {
	case code == "":
		number, reason := parsePhone(string(dialled), p.region)
		return append(dst, number...), reason
	case reason != "":
		return dst, reason
	default:
		return append(append(append(dst, '+'), code...), national...), ""
	}
}

// appendDialled appends what is dialled: a + if there is one before the first digit,
// then the digits. Brackets, dashes, dots, slashes and blanks fall away. Letters are
// refused rather than read as the keys of a telephone, and so are extensions and
// other scripts' digits: SQL, which must see the same digits, does not read them.
func appendDialled(dst []byte, s string) (out []byte, reason string) {
	start, digits := len(dst), 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			dst = append(dst, byte(r))
			digits++
		case r == '+' || r == '＋':
			if len(dst) > start {
				return dst, phonePlus
			}
			dst = append(dst, '+')
		case !phonePunctuation(r):
			return dst, phoneLetters
		}
	}
	switch {
	case digits < phoneTail:
		return dst, phoneShort
	case digits > phoneMax:
		return dst, phoneLong
	default:
		return dst, ""
	}
}

// phonePunctuation reports whether people set the rune between a number's digits.
func phonePunctuation(r rune) bool {
	switch r {
	case ' ', '-', '(', ')', '.', '/', '−', 'ー': // the last two: minus sign, Japanese long mark
		return true
	case utf8.RuneError:
		return false
	default:
		return r >= utf8.RuneSelf && (unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || invisible(r)) || r == '\t'
	}
}

// parsePhone asks the phone library. Possible means that the length fits the country's
// numbering plan; whether the number is in use is for X to know.
func parsePhone(dialled, region string) (number, reason string) {
	parsed, err := phonenumbers.Parse(dialled, region)
	switch {
	case errors.Is(err, phonenumbers.ErrInvalidCountryCode):
		return "", phoneCountry
	case errors.Is(err, phonenumbers.ErrTooShortNSN), errors.Is(err, phonenumbers.ErrTooShortAfterIDD):
		return "", phoneShort
	case errors.Is(err, phonenumbers.ErrNumTooLong):
		return "", phoneLong
	case err != nil:
		return "", phoneNone
	}
	switch phonenumbers.IsPossibleNumberWithReason(parsed) {
	case phonenumbers.IS_POSSIBLE, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return phonenumbers.Format(parsed, phonenumbers.E164), ""
	case phonenumbers.TOO_SHORT:
		return "", phoneShort
	case phonenumbers.TOO_LONG:
		return "", phoneLong
	default:
		return "", phoneNone
	}
}

// sameTail upholds promise 2 by construction: the last six digits as written are the
// last six of the number, so that two texts of one number always look alike to SQL.
// It fails for a number dialled inside one town, of less than six digits.
func sameTail(dialled, number []byte) bool {
	n, m := len(dialled)-phoneTail, len(number)-phoneTail
	return m > 0 && string(dialled[n:]) == string(number[m:])
}
