package duckdb

import (
	"context"
	"regexp"
	"slices"
	"strings"
)

// namesOnlyReads refuses a model that names a view or a macro of the user's database which
// calls, itself or by another one, a function that does more than read. It goes by words, so
// that no way of writing a name hides one.
func (s *session) namesOnlyReads(ctx context.Context, model string) error {
	defined := map[string]string{} // what the names of the database stand for
	const all = "SELECT lower(function_name), macro_definition FROM duckdb_functions() WHERE NOT internal AND macro_definition IS NOT NULL " +
		"UNION ALL SELECT lower(view_name), sql FROM duckdb_views() WHERE NOT internal"
	err := s.query(ctx, all, func(row [][]byte) error {
		defined[string(row[0])] += "\n" + string(row[1]) // a macro may have several forms
		return nil
	})
	if err != nil {
		return err
	}
	for texts := []string{model}; len(texts) > 0; texts = texts[1:] {
		for name, text := range defined {
			if !names(texts[0], name) {
				continue
			}
			if call := refusedCall.FindStringSubmatch(text); call != nil {
				return doesMore(name + " of the database, which calls " + strings.ToLower(call[1]))
			}
			delete(defined, name)
			texts = append(texts, text)
		}
	}
	return nil
}

// names says whether a name, which is in lower case, stands in a text as a word; one that is
// no word, as it is or with its quotes doubled.
func names(text, name string) bool {
	text = strings.ToLower(text)
	if word.FindString(name) != name {
		return strings.Contains(text, name) || strings.Contains(text, strings.ReplaceAll(name, `"`, `""`)) || strings.Contains(text, strings.ReplaceAll(name, "'", "''"))
	}
	return slices.Contains(word.FindAllString(text, -1), name)
}

var (
	word = regexp.MustCompile(`[\pL\pN_$]+`)
	// refusedCall is the name of a function that is refused, with what may be the bracket of a
	// call behind it. DuckDB takes more for blanks than is said to be white space.
	refusedCall = regexp.MustCompile(`(?i)(?:^|[^\pL\pN_$])(` + strings.Join(refused(), "|") + `)"?[\s\pZ\p{Cf}]*(?:\(|--|/\*)`)
)

func doesMore(what string) error {
	return notSelect("it calls " + what + ", which does more than read")
}
