package xads

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts of a server are input. maxText, in characters, is what remains of one;
// maxRaw, in bytes, is what is looked at in the first place.
const (
	maxText = 300
	maxRaw  = 4096
)

// cleaner makes texts of a server fit for logs and terminals.
type cleaner struct {
	secrets                        *strings.Replacer
	oauth, address, digest, quoted *regexp.Regexp
}

func newCleaner(credentials Credentials) cleaner {
	var pairs []string
	credentials.each(func(_, value string) {
		// A short value, as test servers have, is no secret but part of many words.
		if len(value) >= 8 {
			pairs = append(pairs, value, "[secret]")
		}
	})
	return cleaner{
		secrets: strings.NewReplacer(pairs...),
		oauth:   regexp.MustCompile(`(?i)oauth_[a-z_]+(=|%3D|"?\s*:\s*)("[^"]*"|[^\s,"]+)`),
		address: regexp.MustCompile(`[^\s"'<>()\[\]{},;:=]+(@|%40)[^\s"'<>()\[\]{},;:=]+`),
		digest:  regexp.MustCompile(`[0-9a-fA-F]{64,}`),
		quoted:  regexp.MustCompile("\"[^\"]*(\"|$)|“[^”]*(”|$)|`[^`]*(`|$)|\\B'[^']*('\\B|$)"),
	}
}

// text bounds a text, takes control and invisible characters out of it, and puts
// placeholders for secrets, e-mail addresses and digests.
func (c cleaner) text(s string) string { return cut(c.mask(s)) }

// anonymous also hides what a message quotes: X's messages quote the values that
// they refuse (`Expected Long, got "..." for ...`; X Ads API docs, Error Codes).
func (c cleaner) anonymous(s string) string {
	return cut(c.quoted.ReplaceAllString(c.mask(s), `"…"`))
}

// mask takes odd characters out first: they could hide a digest from the patterns.
func (c cleaner) mask(s string) string {
	s = strings.Map(visible, strings.ToValidUTF8(s[:min(len(s), maxRaw)], ""))
	s = c.secrets.Replace(s)
	s = c.oauth.ReplaceAllString(s, "[secret]")
	s = c.address.ReplaceAllString(s, "[e-mail]")
	return c.digest.ReplaceAllString(s, "[digest]")
}

func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

func cut(s string) string {
	if utf8.RuneCountInString(s) <= maxText {
		return s
	}
	return string([]rune(s)[:maxText-1]) + "…"
}

// sent are the words of the values that a users body carries as they are, and not as
// digests: those of partner_user_id. X may repeat them in its messages.
type sent map[string]bool

// sentWords reads them out of a body.
func sentWords(body []byte) sent {
	words := sent{}
	for {
		_, rest, found := bytes.Cut(body, []byte(`"partner_user_id"`))
		if !found {
			return words
		}
		body = rest
		list, isKey := bytes.CutPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte(":"))
		var ids []string
		if !isKey || json.NewDecoder(bytes.NewReader(list)).Decode(&ids) != nil {
			continue
		}
		for _, id := range ids {
			for word := range strings.FieldsFuncSeq(id, between) {
				words[strings.ToLower(word)] = true
			}
		}
	}
}

// between reports whether a rune separates words.
func between(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// hide puts an ellipsis in the place of each of the words.
func (s sent) hide(text string) string {
	if len(s) == 0 {
		return text
	}
	var b strings.Builder
	for text != "" {
		end := strings.IndexFunc(text, between)
		if end < 0 {
			end = len(text)
		}
		if word := text[:end]; s[strings.ToLower(word)] {
			b.WriteString("…")
		} else {
			b.WriteString(word)
		}
		rest := strings.TrimLeftFunc(text[end:], between)
		b.WriteString(text[end : len(text)-len(rest)])
		text = rest
	}
	return b.String()
}
