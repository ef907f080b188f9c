package warehousetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/trinodb/trino-go-client/trino"

	"github.com/eddy-retl/eddy/warehouse"
)

// trinoServer is one Trino for the test process, started when the first test asks for it.
var trinoServer = sync.OnceValues(StartTrino) //nolint:gochecknoglobals // one server a test process

// TrinoServer is a Trino that this process started on loopback; scripts/engines/trino.sh says who
// may log in, and how.
type TrinoServer struct{ *Program }

// Port is its port of http, and SecurePort that of https.
func (s *TrinoServer) Port() string { return fmt.Sprint(s.Ports[0]) }

// SecurePort is its port of https.
func (s *TrinoServer) SecurePort() string { return fmt.Sprint(s.Ports[1]) }

// StartTrino starts a server of its own. It ends with this process.
func StartTrino() (*TrinoServer, error) {
	p, err := Start("trino", 2, func(ctx context.Context, p *Program) error {
		s := &TrinoServer{p}
		db, err := s.Open("admin", "")
		if err != nil {
			return err
		}
		defer db.Close()
		ctx, stop := context.WithTimeout(ctx, 10*time.Second)
		defer stop()
		return db.QueryRowContext(ctx, "SELECT 1").Scan(new(int))
	})
	if err != nil {
		return nil, err
	}
	return &TrinoServer{p}, nil
}

// Open opens the memory catalog as a user, with a schema for names that have none. The caller
// closes it.
func (s *TrinoServer) Open(user, schema string) (*sql.DB, error) {
	once := 1
	c, err := trino.NewConnector(&trino.Config{
		ServerURI: "http://" + user + "@127.0.0.1:" + s.Port(), Source: "test", Catalog: "memory", Schema: schema, TimeZone: "UTC",
		HTTPClient: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2}}, RequestRetryMaxAttempts: &once,
	})
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

// Trino gives a real Trino that this test process started on loopback, and the name of a fresh
// schema in its catalog memory, which is emptied after the test.
func Trino(tb testing.TB) (s *TrinoServer, schema string) {
	tb.Helper()
	Wanted(tb, "trino")
	s, err := trinoServer()
	if err != nil {
		tb.Fatalf("start Trino: %v", err)
	}
	schema = fmt.Sprintf("test_%d", time.Now().UnixNano())
	db, err := s.Open("admin", schema)
	if err == nil {
		_, err = db.Exec("CREATE SCHEMA memory." + schema)
	}
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := errors.Join(emptyTrino(db, schema), db.Close()); err != nil {
			tb.Errorf("clean up: %v", err)
		}
	})
	return s, schema
}

// emptyTrino drops all that stands in schemas whose names begin with a schema's, and these.
func emptyTrino(db *sql.DB, schema string) error {
	drops, err := texted(db, "SELECT CASE table_type WHEN 'VIEW' THEN 'DROP VIEW ' ELSE 'DROP TABLE ' END || 'memory.\"' || replace(table_schema, '\"', '\"\"') || '\".\"' || replace(table_name, '\"', '\"\"') || '\"' FROM memory.information_schema.tables WHERE starts_with(table_schema, "+
		warehouse.QuoteText(schema)+") UNION ALL SELECT 'DROP SCHEMA memory.\"' || replace(schema_name, '\"', '\"\"') || '\"' FROM memory.information_schema.schemata WHERE starts_with(schema_name, "+warehouse.QuoteText(schema)+") ORDER BY 1 DESC")
	for _, drop := range drops {
		_, failed := db.Exec(drop)
		err = errors.Join(err, failed)
	}
	return err
}

// texted gives the first column of a query.
func texted(db *sql.DB, query string) (out []string, err error) {
	rows, err := db.Query(query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

// TrinoSpelling is how a user of Trino writes what the suites need.
func TrinoSpelling() Spelling {
	return Spelling{
		ColumnTypes: ColumnTypes{Text: "varchar", Integer: "integer", Decimal: "decimal(15, 2)", Single: "real", Double: "double", Timestamp: "timestamp(6)"},
		Quote:       warehouse.Quote, Literal: warehouse.QuoteText,
		Moment: "TIMESTAMP '%s'", AsText: "CAST(%s AS varchar)", Joined: "array_join(ARRAY[%s, %s], '')", Repeated: "lpad('', %[2]d, %[1]s)",
		List: "split(%s, ',')", Replaces: "TRUNCATE TABLE %s",
		Series:      "TABLE(sequence(1, %d)) AS g(i)",
		Endless:     "SELECT CAST(a.i AS varchar) AS id, CAST(count(*) AS varchar) AS email, '' AS phone FROM TABLE(sequence(1, 2000000)) AS a(i) JOIN TABLE(sequence(1, 2000000)) AS b(i) ON a.i + b.i > 0 GROUP BY 1",
		HalfWay:     "SELECT CAST(i AS varchar) AS id, CAST(CAST(CASE WHEN i = 150000 THEN 'secret@x.com' ELSE '1' END AS integer) AS varchar) AS email FROM TABLE(sequence(1, 150000)) AS g(i)",
		HalfWaySays: "converted",
	}
}

// trinoSite is a fresh schema of the memory catalog.
func trinoSite(tb testing.TB) *Site {
	tb.Helper()
	s, schema := Trino(tb)
	db, err := s.Open("admin", schema)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	run := func(q string) error { _, err := db.Exec(q); return err }
	own := schema + "_own"
	return &Site{
		Spelling: TrinoSpelling(),
		Type:     "trino",
		Options:  map[string]string{"host": "127.0.0.1", "port": s.Port(), "http_scheme": "http", "user": "eddy", "catalog": "memory", "default_schema": schema},
		Own:      "memory." + own,
		Exec:     run,
		Value:    func(q string) (text string, err error) { return text, db.QueryRow(q).Scan(&text) },
		Schema: func(name string) (string, error) {
			name = schema + name
			return name, run("CREATE SCHEMA memory." + warehouse.Quote(name))
		},
		Wipe: func() error { return emptyTrino(db, own) },
	}
}
