package warehousetest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eddy-retl/eddy/warehouse"
)

// clickhouse starts one ClickHouse for the test process, when the first test asks for it.
var clickhouse = sync.OnceValues(func() (*ClickHouseServer, error) { return StartClickHouse() }) //nolint:gochecknoglobals // one server a test process

// ClickHouseServer is a real ClickHouse that this process started on loopback. The user
// "admin" may do everything; the password of each user is its name.
type ClickHouseServer struct {
	*Program

	// Native and HTTP are the ports.
	Native, HTTP int
}

// StartClickHouse starts a server of its own, for a test that ends it.
func StartClickHouse() (*ClickHouseServer, error) {
	p, err := Start("clickhouse", 2, func(ctx context.Context, p *Program) error {
		s := &ClickHouseServer{p, p.Ports[0], p.Ports[1]}
		_, err := s.ask(ctx, "admin", "SELECT 1")
		return err
	})
	if err != nil {
		return nil, err
	}
	return &ClickHouseServer{p, p.Ports[0], p.Ports[1]}, nil
}

// ClickHouse gives the server of this process.
func ClickHouse(tb testing.TB) *ClickHouseServer {
	tb.Helper()
	Wanted(tb, "clickhouse")
	s, err := clickhouse()
	if err != nil {
		tb.Fatalf("start ClickHouse: %v", err)
	}
	return s
}

// databases numbers the databases of a test process.
var databases atomic.Int64 //nolint:gochecknoglobals // names are used once

// Database makes an empty database, which is dropped after the test, and one of Eddy's own
// beside it, whose name has _eddy at its end, if somebody makes that.
func (s *ClickHouseServer) Database(tb testing.TB) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d_%d", time.Now().UnixNano(), databases.Add(1))
	if err := s.Exec(name, ""); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, d := range []string{name, name + "_eddy"} {
			if _, err := s.ask(context.Background(), "admin", "DROP DATABASE IF EXISTS "+d+" SYNC"); err != nil {
				tb.Error(err)
			}
		}
	})
	return name
}

// Exec runs a statement as the administrator, in a database that is made if it is missing.
func (s *ClickHouseServer) Exec(database, sql string) error {
	_, err := s.Value(database, sql)
	return err
}

// Value runs a statement likewise and gives what it answers, without the last end of a line.
func (s *ClickHouseServer) Value(database, sql string) (string, error) {
	if _, err := s.ask(context.Background(), "admin", "CREATE DATABASE IF NOT EXISTS "+database); err != nil || sql == "" {
		return "", err
	}
	return s.ask(context.Background(), "admin", sql, "database="+database)
}

// ask sends a statement over HTTP.
func (s *ClickHouseServer) ask(ctx context.Context, user, sql string, parameters ...string) (string, error) {
	at := fmt.Sprintf("http://127.0.0.1:%d/?wait_end_of_query=1&data_type_default_nullable=1&union_default_mode=DISTINCT&default_table_engine=MergeTree&create_table_empty_primary_key_by_default=1&%s", s.HTTP, strings.Join(parameters, "&"))
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, at, strings.NewReader(sql))
	if err != nil {
		return "", err
	}
	r.URL.User = url.UserPassword(user, user)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%.500s: %s", sql, body)
	}
	return strings.TrimSuffix(string(body), "\n"), err
}

// OnClickHouse is what tests run as ClickHouse.
const OnClickHouse = "ClickHouse 26.7, the engine from its library"

// ClickHouseSpelling is how ClickHouse's own SQL writes what the cases need.
func ClickHouseSpelling() Spelling {
	return Spelling{
		ColumnTypes: ColumnTypes{Text: "String", Integer: "Int32", Decimal: "Decimal(15, 2)", Single: "Float32", Double: "Float64", Timestamp: "DateTime64(6, 'UTC')"},
		// A backslash escapes in names, too.
		Quote:   func(name string) string { return warehouse.Quote(strings.ReplaceAll(name, `\`, `\\`)) },
		Literal: func(s string) string { return warehouse.QuoteText(strings.ReplaceAll(s, `\`, `\\`)) },
		Moment:  "toDateTime64('%s', 6, 'UTC')", AsText: "toString(%s)", Joined: "%s || %s", Repeated: "arrayStringConcat(arrayWithConstant(%[2]d, %[1]s))",
		List:        "splitByChar(',', assumeNotNull(%s))",
		Replaces:    "TRUNCATE TABLE %s",
		Series:      "(SELECT number + 1 AS i FROM numbers(%d)) AS g",
		Endless:     "SELECT toString(a.number) AS id, toString(count()) AS email, '' AS phone FROM numbers(2000000) AS a, numbers(2000000) AS b WHERE a.number + b.number > 0 GROUP BY 1",
		HalfWay:     "SELECT toString(number) AS id, toString(toInt32(if(number = 150000, 'secret@x.com', '1'))) AS email FROM numbers(150001)",
		HalfWaySays: "converted",
	}
}

// clickhouseSite is a database for a user, who may do everything, and the name of one for Eddy.
func clickhouseSite(tb testing.TB) *Site {
	tb.Helper()
	s := ClickHouse(tb)
	database, n := s.Database(tb), 0
	return &Site{
		Spelling: ClickHouseSpelling(), Type: "clickhouse", Own: database + "_eddy",
		Options: map[string]string{"host": "127.0.0.1", "port": fmt.Sprint(s.Native), "user": "admin", "password": "admin", "database": database, "secure": "false"},
		Exec: func(sql string) error {
			for one := range strings.SplitSeq(sql, ";\n") { // the server takes one at a time
				if err := s.Exec(database, one); err != nil {
					return err
				}
			}
			return nil
		},
		Value: func(sql string) (string, error) { return s.Value(database, sql) },
		Schema: func(name string) (string, error) {
			n++
			name = fmt.Sprintf("%s_%d_%s", database, n, name)
			quoted := ClickHouseSpelling().Quote(name)
			tb.Cleanup(func() { _ = s.Exec(database, "DROP DATABASE IF EXISTS "+quoted+" SYNC") })
			return name, s.Exec(database, "CREATE DATABASE "+quoted)
		},
		Wipe: func() error { return s.Exec(database, "DROP DATABASE IF EXISTS "+database+"_eddy SYNC") },
	}
}
