package duckdb

import (
	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func dialect() *warehouse.Dialect {
	return &warehouse.Dialect{
		Name:   "duckdb",
		Values: "unnest(string_split(%s, ',')) AS v(v)",
		// State in DuckDB holds digests, which are compared as they are.
		Canonical: map[eddy.Canonical]string{},
		Text:      "VARCHAR",
		Bigint:    "BIGINT",
		// A third of a row group, which is read as a whole.
		PageSpan: 122_880 / 3,
		// 16 bytes compare and join faster than text; md5 is stable over versions, hash() is not.
		RowKey:     "md5_number(concat(%s))",
		RowKeyType: "UHUGEINT",
		// A window function would make the whole statement run on one core.
		Number: "CASE WHEN s.record_id IS NULL THEN %[1]d + h.place ELSE s.place END + 1",
	}
}
