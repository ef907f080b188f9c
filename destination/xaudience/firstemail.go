package xaudience

import "bytes"

// firstEmail reads an address by the rules of settings of version 1, under which versions
// were sent that may still be held: what was called an address then has to leave as that
// (promise 1). Nothing was taken off, and hardly anything refused.
func firstEmail(dst []byte, s string) (out []byte, reason string) {
	start := len(dst)
	dst, ok := appendLower(dst, s)
	if !ok {
		return dst, unreadable(s)
	}
	email := dst[start:]
	at := bytes.LastIndexByte(email, '@')
	if at < 0 {
		return dst, emailNoAt
	}
	local, domain := email[:at], email[at+1:]
	n := len(local)
	quoted := n > 2 && local[0] == '"' && local[n-1] == '"'
	switch {
	case n == 0:
		return dst, emailNoLocal
	case len(domain) == 0:
		return dst, emailNoDomain
	case bytes.IndexByte(local, '@') >= 0 && !quoted:
		return dst, emailAts
	case domain[0] == '.', domain[len(domain)-1] == '.':
		return dst, domainDot
	case bytes.Contains(domain, []byte("..")):
		return dst, emailDots
	default:
		return dst, ""
	}
}
