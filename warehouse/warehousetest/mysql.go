package warehousetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/eddy-retl/eddy/warehouse"
)

// servers of one test process, each started when the first test asks for it.
var (
	mariadb = sync.OnceValues(func() (*Program, error) { return StartMySQL("mariadb") }) //nolint:gochecknoglobals // one server a test process
	mySQL   = sync.OnceValues(func() (*Program, error) { return StartMySQL("mysql") })   //nolint:gochecknoglobals // one server a test process
	places  atomic.Int64                                                                 //nolint:gochecknoglobals // keeps databases apart
)

// MySQLPlace is a fresh, empty database of a MariaDB or MySQL server, and the user who owns the
// server.
type MySQLPlace struct {
	Database string
	// Port is the server's on 127.0.0.1, and Dir its folder.
	Port int
	Dir  string
	db   *sql.DB
}

// StartMySQL starts a server of its own by scripts/engines: "mariadb" or "mysql". It ends with
// the test process. A port that was free may be somebody else's before the server has it, so that
// a start which failed is tried again.
func StartMySQL(engine string) (p *Program, err error) {
	for range 3 {
		p, err = Start(engine, 1, func(ctx context.Context, p *Program) error {
			db, err := openMySQL(p.Ports[0], "")
			if err != nil {
				return err
			}
			return errors.Join(db.PingContext(ctx), db.Close())
		})
		if err == nil {
			return p, nil
		}
	}
	return nil, err
}

// MariaDB gives a database of a MariaDB that this test process started. It is dropped after the
// test.
func MariaDB(tb testing.TB) *MySQLPlace {
	tb.Helper()
	return freshMySQL(tb, mariadb)
}

// MySQL is MariaDB's like on MySQL, for tests that asked for it. Its package comes from a suite
// of Debian that moves, so that a server which cannot be had is a loud notice and no failure.
func MySQL(tb testing.TB) *MySQLPlace {
	tb.Helper()
	Wanted(tb, "mysql")
	if _, err := mySQL(); err != nil {
		tb.Skipf("NOTICE: MYSQL WAS NOT TESTED, MariaDB alone was: %v", err)
	}
	return freshMySQL(tb, mySQL)
}

func freshMySQL(tb testing.TB, server func() (*Program, error)) *MySQLPlace {
	tb.Helper()
	p, err := server()
	if err != nil {
		tb.Fatal(err)
	}
	return PlaceOn(tb, p)
}

// PlaceOn gives a database of a server.
func PlaceOn(tb testing.TB, p *Program) *MySQLPlace {
	tb.Helper()
	at := &MySQLPlace{Database: fmt.Sprintf("test_%d", places.Add(1)), Port: p.Ports[0], Dir: p.Dir}
	db, err := openMySQL(at.Port, "")
	if err == nil {
		_, err = db.Exec("CREATE DATABASE " + at.Database)
	}
	if err != nil {
		tb.Fatal(err)
	}
	if at.db, err = openMySQL(at.Port, at.Database); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		// The server may be one that the test ended.
		_, _ = db.Exec("DROP DATABASE " + at.Database)
		_, _ = db.Close(), at.db.Close()
	})
	return at
}

// openMySQL opens a server as the user who may do everything.
func openMySQL(port int, database string) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = "eddy", "eddy", "tcp", "127.0.0.1:"+strconv.Itoa(port), database
	cfg.MultiStatements = true
	cfg.Logger = &mysql.NopLogger{}
	if err := cfg.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// Options are those of a source that reads the database as its owner.
func (p *MySQLPlace) Options() map[string]string {
	return map[string]string{"server": "127.0.0.1", "port": strconv.Itoa(p.Port), "user": "eddy", "password": "eddy", "database": p.Database}
}

// Certificate is the file of the server's certificate, which is its own authority, and Key that of
// its key.
func (p *MySQLPlace) Certificate() (cert, key string) {
	return filepath.Join(p.Dir, "tls.pem"), filepath.Join(p.Dir, "tls.key")
}

// Exec runs statements as the owner.
func (p *MySQLPlace) Exec(statements string) error {
	return p.ExecContext(context.Background(), statements)
}

// ExecContext is Exec while ctx lasts.
func (p *MySQLPlace) ExecContext(ctx context.Context, statements string) error {
	_, err := p.db.ExecContext(ctx, statements)
	return err
}

// Value runs a query as the owner and gives its one value as text.
func (p *MySQLPlace) Value(query string) (string, error) {
	var value sql.NullString
	err := p.db.QueryRow(query).Scan(&value)
	return value.String, err
}

// mySQLSite is a database of a server.
func mySQLSite(name string, fresh func(testing.TB) *MySQLPlace) siteKind {
	return siteKind{fresh: func(tb testing.TB) *Site {
		tb.Helper()
		Wanted(tb, name)
		p := fresh(tb)
		return &Site{
			Spelling: MySQLSpelling(), Type: "mysql", Options: p.Options(), Exec: p.Exec, Value: p.Value, Schema: p.Schema(tb),
		}
	}}
}

// Schema makes databases beside, whose names are the server's, and others make some too. They
// are dropped after the test.
func (p *MySQLPlace) Schema(tb testing.TB) func(name string) (string, error) {
	tb.Helper()
	return func(name string) (string, error) {
		const most = 64 // characters of a name
		made := []rune(fmt.Sprintf("%s_%d", name, places.Add(1)))
		made = made[max(0, len(made)-most):]
		quoted := MySQLSpelling().Quote(string(made))
		tb.Cleanup(func() { _ = p.Exec("DROP DATABASE " + quoted) })
		return string(made), p.Exec("CREATE DATABASE " + quoted)
	}
}

// millionOf is a FROM item of numbers i from 1 to a million.
const millionOf = "(SELECT 1 + a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n + 100000 * f.n AS i FROM %[1]s AS a, %[1]s AS b, %[1]s AS c, %[1]s AS d, %[1]s AS e, %[1]s AS f)"

// MySQLSpelling is how SQL is written on MySQL and MariaDB.
func MySQLSpelling() Spelling {
	ten := "(SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)"
	million := fmt.Sprintf(millionOf, ten)
	return Spelling{
		ColumnTypes: ColumnTypes{Text: "longtext", Integer: "int", Decimal: "decimal(15, 2)", Single: "float", Double: "double", Timestamp: "datetime(6)"},
		Quote:       func(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" },
		Literal:     func(s string) string { return warehouse.QuoteText(strings.ReplaceAll(s, `\`, `\\`)) },
		Moment:      "TIMESTAMP '%s'", AsText: "CAST(%s AS char)", Joined: "CONCAT(%s, %s)", Repeated: "REPEAT(%s, %d)",
		List: "%s", Replaces: "TRUNCATE TABLE %s",
		Series:  "(SELECT i FROM " + million + " AS million WHERE i <= %d) AS g",
		Endless: "SELECT CAST(a.i AS char) AS id, '' AS email, '' AS phone FROM " + million + " AS a JOIN " + million + " AS b ON a.i + b.i < 0",
		// What the message of an error says is an expression with the values in it.
		HalfWay:     "SELECT CAST(i AS char) AS id, CAST(EXP(CASE WHEN i = 150000 THEN 1000 * LENGTH('secret@x.com') ELSE 1 END) AS char) AS email FROM (SELECT i FROM " + million + " AS million WHERE i <= 150000) AS g",
		HalfWaySays: "stopped the statement",
	}
}
