package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eddy-retl/eddy"
	"github.com/eddy-retl/eddy/warehouse/warehousetest"
)

// site is a warehouse that the suites know how to start. There are no limits written by hand
// for it: beside Eddy's runs stands what its own driver takes to hand over the rows.
type site struct {
	*warehousetest.Site

	name, dir string
	bed       *bed
}

func newSite(name, dir string) (engine, error) {
	// The suites start a server for who asks for it by name.
	if err := os.Setenv("EDDY_ENGINES", name); err != nil {
		return nil, err
	}
	s := &site{name: name, dir: filepath.Join(dir, name), bed: &bed{}}
	err := s.bed.lie(func() { s.Site = warehousetest.NewSite(s.bed, name) })
	return s, err
}

func (s *site) place() string { return s.dir }

func (s *site) source() eddy.Source {
	src := eddy.Source{Type: s.Type, State: eddy.Local, Options: s.Options}
	if warehousetest.IsEngine(s.name) {
		src.State, src.Schema = eddy.InWarehouse, s.Own
	}
	return src
}

// load makes the table of customers, and forgets what Eddy remembers.
func (s *site) load(_ context.Context, data string, rows int) error {
	if s.Wipe != nil {
		if err := s.Wipe(); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := s.run("DROP TABLE IF EXISTS customers"); err != nil {
		return err
	}
	sp := s.Spelling
	text := sp.Text
	if s.Type == "mysql" {
		text = "varchar(255)" // as people have it
	}
	columns := "id " + sp.Integer + ", email " + text
	if data == phoneData {
		columns += ", phone " + text
	}
	if err := s.run("CREATE TABLE customers (" + columns + ")"); err != nil {
		return err
	}
	return s.fill(data, rows, 0, "user", "")
}

// change is the change of onePercent, made by loading the table anew: not every warehouse
// updates.
func (s *site) change(_ context.Context, data string, rows int) error {
	if err := s.run("TRUNCATE TABLE customers"); err != nil {
		return err
	}
	for _, part := range []struct{ name, of string }{{"user", "i % 100 <> 1 AND i % 200 <> 2"}, {"new", "i % 100 = 1"}} {
		if err := s.fill(data, rows, 0, part.name, part.of); err != nil {
			return err
		}
	}
	return s.fill(data, rows/200, rows, "user", "")
}

// fill inserts the customers from+1 to from+count of which a condition holds.
func (s *site) fill(data string, count, from int, name, of string) error {
	sp := s.Spelling
	number := fmt.Sprintf("i + %d", from)
	columns := number + ", " + fmt.Sprintf(sp.Joined, fmt.Sprintf(sp.Joined, "'"+name+"'", fmt.Sprintf(sp.AsText, number)), "'@example.com'")
	if data == phoneData {
		columns += ", " + fmt.Sprintf(sp.Joined, "'+1415'", fmt.Sprintf(sp.AsText, fmt.Sprintf("2000000 + (%s) * 7 %% 8000000", number)))
	}
	if of != "" {
		of = " WHERE " + of
	}
	return s.run("INSERT INTO customers SELECT " + columns + " FROM " + fmt.Sprintf(sp.Series, count) + of)
}

func (s *site) run(sql string) error {
	if err := s.Exec(sql); err != nil {
		return fmt.Errorf("%.200s: %w", sql, err)
	}
	return nil
}

func (s *site) rest(context.Context) error { return nil }

func (s *site) version(context.Context) (string, error) {
	version := map[string]string{
		"mariadb": "version()", "mysql": "version()", "trino": "version()", "clickhouse": "version()",
		"redshift": "current_setting('server_version')",
	}[s.name]
	v, err := s.Value("SELECT " + version)
	if s.name == "redshift" {
		v = warehousetest.OnRedshift() + ", PostgreSQL " + v
	}
	return s.name + ": " + v, err
}

func (s *site) close() { s.bed.rise() }

// read only reads the rows, as the driver of the warehouse hands them over.
func (t task) read(ctx context.Context) (s sample, err error) {
	db, err := sql.Open(driverOf(t.Source.Type, t.Source.Options))
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, "SELECT id, "+strings.Join(identities(t.Data), ", ")+" FROM customers")
	if err != nil {
		return s, err
	}
	defer rows.Close()
	row := []any{new(sql.RawBytes), new(sql.RawBytes), new(sql.RawBytes)}[:1+len(identities(t.Data))]
	if t.Source.Type != "mysql" { // others have values of their own
		row = []any{new(any), new(any), new(any)}[:len(row)]
	}
	for rows.Next() {
		if err := rows.Scan(row...); err != nil {
			return s, err
		}
		s.Rows++
	}
	return s, rows.Err()
}

// driverOf is how the driver of a site is opened: its name for database/sql, and what that takes.
func driverOf(kind string, o map[string]string) (driver, dsn string) {
	switch kind {
	case "mysql":
		return "mysql", fmt.Sprintf("%s:%s@tcp(%s)/%s", o["user"], o["password"], net.JoinHostPort(o["server"], o["port"]), o["database"])
	case "clickhouse":
		return "clickhouse", fmt.Sprintf("clickhouse://%s:%s@%s/%s", o["user"], o["password"], net.JoinHostPort(o["host"], o["port"]), o["database"])
	case "trino":
		return "trino", fmt.Sprintf("http://%s@%s?catalog=%s&schema=%s", o["user"], net.JoinHostPort(o["host"], o["port"]), o["catalog"], o["default_schema"])
	default:
		return "pgx", o["url"]
	}
}

// bed is what a site of the suites lies in outside a test: it keeps what has to be cleaned up,
// and a failure ends what was asked of it.
type bed struct {
	testing.TB

	cleanups []func()
}

// failure is what a bed's failure panics with.
type failure struct{ error }

// lie calls fn and gives the failure that ended it.
func (b *bed) lie(fn func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			err = r.error
		default:
			panic(r)
		}
	}()
	fn()
	return nil
}

// rise cleans up, the last first.
func (b *bed) rise() {
	for _, clean := range slices.Backward(b.cleanups) {
		if err := b.lie(clean); err != nil {
			fmt.Fprintln(os.Stderr, "bench: clean up:", err)
		}
	}
}

func (*bed) Helper()                      {}
func (*bed) Context() context.Context     { return context.Background() }
func (b *bed) Cleanup(fn func())          { b.cleanups = append(b.cleanups, fn) }
func (*bed) Error(args ...any)            { fmt.Fprintln(os.Stderr, args...) }
func (*bed) Errorf(f string, args ...any) { fmt.Fprintf(os.Stderr, f+"\n", args...) }
func (*bed) Fatal(args ...any)            { panic(failure{errors.New(fmt.Sprint(args...))}) }
func (*bed) Fatalf(f string, args ...any) { panic(failure{fmt.Errorf(f, args...)}) }
func (*bed) Skipf(f string, args ...any)  { panic(failure{fmt.Errorf(f, args...)}) }
func (*bed) Setenv(key, value string)     { _ = os.Setenv(key, value) }
