package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"cloud.google.com/go/bigquery"
	"google.golang.org/api/iterator"
	"google.golang.org/api/option"
)

// OnBigQuery is what the suites run on.
func OnBigQuery() string {
	return On("bigquery", "a stand-in: local-bigquery 0.4, which is DuckDB behind BigQuery's API")
}

// bigQueryServer is one stand-in for the test process, started when the first test asks for it.
var bigQueryServer = sync.OnceValues(StartBigQuery) //nolint:gochecknoglobals // one server a test process

// BigQueryServer is a stand-in of BigQuery that this process started on loopback, which has the one
// project local, and where nobody logs in; or somebody's own project.
type BigQueryServer struct {
	*Program

	client  *bigquery.Client
	account map[string]string
}

// Options are those of a source there whose models see a dataset's tables.
func (s *BigQueryServer) Options(dataset string) map[string]string {
	o := map[string]string{"project": "local", "method": "none", "default_dataset": dataset}
	if s.account != nil {
		// A cap on what one query may cost, unless the account names another.
		o = map[string]string{"maximum_bytes_billed": "200000000"}
		maps.Copy(o, s.account)
		o["default_dataset"] = dataset
		return o
	}
	o["api_endpoint"], o["storage_endpoint"] = s.Endpoint(), s.Storage()
	return o
}

// realBigQuery is somebody's own project, as whom the machine logs in by default.
func realBigQuery(o map[string]string) (*BigQueryServer, error) {
	c, err := bigquery.NewClient(context.Background(), o["project"])
	if err != nil {
		return nil, err
	}
	c.Location = o["location"]
	return &BigQueryServer{client: c, account: o}, nil
}

// Endpoint is where its API is called.
func (s *BigQueryServer) Endpoint() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Ports[0]) }

// Storage is where its Storage API is called.
func (s *BigQueryServer) Storage() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Ports[1]) }

// StartBigQuery starts a server of its own. It ends with this process.
func StartBigQuery() (*BigQueryServer, error) {
	if o := Account("bigquery"); o != nil {
		return realBigQuery(o)
	}
	s := &BigQueryServer{}
	_, err := Start("bigquery", 2, func(ctx context.Context, p *Program) (err error) {
		if s.Program = p; s.client == nil {
			s.client, err = bigquery.NewClient(context.Background(), "local", option.WithEndpoint(s.Endpoint()+"/bigquery/v2/"), option.WithoutAuthentication())
		}
		if err != nil {
			return err
		}
		ctx, stop := context.WithTimeout(ctx, 20*time.Second) // its database opens with the first request
		defer stop()
		_, err = s.value(ctx, "", "SELECT 1")
		return err
	})
	return s, err
}

// value runs a statement, which sees a dataset's tables, and gives the first value of its result.
func (s *BigQueryServer) value(ctx context.Context, dataset, sql string) (string, error) {
	q := s.client.Query(sql)
	if dataset != "" {
		q.DefaultProjectID, q.DefaultDatasetID = s.Options("")["project"], dataset
	}
	job, err := q.Run(ctx)
	if err != nil {
		return "", err
	}
	done, err := job.Wait(ctx)
	if err == nil {
		err = done.Err()
	}
	if told, ok := job.LastStatus().Statistics.Details.(*bigquery.QueryStatistics); err != nil || ok && told.StatementType != "SELECT" {
		return "", err
	}
	rows, err := job.Read(ctx)
	if err != nil {
		return "", err
	}
	var values []bigquery.Value
	if err = rows.Next(&values); err != nil || len(values) == 0 {
		return "", err
	}
	return fmt.Sprint(values[0]), nil
}

// Exec runs a statement that sees a dataset's tables.
func (s *BigQueryServer) Exec(dataset, sql string) error {
	_, err := s.value(context.Background(), dataset, sql)
	return err
}

// Running counts the jobs that have not ended, of ids that begin with a text.
func (s *BigQueryServer) Running(ctx context.Context, prefix string) (n int, err error) {
	for all := s.client.Jobs(ctx); ; {
		j, err := all.Next()
		if errors.Is(err, iterator.Done) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if strings.HasPrefix(j.ID(), prefix) && !j.LastStatus().Done() {
			n++
		}
	}
}

// wipe drops the datasets whose names begin with a text.
func (s *BigQueryServer) wipe(prefix string) (err error) {
	ctx := context.Background()
	for all := s.client.Datasets(ctx); ; {
		d, failed := all.Next()
		if errors.Is(failed, iterator.Done) {
			return err
		}
		if failed != nil {
			return errors.Join(err, failed)
		}
		if strings.HasPrefix(d.DatasetID, prefix) {
			err = errors.Join(err, d.DeleteWithContents(ctx))
		}
	}
}

// BigQuery gives a stand-in of BigQuery that this test process started on loopback, and the name
// of a fresh dataset, which is dropped after the test with those whose names begin with it.
func BigQuery(tb testing.TB) (s *BigQueryServer, dataset string) {
	tb.Helper()
	Wanted(tb, "bigquery")
	s, err := bigQueryServer()
	if err != nil {
		tb.Fatalf("start the stand-in of BigQuery: %v", err)
	}
	dataset = fmt.Sprintf("test_%d", time.Now().UnixNano())
	if s.account != nil {
		dataset = passing()
	}
	if err := s.Exec("", "CREATE SCHEMA "+dataset); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.wipe(dataset); err != nil {
			tb.Errorf("clean up: %v", err)
		}
	})
	return s, dataset
}

// BigQuerySpelling is how a user of BigQuery writes what the suites need. It has one float.
func BigQuerySpelling() Spelling {
	return Spelling{
		ColumnTypes: ColumnTypes{Text: "STRING", Integer: "INT64", Decimal: "NUMERIC(15, 2)", Double: "FLOAT64", Timestamp: "DATETIME"},
		Quote:       func(name string) string { return "`" + strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(name) + "`" },
		Literal: func(s string) string {
			text := "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "\n", `\n`, "\r", `\r`).Replace(s) + "'"
			// The stand-in reads \\x41 as A, where BigQuery reads a backslash.
			return "(" + strings.ReplaceAll(text, `\\x`, `\\' || 'x`) + ")"
		},
		Union:  "UNION DISTINCT",
		Moment: "DATETIME '%s'", AsText: "CAST(%s AS STRING)", Joined: "CONCAT(%s, %s)", Repeated: "REPEAT(%s, %d)",
		List: "SPLIT(%s, ',')", Replaces: "TRUNCATE TABLE %s",
		Series: "UNNEST(GENERATE_ARRAY(1, %d)) AS i",
		// Such a join, and not one of two long lists, stops at once where the stand-in is told to.
		Endless:     "SELECT CAST(a AS STRING) AS id, CAST(count(*) AS STRING) AS email, '' AS phone FROM UNNEST(GENERATE_ARRAY(1, 2000)) AS a, UNNEST(GENERATE_ARRAY(1, 2000)) AS b, UNNEST(GENERATE_ARRAY(1, 2000)) AS c, UNNEST(GENERATE_ARRAY(1, 2000)) AS d WHERE a + b + c + d > 0 GROUP BY 1",
		HalfWay:     "SELECT CAST(i AS STRING) AS id, CAST(CAST(CASE WHEN i = 150000 THEN 'secret@x.com' ELSE '1' END AS INT64) AS STRING) AS email FROM UNNEST(GENERATE_ARRAY(1, 150000)) AS i",
		HalfWaySays: "converted",
	}
}

// BigQueryNames says which names tables and columns may have: letters, marks, digits, connectors,
// dashes and spaces. See "Table naming" and "Column names" of the manual.
func BigQueryNames(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool {
		return !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Pc, unicode.Pd) && r != ' '
	}) < 0
}

// bigQuerySite is a fresh dataset.
func bigQuerySite(tb testing.TB) *Site {
	tb.Helper()
	s, dataset := BigQuery(tb)
	site := &Site{
		Spelling: BigQuerySpelling(), Type: "bigquery", Own: dataset + "_own", Options: s.Options(dataset),
		Exec:  func(sql string) error { return s.Exec(dataset, sql) },
		Value: func(sql string) (string, error) { return s.value(context.Background(), dataset, sql) },
		Wipe:  func() error { return s.wipe(dataset + "_own") },
	}
	n := 0
	site.Schema = func(string) (string, error) { // datasets have plain names only
		n++
		name := fmt.Sprintf("%s_%d", dataset, n)
		return name, s.Exec("", "CREATE SCHEMA "+name)
	}
	if s.account == nil {
		ear, endpoint := hearBigQuery(tb, s.Endpoint())
		site.Sent, site.Options["api_endpoint"] = ear.heard, endpoint
	}
	return site
}
