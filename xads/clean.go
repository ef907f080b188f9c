package xads

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A server may send texts of any length.
const (
	maxRawBytes  = 4096 // that are looked at
	maxTextRunes = 300  // that are left of them
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

// clean shortens a text, takes control and invisible characters out of it, and puts
// placeholders for secrets, e-mail addresses and digests.
func (c cleaner) clean(s string) string { return truncate(c.maskSecrets(s)) }

// cleanWithoutQuotes also hides what a text quotes: X's messages quote the values that
// they refuse (`Expected Long, got "..." for ...`; X Ads API docs, Error Codes). Where
// quotes are escaped, or one has no partner, nobody can tell what stands between two and
// what within: all that follows the first is hidden.
func (c cleaner) cleanWithoutQuotes(s string) string {
	s = c.maskSecrets(s)
	if first := strings.IndexByte(s, '"'); first >= 0 && (strings.Contains(s, `\`) || strings.Count(s, `"`)%2 == 1) {
		s = s[:first+1] + `…"`
	}
	return truncate(c.quoted.ReplaceAllString(s, `"…"`))
}

// maskSecrets takes invisible characters out first: they could hide a digest from the
// patterns.
func (c cleaner) maskSecrets(s string) string {
	s = strings.Map(printable, strings.ToValidUTF8(s[:min(len(s), maxRawBytes)], ""))
	s = c.secrets.Replace(s)
	s = c.oauth.ReplaceAllString(s, "[secret]")
	s = c.address.ReplaceAllString(s, "[e-mail]")
	return c.digest.ReplaceAllString(s, "[digest]")
}

// printable maps a rune to what is shown of it: line ends and tabs become blanks, and
// other runes that do not print are dropped.
func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return ' '
	case !unicode.IsPrint(r):
		return -1
	}
	return r
}

func truncate(s string) string {
	if utf8.RuneCountInString(s) <= maxTextRunes {
		return s
	}
	return string([]rune(s)[:maxTextRunes-1]) + "…"
}

// wordSet is a set of words in lower case.
type wordSet map[string]bool

// partnerIDWords are the words of a users body that it carries as they are, and not as
// digests: those of partner_user_id. X may repeat them in its messages.
func partnerIDWords(body []byte) wordSet {
	words := wordSet{}
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
			for word := range strings.FieldsFuncSeq(id, isWordBreak) {
				words[strings.ToLower(word)] = true
			}
		}
	}
}

// isWordBreak reports whether a rune separates words.
func isWordBreak(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// hideIn puts an ellipsis in the place of each of the words in a text.
func (s wordSet) hideIn(text string) string {
	if len(s) == 0 {
		return text
	}
	var b strings.Builder
	for text != "" {
		end := strings.IndexFunc(text, isWordBreak)
		if end < 0 {
			end = len(text)
		}
		if word := text[:end]; s[strings.ToLower(word)] {
			b.WriteString("…")
		} else {
			b.WriteString(word)
		}
		rest := strings.TrimLeftFunc(text[end:], isWordBreak)
		b.WriteString(text[end : len(text)-len(rest)])
		text = rest
	}
	return b.String()
}
