package xaudience

import (
	"slices"
	"strings"
)

// Normalised gives the usable values of one field's text as they are before they are
// hashed, without repeats; digests as they are sent.
func (r *preparer) Normalised(field int, text string) (out []string) {
	if field >= identityCount {
		return nil
	}
	for one := range strings.SplitSeq(text, ",") {
		one = trim(one)
		var value []byte
		var reason string
		switch {
		case one == "":
			continue
		case isDigest(one) && field != fieldPartner:
			value = appendDigest(nil, one)
		case !r.settings.hash && field != fieldPartner:
			continue
		default:
			value, reason = r.normalise(nil, field, one)
		}
		if reason == "" && !slices.Contains(out, string(value)) {
			out = append(out, string(value))
		}
	}
	return out
}
