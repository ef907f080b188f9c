package xaudience

import (
	"bytes"

	"github.com/eddy-retl/eddy/destination"
)

// preparer implements destination.Preparer.
type preparer struct {
	settings settings
	phones   phones
}

func newPreparer(s settings, plans func() *planTable) *preparer {
	return &preparer{settings: s, phones: phones{region: s.region, ambiguous: s.ambiguous, plans: plans}}
}

// Settings returns "v2;hash=true;region=US;phones=e164;ambiguous=refuse" or the like. The phone library's
// knowledge of numbering plans is not part of it: a number whose country changed its
// plan may be judged otherwise by a later version of Eddy.
func (r *preparer) Settings() string { return r.settings.String() }

// Prepare splits each text at its commas and normalises, checks and hashes the values. A
// value that X could never match becomes a problem and the record goes on with its
// others. A record is invalid, and then carries no identities, when none is left or
// when its times cannot be honoured: nobody is held longer than the record asks for.
func (r *preparer) Prepare(values []string, p *destination.Prepared) {
	p.Reset()
	filled := false
	for f := range min(identityCount, len(values)) {
		if values[f] != "" {
			filled = r.list(p, f, values[f]) || filled
		}
	}
	p.Invalid = prepareTimes(values, p)
	if p.Invalid == "" && len(p.Identities) == 0 {
		p.Invalid = noIdentity(p, filled)
	}
	if p.Invalid != "" {
		p.Identities = p.Identities[:0]
	}
}

// list prepares the values of one field and reports whether there was any.
func (r *preparer) list(p *destination.Prepared, f int, text string) (filled bool) {
	if r.short(p, f, text) {
		return true
	}
	return r.long(p, f, text)
}

// short prepares a text that is nothing but one digest, or one plain address, as nearly all
// are. It does what long does, without looking for what is not there.
func (r *preparer) short(p *destination.Prepared, f int, text string) (done bool) {
	start := len(p.Buf)
	switch {
	case f == fieldPartner:
		return false
	case isDigest(text):
		if isPlaceholder(f, text) {
			return false
		}
		p.Buf = appendDigest(p.Buf, text)
	case f == fieldEmail && r.settings.hash && !r.settings.first:
		dst, ok := appendPlainEmail(p.Buf, text)
		if !ok {
			return false
		}
		p.Buf = appendHash(dst[:start], dst[start:])
	default:
		return false
	}
	keep(p, f, start)
	return true
}

// long prepares a text however it is written.
func (r *preparer) long(p *destination.Prepared, f int, text string) (filled bool) {
	from := len(p.Identities)
	for v := r.valuesOf(f, text); v.next(); filled = true {
		if v.reason != "" {
			problem(p, f, v.reason)
			continue
		}
		r.value(p, f, v.one)
	}
	if len(p.Identities)-from > fewValues {
		dropRepeats(p, from)
	}
	return filled
}

func noIdentity(p *destination.Prepared, filled bool) string {
	if !filled {
		return "no identity: all identity fields are empty"
	}
	return "no usable identity (" + p.Problems[0].Reason + ")"
}

// value prepares one value of a field. The normalised text is built at the end of
// p.Buf and overwritten by its digest. Identities made earlier stay good when p.Buf
// grows: they then lie in the memory it had before, which nothing writes to.
func (r *preparer) value(p *destination.Prepared, f int, s string) {
	start := len(p.Buf)
	var digest bool
	var reason string
	p.Buf, digest, reason = r.plain(p.Buf, f, s)
	switch {
	case reason != "":
		p.Buf = p.Buf[:start]
		problem(p, f, reason)
	case digest, f == fieldPartner:
		keep(p, f, start)
	case f == fieldPhone:
		r.keepPhone(p, start)
	default:
		p.Buf = appendHash(p.Buf[:start], p.Buf[start:])
		keep(p, f, start)
	}
}

// plain appends a value as it is hashed, or as it is sent: digests and a partner's ids.
func (r *preparer) plain(dst []byte, f int, s string) (out []byte, digest bool, reason string) {
	if f == fieldPartner {
		dst, reason = appendPartner(dst, s)
		return dst, false, reason
	}
	if hex, ok := bytesDigest(s); ok && !r.settings.first {
		s = hex
	}
	switch {
	case isDigest(s):
		return appendDigest(dst, s), true, ""
	case escapesBytes(s) && !r.settings.first:
		return dst, false, fieldName(f) + ": bytes that are no SHA-256 digest"
	case !r.settings.hash:
		return dst, false, fieldName(f) + ": not a SHA-256 digest, and hashing is off"
	}
	dst, reason = r.normalise(dst, f, s)
	return dst, false, reason
}

func (r *preparer) normalise(dst []byte, f int, s string) (out []byte, reason string) {
	if r.settings.first && (f == fieldPhone || f == fieldTwitterID) {
		return firstRules(dst, f, s, r.settings.region)
	}
	switch f {
	case fieldEmail:
		if r.settings.first {
			return firstEmail(dst, s)
		}
		return appendEmail(dst, s)
	case fieldPhone:
		return r.phones.append(dst, s)
	case fieldDevice:
		return appendDevice(dst, s)
	case fieldTwitterID:
		return appendTwitterID(dst, s)
	case fieldPartner:
		return appendPartner(dst, s)
	default:
		return appendHandle(dst, s)
	}
}

// keepPhone hashes the number at the end of p.Buf in each form that is wanted.
func (r *preparer) keepPhone(p *destination.Prepared, start int) {
	var number [phoneMax + 1]byte
	n := copy(number[:], p.Buf[start:])
	p.Buf = p.Buf[:start]
	if r.settings.e164 {
		p.Buf = appendHash(p.Buf, number[:n])
		keep(p, fieldPhone, start)
	}
	if r.settings.digits {
		start = len(p.Buf)
		p.Buf = appendHash(p.Buf, number[1:n])
		keep(p, fieldPhone, start)
	}
}

// fewValues is how many values of a field are searched one by one for a repeat.
const fewValues = 32

// keep makes an identity of the end of p.Buf, unless it repeats one of the last few.
func keep(p *destination.Prepared, f, start int) {
	value := p.Buf[start:len(p.Buf):len(p.Buf)]
	last := len(p.Identities) - 1
	for i := last; i >= 0 && i > last-fewValues && p.Identities[i].Field == f; i-- {
		if bytes.Equal(p.Identities[i].Value, value) {
			p.Buf = p.Buf[:start]
			return
		}
	}
	p.Identities = append(p.Identities, destination.Identity{Field: f, Value: value})
}

// dropRepeats removes repeats among the identities of one field, which begin at from
// and are too many to compare each with each.
func dropRepeats(p *destination.Prepared, from int) {
	seen := make(map[string]struct{}, len(p.Identities)-from)
	kept := p.Identities[:from]
	for _, id := range p.Identities[from:] {
		if _, repeat := seen[string(id.Value)]; !repeat {
			seen[string(id.Value)] = struct{}{}
			kept = append(kept, id)
		}
	}
	p.Identities = kept
}

func problem(p *destination.Prepared, f int, reason string) {
	p.Problems = append(p.Problems, destination.Problem{Field: f, Reason: reason})
}
