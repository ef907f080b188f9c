package databricks

import (
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// dialect is that of Databricks SQL, of a ledger in one schema. WITH queries become part of the
// statement, and texts compare byte by byte. xxhash64 is the same in all versions.
func dialect(catalog, schema string) *warehouse.Dialect {
	// A catalog lists its own tables only, so that the schema stands here; %.0s is nothing.
	verbatim := func(s string) string { return strings.ReplaceAll(s, "%", "%%") }
	return &warehouse.Dialect{
		Types: warehouse.Types{
			Text: "STRING", Bigint: "BIGINT", Timestamp: "TIMESTAMP",
			Later: "timestampadd(SECOND, %[2]d, %[1]s)", Clock: "current_timestamp()",
		},
		Writing: warehouse.Writing{QuoteName: quote, QuoteText: literal},
		Views:   true,
		Tables: "(SELECT table_name AS name FROM " + verbatim(quote(catalog)) + ".information_schema.tables WHERE table_schema = " +
			verbatim(literal(strings.ToLower(schema))) + "%.0s)",
		Hashing:   warehouse.Hashing{Bucket: "pmod(xxhash64(%s), 1024)", MD5: "md5(%s)"},
		Sample:    "WHERE rand() * 100 < %[1]g",
		Same:      "%s <=> %s",
		Values:    "(SELECT %[2]s.*, eddy_values.v FROM %[1]s AS %[2]s LATERAL VIEW explode(split(%[3]s, ',')) eddy_values AS v) AS %[2]s",
		Canonical: canonical(),
		Digest:    "%s RLIKE '[0-9A-Fa-f]{64}'",
	}
}

// canonical has the canonical forms in SQL, with the regular expressions of Java. There is no
// composed form: of a letter and the accents behind it nothing is left, as of the one letter that
// they are when composed, and the Kelvin sign composes to a K.
func canonical() map[eddy.Canonical]string {
	const x = "%[1]s"
	replaced := func(x, pattern, by string) string {
		return "regexp_replace(" + x + ", " + literal(pattern) + ", " + literal(by) + ")"
	}
	without := func(x, pattern string) string { return replaced(x, pattern, "") }
	ascii := without("translate("+x+", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789')", `[^\x01-\x7f]`)
	// An exponent or an extension goes off the end, then a fraction of zeros.
	short := without(ascii, `([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$`)
	whole := replaced(short, `^([^.]*)[.]0*[^0-9.]*$`, "$1")
	return map[eddy.Canonical]string{
		eddy.CanonicalText:    "translate(lower(" + without(x, `(?s)^.*\\x|[^0-9A-Za-z_]`) + "), 'ik', '')",
		eddy.CanonicalAddress: "translate(lower(" + without("replace("+x+", '\u212a', 'k')", `(?s)^.*([:<]|\\x)|@[^@]*$|[A-Za-z][\u0300-\u036f]+|[^0-9A-Za-z._+-]`) + "), 'i', '')",
		eddy.CanonicalDigits:  "right(" + without(whole, "[^0-9]") + ", 6)",
		eddy.CanonicalExact:   without(x, `[^\x21-\x7e]|["'\[\]{}]`),
	}
}
