package warehousetest

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/snowflakedb/gosnowflake/v2"

	"github.com/eddy-retl/eddy/warehouse"
)

// snowflakeServer is one stand-in for Snowflake for the test process, started when the first test
// asks for it.
var snowflakeServer = sync.OnceValues(StartSnowflake) //nolint:gochecknoglobals // one server a test process

// SnowflakeServer is a stand-in for Snowflake that this process started on loopback;
// scripts/engines/snowflake/server.py says what it checks, and who may log in.
type SnowflakeServer struct{ *Program }

// Port is where it listens.
func (s *SnowflakeServer) Port() string { return fmt.Sprint(s.Ports[0]) }

// Key is the file of the private key that lets in.
func (s *SnowflakeServer) Key() string { return filepath.Join(s.Dir, "key.p8") }

// Options are those of a source that logs in by key pair.
func (s *SnowflakeServer) Options(database string) map[string]string {
	return map[string]string{
		"account": "myorg-shop", "user": "eddy", "role": "EDDY", "warehouse": "EDDY", "database": database, "default_schema": "PUBLIC",
		"private_key_path": s.Key(), "host": "127.0.0.1", "port": s.Port(), "protocol": "http",
	}
}

// SnowflakeStatement is a statement that the stand-in ran.
type SnowflakeStatement struct {
	User, Database, Tag, SQL string
	Describe                 bool
}

// Statements are those that it ran until now.
func (s *SnowflakeServer) Statements() (out []SnowflakeStatement, err error) {
	return out, s.told("statements", &out)
}

// SnowflakeLogin is what a client said of itself, and of its session.
type SnowflakeLogin struct {
	Environment struct {
		Platform      []string
		CoreLoadError string `json:"CORE_LOAD_ERROR"`
		CoreVersion   string `json:"CORE_VERSION"`
	}
	Settings map[string]any
}

// Logins are those of sessions until now.
func (s *SnowflakeServer) Logins() (out []SnowflakeLogin, err error) {
	return out, s.told("logins", &out)
}

func (s *SnowflakeServer) told(what string, out any) error {
	resp, err := http.Get("http://127.0.0.1:" + s.Port() + "/eddy/" + what)
	if err != nil {
		return err
	}
	return errors.Join(json.NewDecoder(resp.Body).Decode(out), resp.Body.Close())
}

// StartSnowflake starts a stand-in of its own. It ends with this process.
func StartSnowflake() (*SnowflakeServer, error) {
	p, err := Start("snowflake", 1, func(_ context.Context, p *Program) error {
		return (&SnowflakeServer{p}).told("logins", &[]SnowflakeLogin{})
	})
	if err != nil {
		return nil, err
	}
	return &SnowflakeServer{p}, nil
}

// Open opens a database as a user with a password. The caller closes it.
func (s *SnowflakeServer) Open(database string) *sql.DB {
	off := "false"
	return sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: "myorg-shop", User: "admin", Password: "open sesame", Database: database, Schema: "PUBLIC", Protocol: "http", Host: "127.0.0.1", Port: s.Ports[0],
		Params: map[string]*string{"CLIENT_TELEMETRY_ENABLED": &off, "TIMEZONE": new("UTC")}, Transporter: http.DefaultTransport,
	}))
}

// Snowflake gives a stand-in for Snowflake that this test process started on loopback, and the
// name of a fresh database, which is dropped after the test.
func Snowflake(tb testing.TB) (s *SnowflakeServer, database string) {
	tb.Helper()
	Wanted(tb, "snowflake")
	s, err := snowflakeServer()
	if err != nil {
		tb.Fatalf("start the stand-in for Snowflake: %v", err)
	}
	database = fmt.Sprintf("TEST_%d", time.Now().UnixNano())
	db := s.Open(database)
	if _, err := db.Exec("CREATE SCHEMA IF NOT EXISTS " + database + ".PUBLIC"); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return s, database
}

// plainName is a name that Snowflake takes for one in upper case, quoted or not.
var plainName = regexp.MustCompile(`^(?:[a-z_][a-z0-9_$]*|[A-Z_][A-Z0-9_$]*)$`)

// SnowflakeQuote writes a name as a user of Snowflake does who wants to find it without quotes.
func SnowflakeQuote(name string) string {
	if plainName.MatchString(name) {
		name = strings.ToUpper(name)
	}
	return warehouse.Quote(name)
}

// SnowflakeSpelling is how a user of Snowflake writes what the suites need. It has no floats of
// 24 bits.
func SnowflakeSpelling() Spelling {
	return Spelling{
		ColumnTypes: ColumnTypes{Text: "VARCHAR", Integer: "INTEGER", Decimal: "NUMBER(15, 2)", Double: "FLOAT", Timestamp: "TIMESTAMP_NTZ"},
		Quote:       SnowflakeQuote, Literal: func(s string) string { return warehouse.QuoteText(strings.ReplaceAll(s, `\`, `\\`)) },
		Moment: "'%s'::TIMESTAMP_NTZ", AsText: "CAST(%s AS VARCHAR)", Joined: "%s || %s", Repeated: "REPEAT(%s, %d)",
		List: "SPLIT(%s, ',')", Replaces: "TRUNCATE TABLE %s",
		Series:      "(SELECT SEQ4() + 1 AS i FROM TABLE(GENERATOR(ROWCOUNT => %d))) AS g",
		Endless:     "SELECT CAST(a.i AS VARCHAR) AS id, CAST(COUNT(*) AS VARCHAR) AS email, '' AS phone FROM (SELECT SEQ4() AS i FROM TABLE(GENERATOR(ROWCOUNT => 2000000))) AS a JOIN (SELECT SEQ4() AS i FROM TABLE(GENERATOR(ROWCOUNT => 2000000))) AS b ON a.i + b.i > 0 GROUP BY 1",
		HalfWay:     "SELECT CAST(i AS VARCHAR) AS id, CAST(CAST(CASE WHEN i = 150000 THEN 'secret@x.com' ELSE '1' END AS INTEGER) AS VARCHAR) AS email FROM (SELECT SEQ4() + 1 AS i FROM TABLE(GENERATOR(ROWCOUNT => 150000))) AS g",
		HalfWaySays: "converted",
	}
}

// realSnowflake are the options of somebody's own account, for a programmatic access token; nil where
// nobody named one.
func realSnowflake() map[string]string {
	o := Account("snowflake")
	if o != nil && o["authenticator"] == "" {
		o["authenticator"] = "token"
	}
	return o
}

// OnSnowflake is what the suites run on.
func OnSnowflake() string {
	return On("snowflake", "a stand-in: fakesnow, behind a server that checks what Snowflake checks")
}

// snowflakeSite is a fresh database of the stand-in, or a fresh schema of a real account, which is
// dropped after the test with the one of Eddy's own.
func snowflakeSite(tb testing.TB) *Site {
	tb.Helper()
	if o := realSnowflake(); o != nil {
		return realSnowflakeSite(tb, o)
	}
	s, database := Snowflake(tb)
	site := siteOn(tb, s.Open(database), s.Options(database), "_eddy", func(name string) string { return name })
	site.Sent = func() (out []string, err error) {
		all, err := s.Statements()
		for _, one := range all {
			if one.Database != database || one.User == "admin" {
				continue
			}
			if one.Describe {
				one.SQL = "-- described, and not carried out:\n" + one.SQL
			}
			out = append(out, one.SQL)
		}
		return out, err
	}
	return site
}

func realSnowflakeSite(tb testing.TB, o map[string]string) *Site {
	tb.Helper()
	schema := strings.ToUpper(passing())
	off, zone, most := "false", "UTC", "300"
	o["default_schema"] = schema
	db := sql.OpenDB(gosnowflake.NewConnector(gosnowflake.SnowflakeDriver{}, gosnowflake.Config{
		Account: o["account"], User: o["user"], Role: o["role"], Warehouse: o["warehouse"], Database: o["database"], Token: o["token"], Authenticator: gosnowflake.AuthTypePat,
		Params: map[string]*string{"CLIENT_TELEMETRY_ENABLED": &off, "TIMEZONE": &zone, "STATEMENT_TIMEOUT_IN_SECONDS": &most, "QUERY_TAG": &schema}, Transporter: http.DefaultTransport,
	}))
	if _, err := db.Exec("CREATE TRANSIENT SCHEMA " + schema + " DATA_RETENTION_TIME_IN_DAYS = 0"); err != nil {
		tb.Fatal(err)
	}
	others := []string{schema, schema + "_OWN"}
	site := siteOn(tb, db, o, schema+"_own", func(name string) string {
		others = append(others, schema+name)
		return schema + name
	})
	tb.Cleanup(func() {
		for _, name := range others {
			if err := site.Exec("DROP SCHEMA IF EXISTS " + SnowflakeQuote(name) + " CASCADE"); err != nil {
				tb.Errorf("clean up: %v", err)
			}
		}
	})
	return site
}

// siteOn is a site in one session, whose current schema is the options' default. A schema that a
// session makes is its current one from then on.
func siteOn(tb testing.TB, db *sql.DB, options map[string]string, own string, called func(string) string) *Site {
	tb.Helper()
	db.SetMaxOpenConns(1)
	tb.Cleanup(func() { _ = db.Close() })
	run := func(q string) error { _, err := db.Exec(q); return err }
	back := "USE SCHEMA " + options["default_schema"]
	return &Site{
		Spelling: SnowflakeSpelling(), Type: "snowflake", Options: options, Own: own, Exec: run,
		Value: func(q string) (string, error) {
			var text sql.NullString
			err := db.QueryRow(q).Scan(&text)
			return text.String, err
		},
		Schema: func(name string) (string, error) {
			name = called(name)
			return name, errors.Join(run("CREATE SCHEMA "+SnowflakeQuote(name)), run(back))
		},
		Wipe: func() error {
			return errors.Join(run("DROP SCHEMA IF EXISTS "+SnowflakeQuote(own)+" CASCADE"), run(back))
		},
	}
}
