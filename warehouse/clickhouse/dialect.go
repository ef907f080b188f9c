package clickhouse

import (
	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

// settings make ClickHouse read the statements of a ledger as the standard has it: types can be
// NULL, a join's absent side is NULL, tables need no engine named, and what a statement did is
// done when it returns.
func settings() driver.Settings {
	return driver.Settings{
		"data_type_default_nullable":                             1,
		"cast_keep_nullable":                                     1,
		"join_use_nulls":                                         1,
		"union_default_mode":                                     "DISTINCT",
		"default_table_engine":                                   "MergeTree",
		"create_table_empty_primary_key_by_default":              1,
		"cast_string_to_date_time_mode":                          "best_effort",
		"async_insert":                                           0,
		"lightweight_deletes_sync":                               2,
		"database_atomic_wait_for_drop_and_detach_synchronously": 1,
	}
}

// ofViews keeps a view's meaning when a user reads it, with settings of their own.
const ofViews = "\nSETTINGS cast_keep_nullable = 1, join_use_nulls = 1, union_default_mode = 'DISTINCT'"

// dialect is ClickHouse's. Scratch tables of a look are its session's own; those of a run are
// tables like others, because a session's are kept in memory.
func dialect(look bool) *warehouse.Dialect {
	return &warehouse.Dialect{
		Types:     warehouse.Types{Text: "String", Bigint: "Int64", Timestamp: "DateTime64(6, 'UTC')"},
		Writing:   warehouse.Writing{QuoteText: warehouse.EscapeText},
		Temporary: look,
		Views:     true,
		DropMany:  true,
		Tables:    `(SELECT name FROM system.tables WHERE database = replaceAll(replaceAll(substring(%[1]s, 2, length(%[1]s) - 2), '""', '"'), '\\\\', '\\'))`,
		// A hash of a value that can be NULL can be, too.
		Hashing: warehouse.Hashing{Bucket: "toInt64(cityHash64(assumeNotNull(%s)) %% 1024)", MD5: "lower(hex(MD5(%s)))"},
		Sample:  "WHERE rand() < 42949672.96 * %[1]g",
		Same:    "%s IS NOT DISTINCT FROM %s",
		Values:  "(SELECT %[2]s.*, arrayJoin(splitByChar(',', assumeNotNull(%[3]s))) AS v FROM %[1]s AS %[2]s) AS %[2]s",
		Digest:  "match(%s, '^[0-9A-Fa-f]{64}$')",
		Canonical: map[eddy.Canonical]string{
			eddy.CanonicalText:    `replaceRegexpAll(lower(if(match(%[1]s, '^[0-9A-Za-z_@-]*$'), %[1]s, replaceRegexpAll(replaceRegexpOne(%[1]s, '(?s)^.*\\\\x', ''), '[^0-9A-Za-z_]', ''))), '[ik@-]', '')`,
			eddy.CanonicalAddress: `replaceAll(lower(if(match(%[1]s, '^[0-9A-Za-z._+-]*(@[0-9A-Za-z.-]*)?$'), splitByChar('@', assumeNotNull(%[1]s))[1], replaceRegexpAll(replaceRegexpOne(replaceRegexpOne(normalizeUTF8NFC(%[1]s), '(?s)^.*([:<]|\\\\x)', ''), '(?s)@[^@]*$', ''), '[^0-9A-Za-z._+-]', ''))), 'i', '')`,
			eddy.CanonicalDigits:  `right(if(match(%[1]s, '^[0-9+]*$'), %[1]s, ` + digits + `), 6)`,
			eddy.CanonicalExact:   `replaceRegexpAll(%[1]s, '[^\\x21-\\x7e]|["\'\\[\\]{}]', '')`,
		},
	}
}

// digits takes an exponent or an extension off a text, then a fraction of zeros, then
// everything but digits; full-width and Arabic digits are ASCII by then.
const digits = `replaceRegexpAll(replaceRegexpOne(replaceRegexpOne(` + ascii + `, '([eE][+]?|[xX#;][^0-9]*)[0-9]{1,7}[^0-9A-Za-z]*$', ''), '(?s)^([^.]*)[.]0*[^0-9.]*$', '\\1'), '[^0-9]', '')`

const ascii = `replaceRegexpAll(translateUTF8(%[1]s, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789'), '[^\\x01-\\x7f]', '')`
