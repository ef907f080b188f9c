package warehousetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"
)

// databricksServer is one server for the test process, started when the first test asks for it.
var databricksServer = sync.OnceValues(StartDatabricks) //nolint:gochecknoglobals // one server a test process

// DatabricksServer is what stands for a Databricks SQL warehouse on loopback: Spark with Delta
// tables behind the API that scripts/engines/databricks.py implements. What it has and Databricks
// has not, or the other way round, is in [DatabricksDiffers]. Or it is somebody's own warehouse.
type DatabricksServer struct {
	*Program

	account map[string]string
}

// OnDatabricks is what the suites run on.
func OnDatabricks() string {
	return On("databricks", "a stand-in: Spark 4.1.4 with Delta 4.3.0 behind the API")
}

// Options are those of a source there whose models see a schema's tables.
func (s *DatabricksServer) Options(schema string) map[string]string {
	o := map[string]string{"http_path": "/sql/1.0/warehouses/eddy", "catalog": "spark_catalog", "token": "dapi-eddy"}
	if s.account != nil {
		o = maps.Clone(s.account)
	}
	o["host"], o["default_schema"] = s.Host(), schema
	return o
}

// DatabricksDiffers names each difference that a test or a suite makes allowance for, with its
// reason.
func DatabricksDiffers() map[string]string {
	return map[string]string{
		"names":              "Spark's catalog takes names of schemas and tables of ASCII letters, digits and _; Unity Catalog takes more",
		"information_schema": "open Spark has none; the server makes its tables and schemata of Spark's catalog",
		"parameters":         "the parser of Delta 4.3.0 loses those of Spark 4.1; the server writes them as literals with a cast",
		"written rows":       "open Delta says nothing of the rows that INSERT wrote; the server reads them from Delta's log",
		"grants":             "open Spark has none",
		"http":               "the server speaks no TLS",
	}
}

// Host is where the server is reached.
func (s *DatabricksServer) Host() string {
	if host := s.account["host"]; strings.Contains(host, "://") {
		return host
	} else if host != "" {
		return "https://" + host
	}
	return fmt.Sprintf("http://127.0.0.1:%d", s.Ports[0])
}

// StartDatabricks starts a server of its own. It ends with this process.
func StartDatabricks() (*DatabricksServer, error) {
	if o := Account("databricks"); o != nil {
		return &DatabricksServer{account: o}, nil
	}
	p, err := Start("databricks", 2, func(ctx context.Context, p *Program) error {
		ctx, stop := context.WithTimeout(ctx, 10*time.Second)
		defer stop()
		_, err := (&DatabricksServer{Program: p}).run(ctx, "", "SELECT 1")
		return err
	})
	if err != nil {
		return nil, err
	}
	return &DatabricksServer{Program: p}, nil
}

// answer is what the API tells of a statement.
type answer struct {
	ID     string `json:"statement_id"`
	Status struct {
		State string         `json:"state"`
		Error map[string]any `json:"error"`
	} `json:"status"`
	Result struct {
		Rows [][]*string `json:"data_array"`
	} `json:"result"`
}

// run runs a statement as a user of the API without any library, and gives its rows as texts.
func (s *DatabricksServer) run(ctx context.Context, schema, sql string) ([][]*string, error) {
	o := s.Options(schema)
	body, err := json.Marshal(map[string]string{"warehouse_id": path.Base(o["http_path"]), "statement": sql, "catalog": o["catalog"], "schema": schema, "wait_timeout": "50s"})
	if err != nil {
		return nil, err
	}
	var got answer
	err = s.call(ctx, http.MethodPost, "/api/2.0/sql/statements", body, &got)
	for err == nil && (got.Status.State == "PENDING" || got.Status.State == "RUNNING") {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
		err = s.call(ctx, http.MethodGet, "/api/2.0/sql/statements/"+got.ID, nil, &got)
	}
	if err != nil {
		return nil, err
	}
	if got.Status.State != "SUCCEEDED" {
		return nil, fmt.Errorf("%s %v", got.Status.State, got.Status.Error["message"])
	}
	return got.Result.Rows, nil
}

// call makes a call of the API.
func (s *DatabricksServer) call(ctx context.Context, method, path string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, s.Host()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+s.Options("")["token"])
	resp, err := (&http.Client{Transport: http.DefaultTransport}).Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(out)
}

// Files are the names of what lies in a folder of a volume.
func (s *DatabricksServer) Files(folder string) (out []string, err error) {
	var got struct {
		Contents []struct {
			Name string `json:"name"`
		} `json:"contents"`
	}
	err = s.call(context.Background(), http.MethodGet, "/api/2.0/fs/directories"+(&url.URL{Path: folder}).EscapedPath(), nil, &got)
	for _, c := range got.Contents {
		out = append(out, c.Name)
	}
	return out, err
}

// heard are the statements of programs, which have tags, that name a schema or look from it.
func (s *DatabricksServer) heard(schema string) (out []string, err error) {
	var got struct {
		Queries []struct {
			Schema string `json:"schema"`
			Text   string `json:"query_text"`
		} `json:"res"`
	}
	err = s.call(context.Background(), http.MethodGet, "/api/2.0/sql/history/queries", nil, &got)
	for _, q := range got.Queries {
		if q.Schema == schema || strings.Contains(q.Text, schema) {
			out = append(out, q.Text)
		}
	}
	return out, err
}

// Databricks gives a server that this test process started, and the name of a fresh schema, which
// is dropped after the test.
func Databricks(tb testing.TB) (s *DatabricksServer, schema string) {
	tb.Helper()
	Wanted(tb, "databricks")
	s, err := databricksServer()
	if err != nil {
		tb.Fatalf("start Databricks: %v", err)
	}
	schema = fmt.Sprintf("test_%d", time.Now().UnixNano())
	if s.account != nil {
		schema = passing()
	}
	if _, err := s.run(context.Background(), "", "CREATE SCHEMA "+schema); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.drop(schema); err != nil {
			tb.Errorf("clean up: %v", err)
		}
	})
	return s, schema
}

// drop drops the schemas whose names begin with a schema's.
func (s *DatabricksServer) drop(schema string) error {
	rows, err := s.run(context.Background(), "", "SHOW SCHEMAS LIKE '"+schema+"*'")
	for _, row := range rows {
		_, failed := s.run(context.Background(), "", "DROP SCHEMA `"+*row[0]+"` CASCADE")
		err = errors.Join(err, failed)
	}
	return err
}

// backtick writes a name as Databricks does.
func backtick(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// DatabricksSpelling is how a user of Databricks writes what the suites need.
func DatabricksSpelling() Spelling {
	return Spelling{
		ColumnTypes: ColumnTypes{Text: "STRING", Integer: "INT", Decimal: "DECIMAL(15, 2)", Single: "FLOAT", Double: "DOUBLE", Timestamp: "TIMESTAMP_NTZ"},
		Quote:       backtick, Literal: func(text string) string {
			return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "${", `\u0024{`).Replace(text) + "'"
		},
		Moment: "TIMESTAMP_NTZ'%s'", AsText: "CAST(%s AS STRING)", Joined: "concat(%s, %s)", Repeated: "repeat(%s, %d)",
		List: "split(%s, ',')", Replaces: "DELETE FROM %s",
		Series:      "(SELECT id + 1 AS i FROM range(%d)) AS g",
		Endless:     "SELECT CAST(a.id AS STRING) AS id, CAST(count(*) AS STRING) AS email, '' AS phone FROM range(2000000) a JOIN range(2000000) b ON a.id + b.id > 0 GROUP BY 1",
		HalfWay:     "SELECT CAST(id AS STRING) AS id, CAST(CAST(CASE WHEN id = 150000 THEN 'secret@x.com' ELSE '1' END AS INT) AS STRING) AS email FROM range(1, 150001)",
		HalfWaySays: "converted",
	}
}

// databricksSite is a fresh schema.
func databricksSite(tb testing.TB) *Site {
	tb.Helper()
	s, schema := Databricks(tb)
	run := func(sql string) error { _, err := s.run(context.Background(), schema, sql); return err }
	site := &Site{
		Spelling: DatabricksSpelling(),
		Type:     "databricks",
		Options:  s.Options(schema),
		Own:      schema + "_own",
		Exec:     run,
		Value: func(sql string) (string, error) {
			rows, err := s.run(context.Background(), schema, sql)
			if err != nil || len(rows) == 0 || rows[0][0] == nil {
				return "", errors.Join(err, fmt.Errorf("%d rows", len(rows)))
			}
			return *rows[0][0], nil
		},
		Schema: func(name string) (string, error) {
			name = schema + name
			return name, run("CREATE SCHEMA " + backtick(name))
		},
		Wipe: func() error { return s.drop(schema + "_own") },
	}
	if s.account == nil {
		site.Sent = func() ([]string, error) { return s.heard(schema) }
	}
	return site
}
