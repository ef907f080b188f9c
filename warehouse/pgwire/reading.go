package pgwire

import (
	"regexp"
	"slices"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// Asks is how the catalog is asked about names: of all words, of which some look like calls,
// it tells those that a model may not name, with a nil text, and the text of what is to be
// looked through in turn.
type Asks func(all, called []string, tell func(name string, body []byte)) error

// OnlyReads refuses a model that names a function which does more than read. A transaction
// that is read only lets many of them pass: those that notify, write large objects or
// into the log of changes, dial out, lock, wait, end sessions, or carry out a text as SQL.
//
// It goes by words, and by no reading of SQL that could differ from the server's: whatever is
// written, and however it is quoted, the name of a function is a word of it. The views and the
// functions of the database's own that it names are looked through likewise. So a name in a
// comment is refused as well, and only a user of the database, who wrote operators, casts or row
// security that call more, or functions that put a name together, can hide one.
func (p Product) OnlyReads(m eddy.Model, ask Asks) error {
	text := m.SQL
	if m.Table != "" {
		text = warehouse.QuoteName(m.Table)
	}
	if escapedName.MatchString(text) {
		return refused("it has a name with escapes in it (U&\"...\")")
	}
	seen, seenCalled := map[string]bool{}, map[string]bool{}
	for texts := []string{text}; len(texts) > 0; {
		all, called := wordsOf(texts, p.LongestName)
		called = unseen(seenCalled, called)
		all = append(unseen(seen, all), called...)
		texts = nil
		writes := ""
		err := ask(all, called, func(name string, body []byte) {
			if body == nil {
				writes = name
				return
			}
			texts = append(texts, string(body))
		})
		if err != nil {
			return err
		}
		if writes != "" {
			return refused("it names " + writes + ", or something that does: a function that may do more than read")
		}
	}
	return nil
}

// unseen are the words that were not asked for yet, which they are from now on.
func unseen(seen map[string]bool, words []string) []string {
	return slices.DeleteFunc(words, func(w string) bool {
		before := seen[w]
		seen[w] = true
		return before
	})
}

func refused(why string) error {
	return &eddy.Error{Code: eddy.CodeSource, What: "the model cannot be used: " + why, Mend: "A model only reads: take it out, also where it stands in a comment or in a text."}
}

// escapedName is an identifier that spells its letters as code points; see the PostgreSQL manual,
// section 4.1.2.3.
var escapedName = regexp.MustCompile(`(?i)u&"`)

// wordsOf are all texts that could be a name in SQL, however it is read: each run of letters,
// digits and what else a name may have, and all that stands between two double quotes; as
// they are and in lower case. Those are called that have a bracket behind them, or a comment that
// may hide one.
func wordsOf(texts []string, longest int) (all, called []string) {
	add := func(w, rest string) {
		if w == "" {
			return
		}
		w = w[:min(len(w), longest)]
		forms := []string{strings.ToValidUTF8(w, ""), strings.ToValidUTF8(strings.ToLower(w), "")}
		all = append(all, forms...)
		if call.MatchString(rest) {
			called = append(called, forms...)
		}
	}
	for _, text := range texts {
		at := 0
		for quoted := range strings.SplitSeq(text, `"`) {
			at += len(quoted)
			add(quoted, text[at:])
			at++
		}
		for _, span := range word.FindAllStringIndex(text, -1) {
			w, rest := text[span[0]:span[1]], text[span[1]:]
			add(w, rest)
			// A number may stand before a name without a blank, and so may the end of a text.
			add(strings.TrimLeft(w, "0123456789"), rest)
			for part := range strings.SplitSeq(w, "$") {
				add(part, rest)
			}
		}
	}
	slices.Sort(all)
	slices.Sort(called)
	return slices.Compact(all), slices.Compact(called)
}

var (
	// word is what an unquoted name is made of, and a number; see the manual, section 4.1.1.
	word = regexp.MustCompile(`[A-Za-z0-9_$\x{80}-\x{10FFFF}]+`)
	call = regexp.MustCompile(`^"?\s*(\(|--|/\*)`)
)
