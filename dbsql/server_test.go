package dbsql_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/dbsql"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

func TestMain(m *testing.M) { os.Exit(warehousetest.Main(m)) }

// open makes a client of a server.
func open(t *testing.T, login dbsql.Login, change ...func(*dbsql.Config)) *dbsql.Client {
	t.Helper()
	s, schema := warehousetest.Databricks(t)
	conf := dbsql.Config{Host: s.Host(), Warehouse: "eddy", Catalog: "spark_catalog", Schema: schema, HTTP: &http.Client{Transport: &http.Transport{}}, Login: login}
	for _, c := range change {
		c(&conf)
	}
	c, err := dbsql.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func rows(ctx context.Context, c *dbsql.Client, s dbsql.Statement) (out []string, err error) {
	r, err := c.Run(ctx, s)
	if err != nil {
		return nil, err
	}
	return out, r.Rows(ctx, func(row [][]byte) error {
		out = append(out, fmt.Sprintf("%q", row))
		return nil
	})
}

// On a real Spark behind the API: every way to log in, results by links and inline, parameters,
// errors, files.
func TestServer(t *testing.T) {
	inline := func(c *dbsql.Config) { c.Inline = true }
	for name, c := range map[string]*dbsql.Client{
		"token": open(t, dbsql.Token("dapi-eddy")), "machine": open(t, dbsql.Machine("eddy", "open sesame")), "inline": open(t, dbsql.Token("dapi-eddy"), inline),
		"workload": open(t, dbsql.Workload("eddy", func(context.Context) (string, error) { return "workload", nil })),
	} {
		got, err := rows(t.Context(), c, dbsql.Statement{
			SQL:        "SELECT :name AS n, id, :none IS NULL AS missing FROM range(10) WHERE id < :most -- :no",
			Parameters: []dbsql.Parameter{{Name: "name", Value: new(`it's \ "x"`)}, {Name: "most", Value: new("2"), Type: "INT"}, {Name: "none"}}, Tags: []dbsql.Tag{{Key: "app", Value: "eddy"}},
		})
		if want := "[[\"it's \\\\ \\\"x\\\"\" \"0\" \"true\"] [\"it's \\\\ \\\"x\\\"\" \"1\" \"true\"]]"; fmt.Sprint(got) != want || err != nil {
			t.Errorf("%s: got %v (%v)", name, got, err)
		}
		n, last := 0, ""
		r, err := c.Run(t.Context(), dbsql.Statement{SQL: "SELECT CAST(id AS STRING) AS id FROM range(50000) AS r ORDER BY r.id"})
		if err == nil {
			err = r.Rows(t.Context(), func(row [][]byte) error { n++; last = string(row[0]); return nil })
		}
		if n != 50000 || r.Count != 50000 || last != "49999" || r.Columns[0] != (dbsql.Column{Name: "id", Type: "STRING"}) || err != nil {
			t.Errorf("%s: %d rows to %s of %+v (%v)", name, n, last, r, err)
		}
		if got, err := rows(t.Context(), c, dbsql.Statement{SQL: "SELECT 1 WHERE false"}); len(got) != 0 || err != nil {
			t.Errorf("%s: no rows gave %v (%v)", name, got, err)
		}
		if w, err := c.Warehouse(t.Context()); w.State != "RUNNING" || err != nil {
			t.Errorf("%s: the warehouse is %+v (%v)", name, w, err)
		}
	}
	c := open(t, dbsql.Token("dapi-eddy"))
	_, err := c.Run(t.Context(), dbsql.Statement{SQL: "SELECT nosuch"})
	if e, ok := errors.AsType[*dbsql.Error](err); !ok || e.State != dbsql.Failed || e.SQLState != "42703" || !strings.Contains(e.Message, "line 1 pos 7") {
		t.Errorf("an unknown column: %v", err)
	}
	_, err = open(t, dbsql.Token("wrong")).Run(t.Context(), dbsql.Statement{SQL: "SELECT 1"})
	if e, ok := errors.AsType[*dbsql.Error](err); !ok || e.Status != http.StatusForbidden || e.Code != "PERMISSION_DENIED" {
		t.Errorf("a wrong token: %v", err)
	}
	_, err = open(t, dbsql.Machine("eddy", "wrong")).Run(t.Context(), dbsql.Statement{SQL: "SELECT 1"})
	if e, ok := errors.AsType[*dbsql.LoginError](err); !ok || e.Code != "invalid_client" {
		t.Errorf("a wrong secret: %v", err)
	}
	_, err = open(t, dbsql.Token("dapi-eddy"), inline).Run(t.Context(), dbsql.Statement{SQL: "SELECT repeat('x', 100) AS x FROM range(280000)"})
	if err == nil || !strings.Contains(err.Error(), "26214400") {
		t.Errorf("a result that is too large for answers: %v", err)
	}
	const file = "/Volumes/main/eddy/loads/a b.json"
	if err := errors.Join(c.Upload(t.Context(), file, []byte(`{"id":"old"}`)), c.Upload(t.Context(), file, []byte(`{"id":"1"}`))); err != nil {
		t.Fatal(err)
	}
	if got, err := rows(t.Context(), c, dbsql.Statement{SQL: "SELECT id FROM json.`" + file + "`"}); fmt.Sprint(got) != `[["1"]]` || err != nil {
		t.Errorf("the file gives %v (%v)", got, err)
	}
	if err := c.Remove(t.Context(), file); err != nil {
		t.Error(err)
	}
	if _, err := rows(t.Context(), c, dbsql.Statement{SQL: "SELECT id FROM json.`" + file + "`"}); err == nil {
		t.Error("a removed file is read")
	}
}

// A statement is stopped on the server, and leaves no table.
func TestServerCancels(t *testing.T) {
	c := open(t, dbsql.Token("dapi-eddy"))
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
	defer stop()
	began := time.Now()
	_, err := c.Run(ctx, dbsql.Statement{SQL: "CREATE TABLE endless AS SELECT count(*) AS n FROM range(100000000) a CROSS JOIN range(100000) b WHERE (a.id * b.id) % 7 = 3"})
	if !errors.Is(err, context.DeadlineExceeded) || strings.Contains(err.Error(), "may still run") || time.Since(began) > 20*time.Second {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	if _, err := c.Run(t.Context(), dbsql.Statement{SQL: "SELECT * FROM endless"}); err == nil || !strings.Contains(err.Error(), "TABLE_OR_VIEW_NOT_FOUND") {
		t.Errorf("the table: %v", err)
	}
}

// The server of these tests was made beside the client: Databricks' own SDK judges it.
func TestOfficialSDK(t *testing.T) {
	s, _ := warehousetest.Databricks(t)
	out, err := exec.CommandContext(t.Context(), "../scripts/engines/databricks.sh", "check", fmt.Sprint(s.Ports[0])).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
