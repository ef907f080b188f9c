package trino

import (
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// dialect is Trino's, of a ledger in one schema. WITH queries become part of the statement, and
// texts compare by their code points, always.
func dialect(catalog, schema string) *warehouse.Dialect {
	// A catalog lists its own tables only, so that the schema stands here; %.0s is nothing.
	literal := func(s string) string { return strings.ReplaceAll(s, "%", "%%") }
	return &warehouse.Dialect{
		Types: warehouse.Types{
			Text: "varchar", Bigint: "bigint", Timestamp: "timestamp(6) with time zone",
			Moment: "CAST(from_iso8601_timestamp_nanos(%s) AS timestamp(6) with time zone)",
		},
		Views: true,
		Tables: "(SELECT table_name AS name FROM " + literal(warehouse.Quote(catalog)) + ".information_schema.tables WHERE table_schema = " +
			literal(warehouse.QuoteText(strings.ToLower(schema))) + "%.0s)",
		Hashing:   warehouse.Hashing{Bucket: "CAST(bitwise_and(from_big_endian_64(xxhash64(to_utf8(%s))), 1023) AS integer)", MD5: "lower(to_hex(md5(to_utf8(%s))))"},
		Sample:    "TABLESAMPLE BERNOULLI (%[1]g)",
		Same:      "%s IS NOT DISTINCT FROM %s",
		Values:    "%[1]s AS %[2]s CROSS JOIN UNNEST(split(%[3]s, ',')) AS %[2]s_values(v)",
		Canonical: canonical(),
		Digest:    `regexp_like(%s, '^[0-9A-Fa-f]{64}$')`,
	}
}

// canonical has the canonical forms in SQL; see [eddy.Canonical].
func canonical() map[eddy.Canonical]string {
	return map[eddy.Canonical]string{
		eddy.CanonicalText:    `replace(replace(lower(regexp_replace(%s, '(?s)^.*\\x|[^0-9A-Za-z_]', '')), 'i', ''), 'k', '')`,
		eddy.CanonicalAddress: `replace(lower(regexp_replace(normalize(%s, NFC), '(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '')`,
		eddy.CanonicalDigits:  `regexp_extract(` + digits + `, '[0-9]{0,6}$')`,
		eddy.CanonicalExact:   `regexp_replace(%s, '[^\x21-\x7e]|["''\[\]{}]', '')`,
	}
}

// digits takes an exponent or an extension off a text, then a fraction of zeros, then everything
// but digits.
const digits = `regexp_replace(regexp_replace(regexp_replace(` + ascii + `, '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '^([^.]*)[.]0*[^0-9.]*$', '$1'), '[^0-9]', '')`

// ascii makes full-width, Arabic and Persian digits ASCII, and drops what else is not.
const ascii = `regexp_replace(translate(%s, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\x01-\x7f]', '')`
