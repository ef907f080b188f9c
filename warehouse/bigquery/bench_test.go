package bigquery_test

import (
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/bigquery"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// BenchmarkRead reads a million rows of five columns by either API, from the stand-in. The
// query is a part of it.
func BenchmarkRead(b *testing.B) {
	const rows = 1_000_000
	site := warehousetest.NewSite(b, "bigquery")
	err := site.Exec("CREATE TABLE customers AS SELECT CAST(n AS STRING) AS id, CONCAT('customer', CAST(n AS STRING), '@example.com') AS email, CONCAT('+4917', CAST(10000000 + n AS STRING)) AS phone, n AS number, TIMESTAMP '2026-02-03 04:05:06' AS at FROM UNNEST(GENERATE_ARRAY(1, 1000000)) AS n")
	if err != nil {
		b.Fatal(err)
	}
	for _, way := range []string{"storage", "rest"} {
		if way == "rest" {
			delete(site.Options, "storage_endpoint")
		}
		src, err := open(b.Context(), site.Options)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = src.Close() })
		columns, err := src.Columns(b.Context(), eddy.Model{Table: "customers"})
		if err != nil {
			b.Fatal(err)
		}
		var sel []warehouse.Selected
		for i := range columns {
			sel = append(sel, warehouse.Selected{As: columns[i].Name, Column: &columns[i]})
		}
		b.Run(way, func(b *testing.B) {
			n := 0
			var meter warehouse.Meter
			for b.Loop() {
				err := bigquery.Read(warehouse.WithMeter(b.Context(), &meter), src, sel, eddy.Model{Table: "customers"}, func([][]byte) error { n++; return nil })
				if err != nil {
					b.Fatal(err)
				}
			}
			if told := meter.Warnings(); n != rows*b.N || told != nil {
				b.Errorf("%d rows, %v", n, told)
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
