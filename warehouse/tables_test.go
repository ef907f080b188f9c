package warehouse_test

import (
	"testing"

	"github.com/eddy-retl/eddy/warehouse"
)

// TestKindsAsEnginesCallThem: the words are those of the engines' own lists.
func TestKindsAsEnginesCallThem(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]warehouse.TableKind{
		"BASE TABLE": warehouse.BaseTable, "SYSTEM VERSIONED": warehouse.BaseTable, "MANAGED": warehouse.BaseTable, "STREAMING_TABLE": warehouse.BaseTable,
		"MergeTree": warehouse.BaseTable, "MaterializedPostgreSQL": warehouse.BaseTable, "EXTERNAL": warehouse.BaseTable, "": warehouse.BaseTable,
		"VIEW": warehouse.View, "View": warehouse.View, "LiveView": warehouse.View,
		"MATERIALIZED VIEW": warehouse.MaterialisedView, "MATERIALIZED_VIEW": warehouse.MaterialisedView, "MaterializedView": warehouse.MaterialisedView,
	} {
		if got := warehouse.NewTable("s.x", "t", said); got != (warehouse.Table{Name: `"s.x".t`, Kind: want}) {
			t.Errorf("%q is %+v, not a %s", said, got, want)
		}
	}
}
