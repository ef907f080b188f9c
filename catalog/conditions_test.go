package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eddy-retl/eddy/catalog"
	"github.com/eddy-retl/eddy/config"
	"github.com/eddy-retl/eddy/setup"
)

// A condition means the same when it went into the store, and out of it as a file.
func TestConditionsSurvive(t *testing.T) {
	t.Parallel()
	text := `
sources:
  shop: {type: duckdb, path: shop.duckdb, relations: {orders: {table: orders, key: customer, of: customers, of_key: id}, items: {table: items, key: id, of: customers}}}
destinations:
  x: {type: x_audience, account_id: "1", consumer_key: a, consumer_secret: b, access_token: c, access_token_secret: d}
connections:
  others: {source: shop, sql: "SELECT id, email FROM b", destination: x, audience: {id: "2"}, identifier: id, mapping: {email: email}}
  vip:
    source: shop
    table: customers
    where:
      any:
        - {all: [{column: country, one_of: [DE, "007", "true"]}, {column: "a \"b\" $${x}", is: "$${y}"}, {column: left, empty: false}, {column: spent, at_most: 1.50}, {column: code, is: 1.50}]}
        - {none: [{column: since, in_last_days: 90}, {audience: others, in: false}, {any: []}]}
        - {relation: orders, sum: {column: total, above: 100}, where: {column: placed, after: 2026-01-31}}
        - {relation: items, exists: false}
        - {relation: orders, count: {is: 2}}
    destination: x
    audience: {id: "1"}
    identifier: id
    mapping: {email: email}
`
	none := func(string) (string, bool) { return "", false }
	first, err := config.Parse([]byte(text), "eddy.yaml", setup.Known(), none)
	if err != nil {
		t.Fatal(err)
	}
	st := open(t)
	apply(t.Context(), t, st, text, none, false)
	exported, err := catalog.Export(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	second, err := config.Parse(exported, "eddy.yaml", setup.Known(), func(string) (string, bool) { return "s", true })
	if err != nil {
		t.Fatalf("%v\n%s", err, exported)
	}
	if diff := cmp.Diff(first.Connections["vip"].Model, second.Connections["vip"].Model); diff != "" {
		t.Errorf("%s\n%s", diff, exported)
	}
	if diff := cmp.Diff(first.Sources["shop"].Relations, second.Sources["shop"].Relations); diff != "" {
		t.Error(diff)
	}
	for name, action := range actions(apply(t.Context(), t, st, text, none, false)) {
		if action != catalog.Unchanged {
			t.Errorf("the same file again: %s: %s", name, action)
		}
	}
}
