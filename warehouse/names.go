package warehouse

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// slugLength keeps every table name within 63 bytes, the shortest limit among engines.
// Two connections with one slug would share their state, so the digest is not short.
const slugLength, slugDigest = 32, 6

// Quote writes an identifier so that any text is taken as one name.
func Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteText writes a text as an SQL literal.
func QuoteText(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// EscapeText writes a text as a literal of an engine in which a backslash stands for itself only
// where it is doubled.
func EscapeText(s string) string {
	return QuoteText(strings.ReplaceAll(s, `\`, `\\`))
}

// Slug makes the part of a table name that stands for a connection: the name itself
// where it is plain, else what is plain of it and a digest that keeps it apart.
func Slug(connection string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, strings.ToLower(connection))
	if plain == connection && len(plain) <= slugLength && !looksDigested.MatchString(plain) {
		return plain
	}
	sum := sha256.Sum256([]byte(connection))
	plain = plain[:min(len(plain), slugLength-2*slugDigest-1)]
	return plain + "_" + hex.EncodeToString(sum[:slugDigest])
}

// looksDigested matches names that could be the slug of another name.
var looksDigested = regexp.MustCompile(fmt.Sprintf("_[0-9a-f]{%d}$", 2*slugDigest))

// QuoteName quotes a possibly qualified name as users write it.
func QuoteName(name string) string {
	parts := SplitName(name)
	for i, p := range parts {
		parts[i] = Quote(p)
	}
	return strings.Join(parts, ".")
}

// JoinName writes a qualified name as users write it, so that [SplitName] takes it apart into
// these parts: those with a dot or a quote stand in double quotes.
func JoinName(parts ...string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		if out[i] = p; strings.ContainsAny(p, `."`) {
			out[i] = Quote(p)
		}
	}
	return strings.Join(out, ".")
}

// SplitName takes a possibly qualified name apart: parts separated by dots, each plain
// or in double quotes; a dot inside quotes belongs to its part.
func SplitName(name string) []string {
	var parts []string
	var part strings.Builder
	quoted := false
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '"' && quoted && i+1 < len(name) && name[i+1] == '"':
			part.WriteByte('"')
			i++
		case c == '"' && (quoted || part.Len() == 0):
			quoted = !quoted
		case c == '.' && !quoted:
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(c)
		}
	}
	return append(parts, part.String())
}
