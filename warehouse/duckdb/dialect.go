package duckdb

import (
	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
)

func dialect() *warehouse.Dialect {
	return &warehouse.Dialect{
		Types:     warehouse.Types{Text: "VARCHAR", Bigint: "BIGINT", Timestamp: "TIMESTAMPTZ"},
		Temporary: true,
		Views:     true,
		With:      warehouse.With{Once: "MATERIALIZED ", Inlined: "NOT MATERIALIZED "},
		Hashing:   warehouse.Hashing{Bucket: "CAST(hash(%s) %% 1024 AS INTEGER)", MD5: "md5(%s)"},
		// The reservoir is read in half the time of BERNOULLI.
		Sample: "TABLESAMPLE RESERVOIR (%[2]d ROWS)",
		Same:   "%s IS NOT DISTINCT FROM %s",
		Values: "%[1]s AS %[2]s, unnest(string_split(%[3]s, ',')) AS v(v)",
		Tables: `(SELECT table_name AS name FROM information_schema.tables WHERE '"' || table_catalog || '"."' || table_schema || '"' = %s)`,
		// A ledger in DuckDB holds digests, which are compared as they are.
		Canonical: map[eddy.Canonical]string{},
	}
}
