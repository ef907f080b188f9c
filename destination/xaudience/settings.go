package xaudience

import (
	"fmt"
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
	hash   bool
	region string // two letters, or empty
	e164   bool
	digits bool
	// first is settings of version 1, which no preparer is configured with any more: values
	// were read by other rules.
	first bool
}

// String writes the settings as parseSettings reads them.
func (s settings) String() string {
	version := "v2"
	if s.first {
		version = "v1"
	}
	return fmt.Sprintf("%s;hash=%t;region=%s;phones=%s", version, s.hash, s.region, s.phones())
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
	if len(parts) != 4 || parts[0] != "v1" && parts[0] != "v2" {
		return settings{}, fmt.Errorf("x_audience: settings %q are not of version 1 or 2", text)
	}
	s := settings{first: parts[0] == "v1"}
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
