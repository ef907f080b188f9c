package xaudience

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Why an e-mail address is refused.
const (
	emailNoAt      = "email: no @"
	emailNoLocal   = "email: nothing before the @"
	emailNoDomain  = "email: no domain"
	emailAts       = "email: more than one @"
	emailSpace     = "email: space inside"
	emailControl   = "email: control character or invisible mark inside"
	emailBroken    = "email: broken text"
	emailBracket   = "email: bracket without the other one"
	emailAngles    = "email: < and > not around one address at the end"
	emailSemicolon = "email: semicolon inside; lists are parted by commas"
	emailQuote     = "email: quote without the other one"
	emailSign      = "email: sign that no address has"
	emailPercent   = "email: percent-encoded"
	emailDots      = "email: two dots in a row"
	emailForms     = "email: letters of another width or form"
	emailCase      = "email: letter whose lower case depends on the language"
	emailLong      = "email: longer than 254 bytes"

	domainDot        = "email: dot at an end of the domain"
	domainOne        = "email: domain without a dot"
	domainSign       = "email: sign that no domain has"
	domainHyphen     = "email: hyphen at an end of a part of the domain"
	domainLong       = "email: part of the domain longer than 63 characters"
	domainNumber     = "email: domain ends in a number"
	domainUnderscore = "email: underscore in the last part of the domain"
	domainUnicode    = "email: not an international domain"
)

// emailMax is how many bytes an address has at most (RFC 5321, 4.5.3.1.3).
const emailMax = 254

// appendEmail appends an address in lower case. X says nothing of dots and plus tags, so
// they stay as they are. It says nothing of letters beyond ASCII either: they are composed
// (Unicode NFC), and an international domain is written in its ASCII form, as mail
// servers do.
func appendEmail(dst []byte, s string) (out []byte, reason string) {
	ascii := isASCII(s)
	if !ascii {
		if !utf8.ValidString(s) {
			return dst, emailBroken
		}
		s = norm.NFC.String(s)
	}
	if s, reason = bareAddress(s); reason != "" {
		return dst, reason
	}
	start := len(dst)
	dst, ok := appendLower(dst, s)
	if !ok {
		return dst, unreadable(s)
	}
	if !ascii {
		if reason = uncertain(s); reason != "" {
			return dst, reason
		}
	}
	at := start + bytes.LastIndexByte(dst[start:], '@')
	if at < start {
		return dst, emailNoAt
	}
	if reason = checkLocal(dst[start:at]); reason != "" {
		return dst, reason
	}
	if dst, reason = asciiDomain(dst, at+1); reason != "" {
		return dst, reason
	}
	if len(dst)-start > emailMax {
		return dst, emailLong
	}
	return dst, checkDomain(dst[at+1:])
}

// appendPlainEmail appends what appendEmail does where an address is of letters, digits and
// . _ + - alone, and has nothing around it or wrong with it; ok is false for all others.
func appendPlainEmail(dst []byte, s string) (out []byte, ok bool) {
	if len(s) > emailMax {
		return dst, false
	}
	start, at, before := len(dst), -1, byte('@')
	dst = slices.Grow(dst, len(s))[:start+len(s)]
	out = dst[start:]
	for i := range len(s) {
		c := lower(s[i])
		switch {
		case alphanumeric(c), c == '_', c == '+', c == '-':
		case c == '.':
			if before == c {
				return dst[:start], false
			}
		case c == '@' && at < 0:
			at = i
		default:
			return dst[:start], false
		}
		out[i], before = c, c
	}
	if at < 1 || bytes.Contains(out[at+1:], []byte(international)) || checkDomain(out[at+1:]) != "" {
		return dst[:start], false
	}
	return dst, true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// uncertain refuses letters that only look like others, and those whose lower case another
// program would write otherwise.
func uncertain(s string) (reason string) {
	switch {
	case strings.ContainsAny(s, "İΣ"):
		return emailCase
	case !norm.NFKC.IsNormalString(s):
		return emailForms
	default:
		return ""
	}
}

// bareAddress takes off what stands around an address in mail programs and web pages: a
// semicolon behind it, a name and angle brackets, mailto.
func bareAddress(s string) (address, reason string) {
	for strings.HasSuffix(s, ";") {
		s = trim(s[:len(s)-1])
	}
	if strings.ContainsAny(s, "<>") {
		name, inner, _ := strings.Cut(s, "<")
		inner, closed := strings.CutSuffix(inner, ">")
		if !closed || strings.ContainsAny(name, "@>") || strings.ContainsAny(inner, "<>") {
			return s, emailAngles
		}
		s = trim(inner)
	}
	const scheme = "mailto:"
	if len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
		s = trim(s[len(scheme):])
	}
	switch {
	case strings.IndexByte(s, ';') >= 0:
		return s, emailSemicolon
	case s == "":
		return s, emailNoAt
	case halfBracket(s):
		return s, emailBracket
	default:
		return s, ""
	}
}

// unreadable says what appendLower met.
func unreadable(s string) (reason string) {
	for _, r := range s {
		if unicode.IsControl(r) || invisible(r) {
			return emailControl
		}
	}
	return emailSpace
}

// checkLocal checks what stands before the @. In quotes it may have an @ itself.
func checkLocal(local []byte) (reason string) {
	n := len(local)
	switch {
	case n == 0:
		return emailNoLocal
	case n > 2 && local[0] == '"' && local[n-1] == '"':
		if bytes.ContainsAny(local[1:n-1], `"\`) {
			return emailQuote
		}
		return ""
	case isQuote(local[0]):
		return emailQuote
	case bytes.IndexByte(local, '@') >= 0:
		return emailAts
	case bytes.Contains(local, []byte("..")):
		return emailDots
	case percentEncoded(local):
		return emailPercent
	default:
		return checkSigns(local)
	}
}

// percentEncoded reports whether there is a % with two hexadecimal digits behind it.
func percentEncoded(local []byte) bool {
	for i := 0; i+2 < len(local); i++ {
		if local[i] == '%' && hexDigits[local[i+1]]|hexDigits[local[i+2]] < 0x80 {
			return true
		}
	}
	return false
}

// checkSigns lets the signs of RFC 5322, 3.2.3 pass, and letters, accents and digits of
// all scripts (RFC 6532).
func checkSigns(local []byte) (reason string) {
	for i := 0; i < len(local); {
		c := local[i]
		if c < utf8.RuneSelf {
			if !alphanumeric(c) && strings.IndexByte("._-+!#$%&'*/=?^`{|}~", c) < 0 {
				return emailSign
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(local[i:])
		mark := unicode.IsMark(r)
		if mark && i == 0 || !mark && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return emailSign
		}
		i += n
	}
	return ""
}

// asciiDomain writes a domain beyond ASCII, which begins at from, in its ASCII form, and
// checks one that is in that form already.
func asciiDomain(dst []byte, from int) (out []byte, reason string) {
	domain := dst[from:]
	ascii := !bytes.ContainsFunc(domain, func(r rune) bool { return r >= utf8.RuneSelf })
	if ascii && !bytes.Contains(domain, []byte(international)) {
		return dst, ""
	}
	text, err := domains().ToASCII(string(domain))
	if err != nil {
		return dst, domainUnicode
	}
	return append(dst[:from], text...), ""
}

// international begins a part of a domain that stands for letters beyond ASCII.
const international = "xn--"

// domains reads international domains by IDNA 2008, under which ß and the Greek
// final sigma are letters of their own.
func domains() *idna.Profile {
	return idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.CheckJoiners(true), idna.VerifyDNSLength(true))
}

// checkDomain checks an ASCII domain in lower case.
func checkDomain(domain []byte) (reason string) {
	n := len(domain)
	switch {
	case n == 0:
		return emailNoDomain
	case bytes.Contains(domain, []byte("..")):
		return emailDots
	case domain[0] == '.', domain[n-1] == '.':
		return domainDot
	}
	dots := 0
	for {
		label, rest, more := bytes.Cut(domain, []byte("."))
		if reason = checkLabel(label); reason != "" {
			return reason
		}
		if !more {
			return checkLast(label, dots)
		}
		domain = rest
		dots++
	}
}

func checkLabel(label []byte) (reason string) {
	for _, c := range label {
		if !alphanumeric(c) && c != '-' && c != '_' {
			return domainSign
		}
	}
	switch n := len(label); {
	case label[0] == '-', label[n-1] == '-':
		return domainHyphen
	case n > 63:
		return domainLong
	default:
		return ""
	}
}

// checkLast checks the last label of a domain. Underscores do stand in front of it, in
// names of machines.
func checkLast(label []byte, dots int) (reason string) {
	number := len(bytes.Trim(label, "0123456789")) == 0
	switch {
	case dots == 0:
		return domainOne
	case number:
		return domainNumber
	case bytes.IndexByte(label, '_') >= 0:
		return domainUnderscore
	default:
		return ""
	}
}
