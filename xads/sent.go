package xads

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

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
