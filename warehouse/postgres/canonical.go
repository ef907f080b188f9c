package postgres

import "github.com/eddy-retl/eddy"

// canonical has the canonical forms in SQL. replace() is ten times as fast as translate();
// texts of printable ASCII, and plain digits, nearly all, take the short way. A collation
// would lower other letters.
func canonical() map[eddy.Canonical]string {
	return map[eddy.Canonical]string{
		eddy.CanonicalText:    `replace(replace(replace(replace(lower(CASE WHEN %[1]s COLLATE "C" !~ '[^0-9A-Za-z_@-]' THEN %[1]s ELSE regexp_replace(%[1]s, '^.*\\x|[^0-9A-Za-z_]', '', 'g') END COLLATE "C"), 'i', ''), 'k', ''), '-', ''), '@', '')`,
		eddy.CanonicalAddress: `replace(lower(CASE WHEN %[1]s COLLATE "C" ~ '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$' THEN split_part(%[1]s, '@', 1) ELSE regexp_replace(CASE WHEN %[1]s COLLATE "C" ~ '[^ -~]' AND getdatabaseencoding() = 'UTF8' THEN normalize(%[1]s) ELSE %[1]s END, '^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '', 'g') END COLLATE "C"), 'i', '')`,
		eddy.CanonicalDigits:  `CASE WHEN %[1]s COLLATE "C" !~ '[^0-9+]' THEN right(%[1]s, 6) ELSE right(` + digits + `, 6) END`,
		eddy.CanonicalExact:   `regexp_replace(%[1]s, '[^\x21-\x7e]|["''\[\]{}]', '', 'g')`,
	}
}

// digits takes an exponent or an extension off a text, then a fraction of zeros, then
// everything but digits.
const digits = `regexp_replace(regexp_replace(regexp_replace(` + ascii + `, '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '\1'), '[^0-9]', '', 'g')`

// ascii makes full-width and Arabic digits ASCII and drops what else is not. It reads the
// bytes as octal numbers, because a statement that names those digits is an error in a
// database that is not of UTF-8, and so is to convert a text of one that is of no encoding.
const ascii = `CASE WHEN %[1]s COLLATE "C" !~ '[^\x01-\x7f]' THEN %[1]s ELSE regexp_replace(regexp_replace(regexp_replace(regexp_replace(encode(decode(replace(%[1]s, '\', '\\'), 'escape'), 'escape'), ` +
	`'\\357\\274\\22([0-7])|\\331\\24([0-7])|\\333\\26([0-7])', '\1\2\3', 'g'), '\\(357\\274\\230|331\\250|333\\270)', '8', 'g'), '\\(357\\274\\231|331\\251|333\\271)', '9', 'g'), '\\[0-7]{3}', '', 'g') END`
