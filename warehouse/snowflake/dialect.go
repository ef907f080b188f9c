package snowflake

import (
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// dialect is Snowflake's, of a ledger in one schema. A hash is the same for as long as Snowflake
// does not say otherwise, which it may with a release: so a bucket is worked out once, and kept in
// the changes.
func dialect(database, schema string) *warehouse.Dialect {
	// A database lists its own tables only, so that the schema stands here; %.0s is nothing.
	literal := func(s string) string { return strings.ReplaceAll(s, "%", "%%") }
	return &warehouse.Dialect{
		Types: warehouse.Types{
			Text: "VARCHAR", Bigint: "BIGINT", Timestamp: "TIMESTAMP_TZ", Moment: "TO_TIMESTAMP_TZ(%s)",
			Later: "DATEADD(second, %[2]d, %[1]s)",
			Clock: "CURRENT_TIMESTAMP()",
		},
		Writing: warehouse.Writing{QuoteText: warehouse.EscapeText},
		Views:   true,
		Tables: "(SELECT LOWER(TABLE_NAME) AS name FROM " + literal(warehouse.Quote(database)) + ".INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = " +
			literal(literalOf(schema)) + "%.0s)",
		Hashing:   warehouse.Hashing{Bucket: "MOD(ABS(HASH(%s)), 1024)", MD5: "MD5(%s)"},
		Sample:    "SAMPLE (%[2]d ROWS)",
		Same:      "%s IS NOT DISTINCT FROM %s",
		Values:    "(SELECT %[2]s.*, CAST(eddy_values.VALUE AS VARCHAR) AS v FROM %[1]s AS %[2]s, LATERAL FLATTEN(INPUT => SPLIT(%[3]s, ',')) AS eddy_values) AS %[2]s",
		Digest:    "REGEXP_LIKE(%s, '[0-9A-Fa-f]{64}')",
		Canonical: canonical(),
	}
}

// canonical has the canonical forms in SQL. REGEXP_REPLACE replaces all that matches. There is
// no composed form: of a letter and the accents behind it nothing is left, as of the one letter
// that they are when composed, and the Kelvin sign composes to a K. No pattern has a backslash.
func canonical() map[eddy.Canonical]string {
	const x = "%[1]s"
	without := func(x, pattern string) string { return "REGEXP_REPLACE(" + x + ", '" + pattern + "', '')" }
	bytes := func(x string) string { return `REPLACE(` + x + `, '\\x', '<')` }
	ascii := without("TRANSLATE("+x+", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789')", "[^ -~]")
	// An exponent or an extension goes off the end, then a fraction of zeros.
	short := without(ascii, `([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$`)
	whole := "CASE WHEN REGEXP_LIKE(" + short + ", '[^.]*[.]0*[^0-9.]*') THEN SPLIT_PART(" + short + ", '.', 1) ELSE " + short + " END"
	return map[eddy.Canonical]string{
		eddy.CanonicalText:    "TRANSLATE(LOWER(" + without(bytes(x), "^([^<]*<)+|[^0-9A-Za-z_]") + "), 'ik', '')",
		eddy.CanonicalAddress: "TRANSLATE(LOWER(" + without(bytes("REPLACE("+x+", '\u212a', 'k')"), "^([^:<]*[:<])+|@[^@]*$|[A-Za-z][\u0300-\u036f]+|[^0-9A-Za-z._+-]") + "), 'i', '')",
		eddy.CanonicalDigits:  "RIGHT(" + without(whole, "[^0-9]") + ", 6)",
		eddy.CanonicalExact:   "TRANSLATE(" + without(x, "[^!-~]") + `, '[]{}"''', '')`,
	}
}
