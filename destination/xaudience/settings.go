package xaudience

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// The forms of a phone number that can be hashed.
const (
	formE164   = "e164"   // +14155552671
	formDigits = "digits" // 14155552671
)

// settings are what changes the identities that Prepare makes of the same texts. Their
// text is kept beside what an audience holds, so its form is a promise: a new meaning
// needs a new version.
type settings struct {
	hash      bool
	region    string // two letters, or empty
	e164      bool
	digits    bool
	ambiguous ambiguity
	// first is settings of version 1, which no preparer is configured with any more: values
	// were read by other rules.
	first bool
}

// String writes the settings as parseSettings reads them.
func (s settings) String() string {
	if s.first {
		return fmt.Sprintf("v1;hash=%t;region=%s;phones=%s", s.hash, s.region, s.phones())
	}
	return fmt.Sprintf("v2;hash=%t;region=%s;phones=%s;ambiguous=%s", s.hash, s.region, s.phones(), s.ambiguous)
}

func (s settings) phones() string {
	switch {
	case s.e164 && s.digits:
		return formE164 + "," + formDigits
	case s.digits:
		return formDigits
	default:
		return formE164
	}
}

// parseSettings reads what String wrote and nothing else: settings that are nearly
// understood would make other identities than those the audience holds.
func parseSettings(text string) (settings, error) {
	parts := strings.Split(text, ";")
	s := settings{first: parts[0] == "v1"}
	switch {
	case s.first && len(parts) == 4:
	case parts[0] == "v2" && len(parts) == 5:
		choice := slices.Index(ambiguityNames(), strings.TrimPrefix(parts[4], "ambiguous="))
		s.ambiguous = ambiguity(max(0, choice))
	default:
		return settings{}, fmt.Errorf("x_audience: settings %q are not of version 1 or 2", text)
	}
	s.hash = parts[1] == "hash=true"
	s.region = strings.TrimPrefix(parts[2], "region=")
	forms := strings.TrimPrefix(parts[3], "phones=")
	s.e164, s.digits = hasForm(forms, formE164), hasForm(forms, formDigits)
	if s.String() != text {
		return settings{}, fmt.Errorf("x_audience: settings %q are not understood", text)
	}
	if !knownRegion(s.region) {
		return settings{}, fmt.Errorf("x_audience: settings %q name an unknown region", text)
	}
	return s, nil
}

// hasForm reports whether a list joined by commas names the form.
func hasForm(list, form string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one == form {
			return true
		}
	}
	return false
}

// knownRegion reports whether the phone library can read numbers of the region; no
// region at all is fine too.
func knownRegion(region string) bool {
	return region == "" || phonenumbers.GetSupportedRegions()[region]
}
