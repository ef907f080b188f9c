package where_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the test's own statements
	"pgregory.net/rapid"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/connectors"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
	"github.com/eddy-retl/eddy/where"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// shop is a source with customers, whose orders have items.
type shop struct {
	t        testing.TB
	spelling warehousetest.Spelling
	source   warehouse.Source
	exec     func(string) error
	// yesNo, day and zoned are types; zoned is empty where all times are moments.
	yesNo, day, zoned string
	// lists says that columns can be lists.
	lists bool
	name  string // of a column, as odd as names can be there
	now   time.Time
	data  map[string][]row
}

// row is one row of a table; a value that is missing is nil.
type row map[string]any

// places are the warehouses of the test: those that every machine has, and those that somebody asks for.
func places() []string { return append([]string{"duckdb", "postgres", "mariadb"}, onServers()...) }

func onServers() []string {
	return slices.DeleteFunc(warehousetest.Sites(), func(name string) bool { return name == "mariadb" })
}

func newShop(t testing.TB, place string) *shop {
	t.Helper()
	s := &shop{t: t, spelling: warehousetest.Standard(), yesNo: "boolean", day: "date", zoned: "timestamptz", lists: true, name: `He said "hi";--`, now: time.Now().UTC().Truncate(time.Second)}
	typ, options, dir := place, map[string]string{}, t.TempDir()
	switch place {
	case "duckdb":
		options["path"] = "shop.duckdb"
		s.exec = func(statements string) error {
			db, err := sql.Open("duckdb", filepath.Join(dir, "shop.duckdb"))
			if err != nil {
				return err
			}
			_, err = db.Exec(statements)
			return errors.Join(err, db.Close())
		}
	case "postgres":
		options["url"] = warehousetest.Postgres(t)
		db, err := sql.Open("pgx", options["url"])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		s.exec = func(statements string) error {
			_, err := db.Exec(statements, pgx.QueryExecModeSimpleProtocol)
			return err
		}
	case "mariadb":
		p := warehousetest.MariaDB(t)
		typ, options, s.exec, s.spelling = "mysql", p.Options(), p.Exec, warehousetest.MySQLSpelling()
		s.zoned, s.lists = "timestamp NULL", false
	default:
		site := warehousetest.NewSite(t, place)
		typ, options, s.exec, s.spelling = site.Type, site.Options, site.Exec, site.Spelling
		s.own(place)
	}
	kind, _ := connectors.Warehouse(typ)
	s.setUp()
	src, err := kind.Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Type: typ, Schema: "_eddy", Options: options, Dir: dir, Opened: []string{dir}, OpenDir: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	s.source = src
	return s
}

// own is what is spelled another way on some servers.
func (s *shop) own(place string) {
	s.name = "odd name"
	switch place {
	case "bigquery":
		s.yesNo, s.zoned, s.name = "BOOL", "TIMESTAMP", "odd_name"
	case "clickhouse":
		s.yesNo, s.day, s.zoned, s.lists = "Nullable(Bool)", "Nullable(Date32)", "", false
	case "databricks":
		s.zoned, s.lists, s.name = "timestamp", false, "odd_name"
	case "mysql":
		s.zoned, s.lists = "timestamp NULL", false
	case "redshift":
		s.lists = false
	case "snowflake":
		s.zoned, s.lists = "TIMESTAMP_TZ", false
	case "trino":
		s.zoned, s.lists = "timestamp(0) with time zone", true
	}
}

// texts are values that SQL, collations and patterns might take for something else.
func texts() []string {
	return []string{"Berlin", "berlin", "BERLIN", "O'Brien", `a"b`, `back\slash`, `tail\`, "100%", "under_score", "é", "É", "e", "''", "--", "/* x */", "; DROP TABLE customers", "${x}", "two\nlines", " blank ", "a,b", "😀", "x"}
}

// setUp makes the tables and their rows.
func (s *shop) setUp() {
	s.t.Helper()
	r := uint64(1)
	next := func(n int) int { // a row of numbers that is the same each time
		r = r*6364136223846793005 + 1442695040888963407
		return int(r>>33) % n
	}
	none := func(v any) any {
		if next(6) == 0 {
			return nil
		}
		return v
	}
	ago := func() time.Time { return s.now.AddDate(0, 0, -2*next(60)+20).Add(-6 * time.Hour) }
	number := func() *big.Rat { return big.NewRat(int64(next(4000))-1000, 100) }
	s.data = map[string][]row{}
	for i := range 60 {
		c := row{"id": int64(i + 1), s.name: none(texts()[next(len(texts()))]), "age": none(int64(next(9))), "spent": none(number()), "active": none(next(2) == 0), "joined": none(ago()), "born": none(ago().Truncate(24 * time.Hour)), "seen": none(ago())}
		if next(8) == 0 {
			c[s.name] = ""
		}
		if s.lists {
			c["tags"] = none([]string{[]string{"a", "b", "c"}[next(3)], []string{"a", "d", `e"f`}[next(3)]})
		}
		s.data["customers"] = append(s.data["customers"], c)
	}
	for i := range 90 {
		s.data["orders"] = append(s.data["orders"], row{"number": int64(i + 1), "customer": none(int64(next(40) + 1)), "total": none(number()), "placed": none(ago())})
	}
	for range 120 {
		s.data["items"] = append(s.data["items"], row{"of_order": none(strconv.Itoa(next(90) + 1)), "sku": none(texts()[next(len(texts()))]), "pieces": none(int64(next(5)))})
	}
	for table, columns := range s.columns() {
		s.create(table, columns)
	}
}

// columns are those of each table, with their types.
func (s *shop) columns() map[string][][2]string {
	p := &s.spelling
	customers := [][2]string{{"id", p.Integer}, {s.name, p.Text}, {"age", p.Integer}, {"spent", p.Decimal}, {"active", s.yesNo}, {"joined", p.Timestamp}, {"born", s.day}}
	if s.zoned != "" {
		customers = append(customers, [2]string{"seen", s.zoned})
	}
	if s.lists {
		customers = append(customers, [2]string{"tags", ""})
	}
	return map[string][][2]string{
		"customers": customers,
		"orders":    {{"number", p.Integer}, {"customer", p.Integer}, {"total", p.Decimal}, {"placed", p.Timestamp}},
		"items":     {{"of_order", p.Text}, {"sku", p.Text}, {"pieces", p.Integer}},
	}
}

func (s *shop) create(table string, columns [][2]string) {
	s.t.Helper()
	var tuples, declared, names []string
	for _, c := range columns {
		typ := c[1]
		switch {
		case typ == "" && s.spelling.Literal("\\") == `'\'` && s.spelling.Text == "text":
			typ = "text[]"
		case typ == "":
			typ = "array(varchar)"
		case s.spelling.Text == "String" && !strings.HasPrefix(typ, "Nullable"):
			typ = "Nullable(" + typ + ")"
		}
		declared = append(declared, s.spelling.Quote(c[0])+" "+typ)
		names = append(names, s.spelling.Quote(c[0]))
	}
	for _, r := range s.data[table] {
		var values []string
		for _, c := range columns {
			values = append(values, s.literal(r[c[0]], c[0], c[1]))
		}
		tuples = append(tuples, "("+strings.Join(values, ", ")+")")
	}
	for _, statement := range []string{
		"CREATE TABLE " + table + " (" + strings.Join(declared, ", ") + ")",
		"INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(tuples, ", "),
	} {
		if err := s.exec(statement); err != nil {
			s.t.Fatalf("%.2000s: %v", statement, err)
		}
	}
}

func (s *shop) literal(v any, name, typ string) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case int64:
		return strconv.FormatInt(v, 10)
	case *big.Rat:
		return v.FloatString(2)
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case string:
		return s.spelling.Literal(v)
	case time.Time:
		switch {
		case name == "born":
			return "DATE '" + v.Format(time.DateOnly) + "'"
		case name == "seen" && s.spelling.Text != "longtext":
			zone := "+00"
			if strings.Contains(typ, "with time zone") {
				zone = " UTC"
			}
			if typ == "TIMESTAMP_TZ" {
				return "TO_TIMESTAMP_TZ('" + v.Format(time.DateTime) + " +0000')"
			}
			if typ == "timestamp" {
				zone = "Z"
			}
			return "TIMESTAMP" + map[bool]string{true: "TZ"}[typ == "timestamptz"] + " '" + v.Format(time.DateTime) + zone + "'"
		default:
			return fmt.Sprintf(s.spelling.Moment, v.Format(time.DateTime))
		}
	case []string:
		quoted := make([]string, len(v))
		for i, x := range v {
			quoted[i] = s.spelling.Literal(x)
		}
		return "ARRAY[" + strings.Join(quoted, ", ") + "]"
	}
	panic(fmt.Sprintf("no literal of %T", v))
}

// relations are those of the shop. Order numbers are numbers, and texts in the items.
func relations() (orders, items eddy.Relation) {
	return eddy.Relation{Name: "orders", Table: "orders", Key: "customer", Of: "customers", OfKey: "id"},
		eddy.Relation{Name: "items", Table: "items", Key: "of_order", Of: "orders", OfKey: "number"}
}

// drawn draws conditions about the rows of a table.
type drawn struct {
	*shop
	rt *rapid.T
}

func pick[T any](d drawn, what string, from ...T) T { return rapid.SampledFrom(from).Draw(d.rt, what) }

func (d drawn) condition(table string, depth int) eddy.Condition {
	kinds := []string{"test", "test", "test"}
	if depth < 3 {
		kinds = append(kinds, "all", "any", "none")
		if table != "items" {
			kinds = append(kinds, "related", "related")
		}
		if table == "customers" && depth < 2 {
			kinds = append(kinds, "member")
		}
	}
	group := func() (out []eddy.Condition) {
		out = []eddy.Condition{}
		for range pick(d, "how many", 0, 1, 2, 2, 3) {
			out = append(out, d.condition(table, depth+1))
		}
		return out
	}
	switch pick(d, "kind", kinds...) {
	case "all":
		return eddy.Condition{All: group()}
	case "any":
		return eddy.Condition{Any: group()}
	case "none":
		return eddy.Condition{None: group()}
	case "related":
		return eddy.Condition{Related: d.related(table, depth)}
	case "member":
		inner := d.condition("customers", depth+1)
		return eddy.Condition{Member: &eddy.Member{Connection: "other", Own: "id", Identifier: "id", Model: eddy.Model{Table: "customers", Where: &inner}, Not: pick(d, "not", true, false)}}
	default:
		return eddy.Condition{Test: d.test(table)}
	}
}

func (d drawn) related(table string, depth int) *eddy.Related {
	orders, items := relations()
	r := &eddy.Related{Relation: orders, Column: "total"}
	if table == "orders" {
		r.Relation, r.Column = items, "pieces"
	}
	if pick(d, "where", true, false) {
		inner := d.condition(r.Relation.Table, depth+1)
		r.Where = &inner
	}
	r.Aggregate = pick(d, "aggregate", eddy.Aggregates()...)
	switch r.Aggregate {
	case eddy.Exists:
		r.Column, r.Op, r.Value = "", eddy.Is, pick(d, "there", "true", "false")
	case eddy.Count:
		r.Column, r.Op, r.Value = "", pick(d, "op", eddy.Numeric()...), pick(d, "count", "0", "1", "2", "-1")
	default:
		r.Op, r.Value = pick(d, "op", eddy.Numeric()...), pick(d, "value", "0", "5", "10.5", "-3")
	}
	return r
}

func (d drawn) test(table string) *eddy.Test {
	columns := map[string][]string{"orders": {"number", "total", "placed"}, "items": {"sku", "pieces"}, "customers": {"id", d.name, "age", "spent", "active", "joined", "born"}}[table]
	if table == "customers" && d.zoned != "" {
		columns = append(columns, "seen")
	}
	if table == "customers" && d.lists {
		columns = append(columns, "tags")
	}
	t := &eddy.Test{Column: pick(d, "column", columns...)}
	property := map[string]eddy.Property{
		"number": "number", "total": "number", "placed": "time", "sku": "text", "pieces": "number", "id": "number", d.name: "text", "age": "number", "spent": "number",
		"active": "yes_no", "joined": "time", "born": "time", "seen": "time", "tags": "list",
	}[t.Column]
	t.Op = pick(d, "op", property.Asks()...)
	value := func() string {
		day := d.now.AddDate(0, 0, pick(d, "days", -71, -41, -11, 0, 7))
		switch {
		case t.Op == eddy.Empty:
			return pick(d, "empty", "true", "false")
		case t.Op.IsDays():
			return pick(d, "of days", "0", "1", "11", "41", "90")
		case property == eddy.TimeProperty && t.Column != "born" && t.Op != eddy.On && pick(d, "moment", true, false):
			return day.Format(time.RFC3339)
		case property == eddy.TimeProperty:
			return day.Format(time.DateOnly)
		case property == eddy.YesNoProperty:
			return pick(d, "yes", "true", "false")
		case property == eddy.NumberProperty:
			return pick(d, "number", "0", "3", "5", "-2", "7.25", "19.99", "35")
		case property == eddy.ListProperty:
			return pick(d, "item", "a", "d", `e"f`, "")
		case t.Op == eddy.Is || t.Op.Many() || t.Op == eddy.IsNot:
			return pick(d, "text", texts()...)
		default:
			return pick(d, "part", "B", "b", "ERL", "erl", "'", `\`, "%", "_", "é", "e", "\n", " ", "😀", "x")
		}
	}
	t.Values = []string{value()}
	for t.Op.Many() && len(t.Values) < 4 && pick(d, "more", true, false) {
		t.Values = append(t.Values, value())
	}
	return t
}

// holds says whether a condition is true of a row; it knows nothing of SQL.
func (s *shop) holds(table string, r row, c *eddy.Condition) bool {
	count := func(group []eddy.Condition) (n int) {
		for i := range group {
			if s.holds(table, r, &group[i]) {
				n++
			}
		}
		return n
	}
	switch {
	case c.Any != nil:
		return count(c.Any) > 0
	case c.None != nil:
		return count(c.None) == 0
	case c.Related != nil:
		return s.belongs(r, c.Related)
	case c.Member != nil:
		return s.holds("customers", r, c.Member.Model.Where) != c.Member.Not
	case c.Test != nil:
		return s.passes(r[c.Test.Column], c.Test)
	default:
		return count(c.All) == len(c.All)
	}
}

func (s *shop) belongs(r row, x *eddy.Related) bool {
	var n int64
	var values []*big.Rat
	for _, theirs := range s.data[x.Relation.Table] {
		if theirs[x.Relation.Key] == nil || fmt.Sprint(theirs[x.Relation.Key]) != fmt.Sprint(r[x.Relation.OfKey]) || x.Where != nil && !s.holds(x.Relation.Table, theirs, x.Where) {
			continue
		}
		n++
		switch v := theirs[x.Column].(type) {
		case int64:
			values = append(values, new(big.Rat).SetInt64(v))
		case *big.Rat:
			values = append(values, v)
		}
	}
	if x.Aggregate == eddy.Exists {
		return (n > 0) == (x.Value == "true")
	}
	got := new(big.Rat)
	for _, v := range values {
		got.Add(got, v)
	}
	switch x.Aggregate {
	case eddy.Count:
		got.SetInt64(n)
	case eddy.Average, eddy.Least, eddy.Most:
		if len(values) == 0 {
			return false
		}
		slices.SortFunc(values, (*big.Rat).Cmp)
		switch x.Aggregate {
		case eddy.Least:
			got = values[0]
		case eddy.Most:
			got = values[len(values)-1]
		default:
			got.Quo(got, new(big.Rat).SetInt64(int64(len(values))))
		}
	}
	want, _ := new(big.Rat).SetString(x.Value)
	return compares(got.Cmp(want), x.Op)
}

func compares(sign int, op eddy.Op) bool {
	return map[eddy.Op]bool{eddy.Is: sign == 0, eddy.IsNot: sign != 0, eddy.Above: sign > 0, eddy.AtLeast: sign >= 0, eddy.Below: sign < 0, eddy.AtMost: sign <= 0}[op]
}

func (s *shop) passes(v any, t *eddy.Test) bool {
	first := t.Values[0]
	contrary := map[eddy.Op]eddy.Op{eddy.IsNot: eddy.Is, eddy.NotOneOf: eddy.OneOf, eddy.NotContains: eddy.Contains}
	if op, ok := contrary[t.Op]; ok {
		return !s.passes(v, &eddy.Test{Column: t.Column, Op: op, Values: t.Values})
	}
	if t.Op == eddy.Empty {
		return (v == nil || v == "") == (first == "true")
	}
	switch v := v.(type) {
	case string:
		switch t.Op {
		case eddy.Contains:
			return strings.Contains(v, first)
		case eddy.StartsWith:
			return strings.HasPrefix(v, first)
		case eddy.EndsWith:
			return strings.HasSuffix(v, first)
		default:
			return slices.Contains(t.Values, v)
		}
	case bool:
		return v == (first == "true")
	case []string:
		return slices.Contains(v, first)
	case int64, *big.Rat:
		n, ok := v.(*big.Rat)
		if !ok {
			n = new(big.Rat).SetInt64(v.(int64))
		}
		if t.Op == eddy.OneOf {
			return slices.ContainsFunc(t.Values, func(x string) bool { w, _ := new(big.Rat).SetString(x); return n.Cmp(w) == 0 })
		}
		w, _ := new(big.Rat).SetString(first)
		return compares(n.Cmp(w), t.Op)
	case time.Time:
		return s.inTime(v, t)
	}
	return false
}

func (s *shop) inTime(v time.Time, t *eddy.Test) bool {
	if t.Op.IsDays() {
		now := s.now
		if t.Column == "born" {
			now = now.Truncate(24 * time.Hour)
		}
		n, _ := strconv.Atoi(t.Values[0])
		back, on := now.AddDate(0, 0, -n), now.AddDate(0, 0, n)
		switch t.Op {
		case eddy.InLastDays:
			return !v.Before(back) && !v.After(now)
		case eddy.OverDaysAgo:
			return v.Before(back)
		default:
			return !v.Before(now) && !v.After(on)
		}
	}
	at, day, _ := where.Moment(t.Values[0])
	switch t.Op {
	case eddy.On:
		return v.Format(time.DateOnly) == t.Values[0]
	case eddy.Before:
		return v.Before(at)
	case eddy.Since:
		return !v.Before(at)
	default:
		if day {
			return v.Format(time.DateOnly) > t.Values[0]
		}
		return v.After(at)
	}
}

// ids are the ids of the rows that a model has, as its source stages them.
func (s *shop) ids(m eddy.Model) (out []int, made eddy.Model, err error) {
	made, columns, err := where.Describe(s.t.Context(), s.source, m)
	if err != nil {
		return nil, made, err
	}
	e, err := duckdb.Engine{}.Open(s.t.Context())
	if err != nil {
		return nil, made, err
	}
	defer e.Close()
	i := slices.IndexFunc(columns, func(c warehouse.Column) bool { return c.Name == "id" })
	if _, err := s.source.Stage(s.t.Context(), e, "staged", []warehouse.Selected{{As: "id", Column: &columns[i]}}, made); err != nil {
		return nil, made, err
	}
	err = e.Query(s.t.Context(), "SELECT id FROM staged", func(r [][]byte) error {
		n, err := strconv.Atoi(string(r[0]))
		out = append(out, n)
		return err
	})
	slices.Sort(out)
	return out, made, err
}

// TestConditionsAreTheRows draws conditions, five at a time, and compares the rows that a warehouse
// finds with those of an evaluation that knows no SQL.
func TestConditionsAreTheRows(t *testing.T) {
	t.Parallel()
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, place)
			told, some := 0, 0
			rapid.Check(t, func(rt *rapid.T) {
				for range 5 {
					c := drawn{s, rt}.condition("customers", 0)
					want := []int{}
					for _, r := range s.data["customers"] {
						if s.holds("customers", r, &c) {
							want = append(want, int(r["id"].(int64)))
						}
					}
					got, made, err := s.ids(eddy.Model{Table: "customers", Where: &c})
					if err != nil {
						rt.Fatalf("%v\n%s", err, made.SQL)
					}
					if !slices.Equal(got, want) {
						rt.Fatalf("the rows are not those that fulfil it\n got %v\nwant %v\n%s", got, want, made.SQL)
					}
					told++
					if len(want) > 0 && len(want) < len(s.data["customers"]) {
						some++
					}
				}
			})
			t.Logf("%d conditions, %d of which some rows fulfil", told, some)
			if some*3 < told {
				t.Errorf("only %d of %d conditions are fulfilled by some of the rows", some, told)
			}
		})
	}
}
