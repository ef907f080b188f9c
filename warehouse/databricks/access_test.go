package databricks_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/dial"
	"github.com/eddy-retl/eddy/warehouse"
	"github.com/eddy-retl/eddy/warehouse/databricks"
	"github.com/eddy-retl/eddy/warehouse/duckdb"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// with gives options, some of them changed; an empty text takes one out.
func with(base map[string]string, changes ...string) map[string]string {
	out := maps.Clone(base)
	for i := 0; i < len(changes); i += 2 {
		if out[changes[i]] = changes[i+1]; changes[i+1] == "" {
			delete(out, changes[i])
		}
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What is wrong with options is told before anybody is called.
func TestOptions(t *testing.T) {
	t.Parallel()
	right := map[string]string{"host": "dbc.invalid", "http_path": "/sql/1.0/warehouses/w1", "catalog": "main", "token": "hunter2"}
	for name, c := range map[string]struct {
		options map[string]string
		want    string
	}{
		"no host":                 {with(right, "host", ""), "host is missing"},
		"no path":                 {with(right, "http_path", ""), "http_path is missing"},
		"no catalog":              {with(right, "catalog", ""), "catalog is missing"},
		"a cluster":               {with(right, "http_path", "sql/protocolv1/o/1/0-1-a"), "names no SQL warehouse"},
		"a path in the id":        {with(right, "http_path", "/sql/1.0/warehouses/../x"), "names no SQL warehouse"},
		"http":                    {with(right, "host", "http://dbc.invalid"), "another way than https"},
		"a user in the host":      {with(right, "host", "https://u:p@dbc.invalid"), "not the name of a server"},
		"a path in the host":      {with(right, "host", "dbc.invalid/x"), "not the name of a server"},
		"a volume of a schema":    {with(right, "volume", "main.loads"), "names no volume"},
		"a volume that leads out": {with(right, "volume", `main.".."."x"`), "names no volume"},
		"a folder of a volume":    {with(right, "volume", "main.eddy.loads/x"), "names no volume"},
		"no token":                {with(right, "token", ""), "token is missing"},
		"no secret":               {with(right, "token", "", "auth_type", "oauth", "client_id", "i"), "client_secret is missing"},
		"no id":                   {with(right, "token", "", "auth_type", "oauth", "client_secret", "hunter2"), "client_id is missing"},
		"a secret of the machine": {with(right, "token", "", "auth_type", "workload_identity", "oidc_token_filepath", "/etc/hostname"), "not taken on a server"},
	} {
		_, err := databricks.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Served: true, Options: c.options})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") || eddy.ErrorCode(err) != eddy.CodeConfig {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := databricks.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: with(right, "token", "", "auth_type", "workload_identity", "oidc_token_filepath", "access_test.go")})
	if err == nil || !strings.Contains(err.Error(), "holds no token") || strings.Contains(err.Error(), "package") || eddy.ErrorCode(err) != eddy.CodeConfig {
		t.Errorf("a file that is no token: %v", err)
	}
}

func TestLogIns(t *testing.T) {
	site := warehousetest.NewSite(t, "databricks")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed := l.Addr().String()
	_ = l.Close()
	jwt := filepath.Join(t.TempDir(), "jwt")
	must(t, os.WriteFile(jwt, []byte("a.b.c\n"), 0o600))
	base := with(site.Options, "token", "")
	for name, c := range map[string]struct {
		options map[string]string
		want    string
	}{
		"token":               {site.Options, ""},
		"oauth":               {with(base, "auth_type", "oauth", "client_id", "eddy", "client_secret", "open sesame"), ""},
		"a wrong token":       {with(base, "token", "hunter2"), "did not let the user in"},
		"a wrong secret":      {with(base, "auth_type", "oauth", "client_id", "eddy", "client_secret", "hunter2"), "gave no token"},
		"an unknown identity": {with(base, "auth_type", "workload_identity", "oidc_token_filepath", jwt), "gave no token"},
		"another warehouse":   {with(site.Options, "http_path", "/sql/1.0/warehouses/w2"), "no such SQL warehouse"},
		"an unknown catalog":  {with(site.Options, "catalog", "nowhere"), "nowhere"},
		"a closed port":       {with(site.Options, "host", "http://"+closed), "cannot be reached"},
		"an unknown host":     {with(site.Options, "host", "no-such-host.invalid"), "cannot be reached"},
	} {
		src, err := open(t.Context(), c.options)
		if c.want == "" {
			must(t, err)
			must(t, src.Close())
		} else if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") || eddy.ErrorCode(err) != eddy.CodeSource {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// staged stages id and email.
func staged(t *testing.T, src warehouse.Source, table string, m eddy.Model) error {
	t.Helper()
	e, err := duckdb.Engine{}.Open(t.Context())
	must(t, err)
	defer e.Close()
	columns, err := src.Columns(t.Context(), m)
	if err != nil {
		return err
	}
	_, err = src.Stage(t.Context(), e, table, []warehouse.Selected{{As: "record_id", Column: &columns[0]}, {As: "email", Column: &columns[1]}}, m)
	return err
}

// No error quotes a value of the model (promise 10), and places in SQL are those of the user's text.
func TestErrorsTellNoValues(t *testing.T) {
	site := warehousetest.NewSite(t, "databricks")
	src, err := open(t.Context(), site.Options)
	must(t, err)
	defer src.Close()
	const from = " FROM VALUES (concat('sec', 'ret@x.com')) AS v(x)"
	for _, sql := range []string{
		"SELECT CAST(x AS BIGINT) AS id, x AS email", "SELECT x AS id, CAST(x AS DATE) AS email", "SELECT x AS id, to_timestamp(x, 'yyyy') AS email", "SELECT x AS id, raise_error(x) AS email",
		"SELECT x AS id, regexp_extract('a', concat(x, '(')) AS email", "SELECT x AS id, 1 / (length(x) - 12) AS email", "SELECT x AS id, parse_json(x) AS email", "SELECT x AS id, url_decode(concat('%', x)) AS email",
		"SELECT x AS id, unhex(concat('xyz', x)) AS email", "SELECT assert_true(x = '') AS id, x AS email", "SELECT x AS id, to_number(x, '999') AS email", "SELECT x AS id, element_at(map('a', 1), x) AS email",
	} {
		if err := staged(t, src, "s", eddy.Model{SQL: sql + from}); err != nil && (strings.Contains(err.Error(), "ret@") || eddy.ErrorCode(err) != eddy.CodeSource) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	ctx := warehouse.WithComment(t.Context(), "/* eddy */\n")
	for sql, want := range map[string]string{"SELECT id,\n  mail FROM VALUES (1) AS v(id)": "line 2 pos 2", "SELECT 1 AS id,\n  2 x x": "line 2, pos 6"} {
		if _, err := src.Columns(ctx, eddy.Model{SQL: sql}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the place of a mistake: %v", err)
		}
	}
}

// A statement that takes longer than it may is stopped, and says so.
func TestPatience(t *testing.T) {
	site := warehousetest.NewSite(t, "databricks")
	src, err := databricks.Kind().Open(t.Context(), eddy.Source{Dialer: dial.Anywhere(), Name: "shop", Options: site.Options, Patience: 8 * time.Second})
	must(t, err)
	defer src.Close()
	err = staged(t, src, "s", eddy.Model{SQL: site.Spelling.Endless})
	if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "statement_timeout") {
		t.Errorf("a statement that takes too long: %v", err)
	}
}
