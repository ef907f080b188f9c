package xaudience

import (
	"errors"

	"github.com/nyaruka/phonenumbers"
)

// Why the first rules refused a phone number, beside the reasons of today.
const phoneNone = "phone_number: not a phone number"

// firstRules are those of settings of version 1, under which versions were sent that may
// still be held: what was called a number then has to leave again as that (promise 1).
func firstRules(dst []byte, f int, s, region string) (out []byte, reason string) {
	if f == fieldTwitterID {
		return appendDigits(dst, s)
	}
	return firstPhone(dst, s, region)
}

// firstPhone took the zeros of a fraction for digits, and any number whose length fits.
func firstPhone(dst []byte, s, region string) (out []byte, reason string) {
	var room [phoneMax + 1]byte
	dialled, reason := firstDialled(room[:0], s)
	if reason != "" {
		return dst, reason
	}
	if dialled[0] != '+' && region == "" {
		return dst, phoneNoRegion
	}
	number, reason := parsePhone(string(dialled), region)
	if reason == "" && !sameTail(dialled, []byte(number)) {
		reason = phoneShort
	}
	return append(dst, number...), reason
}

func firstDialled(dst []byte, s string) (out []byte, reason string) {
	start := len(dst)
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			dst = append(dst, byte(r))
		case r == '+' || r == '＋':
			if len(dst) > start {
				return dst, phonePlus
			}
			dst = append(dst, '+')
		case !phonePunctuation(r) || r == '（' || r == '）':
			return dst, phoneLetters
		}
	}
	return dst, checkDialled(dst[start:])
}

// parsePhone asks the phone library. Possible means that the length fits the country's
// numbering plan.
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
