package where_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/where"
)

// counted are the values of a column, how many rows have each, and how many have none.
type counted struct {
	values []string
	rows   map[string]int
	none   int
}

func (s *shop) valuesOf(m eddy.Model, column string) (out counted) {
	s.t.Helper()
	model, err := where.Values(s.t.Context(), s.source, m, column, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	columns, err := warehouse.Describe(s.t.Context(), s.source, model)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, model.SQL)
	}
	e, err := duckdb.Engine{}.Open(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	defer e.Close()
	if _, err := s.source.Stage(s.t.Context(), e, "staged", []warehouse.Selected{{As: "v", Column: &columns[0]}, {As: "n", Column: &columns[1]}}, model); err != nil {
		s.t.Fatalf("%v\n%s", err, model.SQL)
	}
	out.rows = map[string]int{}
	err = e.Query(s.t.Context(), "SELECT v, n FROM staged ORDER BY v", func(r [][]byte) error {
		n, err := strconv.Atoi(string(r[1]))
		if r[0] == nil {
			out.none += n
			return err
		}
		out.values = append(out.values, string(r[0]))
		out.rows[string(r[0])] += n
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// TestEachRowIsOfOneValue lists the values of columns of every kind: each row has the one under which it
// is counted, and no other, however the warehouse writes it.
func TestEachRowIsOfOneValue(t *testing.T) {
	t.Parallel()
	for _, place := range places() {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, place)
			for _, column := range s.columns()["customers"] {
				if column[0] == "tags" {
					continue
				}
				partitioned(t, s, column[0])
			}
		})
	}
}

func partitioned(t *testing.T, s *shop, column string) {
	t.Helper()
	m := eddy.Model{Table: "customers"}
	got := s.valuesOf(m, column)
	total, none := got.none, 0
	for _, n := range got.rows {
		total += n
	}
	for _, r := range s.data["customers"] {
		if r[column] == nil || r[column] == "" {
			none++
		}
	}
	if total != len(s.data["customers"]) || got.none != none {
		t.Errorf("%s: %d rows are counted, %d of them without a value; there are %d and %d", column, total, got.none, len(s.data["customers"]), none)
	}
	var seen []int
	const most = 5 // on a slow server each takes a while
	for _, value := range got.values[:min(most, len(got.values))] {
		of, err := where.Valued(t.Context(), s.source, m, column, value)
		if err != nil {
			t.Fatal(err)
		}
		ids, _, err := s.ids(of)
		if err != nil {
			t.Fatalf("%v\n%s", err, of.SQL)
		}
		if len(ids) != got.rows[value] {
			t.Errorf("%s has %q in %d rows, and %d are listed", column, value, len(ids), got.rows[value])
		}
		for _, id := range ids {
			if slices.Contains(seen, id) {
				t.Errorf("row %d is of two values of %s, one of them %q", id, column, value)
			}
		}
		seen = append(seen, ids...)
	}
}
