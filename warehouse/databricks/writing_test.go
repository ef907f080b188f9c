package databricks_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// Whatever a text or a name has in it, the server takes it as that, and puts nothing in the place
// of a variable.
func TestHostileTextsAndNames(t *testing.T) {
	site := warehousetest.NewSite(t, "databricks")
	src, err := open(t.Context(), site.Options)
	must(t, err)
	defer src.Close()
	e, err := src.Engine(t.Context(), site.Own)
	must(t, err)
	defer e.Close()
	d := e.Dialect()
	read := func(sql string) (string, error) {
		var got string
		err := e.Query(t.Context(), sql, func(row [][]byte) error {
			got = string(row[0])
			return nil
		})
		return got, err
	}
	if got, err := site.Value("SELECT '${spark.app.name}'"); err != nil || got != "eddy" {
		t.Errorf("the server of the tests puts no variable in: %q, %v", got, err)
	}
	for _, text := range []string{"'", "''", `\`, `\'`, `\\'; --`, `"`, "`", "a\nb\r\nc\x00", "${spark.app.name}", "$${spark.app.name}", `\${spark.app.name}`, "$", "{", ":rows ?", "/* -- */", "%d%s", "北🙂"} {
		if got, err := read("SELECT " + d.Literal(text)); err != nil || got != text {
			t.Errorf("the text %q is %q: %v", text, got, err)
		}
		if strings.Contains(text, "${") {
			if _, err := read("SELECT n." + d.Quote(text) + " FROM (SELECT 1 AS " + d.Quote(text) + ") n"); err == nil || !strings.Contains(err.Error(), "${") {
				t.Errorf("the name %q is not refused: %v", text, err)
			}
			continue
		}
		if got, err := read("SELECT n." + d.Quote(text) + " FROM (SELECT 'x' AS " + d.Quote(text) + ") n"); err != nil || got != "x" {
			t.Errorf("the name %q gives %q: %v", text, got, err)
		}
	}
}

// Several write one table at the same time: each row is there once.
func TestWritersAtOnce(t *testing.T) {
	site := warehousetest.NewSite(t, "databricks")
	src, err := open(t.Context(), site.Options)
	must(t, err)
	defer src.Close()
	e, err := src.Engine(t.Context(), site.Own)
	must(t, err)
	defer e.Close()
	table := e.Schema() + ".t"
	const writers = 4
	failed := make(chan error, writers)
	for i := range writers {
		go func() {
			_, err := e.Exec(context.WithoutCancel(t.Context()), "CREATE TABLE IF NOT EXISTS "+table+" (n BIGINT)")
			if err == nil {
				// It reads what it writes to: Delta lets one of those that meet win, and tells the others.
				_, err = e.Exec(context.WithoutCancel(t.Context()), "INSERT INTO "+table+" (n) SELECT "+string(rune('0'+i))+" FROM (SELECT 1) one WHERE NOT EXISTS (SELECT 1 FROM "+table+" WHERE n = "+string(rune('0'+i))+")")
			}
			failed <- err
		}()
	}
	for range writers {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	var got []string
	must(t, e.Query(t.Context(), "SELECT n FROM "+table+" ORDER BY n", func(row [][]byte) error {
		got = append(got, string(row[0]))
		return nil
	}))
	if !slices.Equal(got, []string{"0", "1", "2", "3"}) {
		t.Errorf("the rows are %v", got)
	}
}
