package warehousetest

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx

	"github.com/eddy-retl/eddy/warehouse"
)

// shims are the SQL that Redshift has and PostgreSQL has not.
//
//go:embed redshift.sql
var shims string

// standIn is the proxy of this test process before its PostgreSQL.
var standIn = sync.OnceValues(func() (*redshiftProxy, error) { //nolint:gochecknoglobals // one a test process
	s, err := server()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ending(func() { _ = l.Close() })
	p := &redshiftProxy{behind: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), told: map[string]bool{}}
	go p.listen(l)
	return p.at(l.Addr()), nil
})

// Redshift gives two URLs of a fresh, empty database: of a stand-in for Redshift, and of the
// same database as its owner has it. The stand-in is PostgreSQL behind a proxy that refuses what
// Redshift refuses, with SQL for what Redshift has beside: words and protocol are proved by it,
// and nothing else of Redshift. On an account both are a database of its own there.
func Redshift(tb testing.TB) (through, direct string) {
	tb.Helper()
	if o := Account("redshift"); o != nil {
		at := realRedshift(tb, o["url"])
		return at, at
	}
	direct = Postgres(tb)
	p, err := standIn()
	if err != nil {
		tb.Fatal(err)
	}
	u, err := url.Parse(direct)
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := pgx.Connect(tb.Context(), direct)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(tb.Context())) }()
	for _, sql := range []string{
		shims, // as in Redshift, a backslash in a literal stands for itself only where it is doubled
		fmt.Sprintf("ALTER DATABASE %s SET standard_conforming_strings = off", strings.TrimPrefix(u.Path, "/")),
		fmt.Sprintf("ALTER DATABASE %s SET escape_string_warning = off", strings.TrimPrefix(u.Path, "/")),
	} {
		if _, err := conn.Exec(tb.Context(), sql); err != nil {
			tb.Fatal(err)
		}
	}
	u.Host = p.address
	return u.String(), direct
}

// OnRedshift is what [Redshift] is.
func OnRedshift() string {
	return On("redshift", "a stand-in: PostgreSQL behind a proxy that refuses what Redshift refuses")
}

// redshiftSite is a database of the stand-in.
func redshiftSite(tb testing.TB) *Site {
	tb.Helper()
	Wanted(tb, "redshift")
	through, direct := Redshift(tb)
	db, err := sql.Open("pgx", direct)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	exec := func(q string) error {
		_, err := db.Exec(q)
		return err
	}
	return &Site{
		Spelling: RedshiftSpelling(), Type: "redshift", Options: map[string]string{"url": through}, Own: "_eddy", Exec: exec,
		Value:  func(q string) (text string, err error) { return text, db.QueryRow(q).Scan(&text) },
		Schema: func(name string) (string, error) { return name, exec("CREATE SCHEMA " + warehouse.Quote(name)) },
		Wipe:   func() error { return exec("DROP SCHEMA IF EXISTS _eddy CASCADE") },
	}
}

// RedshiftSpelling is how the user's side of a Redshift writes SQL.
func RedshiftSpelling() Spelling {
	s := Standard()
	s.ColumnTypes = ColumnTypes{Text: "VARCHAR(65535)", Integer: "INTEGER", Decimal: "DECIMAL(15, 2)", Single: "REAL", Double: "FLOAT8", Timestamp: "TIMESTAMP"}
	s.Literal = func(text string) string { return warehouse.QuoteText(strings.ReplaceAll(text, `\`, `\\`)) }
	s.AsText = "CAST(%s AS VARCHAR(65535))"
	s.Series = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n) AS g"
	s.Longest, s.List = 65_535, "%s" // there are no lists
	many := fmt.Sprintf(s.Series, 100_000)
	s.Endless = "SELECT CAST(a.i AS VARCHAR(65535)) AS id, CAST(count(*) AS VARCHAR(65535)) AS email, '' AS phone FROM " + strings.TrimSuffix(many, " AS g") + " AS a JOIN " + strings.TrimSuffix(many, " AS g") + " AS b ON a.i + b.i > 0 JOIN " + strings.TrimSuffix(many, " AS g") + " AS c ON b.i + c.i > 0 GROUP BY 1"
	s.HalfWay = "SELECT CAST(i AS VARCHAR(65535)) AS id, CAST(CAST(CASE WHEN i = 150000 THEN 'secret@x.com' ELSE '1' END AS INTEGER) AS VARCHAR(65535)) AS email FROM " + fmt.Sprintf(s.Series, 150_000)
	return s
}
