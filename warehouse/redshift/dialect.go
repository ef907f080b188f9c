package redshift

import (
	"fmt"
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// text is the type of all texts: TEXT, and VARCHAR without a length, hold 256 bytes.
// https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html
const text = "VARCHAR(65535)"

// tablesMark stands in a statement for the names of a schema's tables. Catalogs are the leader's
// alone, and cannot be read beside tables; the engine writes the names in.
const tablesMark = "eddy_tables_of"

func dialect(escapes bool) *warehouse.Dialect {
	d := &warehouse.Dialect{
		Types:     warehouse.Types{Text: text, Bigint: "BIGINT", Timestamp: "TIMESTAMPTZ", Clock: "GETDATE()"},
		Temporary: true,
		Views:     true,
		DropMany:  true,
		Tables:    tablesMark + "(%s)",
		// 28 bits of the hash: a number that has no sign.
		Hashing: warehouse.Hashing{Bucket: "STRTOL(LEFT(MD5(%s), 7), 16) %% 1024", MD5: "MD5(%s)"},
		Sample:  "WHERE RANDOM() * 100 < %[1]g",
		// A full join takes nothing but equalities of one side with the other. Blanks at an end
		// are of no matter to =, and are to the length.
		Same:   "(COALESCE(%[1]s, '') = COALESCE(%[2]s, '') AND COALESCE(LENGTH(%[1]s), -1) = COALESCE(LENGTH(%[2]s), -1))",
		Values: values(),
		Digest: "%s !~ '[^0-9A-Fa-f]'",
	}
	if escapes {
		d.QuoteText = warehouse.EscapeText
	}
	d.Canonical = canonical(d.Literal)
	return d
}

// values splits by number: there is neither UNNEST nor LATERAL. A text that is one value, as
// nearly all are, meets no numbers; one of 65535 bytes has no more values than there are numbers.
func values() string {
	var digits []string
	for d := range 16 {
		digits = append(digits, fmt.Sprintf("SELECT %d AS d", d))
	}
	digit := "(" + strings.Join(digits, " UNION ALL ") + ")"
	numbers := "(SELECT 1 + a.d + 16 * b.d + 256 * c.d + 4096 * e.d AS n FROM " + digit + " a CROSS JOIN " + digit + " b CROSS JOIN " + digit + " c CROSS JOIN " + digit + " e)"
	return "(SELECT %[2]s.*, %[3]s AS v FROM %[1]s AS %[2]s WHERE STRPOS(%[3]s, ',') = 0" +
		" UNION ALL SELECT %[2]s.*, SPLIT_PART(%[3]s, ',', eddy_numbers.n) AS v FROM %[1]s AS %[2]s JOIN " + numbers + " AS eddy_numbers" +
		" ON eddy_numbers.n <= LENGTH(%[3]s) - LENGTH(REPLACE(%[3]s, ',', '')) + 1 WHERE STRPOS(%[3]s, ',') > 0) AS %[2]s"
}

// canonical has the canonical forms in SQL. REGEXP_REPLACE replaces all that matches. There is
// no NORMALIZE: of a letter and the accents behind it nothing is left, as of the one letter
// that they are when composed, and the Kelvin sign composes to a K.
func canonical(lit func(string) string) map[eddy.Canonical]string {
	without := func(x, pattern string) string { return "REGEXP_REPLACE(" + x + ", " + lit(pattern) + ", '')" }
	const x = "%[1]s"
	composed := "REPLACE(" + x + ", '\u212a', 'k')"
	folded := func(x string, letters ...string) string {
		x = "LOWER(" + x + ")"
		for _, l := range letters {
			x = "REPLACE(" + x + ", '" + l + "', '')"
		}
		return x
	}
	ascii := without("TRANSLATE("+x+", '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789')", "[^\x01-\x7f]")
	// An exponent or an extension goes off the end, then a fraction of zeros.
	short := without(ascii, `([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$`)
	whole := "CASE WHEN " + short + " ~ " + lit(`^[^.]*[.]0*[^0-9.]*$`) + " THEN SPLIT_PART(" + short + ", '.', 1) ELSE " + short + " END"
	return map[eddy.Canonical]string{
		eddy.CanonicalText:    folded(without(x, `^.*\\x|[^0-9A-Za-z_]`), "i", "k"),
		eddy.CanonicalAddress: folded(without(composed, `^.*([:<]|\\x)|@[^@]*$|[A-Za-z][`+"\u0300-\u036f"+`]+|[^0-9A-Za-z._+-]`), "i"),
		eddy.CanonicalDigits:  "RIGHT(" + without(whole, "[^0-9]") + ", 6)",
		eddy.CanonicalExact:   without(x, `[^!-~]|[]["'{}]`),
	}
}
