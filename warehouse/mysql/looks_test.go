package mysql_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/setup"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// TestLooks: what the commands and the page show of a model, before it is ever run.
func TestLooks(t *testing.T) {
	both(t, func(t *testing.T, p *warehousetest.MySQLPlace) {
		do(t, p, "CREATE TABLE customers (id varchar(20), number int, email varchar(50), seen datetime)",
			"INSERT INTO customers VALUES ('a', 1, 'a@x.com', '2026-02-03 04:05:06'), ('A', 1, 'b@x.com', NULL), ('á', 2, 'c@x.com', NULL), ('b ', 3, 'd@x.com', NULL), ('b', 4, 'e@x.com', NULL), ('b', 5, 'f@x.com', NULL), (NULL, 6, NULL, NULL)")
		path := filepath.Join(t.TempDir(), "eddy.yaml")
		must(t, os.WriteFile(path, fmt.Appendf(nil, "sources:\n  shop: {type: mysql, server: 127.0.0.1, port: %d, user: eddy, password: eddy, database: %s}\n", p.Port, p.Database), 0o600))
		s, err := setup.Load(path, "", func(string) (string, bool) { return "", false })
		must(t, err)
		for _, m := range []eddy.Model{{Table: "customers"}, {SQL: "SELECT * FROM customers # all of them"}} {
			for column, want := range map[string]setup.Uniqueness{"id": {Rows: 7, Nulls: 1, Duplicates: 1, Repeated: 2}, "number": {Rows: 7, Duplicates: 1, Repeated: 2}} {
				if u, found, err := s.Identifier(t.Context(), "shop", m, column); u != want || !found || err != nil {
					t.Errorf("%s: %+v, %t (%v), want %+v", column, u, found, err, want)
				}
			}
			sample, err := s.Sample(t.Context(), "shop", m, 1, "seen")
			if err != nil || len(sample.Rows) != 1 || len(sample.Columns) != 4 || *sample.Rows[0][3] != "2026-02-03T04:05:06Z" {
				t.Errorf("%+v (%v)", sample, err)
			}
		}
		if _, err := s.Sample(t.Context(), "shop", eddy.Model{Table: "nowhere"}, 1); err == nil || !strings.Contains(err.Error(), "nowhere") {
			t.Errorf("a table that is not there: %v", err)
		}
	})
}
