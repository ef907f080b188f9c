package xaudience

import "slices"

// Normalised gives the usable values of one field's text as they are before they are
// hashed, without repeats; digests as they are sent.
func (r *preparer) Normalised(field int, text string) (out []string) {
	if field >= identityCount {
		return nil
	}
	for v := r.valuesOf(field, text); v.next(); {
		if v.reason != "" {
			continue
		}
		value, _, reason := r.plain(nil, field, v.one)
		if reason == "" && !slices.Contains(out, string(value)) {
			out = append(out, string(value))
		}
	}
	return out
}
