package eddy

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hidden says that a rune acts on a text without being seen: control characters, those that
// turn the direction of writing (the property Bidi_Control of the Unicode standard, annex 9),
// the separators of lines and paragraphs, and bytes that are no text. Such runes let a name
// look like another one, and a line of output like two.
func hidden(r rune, size int) bool {
	return r == utf8.RuneError && size == 1 || unicode.IsControl(r) ||
		unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

// Visible shows a text that came from elsewhere, such as a name, on one line: what cannot be
// seen in it is written as its code point, <U+202E>. Shown twice it is the same.
func Visible(text string) string { return visible(text, "") }

// VisibleLines is [Visible] for texts of several lines: line ends and tabs stay.
func VisibleLines(text string) string { return visible(text, "\n\t") }

func visible(text, kept string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || hidden(r, 0) }) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case !hidden(r, size), strings.ContainsRune(kept, r) && r != utf8.RuneError:
			b.WriteRune(r)
		case r == utf8.RuneError:
			b.WriteRune(r) // a byte that is no text
		default:
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return b.String()
}

// BadName says what is wrong with a name that somebody gives: a control character, or one that
// turns the direction of writing. It is empty when nothing is.
func BadName(name string) string {
	for i, r := range name {
		if _, size := utf8.DecodeRuneInString(name[i:]); hidden(r, size) {
			return fmt.Sprintf("has a character in it that cannot be seen (U+%04X)", r)
		}
	}
	return ""
}

// CheckName refuses a name that [BadName] finds fault with; what says whose name it is.
func CheckName(what, name string) error {
	if why := BadName(name); why != "" {
		return &Error{Code: CodeUsage, What: "the name of " + what + " " + why, Mend: "Write it without control characters and marks of the direction of writing."}
	}
	return nil
}

// formula are the characters that make a spreadsheet take a cell for something to work out,
// also as full-width forms; see OWASP, CSV Injection. The bar and the percent sign begin one in
// older programs.
const formula = "=+-@|%＝＋－＠"

// Cells are the cells of a line of CSV, so that a spreadsheet runs none of them: one that would
// be taken for a formula, also after blanks or apostrophes, or that begins with a tab or a line
// end, begins with an apostrophe more. So does what stands behind a semicolon, a tab or a line
// end in a cell: where a comma parts decimals, spreadsheets part the cells of a file there,
// and take quotes in the middle of a line as they are. Nothing is lost: one of these parts has
// been changed exactly where it begins with an apostrophe and without that would be changed.
func Cells(texts ...string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = cell(text)
	}
	return out
}

func cell(text string) string {
	if !strings.ContainsAny(text, formula) && strings.IndexAny(strings.TrimLeft(text, "'"), lineEnds) != 0 {
		return text
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		end := strings.IndexAny(rest, ";\t\r\n") + 1
		if end == 0 {
			end = len(rest)
		}
		if runs(rest[:end]) || len(rest) == len(text) && strings.IndexAny(strings.TrimLeft(rest, "'"), lineEnds) == 0 {
			b.WriteByte('\'')
		}
		b.WriteString(rest[:end])
		rest = rest[end:]
	}
	return b.String()
}

// lineEnds are what older spreadsheets skip at the beginning of a cell.
const lineEnds = "\t\r\n\x00"

// runs says that a spreadsheet could run a cell.
func runs(text string) bool {
	rest := strings.TrimLeftFunc(text, func(r rune) bool {
		return r == '\'' || unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf)
	})
	r, _ := utf8.DecodeRuneInString(rest)
	return rest != "" && strings.ContainsRune(formula, r)
}
