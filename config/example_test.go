package config_test

import (
	"fmt"

	"github.com/eddy-retl/eddy/config"
)

// Every mistake of a file comes at once, each with its place and its cure.
func ExampleParse() {
	_, err := config.Parse([]byte(`
sources:
  shop: {type: duckdb, pth: shop.duckdb}
connections:
  vip:
    source: shpo
    table: main.customers
    sync_mode: miror
    settings: {guard: {max_removed_percent: 500}}
`), "eddy.yaml", known(), nil)
	fmt.Println(err)
	// Output:
	// eddy.yaml:3:24: sources.shop.pth: unknown key; did you mean "path"?
	// eddy.yaml:5:3: connections.vip.destination: is missing; name a destination of this file
	// eddy.yaml:5:3: connections.vip.audience: is missing; write {id: ...} for an existing audience or {create: {name: ...}} for a new one
	// eddy.yaml:5:3: connections.vip.identifier: is missing; name the column that identifies a record
	// eddy.yaml:5:3: connections.vip.mapping: is missing; write one line for each field, such as email: email_column
	// eddy.yaml:6:13: connections.vip.source: "shpo" is not a source of this file; did you mean "shop"?
	// eddy.yaml:8:16: connections.vip.sync_mode: "miror" is not a sync mode (mirror, upsert); did you mean "mirror"?
	// eddy.yaml:9:45: connections.vip.settings.guard.max_removed_percent: "500" is not a number from 0 to 100
}
