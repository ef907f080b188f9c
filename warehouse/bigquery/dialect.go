package bigquery

import (
	"strings"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// dialect is GoogleSQL's, of a ledger in one dataset. WITH queries become part of the statement.
// A full join wants nothing but equalities of both sides, also where both are NULL: as JSON the
// texts are apart from NULL.
func dialect(schema string) *warehouse.Dialect {
	return &warehouse.Dialect{
		Types: warehouse.Types{
			Text: "STRING", Bigint: "INT64", Timestamp: "TIMESTAMP",
			Later: "TIMESTAMP_ADD(%[1]s, INTERVAL %[2]d SECOND)",
			Clock: "CURRENT_TIMESTAMP()",
		},
		Writing: warehouse.Writing{QuoteName: quote, QuoteText: literal, Union: "UNION DISTINCT", Expires: true, BothSides: true},
		Views:   true,
		// A dataset lists its own tables only, so that it stands here; %.0s is nothing.
		Tables:    "(SELECT table_name AS name FROM " + strings.ReplaceAll(schema, "%", "%%") + ".INFORMATION_SCHEMA.TABLES WHERE TRUE%.0s)",
		Hashing:   warehouse.Hashing{Bucket: "FARM_FINGERPRINT(%s) & 1023", MD5: "TO_HEX(MD5(%s))"},
		Sample:    "WHERE RAND() < %[1]g / 100",
		Same:      "TO_JSON_STRING(%s) = TO_JSON_STRING(%s)",
		Values:    "%[1]s AS %[2]s CROSS JOIN UNNEST(SPLIT(%[3]s, ',')) AS v",
		Canonical: canonical(),
		Digest:    "REGEXP_CONTAINS(%s, r'^[0-9A-Fa-f]{64}$')",
	}
}

// canonical has the canonical forms in SQL; see [eddy.Canonical].
func canonical() map[eddy.Canonical]string {
	return map[eddy.Canonical]string{
		eddy.CanonicalText:    `REPLACE(REPLACE(LOWER(REGEXP_REPLACE(%s, r'(?s)^.*\\x|[^0-9A-Za-z_]', '')), 'i', ''), 'k', '')`,
		eddy.CanonicalAddress: `REPLACE(LOWER(REGEXP_REPLACE(NORMALIZE(%s, NFC), r'(?s)^.*([:<]|\\x)|@[^@]*$|[^0-9A-Za-z._+-]', '')), 'i', '')`,
		eddy.CanonicalDigits:  `RIGHT(` + digits + `, 6)`,
		eddy.CanonicalExact:   `REGEXP_REPLACE(%s, r'[^\x21-\x7e]|["\'\[\]{}]', '')`,
	}
}

// digits takes an exponent or an extension off a text, then a fraction of zeros, then everything
// but digits.
const digits = `REGEXP_REPLACE(REGEXP_REPLACE(REGEXP_REPLACE(` + ascii + `, r'([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), r'^([^.]*)[.]0*[^0-9.]*$', r'\1'), r'[^0-9]', '')`

// ascii makes full-width, Arabic and Persian digits ASCII, and drops what else is not.
const ascii = `REGEXP_REPLACE(TRANSLATE(%s, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), r'[^\x01-\x7f]', '')`
