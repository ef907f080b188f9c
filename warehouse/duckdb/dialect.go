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
		RowKey:    "md5(%s)",
	}
}
