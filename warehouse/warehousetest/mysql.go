package warehousetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
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
// the test process.
func StartMySQL(engine string) (*Program, error) {
	return Start(engine, 1, func(ctx context.Context, p *Program) error {
		db, err := openMySQL(p.Ports[0], "")
		if err != nil {
			return err
		}
		return errors.Join(db.PingContext(ctx), db.Close())
	})
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
