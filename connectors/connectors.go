// Package connectors is the explicit list of what Eddy connects: one line for each kind
// of warehouse and of destination.
package connectors

import (
	"github.com/eddy-retl/eddy/destination"
	"github.com/eddy-retl/eddy/destination/xaudience"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/bigquery"
	"github.com/eddy-retl/eddy/warehouse/clickhouse"
	"github.com/eddy-retl/eddy/warehouse/databricks"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/mysql"
	"github.com/eddy-retl/eddy/warehouse/postgres"
	"github.com/eddy-retl/eddy/warehouse/redshift"
	"github.com/eddy-retl/eddy/warehouse/snowflake"
	"github.com/eddy-retl/eddy/warehouse/trino"
)

// Warehouses lists the kinds of sources.
func Warehouses() []warehouse.Kind {
	return []warehouse.Kind{
		duckdb.Kind(),
		duckdb.UploadKind(),
		mysql.Kind(),
		postgres.Kind(),
		clickhouse.Kind(),
		databricks.Kind(),
		redshift.Kind(),
		snowflake.Kind(),
		trino.Kind(),
		bigquery.Kind(),
	}
}

// Destinations lists the kinds of destinations.
func Destinations() []destination.Kind {
	return []destination.Kind{
		xaudience.Kind(),
	}
}

// Warehouse finds a kind of source by its type.
func Warehouse(typ string) (warehouse.Kind, bool) {
	for _, k := range Warehouses() {
		if k.Type == typ {
			return k, true
		}
	}
	return warehouse.Kind{}, false
}

// Destination finds a kind of destination by its type.
func Destination(typ string) (destination.Kind, bool) {
	for _, k := range Destinations() {
		if k.Type == typ {
			return k, true
		}
	}
	return destination.Kind{}, false
}
