package config_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/config"
)

// shopOf is a file whose connection vip has these conditions, with more connections behind it.
func shopOf(where, more string) string {
	return `
sources:
  shop:
    type: duckdb
    path: shop.duckdb
    relations:
      orders: {table: orders, key: customer, of: customers, of_key: id}
      items: {table: items, key: number, of: orders}
  other: {type: duckdb, path: other.duckdb}
destinations:
  x: {type: x_audience, account_id: "1", consumer_key: a, consumer_secret: b, access_token: c, access_token_secret: d}
connections:
  vip: {source: shop, table: customers, where: ` + where + `, destination: x, audience: {id: "1"}, identifier: id, mapping: {email: email}}
` + more
}

func parseShop(text string) (*config.File, error) {
	return config.Parse([]byte(text), "eddy.yaml", known(), nil)
}

func TestConditionsAreRead(t *testing.T) {
	t.Parallel()
	f, err := parseShop(shopOf(`{all: [{column: country, one_of: [DE, 7, true]}, {column: left, empty: true}, {any: []}, {none: [{column: since, in_last_days: 90}]},
    {relation: orders, sum: {column: total, above: 100.50}, where: {relation: items, exists: false}}, {audience: other, in: false}]}`,
		`  other: {source: shop, sql: "SELECT id, email FROM b", destination: x, audience: {id: "2"}, identifier: no, mapping: {email: email}}
`))
	if err != nil {
		t.Fatal(err)
	}
	orders := eddy.Relation{Name: "orders", Table: "orders", Key: "customer", Of: "customers", OfKey: "id"}
	items := eddy.Relation{Name: "items", Table: "items", Key: "number", Of: "orders", OfKey: "number"}
	want := &eddy.Condition{All: []eddy.Condition{
		{Test: &eddy.Test{Column: "country", Op: eddy.OneOf, Values: []string{"DE", "7", "true"}}},
		{Test: &eddy.Test{Column: "left", Op: eddy.Empty, Values: []string{"true"}}},
		{Any: []eddy.Condition{}},
		{None: []eddy.Condition{{Test: &eddy.Test{Column: "since", Op: eddy.InLastDays, Values: []string{"90"}}}}},
		{Related: &eddy.Related{
			Relation: orders, Aggregate: eddy.Sum, Column: "total", Op: eddy.Above, Value: "100.50",
			Where: &eddy.Condition{Related: &eddy.Related{Relation: items, Aggregate: eddy.Exists, Op: eddy.Is, Value: "false"}},
		}},
		{Member: &eddy.Member{Connection: "other", Not: true, Own: "id", Identifier: "no", Model: eddy.Model{SQL: "SELECT id, email FROM b"}}},
	}}
	if got := f.Connections["vip"].Model.Where; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestConditionsThatCannotBe(t *testing.T) {
	t.Parallel()
	other := func(where, source string) string {
		return `  other: {source: ` + source + `, table: b, where: ` + where + `, destination: x, audience: {id: "2"}, identifier: id, mapping: {email: email}}
`
	}
	deep, many := "{column: a, is: 1}", "&a0 {column: a, is: 1}"
	for i := range 12 {
		deep = "{all: [" + deep + "]}"
		many = fmt.Sprintf("&a%d {all: [%s%s]}", i+1, many, strings.Repeat(fmt.Sprintf(", *a%d", i), 9))
	}
	for _, c := range []struct{ where, more, want string }{
		{`{country: DE}`, "", `a condition has one of all, any, none, column, relation, audience; this one has none`},
		{`{column: a, relation: orders, is: 1}`, "", "this one has column and relation"},
		{`{column: a}`, "", "a condition about a column has none"},
		{`{column: a, is: 1, above: 2}`, "", "a condition about a column has is and above"},
		{`{column: a, iss: 1}`, "", `did you mean "is"?`},
		{`{column: a, is: [1, 2]}`, "", "expected text, got a list"},
		{`{column: a, one_of: []}`, "", "takes 1 to 1000 values; there are 0"},
		{`{column: a, is: ""}`, "", "write empty: true for what has no value"},
		{`{column: a, is: "` + strings.Repeat("x", 1001) + `"}`, "", "a value has at most 1000 bytes; this one has 1001"},
		{`{all: {column: a, is: 1}}`, "", "expected a list of conditions, got a mapping"},
		{`{all: [[]]}`, "", "expected a condition, got a list"},
		{`{relation: order, exists: true}`, "", `"order" is not a relation of source shop; declare it under the source's relations:; there are orders`},
		{`{relation: items, exists: true}`, "", `the rows of relation "items" belong to those of orders, and this is about those of customers; name one of customers; there are orders`},
		{`{relation: orders, count: 2}`, "", "is no comparison; write a comparison, such as {at_least: 2}"},
		{`{relation: orders, count: {over: 2}}`, "", "unknown key; the keys here are is, is_not, above, at_least, below, at_most"},
		{`{relation: orders, count: {}}`, "", "a comparison has none"},
		{`{relation: orders, sum: {above: 2}}`, "", "name the column whose numbers are meant"},
		{`{audience: nobody}`, "", `audience: "nobody" is not a connection of this file`},
		{`{audience: vip}`, "", `audience: connection "vip" asks, by itself or by others, who is in this one`},
		{`{audience: other}`, other("{audience: vip}", "shop"), "by itself or by others, who is in this one"},
		{`{audience: other}`, other("{column: a, is: 1}", "other"), `audience: connection "other" reads another source, other`},
		{deep, "", "conditions nest at most 10 deep"},
		{many, "", "at most 500 conditions"},
		{`{audience: other}`, other("{any: ["+strings.Repeat("{column: a, is: 1}, ", 499)+"]}", "shop"), "with those of the audiences that it asks about; these are 501"},
	} {
		_, err := parseShop(shopOf(c.where, c.more))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.100s: got %.300v, want %s", c.where, err, c.want)
		}
	}
	_, err := parseShop(strings.Replace(shopOf("{all: []}", ""), "table: customers", "sql: SELECT 1", 1))
	if err == nil || !strings.Contains(err.Error(), "conditions go with a table, and this is a query; write them into the query, behind WHERE") {
		t.Error(err)
	}
}
