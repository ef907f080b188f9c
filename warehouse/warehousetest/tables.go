package warehousetest

import "github.com/eddy-retl/eddy/warehouse"

// Names are the names of tables alone.
func Names(tables []warehouse.Table) []string {
	out := make([]string, 0, len(tables))
	for _, t := range tables {
		out = append(out, t.Name)
	}
	return out
}
